"""Arrow tables as lists, and back; the only module here that needs arro3."""

from typing import Any

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema, Table

from allause.isolation.bounds import Meter, Path

_TYPES = {
    "Utf8": DataType.string(),
    "Int64": DataType.int64(),
    "Float64": DataType.float64(),
    "Boolean": DataType.bool(),
}


def read_table(value: Any, path: Path, meter: Meter) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """Return the columns of an Arrow stream as lists, and their types by name.

    Batches are taken one by one, so that an endless stream ends at the bound on rows.

    Raises:
        OversizedError: more rows or cells than the bounds allow.
        ValueError: two columns of one name.
    """
    reader = RecordBatchReader.from_arrow(value)
    names = [str(name) for name in reader.schema.names]
    if len(set(names)) < len(names):
        raise ValueError(f"a table with two columns of one name: {names}")
    types = {name: _type_name(reader.schema.field(index).type) for index, name in enumerate(names)}
    columns: dict[str, list[Any]] = {name: [] for name in names}
    rows = 0
    for batch in reader:
        rows += batch.num_rows
        meter.table(path, rows, 0)
        for index, name in enumerate(names):
            columns[name].extend(batch.column(index).to_pylist())
    meter.table(path, rows, len(names))
    return columns, types


def make_table(columns: dict[str, list[Any]], types: dict[str, str]) -> Table:
    """Return an Arrow table of the four types the contract's tables use: Utf8, Int64, Float64, Boolean.

    Its rows come in two batches, as those of a table from a stream do in many.

    Raises:
        ValueError: another type.
    """
    unknown = sorted(set(types.values()) - set(_TYPES))
    if unknown:
        raise ValueError(f"no table column can be made of type {unknown[0]}, expected one of {sorted(_TYPES)}")
    arrays = [Array(column, type=_TYPES[types[name]]) for name, column in columns.items()]
    whole = RecordBatch.from_arrays(arrays, schema=Schema([Field(name, _TYPES[types[name]]) for name in columns]))
    first = whole.num_rows // 3
    batches = [whole.slice(0, first), whole.slice(first)] if first else [whole]
    return Table.from_batches(batches, schema=whole.schema)


def _type_name(kind: DataType) -> str:
    return repr(kind).strip().removeprefix("arro3.core.DataType<").removesuffix(">")
