import pytest

from allause.models.orders import OrderStatus as S
from allause_execution.events import EventKind as E
from allause_execution.transitions import TRANSITIONS

# Written out a second time, by hand: what may follow in each state.
LEGAL = {
    S.INITIALIZED: "submitted>submitted denied>denied",
    S.SUBMITTED: (
        "denied>denied accepted>accepted rejected>rejected unknown>unknown canceled>canceled expired>expired "
        "partial_fill>partially_filled fill>filled"
    ),
    S.UNKNOWN: (
        "accepted>accepted rejected>rejected canceled>canceled expired>expired partial_fill>unknown fill>unknown"
    ),
    S.ACCEPTED: (
        "rejected>rejected cancel_requested>pending_cancel canceled>canceled expired>expired "
        "partial_fill>partially_filled fill>filled"
    ),
    S.PARTIALLY_FILLED: (
        "cancel_requested>pending_cancel canceled>canceled expired>expired partial_fill>partially_filled fill>filled"
    ),
    S.PENDING_CANCEL: (
        "accepted>accepted cancel_requested>pending_cancel canceled>canceled expired>expired "
        "partial_fill>pending_cancel fill>filled"
    ),
    S.CANCELED: "partial_fill>canceled fill>filled",
    S.EXPIRED: "partial_fill>expired fill>filled",
    S.DENIED: "",
    S.REJECTED: "",
    S.FILLED: "",
}


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize("kind", list(E))
def test_the_table_holds_every_pair_of_state_and_event(status, kind):
    expected = dict(pair.split(">") for pair in LEGAL[status].split())
    assert TRANSITIONS[status].get(kind) == expected.get(kind)


def test_nothing_leads_out_of_filled_rejected_or_denied():
    assert not any(TRANSITIONS[status] for status in (S.FILLED, S.REJECTED, S.DENIED))


def test_only_an_unsent_order_can_be_submitted():
    assert [status for status in S if E.SUBMITTED in TRANSITIONS[status]] == [S.INITIALIZED]
