import threading

import pytest

from allause.exceptions import ComponentTimeoutError, StrategyError
from allause.running.watchdog import Watchdog


@pytest.fixture
def gate():
    event = threading.Event()
    yield event
    event.set()


def test_what_the_function_raises_is_passed_on():
    def fails():
        raise KeyError("x")

    with pytest.raises(KeyError):
        Watchdog().run(fails)


def test_a_component_that_holds_the_hot_path_is_named(gate):
    watchdog = Watchdog(deadline_s=0.05)
    hang = watchdog.watched("dist:desk", "place_order", gate.wait)
    with pytest.raises(ComponentTimeoutError, match=r"dist:desk: place_order\(\) gave no answer within 0.05 s"):
        watchdog.run(hang)


def test_a_strategy_that_never_answers_is_named(gate):
    watchdog = Watchdog(deadline_s=0.05)
    with pytest.raises(StrategyError, match="the strategy gave no answer"):
        watchdog.run(watchdog.watched("the strategy", "", gate.wait))


def test_a_stream_that_stops_giving_is_named(gate):
    def stream():
        yield 1
        gate.wait()

    watchdog = Watchdog(deadline_s=0.05)
    with pytest.raises(ComponentTimeoutError, match="stream_market_data"):
        watchdog.run(lambda: list(watchdog.each("dist:feed", "stream_market_data", stream())))


def test_nothing_more_is_called_once_the_run_has_given_up(gate):
    watchdog = Watchdog(deadline_s=0.05)
    called = []
    later = watchdog.watched("dist:desk", "get_fills", lambda: called.append(1))
    ended = threading.Event()

    def work():
        try:
            watchdog.watched("dist:desk", "place_order", gate.wait)()
            later()
        finally:
            ended.set()

    with pytest.raises(ComponentTimeoutError):
        watchdog.run(work)
    gate.set()
    assert ended.wait(5)
    assert called == []


def test_work_between_calls_may_take_its_time():
    watchdog = Watchdog(deadline_s=0.0)
    watchdog.run(lambda: sum(range(3_000_000)))


def test_every_item_of_a_stream_arrives():
    watchdog = Watchdog()
    taken = []
    watchdog.run(lambda: taken.extend(watchdog.each("dist:feed", "stream_market_data", range(5))))
    assert taken == [0, 1, 2, 3, 4]
