"""What the venue's log says of a bracket."""

from decimal import Decimal

import pytest

from allause.venue import LogEvent, LogRecord, loose_ends, read_bracket

PROFIT, LOSS = "b/take_profit", "b/stop_loss"


def read(*events, account="examined"):
    """Read a bracket out of (event, order, quantity)."""
    records = [
        LogRecord(seq=n, ts=n, event=LogEvent(event), account=account, symbol="X", client_order_id=name,
                  quantity=Decimal(quantity))
        for n, (event, name, quantity) in enumerate(events)
    ]  # fmt: skip # one list
    return read_bracket(records, "b")


ENTRY = (("accepted", "b", 5), ("filled", "b", 5))
EXITS = (("accepted", PROFIT, 5), ("accepted", LOSS, 5))


def test_a_bracket_with_both_exits_is_as_it_has_to_be():
    found = read(*ENTRY, *EXITS)
    assert (found.filled, found.closed, found.protected, found.bare) == (5, 0, 5, 0)
    assert list(loose_ends(found)) == []


def test_one_that_was_left_is_too():
    assert list(loose_ends(read(*ENTRY, *EXITS, ("filled", PROFIT, 5), ("canceled", LOSS, 5)))) == []


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (ENTRY, "5 was filled and 0 closed; exits for 0 work"),
        ((*ENTRY, ("accepted", LOSS, 3)), "5 was filled and 0 closed; exits for 3 work"),
        ((*ENTRY, *EXITS, ("filled", PROFIT, 5)), f"5 of 5 is closed, and {LOSS} still works"),
        ((("accepted", "b", 5), *EXITS), f"0 of 0 is closed, and {PROFIT}, {LOSS} still works"),
        ((*ENTRY, *EXITS, ("refused", LOSS, 0)), f"exit {LOSS} was sent 2 times; expected once"),
        (
            (*ENTRY, *EXITS, ("filled", PROFIT, 2), ("canceled", PROFIT, 3), ("expired", LOSS, 5)),
            "5 was filled and 2 closed; exits for 0 work",
        ),
    ],
)
def test_each_loose_end_is_told(events, told):
    assert list(loose_ends(read(*events))) == [told]


def test_a_replacement_tells_the_whole_of_which_a_part_may_be_filled():
    found = read(*ENTRY, ("accepted", LOSS, 3), ("filled", LOSS, 1), ("replaced", LOSS, 5))
    assert (found.working, found.bare) == ({LOSS: 4}, 0)


def test_what_was_closed_before_it_was_filled_is_remembered():
    found = read(("accepted", "b", 5), ("filled", "b", 2), *EXITS, ("filled", LOSS, 3), ("filled", "b", 3))
    assert found.most_ahead == 1


def test_other_accounts_and_other_orders_do_not_count():
    assert read(*ENTRY, account="crowd").filled == 0
    assert read(("accepted", "bb/stop_loss", 5), ("accepted", "a", 1)).working == {}
