from datetime import date

import polars as pl
import pytest

from allause.exceptions import ConfigurationError, DataError
from allause_market_data import MarketDataConfig
from allause_market_data.adjusting import adjust, factors_of, read_factors, unadjust
from allause_market_data.identity import read_map
from allause_market_data.reading import open_source, read_source

NEW_YORK = "America/New_York"


def daily(shared, ticker):
    source = open_source(shared / f"lean/equity/usa/daily/{ticker}.zip")
    return pl.concat([one.frame for one in read_source(source, MarketDataConfig())])


def factors(shared, ticker):
    return read_factors(shared / f"lean/equity/usa/factor_files/{ticker}.csv")


def largest_fall(bars):
    return bars.select((pl.col("close") / pl.col("close").shift()).log().abs().max()).item()


@pytest.mark.parametrize("ticker", ["aapl", "googl", "spy", "ibm", "bac"])
def test_adjustment_and_back_gives_the_recorded_prices(shared, ticker):
    raw = daily(shared, ticker)
    known = factors(shared, ticker)
    for dividends in (True, False):
        adjusted = adjust(raw, known, dividends=dividends, zone=NEW_YORK)
        back = unadjust(adjusted, known, dividends=dividends, zone=NEW_YORK, decimals=4)
        for name in ("open", "high", "low", "close"):
            assert back[name].to_list() == raw[name].to_list()
        assert back["volume"].to_list() == raw["volume"].to_list()


def test_adjusted_history_has_no_split_left(shared):
    raw = daily(shared, "aapl")
    adjusted = adjust(raw, factors(shared, "aapl"), zone=NEW_YORK)
    assert largest_fall(raw) > 1.9  # 7 for 1
    assert largest_fall(adjusted) < 0.75  # the news of 2000-09-29
    assert adjusted["close"][-1] == raw["close"][-1]


def test_row_of_a_factor_file_holds_up_to_its_day(shared):
    days = pl.Series([date(2000, 6, 20), date(2000, 6, 21), date(2050, 12, 31), date(2051, 1, 1)])
    split = factors(shared, "aapl").on(days)["split"].to_list()
    assert split == [0.00892857, 0.01785710, 1.0, 1.0]


def bars(*closes):
    return pl.DataFrame(
        {
            "symbol": "A",
            "ts_event": [86_400 * 10**9 * (at + 1) for at in range(len(closes))],
            **{name: [float(close) for close in closes] for name in ("open", "high", "low", "close")},
            "volume": 100.0,
            "adj_close": float("nan"),
        }
    )


def test_factors_come_from_corporate_actions():
    raw = bars(100, 100, 50, 50, 49)
    actions = pl.DataFrame(
        {
            "symbol": ["A", "A", "B"],
            "ex_date": [date(1970, 1, 3), date(1970, 1, 5), date(1970, 1, 2)],
            "kind": ["split", "dividend", "split"],
            "value": [2.0, 1.0, 5.0],
        }
    )
    known = factors_of(actions, raw, "A")
    adjusted = adjust(raw, known, decimals=6)
    assert adjusted["close"].to_list() == [49, 49, 49, 49, 49]
    assert adjusted["adj_close"].to_list() == [49, 49, 49, 49, 49]
    assert adjusted["volume"].to_list() == [200, 200, 100, 100, 100]
    assert adjust(raw, known, dividends=False)["close"].to_list() == [50, 50, 50, 50, 49]
    assert unadjust(adjusted, known, decimals=6)["close"].to_list() == raw["close"].to_list()


@pytest.mark.parametrize(("kind", "value"), [("merger", 1.0), ("split", 0.0), ("dividend", 100.0)])
def test_action_that_makes_no_sense_is_refused(kind, value):
    actions = pl.DataFrame({"symbol": ["A"], "ex_date": [date(1970, 1, 3)], "kind": [kind], "value": [value]})
    with pytest.raises(DataError, match="1970-01-03"):
        factors_of(actions, bars(100, 100, 50), "A")


