import asyncio
import threading

import pytest

from allause import hookimpl
from allause.component import Component, plugin_manager, register
from allause.exceptions import ComponentError, ComponentTimeoutError, OrderDeniedError
from allause.kinds import KINDS


class MuteError(Exception):
    def __str__(self):
        raise ValueError


class Desk:
    """Methods of every temper."""

    def __init__(self):
        self.release = threading.Event()
        self.threads = set()

    def plain(self, value):
        self.threads.add(threading.current_thread().name)
        return value * 2

    async def coroutine(self, value):
        await asyncio.sleep(0)
        return value * 3

    def disguised(self, value):
        return self.coroutine(value)

    def raises(self):
        raise ZeroDivisionError("by nothing")

    def mutters(self):
        raise MuteError

    def exits(self):
        raise SystemExit(0)

    def denies(self):
        raise OrderDeniedError("halted", "halted")

    def times_out_itself(self):
        raise TimeoutError("the venue was slow")

    def hangs(self):
        self.release.wait(30)

    async def hangs_awaiting(self):
        await asyncio.sleep(30)

    attribute = 7

    def close(self):
        self.release.set()


@pytest.fixture
def desk():
    component = Component("dist:desk", KINDS["execution"], Desk())
    yield component
    component.instance.release.set()
    component.close()


async def gather_twice(component, method, **arguments):
    return [await component.acall(method, **arguments) for _ in range(2)]


@pytest.mark.parametrize("method", ["plain", "coroutine", "disguised"])
def test_sync_and_async_callers_get_the_value_of_any_method(desk, method):
    expected = 42 if method == "plain" else 63
    assert desk.call(method, value=21) == expected
    assert asyncio.run(gather_twice(desk, method, value=21)) == [expected, expected]


def test_call_works_inside_a_running_event_loop(desk):
    async def caller():
        return desk.call("coroutine", value=1)

    assert asyncio.run(caller()) == 3


@pytest.mark.parametrize(
    ("method", "name"), [("raises", "ZeroDivisionError"), ("exits", "SystemExit"), ("mutters", "MuteError")]
)
def test_what_a_component_raises_names_the_component_and_keeps_the_cause(desk, method, name):
    with pytest.raises(ComponentError, match=rf"dist:desk: {method}\(\) raised {name}") as caught:
        desk.call(method)
    assert (caught.value.component, caught.value.method) == ("dist:desk", method)
    assert type(caught.value.__cause__).__name__ == name
    with pytest.raises(ComponentError, match=name):
        asyncio.run(desk.acall(method))


def test_errors_of_the_contract_pass_unchanged(desk):
    with pytest.raises(OrderDeniedError):
        desk.call("denies")


def test_a_time_out_raised_by_the_component_is_not_the_hosts_deadline(desk):
    with pytest.raises(ComponentError, match="the venue was slow") as caught:
        desk.call("times_out_itself")
    assert not isinstance(caught.value, ComponentTimeoutError)
    assert desk.call("plain", value=1) == 2


def test_a_hanging_method_costs_the_deadline_and_is_not_called_again(desk):
    with pytest.raises(ComponentTimeoutError, match=r"hangs\(\) gave no answer within 0.05 s"):
        desk.call("hangs", deadline_s=0.05)
    with pytest.raises(ComponentError, match="not called again"):
        desk.call("plain", value=1)


def test_a_hanging_coroutine_is_cancelled_and_the_component_goes_on(desk):
    with pytest.raises(ComponentTimeoutError):
        desk.call("hangs_awaiting", deadline_s=0.05)
    assert desk.call("plain", value=1) == 2


def test_a_hang_seen_from_async_code_ends_at_the_deadline(desk):
    with pytest.raises(ComponentTimeoutError):
        asyncio.run(desk.acall("hangs", deadline_s=0.05))


@pytest.mark.parametrize("method", ["absent", "attribute"])
def test_what_is_no_method_is_refused_by_name(desk, method):
    with pytest.raises(ComponentError, match=method):
        desk.call(method)


def test_plain_methods_always_run_on_the_same_thread(desk):
    for _ in range(3):
        desk.call("plain", value=1)
    asyncio.run(desk.acall("plain", value=1))
    assert len(desk.instance.threads) == 1


def test_every_call_is_observed_with_its_time_and_error(desk):
    seen = []
    desk.observer = seen.append
    desk.call("plain", value=1)
    with pytest.raises(ComponentError):
        desk.call("raises")
    assert [(t.method, bool(t.error)) for t in seen] == [("plain", False), ("raises", True)]
    assert all(trace.nanoseconds > 0 for trace in seen)
    assert desk.calls["plain"] == 1


def test_two_equal_components_register_under_their_identities():
    class Marked:
        def __eq__(self, other):
            return True

        __hash__ = None

        @hookimpl
        def close(self):
            pass

    manager = plugin_manager()
    register(manager, Component("dist:one", KINDS["analytics"], Marked()))
    assert manager.get_name(manager.get_plugin("dist:one")) == "dist:one"


def test_a_misspelt_hook_is_refused_with_the_components_name():
    class Marked:
        @hookimpl
        def closse(self):
            pass

    with pytest.raises(ComponentError, match="dist:one cannot be registered"):
        register(plugin_manager(), Component("dist:one", KINDS["analytics"], Marked()))
