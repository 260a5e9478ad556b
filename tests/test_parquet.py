"""Headers of Parquet pages that cannot be are refused before anything decodes them."""

import io
import re

import pytest

from allause.parquet import PageError, require_pages


@pytest.fixture
def whole():
    polars = pytest.importorskip("polars", reason="polars, with which the file is written, is not installed")
    buffer = io.BytesIO()
    columns = {"symbol": ["A"] * 500, "ts_event": range(500), "price": [1.5] * 500, "size": [2] * 500}
    polars.DataFrame(columns).write_parquet(buffer)
    return buffer.getvalue()


def test_counts_that_cannot_be_are_told_with_their_place(whole):
    """Polars 2.1 asks for 2^61 bytes where a page has fewer than no values, and the process is aborted."""
    said = set()
    require_pages(io.BytesIO(whole), len(whole))
    for at in range(4, 64):
        for value in (0x01, 0x7F, 0xFF):
            data = whole[:at] + bytes([value]) + whole[at + 1 :]
            try:
                require_pages(io.BytesIO(data), len(data))
            except PageError as error:
                said.add(re.sub(r"\d+", "N", str(error)))
    assert "the page at byte N claims [-N] values in N bytes" in said
    assert "the page at byte N claims [N] values in N bytes" in said


@pytest.mark.parametrize("footer", [b"\xff" * 32, b"\x49" + b"\x19" * 5_000, b"\x1c" * 5_000])
def test_a_footer_that_is_none_is_told(whole, footer):
    data = whole[:64] + footer + len(footer).to_bytes(4, "little") + b"PAR1"
    with pytest.raises(PageError):
        require_pages(io.BytesIO(data), len(data))


def test_a_footer_longer_than_its_file_is_told(whole):
    with pytest.raises(PageError, match="a footer claims 255 bytes"):
        require_pages(io.BytesIO(whole[:64] + b"\xff\0\0\0PAR1"), 72)
