"""What a component tells, while a trial goes on, of the orders that faults have hit."""

from collections.abc import Sequence
from decimal import Decimal

import attrs

from allause.exceptions import AllauseError
from allause.models.orders import OrderReport, OrderStatus, ReconciliationReport
from allause.venue import CHANGED, FaultySession, InjectedFault, ReplaceRace, Venue, illegal
from allause.workflows.desk import Desk
from allause.workflows.scene import StepFailed


@attrs.define(eq=False)
class Observer:
    """Hold what is told against what was told before, and against the venue where nobody could tell afterwards.

    Attributes:
        venue: whose log is the truth.
        session: that injects the faults.
        wrong: sentences by id of the fault, which it adds to.
        reports: of the reconciliations that compared, each with the number of faults injected before it.
    """

    venue: Venue
    session: FaultySession
    wrong: dict[str, list[str]]
    reports: Sequence[tuple[int, ReconciliationReport]]
    _seen: dict[str, tuple[OrderStatus, Decimal]] = attrs.field(factory=dict)

    def look(self, desk: Desk) -> None:
        """Read the orders that faults have hit."""
        for number, injected in enumerate(self.session.injected()):
            name = injected.client_order_id
            if name not in desk.intents:
                continue
            try:
                report = desk.order(name)
            except (StepFailed, AllauseError):
                continue  # it denied the order, or is down just now: the verdict asks for every order once more
            if isinstance(injected.fault, ReplaceRace) and any(count > number for count, _ in self.reports):
                self._compare_terms(injected, report)
            now = (OrderStatus(report.status), report.filled_qty)
            before = self._seen.get(name, (OrderStatus.INITIALIZED, self.session.delivered_qty(name)))
            self._seen[name] = now
            if illegal(before, now):
                self.wrong[injected.fault_id].append(
                    f"order {name} went from {before[0]} with {before[1]} filled to {now[0]} with {now[1]} filled"
                )

    def _compare_terms(self, injected: InjectedFault, report: OrderReport) -> None:
        """Compare the terms of an order that works in both stories: once it ended they no longer show."""
        order = self.venue.account().orders[injected.client_order_id]
        if order.status.is_terminal or report.status == OrderStatus.UNKNOWN or OrderStatus(report.status).is_terminal:
            return
        for term, told in zip(CHANGED, report.terms_in_force, strict=True):
            if told != (there := getattr(order, term)):
                self.wrong[injected.fault_id].append(
                    f"order {injected.client_order_id}: its {term.replace('_', ' ')} was {told} after a "
                    f"reconciliation, {there} at the venue"
                )
