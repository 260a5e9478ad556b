import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from allause.isolation import Helper
from allause.isolation.ahead import _waiting, ahead, begun, other_seed


def test_a_helper_and_its_other_take_the_processes_that_wait():
    with ahead(), Helper() as helper:
        waiting = set(_waiting)
        with helper.session() as one, helper.other().session() as two:
            assert one.request("threads").outcome == two.request("threads").outcome == "returned"
        assert {helper._process, helper.other()._process} == waiting
        assert _waiting == []


def test_those_that_nobody_asked_for_are_ended():
    with ahead():
        waiting = list(_waiting)
    assert all(process.lost() and not process.root.exists() for process in waiting)
    assert _waiting == []


def test_they_are_ended_after_an_error_too():
    waiting = []

    def fail():
        with ahead():
            waiting.extend(_waiting)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert [process.lost() for process in waiting] == [True, True]


def test_one_that_looks_for_modules_elsewhere_is_not_taken(monkeypatch, tmp_path):
    with ahead():
        waiting = set(_waiting)
        monkeypatch.syspath_prepend(tmp_path)
        with Helper() as helper:
            helper.begin()
            assert helper._process not in waiting
            assert str(tmp_path) in helper._process.path


def test_one_that_was_lost_is_not_taken():
    with ahead():
        waiting = list(_waiting)
        for process in waiting:
            process._process.kill()
            process._process.wait()
        with Helper() as helper:
            helper.begin()
            assert helper._process not in waiting


def test_lanes_that_ask_at_the_same_time_never_get_the_same_one():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ahead(), ThreadPoolExecutor(4) as pool:
            taken = list(pool.map(lambda _: begun(other_seed(), attached=False), range(4)))
    finally:
        sys.setswitchinterval(interval)
    for process in taken:
        process.bury()
    assert len({process.root for process in taken}) == len(taken)
