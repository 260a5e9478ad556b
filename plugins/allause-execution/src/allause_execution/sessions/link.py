"""One venue session as the engine uses it: every way of not getting an answer becomes a value."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from threading import Lock
from typing import NoReturn, cast

import attrs
import msgspec

from allause.exceptions import VenueError, VenueUnknownError
from allause.models.orders import Fill, OrderIntent, OrderStatus
from allause.models.venue import Instrument, VenueEvent, VenueOrder, VenueSession
from allause_execution.orders.answers import acknowledges, is_about, is_amount, is_grid
from allause_execution.orders.events import EventKind
from allause_execution.orders.order import Terms
from allause_execution.sessions.breaker import Breaker
from allause_execution.windows import RateWindow

#: What whoever comes after the end is told.
CLOSED = "the component is closed; make a new instance"
_UNKNOWN = EventKind.UNKNOWN  # bound once, as in ``state``
Replace = Callable[[VenueSession], VenueSession]


class Answer(msgspec.Struct, frozen=True, gc=False):  # it is gone when it was read
    """Hold what came of a request.

    Attributes:
        order: the venue's answer, None when there is none.
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


class _Shut:
    """Take the place of a session that is not to be called any more."""

    def __getattr__(self, name: str) -> NoReturn:
        raise VenueUnknownError(CLOSED)


