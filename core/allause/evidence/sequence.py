"""Trade with a component at the exam venue and tell what happened.

The sequence is fixed; the venue misbehaves in some of the exam's cases, each at an order of its own.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from time import sleep
from typing import Any

import attrs
import msgspec

from allause.evidence.floor import ASK, BID, DEPTH, LOSS, PROFIT, Floor
from allause.models.orders import OrderType, Side, TimeInForce
from allause.remote import RemoteComponent
from allause.venue import (
    EXAMINED,
    CancelRace,
    DuplicateFill,
    FaultScript,
    FaultySession,
    FillBeforeAcknowledgement,
    InProcessSession,
    Killed,
    Moment,
    Race,
    Stale,
    StaleAcknowledgement,
    SubmitTimeoutFillsLater,
    Venue,
)

_ABOVE, _TICK = Decimal(110), Decimal("0.01")
#: Calls after which the order whose answer was lost trades: more than there are, so that only ``settle`` lets it.
_LATER = 10_000
#: What goes wrong, at the place of its order in the sequence below.
FAULTS = (
    StaleAcknowledgement(order_index=1, after=Stale.PARTIAL_FILL),
    SubmitTimeoutFillsLater(order_index=4, calls_later=_LATER),
    DuplicateFill(order_index=5),
    DuplicateFill(order_index=6, after_reconciliation=True),
    FillBeforeAcknowledgement(order_index=7),
    CancelRace(order_index=8, race=Race.FILLED),
    CancelRace(order_index=9, race=Race.SAID_TO_BE_UNKNOWN),
    Killed(order_index=10, moment=Moment.BEFORE_THE_ANSWER),
    DuplicateFill(order_index=14),  # of an exit
    Killed(order_index=16, moment=Moment.BEFORE_THE_ANSWER),
)
#: An order of each sort, with its price: the first one, which everybody offers, sells, so that there is something to
#: reduce. The others wait, or end at once for want of an offer.
_SORTS: Mapping[str, tuple[Decimal | None, Mapping[str, Any]]] = {
    "plain": (BID, {"side": Side.SELL}),
    "day": (BID, {"time_in_force": TimeInForce.DAY}),
    "ioc": (BID, {"time_in_force": TimeInForce.IOC}),
    "fok": (BID, {"time_in_force": TimeInForce.FOK}),
    "stop": (None, {"order_type": OrderType.STOP, "stop_price": _ABOVE}),
    "stop-limit": (_ABOVE, {"order_type": OrderType.STOP_LIMIT, "stop_price": _ABOVE}),
    "post-only": (BID, {"post_only": True}),
    "reduce-only": (BID, {"reduce_only": True}),
}
_SETTLING_S = 0.05
_THREADS, _BURST = 2, 15


def trade(component: RemoteComponent, prefix: str) -> dict[str, Any]:
    """Go through the sequence and return every status told, and the venue's records of the component's orders.

    :param component: not yet started.
    :param prefix: of every client order id.

    Raises:
        AllauseError: the component could not be started, or was lost.
    """
    venue = Venue(seed=1)
    session = FaultySession(InProcessSession(venue), FaultScript(faults=FAULTS))
    floor = Floor(component, venue, session, prefix)
    floor.start()
    _sequence(floor)
    _out_of_turn(floor)
    _killed(floor)
    _brackets(floor)
    _vocabulary(floor)
    session.settle()
    floor.call("reconcile")
    fills, positions = floor.call("get_fills"), floor.call("get_positions")
    floor.judge()
    _halted(floor)
    component.close()
    return {
        "told": floor.told,
        "asked": {name: attrs.asdict(intent) for name, intent in floor.asked.items()},
        "fills": _plain(fills),
        "positions": _plain(positions),
        "log": [msgspec.structs.asdict(record) for record in venue.log if record.account == EXAMINED],
        "received_while_halted": floor.received_while_halted,
        "forgotten": floor.forgotten,
        "altered": floor.altered,
        "refused": floor.refused,
        "loose": floor.loose,
    }


def _sequence(floor: Floor) -> None:
    for symbol in ("MARKET", "PARTIAL", "RESTING", "LOST", "TWICE", "FRACTION", "LATER", "EARLY"):
        floor.quote(symbol)
    floor.place("0", "MARKET", "2", None)
    floor.cancel("0")  # filled: returned as it is
    floor.place("1", "PARTIAL", "7", ASK)
    for _ in range(2):
        floor.quote("PARTIAL")
        floor.call("get_fills")
    floor.place("2", "RESTING", "4", BID)
    floor.cancel("2")
    floor.place("2", "RESTING", "4", BID)  # the same again: nothing may be sent
    floor.place("3", "FRACTION", "0.3", ASK)
    for _ in range(2):  # its answer is lost, and the caller tries again
        floor.place("4", "LOST", "3", ASK)
    floor.call("reconcile")
    floor.place("4", "LOST", "3", ASK)
    floor.place("5", "TWICE", "2", ASK)
    floor.call("get_fills")


def _out_of_turn(floor: Floor) -> None:
    """Let events come in another order than they happened."""
    floor.place("6", "LATER", "2", ASK)
    floor.call("reconcile")
    floor.call("get_fills")
    floor.place("7", "EARLY", "2", ASK)
    floor.call("reconcile")
    for number, symbol in (("8", "FILLED"), ("9", "UNKNOWN")):
        floor.quote(symbol)
        floor.place(number, symbol, "4", BID)
        floor.cancel(number)
        floor.call("get_fills")


def _killed(floor: Floor) -> None:
    """Kill the component while the answer to an order is on its way, and ask for the same order again."""
    floor.quote("KILLED")
    for _ in range(2):
        floor.place("10", "KILLED", "2", ASK)
    floor.call("get_fills")


def _brackets(floor: Floor) -> None:
    """Let a bracket fill in two parts and take its profit, and a second one be killed and stopped out."""
    for number, symbol in (("11", "PROFIT"), ("12", "STOPPED")):  # held besides, so that no exit ends where it is flat
        floor.quote(symbol)
        floor.place(number, symbol, "1", ASK)
    for number, symbol in (("13", "PROFIT"), ("14", "STOPPED")):
        floor.quote(symbol)
        if not floor.bracket(number, symbol):
            return
        floor.quote(symbol)  # for the rest of it
        floor.call("get_fills")
    for _ in range(2):  # the first part ends the other exit
        floor.quote("PROFIT", PROFIT, PROFIT + 1)
        floor.call("get_fills")
    floor.quote("STOPPED", LOSS, LOSS + 1, DEPTH * 2)
    floor.venue.trade("STOPPED", LOSS, Decimal(1), floor.venue.now_ns)
    floor.call("get_fills")


def _vocabulary(floor: Floor) -> None:
    """Ask for one order of each sort, and for other terms of those that wait; nothing goes wrong on their way."""
    floor.session.pause(paused=True)
    floor.quote("WORDS")
    for number, (price, words) in _SORTS.items():
        floor.send(number, "WORDS", "2", price, **words)
    floor.change("post-only", quantity=Decimal(3), price=BID - _TICK)
    floor.change("stop-limit", price=_ABOVE + _TICK, stop_price=_ABOVE - _TICK)
    floor.session.pause(paused=False)


def _halted(floor: Floor) -> None:
    """Halt under load, and ask for one more order, and for another one of the instance after it."""
    floor.session.pause(paused=True)  # nothing goes wrong any more, however many orders there were
    floor.quote("MARKET")
    load = [
        [("place_order", floor.write(f"load-{thread}-{number}", "MARKET", "1", BID)) for number in range(_BURST)]
        for thread in range(_THREADS)
    ]
    received: list[int] = []
    floor.component.burst(
        [*load, [("halt", {"reason": "examination"})]], lambda: received.append(floor.venue.orders_received), "halt"
    )
    floor.place("15", "MARKET", "1", ASK)
    sleep(_SETTLING_S)  # what was queued would leave now
    floor.call("get_open_orders")
    floor.kill()
    floor.restart()
    floor.place("16", "MARKET", "1", ASK)
    floor.received_while_halted = floor.venue.orders_received - (received[0] if received else 0)


def _plain(values: Any) -> list[Mapping[str, Any]]:
    """Return records as mappings."""
    listed = values if isinstance(values, Sequence) and not isinstance(values, str) else ()
    return [attrs.asdict(value, recurse=False) if attrs.has(type(value)) else value for value in listed]
