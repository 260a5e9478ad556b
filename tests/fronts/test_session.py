"""A session over a socket is the session itself: same answers, same errors; and whatever else comes ends it."""

import os
import socket
import struct
from decimal import Decimal
from random import Random

import attrs
import msgspec
import pytest

from allause.exceptions import VenueError, VenueUnknownError
from allause.fronts import CrashError, RemoteSession, Server
from allause.fronts import messages as wire
from allause.models import OrderIntent, OrderType, Side, TimeInForce
from allause.venue import FaultScript, FaultySession, FillsLostOnDisconnect, InProcessSession, Venue


def intent(name="a", **changes):
    plain = OrderIntent(
        client_order_id=name, symbol="AAA", side=Side.BUY, quantity=Decimal("2.5"), order_type=OrderType.MARKET,
        price=None, time_in_force=TimeInForce.DAY,
    )  # fmt: skip # one order
    return attrs.evolve(plain, **changes)


@pytest.fixture
def venue():
    venue = Venue(seed=3)
    venue.quote("AAA", 99, 101, 10, 10, ts=1)
    return venue


@pytest.fixture
def served():
    """Serve a session and return the other end, the server and the raw socket."""
    servers, sockets = [], []

    def served(session):
        ours, theirs = socket.socketpair()
        theirs.settimeout(10)
        servers.append(Server(session, ours))
        sockets.append(theirs)
        os.set_blocking(theirs.fileno(), True)
        return RemoteSession(theirs.fileno()), servers[-1], theirs

    yield served
    for server in servers:
        server.close()
    for each in sockets:
        each.close()


def test_every_question_has_the_answer_of_the_session_itself(venue, served):
    session = InProcessSession(venue)
    remote, server, _ = served(session)
    assert remote.submit(intent()) == attrs.evolve(session.query("a"), status="accepted", filled_qty=Decimal("0.0"))
    assert remote.poll() == venue.fills()
    assert remote.poll() == ()
    assert remote.query("a") == session.query("a")
    assert remote.query("unknown") is None
    assert remote.fills() == session.fills()
    assert remote.positions() == session.positions()
    assert remote.cash() == session.cash()
    resting = intent("b", order_type=OrderType.LIMIT, price=Decimal(90))
    assert remote.submit(resting) == session.query("b")
    assert remote.open_orders() == session.open_orders()
    assert remote.cancel("b") == session.query("b")
    assert remote.instrument("AAA") == session.instrument("AAA")
    remote.reconnect()
    assert venue.sessions_opened == 2
    assert server.problem == ""


def test_a_refusal_and_a_lost_answer_come_as_what_they_are(venue, served):
    remote, _, _ = served(
        FaultySession(InProcessSession(venue), FaultScript(faults=(FillsLostOnDisconnect(order_index=0),)))
    )
    with pytest.raises(VenueError, match="ZZZ") as refused:
        remote.submit(intent(symbol="ZZZ"))
    assert not isinstance(refused.value, VenueUnknownError)
    remote.submit(intent("b"))
    with pytest.raises(VenueUnknownError, match="link"):
        remote.query("b")


@pytest.mark.parametrize("quantity", [0.5, "1", None, True, [1], {1}, object()])
def test_a_quantity_that_is_no_decimal_never_becomes_one(venue, served, quantity):
    remote, server, _ = served(InProcessSession(venue))
    with pytest.raises(VenueError):
        remote.submit(intent(quantity=quantity))
    assert venue.log[-1].event == "quoted"
    assert remote.query("a") is None
    assert server.problem == ""


def raw(message):
    body = msgspec.msgpack.encode(message)
    return struct.pack(">I", len(body)) + body


@pytest.mark.parametrize("sent", [
    b"\xff\xff\xff\xff", struct.pack(">I", 4) + b"junk", struct.pack(">I", 0), raw("log"), raw({"type": "release"}),
    raw({"type": "settle"}), raw([]), raw(None), struct.pack(">I", 9) + b"\x91" * 9,
])  # fmt: skip # one list
def test_bytes_that_are_no_question_end_the_session_with_one_problem(venue, served, sent):
    before = venue.log_bytes()
    remote, server, theirs = served(InProcessSession(venue))
    theirs.sendall(sent)
    assert theirs.recv(1) == b""  # closed
    assert server.problem
    assert len(server.problem) <= 200
    with pytest.raises(VenueUnknownError):
        remote.poll()
    assert venue.log_bytes() == before


@pytest.mark.parametrize("fields", [{}, {"intent": None}, {"intent": {"symbol": 5}}, {"client_order_id": 3}])
def test_a_question_about_what_cannot_be_asked_for_is_refused(venue, served, fields):
    _, server, theirs = served(InProcessSession(venue))
    theirs.sendall(raw({"type": "submit", **fields}))
    reply = wire.read_reply(wire.receive(theirs.recv, wire.LARGEST_ANSWER))
    assert isinstance(reply, wire.Refused)
    assert server.problem == ""


def test_any_bytes_leave_the_host_alive_and_the_log_alone(venue, served):
    random, before = Random(7), venue.log_bytes()
    for _ in range(1_000):
        _, server, theirs = served(InProcessSession(venue))
        junk = random.randbytes(random.randint(1, 40))
        theirs.sendall(struct.pack(">I", len(junk)) + junk if random.random() < 0.7 else junk)
        theirs.shutdown(socket.SHUT_WR)
        server._thread.join(10)
        assert not server._thread.is_alive()
    assert venue.log_bytes() == before


def test_a_crash_gives_no_answer(served):
    class Crashing:
        def poll(self):
            raise CrashError

    remote, server, _ = served(Crashing())
    with pytest.raises(VenueUnknownError, match="ended"):
        remote.poll()
    assert server.problem == ""


def test_a_component_that_is_gone_ends_the_service(venue, served):
    _, server, theirs = served(InProcessSession(venue))
    theirs.close()
    server._thread.join(10)
    assert not server._thread.is_alive()
    assert server.problem == ""
