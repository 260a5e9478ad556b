import json
import shlex

import polars as pl
import pytest

from allause.exceptions import ConfigurationError, DataError
from allause.models import BAR_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS, Quote, Trade
from allause_market_data import LiveMarketDataSystem, MarketDataConfig


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Ticker,Date,Open,High,Low,Close,Volume,Adj Close\nA,2001-09-10,10,12,9,11,5,11\n", BAR_COLUMNS),
        ("SYM;TIMESTAMP;o;h;l;c\nA;2001-09-10T10:00:00Z;10;12;9;11\n", BAR_COLUMNS),
        ("symbol,ts_event,Price,Qty,Venue\nA,5,10,1,X\n", TRADE_COLUMNS),
        ("symbol,ts_event,Bid Price,Ask_Price\nA,5,10,11\n", QUOTE_COLUMNS),
    ],
)
def test_columns_are_recognised_by_common_names(written, text, columns):
    table = written(text).get_market_data(["A"])
    assert tuple(table.columns) == columns
    assert [str(kind) for kind in table.dtypes] == ["String", "Int64", "Int64"] + ["Float64"] * (len(columns) - 3)
    assert table.height == 1


def test_unrecognised_columns_are_listed_with_what_is_missing(written):
    with pytest.raises(DataError, match=r"found 'Date', 'Foo'; nothing is recognised as price"):
        written("Date,Foo\n2001-09-10,1\n").get_market_data(["data"])


