"""Targets whose figures are known, or come from real work."""

import os
from time import perf_counter

import attrs
import pytest

from allause.measurement import summarize
from allause.models.component import TunableSetting
from allause.models.optimization import Trial


def make_trial(settings, speed, *, orders=100, errors=0):
    return Trial(
        settings=dict(settings),
        orders=orders,
        errors=errors,
        seconds=(orders - errors) / speed if speed else 1.0,
        orders_per_second=speed,
        latency=summarize("order", "ns", [1.0]),
        sessions_opened=1,
        orders_sent=orders,
    )


class TableTarget:
    """Answer with figures from a table: settings to speeds, in the order of the trials, and errors."""

    def __init__(self, settings, speed, errors=None):
        self.settings = tuple(
            TunableSetting(name=name, value=candidates[0], candidates=candidates, unit="orders")
            for name, candidates in settings.items()
        )
        self.speed = speed
        self.errors = errors or (lambda settings: 0)
        self.asked = []

    def measure(self, settings, *, orders, seed):
        self.asked.append((dict(settings), orders, seed))
        return make_trial(settings, self.speed(settings), orders=orders, errors=self.errors(settings))


class FsyncTarget:
    """Write orders to a file, so many to one fsync."""

    def __init__(self, path, group):
        self.settings = (TunableSetting(name="group", value=group, candidates=(1.0, 32.0), unit="orders"),)
        self.path = path

    def measure(self, settings, *, orders, seed):
        start = perf_counter()
        with self.path.open("wb", buffering=0) as file:
            for number in range(orders):
                file.write(b"%d:%d\n" % (seed, number))
                if (number + 1) % int(settings["group"]) == 0 or number + 1 == orders:
                    os.fsync(file.fileno())
        seconds = perf_counter() - start
        return attrs.evolve(make_trial(settings, orders / seconds, orders=orders), seconds=seconds)


@pytest.fixture
def table():
    return TableTarget


@pytest.fixture
def fsyncing(tmp_path):
    return lambda group: FsyncTarget(tmp_path / "orders", group)


@pytest.fixture
def trial():
    return make_trial
