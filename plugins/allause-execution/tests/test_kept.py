import gc
from decimal import Decimal

import attrs
import msgspec
import pytest

from allause.models.orders import Fill, OrderIntent, OrderStatus, OrderType, Side, TimeInForce
from allause.venue import InProcessSession, Venue
from allause_execution.orders.kept import KeptFill, KeptIntent, keep_fill, keep_intent
from allause_execution.routing.lane import Lane

ORDERS = 300
INTENT = OrderIntent(
    client_order_id="o1",
    symbol="AAPL",
    side=Side.SELL,
    quantity=Decimal("1.50"),
    order_type=OrderType.STOP_LIMIT,
    price=Decimal(3),
    time_in_force=TimeInForce.GTC,
    stop_price=Decimal(4),
    post_only=True,
    reduce_only=True,
    oco_group="g",
    take_profit=Decimal(5),
    stop_loss=Decimal(6),
    parent_id="p",
    parent_quantity=Decimal(7),
)
FILL = Fill(
    trade_id="t",
    client_order_id="o1",
    venue_order_id="v",
    symbol="AAPL",
    side=Side.SELL,
    last_qty=Decimal("1.50"),
    last_px=Decimal(2),
    fee=Decimal("0.10"),
    ts_event=7,
)


@pytest.mark.parametrize(("record", "keep"), [(INTENT, keep_intent), (FILL, keep_fill)])
def test_what_is_kept_says_all_that_the_record_says(record, keep):
    assert keep(record).shown() == record
    assert repr(keep(record).shown()) == repr(record)  # equal decimals may be written otherwise


@pytest.mark.parametrize(("record", "kept"), [(OrderIntent, KeptIntent), (Fill, KeptFill)])
def test_it_has_the_fields_and_the_defaults_of_the_record(record, kept):
    there = [(each.name, each.default) for each in attrs.fields(record)]
    here = [
        (each.name, attrs.NOTHING if each.default is msgspec.NODEFAULT else each.default)
        for each in msgspec.structs.fields(kept)
    ]
    assert here == there


@pytest.mark.parametrize(
    ("record", "keep"), [(INTENT, keep_intent), (attrs.evolve(INTENT, price=None), keep_intent), (FILL, keep_fill)]
)
def test_it_is_journalled_as_the_record_is(record, keep):
    written, before = msgspec.json.encode(keep(record)), msgspec.json.encode(record)
    assert (msgspec.json.decode(written), len(written)) == (msgspec.json.decode(before), len(before))


def orders_give_the_collector_nothing_to_do(started):
    venue = Venue()
    venue.quote("AAPL", 99, 101, 10**6, 10**6, ts=0)
    component = started(InProcessSession(venue))
    place(component, 20)
    gc.collect()
    before = seen_by_the_collector()
    place(component, ORDERS)
    gc.collect()
    assert len(component.get_fills()) == ORDERS + 20
    assert seen_by_the_collector() - before < ORDERS // 10


def seen_by_the_collector():
    return sum(type(each) is not Decimal for each in gc.get_objects())  # Python 3.13 counts decimals


def place(component, orders):
    for _ in range(orders):
        assert component.place_order("AAPL", 1, "market").status is OrderStatus.FILLED


def test_orders_that_are_filled_give_the_garbage_collector_nothing_to_do(started):
    orders_give_the_collector_nothing_to_do(started)


def test_an_engine_that_keeps_what_it_reports_is_noticed(started, monkeypatch):
    kept = []

    def answered(self, order, answered=Lane._answered):
        kept.append(self._leaving[order.intent.client_order_id].intent)
        answered(self, order)

    monkeypatch.setattr(Lane, "_answered", answered)
    with pytest.raises(AssertionError, match="<"):
        orders_give_the_collector_nothing_to_do(started)
