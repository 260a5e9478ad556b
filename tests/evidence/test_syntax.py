"""Source as a syntax tree."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from allause.evidence.syntax import syntax

TEXT = "def function(a, b=[1, (2, 3)]):\n    return [a + (b[0] * g(each)) for each in a]\n" * 100


@pytest.fixture
def interrupted():
    """Let another thread go on whenever the garbage collector begins or ends."""

    def callback(*_):
        time.sleep(0)

    gc.callbacks.append(callback)
    yield
    gc.callbacks.remove(callback)


def test_lanes_parse_at_the_same_time_at_different_depths(interrupted):
    def parsed(depth):
        return parsed(depth - 1) if depth else [len(syntax(TEXT).body) for _ in range(3)]

    with ThreadPoolExecutor(2) as lanes:
        assert list(lanes.map(parsed, [0, 100])) == [[100] * 3] * 2
