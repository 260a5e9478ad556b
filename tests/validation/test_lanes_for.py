import pytest

from allause.validation.execution import lanes_for


@pytest.mark.parametrize(
    ("components", "processors", "lanes"),
    [(1, 2, 1), (2, 2, 2), (11, 2, 2), (12, 2, 3), (12, 1, 1), (50, 3, 4), (50, 4, 4), (50, 64, 4), (0, 2, 0)],
)
def test_many_components_have_one_lane_more_than_processors_and_few_do_not(components, processors, lanes):
    assert lanes_for(components, processors) == lanes
