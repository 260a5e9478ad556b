"""What can be said of a component that has no engine yet: its journal is read, and nothing is opened or written."""

from logging import getLogger
from random import Random

from allause.measurement import SystemClock
from allause_execution.beginning import check_money
from allause_execution.configuration import Config
from allause_execution.journal import NAME, Disk, Reading, decoded
from allause_execution.journal.reading import refuse_version_1
from allause_execution.listeners import Listeners
from allause_execution.opening import rebuilt, unanswered
from allause_execution.orders.events import Event, EventKind
from allause_execution.risk.vetoes import load_vetoes
from allause_execution.routing.watch import Watch


def problems_of(config: Config) -> list[str]:
    """Return what is wrong with what an engine would begin with, one sentence each.

    Raises:
        JournalError: the journal cannot be used.
        ConfigurationError: the configuration contradicts it, or a veto cannot be used.
    """
    load_vetoes(config.vetoes)
    if config.directory is None or not config.durable:
        return []
    path = config.directory / NAME
    if not path.exists():
        refuse_version_1(path, Disk())
        return []
    state = rebuilt((event for _, event in decoded(Reading(path))), str(path))
    if state.opened is not None:
        check_money(str(path), state.opened, config)
    for key in unanswered(state):  # as a start would find it
        state.apply(Event(EventKind.UNKNOWN, state.orders[key].ts_last, key))
    listeners = Listeners(getLogger("allause_execution"))
    watch = Watch(clock=SystemClock(), every=None, random=Random(0), listeners=listeners)  # noqa: S311  it is not asked
    return watch.problems(state)
