import logging
import re
from importlib.metadata import entry_points, version
from itertools import pairwise
from pathlib import Path

import attrs
import cattrs
import polars as pl
import pytest

from allause.exceptions import DataError
from allause.hookspecs import CONTRACT_VERSION, MarketDataSpec, StandardSpec
from allause.measurement import SystemClock
from allause.models import BAR_COLUMNS, ArrowTable, Bar, Context
from allause_market_data import LiveMarketDataSystem, MarketDataConfig

ALL = ("AAPL", "FB", "GOOG", "IBM", "MSFT")
README = Path(__file__).parents[1] / "README.md"


def test_market_data_entry_point_leads_to_the_class():
    (point,) = entry_points(group="allause.market_data", name="market-data")
    assert point.load() is LiveMarketDataSystem


def test_market_data_offers_every_method_of_its_contract(system):
    methods = [name for spec in (StandardSpec, MarketDataSpec) for name in vars(spec) if not name.startswith("_")]
    assert all(hasattr(getattr(system, name), "allause_impl") for name in methods)


def test_market_data_info_carries_the_installed_version(system):
    info = system.get_component_info()
    assert (info.name, info.kind) == ("market-data", "market_data")
    assert (info.version, info.contract_version) == (version("allause-market-data"), CONTRACT_VERSION)


def test_rows_come_in_event_time_then_asked_order(system):
    table = system.get_market_data(["MSFT", "AAPL"])
    assert isinstance(table, ArrowTable)
    assert tuple(table.columns) == BAR_COLUMNS
    assert table["symbol"].head(4).to_list() == ["MSFT", "AAPL", "MSFT", "AAPL"]
    assert table["ts_event"].is_sorted()


def test_symbols_come_sorted(bars):
    assert bars("B,1,1,10,12,9,11,5,11", "A,1,1,10,12,9,11,5,11").get_symbols() == ("A", "B")


def test_symbol_asked_twice_comes_once(system):
    assert system.get_market_data(["FB", "FB"]).height == 196


def test_symbols_may_be_any_iterable_of_text(system):
    assert system.get_market_data(name for name in ["FB"]).height == 196
    assert system.get_market_data(pl.Series(["FB"])).height == 196
    with pytest.raises(DataError, match="expected a sequence of symbols, found 7; known are"):
        system.get_market_data(7)


def test_start_is_included_and_end_is_not(system):
    times = system.get_market_data(["FB"])["ts_event"].to_list()
    part = system.get_market_data(["FB"], start=times[3], end=times[7])
    assert part["ts_event"].to_list() == times[3:7]


def test_events_are_the_rows(system):
    table = system.get_market_data(["FB", "GOOG"], start=1_337_000_000 * 10**9)
    events = list(system.stream_market_data(["FB", "GOOG"], start=1_337_000_000 * 10**9))
    assert events == [Bar(**row) for row in table.iter_rows(named=True)]
    assert all(a.ts_event <= b.ts_event for a, b in pairwise(events))


@pytest.mark.parametrize("method", ["get_market_data", "stream_market_data", "get_data_quality"])
@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        (["APPL"], "found 'APPL'; did you mean 'AAPL'"),
        (["AAPL", "aapl"], "found 'aapl'; did you mean 'AAPL'"),
        (["NO"], "known are AAPL"),
        ([], "at least one symbol"),
        ("AAPL", r"write \['AAPL'\]"),
        ([None], "found None"),
        ([["AAPL"]], "found"),
    ],
)
def test_wrong_symbols_are_refused_at_the_call(system, method, symbols, message):
    with pytest.raises(DataError, match=message):
        getattr(system, method)(symbols)


@pytest.mark.parametrize("start", ["2001-09-10", 1.5, True, 2**70])
def test_wrong_time_is_refused_by_name(system, start):
    with pytest.raises(DataError, match="start: expected integer nanoseconds"):
        system.get_market_data(["FB"], start=start)


def test_market_data_counts_calls_and_errors(system):
    system.get_market_data(["FB"])
    list(system.stream_market_data(["FB"]))
    with pytest.raises(DataError):
        system.get_data_quality(["NO"])
    stats = system.get_performance_stats()
    assert (stats.operations, stats.errors) == (3, 1)
    assert stats.busy_ns > 0
    assert stats.details == {"served_rows": 196.0, "streamed_rows": 196.0}


