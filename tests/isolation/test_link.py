"""Children with a link to a venue, and their successors."""

import socket

import pytest

from allause.fronts import Server
from allause.isolation import Helper, Isolation, Limits, Outcome
from allause.venue import EXAMINED, InProcessSession, Venue

SOURCE = """
import os
from pathlib import Path

class Subject:
    def start(self, context):
        self.context = context

    def order(self, intent):
        return self.context.venue.submit(intent), self.context.venue.poll()

    def write(self, text):
        path = self.context.directory / "notes"
        before = path.read_text() if path.exists() else ""
        path.write_text(before + text)
        return before, str(path), os.getuid()

    def descriptors(self):
        return sorted(int(name) for name in os.listdir("/proc/self/fd"))

    def readings(self, count):
        clock = self.context.clock
        return [clock.now_ns() for _ in range(count)], [clock.monotonic_ns() for _ in range(count)]
"""
INTENT = {
    "$record": "OrderIntent",
    "fields": {
        "client_order_id": "a", "symbol": "AAA", "side": "buy", "quantity": {"$decimal": "2"}, "order_type": "market",
        "price": None, "time_in_force": "day",
    },
}  # fmt: skip # one order


@pytest.fixture
def begun(tmp_path, helper):
    (tmp_path / "subject.py").write_text(SOURCE)

    def begun(session, **context):
        session.request("import", module="subject", attribute="Subject", names=[])
        session.request("construct")
        described = {"$context": {"seed": 1, "name": "x", "folder": "own", "venue": True, **context}}
        answer = session.request("call", method="start", arguments={"context": described})
        assert answer.outcome is Outcome.RETURNED, answer
        return session

    def opened(**options):
        return helper.session(extra_sys_path=[tmp_path], limits=Limits(wall_s=20), **options)

    begun.opened, begun.folder = opened, tmp_path
    return begun


def test_a_child_trades_at_a_venue_of_the_hosts(begun):
    venue = Venue()
    venue.quote("AAA", 99, 101, 10, 10, ts=1)
    with begun.opened(link=True) as session:
        server = Server(InProcessSession(venue), session.link.dup())
        answer = begun(session).request("call", method="order", arguments={"intent": INTENT})
        assert answer.value[0]["status"] == "accepted"
        assert [fill["last_qty"] for fill in answer.value[1]] == [fill.last_qty for fill in venue.fills(EXAMINED)]
        server.close()


def test_a_child_without_a_link_has_no_session_and_no_further_descriptor(begun):
    with begun.opened() as session:
        begun(session)
        without = session.request("call", method="descriptors").value
        assert "NoneType" in str(session.request("call", method="order", arguments={"intent": INTENT}).data)
    with begun.opened(link=True) as session:
        assert len(begun(session).request("call", method="descriptors").value) == len(without) + 1
    assert session.link.fileno() == -1


def test_a_successor_has_the_directory_the_user_and_a_link_of_its_own(begun, helper):
    first = begun(begun.opened(link=True))
    assert first.request("call", method="write", arguments={"text": "one"}).value[0] == ""
    old = first.link
    first.strike()
    second = begun(helper.successor(first))
    before, path, user = second.request("call", method="write", arguments={"text": "two"}).value
    assert before == "one"
    assert (second.directory, second.spec["user"]) == (first.directory, first.spec["user"])
    assert path.startswith(str(second.directory))
    assert user == (second.spec["user"] if second.spec["user"] is not None else user)
    assert old.fileno() == -1
    assert isinstance(second.link, socket.socket)
    second.close()
    assert not second.directory.exists()


def test_a_child_that_is_struck_during_a_request_is_found_dead(begun):
    with begun.opened(link=True) as session:
        venue = Venue()

        class Striking(InProcessSession):
            def submit(self, intent):
                session.strike()
                return super().submit(intent)

        venue.quote("AAA", 99, 101, 10, 10, ts=1)
        server = Server(Striking(venue), session.link.dup())
        answer = begun(session).request("call", method="order", arguments={"intent": INTENT})
        assert (answer.outcome, answer.signal) == (Outcome.DIED, 9)
        server.close()
        assert len(venue.fills()) == 1


def test_a_clock_that_steps_moves_no_interval(begun):
    with begun.opened() as session:
        begun(session, clock_steps=[0, 3600, -3600])
        wall, monotonic = session.request("call", method="readings", arguments={"count": 3}).value
    assert wall[1] - wall[0] > 3599 * 10**9
    assert wall[2] < wall[0]
    assert monotonic == sorted(monotonic)


@pytest.mark.parametrize("mode", [Isolation.PROCESS, Isolation.NONE])
def test_the_weaker_modes_have_the_link_too(begun, mode):
    venue = Venue()
    venue.quote("AAA", 99, 101, 10, 10, ts=1)
    with Helper(mode, extra_sys_path=[str(begun.folder)]) as weaker, weaker.session(link=True) as session:
        server = Server(InProcessSession(venue), session.link.dup())
        answer = begun(session).request("call", method="order", arguments={"intent": INTENT})
        assert answer.value[0]["status"] == "accepted"
        server.close()
