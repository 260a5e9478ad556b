from math import log
from random import Random
from statistics import fmean, stdev

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allause_enhancer.config import EnhancerConfig
from allause_enhancer.tables import enhancement, larger, ordering
from allause_enhancer.tables.exchange import take

ADDED = ("log_return", "rolling_volatility", "vwap", "is_outlier")
CONFIG = EnhancerConfig(window=3, outlier_threshold=5.0)
ROW = st.tuples(
    st.sampled_from(["A", "B", "ZZ"]),
    st.integers(-5, 12),
    st.one_of(st.floats(0.5, 500.0), st.sampled_from([0.0, -1.0, float("nan"), float("inf")])),
    st.one_of(st.integers(0, 1000).map(float), st.just(float("nan"))),
)
TABLES = st.lists(ROW, max_size=60)


def enhance(table, config):
    return enhancement.enhance(take(table), config)


def clean(table):
    return ordering.clean(take(table))


def larger_bars(table, interval_ns):
    return larger.larger_bars(take(table), interval_ns)


def by_the_book(rows):
    """The documented answer, reckoned one row at a time in plain Python."""
    good = {}
    for symbol, time, close, volume in rows:
        if 0 < close < float("inf"):
            good.setdefault((symbol, time), (close, volume))
    answer, before, returns, sums = [], {}, {}, {}
    for (symbol, time), (close, volume) in sorted(good.items()):
        past = returns.setdefault(symbol, [])
        change = log(close / before[symbol]) if symbol in before else None
        outlier = False
        if change is not None:
            window = past[-CONFIG.window :]
            if len(window) == CONFIG.window:
                distance = abs(change - fmean(window))
                outlier = distance > CONFIG.outlier_threshold * stdev(window) and distance > 1e-12
            past.append(change)
        enough = change is not None and len(past) >= CONFIG.window
        total, units = sums.get(symbol, (0.0, 0.0))
        units += volume if volume > 0 else 0.0
        total += volume * close if volume > 0 else 0.0
        sums[symbol], before[symbol] = (total, units), close
        answer.append(
            (
                symbol,
                time,
                change,
                stdev(past[-CONFIG.window :]) if enough else None,
                total / units if units else None,
                outlier,
            )
        )
    return answer


def same(found, expected):
    if found is None or expected is None or isinstance(expected, str | bool | int):
        return found == expected
    return found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=150, derandomize=True)
@given(rows=TABLES)
def test_enhancement_is_what_the_formulas_say(rows):
    table = pl.DataFrame(
        [(s, t, t, c, c, c, c, v, c) for s, t, c, v in rows],
        schema={
            "symbol": pl.String, "ts_event": pl.Int64, "ts_init": pl.Int64,
            **dict.fromkeys(("open", "high", "low", "close", "volume", "adj_close"), pl.Float64),
        },
        orient="row",
    )  # fmt: skip
    found = enhance(table, CONFIG).select("symbol", "ts_event", *ADDED).rows()
    expected = by_the_book(rows)
    assert len(found) == len(expected)
    assert all(
        same(a, b) for left, right in zip(found, expected, strict=True) for a, b in zip(left, right, strict=True)
    )


def test_rows_in_any_order_give_the_same_answer(bars):
    rows = [(symbol, time, 100.0 + time) for symbol in "ABC" for time in range(50)]
    shuffled = Random(3).sample(rows, len(rows))
    by_time = sorted(rows, key=lambda row: row[1])
    assert enhance(bars(*shuffled), CONFIG).equals(enhance(bars(*rows), CONFIG))
    assert enhance(bars(*by_time), CONFIG).equals(enhance(bars(*rows), CONFIG))


def test_times_far_apart_are_ordered(bars):
    far = bars(("A", 9 * 10**18, 3.0), ("A", -9 * 10**18, 1.0), ("A", 0, 2.0))
    assert clean(far)["close"].to_list() == [1.0, 2.0, 3.0]


def test_first_of_a_repeated_key_is_kept_in_any_order(bars):
    sorted_rows = bars(("A", 1, 10.0), ("A", 1, 11.0), ("A", 2, 12.0))
    moved_rows = bars(("A", 2, 12.0), ("A", 1, 10.0), ("B", 1, 5.0), ("A", 1, 11.0))
    assert clean(sorted_rows)["close"].to_list() == [10.0, 12.0]
    assert clean(moved_rows)["close"].to_list() == [10.0, 12.0, 5.0]


def test_good_row_after_a_bad_one_of_its_key_is_kept(bars):
    assert clean(bars(("A", 1, float("nan")), ("A", 1, 11.0)))["close"].to_list() == [11.0]


