"""The wiring of a run, from the settings to the run directory."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from os import R_OK, X_OK, access
from pathlib import Path
from stat import S_ISDIR, S_ISREG

from allause.component import Component
from allause.discovery import ComponentRecord, ComponentState, discover, printable, select
from allause.exceptions import DataError, UsageError
from allause.kinds import KINDS_USED
from allause.measurement import SystemClock, yardstick
from allause.models.report import Progress
from allause.running.afterwards import Afterwards
from allause.running.assembly import assemble
from allause.running.board import Board
from allause.running.choice import choose_symbols, load_strategy
from allause.running.feed import Feed, bars, open_feed, unrecognised
from allause.running.folder import RunFolder
from allause.running.gateway import answers
from allause.running.outcome import Outcome, refused, settle
from allause.running.record import Ending, record
from allause.running.settings import Deadlines, RunResult, RunSettings
from allause.running.summary import summary
from allause.running.trading import Trading
from allause.running.watchdog import Watchdog
from allause.system import System, one_of_each
from allause.venue import InProcessSession, Venue

_PARTS = 20
_monotonic_ns = SystemClock().monotonic_ns


def run(settings: RunSettings, progress: Callable[[Progress], None] | None = None) -> RunResult:
    """Run the installed components on recorded data, in this process, and write the run directory.

    Nothing is left in the directory's place when it fails. A component that ends or kills the process ends this one,
    and one that hangs while it is imported or constructed hangs it; ``supervise`` runs in a process of its own.

    Raises:
        UsageError: a name, path or option that does not fit; nothing has run.
        DataError: market data that cannot be used.
        StrategyError: the strategy raised, or asked for what is no order.
        ComponentError: a component failed before the last order was placed.
    """
    refuse_missing(settings)
    with RunFolder(settings.out) as folder:
        result = carry_out(settings, folder, progress or (lambda _: None), Board(), Deadlines())
        folder.publish()
    return result


def refuse_missing(settings: RunSettings) -> None:
    """Refuse data that is neither a file nor a folder; what a folder may hold is the component's to say.

    Raises:
        UsageError: saying what was found instead.
    """
    if settings.data is None:
        return
    shown = printable(str(settings.data))
    try:
        mode = settings.data.stat().st_mode
        found = "" if S_ISREG(mode) or S_ISDIR(mode) else "a device, pipe or socket"
    except (FileNotFoundError, NotADirectoryError):
        found = "nothing"
    except OSError as error:
        raise UsageError(f"--data {shown} cannot be read: {error.strerror}; check its permissions") from error
    if found:
        raise UsageError(
            f"--data {shown}: expected a file, folder or store of market data, found {found} "
            "there; check the path, or leave --data out for the sample"
        )
    if not access(settings.data, R_OK | X_OK if S_ISDIR(mode) else R_OK):
        raise UsageError(f"--data {shown} is not readable; check its permissions")


def carry_out(
    settings: RunSettings,
    folder: RunFolder,
    tell: Callable[[Progress], None],
    board: Board,
    deadlines: Deadlines,
) -> RunResult:
    """Do the run and fill ``folder``; every call of a component or strategy is noted on ``board``.

    Raises:
        AllauseError: what ``run`` raises.
    """
    started_at, start = datetime.now(UTC).isoformat(timespec="seconds"), _monotonic_ns()
    with board.calling(f"importing the strategy {printable(settings.strategy)}", "", deadlines.construction_s):
        strategy = load_strategy(settings.strategy)
    records = chosen_records(settings)
    configurations = {} if settings.data is None else {"market_data": {"path": str(settings.data.resolve())}}
    venue = Venue(seed=settings.seed)
    after = Afterwards()
    tell(Progress(done=0, total=_PARTS, text="building the components"))
    with assemble(records, folder.path / "components", configurations, board, deadlines.construction_s) as system:
        system.start(seed=settings.seed, venue=InProcessSession(venue))
        system["monitoring"].call("start_monitoring")
        feed = _open(system, settings, tell, board, deadlines.reading_s)
        parts = system["execution"], system["monitoring"], strategy
        trading = Trading(venue, feed, *parts, settings.seed, Watchdog(board))
        trading_ns = _trade(system["market_data"], trading, tell)
        tell(Progress(done=_PARTS, total=_PARTS, text="reconciling and analysing"))
        outcome = settle(system["execution"], venue, trading.attempts, trading.bars)
        after.analyse(system["analytics"], trading, outcome, trading_ns / 1e9, deadlines.reading_s)
        after.look(system["monitoring"])
        after.close(system)
    ending = Ending(
        started_at=started_at,
        duration_s=(_monotonic_ns() - start) / 1e9,
        trading_s=trading_ns / 1e9,
        analysis=after.analysis,
        alerts=after.alerts,
        problems=(*refused(trading.attempts, outcome), *after.problems),
        notices=(*feed.notices, *_notices(trading, outcome), *after.notices),
        files=_files(folder.path),
    )
    content = record(settings, records, trading, outcome, ending)
    text = summary(content, feed.quality, outcome, ending)
    folder.write("events.jsonl", venue.log_bytes())
    folder.write("summary.txt", text.encode("utf-8", "backslashreplace"))
    folder.write("run.json", json.dumps(content, indent=2, allow_nan=False).encode("ascii") + b"\n")
    failed = bool(outcome.problems or ending.problems)
    return RunResult(directory=settings.out, record=content, summary=text, exit_code=1 if failed else 0)


def chosen_records(settings: RunSettings) -> tuple[ComponentRecord, ...]:
    """Return the component of each kind to use.

    Raises:
        UsageError: a kind that nothing offers, or that several offer and the settings name none of them.
    """
    records = discover(settings.search_path)
    named = select(records, settings.components)
    if broken := [record for record in named if record.state is ComponentState.BROKEN]:
        raise UsageError(f"--component {broken[0].id} cannot be used: {broken[0].reason}; mend that or name another")
    taken = {record.kind for record in named}
    if unused := sorted(taken - set(KINDS_USED)):
        raise UsageError(f"a run uses no component of kind {unused[0]!r}; it uses {', '.join(KINDS_USED)}")
    return one_of_each(
        [r for r in records if r in named or r.kind not in taken], KINDS_USED, naming="allause run --component"
    )


def _open(
    system: System, settings: RunSettings, tell: Callable[[Progress], None], board: Board, deadline_s: float
) -> Feed:
    tell(Progress(done=0, total=_PARTS, text="reading and enhancing market data"))
    market_data = system["market_data"]
    # the calls have labels of their own; this one is for what their tables do when they are read
    with board.calling("reading and enhancing market data", market_data.id, 4 * deadline_s):
        source = "the sample" if settings.data is None else printable(str(settings.data))
        try:
            known = answers(market_data, "get_symbols", market_data.call("get_symbols", deadline_s=deadline_s), str)
        except DataError as error:
            if error.columns:
                raise unrecognised(source, error.columns) from error
            raise
        symbols = choose_symbols(settings.symbols, known)
        return open_feed(market_data, system["market_data_enhancer"], symbols, source=source, deadline_s=deadline_s)


def _trade(market_data: Component, trading: Trading, tell: Callable[[Progress], None]) -> int:
    """Trade the whole feed and return how many nanoseconds that took."""
    part = max(1, trading.feed.rows // _PARTS)

    def progress(number: int) -> None:
        if number % part == 0:
            trading.yardsticks.append(yardstick())
            done = min(_PARTS, number // part)
            tell(Progress(done=done, total=_PARTS, text=f"{number} events, {len(trading.attempts)} orders"))

    start = _monotonic_ns()
    stream = bars(market_data, trading.feed.symbols)
    trading.run(trading.watchdog.each(market_data.id, "stream_market_data", stream), progress)
    return _monotonic_ns() - start


def _notices(trading: Trading, outcome: Outcome) -> tuple[str, ...]:
    notices = []
    if not trading.attempts:
        notices.append("the strategy wanted no order")
    elif not outcome.fills:
        notices.append("no order was filled")
    if not outcome.returns:
        notices.append("there are no returns: too few times, or an equity that fell to 0")
    return tuple(notices)


def _files(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()))
