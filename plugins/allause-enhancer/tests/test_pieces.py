"""A Parquet file is enhanced while it is read; that the answer is that of its table is in ``test_equality``."""

import re

import polars as pl
import pytest

from allause.exceptions import DataError
from allause_enhancer import Engine, EnhancerConfig, MarketDataEnhancer, engine, pieces
from allause_enhancer.pieces import enhance_file
from allause_enhancer.rows import compiling
from allause_enhancer.tables.exchange import take

NEED_NUMBA = pytest.mark.skipif(not compiling.available(), reason="numba is not installed")


def ticks(count, **more):
    rows = {"symbol": ["A"] * count, "ts_event": [*range(count)], "ts_init": [*range(count)], "seq": [*range(count)]}
    return pl.DataFrame(rows | {"price": [100.0 + at % 7 for at in range(count)], "size": [1.0] * count} | more)


@pytest.fixture
def written(tmp_path):
    def write(table, rows_of_a_group=None):
        path = tmp_path / "rows.parquet"
        table.write_parquet(path, row_group_size=rows_of_a_group)
        return path

    return write


@pytest.fixture
def small(monkeypatch):
    """Pieces of a few rows, whatever the file."""
    monkeypatch.setattr(pieces, "_PIECE", 7)


@NEED_NUMBA
def test_null_and_nan_of_a_column_that_is_kept_stay_what_they_were(small, written):
    sizes = [None, float("nan"), 1.0, -1.0, None] * 8
    table = ticks(40, size=sizes)
    frame = enhance_file(written(table), EnhancerConfig(engine="kernel", columns=("vwap",)))
    assert frame["size"].equals(table["size"], null_equal=True)
    assert frame["size"].null_count() == 16


def test_only_the_columns_needed_are_read(written):
    table = ticks(40).with_columns(big=pl.lit("x"))
    frame = enhance_file(written(table), EnhancerConfig(keep=("seq",), columns=("vwap",), engine="polars"))
    assert frame.columns == ["seq", "vwap"]
    assert frame.enhancement.reason == "configured"
    assert MarketDataEnhancer().enhance_file(written(table))["big"].to_list() == ["x"] * 40


@NEED_NUMBA
def test_rows_of_a_file_too_late_for_the_kernel_are_sorted(small, written, monkeypatch):
    monkeypatch.setattr(engine, "WORTHWHILE", 10)
    monkeypatch.setattr(engine, "WORTHWHILE_WARM", 10)
    table = ticks(100)
    path = written(pl.concat([table[:5], table[6:], table[5:6]]))
    answer = enhance_file(path)
    assert answer["seq"].to_list() == [*range(100)]
    assert answer.enhancement.engine is Engine.POLARS
    assert answer.enhancement.reason == "not nearly ordered: 1 rows came later than hold_back = 16 rows"
    with pytest.raises(DataError, match=r"rows.parquet: .* expected nearly ordered rows, found 1 rows came later"):
        enhance_file(path, EnhancerConfig(engine="kernel"))


@pytest.mark.parametrize("name", ["symbol", "ts_event", "seq"])
@pytest.mark.parametrize("chosen", ["polars", pytest.param("kernel", marks=NEED_NUMBA)])
def test_row_of_a_file_without_a_key_is_one_clear_error(small, written, name, chosen):
    table = ticks(40).with_columns(pl.when(pl.int_range(pl.len()) != 20).then(pl.col(name)).alias(name))
    with pytest.raises(DataError, match=f"expected a '{name}' in every row, found 1 rows without"):
        enhance_file(written(table), EnhancerConfig(engine=chosen))


@NEED_NUMBA
def test_file_that_changes_while_it_is_read_is_refused(small, written):
    table = ticks(40)
    scan, market = pl.scan_parquet(written(table)), take(table.clear())
    for symbols in (table["symbol"][:30], pl.concat([table["symbol"]] * 2)):
        with pytest.raises(
            DataError, match=f"expected a file that stays as it is, found others than the {len(symbols)}"
        ):
            pieces.in_pieces(scan, market, symbols, EnhancerConfig())


@NEED_NUMBA
def test_file_without_rows_has_an_answer_without_rows(written):
    frame = enhance_file(written(ticks(1).clear()), EnhancerConfig(engine="kernel"))
    assert frame.schema == MarketDataEnhancer().enhance_market_data(ticks(1).clear()).schema
    assert frame.is_empty()


def test_file_that_is_none_is_one_clear_error_with_its_name(tmp_path, written):
    path = written(ticks(40))
    path.write_bytes(path.read_bytes()[:-50])
    for bad in (path, tmp_path / "nothing.parquet", tmp_path):
        with pytest.raises(DataError, match=rf"^{bad}: expected a Parquet file that can be enhanced"):
            enhance_file(bad)


def test_page_that_claims_what_cannot_be_is_one_clear_error_and_ends_nothing(written):
    """Polars 2.1 asks for 2^61 bytes where a page has fewer than no values, and the process is aborted."""
    path, said = written(ticks(500)), set()
    whole = path.read_bytes()
    for at in range(4, 64):
        path.write_bytes(whole[:at] + b"\x01" + whole[at + 1 :])
        try:
            enhance_file(path)
        except DataError as error:
            said.add(re.sub(r"\[?-?\d+\]?", "N", str(error).partition(", found ")[2]))
    assert "the page at byte N claims N values in N bytes" in said


def test_name_of_a_file_is_no_pattern(tmp_path, written):
    strange = written(ticks(5)).rename(tmp_path / "a[1]*.parquet")
    assert enhance_file(strange).height == 5
