"""The venue session as the engine uses it: every way of not getting an answer becomes a value."""

from decimal import Decimal

import attrs

from allause.exceptions import VenueError, VenueUnknownError
from allause.models.orders import Fill, OrderIntent
from allause.models.venue import VenueEvent, VenueOrder, VenueSession
from allause_execution.events import EventKind


@attrs.frozen
class Answer:
    """Hold what came of sending an order.

    Attributes:
        order: the venue's acknowledgement, None when there is none.
        kind: what it means when there is none.
        text: why.
    """

    order: VenueOrder | None
    kind: EventKind
    text: str


@attrs.frozen(kw_only=True)
class Truth:
    """Hold the venue's answers to a reconciliation, in the order of asking."""

    pushed: tuple[VenueEvent, ...]
    orders: dict[str, VenueOrder | None]
    fills: tuple[Fill, ...]
    working: tuple[VenueOrder, ...]
    positions: dict[str, Decimal]
    cash: Decimal


class Link:
    """Call the session; the caller keeps the calls apart.

    Attributes:
        trouble: why the last answer is missing; empty after an ``ask`` that was answered.
    """

    def __init__(self, session: VenueSession) -> None:
        self.trouble = ""
        self._session = session

    def submit(self, intent: OrderIntent) -> Answer:
        """Send an order, once. Only a stated refusal means that the venue does not have it."""
        try:
            found = self._session.submit(intent)
        except VenueUnknownError as error:
            self.trouble = f"the venue's answer was lost: {error}"
        except VenueError as error:
            return Answer(None, EventKind.REJECTED, str(error))
        except Exception as error:  # noqa: BLE001  whatever went wrong, the order may have reached the venue
            self.trouble = f"the session failed: {type(error).__name__}: {error}"
        else:
            if _acknowledges(found, intent):
                return Answer(found, EventKind.UNKNOWN, "the venue's answer was not understood")
            self.trouble = f"the venue's answer is not about this order: {found!r}"
        return Answer(None, EventKind.UNKNOWN, self.trouble)

    def cancel(self, key: str) -> Answer:
        """Ask to cancel; when that is refused, ask how the order stands."""
        try:
            try:
                found, text = self._session.cancel(key), "the venue answered with another order"
            except VenueUnknownError:
                raise
            except VenueError as error:
                found_or_none, text = self._session.query(key), f"the venue refused to cancel: {error}"
                if found_or_none is None:
                    return Answer(None, EventKind.CANCEL_REQUESTED, text)
                found = found_or_none
        except Exception as error:  # noqa: BLE001  whatever went wrong, the cancel may have reached the venue
            self.trouble = text = f"the answer to a cancel was lost: {error}"
            return Answer(None, EventKind.CANCEL_REQUESTED, text)
        return Answer(found if found.client_order_id == key else None, EventKind.CANCEL_REQUESTED, text)

    def poll(self) -> tuple[VenueEvent, ...]:
        """Return what was pushed; nothing when it cannot be had now."""
        try:
            return tuple(self._session.poll())
        except Exception as error:  # noqa: BLE001  the caller did not ask for news; the trouble is kept and shown
            self.trouble = f"the venue's events were lost: {error}"
            return ()

    def ask(self, keys: tuple[str, ...]) -> Truth | None:
        """Ask all that a reconciliation needs, over a new link when the old one is in trouble; None: no answer."""
        for _ in range(2):
            try:
                if self.trouble:
                    self._session.reconnect()
                truth = self._ask(keys)
            except Exception as error:  # noqa: BLE001  however it failed, the venue did not answer
                self.trouble = f"the venue did not answer: {type(error).__name__}: {error}"
            else:
                self.trouble = ""
                return truth
        return None

    def _ask(self, keys: tuple[str, ...]) -> Truth:
        return Truth(
            pushed=tuple(self._session.poll()),
            orders={key: self._session.query(key) for key in keys},
            fills=tuple(self._session.fills()),
            working=tuple(self._session.open_orders()),
            positions=dict(self._session.positions()),
            cash=self._session.cash(),
        )


def _acknowledges(found: VenueOrder, intent: OrderIntent) -> bool:
    return isinstance(found, VenueOrder) and (found.client_order_id, found.symbol, found.side, found.quantity) == (
        intent.client_order_id,
        intent.symbol,
        intent.side,
        intent.quantity,
    )
