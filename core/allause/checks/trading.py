"""Checks TRD of orders: what would cost money at a venue that misbehaves."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal

from allause import models
from allause.checks.behaviour import SOUND
from allause.checks.check import Check, Finding, Tier
from allause.evidence import Evidence, probes

_ARRIVED = frozenset({"accepted", "refused"})


def duplicate_order(evidence: Evidence) -> Iterator[Finding]:
    """Order that reached the venue twice.

    What: at the exam venue the answer to one order was lost, and the same call was made again, also after a
        reconciliation and after a cancellation; the process was killed while another answer was on its way, and the
        next one, on the same directory, was asked for the same order. The venue received more orders than were asked
        for, or an order is not known any more. A component that does not come to the end of this is found here too.
    Why: the second order is a second position.
    Fails: sending again when the venue did not answer; orders kept in memory only
    Passes: status UNKNOWN, until ``reconcile`` has asked the venue; a note on disk before anything is sent
    """
    trading = evidence.of(probes.Trading)
    if trading.problem:
        yield Finding(message=f"trading at the exam venue came to no end: {trading.problem}; expected an answer",
                      location=evidence.place("place_order"),
                      fix="let every call answer, also when the venue does not")  # fmt: skip # one thought
        return
    received = Counter(record["client_order_id"] for record in trading.log if record["event"] in _ARRIVED)
    for name, count in received.items():
        wanted = _entry(name) in trading.asked
        if not wanted or count > 1:
            what = f"{count} times" if wanted else "though nobody asked for it"
            yield Finding(
                message=f"place_order(client_order_id={name!r}) with its answer lost, then again: the venue received "
                f"order {name} {what}; expected it once",
                location=evidence.place("place_order"),
                fix="remember every client order id before it is sent; resolve lost answers in reconcile()",
            )
    if trading.forgotten:
        yield Finding(
            message=f"killed and started again on the same directory, the component does not know "
            f"{len(trading.forgotten)} orders that it had answered for, {trading.forgotten[0]} among them",
            location=evidence.place("start"),
            fix="write every order below context.directory before it is sent, and read what is there in start()",
        )


def _entry(name: str) -> str:
    """Return the order that was asked for: an exit of a bracket has the id of its entry and a slash."""
    return name.partition("/")[0]


def overfill(evidence: Evidence) -> Iterator[Finding]:
    """Execution that was counted more than once.

    What: the exam venue told one execution twice, and of another first when it was asked and then by a push; the
        component counted more than the venue had traded: in an order, in the list of executions or in the position.
    Why: hedges and limits are computed from a position that does not exist.
    Fails: ``self.position += fill.last_qty`` for whatever arrives
    Passes: executions known by their ``trade_id``
    """
    trading = evidence.of(probes.Trading)
    for each in trading.told:
        for order in each["orders"]:
            quantity = trading.asked[_entry(order["name"])]["quantity"]
            if order["filled_qty"] > quantity:
                yield _overfill(evidence, f"after {each['call']} order {order['name']} is filled by "
                                f"{order['filled_qty']} of {quantity}")  # fmt: skip # one thought
                return
    for trade, count in Counter(fill["trade_id"] for fill in trading.fills).items():
        if count > 1:
            yield _overfill(evidence, f"get_fills() holds execution {trade} {count} times")
            return
    true: dict[str, Decimal] = defaultdict(Decimal)
    for record in trading.log:
        if record["event"] == "filled":
            true[record["symbol"]] += record["quantity"] if record["side"] is models.Side.BUY else -record["quantity"]
    for position in trading.positions:
        if abs(position["quantity"]) > abs(true[position["symbol"]]):
            yield _overfill(evidence, f"get_positions() tells {position['quantity']} {position['symbol']}, the venue "
                            f"traded {true[position['symbol']]}")  # fmt: skip # one thought


def illegal_transition(evidence: Evidence) -> Iterator[Finding]:
    """Order whose status went where it cannot go.

    What: the status of every order was read after every call at the exam venue, which pushed acknowledgements after
        fills and let fills overtake a cancel: a final status changed, a filled quantity shrank, an order went back to
        a status before the one it had, or has one in which nothing can be filled.
    Why: what acts on the status acts on an order that is not as told.
    Fails: ``order.status = CANCELED`` on whatever ``cancel_order`` is asked for
    Passes: a table of what may follow what, and every event held against it
    """
    before: dict[str, tuple[str, Decimal]] = {}
    for each in evidence.of(probes.Trading).told:
        for order in each["orders"]:
            name, now = order["name"], (order["status"], order["filled_qty"])
            was = before.get(name, now)
            before[name] = now
            if _illegal(was, now):
                yield Finding(
                    message=f"{each['call']}: order {name} went from {was[0]} with {was[1]} filled to {now[0]} with "
                    f"{now[1]} filled",
                    location=evidence.place(each["call"].partition("(")[0]),
                    fix="hold every event against a table of legal transitions",
                )
                return


def _illegal(before: tuple[str, Decimal], now: tuple[str, Decimal]) -> bool:
    """Tell whether an order cannot have gone so; a word that is no status is judged as an answer of a wrong shape."""
    from allause.venue import illegal  # noqa: PLC0415 - a static look needs no venue

    words = set(models.OrderStatus)
    if not {before[0], now[0]} <= words:
        return False
    return illegal((models.OrderStatus(before[0]), before[1]), (models.OrderStatus(now[0]), now[1]))


def off_grid(evidence: Evidence) -> Iterator[Finding]:
    """Order that left otherwise than it was asked for.

    What: the exam venue received an order, an exit of a bracket or a replacement with another price, stop price,
        quantity, side, type, time in force or instruction (post-only, reduce-only) than the call had, or refused an
        order; every order asked for there is one that it takes. There is one of each sort. A sort that the component
        refuses with ``OrderDeniedError`` never arrives, and nothing is said of it here.
    Why: a price off the grid is refused by the venue, or trades a tick away; an order without its stop price or its
        instruction trades when it must not.
    Fails: ``Decimal(float(price))``; a time in force that the session's library does not know, sent as ``day``
    Passes: the intent passed on as it is
    """
    trading = evidence.of(probes.Trading)
    refused = [
        f"order {record['client_order_id']}: the venue refused it: {record['reason']}"
        for record in trading.log
        if record["event"] == "refused" and record["client_order_id"] in trading.asked
    ]
    for sentence in [*refused, *trading.altered][:1]:
        yield Finding(
            message=f"place_order() and replace_order() at the exam venue: {sentence}",
            location=evidence.place("place_order"),
            fix="hand prices and quantities on as Decimal and every word as it was asked for, or refuse the order",
        )


def kill_switch(evidence: Evidence) -> Iterator[Finding]:
    """Order that leaves after ``halt``.

    What: the component was halted at the exam venue while several threads placed orders, and then asked for one more,
        and for another after it was killed and started again; the venue received an order after the halt had answered.
    Why: the switch is pulled when every further order does harm.
    Fails: the order sent first, the halt looked at afterwards; a queue that goes on; a halt kept in memory only
    Passes: the halt looked at right before anything leaves; recorded before ``halt`` answers
    """
    trading = evidence.of(probes.Trading)
    if trading.received_while_halted:
        yield Finding(
            message=f"halt() under load, then place_order(), also after a restart: the venue received "
            f"{trading.received_while_halted} orders",
            location=evidence.place("halt"),
            fix="look at the halt in the last step before the venue, under the same lock; record it before it answers",
        )


def loose_exit(evidence: Evidence) -> Iterator[Finding]:
    """Exit of a bracket that is missing, is there twice, or outlives its position.

    What: two brackets at the exam venue filled in two parts each; one took its profit, an execution of which was told
        twice, the other was stopped out after the process had been killed over its entry. By the venue's log a part
        had no exit, an exit was sent twice or closed more than was filled, or one still works though nothing is open.
        A component that refuses a bracket with ``OrderDeniedError`` does not offer any: the row says so.
    Why: an exit that is missing leaves a loss open; one that is left over opens the opposite position.
    Fails: exits placed once, when the first part fills; the other exit left working
    Passes: exits of the quantity that is filled, and the first that trades ends the other
    """
    trading = evidence.of(probes.Trading)
    if trading.refused:
        yield Finding(message=f"brackets are not offered: {trading.refused}", not_offered=True)
    for sentence in trading.loose:
        yield Finding(
            message=sentence,
            location=evidence.place("place_order"),
            fix="let the exits follow what the entry filled, and cancel the rest when one of them trades",
        )


def _overfill(evidence: Evidence, found: str) -> Finding:
    return Finding(
        message=f"the venue told one execution twice: {found}",
        location=evidence.place("get_fills"),
        fix="count an execution once, by its trade_id",
    )


_STARTED = (*SOUND, "TYP008", "TRD001", "BEH012", "CNC004")
_AT_VENUE = (*_STARTED, "TRD002")
_COUNTED_ONCE = (*_AT_VENUE, "TRD003")  # what a restart washes away of a wrong count would show elsewhere too

CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="TRD002", slug="duplicate-order", tier=Tier.GOLD, how="X", function=duplicate_order,
          needs=_STARTED, waivable=False, kinds=("execution",)),
    Check(code="TRD003", slug="overfill", tier=Tier.GOLD, how="X", function=overfill,
          needs=_AT_VENUE, waivable=False, kinds=("execution",)),
    Check(code="TRD004", slug="illegal-transition", tier=Tier.GOLD, how="X", function=illegal_transition,
          needs=_COUNTED_ONCE, waivable=False, kinds=("execution",)),
    Check(code="TRD007", slug="off-grid", tier=Tier.GOLD, how="X", function=off_grid,
          needs=_AT_VENUE, kinds=("execution",)),
    Check(code="TRD008", slug="kill-switch", tier=Tier.GOLD, how="X", function=kill_switch,
          needs=_AT_VENUE, waivable=False, kinds=("execution",)),
    Check(code="TRD009", slug="loose-exit", tier=Tier.GOLD, how="X", function=loose_exit,
          needs=_COUNTED_ONCE, waivable=False, kinds=("execution",)),
)  # fmt: skip # one row a check
