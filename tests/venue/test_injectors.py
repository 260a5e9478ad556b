"""What each injector does to a session, and that it does nothing else."""

import os
import subprocess
import sys
import textwrap
from decimal import Decimal
from pathlib import Path

import pytest

from allause.exceptions import VenueError, VenueUnknownError
from allause.fronts import CrashError
from allause.models import Fill, OrderStatus, TimeInForce
from allause.venue import (
    CancelRace,
    CashCharged,
    ClosedElsewhere,
    DuplicateFill,
    EndedByVenue,
    Ending,
    FaultScript,
    FaultySession,
    FillBeforeAcknowledgement,
    InProcessSession,
    Killed,
    Lost,
    Moment,
    NoStatus,
    Race,
    RateLimited,
    Refusal,
    RefusedError,
    ReplaceRace,
    SessionClosed,
    Stale,
    StaleAcknowledgement,
    SubmitTimeoutFillsLater,
)


@pytest.fixture
def faulty(venue):
    """Open a session with faults."""

    def faulty(*faults):
        return FaultySession(InProcessSession(venue), FaultScript(faults=faults))

    return faulty


def told(events):
    return [
        (
            event.client_order_id,
            "fill" if isinstance(event, Fill) else str(event.status),
            getattr(event, "filled_qty", 0),
        )
        for event in events
    ]


def test_acknowledgement_comes_after_the_last_fill(faulty, order):
    session = faulty(StaleAcknowledgement(order_index=0, after=Stale.WHOLE_FILL))
    session.submit(order("buy 5", "a"))
    assert told(session.poll()) == [("a", "fill", 0), ("a", "accepted", 0)]
    assert session.query("a").status is OrderStatus.FILLED


def test_acknowledgement_comes_after_a_partial_fill_that_stays_one(faulty, order):
    session = faulty(StaleAcknowledgement(order_index=0, after=Stale.PARTIAL_FILL))
    session.submit(order("buy 5", "whole"))
    session.submit(order("buy 200 @ 100.01", "part"))
    assert told(session.poll()) == [("whole", "fill", 0), ("part", "fill", 0), ("part", "accepted", 0)]


def test_fills_come_before_the_delayed_acknowledgement(faulty, order):
    session = faulty(FillBeforeAcknowledgement(order_index=0))
    with pytest.raises(VenueUnknownError):
        session.submit(order("buy 5", "a"))
    assert told(session.poll()) == [("a", "fill", 0), ("a", "accepted", 0)]


def test_fill_is_pushed_after_the_reconciliation_told_of_it(faulty, order):
    session = faulty(DuplicateFill(order_index=0, after_reconciliation=True))
    session.submit(order("buy 5", "a"))
    assert session.poll() == ()
    assert session.poll() == session.poll() == ()
    fills = session.fills()
    assert session.poll() == fills


def test_fill_that_nobody_reconciles_is_pushed_when_all_settles(faulty, order):
    session = faulty(DuplicateFill(order_index=0, after_reconciliation=True))
    session.submit(order("buy 5", "a"))
    session.settle()
    assert len(session.poll()) == 1


def test_order_that_was_never_sent_is_not_at_the_venue(faulty, order, venue):
    session = faulty(SubmitTimeoutFillsLater(order_index=0, lost=Lost.NEVER_SENT))
    with pytest.raises(VenueUnknownError):
        session.submit(order("buy 5", "a"))
    session.settle()
    assert session.query("a") is None
    assert venue.orders_received == 0


