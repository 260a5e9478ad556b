from pathlib import Path

import polars as pl
import pytest

from allause.exceptions import DataError
from allause_enhancer import COLUMNS, EnhancerConfig, MarketDataEnhancer
from allause_enhancer.columns import reference_page

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "enhancer-columns.md"
TYPES = {"float64": pl.Float64, "int64": pl.Int64, "int8": pl.Int8, "bool": pl.Boolean}


def ticks(**more):
    rows = {"symbol": ["A"] * 4, "ts_event": [0, 10, 20, 40], "ts_init": [0, 10, 20, 40], "seq": [1, 2, 4, 5]}
    rows |= {"bid": [99.0, 99.0, 100.0, 99.0], "ask": [101.0, 101.0, 102.0, 101.0]}
    rows |= {"bid_size": [1.0, 3.0, 0.0, 1.0], "ask_size": [3.0, 1.0, 0.0, 1.0]}
    return pl.DataFrame(rows | {"price": [101.0, 99.0, 102.0, 100.0], "size": [1.0, 1.0, 2.0, 0.0]} | more)


def column(name, table=None, **more):
    config = EnhancerConfig(columns=(name,), keep=(), **more)
    return MarketDataEnhancer(config).enhance_market_data(ticks() if table is None else table)[name].to_list()


@pytest.mark.skipif(not PAGE.parent.exists(), reason="the documentation is not here")
def test_reference_page_is_the_table():
    assert PAGE.read_text(encoding="utf-8") == reference_page()


def test_every_column_is_documented_whole_and_has_its_type():
    config = EnhancerConfig(columns=tuple(each.name for each in COLUMNS))
    answer = MarketDataEnhancer(config).enhance_market_data(ticks())
    for each in COLUMNS:
        assert each.formula, each.name
        assert each.unit, each.name
        assert each.source, each.name
        assert answer.schema[each.name] == TYPES[each.kind], each.name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("is_gap", [False, False, True, False]),
        ("mid", [100.0, 100.0, 101.0, 100.0]),
        ("spread", [2.0] * 4),
        ("spread_bps", [200.0, 200.0, 2 / 101 * 10_000, 200.0]),
        ("microprice", [99.5, 100.5, None, 100.0]),
        ("imbalance", [-0.5, 0.5, None, 0.0]),
        ("simple_return", [None, 0.0, 101 / 100 - 1, 100 / 101 - 1]),
        ("vwap", [101.0, 100.0, 101.0, 101.0]),
        ("twap", [None, 100.0, 100.0, 100.5]),
        ("session", [0, 0, 0, 1]),
        ("session_open", [101.0, 101.0, 101.0, 100.0]),
        ("session_high", [101.0, 101.0, 102.0, 100.0]),
        ("session_low", [101.0, 99.0, 99.0, 100.0]),
        ("session_volume", [1.0, 2.0, 4.0, 0.0]),
        ("session_vwap", [101.0, 100.0, 101.0, None]),
        ("trade_sign", [1, -1, 1, -1]),
        ("effective_spread", [2.0, 2.0, 2.0, 0.0]),
        ("is_bounce", [False, False, True, True]),
        ("roll_spread", [None, None, 2 * 6**0.5, 2 * 6**0.5]),
    ],
)
def test_column_is_what_its_formula_says(name, expected):
    found = column(name, session_ns=25)
    assert found == [each if each is None else pytest.approx(each, rel=1e-12) for each in expected]


def test_time_makes_gaps_where_rows_have_no_number():
    assert column("is_gap", ticks().drop("seq"), gap_ns=10) == [False, False, False, True]
    assert column("is_gap", ticks().drop("seq")) == [False] * 4


def test_crossed_quote_is_left_out_and_a_locked_one_kept():
    table = ticks(ask=[98.0, 99.0, 102.0, 101.0])
    assert column("mid", table) == [99.0, 101.0, 100.0]


def test_misspelt_column_is_told_with_the_nearest_name():
    with pytest.raises(ValueError, match="columns: expected names of columns, found 'micro_price'; did you mean"):
        EnhancerConfig(columns=("micro_price",))


def test_column_these_rows_cannot_give_is_refused(bars):
    with pytest.raises(DataError, match="expected quotes for 'mid', found bars"):
        column("mid", bars(("A", 1, 10.0)))
    with pytest.raises(DataError, match="expected the column 'venue' to keep, found symbol"):
        MarketDataEnhancer(EnhancerConfig(keep=("venue",))).enhance_market_data(bars(("A", 1, 10.0)))


def test_bars_by_rows_volume_and_turnover_never_split_a_row():
    table = ticks(size=[1.0, 1.0, 2.0, 1.0])
    enhancer = MarketDataEnhancer()
    assert enhancer.bars(table, by="tick", size=3)["rows"].to_list() == [3, 1]
    assert enhancer.bars(table, by="volume", size=2)["volume"].to_list() == [2.0, 2.0, 1.0]
    assert enhancer.bars(table, by="dollar", size=200)["close"].to_list() == [99.0, 102.0, 100.0]
    assert enhancer.bars(table, by="tick", size=2)["ts_event"].to_list() == [10, 40]
    with pytest.raises(ValueError, match="size: expected a finite number above 0 for bars by volume, found None"):
        enhancer.bars(table, by="volume")


@pytest.mark.parametrize("by", ["tick", "volume", "dollar"])
@pytest.mark.parametrize("size", ["3", None, True, 0, -1.0, float("nan"), float("inf"), 1e-300])
def test_size_no_bar_can_have_is_refused(bars, by, size):
    table = bars(*(("A", time, 100.0, 5e10) for time in range(3)))
    with pytest.raises(ValueError, match=rf"size: expected .* bars by {by}, found {size!r}"):
        MarketDataEnhancer().bars(table, by=by, size=size)
