"""An engine, hand-checked returns, and recorded ones where they are there."""

import csv
import gzip
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import settings

from allause_analytics import AnalyticsEngine

# The same examples on every run, none of them against the clock.
settings.register_profile("allause-analytics", deadline=None, derandomize=True, database=None)
settings.load_profile("allause-analytics")

DATA = Path(__file__).parents[3] / ".." / "shared" / "data" / "pypi"


@pytest.fixture
def engine():
    return AnalyticsEngine()


@pytest.fixture
def recorded():
    """Return a function that reads the returns of one column of a recorded table of prices."""

    def read(name, column):
        path = DATA / name
        if not path.exists():
            pytest.skip(f"the recorded data {name} is not beside this checkout")
        with gzip.open(path, "rt", encoding="utf-8") as file:
            prices = [float(row[column]) for row in csv.DictReader(file)]
        return [after / before - 1 for before, after in pairwise(prices)]

    return read