@pytest.mark.parametrize(
    ("race", "answer", "status", "filled"),
    [
        (Race.FILLED, VenueError, OrderStatus.FILLED, 6),
        (Race.PARTLY_FILLED, None, OrderStatus.CANCELED, 3),
        (Race.ANSWER_LOST, VenueUnknownError, OrderStatus.CANCELED, 0),
        (Race.SAID_TO_BE_UNKNOWN, VenueError, OrderStatus.ACCEPTED, 0),
    ],
)
@pytest.mark.parametrize("side", ["buy 6 @ 99", "sell 6 @ 101"])
def test_cancel_is_overtaken(faulty, order, race, answer, status, filled, side):
    session = faulty(CancelRace(order_index=1, race=race))
    session.submit(order(side, "ahead"))
    session.submit(order(side, "a"))
    if answer is None:
        session.cancel("a")
    else:
        with pytest.raises(answer) as refused:
            session.cancel("a")
        assert isinstance(refused.value, VenueUnknownError) == (answer is VenueUnknownError)
    found = session.query("a")
    assert (found.status, found.filled_qty) == (status, filled)
    assert [injected.client_order_id for injected in session.injected()] == ["a"]


def test_order_is_refused_in_the_venues_words(faulty, order, venue):
    session = faulty(EndedByVenue(order_index=0, ending=Ending.REJECTED, reason="market closed"))
    with pytest.raises(VenueError, match="market closed"):
        session.submit(order("buy 5", "a"))
    assert venue.orders_received == 0
    assert session.submit(order("buy 5", "b")).status is OrderStatus.ACCEPTED


def test_venue_ends_a_working_order_and_says_how(faulty, order):
    session = faulty(EndedByVenue(order_index=0, ending=Ending.CANCELED))
    session.submit(order("buy 5", "filled at once"))
    session.submit(order("buy 5 @ 90", "a"))
    assert told(session.poll())[-1] == ("a", "canceled", 0)
    assert session.query("a").status is OrderStatus.CANCELED


@pytest.mark.parametrize("closed", range(4))
def test_session_closes_over_a_working_day_order_and_opens_when_so_many_were_refused(faulty, order, venue, closed):
    session = faulty(SessionClosed(order_index=0, refuses=closed))
    session.submit(order("buy 5 @ 90", "waits for ever"))
    session.submit(order("buy 5", "filled at once", tif=TimeInForce.DAY))
    session.submit(order("buy 5 @ 90", "a", tif=TimeInForce.DAY))
    for number in range(closed):
        with pytest.raises(RefusedError) as refused:
            session.submit(order("buy 5", f"closed-{number}"))
        assert refused.value.refusal is Refusal.CLOSED
    assert session.submit(order("buy 5", "b")).status is OrderStatus.ACCEPTED
    assert ("a", "expired", 0) in told(session.poll())
    assert [each.client_order_id for each in session.injected()] == ["a"]
    assert session.query("waits for ever").status is OrderStatus.ACCEPTED


def test_a_session_that_closed_opens_when_all_is_mended(faulty, order, venue):
    session = faulty(SessionClosed(order_index=0, refuses=99))
    session.submit(order("buy 5 @ 90", "a", tif=TimeInForce.DAY))
    assert not venue.is_open
    session.mend()
    assert venue.is_open


@pytest.mark.parametrize("refuses", [1, 3])
@pytest.mark.parametrize("messages", [1, 2])
def test_the_venue_takes_so_many_orders_a_second_and_refuses_as_many_as_scripted(
    faulty, order, venue, messages, refuses
):
    session = faulty(RateLimited(order_index=1, messages=messages, refuses=refuses))
    session.submit(order("buy 1 @ 90", "before"))
    assert not session.is_throttled
    for number in range(messages):
        session.submit(order("buy 1 @ 90", f"taken-{number}"))
    assert (session.is_throttled, session.injected()) == (True, ())
    for number in range(refuses):
        with pytest.raises(RefusedError, match=f"{messages} messages in 1 s are taken; the next in 1 s") as refused:
            session.submit(order("buy 1 @ 90", f"refused-{number}"))
        assert refused.value.refusal is Refusal.RATE_LIMIT
    assert session.submit(order("buy 1 @ 90", "after")).status is OrderStatus.ACCEPTED
    assert [each.client_order_id for each in session.injected()] == ["refused-0"]
    assert not session.is_throttled
    logged = [record.client_order_id for record in venue.log if record.refusal is Refusal.RATE_LIMIT]
    assert logged == [f"refused-{number}" for number in range(refuses)]