def actions(**more):
    row = {"symbol": ["B", "A"], "ex_date": [None, date(1970, 1, 3)], "kind": ["split"] * 2, "value": [2.0] * 2}
    return pl.DataFrame(row | more)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"value": [2.0, None]}, "A: expected a split or dividend above 0 on 1970-01-03, found 'split' None in row 2"),
        ({"value": [2.0, float("inf")]}, "on 1970-01-03, found 'split' inf in row 2 of the actions"),
        ({"value": ["2", "2"]}, "actions: expected numbers in column 'value', found String; cast the column"),
        ({"kind": ["split", None]}, "on 1970-01-03, found None 2.0 in row 2"),
        ({"ex_date": [date(1970, 1, 3), None]}, "above 0 on a day, found 'split' 2.0 in row 2"),
        ({"ex_date": ["1970-01-03"] * 2}, "actions: expected Date in column 'ex_date', found String"),
    ],
)
def test_action_that_cannot_be_read_is_named_with_its_row(more, message):
    with pytest.raises(DataError, match=message):
        factors_of(actions(**more), bars(100, 100, 50), "A")


@pytest.mark.parametrize("name", ["symbol", "ex_date", "kind", "value"])
def test_actions_and_bars_without_a_column_are_refused(name):
    with pytest.raises(DataError, match=f"actions: expected the column '{name}', found"):
        factors_of(actions().drop(name), bars(100, 100, 50), "A")
    with pytest.raises(DataError, match="bars: expected the column 'close', found symbol"):
        factors_of(actions(), bars(100, 100, 50).drop("close"), "A")
    with pytest.raises(DataError, match="actions: expected a polars table, found dict"):
        factors_of({}, bars(100, 100, 50), "A")


SPLIT_DAY = date(1970, 1, 3)


def acted(*found):
    return pl.DataFrame(
        [{"symbol": "A", "ex_date": SPLIT_DAY, "kind": kind, "value": value} for kind, value in found],
        schema={"symbol": pl.String, "ex_date": pl.Date, "kind": pl.String, "value": pl.Float64},
    )


@pytest.mark.parametrize("order", [1, -1])
def test_dividend_of_the_day_of_a_split_is_of_the_new_shares(order):
    raw = bars(700, 700, 99, 99)
    known = factors_of(acted(*[("split", 7.0), ("dividend", 1.0)][::order]), raw, "A")
    assert known.rows.rows() == [(date(1970, 1, 2), pytest.approx(0.99), pytest.approx(1 / 7))]
    assert adjust(raw, known, decimals=6)["close"].to_list() == [99, 99, 99, 99]


def test_dividends_of_one_day_add_up():
    known = factors_of(acted(("dividend", 100.0), ("dividend", 100.0)), bars(500, 400, 200), "A")
    assert known.rows.rows() == [(date(1970, 1, 2), 0.5, 1.0)]


@pytest.mark.parametrize("close", [float("nan"), float("inf"), None])
def test_dividend_after_a_close_that_is_none_is_refused(close):
    raw = bars(100, 100, 50).with_columns(close=pl.lit(close, pl.Float64))
    with pytest.raises(DataError, match=r"A: expected a close above the dividend of 1\.0 before 1970-01-03, found"):
        factors_of(acted(("dividend", 1.0)), raw, "A")


def test_dividend_is_held_against_the_close_of_a_new_share():
    with pytest.raises(DataError, match=r"above the dividend of 20\.0 before 1970-01-03, found 100\.0 for 7\.0 shares"):
        factors_of(acted(("dividend", 20.0), ("split", 7.0)), bars(100, 100, 50), "A")


