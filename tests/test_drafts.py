import copy
import pickle
from decimal import Decimal

import attrs
import pytest

from allause.drafts import draft_of
from allause.models.orders import Fill, OrderIntent, OrderReport, OrderType, Side, TimeInForce
from allause.models.venue import VenueOrder
from allause.venue import InProcessSession, Venue

INTENT = OrderIntent(
    client_order_id="one",
    symbol="AAA",
    side=Side.BUY,
    quantity=Decimal(1),
    order_type=OrderType.MARKET,
    price=None,
    time_in_force=TimeInForce.DAY,
)


@pytest.mark.parametrize("record", [Fill, OrderIntent, OrderReport, VenueOrder])
def test_a_draft_becomes_a_record_that_cannot_be_told_from_another(record):
    fields = {field.name: Decimal(number) for number, field in enumerate(attrs.fields(record))}
    draft = draft_of(record)()
    for name, value in fields.items():
        setattr(draft, name, value)
    draft.__class__ = record
    made = record(**fields)
    assert type(draft) is record
    assert (draft, hash(draft), repr(draft)) == (made, hash(made), repr(made))
    assert copy.deepcopy(draft) == pickle.loads(pickle.dumps(draft)) == attrs.evolve(draft) == made


def test_what_a_draft_became_is_frozen():
    draft = draft_of(OrderIntent)()
    draft.symbol = "AAA"
    draft.__class__ = OrderIntent
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        draft.symbol = "BBB"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del draft.symbol


def test_what_the_venue_drafts_has_every_field_and_is_frozen():
    venue = Venue()
    venue.quote("AAA", 99, 101, 5, 5, ts=7)
    session = InProcessSession(venue)
    acknowledged = session.submit(INTENT)
    (fill,) = session.poll()
    for made, record in ((acknowledged, VenueOrder), (fill, Fill)):
        assert type(made) is record
        assert made == record(**attrs.asdict(made))  # reading a field that was left out raises
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            made.symbol = "BBB"