def test_cancels_and_replacements_count_as_messages_too(faulty, order):
    session = faulty(RateLimited(order_index=0, messages=1, refuses=2))
    placed = session.submit(order("buy 5 @ 90", "a"))
    with pytest.raises(RefusedError, match="cancel of order 'a': 1 messages"):
        session.cancel("a")
    with pytest.raises(RefusedError, match="replacement of order 'a'"):
        session.replace("a", Decimal(6), placed.price, None)
    assert session.cancel("a").status is OrderStatus.CANCELED


def test_what_the_venue_and_others_do_is_no_message_of_the_component(faulty, order):
    limit = RateLimited(order_index=0, messages=2, refuses=1)
    session = faulty(limit, EndedByVenue(order_index=1, ending=Ending.CANCELED), ClosedElsewhere(order_index=1))
    session.submit(order("buy 1", "a"))
    session.submit(order("buy 1 @ 90", "b"))
    assert session.query("b").status is OrderStatus.CANCELED
    assert (session.positions(), session.pending()) == ({}, (limit,))


def test_a_limit_that_nothing_was_too_much_for_is_lifted_and_comes_with_a_later_order(faulty, order):
    session = faulty(RateLimited(order_index=0, messages=3))
    session.submit(order("buy 1 @ 90", "a"))
    session.mend()
    assert (session.is_throttled, len(session.pending())) == (False, 1)
    session.submit(order("buy 1 @ 90", "b"))
    assert session.is_throttled


def test_status_is_left_out_of_an_event_and_of_the_first_answer(faulty, order):
    session = faulty(NoStatus(order_index=0))
    session.submit(order("buy 5", "a"))
    assert told(session.poll()) == [("a", "fill", 0), ("a", "unknown", 0)]
    assert [session.query("a").status for _ in range(2)] == [OrderStatus.UNKNOWN, OrderStatus.FILLED]


@pytest.mark.parametrize("late", [1, 2, 4])
def test_acknowledgement_is_pushed_so_many_calls_after_its_order(faulty, order, late):
    session = faulty(FillBeforeAcknowledgement(order_index=0, calls_late=late))
    with pytest.raises(VenueUnknownError):
        session.submit(order("buy 5", "a"))
    heard = [told(session.poll()) for _ in range(late + 1)]
    expected = [[("a", "fill", 0)], *[[] for _ in range(late)]]
    expected[late - 1] = [*expected[late - 1], ("a", "accepted", 0)]
    assert heard == expected


def test_acknowledgement_that_nobody_waits_for_is_pushed_when_all_settles(faulty, order):
    session = faulty(FillBeforeAcknowledgement(order_index=0, calls_late=99))
    with pytest.raises(VenueUnknownError):
        session.submit(order("buy 5", "a"))
    session.settle()
    assert ("a", "accepted", 0) in told(session.poll())


@pytest.mark.parametrize("pushed", [False, True])
def test_position_is_closed_elsewhere(faulty, order, pushed):
    session = faulty(ClosedElsewhere(order_index=0, pushed=pushed))
    session.submit(order("buy 5", "a"))
    session.submit(order("buy 2", "b"))
    (injected,) = session.injected()
    assert session.positions() == {"AAA": 2}
    assert (injected.client_order_id in {name for name, *_ in told(session.poll())}) == pushed
    assert set(injected.trade_ids) <= {fill.trade_id for fill in session.fills()}


def test_what_was_closed_elsewhere_never_adds_up_to_nothing(faulty, order):
    session = faulty(ClosedElsewhere(order_index=1), ClosedElsewhere(order_index=2))
    session.submit(order("buy 5", "a"))
    session.submit(order("sell 5", "b"))  # 5 were sold elsewhere just before
    session.submit(order("buy 1", "c"))  # to buy them back would leave no trace in the position
    assert (session.positions(), len(session.injected())) == ({"AAA": -4}, 1)
    session.submit(order("buy 1", "d"))
    assert (session.positions(), len(session.injected())) == ({"AAA": 1}, 2)


