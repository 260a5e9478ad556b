"""Orders placed with an execution component by the host, and the story the component tells of them."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from itertools import islice
from random import Random
from typing import Any

import attrs

from allause.component import Component
from allause.exceptions import AllauseError
from allause.models.orders import (
    Account,
    Fill,
    OrderIntent,
    OrderReport,
    OrderType,
    Position,
    ReconciliationReport,
    Side,
    TimeInForce,
)
from allause.models.venue import VenueOrder
from allause.venue import CHANGED, Change, Story, Venue, alterations, discrepancies, read_truth
from allause.workflows.answers import many, shaped
from allause.workflows.feed import Level
from allause.workflows.scene import Scene, StepFailed


@attrs.define(eq=False)
class Desk:
    """Place orders with one execution component and keep what was asked of it.

    Attributes:
        scene: where calls are announced.
        component: that is examined.
        venue: its orders must reach.
        prefix: of every client order id; two desks of one run differ in it.
        intents: the orders taken down to be asked for, by client order id, in order.
        changes: the replacements asked for, by client order id.
        drawn: how many of them the seed alone decided; all when None.
        others: orders of the component's own making that it is asked for besides those that the venue has.
    """

    scene: Scene
    component: Component
    venue: Venue
    prefix: str
    intents: dict[str, OrderIntent] = attrs.field(factory=dict)
    changes: dict[str, list[Change]] = attrs.field(factory=dict)
    drawn: int | None = None
    others: list[str] = attrs.field(factory=list)
    _written: int = 0

    def ask(self, method: str, /, **arguments: Any) -> Any:
        """Call a method of the component."""
        return self.scene.ask_component(self.component, method, **arguments)

    def intend(self, at: Level, random: Random, *, resting: bool = False) -> OrderIntent:
        """Draw an order: a market order or one of equal effect, or, ``resting``, one that has to wait."""
        side = random.choice((Side.BUY, Side.SELL))
        limit = resting or random.random() < 0.5  # noqa: PLR2004 - one in two
        price = at.near(side) if resting else at.far(side)
        return self.write(at.symbol, side, random.randint(1, 9), price if limit else None)

    def write(
        self,
        symbol: str,
        side: Side,
        quantity: int | Decimal,
        price: Decimal | None,
        **more: Any,
    ) -> OrderIntent:
        """Take down an order under the next free id.

        Unless ``more`` says otherwise it is a market order when it has no price, and works until it is cancelled, as
        every component offers.
        """
        usual = {"order_type": OrderType.MARKET if price is None else OrderType.LIMIT, "time_in_force": TimeInForce.GTC}
        intent = OrderIntent(
            client_order_id=f"{self.prefix}-{self.scene.seed}-{self._written}",
            symbol=symbol,
            side=side,
            quantity=Decimal(quantity),
            price=price,
            **usual | more,
        )
        self._written += 1
        self.intents[intent.client_order_id] = intent
        return intent

    def strike(self, intent: OrderIntent) -> None:
        """Take out an order that was denied, or has to be: there will be nothing to tell of it."""
        del self.intents[intent.client_order_id]

    def place(self, intent: OrderIntent, place: Callable[..., Any] | None = None) -> OrderReport:
        """Place an order and return the component's report of it.

        :param place: the component's method bound for the hot path; it is called with a deadline when left out.

        Raises:
            StepFailed: the report is not about this order.
            AllauseError: as the component raised it.
        """
        arguments = asked(intent)
        answer = self.ask("place_order", **arguments) if place is None else place(**arguments)
        report = shaped(answer, OrderReport, "place_order()")
        if report.intent != intent:
            raise StepFailed(f"place_order({worded(intent)}) answered a report of {worded(report.intent)}")
        return report

    def order(self, client_order_id: str) -> OrderReport:
        """Return the component's report of an order placed before."""
        report = self.ask("get_order", client_order_id=client_order_id)
        return shaped(report, OrderReport, f"get_order({client_order_id!r})")

    def cancel(self, client_order_id: str) -> OrderReport:
        """Ask the component to cancel an order."""
        report = self.ask("cancel_order", client_order_id=client_order_id)
        return shaped(report, OrderReport, f"cancel_order({client_order_id!r})")

    def replace(self, client_order_id: str, **terms: Decimal) -> OrderReport:
        """Ask the component for other terms of an order that works: ``quantity``, ``price``, ``stop_price``."""
        true = self.arrived(client_order_id)
        quantity, price, stop_price = (terms.get(term, getattr(true, term)) for term in CHANGED)
        self.changes.setdefault(client_order_id, []).append((quantity, price, stop_price))
        report = self.ask("replace_order", client_order_id=client_order_id, **terms)
        return shaped(report, OrderReport, f"replace_order({client_order_id!r})")

    def arrived(self, client_order_id: str) -> VenueOrder:
        """Return an order that the component answered for, as the venue has it.

        Raises:
            StepFailed: it never reached the venue.
        """
        order = self.venue.account().orders.get(client_order_id)
        if order is None:
            raise StepFailed(
                f"{worded(self.intents[client_order_id])} was answered for, and the venue has no such order"
            )
        return order.snapshot()

    def fills(self) -> tuple[Fill, ...]:
        """Return the executions the component counted."""
        return many(self.ask("get_fills"), Fill, "get_fills()")

    def account(self) -> Account:
        """Return the component's account."""
        return shaped(self.ask("get_account"), Account, "get_account()")

    def reconcile(self) -> ReconciliationReport:
        """Have the component compare itself with the venue."""
        return shaped(self.ask("reconcile"), ReconciliationReport, "reconcile()")

    def story(self) -> Story:
        """Return what the component says of everything that was asked of it; an order it does not know is left out.

        Exits of a bracket, which have the id of their entry and a slash, belong to it as far as the venue has them.
        """
        orders: list[OrderReport] = []
        at_venue = (name for name in self.venue.account().orders if name.partition("/")[0] in self.intents)
        for name in dict.fromkeys((*self.intents, *at_venue, *self.others)):
            try:
                orders.append(self.order(name))
            except AllauseError as error:
                if not isinstance(error.__cause__, KeyError):
                    raise
        return Story(
            orders=tuple(orders),
            fills=self.fills(),
            positions=many(self.ask("get_positions"), Position, "get_positions()"),
            account=self.account(),
        )

    def differences(self) -> tuple[str, ...]:
        """Return each way in which the component's story differs from the venue's log."""
        return self.compared(self.story())

    def compared(self, story: Story) -> tuple[str, ...]:
        """Return each way in which a story differs from the venue's log."""
        return discrepancies(story, read_truth(self.venue.log))

    def altered(self) -> tuple[str, ...]:
        """Return each way in which an order arrived at the venue otherwise than it was asked for."""
        return tuple(alterations(self.intents.values(), self.changes, self.venue.log))

    def digest(self) -> str:
        """Return a digest of the orders asked for that the seed alone decided; the same seed gives the same."""
        decided = islice(self.intents.values(), self.drawn)
        return hashlib.sha256("\n".join(map(worded, decided)).encode()).hexdigest()


def asked(intent: OrderIntent) -> dict[str, Any]:
    """Return the arguments of ``place_order`` for an order; what it does not need is left out.

    So a component is asked for no more than the order at hand needs.
    """
    return attrs.asdict(intent, filter=lambda field, value: value != field.default and value is not None)


def worded(intent: OrderIntent) -> str:
    """Return an order in words."""
    price = "" if intent.price is None else f" at {intent.price}"
    stop = "" if intent.stop_price is None else f" from {intent.stop_price}"
    flags = [word.replace("_", "-") for word in ("post_only", "reduce_only") if getattr(intent, word)]
    return (
        f"{intent.client_order_id}: {intent.side} {intent.quantity} {intent.symbol} "
        f"{intent.order_type}{price}{stop} {intent.time_in_force}{''.join(f' {flag}' for flag in flags)}"
    )


def listed(problems: tuple[str, ...] | list[str], most: int = 3) -> str:
    """Return the first problems as one sentence, with the number of the others."""
    more = f"; and {len(problems) - most} more" if len(problems) > most else ""
    return "; ".join(problems[:most]) + more
