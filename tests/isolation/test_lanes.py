import time
from contextlib import contextmanager, nullcontext

import pytest

from allause.isolation import Helper
from allause.isolation.lanes import share


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