def test_market_data_questions_are_not_counted_as_work(system):
    for question in ("get_component_info", "test_functionality", "get_optimization_metrics", "validate_component"):
        getattr(system, question)()
    assert system.get_performance_stats().operations == 0


def test_self_test_of_market_data_passes(system):
    report = system.test_functionality()
    assert report.passed, [case for case in report.cases if not case.passed]


def empty(self, symbols, start=None, end=None):
    return pl.DataFrame(schema=list(BAR_COLUMNS))


def silent(self, symbols, start=None, end=None):
    return iter(())


def constant(self, symbols):
    return LiveMarketDataSystem().get_data_quality(["FB"])


def broken(self, *args, **options):
    raise RuntimeError("sabotaged")


def unbounded(self, symbols, start=None, end=None):
    return LiveMarketDataSystem.get_market_data(self, symbols)


@pytest.mark.parametrize(
    ("method", "sabotage"),
    [
        ("get_symbols", lambda self: ("B", "A")),
        ("get_market_data", empty),
        ("get_market_data", broken),
        ("get_market_data", unbounded),
        ("stream_market_data", silent),
        ("stream_market_data", broken),
        ("get_data_quality", constant),
        ("get_data_quality", broken),
    ],
)
def test_self_test_of_market_data_fails_when_a_method_is_broken(method, sabotage):
    system = type("Sabotaged", (LiveMarketDataSystem,), {method: sabotage})()
    report = system.test_functionality()
    assert not report.passed
    assert all(case.detail for case in report.cases if not case.passed)


def test_self_test_of_market_data_does_not_need_the_configured_file(tmp_path):
    assert LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "none.csv")).test_functionality().passed


def test_market_data_validation_names_the_unusable_file(tmp_path):
    assert LiveMarketDataSystem().validate_component().valid
    validation = LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "none.csv")).validate_component()
    assert not validation.valid
    assert "none.csv" in validation.problems[0]


def test_file_is_read_at_first_use_and_kept(written):
    system = written("Date,Price\n2001-09-10,1\n")
    path = system._config.path
    assert system.get_market_data(["data"]).height == 1
    path.unlink()
    assert system.get_market_data(["data"]).height == 1
    system.close()
    with pytest.raises(DataError, match="no such file"):
        system.get_market_data(["data"])


def test_file_that_appears_after_a_failure_is_read(tmp_path):
    system = LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "late.csv"))
    with pytest.raises(DataError):
        system.get_market_data(["late"])
    (tmp_path / "late.csv").write_text("Date,Price\n2001-09-10,1\n")
    assert system.get_market_data(["late"]).height == 1


def test_market_data_lifecycle_needs_no_start_and_closes_twice(system, tmp_path):
    system.close()
    context = Context(clock=SystemClock(), directory=tmp_path, seed=0, logger=logging.getLogger("market-data"))
    system.start(context)
    assert system.get_market_data(["FB"]).height == 196
    system.close()
    system.close()
    assert not list(tmp_path.iterdir())


def test_market_data_configuration_structures_from_plain_values():
    assert LiveMarketDataSystem.Config is MarketDataConfig
    config = cattrs.structure({"path": "a.csv", "columns": {"close": "Settle"}}, MarketDataConfig)
    assert (config.path, config.columns) == (Path("a.csv"), {"close": "Settle"})


@pytest.mark.parametrize(
    ("name", "rows", "good"), [("pypi/arch_sp500.csv.gz", 5031, 5031), ("indices/vix-daily.csv.gz", 9235, 9188)]
)
def test_recorded_index_reads_under_its_stem(recorded, name, rows, good):
    path = recorded(name)
    system = LiveMarketDataSystem(MarketDataConfig(path=path))
    quality = system.get_data_quality([path.name.split(".")[0]])
    assert (quality.rows, quality.good, quality.rows - quality.good) == (rows, good, quality.defects["impossible_bar"])


def test_market_data_readme_lists_every_configuration_key():
    keys = re.findall(r"^\| `(\w+)` \|", README.read_text(), re.MULTILINE)
    assert keys == [field.name for field in attrs.fields(MarketDataConfig)]


def test_market_data_readme_example_prints_what_it_says(capsys):
    code, shown = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", README.read_text(), re.DOTALL).groups()
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == shown
