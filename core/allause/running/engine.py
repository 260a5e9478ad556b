"""The wiring of a run, from the settings to the run directory."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from allause.component import Component
from allause.discovery import ComponentRecord, discover, printable, select
from allause.exceptions import UsageError
from allause.measurement import SystemClock, yardstick
from allause.models.analytics import AnalysisReport
from allause.models.monitoring import Alert
from allause.models.report import Progress
from allause.running.choice import choose_symbols, load_strategy
from allause.running.feed import DEADLINE_S, Feed, bars, open_feed
from allause.running.folder import RunFolder
from allause.running.gateway import answer, answers
from allause.running.outcome import Outcome, settle
from allause.running.record import Ending, record, summary
from allause.running.settings import KINDS_USED, RunResult, RunSettings
from allause.running.trading import Trading
from allause.strategies import Strategy
from allause.system import System, one_of_each
from allause.venue import InProcessSession, Venue

_PARTS = 20
_monotonic_ns = SystemClock().monotonic_ns


def run(settings: RunSettings, progress: Callable[[Progress], None] | None = None) -> RunResult:
    """Run the installed components on recorded data and write the run directory.

    Nothing is left in the directory's place when it fails.

    Raises:
        UsageError: a name, path or option that does not fit; nothing has run.
        DataError: market data that cannot be used.
        StrategyError: the strategy raised, or asked for what is no order.
        ComponentError: a component failed.
    """
    tell = progress or (lambda _: None)
    started_at, start = datetime.now(UTC).isoformat(timespec="seconds"), _monotonic_ns()
    if settings.data is not None and not settings.data.is_file():
        found = "a folder" if settings.data.is_dir() else "nothing"
        raise UsageError(f"--data {printable(str(settings.data))}: expected a market data file, found {found} there")
    strategy = load_strategy(settings.strategy)
    records = chosen_records(settings)
    with RunFolder(settings.out) as folder:
        configurations = {} if settings.data is None else {"market_data": {"path": str(settings.data.resolve())}}
        venue = Venue(seed=settings.seed)
        tell(Progress(done=0, total=_PARTS, text="building the components"))
        with System.build(records, folder.path / "components", configurations) as system:
            system.start(seed=settings.seed, venue=InProcessSession(venue))
            system["monitoring"].call("start_monitoring")
            feed = _open(system, settings, tell)
            trading, trading_ns = _trade(system, feed, venue, strategy, settings.seed, tell)
            tell(Progress(done=_PARTS, total=_PARTS, text="reconciling and analysing"))
            outcome = settle(system["execution"], venue, trading.attempts, trading.bars)
            analysis = _analyse(system["analytics"], trading, outcome)
            alerts = _alerts(system["monitoring"])
            unclosed = system.close()
        ending = Ending(
            started_at=started_at,
            duration_s=(_monotonic_ns() - start) / 1e9,
            trading_s=trading_ns / 1e9,
            analysis=analysis,
            alerts=alerts,
            notices=(*feed.notices, *_notices(trading, outcome), *unclosed),
            files=_files(folder.path),
        )
        content = record(settings, records, trading, outcome, ending)
        text = summary(content, outcome, ending)
        (folder.path / "events.jsonl").write_bytes(venue.log_bytes())
        (folder.path / "summary.txt").write_text(text, encoding="utf-8", errors="backslashreplace")
        (folder.path / "run.json").write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="ascii")
        folder.publish()
    return RunResult(directory=settings.out, record=content, summary=text, exit_code=1 if outcome.problems else 0)


def chosen_records(settings: RunSettings) -> tuple[ComponentRecord, ...]:
    """Return the component of each kind to use.

    Raises:
        UsageError: a kind that nothing offers, or that several offer and the settings name none of them.
    """
    records = discover(settings.search_path)
    named = select(records, settings.components)
    taken = {record.kind for record in named}
    if unused := sorted(taken - set(KINDS_USED)):
        raise UsageError(f"a run uses no component of kind {unused[0]!r}; it uses {', '.join(KINDS_USED)}")
    return one_of_each([r for r in records if r in named or r.kind not in taken], KINDS_USED)


def _open(system: System, settings: RunSettings, tell: Callable[[Progress], None]) -> Feed:
    tell(Progress(done=0, total=_PARTS, text="reading and enhancing market data"))
    market_data = system["market_data"]
    known = answers(market_data, "get_symbols", market_data.call("get_symbols", deadline_s=DEADLINE_S), str)
    return open_feed(market_data, system["market_data_enhancer"], choose_symbols(settings.symbols, known))


def _trade(
    system: System, feed: Feed, venue: Venue, strategy: Strategy, seed: int, tell: Callable[[Progress], None]
) -> tuple[Trading, int]:
    trading = Trading(venue, feed, system["execution"], system["monitoring"], strategy, seed)
    part = max(1, feed.rows // _PARTS)

    def progress(number: int) -> None:
        if number % part == 0:
            trading.yardsticks.append(yardstick())
            done = min(_PARTS, number // part)
            tell(Progress(done=done, total=_PARTS, text=f"{number} events, {len(trading.attempts)} orders"))

    start = _monotonic_ns()
    market_data = system["market_data"]
    stream = trading.watchdog.each(market_data.id, "stream_market_data", bars(market_data, feed.symbols))
    trading.run(stream, progress)
    return trading, _monotonic_ns() - start


def _analyse(analytics: Component, trading: Trading, outcome: Outcome) -> AnalysisReport:
    arguments: dict[str, object] = {}
    if outcome.returns:
        arguments["returns"] = outcome.returns
    if outcome.periods_per_year:
        arguments["periods_per_year"] = outcome.periods_per_year
    if trading.attempts:
        failures = sum(o.status in ("rejected", "unknown") for o in outcome.orders.values())
        arguments["measurements"] = {"error_rate": failures / len(trading.attempts)}
    value = analytics.call("analyze_performance", deadline_s=DEADLINE_S, **arguments)
    return answer(analytics, "analyze_performance", value, AnalysisReport)


def _alerts(monitoring: Component) -> tuple[Alert, ...]:
    alerts = answers(monitoring, "get_alerts", monitoring.call("get_alerts"), Alert)
    monitoring.call("stop_monitoring")
    return alerts


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
