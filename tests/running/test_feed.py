"""Market data on its way to the strategy, from components that misbehave."""

import polars as pl
import pytest

from allause.component import Component
from allause.exceptions import ComponentError, DataError
from allause.kinds import KINDS
from allause.models.market import BAR_COLUMNS, Bar, DataQuality
from allause.running.feed import bars, judged, open_feed, utc


def _rows(closes, adjusted, volume=1_000.0):
    count = len(closes)
    times = list(range(1, count + 1))
    columns = [["X"] * count, times, times, closes, closes, closes, closes, [volume] * count, adjusted]
    types = [pl.String, pl.Int64, pl.Int64, *[pl.Float64] * 6]
    return pl.DataFrame(dict(zip(BAR_COLUMNS, columns, strict=True)), dict(zip(BAR_COLUMNS, types, strict=True)))


class Data:
    def __init__(self, table, stream=()):
        self.table = table
        self.stream = stream

    def get_data_quality(self, symbols):
        return DataQuality(rows=2, good=2, defects={})

    def get_market_data(self, symbols):
        return self.table

    def stream_market_data(self, symbols):
        return self.stream


class Adder:
    def enhance_market_data(self, market_data):
        added = [pl.lit(None, pl.Float64).alias(name) for name in ("log_return", "rolling_volatility", "vwap")]
        return market_data.head(1).with_columns(*added, is_outlier=pl.lit(value=False))


class Forgetter:
    def enhance_market_data(self, market_data):
        return market_data


@pytest.fixture
def hosted():
    made = []

    def make(kind, instance):
        made.append(Component(f"acme:{kind}", KINDS[kind], instance))
        return made[-1]

    yield make
    for component in made:
        if component._thread is not None:
            component._thread.stop()


@pytest.fixture
def opened(hosted):
    def make(table, enhancer=None):
        return open_feed(
            hosted("market_data", Data(table)), hosted("market_data_enhancer", enhancer or Adder()), ("X",)
        )

    return make


def _bar(ts):
    return Bar(symbol="X", ts_event=ts, ts_init=ts, open=1, high=1, low=1, close=1, volume=1)


def test_a_bar_that_the_enhancer_left_out_is_no_event(opened):
    feed = opened(_rows([1.0, 1.1], [1.0, 1.1]))
    assert feed.event(_bar(1)).is_outlier is False
    assert feed.event(_bar(2)) is None


def test_a_split_is_told_with_its_time(opened):
    feed = opened(_rows([100.0, 50.0, 51.0], [50.0, 50.0, 51.0]))
    assert len(feed.notices) == 1
    assert feed.notices[0].startswith("X, bar that ended 1970-01-01 00:00: ")
    assert "a factor of 0.5" in feed.notices[0]


def test_a_fall_that_the_adjusted_close_shows_is_no_split(opened):
    assert opened(_rows([100.0, 50.0], [90.0, 45.0])).notices == ()


def test_data_without_adjusted_closes_has_no_notice(opened):
    assert opened(_rows([100.0, 50.0], [float("nan")] * 2)).notices == ()


def test_quotes_are_refused(opened):
    with pytest.raises(DataError, match=r"a run trades bars: expected the columns open, high, low, close in .*, bid;"):
        opened(pl.DataFrame({"symbol": ["X"], "bid": [1.0]}))


def test_no_rows_are_refused(opened):
    with pytest.raises(DataError, match="expected good rows of 'X', found"):
        opened(_rows([], []))


@pytest.mark.parametrize(
    ("volume", "found"), [(0.0, "none"), (None, "none"), (float("nan"), "none"), (99.0, "no larger one than 99")]
)
def test_bars_without_volume_to_fill_an_order_are_refused(opened, volume, found):
    with pytest.raises(DataError, match=f"expected volumes of 100 or more, found {found}, so no order can be filled"):
        opened(_rows([1.0, 1.1], [1.0, 1.1], volume))


def test_one_symbol_without_volume_is_told_and_the_others_are_traded(opened):
    other = _rows([1.0], [1.0], float("nan")).with_columns(symbol=pl.lit("INDEX"))
    (notice,) = opened(pl.concat([_rows([1.0], [1.0], 100.0), other])).notices
    assert notice.startswith("INDEX: expected volumes of 100 or more, found none, so no order can be filled")


@pytest.mark.parametrize(
    ("good", "served", "expected"),
    [
        (300, 300, "300 good of 300 rows"),
        (299, 299, "299 good of 300 rows: 1 non_finite"),
        (8, 300, "300 served of 300 rows, 8 of them without a defect: 1 non_finite"),
    ],
)
def test_quality_is_told_by_cause_and_served_rows_are_not_called_bad(good, served, expected):
    defects = {"duplicate": 0, "non_finite": 0 if good == 300 else 1}
    assert judged(DataQuality(rows=300, good=good, defects=defects), served) == expected


@pytest.mark.parametrize("close", [1e15, 1e300])
def test_a_price_beyond_any_amount_is_bad_data(close, hosted):
    huge = Bar(symbol="X", ts_event=0, ts_init=0, open=1, high=1, low=1, close=close, volume=1)
    with pytest.raises(DataError, match="X, bar that ended 1970-01-01 00:00 UTC: expected a close below"):
        list(bars(hosted("market_data", Data(None, [huge])), ("X",)))


def test_a_symbol_that_cannot_be_shown_is_refused_once(hosted):
    data = hosted("market_data", Data(_rows([1.0], [1.0])))
    with pytest.raises(DataError, match="printable characters"):
        open_feed(data, hosted("market_data_enhancer", Adder()), ("A\x1b[31m",))


def test_an_enhancer_that_forgets_a_column_is_named(opened):
    with pytest.raises(ComponentError, match=r"acme:market_data_enhancer.*left out the column 'log_return'"):
        opened(_rows([1.0], [1.0]), Forgetter())


def test_what_is_no_table_is_named(opened):
    with pytest.raises(ComponentError, match=r"get_market_data\(\) returned list; expected ArrowTable"):
        opened([1, 2])


def _stream_error():
    yield _bar(1)
    raise OSError("cable")


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        ([_bar(2), _bar(1)], "ran backwards"),
        ([1], "returned int; expected Bar"),
        (7, "returned int; expected Iterable"),
        (_stream_error(), "raised OSError: cable"),
    ],
)
def test_a_stream_that_misbehaves_is_named(stream, expected, hosted):
    with pytest.raises(ComponentError, match=expected):
        list(bars(hosted("market_data", Data(None, stream)), ("X",)))


@pytest.mark.parametrize(("ts", "text"), [(0, "1970-01-01 00:00"), (10**30, str(10**30))])
def test_times_are_for_people_where_the_calendar_reaches(ts, text):
    assert utc(ts) == text
