import logging
import re
from importlib.metadata import entry_points, version
from pathlib import Path

import attrs
import cattrs
import polars as pl
import pytest

from allause.exceptions import DataError
from allause.hookspecs import CONTRACT_VERSION, MarketDataEnhancerSpec, StandardSpec
from allause.measurement import SystemClock
from allause.models import ArrowTable, Context, ThroughputReport
from allause_enhancer import EnhancerConfig, MarketDataEnhancer

ADDED = ("log_return", "rolling_volatility", "vwap", "is_outlier")
README = Path(__file__).parents[1] / "README.md"


def test_enhancer_entry_point_leads_to_the_class():
    (point,) = entry_points(group="allause.market_data_enhancer", name="enhancer")
    assert point.load() is MarketDataEnhancer


def test_enhancer_offers_every_method_of_its_contract(enhancer):
    specs = (StandardSpec, MarketDataEnhancerSpec)
    methods = [name for spec in specs for name in vars(spec) if not name.startswith("_")]
    assert all(hasattr(getattr(enhancer, name), "allause_impl") for name in methods)


def test_enhancer_info_carries_the_installed_version(enhancer):
    info = enhancer.get_component_info()
    assert (info.name, info.kind) == ("enhancer", "market_data_enhancer")
    assert (info.version, info.contract_version) == (version("allause-enhancer"), CONTRACT_VERSION)


def test_answer_is_an_arrow_table_with_the_added_columns_last(enhancer, bars):
    table = bars(("A", 1, 10.0))
    enhanced = enhancer.enhance_market_data(market_data=table)
    assert isinstance(enhanced, ArrowTable)
    assert enhanced.columns == [*table.columns, *ADDED]
    assert [enhanced.schema[name] for name in ADDED] == [pl.Float64, pl.Float64, pl.Float64, pl.Boolean]


def test_enhancer_counts_calls_and_errors(enhancer, bars):
    enhancer.enhance_market_data(market_data=bars(("A", 1, 10.0), ("A", 1, 11.0)))
    enhancer.enhance_market_data_throughput(market_data=bars(("A", 1, 10.0)))
    enhancer.bars(bars(("A", 1, 10.0)), 10)
    with pytest.raises(DataError):
        enhancer.enhance_market_data(market_data=None)
    stats = enhancer.get_performance_stats()
    assert (stats.operations, stats.errors) == (4, 1)
    assert stats.busy_ns > 0
    assert (stats.details["input_rows"], stats.details["output_rows"]) == (2.0, 1.0)


def test_enhancer_questions_are_not_counted_as_work(enhancer):
    for question in ("get_component_info", "test_functionality", "get_optimization_metrics", "validate_component"):
        getattr(enhancer, question)()
    assert enhancer.get_performance_stats().operations == 0


@pytest.mark.parametrize("window", [2, 20])
def test_self_test_of_the_enhancer_passes_whatever_its_configuration(window):
    report = MarketDataEnhancer(EnhancerConfig(window=window, outlier_threshold=0.1)).test_functionality()
    assert report.passed, [case for case in report.cases if not case.passed]


def unchanged(self, market_data):
    return market_data


def raising(self, market_data):
    raise RuntimeError("sabotaged")


def spoiled(column, value):
    def enhance_market_data(self, market_data):
        return MarketDataEnhancer.enhance_market_data(self, market_data).with_columns(value.alias(column))

    return enhance_market_data


def invented(self, market_data):
    return ThroughputReport(rows=10**6, repetitions=(0.1,) * 5, rows_per_second=10**7, spread=0.0)


def overstated(self, market_data):
    report = MarketDataEnhancer.enhance_market_data_throughput(self, market_data)
    return attrs.evolve(report, rows_per_second=report.rows_per_second * 1000)


@pytest.mark.parametrize(
    ("method", "sabotage"),
    [
        ("enhance_market_data", unchanged),
        ("enhance_market_data", raising),
        ("enhance_market_data", spoiled("log_return", pl.col("log_return") * 1.000001)),
        ("enhance_market_data", spoiled("rolling_volatility", pl.col("rolling_volatility").fill_null(0.0))),
        ("enhance_market_data", spoiled("vwap", pl.col("close"))),
        ("enhance_market_data", spoiled("is_outlier", pl.lit(value=False))),
        ("enhance_market_data", spoiled("symbol", pl.lit("A"))),
        ("enhance_market_data_throughput", invented),
        ("enhance_market_data_throughput", overstated),
        ("enhance_market_data_throughput", raising),
    ],
)
def test_self_test_of_the_enhancer_fails_when_a_method_is_broken(method, sabotage):
    report = type("Sabotaged", (MarketDataEnhancer,), {method: sabotage})().test_functionality()
    assert not report.passed
    assert all(case.detail for case in report.cases if not case.passed)


def test_larger_bars_take_the_configured_length_or_the_one_given(bars):
    enhancer = MarketDataEnhancer(EnhancerConfig(bar_interval_ns=10))
    table = bars(("A", 1, 10.0), ("A", 11, 10.0), ("A", 21, 10.0))
    assert enhancer.bars(table)["ts_event"].to_list() == [10, 20, 30]
    assert enhancer.bars(table, interval_ns=20)["ts_event"].to_list() == [20, 40]
    with pytest.raises(ValueError, match="bar_interval_ns: expected an integer of at least 1, found 0"):
        enhancer.bars(table, interval_ns=0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("window", 1),
        ("window", 2.5),
        ("window", True),
        ("outlier_threshold", 0.0),
        ("outlier_threshold", float("nan")),
        ("outlier_threshold", float("inf")),
        ("outlier_threshold", 10**400),
        ("rate", float("nan")),
        ("rate", -(10**400)),
        ("bar_interval_ns", -1),
        ("bar_interval_ns", 2**63),
        ("gap_ns", 2**63),
        ("session_start_ns", 10**30),
    ],
)
def test_impossible_enhancer_configuration_is_refused_by_key(key, value):
    with pytest.raises(ValueError, match=f"{key}: expected .* found"):
        EnhancerConfig(**{key: value})


def test_enhancer_configuration_structures_from_plain_values():
    assert MarketDataEnhancer.Config is EnhancerConfig
    assert cattrs.structure({"window": 5}, EnhancerConfig) == EnhancerConfig(window=5)


def test_enhancer_lifecycle_needs_no_start_and_closes_twice(enhancer, bars, tmp_path):
    enhancer.close()
    context = Context(clock=SystemClock(), directory=tmp_path, seed=0, logger=logging.getLogger("enhancer"))
    enhancer.start(context)
    assert enhancer.enhance_market_data(market_data=bars(("A", 1, 10.0))).height == 1
    assert enhancer.validate_component().valid
    enhancer.close()
    enhancer.close()
    assert not list(tmp_path.iterdir())


def said(default):
    return f"{default:_}" if isinstance(default, int | float) else str(default)


def test_enhancer_readme_lists_every_configuration_key_with_its_default():
    found = dict(re.findall(r"^\| `(\w+)` \| (\S+) \|", README.read_text(), re.MULTILINE))
    assert found == {field.name: said(field.default) for field in attrs.fields(EnhancerConfig)}


def test_enhancer_readme_explains_every_added_column():
    assert re.findall(r"^- `(\w+)`: ", README.read_text(), re.MULTILINE) == list(ADDED)


def test_enhancer_readme_example_prints_what_it_says(capsys):
    code, shown = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", README.read_text(), re.DOTALL).groups()
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == shown
