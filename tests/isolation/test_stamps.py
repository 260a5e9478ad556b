"""Writes to dictionaries are noticed without looking into them, and nothing else is."""

import sys
from types import ModuleType

import pytest

from allause.isolation import identities, stamps
from allause.isolation.identities import Identities

pytestmark = pytest.mark.skipif(not stamps.TELLING, reason="this interpreter numbers no writes")
THERE = "def there():\n    return 1\n"


def stored(module: ModuleType, times: int) -> None:
    """Write often enough for the interpreter to take its quick way."""
    for number in range(times):
        module.__dict__["there"] = number
        module.there = number


@pytest.mark.parametrize(
    "write",
    [
        lambda m: setattr(m, "there", None),
        lambda m: setattr(m, "other", None),
        lambda m: delattr(m, "there"),
        lambda m: vars(m).update(there=None),
        lambda m: vars(m).__ior__({"there": None}),
        lambda m: vars(m).pop("there"),
        lambda m: vars(m).popitem(),
        lambda m: vars(m).clear(),
        lambda m: vars(m).setdefault("new", None),
        lambda m: exec("global there\nthere = 2", vars(m)),
        lambda m: exec("def there(): pass", vars(m)),
        lambda m: stored(m, 1_000),
    ],
)
def test_every_way_to_write_is_noticed(write):
    module = ModuleType("written")
    exec(THERE, vars(module))
    stored(module, 1_000)
    stamp = stamps.Stamp(vars(module))
    assert not stamp.stale
    write(module)
    assert stamp.stale


@pytest.mark.parametrize("write", [lambda c: setattr(c, "there", 2), lambda c: delattr(c, "there")])
def test_writes_to_a_class_are_noticed(write):
    owner = type("owner", (), {"there": 1})
    stamp = stamps.Stamp(vars(owner))
    assert not stamp.stale
    write(owner)
    assert stamp.stale


def test_reading_is_no_write():
    module = ModuleType("read")
    exec(THERE, vars(module))
    stamp = stamps.Stamp(vars(module))
    for _ in range(1_000):
        assert module.there() == 1
        assert list(vars(module).items())
    assert not stamp.stale


@pytest.mark.parametrize("telling", [True, False])
def test_what_was_replaced_is_told_with_stamps_and_without(monkeypatch, telling):
    monkeypatch.setattr(identities, "TELLING", telling)
    module = ModuleType("replaced")
    exec(THERE, vars(module))
    monkeypatch.setitem(sys.modules, "replaced", module)
    known = Identities()
    assert "replaced.there" not in known.look("")["replaced"]
    module.elsewhere = 1
    assert "replaced.there" not in known.look("")["replaced"]
    module.there = stored
    assert "replaced.there" in known.look("")["replaced"]