def test_cash_is_charged(faulty, order, venue):
    session = faulty(CashCharged(order_index=0, cents=123))
    session.submit(order("buy 5", "a"))
    assert venue.account().cash - session.cash() == Decimal("1.23")


def test_component_dies_after_the_venue_took_its_order(faulty, order):
    session = faulty(Killed(order_index=0))
    killed = []
    session.on_crash(lambda: killed.append(True))
    with pytest.raises(CrashError):
        session.submit(order("buy 5", "a"))
    assert killed == [True]
    assert session.query("a").status is OrderStatus.FILLED


def test_fault_that_is_the_hosts_to_bring_about_waits_for_it(faulty, order):
    session = faulty(Killed(order_index=1, moment=Moment.AFTER_THE_ANSWER))
    for name in ("a", "b"):
        session.submit(order("buy 5", name))
    assert session.injected() == ()
    assert session.take(lambda fault: isinstance(fault, Killed), "a") is None
    assert session.take(lambda fault: isinstance(fault, Killed), "b").client_order_id == "b"
    assert session.pending() == ()


def test_orders_submitted_while_paused_are_spared_for_good(faulty, order):
    session = faulty(EndedByVenue(order_index=0, ending=Ending.REJECTED))
    session.pause(paused=True)
    session.submit(order("buy 5", "a"))
    session.pause(paused=False)
    with pytest.raises(VenueError):
        session.submit(order("buy 5", "b"))


SCRIPTED = """
    import hashlib, sys
    sys.path.insert(0, {tests!r})
    from conftest import _order
    from decimal import Decimal
    from allause.exceptions import VenueError
    from allause.venue import *
    venue = Venue(seed=9)
    session = FaultySession(InProcessSession(venue), FaultScript.drawn(
        seed=9, orders=60, each=3, classes=[c for c in FaultClass if c not in ('kill_switch', {restart!r})]
    ))
    told = []
    for n in range(60):
        venue.quote("AAA", 99, 101, 4, 4, ts=n)
        for call in (
            lambda: session.submit(_order(("buy 9 @ 101", "sell 5", "buy 4 @ 99")[n % 3], f"o{{n}}")),
            lambda: session.cancel(f"o{{n}}"), session.poll, session.reconnect, session.fills, session.cash,
        ):
            try:
                told.append(repr(call()))
            except VenueError as error:
                told.append(repr(error))
    told.append(repr(session.injected()))
    print(len(session.injected()), hashlib.sha256(venue.log_bytes() + "".join(told).encode()).hexdigest())
"""


def test_same_seed_and_calls_give_the_same_log_and_answers_whatever_the_hash_seed():
    script = textwrap.dedent(SCRIPTED.format(restart="duplicate_order_after_restart", tests=str(Path(__file__).parent)))
    runs = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip # one run a line
    (only,) = runs
    assert int(only.split()[0]) > 12


@pytest.mark.parametrize("side", ["buy 6 @ 99", "sell 6 @ 101"])
def test_a_replacement_is_overtaken_by_a_fill_and_refused(faulty, order, side):
    session = faulty(ReplaceRace(order_index=1, race=Race.FILLED))
    session.submit(order(side, "ahead"))
    placed = session.submit(order(side, "a"))
    with pytest.raises(VenueError):
        session.replace("a", Decimal(7), placed.price, None)
    assert session.query("a").status is OrderStatus.FILLED
    assert session.pending() == ()


def test_an_order_is_replaced_and_the_answer_lost(faulty, order):
    session = faulty(ReplaceRace(order_index=0, race=Race.ANSWER_LOST))
    placed = session.submit(order("buy 6 @ 99", "a"))
    with pytest.raises(VenueUnknownError):
        session.replace("a", Decimal(7), placed.price, None)
    assert (session.query("a").quantity, session.query("a").status) == (7, OrderStatus.ACCEPTED)
    assert session.replace("a", Decimal(8), placed.price, None).quantity == 8
