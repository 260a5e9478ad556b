"""What components answer is taken as the contract's records, or refused with both shapes named."""

from decimal import Decimal

import attrs
import polars as pl
import pytest

from allause.models import DataQuality, Fill, OrderReport, PerformanceStats, Side, Trade, Trial
from allause.workflows.answers import columns, events, many, pieces, shaped
from allause.workflows.scene import StepFailed

STATS = PerformanceStats(operations=1, errors=0, busy_ns=2)
FILL = Fill(
    trade_id="t",
    client_order_id="c",
    venue_order_id="v",
    symbol="S",
    side=Side.BUY,
    last_qty=Decimal(1),
    last_px=Decimal(2),
)


def test_a_record_is_taken_as_it_is():
    assert shaped(STATS, PerformanceStats, "call()") is STATS


def test_a_mapping_of_the_same_shape_is_taken_as_the_record():
    assert shaped({"operations": 1, "errors": 0, "busy_ns": 2}, PerformanceStats, "call()") == STATS


@pytest.mark.parametrize("answer", [None, 7, {}, {"operations": 1}, object(), [STATS], PerformanceStats])
def test_anything_else_is_refused_with_the_record_named(answer):
    with pytest.raises(StepFailed, match=r"call\(\) had to answer a PerformanceStats, got"):
        shaped(answer, PerformanceStats, "call()")


@pytest.mark.parametrize(
    ("record", "field", "value"),
    [
        (FILL, "last_qty", 1.0),
        (FILL, "last_px", None),
        (FILL, "side", "up"),
        (FILL, "ts_event", True),
        (STATS, "operations", "many"),
        (STATS, "details", {"x": "y"}),
        (STATS, "details", 3),
        (DataQuality(rows=1, good=1, defects={}), "ts_first", 1.5),
    ],
)
def test_a_field_of_another_type_is_refused_by_name(record, field, value):
    with pytest.raises(StepFailed, match=f"{type(record).__name__}.{field} had to be"):
        shaped(attrs.evolve(record, **{field: value}), type(record), "call()")


def test_a_field_that_may_be_none_or_the_text_of_a_word_is_taken():
    shaped(attrs.evolve(FILL, side="sell"), Fill, "call()")
    shaped(DataQuality(rows=0, good=0, defects={"gap": 0}), DataQuality, "call()")


def test_every_record_that_workflows_take_has_fields_that_can_be_checked():
    for record in (OrderReport, Trial, Fill):
        for field in attrs.fields(record):
            assert field.type is not None
            assert not isinstance(field.type, str)


@pytest.mark.parametrize("answer", [None, FILL, "fills", iter([FILL]), {FILL.trade_id: FILL}])
def test_many_records_come_as_a_tuple_or_list(answer):
    with pytest.raises(StepFailed, match="a tuple of Fill"):
        many(answer, Fill, "call()")


def test_one_wrong_item_is_named_by_its_place():
    with pytest.raises(StepFailed, match=r"call\(\)\[1\]"):
        many([FILL, "fill"], Fill, "call()")


def test_a_table_comes_as_lists():
    assert columns(pl.DataFrame({"a": [1, 2], "b": ["x", None]}), "call()") == {"a": [1, 2], "b": ["x", None]}


class Spoiled:
    def __arrow_c_stream__(self, requested_schema=None):
        raise MemoryError("spoiled")


@pytest.mark.parametrize("answer", [None, {"a": [1]}, [[1]], Spoiled()])
def test_what_is_no_table_is_refused(answer):
    with pytest.raises(StepFailed, match="table"):
        columns(answer, "call()")


@pytest.mark.parametrize("answer", [None, 7, ["no event"]])
def test_what_is_no_stream_of_events_is_refused(answer):
    with pytest.raises(StepFailed):
        events(answer, "call()", 5)


def asynchronous(stream):
    async def again():
        for event in stream:
            yield event

    return again()


@pytest.mark.parametrize("kind", [iter, asynchronous])
def test_a_stream_stays_open_between_its_pieces_and_is_closed_after_the_last(kind):
    trades = [Trade(symbol="S", ts_event=at, ts_init=at, price=1.0, size=1.0) for at in range(7)]
    given = []

    def told():
        for trade in trades:
            given.append(trade)
            yield trade

    found = []
    for piece in pieces(kind(told()), "call()", (1, 4, 9)):
        found.append(piece)
        assert given == [trade for each in found for trade in each]  # nothing is taken ahead
    assert found == [trades[:1], trades[1:5], trades[5:]]


def test_the_event_that_is_none_is_told_by_its_place_in_the_whole_stream():
    trade = Trade(symbol="S", ts_event=1, ts_init=1, price=1.0, size=1.0)
    with pytest.raises(StepFailed, match="event 3 had to be a Bar"):
        list(pieces(iter([trade, trade, trade, None]), "call()", (2, 2)))
