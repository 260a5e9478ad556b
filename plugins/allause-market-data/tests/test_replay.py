import logging
from itertools import accumulate, pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.exceptions import DataError
from allause.models import Context, Trade
from allause_market_data import LiveMarketDataSystem, MarketDataConfig
from allause_market_data.converting import convert
from allause_market_data.merging import Order, merged
from allause_market_data.replay import EventStream, Pace

SECOND = 10**9
SYMBOLS = ("B", "A", "C")


class Watch:
    """A clock that only waiting moves, and that notes how long it was waited."""

    def __init__(self):
        self.now = 5 * SECOND
        self.waited = []
        self.looked_at = 0

    def now_ns(self):
        raise AssertionError("the wall clock decides nothing")

    def monotonic_ns(self):
        self.looked_at += 1
        return self.now

    def pause(self, seconds):
        self.waited.append(seconds)
        self.now += round(seconds * SECOND)


def table(rows):
    columns = {"symbol": pl.String, "ts_event": pl.Int64, "ts_init": pl.Int64, "price": pl.Float64, "size": pl.Float64}
    return pl.DataFrame(
        [(symbol, ts, ts + late, 1.0 + place, 1.0) for place, (symbol, ts, late) in enumerate(rows)],
        schema=columns,
        orient="row",
    )


def wanted(rows, order):
    """The same order, the slow way: by time, symbol asked, event and place."""
    events = [Trade(**row) for row in table(rows).iter_rows(named=True)]
    due = (lambda e: e.ts_event) if order == "ts_event" else (lambda e: max(e.ts_init, e.ts_event))
    return sorted(events, key=lambda e: (due(e), SYMBOLS.index(e.symbol), e.ts_event, e.price))


ROWS = st.lists(st.tuples(st.sampled_from(SYMBOLS), st.integers(0, 12), st.integers(-3, 9)), max_size=40)


@settings(max_examples=200, deadline=None)
@given(ROWS, st.lists(st.integers(0, 13)), st.integers(1, 50), st.sampled_from(Order), st.data())
def test_any_partition_and_any_size_of_batches_give_the_same_events(rows, cuts, batch_rows, order, data):
    whole = table(rows).sort("ts_event", maintain_order=True)
    bounds = [-1, *sorted(cuts), 99]
    parts = [whole.filter(pl.col("ts_event").is_between(a, b, closed="right")) for a, b in pairwise(bounds)]
    stream = EventStream(merged(parts, SYMBOLS, order), batch_rows)
    found = []
    while True:  # one at a time, in steps and in batches, as it comes
        how = data.draw(st.sampled_from(["one", "step", "batch"]))
        if how == "one":
            event = next(stream, None)
            taken = [] if event is None else [event]
        elif how == "step":
            taken = list(stream.until(data.draw(st.integers(0, 25))))
        else:
            batch = next(stream.batches(), None)
            taken = [] if batch is None else [Trade(**row) for row in batch.iter_rows(named=True)]
            assert len(taken) <= batch_rows
        found += taken
        if not taken and how != "step":
            break
    assert found == wanted(rows, order)


