"""What an order keeps for ever is bounded, and what it takes on its way is let go."""

import asyncio
import gc
import tracemalloc

import pytest

from allause.models.orders import OrderStatus
from allause_execution.journal import Journal
from allause_execution.orders.state import ORDER_BYTES
from allause_execution.routing.lane import Lane

pytestmark = pytest.mark.long

IN_FLIGHT, EACH = 64, 157
ORDERS = IN_FLIGHT * EACH  # 10,048
ON_THE_WAY = 1 << 20  # of all in flight together, and of the next segment that is made meanwhile


async def in_flight(component, each):
    async def place():
        for _ in range(each):
            report = await component.aplace_order("AAPL", 1, "limit", price=100)
            assert report.status is OrderStatus.FILLED

    await asyncio.gather(*[place() for _ in range(IN_FLIGHT)])


def memory_is_bounded(component):
    asyncio.run(in_flight(component, 16))
    tracemalloc.start()
    try:
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        asyncio.run(in_flight(component, EACH))
        peak = tracemalloc.get_traced_memory()[1]
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(component._engine.state.fills) == IN_FLIGHT * 16 + ORDERS
    assert after - before <= ORDER_BYTES * ORDERS
    assert peak - after <= ON_THE_WAY


def test_ten_thousand_durable_orders_keep_what_the_state_says_and_no_more(started, forgetful):
    memory_is_bounded(started(forgetful, orders_per_commit=IN_FLIGHT))


def departures(component, monkeypatch):
    kept = []

    def answered(self, order, answered=Lane._answered):
        kept.append(self._leaving[order.intent.client_order_id])
        answered(self, order)

    for lane in component._engine._placing._lanes.values():
        monkeypatch.setattr(lane, "_answered", lambda order, lane=lane: answered(lane, order))


def tickets(component, monkeypatch):
    kept = []

    def enqueue(self, body, *, durable=False, enqueue=Journal.enqueue):
        kept.append(enqueue(self, body, durable=durable))
        return kept[-1]

    monkeypatch.setattr(Journal, "enqueue", enqueue)


@pytest.mark.parametrize("keep", [departures, tickets])
def test_an_engine_that_keeps_what_left_is_noticed(started, forgetful, monkeypatch, keep):
    component = started(forgetful, orders_per_commit=IN_FLIGHT)
    keep(component, monkeypatch)
    with pytest.raises(AssertionError, match="<="):
        memory_is_bounded(component)
