"""What is written becomes a component's configuration as it is, or is refused."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from allause.discovery import structure
from allause.exceptions import ConfigurationError


@attrs.frozen
class _Inner:
    window: int = 0


@attrs.frozen
class _Config:
    flag: bool = False
    perhaps: bool | None = None
    window: int = 1
    weight: float = 1.0
    name: str = ""
    price: Decimal = Decimal(1)
    path: Path = Path()
    inner: _Inner = _Inner()
    weights: dict[str, float] = attrs.Factory(dict)
    own: int = attrs.field(default=0, converter=int)


class _Component:
    Config = _Config


@pytest.mark.parametrize(
    ("key", "written", "value"),
    [
        ("flag", True, True),
        ("perhaps", None, None),
        ("window", 10**30, 10**30),
        ("weight", 3, 3.0),
        ("name", "5", "5"),
        ("price", "0.10", Decimal("0.10")),
        ("price", 7, Decimal(7)),
        ("price", 0.1, Decimal("0.1")),
        ("path", "a.csv", Path("a.csv")),
        ("inner", {"window": 2}, _Inner(2)),
        ("weights", {"a": 1}, {"a": 1.0}),
        ("own", "5", 5),  # a converter of the component's own decides
    ],
)
def test_taken(key: str, written: Any, value: Any) -> None:
    found = getattr(structure("it", _Component, {key: written}), key)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("key", "written", "problem"),
    [
        ("flag", "false", "expected true or false, found 'false' @ configuration.flag"),
        ("flag", 1, "expected true or false, found 1 @ configuration.flag"),
        ("perhaps", "foo", "expected true or false, found 'foo' @ configuration.perhaps"),
        ("window", 3.7, "expected a whole number, found 3.7 @ configuration.window"),
        ("window", "5", "expected a whole number, found '5' @ configuration.window"),
        ("window", True, "expected a whole number, found True @ configuration.window"),
        ("weight", "3", "expected a number, found '3' @ configuration.weight"),
        ("weight", 10**400, "expected a number, found 1000"),
        ("name", 5, "expected text, found 5 @ configuration.name"),
        ("price", "much", "expected a decimal number, found 'much' @ configuration.price"),
        ("price", True, "expected a decimal number, found True @ configuration.price"),
        ("inner", {"window": "x"}, "expected a whole number, found 'x' @ configuration.inner.window"),
        ("weights", {"a": "b"}, "expected a number, found 'b' @ configuration.weights['a']"),
    ],
)
def test_refused(key: str, written: Any, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^the configuration of it does not fit: ") as caught:
        structure("it", _Component, {key: written})
    assert problem in str(caught.value)


def test_a_setting_that_nothing_written_can_be() -> None:
    @attrs.frozen
    class Config:
        number: complex = 1j

    class Odd:
        pass

    Odd.Config = Config  # type: ignore[attr-defined]  # as a component has it
    with pytest.raises(ConfigurationError, match="a setting of type complex, which no configuration can hold"):
        structure("it", Odd, {})
