"""Put an engine together: open the journal, replay it, find the venue."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from logging import getLogger
from random import Random
from uuid import uuid4

from msgspec.structs import replace

from allause.exceptions import JournalError
from allause.measurement import SystemClock
from allause.models.context import Clock, Context
from allause.models.orders import OrderStatus
from allause.models.venue import VenueSession
from allause_execution.beginning import check_clock, check_first_event, first_event
from allause_execution.configuration import Config
from allause_execution.engine import Engine
from allause_execution.journal import NAME, Journal, encode
from allause_execution.journal.compaction import compact_when_due
from allause_execution.journal.volatile import VolatileJournal
from allause_execution.listeners import Listeners
from allause_execution.orders.answers import is_amount
from allause_execution.orders.events import Destination, Event, EventKind
from allause_execution.orders.intents import is_chosen
from allause_execution.orders.sink import Sink
from allause_execution.orders.state import State
from allause_execution.risk.gate import Gate, limits_of
from allause_execution.risk.vetoes import load_vetoes
from allause_execution.routing.watch import Watch
from allause_execution.sessions.paper import PaperSession
from allause_execution.sessions.pool import Pool
from allause_execution.windows import SECOND

JOURNAL_FILE = NAME


def open_engine(config: Config, context: Context | None = None, session: VenueSession | None = None) -> Engine:
    """Return an engine that continues where the journal ends, compared with the venue when there is one.

    Args:
        config: of the component.
        context: of the host, when there is one.
        session: where orders go; left out, the host's venue, and without one a paper session.

    Raises:
        JournalError: the journal cannot be used.
        ConfigurationError: the configuration contradicts the journal, the venue did not tell its cash, or the clock no
            time.
    """
    logger = context.logger if context else getLogger("allause_execution")
    listeners = Listeners(logger, context.metrics if context else None)
    vetoes = load_vetoes(config.vetoes)
    journal = _journal(config, context)
    with ExitStack() as undone:
        undone.callback(journal.close)
        clock: Clock = context.clock if context else SystemClock()
        check_clock(clock)
        venue = context.venue if context and session is None else session
        state, replaced = _continued(journal, config, venue, clock, listeners)
        gate = Gate(limits_of(config), clock.monotonic_ns, config.max_cancels_per_second)
        gate.recall(state.orders.values(), replaced, clock)
        random = Random(context.seed if context else None)  # noqa: S311  pauses are no secret
        pool = _connected(config, context, venue, state, clock, random)
        undone.callback(pool.close)
        every = None if venue is None else config.reconcile_seconds
        engine = Engine(
            journal=journal,
            state=state,
            pool=pool,
            gate=gate,
            vetoes=vetoes,
            clock=clock,
            watch=Watch(clock=clock, every=every, random=random, listeners=listeners),
            id_prefix=config.id_prefix or (f"s{context.seed}" if context else uuid4().hex[:12]),
            orders_per_commit=config.orders_per_commit,
            max_loss=config.max_loss,
        )
        _doubt_unanswered(engine)
        _compare(engine, asked=context is not None and venue is not None)
        undone.pop_all()
    return engine


def _journal(config: Config, context: Context | None) -> Sink:
    directory = config.directory or (context.directory if context else None)
    if directory is None or not config.durable:
        return VolatileJournal()
    place = (directory / JOURNAL_FILE).absolute()  # wherever the process goes later
    return Journal(place, orders_per_commit=config.orders_per_commit)


def _continued(
    journal: Sink, config: Config, venue: VenueSession | None, clock: Clock, listeners: Listeners
) -> tuple[State, list[int]]:
    """Return where a journal ends, which is begun when it is empty, and when replacements were asked for lately."""
    replaced: list[int] = []
    state = rebuilt(_noting(journal.replay(), clock.now_ns() - SECOND, replaced), journal.name)
    if state.opened is None:
        first = first_event(config, venue, clock)
        journal.flush(journal.enqueue(encode(first), durable=True))
        state.apply(first)
    check_first_event(journal.name, state, config, Destination.PAPER if venue is None else Destination.VENUE)
    return _compacted(journal, state, listeners), replaced


def _connected(
    config: Config, context: Context | None, venue: VenueSession | None, state: State, clock: Clock, random: Random
) -> Pool:
    """Return the sessions with a venue, of which the host opens all but the first, or the one with paper."""
    return Pool(
        _paper(state) if venue is None else venue,
        connect=None if context is None or venue is None else context.connect,
        size=config.sessions,
        threshold=config.failures_to_open,
        messages_per_second=config.messages_per_second,
        clock=clock,
        random=random,
    )


def _noting(events: Iterable[Event], since: int, replaced: list[int]) -> Iterator[Event]:
    """Yield events, and note when since then a replacement was asked for, which no state says."""
    for event in events:
        asked = event.kind is EventKind.REPLACE_REQUESTED and event.quantity is not None  # and no trouble
        if asked and event.ts > since and is_chosen(event.client_order_id):  # an exit grows by itself
            replaced.append(event.ts)
        yield event


def _compare(engine: Engine, *, asked: bool) -> None:
    """Compare with the venue before the first order; while it does not answer, no order is accepted."""
    if asked or engine.state.open:
        engine.entrance.must_reconcile = True
        engine.reconcile()


def rebuilt(events: Iterable[Event], name: str) -> State:
    """Return the state that events of the journal of that name make.

    Raises:
        JournalError: one contradicts those before it.
    """
    state = State()
    for told in events:
        event = _lost(told, state) if told.kind is EventKind.REJECTED else told
        if event.kind is EventKind.OPENED and not is_amount(event.cash):
            raise JournalError(f"{name} was opened with {event.cash} as cash; move it away and begin with an empty one")
        try:
            state.apply(event)
        except ValueError as error:
            raise JournalError(f"{name} contradicts itself: {error}; keep the file, nothing was sent") from error
        if event.kind in (EventKind.INTENT, EventKind.RELEASED):
            # Once it is written it may have left, whatever became of the process.
            state.apply(Event(kind=EventKind.SUBMITTED, ts=event.ts, client_order_id=event.client_order_id))
    return state


def _lost(event: Event, state: State) -> Event:
    """Return what an order became that the venue did not have, which was told as a refusal before there was the event.

    A venue's own refusal of an order in doubt comes with the id that it has there, if only an empty one.
    """
    order = state.orders.get(event.client_order_id)
    doubted = order is not None and order.status is OrderStatus.UNKNOWN and event.venue_order_id is None
    return replace(event, kind=EventKind.LOST) if doubted else event


def unanswered(state: State) -> list[str]:
    """Return the orders of a journal that left, and of which it has no answer."""
    return [key for key, order in state.open.items() if order.status is OrderStatus.SUBMITTED]


def _compacted(journal: Sink, state: State, listeners: Listeners) -> State:
    """Return the state of a journal, which is begun anew when it has grown."""
    if isinstance(journal, Journal) and compact_when_due(
        journal, lambda events: rebuilt(events, journal.name), listeners
    ):
        return rebuilt(journal.replay(), journal.name)
    return state


def _paper(state: State) -> PaperSession:
    assert state.opened is not None
    assert state.opened.cash is not None
    paper = PaperSession(state.opened.cash)
    paper.restore((order.report() for order in state.orders.values()), (fill.shown() for fill in state.fills.values()))
    return paper


def _doubt_unanswered(engine: Engine) -> None:
    for key in unanswered(engine.state):
        engine.intake.tell(EventKind.UNKNOWN, key, text="the process ended before the venue's answer was recorded")
    if engine.intake.last is not None:
        engine.journal.flush(engine.intake.last)