@pytest.mark.parametrize("column", ["open", "high", "low", "close"])
@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), float("-inf"), 0.0, -0.0, -1.0])
def test_row_with_a_bad_price_is_left_out(bars, column, value):
    table = bars(("A", 1, 10.0), ("A", 2, 10.0), ("A", 3, 10.0))
    spoiled = pl.when(pl.col("ts_event") == 2).then(pl.lit(value, pl.Float64)).otherwise(pl.col(column)).alias(column)
    assert enhance(table.with_columns(spoiled), CONFIG)["ts_event"].to_list() == [1, 3]


def test_nothing_leaks_from_one_symbol_into_the_next(bars):
    wild = [("A", time, 10.0 ** (time % 7)) for time in range(30)]
    calm = [("B", time, 100.0 + time % 3) for time in range(30)]
    together = enhance(bars(*wild, *calm), CONFIG).filter(pl.col("symbol") == "B")
    alone = enhance(bars(*calm), CONFIG)
    assert together.select(alone.columns).equals(alone)


def test_one_jump_is_flagged_although_it_would_widen_its_own_window(bars):
    calm = [("A", time, 100.0 + 0.1 * (time % 2)) for time in range(30)]
    flags = enhance(bars(*calm, ("A", 30, 150.0)), EnhancerConfig())["is_outlier"].to_list()
    assert flags == [False] * 30 + [True]


def test_constant_growth_has_no_outlier(bars):
    grown = bars(*(("A", time, 1.1**time) for time in range(200)))
    assert not enhance(grown, CONFIG)["is_outlier"].any()


def test_rolling_volatility_forgets_a_huge_return(bars):
    chance = Random(5)
    closes = [100.0]
    for step in range(60):
        closes.append(closes[-1] * (1e200 if step == 20 else 1 + chance.gauss(0, 0.01)))
    table = enhance(bars(*(("A", time, close) for time, close in enumerate(closes))), CONFIG)
    returns = table["log_return"].to_list()
    assert table["rolling_volatility"][-1] == pytest.approx(stdev(returns[-3:]), rel=1e-9)


def test_empty_and_hopeless_tables_give_empty_ones(bars):
    for table in (bars(), bars(("A", 1, -1.0))):
        enhanced = enhance(table, CONFIG)
        assert enhanced.is_empty()
        assert enhanced.columns == [*table.columns, *ADDED]


def test_other_columns_are_kept_and_added_ones_made_anew(bars):
    table = bars(("A", 1, 10.0), ("A", 2, 11.0)).with_columns(venue=pl.lit("X"), vwap=pl.lit(1.0))
    twice = enhance(enhance(table, CONFIG), CONFIG)
    assert twice.columns == [*table.columns[:-1], *ADDED]
    assert twice["vwap"].to_list() == [10.0, 10.5]


def test_input_is_not_changed(bars):
    table = bars(("B", 2, 10.0), ("A", 1, 11.0))
    before = table.clone()
    enhance(table, CONFIG)
    assert table.equals(before)


def test_larger_bars_hold_what_their_rows_say(bars):
    table = bars(
        ("A", 1, 10.0, 1.0), ("A", 5, 12.0, 2.0), ("A", 10, 8.0, 1.0), ("A", 11, 9.0, 4.0), ("B", 10, 1.0, 0.0)
    )
    made = larger_bars(table, 10)
    columns = ("symbol", "ts_event", "ts_init", "open", "high", "low", "close", "volume", "vwap", "rows")
    assert made.select(columns).rows() == [
        ("A", 10, 10, 10.0, 12.0, 8.0, 8.0, 4.0, 10.5, 3),
        ("A", 20, 20, 9.0, 9.0, 9.0, 9.0, 4.0, 9.0, 1),
        ("B", 10, 10, 1.0, 1.0, 1.0, 1.0, 0.0, None, 1),
    ]


def test_larger_bars_before_1970_end_where_they_should(bars):
    assert larger_bars(bars(("A", -15, 10.0), ("A", -10, 10.0), ("A", -9, 10.0)), 10)["ts_event"].to_list() == [-10, 0]


def test_larger_bar_is_never_known_before_it_ended_nor_before_its_rows(bars):
    table = bars(("A", 3, 10.0)).with_columns(ts_init=pl.lit(25, pl.Int64))
    assert larger_bars(table, 10)["ts_init"].to_list() == [25]
    assert larger_bars(bars(("A", 3, 10.0)), 10)["ts_init"].to_list() == [10]
