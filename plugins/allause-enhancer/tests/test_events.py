import math
import random
import re

import polars as pl
import pytest

from allause.exceptions import DataError
from allause.models import Bar, Quote, Trade
from allause_enhancer import COLUMNS, EnhancerConfig, MarketDataEnhancer
from allause_enhancer.columns import Needs
from allause_enhancer.events import EventEnhancer
from allause_enhancer.rows import compiling

NUMBA = pytest.mark.skipif(not compiling.available(), reason="numba is not installed")
# compiling takes some seconds for each class of events
COMPILED = (NUMBA, pytest.mark.long)
WAYS = [pytest.param(False, id="interpreted"), pytest.param(True, id="compiled", marks=COMPILED)]
GIVES = {Bar: {Needs.ROWS, Needs.VOLUME}, Trade: {Needs.ROWS, Needs.VOLUME}, Quote: {Needs.ROWS, Needs.QUOTES}}
NAMES = {kind: tuple(column.name for column in COLUMNS if column.needs in gives) for kind, gives in GIVES.items()}


def event_of(kind, draw, symbol, at, price):
    """Return an event that differs from those before."""
    size = draw.choice([0.0, 1.5, 20.0])
    if kind is Trade:
        figures = {"price": price, "size": size}
    elif kind is Quote:
        figures = {"bid": price - 0.5, "ask": price + 0.5, "bid_size": size, "ask_size": draw.choice([0.0, 3.0])}
    else:
        figures = {"open": price - 0.1, "high": price + 1, "low": price - 1, "close": price, "volume": size}
    return kind(symbol=symbol, ts_event=at, ts_init=at + 3, **figures)


def events_of(kind, count=300, symbols=20):
    """Return events in order, some with a price that is none, of more symbols than there is room for at first."""
    draw, price, events = random.Random(5), 100.0, []
    for number in range(count):
        price *= 1 + draw.gauss(0, 0.02)
        bad = draw.random() < 0.05
        events.append(event_of(kind, draw, f"S{draw.randrange(symbols)}", 7 * number, math.nan if bad else price))
    return events


def config_of(kind):
    return EnhancerConfig(window=4, columns=NAMES[kind], session_ns=500, gap_ns=300)


@pytest.mark.parametrize(
    ("kind", "compiled"),
    [*((kind, False) for kind in GIVES), *(pytest.param(kind, True, marks=COMPILED) for kind in GIVES)],
)
def test_answers_are_those_of_the_whole_table(kind, compiled):
    events = events_of(kind)
    table = pl.DataFrame([{name: getattr(event, name) for name in event.__struct_fields__} for event in events])
    whole = MarketDataEnhancer(config_of(kind)).enhance_market_data(market_data=table).to_dicts()
    enhancer = EventEnhancer(kind, config_of(kind), compiled=compiled)
    answers = [answer for answer in map(enhancer.on_event, events) if answer is not None]
    assert enhancer.dropped == len(events) - len(answers) > 0
    answers.sort(key=lambda answer: (answer.event.symbol, answer.event.ts_event))
    assert len(answers) == len(whole)
    for answer, row in zip(answers, whole, strict=True):
        assert (answer.event.symbol, answer.event.ts_event) == (row["symbol"], row["ts_event"])
        for name in NAMES[kind]:
            expected = math.nan if row[name] is None else row[name]
            assert getattr(answer, name) == pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True), name


@NUMBA
@pytest.mark.long
@pytest.mark.parametrize("kind", GIVES)
def test_compiled_and_interpreted_answers_are_equal_to_the_bit(kind):
    both = [EventEnhancer(kind, config_of(kind), compiled=compiled).on_batch(events_of(kind)) for compiled in (0, 1)]
    assert repr(both[0]) == repr(both[1])
    assert len(both[0]) > 200


@pytest.mark.parametrize("compiled", WAYS)
def test_event_older_than_the_last_of_its_symbol_is_left_out(compiled):
    enhancer = EventEnhancer(Trade, config_of(Trade), compiled=compiled)
    keys = [("A", 5), ("A", 4), ("B", 4), ("A", 5), ("A", 6)]
    trades = [Trade(symbol=symbol, ts_event=at, ts_init=at, price=1.0, size=1.0) for symbol, at in keys]
    assert [enhancer.on_event(trade) is None for trade in trades] == [False, True, False, False, False]
    assert (enhancer.late, enhancer.repeated, enhancer.dropped) == (1, 0, 0)


@pytest.mark.parametrize("compiled", WAYS)
def test_bar_of_a_time_that_had_one_is_left_out(compiled):
    enhancer = EventEnhancer(Bar, config_of(Bar), compiled=compiled)
    bar = Bar(symbol="A", ts_event=1, ts_init=1, open=1.0, high=1.0, low=1.0, close=1.0, volume=1.0)
    assert [len(enhancer.on_batch([bar, bar])), enhancer.repeated] == [1, 1]


def test_component_hands_out_enhancers_of_events_with_its_configuration():
    enhancer = MarketDataEnhancer(EnhancerConfig(columns=("spread",))).events(Quote)
    assert enhancer.Answer.__struct_fields__ == ("event", "spread")


def test_column_that_such_events_cannot_give_is_refused():
    with pytest.raises(DataError, match="expected quotes for 'mid', found trades"):
        EventEnhancer(Trade, EnhancerConfig(columns=("mid",)))


@pytest.mark.parametrize("event", [int, "Quote", [Quote], None])
def test_class_that_is_no_event_is_refused_by_name(event):
    with pytest.raises(DataError, match=rf"event: expected one of the classes Bar, .*, found {re.escape(repr(event))}"):
        EventEnhancer(event)


@pytest.mark.parametrize("capacity", [0, -1])
@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=NUMBA)])
def test_enhancer_without_a_slot_is_refused(compiled, capacity):
    with pytest.raises(DataError, match=f"capacity: expected at least 1 slot, found {capacity}"):
        EventEnhancer(Quote, compiled=compiled, capacity=capacity)


@NUMBA
@pytest.mark.long
def test_records_of_a_fixed_size_are_enhanced_many_in_one_call():
    config = config_of(Quote)
    events = [event for event in events_of(Quote) if not math.isnan(event.bid)]
    expected = EventEnhancer(Quote, config, compiled=False).on_batch(events)
    enhancer = EventEnhancer(Quote, config, capacity=len(events))
    slots = enhancer.slots
    for at, event in enumerate(events):
        fields = (getattr(event, name) for name in slots.records.dtype.names[1:])
        slots.records[at] = (enhancer.codes[event.symbol], *fields)
    found, names = [], ["mid", "log_return", "is_gap"]
    for begin in range(0, len(events), 64):
        written = slots.run(begin, min(64, len(events) - begin))
        assert slots.answers["row"][:written].tolist() == list(range(begin, begin + written))
        found += [tuple(row) for row in slots.answers[names][:written].tolist()]
    assert repr(found) == repr([(one.mid, one.log_return, one.is_gap) for one in expected])


@NUMBA
@pytest.mark.long
def test_record_of_a_code_without_room_is_left_out_and_slots_that_are_none_are_refused():
    slots = EventEnhancer(Quote, config_of(Quote), capacity=3).slots
    for at, code in enumerate((-1, 0, 10**12)):
        slots.records[at] = (code, 1, 1, 1.0, 1.0, 1.0, 1.0)
    assert (slots.run(0, 3), slots.answers["row"][0]) == (1, 1)
    for begin, count in ((0, 4), (-1, 1), (2, 2), (1, -1)):
        with pytest.raises(IndexError, match="expected slots below 3"):
            slots.run(begin, count)
