import pytest

from allause.models import Trade
from allause_enhancer.events import EventPath


def trade(at):
    return Trade(symbol="A", ts_event=at, ts_init=at, price=1.0, size=1.0)


class Single:
    def __init__(self):
        self.seen = []

    def on_event(self, event):
        self.seen.append(event)


class Bulk:
    def __init__(self):
        self.seen = []

    def on_batch(self, events):
        self.seen.append(list(events))


def test_what_has_arrived_is_drained_in_order_as_one_batch():
    single, bulk = Single(), Bulk()
    path = EventPath([single, bulk])
    events = [trade(at) for at in range(5)]
    for event in events:
        path.put(event)
    assert path.drain() == 5
    assert single.seen == events
    assert bulk.seen == [events]
    assert path.drain() == 0
    assert len(bulk.seen) == 1


def test_event_put_while_draining_waits_for_the_next_drain():
    class Echo:
        def on_event(self, event):
            if event.ts_event == 0:
                path.put(trade(1))

    single = Single()
    path = EventPath([Echo(), single])
    path.put(trade(0))
    assert (path.drain(), path.drain(), path.drain()) == (1, 1, 0)
    assert [event.ts_event for event in single.seen] == [0, 1]


def test_event_is_handed_over_at_once():
    single, bulk = Single(), Bulk()
    EventPath([single, bulk]).handle(trade(3))
    assert (single.seen, bulk.seen) == ([trade(3)], [[trade(3)]])


def test_hooks_are_looked_up_once():
    single = Single()
    path = EventPath([single])
    single.on_event = None
    path.handle(trade(1))
    assert len(single.seen) == 1


def test_listener_without_a_hook_is_refused():
    with pytest.raises(TypeError, match="expected on_event or on_batch of a listener, found int"):
        EventPath([5])
