import threading
import time
from contextlib import contextmanager, nullcontext

import pytest

from allause.isolation import Helper, lanes
from allause.isolation.lanes import relay, share


def test_every_task_is_carried_out_once_and_no_helper_in_two_lanes():
    helpers = [Helper(), Helper(), Helper()]
    done, busy = [], set()

    def carry_out(helper, task):
        assert helper not in busy
        busy.add(helper)
        time.sleep(0)  # lets another lane begin
        done.append(task)
        busy.remove(helper)

    share(range(300), carry_out, helpers[0], *map(nullcontext, helpers[1:]))
    assert sorted(done) == list(range(300))


def test_one_lane_keeps_the_order():
    done = []
    share("abc", lambda _, task: done.append(task), Helper())
    assert done == ["a", "b", "c"]


def test_the_first_task_falls_to_the_own_helper():
    own, other = Helper(), Helper()
    taken = {}

    @contextmanager
    def at_once():
        yield other

    for _ in range(50):
        share("ab", lambda helper, task: taken.setdefault(task, set()).add(helper), own, at_once())
    assert taken["a"] == {own}


@pytest.mark.parametrize("failing", [0, 1], ids=["own", "further"])
def test_an_error_of_a_lane_arrives_and_its_own_lane_begins_nothing_more(failing):
    helpers = [Helper(), Helper()]
    begun = []

    def carry_out(helper, task):
        begun.append(helper)
        while len({*begun}) < 2:  # until both lanes have one
            time.sleep(0.001)
        if helper is helpers[failing]:
            raise LookupError(task)

    with pytest.raises(LookupError):
        share(range(1_000), carry_out, helpers[0], nullcontext(helpers[1]))
    assert begun.count(helpers[failing]) == 1


def test_what_one_helper_began_another_one_completes_and_none_serves_two_at_once():
    helpers = [Helper(), Helper(), Helper()]
    begun, completed, busy = {}, {}, set()

    @contextmanager
    def alone(helper):
        assert helper not in busy
        busy.add(helper)
        yield time.sleep(0)  # lets another lane begin
        busy.remove(helper)

    def begin(helper, task):
        with alone(helper):
            begun[task] = helper
        return None if task % 7 == 0 else str(task)

    def complete(helper, half):
        with alone(helper):
            completed[int(half)] = helper

    relay(range(300), begin, complete, *helpers)
    assert begun.keys() == {*range(300)}
    assert completed.keys() == {task for task in range(300) if task % 7}
    assert all(begun[task] is not helper for task, helper in completed.items())


def test_a_lane_without_a_task_waits_for_what_the_other_one_has_still_to_hand_over():
    for _ in range(50):
        begun, completed = threading.Event(), []

        def begin(helper, task, begun=begun):
            assert begun.wait(10) if task == 0 else begun.set() is None  # the second task is over before the first
            return task

        relay(range(2), begin, lambda helper, half, completed=completed: completed.append(half), Helper(), Helper())
        assert sorted(completed) == [0, 1]


@pytest.mark.parametrize("failing", ["begin", "complete"])
def test_an_error_in_either_half_arrives_and_ends_the_other_lane(failing):
    def begin(helper, task):
        if failing == "begin" and task == 5:
            raise LookupError(task)
        return task

    def complete(helper, half):
        if failing == "complete" and half == 5:
            raise LookupError(half)

    with pytest.raises(LookupError, match="5"):
        relay(range(100), begin, complete, Helper(), Helper())


def test_an_interruption_of_a_lane_that_waits_ends_the_other_one_after_what_it_is_at(monkeypatch):
    own, other = Helper(), Helper()
    begun, interrupted, waited, completed = threading.Event(), threading.Event(), [], []

    class Interrupted(threading.Condition):
        def wait(self, timeout=None):
            waited.append(threading.current_thread())
            raise KeyboardInterrupt

        def notify_all(self):
            super().notify_all()
            if waited:
                interrupted.set()

    def begin(helper, task):
        if helper is other:
            begun.set()
        assert (begun if helper is own else interrupted).wait(10)
        return None if helper is own else task

    monkeypatch.setattr(lanes, "Condition", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        relay(range(2), begin, lambda helper, half: completed.append(half), own, other)
    assert waited == [threading.main_thread()]
    assert completed == []
