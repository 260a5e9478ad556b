"""What a child prints before its answer has come when that has, however the two are timed."""

import os
import socket

import pytest

from allause.isolation import Outcome
from allause.isolation.conversation import Conversation
from allause.isolation.output import Capture
from allause.isolation.wire import pack


class Meanwhile(Capture):
    """A capture that is drained while the child goes on: it does ``then`` once, when all was read."""

    then = None

    def drain(self):
        going = super().drain()
        then, self.then = self.then, None
        if then:
            then()
        return going


@pytest.fixture
def ends():
    host, child = socket.socketpair()
    host.settimeout(0)
    reading, writing = os.pipe2(os.O_NONBLOCK)
    living = os.pidfd_open(os.getpid())
    yield host, child, reading, writing, living
    host.close()
    child.close()
    for descriptor in (reading, writing, living):
        os.close(descriptor)


def test_what_is_printed_while_the_output_is_drained_comes_with_the_answer(ends):
    host, child, reading, writing, living = ends
    capture = Meanwhile(reading, 100)
    os.write(writing, b"begun, ")

    def go_on():
        os.write(writing, b"ended")
        child.sendall(pack({"nonce": "n", "outcome": "returned", "lives": 1}))

    capture.then = go_on
    answer = Conversation(host, living, capture, 1_000).ask("live", b"asked", "n", 5.0, None)
    assert (answer.outcome, answer.data["lives"]) == (Outcome.RETURNED, 1)
    assert capture.take() == ("begun, ended", 12)
