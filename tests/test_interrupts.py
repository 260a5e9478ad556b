"""An interrupt waits for the end of a moment, and is never lost."""

import signal
from threading import Thread

import pytest

from allause.interrupts import held_back


def test_an_interrupt_acts_right_after_the_block():
    done = []

    def interrupted():
        with held_back():
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_what_python_does_not_handle_is_left_as_it_is(handler):
    before = signal.signal(signal.SIGHUP, handler)
    try:
        with held_back():
            assert signal.getsignal(signal.SIGHUP) is handler
    finally:
        signal.signal(signal.SIGHUP, before)


def test_another_thread_changes_nothing():
    seen = []

    def enter():
        with held_back():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


@pytest.mark.parametrize(("after", "number"), [(1, signal.SIGTERM), (4, signal.SIGINT)])
def test_a_signal_between_two_handlers_leaves_none_behind(after, number, monkeypatch):
    def end(number, frame):
        raise SystemExit(number)

    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: end, signal.SIGHUP: end}
    before = {each: signal.signal(each, handler) for each, handler in handlers.items()}
    replace, calls = signal.signal, []

    def interrupted(*given):
        replace(*given)
        calls.append(given)
        if len(calls) == after:
            signal.raise_signal(number)

    monkeypatch.setattr(signal, "signal", interrupted)
    try:
        with pytest.raises((SystemExit, KeyboardInterrupt)), held_back():
            pass
        monkeypatch.undo()
        for each in handlers:
            with pytest.raises((SystemExit, KeyboardInterrupt)):
                signal.raise_signal(each)
    finally:
        monkeypatch.undo()
        for each, handler in before.items():
            signal.signal(each, handler)