class Link:
    """Call one session; the caller holds ``wire`` during every call.

    Attributes:
        wire: keeps the calls apart.
        trouble: why the last answer is missing; empty after an ``ask`` that was answered.
        breaker: when to leave it alone.
        rate: counts the messages that were let in in the last second, None when there may be any number.
        calls: made so far.
        opened: how often a session was opened, reconnections included.
        instruments: what was learnt of them; None where the venue has nothing to say.
    """

    def __init__(
        self,
        session: VenueSession,
        breaker: Breaker,
        replace: Replace | None = None,
        rate: RateWindow | None = None,
    ) -> None:
        self.wire = Lock()
        self.trouble = ""
        self.breaker = breaker
        self.rate = rate
        self.calls = 0
        self.opened = 1
        self.instruments: dict[str, Instrument | None] = {}
        self._session = session
        self._replace = replace
        self._sent = None if rate is None else rate.anew()  # what waited for its turn leaves later than it was let in
        self._heard: tuple[VenueEvent, ...] = ()  # in a comparison that came to no end

    def allows(self) -> bool:
        """Count a message to be sent at once, unless it is too much for this second."""
        if self.rate is None:
            return True
        if self.rate.is_full or self.is_full:
            return False
        self.rate.count()
        return True

    @property
    def is_full(self) -> bool:
        """Tell whether one message more would be sent than in a second may be."""
        return self._sent is not None and self._sent.is_full

    def submit(self, intent: OrderIntent) -> Answer:
        """Send an order, once. Only a stated refusal of an order that the venue has not means that it has it not."""
        self.calls += 1
        if self._sent is not None:
            self._sent.count()
        try:
            found = self._session.submit(intent)
            ours = acknowledges(found, intent)  # a strange record may raise when it is looked at
        except VenueUnknownError as error:
            self._lost(f"the venue's answer was lost: {error}")
        except VenueError as error:
            return self._refused(intent, str(error))
        except Exception as error:  # noqa: BLE001  whatever went wrong, the order may have reached the venue
            self._lost(f"the session failed: {type(error).__name__}: {error}")
        else:
            if ours:
                self.breaker.failures = 0
                return Answer(found, _UNKNOWN, "the venue's answer was not understood")
            self._lost(f"the venue's answer is not about this order: {found!r}")
        return Answer(None, EventKind.UNKNOWN, self.trouble)

    def _refused(self, intent: OrderIntent, text: str) -> Answer:
        """Look whether the venue has the order that it refused: a session that sent it twice is told of the second."""
        self.calls += 1
        key, found, refused = intent.client_order_id, None, f"the venue refused the order ({text}) and"
        try:
            found = self._session.query(key)
        except Exception as error:  # noqa: BLE001  however it failed, whether the venue has the order is not known
            if not _is_refusal(error):  # one that refuses everything just now answers all the same
                return self._in_doubt(f"{refused} did not say whether it has it: {error}")
        if found is not None and not (isinstance(found, VenueOrder) and found.client_order_id == key):
            return self._in_doubt(f"{refused} told of something else: {found!r:.500}")
        self.breaker.succeeded()
        if found is None or found.status is OrderStatus.REJECTED or not is_about(found, intent):
            return Answer(None, EventKind.REJECTED, text)
        self.trouble = f"the venue refused order {key} ({text}) and has one of this id"
        return Answer(None, EventKind.UNKNOWN, self.trouble)

    def _in_doubt(self, trouble: str) -> Answer:
        self._lost(trouble)
        return Answer(None, EventKind.UNKNOWN, trouble)

    def working(self) -> tuple[VenueOrder, ...]:
        """Return what works at the venue; nothing when it cannot be had now."""
        self.calls += 1
        try:
            return _orders(self._session.open_orders())
        except Exception as error:  # noqa: BLE001  the trouble is kept, and has the venue asked again
            self._lost(f"the venue did not say what works: {error}")
            return ()

    def cancel(self, key: str) -> Answer:
        """Ask to cancel; when that is refused, ask how the order stands."""
        return self._request(key, "cancel", EventKind.CANCEL_REQUESTED, lambda: self._session.cancel(key))

    def replace(self, key: str, terms: Terms) -> Answer:
        """Ask to change an order; when that is refused, ask how it stands."""
        if self._sent is not None:
            self._sent.count()
        return self._request(
            key,
            "replace",
            EventKind.REPLACE_REQUESTED,
            lambda: self._session.replace(key, terms.quantity, terms.price, terms.stop_price),
        )

    def learn(self, symbol: str) -> None:
        """Ask once what the venue asks of orders in a symbol; see ``instruments``.

        Raises:
            VenueError: it did not answer, or not with an instrument.
        """
        self.calls += 1
        try:
            ask = getattr(self._session, "instrument", None)  # sessions made before the contract had it
            found = None if ask is None else ask(symbol)
        except Exception as error:
            if _is_refusal(error):
                raise  # it answered that it will not say
            self._lost(f"the venue did not say what it asks of orders in {symbol}: {error}")
            raise VenueUnknownError(str(error)) from error
        if found is not None and not is_grid(found):
            raise VenueError(f"expected an Instrument with tick and lot above zero, found {found!r:.100}")
        self.instruments[symbol] = found

    def poll(self) -> tuple[VenueEvent, ...]:
        """Return what was pushed; nothing when it cannot be had now."""
        self.calls += 1
        heard = self._heard
        if heard:
            self._heard = ()
        try:
            events = self._session.poll()
            return events if type(events) is tuple and not heard else (*heard, *events)
        except Exception as error:  # noqa: BLE001  the caller did not ask for news; the trouble is kept and shown
            self._lost(f"the venue's events were lost: {error}")
            return heard

    def ask(self, keys: tuple[str, ...]) -> Truth | None:
        """Ask all that a reconciliation needs, over a new link when the old one is in trouble; None: no answer."""
        for _ in range(2):
            try:
                if self.trouble:
                    self.revive()
                truth = self._ask(keys)
            except Exception as error:  # noqa: BLE001  however it failed, the venue did not answer
                self._lost(f"the venue did not answer: {type(error).__name__}: {error}")
            else:
                self.trouble = ""
                self.breaker.succeeded()
                return truth
        return None

    def revive(self) -> None:
        """Open the link again: the same session, or a new one when it cannot.

        Raises:
            Exception: whatever the session raised.
        """
        self.opened += 1
        try:
            self._session.reconnect()
        except Exception:
            if self._replace is None:
                raise
            self._session = self._replace(self._session)
        self.trouble = ""

    def shut(self) -> None:
        """Call the session no more: whoever asks for anything gets no answer."""
        self._session, self._replace = cast("VenueSession", _Shut()), None

    def _request(self, key: str, what: str, kind: EventKind, send: Callable[[], VenueOrder]) -> Answer:
        self.calls += 1
        try:
            try:
                found: VenueOrder | None = send()
                text = ""
            except VenueUnknownError:
                raise
            except VenueError as error:
                self.calls += 1
                found, text = self._session.query(key), f"the venue refused to {what}: {error}"
            if found is not None and found.client_order_id != key:
                found, text = None, "the venue answered with another order"
        except Exception as error:  # noqa: BLE001  whatever went wrong, the request may have reached the venue
            text = f"the answer to a {what} was lost: {error}"
            self._lost(text)
            return Answer(None, kind, text)
        self.breaker.succeeded()
        return Answer(found, kind, text)

    def _lost(self, trouble: str) -> None:
        self.trouble = trouble
        self.breaker.failed()

    def _ask(self, keys: tuple[str, ...]) -> Truth:
        self.calls += 5 + len(keys)
        self._heard = (*self._heard, *self._session.poll())
        truth = _readable(
            Truth(
                pushed=self._heard,
                orders={key: self._session.query(key) for key in keys},
                fills=tuple(self._session.fills()),
                working=_orders(self._session.open_orders()),
                positions=dict(self._session.positions()),
                cash=self._session.cash(),
            )
        )
        self._heard = ()
        return truth


def _readable(truth: Truth) -> Truth:
    """Return what the venue answered, when it can be compared.

    Raises:
        TypeError: a position or the cash is no amount, or a symbol is no text.
    """
    for what, value in (*truth.positions.items(), ("cash", truth.cash)):
        if not isinstance(what, str):
            raise TypeError(f"expected positions by symbol, found one in {what!r:.100}")
        if not is_amount(value):
            raise TypeError(f"expected an amount of {what!r}, found {value!r:.100}")
    return truth


def _orders(working: Iterable[VenueOrder]) -> tuple[VenueOrder, ...]:
    found = tuple(working)
    for order in found:
        if not (isinstance(order, VenueOrder) and isinstance(order.client_order_id, str)):
            raise TypeError(f"expected working orders with their ids, found {order!r:.100}")
    return found


def _is_refusal(error: Exception) -> bool:
    """Tell whether the venue answered, and said no."""
    return isinstance(error, VenueError) and not isinstance(error, VenueUnknownError)
