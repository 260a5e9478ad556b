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


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (("codec", 9), "it has the unknown compression 9"),
        (("kind", 8), "it has the unknown type 8"),
        (("encoding", 1), "it has the unknown encoding 1"),
        (("rows", 4), "a column has 3 values for 4 rows"),
        (("page", 2), "the page at byte 4 claims to be of kind 2 and is not"),
        (("values", 4), r"the page at byte 4 claims \[4\] values in 1 bytes"),
        (("values", 2), "a header has a field of another kind"),
        (("page encoding", 10), "it has the unknown encoding 10"),
    ],
)
def test_what_no_decoder_knows_is_told(fields, said):
    """Polars panics at these, and a panic is written to standard error before it can be caught."""
    data = _file(**{fields[0].replace(" ", "_"): fields[1]})
    with pytest.raises(PageError, match=said):
        require_pages(io.BytesIO(data), len(data))


def test_a_page_behind_the_length_of_its_column_is_counted():
    """Old writers left a header out of the length."""
    for data in (_file(), _file(pages=2, values=1, rows=2, total=2), _file(pages=2, values=1, rows=2, total=2, size=1)):
        require_pages(io.BytesIO(data), len(data))


def _file(*, codec=0, kind=1, encoding=0, rows=3, page=0, values=3, page_encoding=0, pages=1, total=3, size=9):
    """Write a file of one column whose pages hold one byte each."""
    inner = _struct({1: values, 2: page_encoding, 3: 3, 4: 3})
    body = (_struct({1: page, 2: 1, 3: 1, 5: inner}) + b"\0") * pages
    meta = _struct({1: kind, 2: [encoding], 4: codec, 5: total, 7: size, 9: 4})
    group = _struct({1: [_struct({3: meta})], 3: rows})
    footer = _struct({2: [_struct({3: 0})], 4: [group]})
    return b"PAR1" + body + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def _struct(fields):
    """Write numbers, structures and lists of these in Thrift's compact protocol."""
    text, before = b"", 0
    for number, value in fields.items():
        kind, content = _kind(value)
        text += bytes([(number - before) << 4 | kind]) + content
        before = number
    return text + b"\0"


def _kind(value):
    if isinstance(value, bytes):
        return 12, value
    if isinstance(value, list):
        kinds = [_kind(each) for each in value]
        return 9, bytes([len(value) << 4 | kinds[0][0]]) + b"".join(content for _, content in kinds)
    return 5, bytes([value << 1])
