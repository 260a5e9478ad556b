"""The session without faults."""

from allause.models import Fill, OrderStatus, VenueOrder
from allause.venue import InProcessSession


def test_fill_comes_by_poll_once(venue, order):
    session = InProcessSession(venue)
    session.submit(order("buy 5", "a"))
    (event,) = session.poll()
    assert isinstance(event, Fill)
    assert session.poll() == ()


def test_end_that_nobody_asked_for_comes_by_poll(venue, order):
    session = InProcessSession(venue)
    session.submit(order("buy 150", "a"))
    fill, end = session.poll()
    assert isinstance(fill, Fill)
    assert isinstance(end, VenueOrder)
    assert (end.status, end.filled_qty) == (OrderStatus.CANCELED, 100)


def test_own_cancel_is_answered_and_not_pushed(venue, order):
    session = InProcessSession(venue)
    session.submit(order("buy 5 @ 90", "a"))
    assert session.cancel("a").status is OrderStatus.CANCELED
    assert session.poll() == ()


def test_query_knows_what_the_venue_has_and_nothing_else(venue, order):
    session = InProcessSession(venue)
    session.submit(order("buy 5", "a"))
    assert session.query("a").status is OrderStatus.FILLED
    assert session.query("b") is None


def test_session_sees_its_own_account_only(venue, order):
    session, other = InProcessSession(venue), InProcessSession(venue, "other")
    other.submit(order("buy 5"))
    assert (session.poll(), session.fills(), dict(session.positions()), session.open_orders()) == ((), (), {}, ())
    assert session.cash() == venue.starting_cash
    assert dict(other.positions()) == {"AAA": 5}


def test_venue_counts_sessions_and_orders(venue, order):
    session = InProcessSession(venue)
    session.submit(order("buy 5"))
    session.reconnect()
    assert (venue.sessions_opened, venue.orders_received) == (2, 1)


def test_closed_session_hears_nothing_more(venue, order):
    session, other = InProcessSession(venue), InProcessSession(venue)
    session.close()
    session.close()
    other.submit(order("buy 5"))
    assert session.poll() == ()
    assert len(other.poll()) == 1
