import pytest

from allause.models.orders import OrderStatus as S
from allause.venue.transitions import AFTER
from allause_execution.orders.events import EventKind as E
from allause_execution.orders.transitions import TRANSITIONS, drawn

# Written out a second time, by hand: what may follow in each state.
WORKING = "canceled>canceled expired>expired partial_fill>partially_filled fill>filled "
REQUESTS = "replace_requested>pending_replace cancel_requested>pending_cancel "
LEGAL = {
    S.INITIALIZED: "submitted>submitted denied>denied canceled>canceled",
    S.HELD: "released>initialized reopened>accepted canceled>canceled",
    S.SUBMITTED: WORKING + "denied>denied accepted>accepted triggered>triggered rejected>rejected unknown>unknown",
    S.UNKNOWN: (
        "accepted>accepted triggered>triggered rejected>rejected canceled>canceled expired>expired "
        "partial_fill>unknown fill>unknown lost>rejected returned>held"
    ),
    S.ACCEPTED: WORKING + REQUESTS + "triggered>triggered rejected>rejected replaced>accepted",
    S.TRIGGERED: WORKING + REQUESTS + "rejected>rejected replaced>accepted",
    S.PARTIALLY_FILLED: WORKING + REQUESTS + "replaced>accepted",
    S.PENDING_REPLACE: (
        "replaced>accepted replace_rejected>accepted replace_requested>pending_replace "
        "cancel_requested>pending_cancel triggered>pending_replace rejected>rejected canceled>canceled "
        "expired>expired partial_fill>pending_replace fill>filled"
    ),
    S.PENDING_CANCEL: (
        "accepted>accepted replaced>pending_cancel replace_rejected>pending_cancel cancel_requested>pending_cancel "
        "triggered>pending_cancel rejected>rejected canceled>canceled expired>expired "
        "partial_fill>pending_cancel fill>filled"
    ),
    S.CANCELED: "reopened>accepted partial_fill>canceled fill>filled",
    S.EXPIRED: "partial_fill>expired fill>filled",
    S.DENIED: "",
    S.REJECTED: "reopened>accepted",
    S.FILLED: "",
}


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize("kind", list(E))
def test_the_table_holds_every_pair_of_state_and_event(status, kind):
    expected = dict(pair.split(">") for pair in LEGAL[status].split())
    assert TRANSITIONS[status].get(kind) == expected.get(kind)


def test_nothing_leads_out_of_filled_or_denied():
    assert not any(TRANSITIONS[status] for status in (S.FILLED, S.DENIED))


def test_only_an_unsent_order_can_be_submitted():
    assert [status for status in S if E.SUBMITTED in TRANSITIONS[status]] == [S.INITIALIZED]


def test_the_drawing_has_an_arrow_for_every_row_of_the_table():
    arrows = {
        (before, event.strip(), after)
        for line in drawn().splitlines()
        if ": " in line
        for before, after in [line.split(": ")[0].strip().split(" --> ")]
        for event in line.split(": ")[1].split(",")
    }
    assert arrows == {(s, e, after) for s in S for e, after in TRANSITIONS[s].items()}


def judged_legal(table):
    """Hold the table against what the exam lets a component tell; ACCEPTED stands for what it may be resolved to."""
    works = {S.ACCEPTED, S.TRIGGERED, S.PARTIALLY_FILLED}
    for before, row in table.items():
        if not before.is_terminal:  # an execution told after the end counts, and only a venue that errs tells the last
            for after in row.values():
                allowed = AFTER[before] | {before}
                assert allowed & works if after is S.ACCEPTED else after in allowed, (before, after)


def test_the_exam_calls_no_transition_of_the_table_illegal():
    judged_legal(TRANSITIONS)


def test_a_table_that_leads_back_is_called_illegal():
    with pytest.raises(AssertionError):
        judged_legal({S.PARTIALLY_FILLED: {E.ACCEPTED: S.SUBMITTED}})
