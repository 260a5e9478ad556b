"""The first event of a journal: what an engine begins with, and whether another one may go on with it."""

from decimal import Decimal

from allause.exceptions import ConfigurationError
from allause.models.context import Clock
from allause.models.orders import OrderStatus
from allause.models.venue import VenueSession
from allause_execution.configuration import Config
from allause_execution.orders.answers import is_amount
from allause_execution.orders.events import Destination, Event, EventKind
from allause_execution.orders.state import State
from allause_execution.sessions.paper import ID_PREFIX

_PAPER_CASH = Decimal(1_000_000)
_GO = {Destination.PAPER: "on paper, as without a venue", Destination.VENUE: "at a venue"}
_FARTHEST = 1 << 63


def first_event(config: Config, venue: VenueSession | None, clock: Clock) -> Event:
    """Return what a journal is opened with.

    Args:
        config: of the component.
        venue: that is asked for its cash unless the configuration says it; None: paper.
        clock: of the event.

    Raises:
        ConfigurationError: the venue did not tell an amount.
    """
    cash = _told_cash(venue) if config.starting_cash is None else config.starting_cash
    destination = Destination.PAPER if venue is None else Destination.VENUE
    return Event(kind=EventKind.OPENED, ts=clock.now_ns(), text=config.currency, cash=cash, destination=destination)


def check_clock(clock: Clock) -> None:
    """Look whether a clock tells what can be written into events and read back.

    Raises:
        ConfigurationError: it tells something else.
    """
    for told in (clock.now_ns(), clock.monotonic_ns()):
        if not (type(told) is int and -_FARTHEST < told < _FARTHEST):
            raise ConfigurationError(f"clock: expected whole nanoseconds, found {told!r:.100}; give another clock")


def check_first_event(name: str, state: State, config: Config, destination: Destination) -> None:
    """Look whether orders of this configuration may follow those of the journal of that name.

    Raises:
        ConfigurationError: they went elsewhere, or were paid for with other money.
    """
    before = destination_of(state)
    if before not in (destination, None):
        raise ConfigurationError(
            f"directory: expected a journal of orders {_GO[destination]}, found {name} of orders {_GO[before]}; "
            "start with what they went to or use another directory; nothing was sent",
            path="directory",
        )
    assert state.opened is not None
    check_money(name, state.opened, config)


def check_money(name: str, opened: Event, config: Config) -> None:
    """Compare cash and currency with those that the journal of that name was opened with.

    Raises:
        ConfigurationError: they are others.
    """
    cash = opened.cash if config.starting_cash is None else config.starting_cash
    if (cash, config.currency) != (opened.cash, opened.text):
        raise ConfigurationError(
            f"starting_cash: {name} was opened with {opened.cash} {opened.text}, found {cash} "
            f"{config.currency}; use the same or another directory",
            path="starting_cash",
        )


def destination_of(state: State) -> Destination | None:
    """Return where the orders of a journal went; None: there is none that could tell.

    A journal of before it said so is told by what it holds: paper gives every order an id of its own form at once.
    """
    assert state.opened is not None
    if state.opened.destination is not None:
        return state.opened.destination
    sent = [order for order in state.orders.values() if order.is_sent and order.status is not OrderStatus.REJECTED]
    if not sent:
        return None
    on_paper = all((order.venue_order_id or "").startswith(ID_PREFIX) for order in sent)
    return Destination.PAPER if on_paper else Destination.VENUE


def _told_cash(venue: VenueSession | None) -> Decimal:
    if venue is None:
        return _PAPER_CASH
    try:
        cash = venue.cash()
    except Exception as error:  # however it failed, the venue did not answer
        message = f"starting_cash: the venue did not tell its cash ({error}); set starting_cash or start again"
        raise ConfigurationError(message, path="starting_cash") from error
    if not is_amount(cash):
        message = (
            f"starting_cash: expected a finite Decimal as the venue's cash, found {cash!r:.100}; set starting_cash"
        )
        raise ConfigurationError(message, path="starting_cash")
    return cash
