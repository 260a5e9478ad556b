"""Values as plain data."""

from decimal import Decimal
from pathlib import Path

import pytest

from allause.models.orders import OrderStatus, Position
from allause.plain import LONGEST_TEXT, plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.1, 0.1),
        (float("nan"), "nan"),
        (Decimal("1.50"), "1.50"),
        (Path("a/b"), "a/b"),
        (OrderStatus.FILLED, "filled"),
        ("a\x1bb", "a\\x1bb"),
        ((1, [2]), [1, [2]]),
        ({1.5: "x"}, {"1.5": "x"}),
        (object(), "<object>"),
        (b"x", "<bytes>"),
    ],
)
def test_plain_values_stay_and_others_become_text(value, expected):
    assert plain(value) == expected


def test_a_record_becomes_its_attributes_in_order():
    record = Position(symbol="X", quantity=Decimal(1), avg_px=None, realized_pnl=Decimal("0.0"))
    assert list(plain(record).items()) == [
        ("symbol", "X"),
        ("quantity", "1"),
        ("avg_px", None),
        ("realized_pnl", "0.0"),
    ]


def test_text_is_cut():
    assert len(plain("x" * 1_000_000)) == LONGEST_TEXT


def test_a_value_that_holds_itself_ends():
    loop = []
    loop.append(loop)
    assert "<list>" in str(plain(loop))


def test_an_object_of_a_stranger_is_not_asked_for_its_text():
    class Evil:
        def __str__(self):
            raise SystemExit

        __repr__ = __str__

    assert plain({"x": Evil()}) == {"x": "<Evil>"}