@settings(deadline=None)
@given(ROWS, st.lists(st.integers(0, 13)), st.integers(1, 50))
def test_batches_are_the_same_too(rows, cuts, batch_rows):
    whole = table(rows).sort("ts_event", maintain_order=True)
    bounds = [-1, *sorted(cuts), 99]
    parts = [whole.filter(pl.col("ts_event").is_between(a, b, closed="right")) for a, b in pairwise(bounds)]
    sizes = [batch.height for batch in EventStream(merged(parts, SYMBOLS), batch_rows).batches()]
    assert sizes == [batch_rows] * (len(rows) // batch_rows) + [len(rows) % batch_rows] * (len(rows) % batch_rows > 0)


@pytest.mark.parametrize("order", Order)
def test_many_rows_of_one_moment_keep_their_places(order):
    whole = table([(SYMBOLS[at % 3], 7, 0) for at in range(30_000)])
    found = pl.concat(merged([whole], SYMBOLS, order))
    assert found["symbol"].to_list() == [symbol for symbol in SYMBOLS for _ in range(10_000)]
    assert all(part["price"].is_sorted() for part in found.partition_by("symbol"))


def test_events_that_are_known_at_one_time_come_in_the_order_asked():
    rows = [("A", 3, 0), ("C", 1, 2), ("B", 2, 1), ("A", 1, 2)]
    stream = EventStream(merged([table(rows).sort("ts_event")], SYMBOLS, Order.TS_INIT))
    assert [(event.symbol, event.ts_event) for event in stream] == [("B", 2), ("A", 1), ("A", 3), ("C", 1)]


def test_rows_that_are_no_events_are_refused():
    with pytest.raises(
        DataError, match="columns of bars, quotes or trades, found symbol, ts_event, ts_init, price, size, side"
    ):
        EventStream([table([("A", 1, 0)]).with_columns(side=pl.lit("bid"))])


@pytest.mark.parametrize(("speed", "waits"), [(1, [1.0, 0.5]), (10, [0.1, 0.05]), (0.5, [1.0, 1.0, 1.0])])
def test_events_come_at_a_multiple_of_their_pace(speed, waits):
    times = [0, SECOND, SECOND, 3 * SECOND // 2]
    watch = Watch()
    stream = EventStream([table([("A", ts, 0) for ts in times])], pace=Pace(speed, watch, watch.pause))
    seen = [(event.ts_event, watch.now) for event in stream]
    assert seen == [(ts, 5 * SECOND + round(ts / speed)) for ts in times]
    assert watch.waited == pytest.approx(waits)


def test_batch_comes_when_its_last_row_is_due():
    watch = Watch()
    stream = EventStream([table([("A", ts * SECOND, 0) for ts in range(4)])], 2, Pace(1, watch, watch.pause))
    assert next(stream).ts_event == 0
    assert [(batch.height, watch.now) for batch in stream.batches()] == [(1, 6 * SECOND), (2, 8 * SECOND)]


def test_time_lost_is_not_added_to_what_follows():
    watch = Watch()
    stream = EventStream([table([("A", ts * SECOND, 0) for ts in range(4)])], pace=Pace(1, watch, watch.pause))
    next(stream)
    watch.now += 5 * SECOND // 2  # the consumer was slow
    assert [watch.now - 5 * SECOND for _ in stream] == [5 * SECOND // 2, 5 * SECOND // 2, 3 * SECOND]


def test_step_leaves_what_was_known_later(written):
    system = written("symbol,ts_event,ts_init,price,size\nA,1,9,1,1\nA,2,2,2,1\nA,3,3,3,1\n")
    stream = system.stream_market_data(["A"], order="ts_init")
    assert [event.ts_event for event in stream.until(1)] == []
    assert [event.ts_event for event in stream.until(5)] == [2, 3]
    assert [event.ts_event for event in stream.until(8)] == []
    assert [event.ts_event for event in stream] == [1]


def test_store_is_read_a_month_at_a_time(tmp_path, written):
    days = list(accumulate([7] * 20, initial=10_000))
    lines = [f"{symbol},{day * 86_400 * SECOND},{close},1" for day in days for symbol, close in (("A", 10), ("B", 20))]
    source = written("symbol,ts_event,price,size\n" + "\n".join(lines) + "\n")
    convert(tmp_path / "data.csv", tmp_path / "store", MarketDataConfig())
    system = LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store"))
    stream = system.stream_market_data(["B", "A"], batch_rows=5)
    assert system.get_performance_stats().details["streamed_rows"] < len(lines) / 3
    assert list(stream) == list(source.stream_market_data(["B", "A"]))
    assert system.get_performance_stats().details["streamed_rows"] == len(lines)
    assert system.get_market_data(["B", "A"]).equals(source.get_market_data(["B", "A"]))


def test_damage_further_on_is_told_when_it_is_read(tmp_path, written):
    lines = [f"A,{month * 31 * 86_400 * SECOND},10,1" for month in range(6)]
    written("symbol,ts_event,price,size\n" + "\n".join(lines) + "\n")
    convert(tmp_path / "data.csv", tmp_path / "store", MarketDataConfig())
    last = max((tmp_path / "store").rglob("*.parquet"))
    last.write_bytes(bytes(last.stat().st_size))
    stream = LiveMarketDataSystem(MarketDataConfig(path=tmp_path / "store")).stream_market_data(["A"], batch_rows=1)
    assert next(stream).ts_event == 0
    with pytest.raises(DataError, match="expected a whole store, found damage"):
        list(stream)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"order": "time"}, "order: expected ts_event or ts_init, found 'time'"),
        ({"speed": 0}, "speed: expected a number above 0, found 0"),
        ({"speed": float("nan")}, "speed: expected a number above 0, found nan"),
        ({"speed": "x"}, "speed: expected a number above 0, found 'x'"),
        ({"speed": float("inf")}, "speed: expected a number above 0, found inf"),
        ({"batch_rows": 0}, "batch_rows: expected an integer of at least 1, found 0"),
        ({"batch_rows": 2.5}, "batch_rows: expected an integer of at least 1, found 2.5"),
    ],
)
def test_wrong_way_to_replay_is_refused_at_the_call(system, options, message):
    with pytest.raises(DataError, match=message):
        system.stream_market_data(["FB"], **options)


def test_closed_stream_reads_nothing_more(system):
    stream = system.stream_market_data(["FB"])
    next(stream)
    stream.close()
    assert list(stream) == []
    assert list(stream.batches()) == []


def test_replay_takes_the_clock_of_the_host(system, tmp_path):
    watch = Watch()
    system.get_symbols()  # reading asks what lies in the future
    system.start(Context(clock=watch, directory=tmp_path, seed=0, logger=logging.getLogger("test")))
    stream = system.stream_market_data(["FB"], speed=1e12)
    looked_at = watch.looked_at
    first = next(stream)
    watch.now += 10**15
    assert next(stream).ts_event > first.ts_event
    assert watch.looked_at > looked_at
