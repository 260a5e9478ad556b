"""The venue's end: serve one session to another process, bounded, and trust nothing that arrives."""

import socket
from contextlib import suppress
from threading import Thread

import msgspec

from allause.exceptions import VenueError, VenueUnknownError
from allause.fronts import messages as wire
from allause.models.orders import Fill
from allause.models.venue import VenueSession

_SHOWN = 200


class CrashError(BaseException):
    """Leave a session's method without an answer: whoever asked is dead by now.

    No ``Exception``, so that a component in the same process does not take it for an error it may handle.
    """


class Server:
    """Answer the questions that come over a socket with a session, from a thread of its own, until it is closed.

    Attributes:
        problem: what came that no honest component sends; empty when nothing did. Nothing is served after it.
        served: questions answered.
    """

    def __init__(self, session: VenueSession, link: socket.socket) -> None:
        """Serve ``session`` over ``link``, a blocking stream socket that is closed at the end."""
        self.problem = ""
        self.served = 0
        self._session = session
        self._link = link
        self._thread = Thread(target=self._serve, name="allause-venue", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the service and wait for its thread; may be called twice."""
        with suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _serve(self) -> None:
        with self._link:
            try:
                while True:
                    body = wire.receive(self._link.recv, wire.LARGEST_QUESTION)
                    self._link.sendall(wire.framed(self._read_and_reply(body)))
                    self.served += 1
            except (EOFError, OSError, CrashError):
                return  # the other end is gone, or has stopped listening
            except wire.FrameError as error:
                self.problem = f"{type(error).__name__}: {error}"[:_SHOWN]

    def _read_and_reply(self, body: bytes) -> wire.Reply:
        try:
            return self._answer(wire.read_question(body))
        except msgspec.ValidationError as error:  # a message, but not of a value that can be asked for
            return wire.Refused(f"as it is written: {error}"[:_SHOWN])
        except VenueUnknownError as error:
            return wire.Lost(str(error))
        except VenueError as error:
            return wire.Refused(str(error))

    def _answer(self, question: wire.Question) -> wire.Reply:  # noqa: C901, PLR0911 - one row a question
        session = self._session
        match question:
            case wire.Submit(intent):
                return wire.Order(session.submit(intent))
            case wire.Cancel(name):
                return wire.Order(session.cancel(name))
            case wire.Replace(name, quantity, price, stop_price):
                return wire.Order(session.replace(name, quantity, price, stop_price))
            case wire.Query(name):
                return wire.Order(session.query(name))
            case wire.Describe(symbol):
                return wire.Terms(session.instrument(symbol))
            case wire.Poll():
                events = session.poll()
                return wire.Events(tuple(
                    wire.Told(fill=event) if isinstance(event, Fill) else wire.Told(order=event) for event in events
                ))  # fmt: skip # one answer
            case wire.OpenOrders():
                return wire.Orders(session.open_orders())
            case wire.Fills():
                return wire.Executions(session.fills())
            case wire.Positions():
                return wire.Holdings(dict(session.positions()))
            case wire.Cash():
                return wire.Amount(session.cash())
            case wire.Reconnect():
                session.reconnect()
                return wire.Done()
