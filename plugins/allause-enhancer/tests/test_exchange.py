import polars as pl
import pytest

from allause.exceptions import DataError
from allause.models import BAR_COLUMNS
from allause_enhancer import MarketDataEnhancer

ROWS = (("B", 1, 10.0), ("A", 2, 11.0), ("A", 1, 10.0))


def imported(name):
    return pytest.importorskip(name, reason=f"{name} is not installed")


def as_pandas(table):
    imported("pyarrow")
    columns = {name: table[name].to_list() for name in table.columns}
    return imported("pandas").DataFrame(columns)


def as_pyarrow(table):
    return imported("pyarrow").table(table)


def as_pyarrow_reader(table):
    return imported("pyarrow").table(table).to_reader()


def as_arro3(table):
    return imported("arro3.core").Table.from_arrow(table)


def as_duckdb(table):
    connection = imported("duckdb").connect()
    connection.register("bars", imported("pyarrow").table(table))
    return connection.sql("select * from bars")


@pytest.mark.parametrize("convert", [as_pandas, as_pyarrow, as_pyarrow_reader, as_arro3, as_duckdb])
def test_tables_of_every_library_give_the_answer_of_polars(enhancer, bars, convert):
    table = bars(*ROWS)
    expected = enhancer.enhance_market_data(market_data=table)
    assert enhancer.enhance_market_data(market_data=convert(table)).equals(expected)


@pytest.mark.parametrize("convert", [as_pyarrow, as_arro3, as_pandas])
def test_answer_is_taken_by_other_libraries(enhancer, bars, convert):
    enhanced = enhancer.enhance_market_data(market_data=bars(*ROWS))
    assert len(convert(enhanced)) == 3


@pytest.mark.parametrize("method", ["enhance_market_data", "enhance_market_data_throughput", "bars"])
@pytest.mark.parametrize("column", BAR_COLUMNS)
def test_missing_column_is_named(enhancer, bars, method, column):
    with pytest.raises(DataError, match=f"expected the column '{column}' of bars, found"):
        getattr(enhancer, method)(market_data=bars(*ROWS).drop(column))


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("symbol", pl.Binary),
        ("ts_event", pl.Int32),
        ("ts_init", pl.Float64),
        ("close", pl.Float32),
        ("volume", pl.Int64),
    ],
)
def test_other_type_is_named_with_what_was_expected(enhancer, bars, column, kind):
    with pytest.raises(DataError, match=f"expected .* in column '{column}', found {kind()}"):
        enhancer.enhance_market_data(market_data=bars(*ROWS).with_columns(pl.col(column).cast(kind)))


@pytest.mark.parametrize("column", ["symbol", "ts_event"])
def test_row_without_a_key_is_refused(enhancer, bars, column):
    table = bars(*ROWS).with_columns(pl.when(pl.col("close") < 11).then(pl.col(column)).alias(column))
    with pytest.raises(DataError, match=f"expected a '{column}' in every row, found 1 row"):
        enhancer.enhance_market_data(market_data=table)


@pytest.mark.parametrize("thing", [None, 5, "AAPL", [1], {"symbol": ["A"]}])
def test_what_is_no_table_is_refused(thing):
    with pytest.raises(DataError, match=f"found {type(thing).__name__}; pass a polars"):
        MarketDataEnhancer().enhance_market_data(market_data=thing)


def test_lazy_frame_gets_its_own_hint(bars):
    with pytest.raises(DataError, match=r"found LazyFrame; call \.collect\(\) first"):
        MarketDataEnhancer().enhance_market_data(market_data=bars(*ROWS).lazy())


def test_table_that_cannot_be_exported_is_one_clear_error():
    class Refusing:
        def __arrow_c_stream__(self, requested_schema=None):
            raise OSError("connection has an open result")

    with pytest.raises(DataError, match="OSError: connection has an open result; materialise it"):
        MarketDataEnhancer().enhance_market_data(market_data=Refusing())


def test_busy_duckdb_relation_gets_a_hint_and_another_connection_s_an_answer(enhancer, bars):
    duckdb, table = imported("duckdb"), imported("pyarrow").table(bars(*ROWS))
    connection = duckdb.connect()
    connection.register("bars", table)
    relation = connection.sql("select * from bars")
    reader = relation.to_arrow_reader(1)  # a result that is being read
    with pytest.raises(DataError, match="close other results of its connection"):
        enhancer.enhance_market_data(market_data=relation)
    del reader


def test_categorical_symbols_are_ordered_as_text(enhancer, bars):
    table = bars(*ROWS)
    expected = enhancer.enhance_market_data(market_data=table)["ts_event"].to_list()
    for kind in (pl.Categorical, pl.Enum(["B", "A"]), pl.Enum(["A", "B", "C"])):
        found = enhancer.enhance_market_data(market_data=table.with_columns(pl.col("symbol").cast(kind)))
        assert found["ts_event"].to_list() == expected
