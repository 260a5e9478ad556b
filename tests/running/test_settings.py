"""What a run is asked for through Python is bounded as on the command line."""

import pytest

from allause.exceptions import UsageError
from allause.running import RunSettings
from allause.seeds import SEEDS


@pytest.mark.parametrize("seed", [SEEDS[0], SEEDS[-1]])
def test_every_seed_of_the_command_line_is_one(seed):
    assert RunSettings(seed=seed).seed == seed


@pytest.mark.parametrize("seed", [-1, SEEDS[-1] + 1, 1.5, "7", True, None])
def test_another_seed_is_refused_in_one_sentence(seed):
    with pytest.raises(UsageError) as refused:
        RunSettings(seed=seed)
    assert str(refused.value) == f"seed: expected a whole number from 0 to 4294967295, found {seed!r}"