def test_small_volumes_come_back_and_stay_where_nothing_is_adjusted():
    volumes = [0.12345678, 2.5e-8, 3.0, 123_456_789.123456]
    raw = bars(70, 70, 10, 10).with_columns(volume=pl.Series(volumes), adj_close=pl.lit(9.5))
    known = factors_of(acted(("split", 7.0)), raw, "A")
    adjusted = adjust(raw, known)
    assert adjusted["volume"][2:].to_list() == volumes[2:]
    back = unadjust(adjusted, known, decimals=4)
    assert back["volume"].to_list() == volumes
    assert back["adj_close"].to_list() == adjusted["close"].to_list()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw.drop("volume"), "bars: expected the column 'volume', found"),
        (lambda raw: raw.drop("symbol"), "bars: expected the column 'symbol', found"),
        (lambda raw: raw.drop("open"), "bars: expected the column 'open', found"),
        (lambda raw: raw.to_dicts(), "bars: expected a polars table, found list"),
        (
            lambda raw: raw.with_columns(symbol=pl.Series(["A", "B", "A"])),
            "bars: expected those of one .*, found A, B;",
        ),
        (
            lambda raw: raw.with_columns(pl.col("ts_event").cast(pl.Datetime)),
            "bars: expected Int64 in column 'ts_event'",
        ),
    ],
)
@pytest.mark.parametrize("how", [adjust, unadjust])
def test_what_is_no_table_of_bars_is_told(how, change, message):
    raw = bars(100, 100, 50)
    with pytest.raises(DataError, match=message):
        how(change(raw), factors_of(acted(), raw, "A"))


def test_a_zone_that_there_is_not_is_told():
    raw = bars(100, 100, 50)
    for ask in (adjust, unadjust):
        with pytest.raises(ConfigurationError, match=r"zone: expected the name of a time zone .*, found 'Mars/X'"):
            ask(raw, factors_of(acted(), raw, "A"), zone="Mars/X")


@pytest.mark.parametrize(
    "line",
    ["20140606,inf,0.5,1", "20140606,1e308,0.5,1", "20140606,1,1e-300,1", "20140606,nan,0.5,1", "20140606,1_0,1,1",
     "20140606,\uff11,1,1", "2\uff10140606,1,1,1", "+0140606,1,1,1", "20140606,1,0.5"],
)  # fmt: skip
def test_factor_that_cannot_be_is_refused_with_its_line(tmp_path, line):
    path = tmp_path / "a.csv"
    path.write_text(f"20140101,0.9,0.5,10\n{line}\n", "utf-8")
    with pytest.raises(DataError, match=r"a\.csv: expected day, price factor, .* in line 2, found"):
        read_factors(path)


def test_instrument_is_followed_through_its_tickers(shared):
    folder = shared / "lean/equity/usa/map_files"
    qqq = read_map(folder / "qqq.csv")
    assert (qqq.ticker_on(date(2000, 1, 3)), qqq.ticker_on(date(2007, 1, 3)), qqq.ticker_on(date(2020, 1, 3))) == (
        "QQQ",
        "QQQQ",
        "QQQ",
    )
    assert read_map(folder / "goog.csv").ticker_on(date(2014, 4, 1)) == "GOOCV"
    assert read_map(folder / "googl.csv").ticker_on(date(2010, 1, 4)) == "GOOG"
    assert read_map(folder / "uso.csv").ticker_on(date(1998, 12, 30)) is None


def test_rows_of_the_company_that_had_the_ticker_before_are_left_out(shared):
    raw = daily(shared, "uso")
    kept = read_map(shared / "lean/equity/usa/map_files/uso.csv").stitch({"USO": raw}, zone=NEW_YORK)
    assert raw.height - kept.height == 140
    goog, googl = daily(shared, "goog"), daily(shared, "googl")
    whole = read_map(shared / "lean/equity/usa/map_files/googl.csv").stitch(
        {"GOOG": goog, "GOOGL": googl}, zone=NEW_YORK
    )
    assert whole["symbol"].unique().to_list() == ["GOOGL"]
    assert whole["ts_event"].is_sorted()
    assert whole.height == goog.filter(pl.col("ts_event") < googl["ts_event"].min()).height + googl.height


@pytest.mark.parametrize("text", ["", "20140101\n", "2014,aapl,Q\n20150101,aapl,Q\n", "20150101,a,Q\n20140101,a,Q\n"])
def test_file_that_is_no_map_or_factors_is_refused(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=r"a\.csv"):
        read_map(path)
    with pytest.raises(DataError, match=r"a\.csv"):
        read_factors(path)
