"""An error raised in a worker process arrives as it was: a pool waits for ever for one that cannot be made anew."""

import copy
import pickle

import pytest

from allause.exceptions import ComponentError, ConfigurationError, DataError, OrderDeniedError, VenueUnknownError
from allause.venue.refusals import Refusal, RefusedError


def sent(error):
    return pickle.loads(pickle.dumps(error))


@pytest.mark.parametrize(
    "error",
    [
        OrderDeniedError("order o1 denied", "halted"),
        RefusedError(Refusal.CLOSED, "the venue is closed"),
        ConfigurationError("max_loss: expected a number", "max_loss"),
        DataError("no table", ["price"]),
        ComponentError("it raised", "acme:engine", "place_order"),
        VenueUnknownError("no answer in time"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))], ids=["copy", "sent"]
)
def test_an_error_survives_a_copy_and_the_way_to_another_process(error, again):
    other = again(error)
    assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))