def test_rows_without_any_column_are_refused(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("{}\n{}\n")
    with pytest.raises(DataError, match=r"found no column; nothing is recognised as .*; name a file whose rows have"):
        LiveMarketDataSystem(MarketDataConfig(path=path)).get_symbols()


def test_missing_time_column_is_named(written):
    with pytest.raises(DataError, match="nothing is recognised as ts_event"):
        written("Open,High,Low,Close\n10,12,9,11\n").get_market_data(["data"])


def test_two_columns_for_one_place_are_refused_until_one_is_chosen(written):
    text = "Date,Timestamp,Price,Size\n2001-09-10,1500000000,1,1\n"
    with pytest.raises(DataError, match="found 'Date' and 'Timestamp'"):
        written(text).get_market_data(["data"])
    chosen = written(text, columns={"ts_event": "Timestamp"})
    assert chosen.get_market_data(["data"])["ts_event"].to_list() == [1_500_000_000 * 10**9]


def test_doubtful_columns_of_another_kind_do_not_matter(written):
    text = "Date,Open,High,Low,Close,Amount,Quantity\n2001-09-10,10,12,9,11,1,2\n"
    assert written(text).get_market_data(["data"]).height == 1


@pytest.mark.parametrize("columns", [{"close": "Settel"}, {"clos": "Settle"}])
def test_wrong_mapping_suggests_the_right_one(written, columns):
    text = "Date,Open,High,Low,Settle\n2001-09-10,10,12,9,11\n"
    with pytest.raises((DataError, ConfigurationError), match="did you mean"):
        written(text, columns=columns).get_market_data(["data"])


def test_mapping_turned_round_is_a_mistake_of_the_configuration(written):
    with pytest.raises(ConfigurationError, match="the other way round, 'close': 'Settle'"):
        written("Date,Open,High,Low,Settle\n2001-09-10,10,12,9,11\n", columns={"Settle": "close"}).get_symbols()


def test_remedy_for_an_unknown_column_can_be_typed_and_works(tmp_path):
    path = tmp_path / "it's.csv"
    path.write_text("Date,Oil '; echo $(id)\n2001-09-10,12\n")
    with pytest.raises(DataError) as caught:
        LiveMarketDataSystem(MarketDataConfig(path=path)).get_symbols()
    words = shlex.split(str(caught.value).partition("such as ")[2])
    assert words[:3] == ["allause", "data", "convert"]
    mapped = json.loads(words[-1].removeprefix("columns="))
    assert mapped == {"price": "Oil '; echo $(id)"}
    assert LiveMarketDataSystem(MarketDataConfig(path=path, columns=mapped)).get_market_data(["it's"]).height == 1


@pytest.mark.parametrize(
    ("header", "offered"),
    [
        ("Date,USD,JPY", True),
        ("Date," + ",".join(f"N{number}" for number in range(99)), True),
        ("Date,Oil", False),
        ("Date,Open,High,Low,Settle,Other", False),
    ],
)
def test_wide_is_offered_where_all_columns_may_be_instruments(written, header, offered):
    with pytest.raises(DataError) as caught:
        written(f"{header}\n2001-09-10{',1' * header.count(',')}\n").get_symbols()
    assert ("--set wide=true" in str(caught.value)) is offered


def test_mapping_gives_a_column_its_place(written):
    text = "Date,Open,High,Low,Settle\n2001-09-10,10,12,9,11\n"
    assert written(text, columns={"close": "Settle"}).get_market_data(["data"])["close"].to_list() == [11.0]


def test_symbol_comes_from_configuration_or_file_name(written):
    text = "Date,Open,High,Low,Close\n2001-09-10,10,12,9,11\n"
    assert written(text, "spx.daily.csv").get_symbols() == ("spx.daily",)
    assert written(text, symbol="SPX").get_symbols() == ("SPX",)


def test_symbol_in_the_configuration_of_a_file_that_has_its_own_is_refused(bars):
    with pytest.raises(ConfigurationError, match="leave symbol out"):
        bars("A,1,1,10,12,9,11,5,11", symbol="B").get_symbols()


def test_row_without_a_symbol_is_named(bars):
    with pytest.raises(DataError, match="data row 2"):
        bars("A,1,1,10,12,9,11,5,11", " ,2,2,10,12,9,11,5,11").get_symbols()


def test_column_without_any_number_is_refused(written):
    with pytest.raises(DataError, match="found '10,5' and no number at all"):
        written("Date;Price\n2001-09-10;10,5\n").get_market_data(["data"])


def test_trades_and_quotes_stream_as_their_own_events(written):
    trades = written("symbol,ts_event,price,size\nA,5,10,1\n")
    quotes = written("symbol,ts_event,bid,ask,bid_size,ask_size\nA,5,10,11,1,2\n", "quotes.csv")
    assert list(trades.stream_market_data(["A"])) == [Trade(symbol="A", ts_event=5, ts_init=5, price=10, size=1)]
    assert list(quotes.stream_market_data(["A"])) == [
        Quote(symbol="A", ts_event=5, ts_init=5, bid=10, ask=11, bid_size=1, ask_size=2)
    ]


CLOCKED = """Date,Time,Open,High,Low,Close,Volume
{},1,2,1,2,5
{},1,2,1,2,5
"""
EARLY, LATER = 1_578_907_800_000_000_000, 1_578_994_260_000_000_000  # 2020-01-13 09:30, 2020-01-14 09:31


@pytest.mark.parametrize(
    "rows",
    [
        ("01/13/2020,09:30", "01/14/2020,09:31"),
        ("2020-01-13,09:30:00", "2020-01-14,09:31:00.000"),
        ("2020-01-13,10:30+01", "2020-01-14,10:31+01"),
        ("20200113,093000", "20200114,093100"),
        ("20200113,0930", "20200114,0931"),
        (" 13/1/2020 , 9:30 ", " 14/1/2020 , 9:31 "),
    ],
)
def test_a_column_of_days_and_one_of_clock_times_are_one_moment(written, rows):
    assert written(CLOCKED.format(*rows)).get_market_data(["data"])["ts_event"].to_list() == [EARLY, LATER]


def test_days_and_clock_times_of_typed_columns_are_one_moment(tmp_path):
    moments = pl.Series([EARLY, LATER]).cast(pl.Datetime("ns"))
    path = tmp_path / "a.parquet"
    pl.DataFrame({"Date": moments.dt.date(), "time": moments.dt.time(), "price": [1.5, 2.5]}).write_parquet(path)
    found = LiveMarketDataSystem(MarketDataConfig(path=path)).get_market_data(["a"])
    assert found["ts_event"].to_list() == [EARLY, LATER]


def test_what_is_no_clock_time_beside_a_day_needs_a_choice(written):
    text = CLOCKED.format("2020-01-13,1578907800", "2020-01-14,1578994260")
    with pytest.raises(DataError, match="expected one column for ts_event, found 'Date' and 'Time'; choose one"):
        written(text).get_market_data(["data"])
    chosen = written(text, columns={"ts_event": "Time"}).get_market_data(["data"])
    assert chosen["ts_event"].to_list() == [EARLY, LATER]


def test_clock_time_that_is_missing_or_none_is_named_with_its_row(written):
    for clock in ("", "25:00"):
        with pytest.raises(DataError, match=r"in column 'Date Time', found .* in data row 2"):
            written(CLOCKED.format("2020-01-13,09:30", f"2020-01-14,{clock}")).get_market_data(["data"])


@pytest.mark.parametrize("price", ["1,5", "1.234,5", "1,234", "1,234.5"])
def test_number_with_a_comma_among_others_is_refused_and_no_row_lost(written, price):
    text = f"symbol;time;price;size\nA;2020-01-01T00:00:00Z;2;2\nA;2020-01-01T00:00:01Z;{price};2\n"
    with pytest.raises(DataError, match=rf"found '{price}' in data row 2 .*use a point for decimals"):
        written(text).get_market_data(["A"])
