"""QuantConnect Lean zip archives: headerless members, whose columns, units and zone the names around them tell.

A bar ends one step after the time that is stored. A quote bar becomes the quote that stood at its end; the way there is
left out. An absent side is NaN. Prices of equities and options are integers in 1/10000.
"""

import io
import re
from collections.abc import Iterator, Sequence

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.exactness import require_exact, unscaled
from allause_market_data.reading.lean_names import LeanFile, LeanMember, lean_file, lean_member
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch, Schema, batch
from allause_market_data.reading.source import Source
from allause_market_data.times import YEARS

_FIRST_LINE = re.compile(rb"^(\d{1,8}|\d{8} \d\d:\d\d),[^\r\n]*", re.ASCII)
_BLOCK = 32 << 20
_SECOND = 1_000_000_000
_DAY_S = 86_400
# by the number of fields: a bar, a quote bar, open interest, a tick of a quote by exchange, a plain tick of a quote
_BAR, _QUOTE_BAR, _INTEREST, _QUOTE_TICK, _PLAIN_TICK = 6, 11, 2, 8, 3


@attrs.frozen
class LeanReader:
    """Read zip archives as QuantConnect Lean writes them."""

    name: str = "Lean zip"

    def recognise(self, source: Source) -> bool:
        """Take zip archives of headerless rows that start with a time, in members that Lean would name so."""
        return (
            source.packing is Packing.ZIP
            and _FIRST_LINE.match(source.head) is not None
            and lean_member(source.members[0].filename, "") is not None
        )

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield the rows of the members, in the order of the archive."""
        file = lean_file(source.name)
        if not file.type and (config.zone is None or config.price_scale is None):
            raise DataError(
                f"{source.name}: expected a path as Lean lays it out (equity/usa/minute/spy/...), which tells zone and "
                "price scale, found none; declare zone and price_scale in the configuration, or move the file"
            )
        zone, scale = config.zone or file.zone, config.price_scale or file.scale
        row = 1
        held: list[tuple[LeanMember, bytes]] = []
        size = 0
        for info, data in source.archive(source.members):
            member = lean_member(info.filename, file.ticker)
            if member is None:
                raise DataError(f"{source.name}: expected members as Lean names them, found {info.filename!r}")
            held.append((member, data))
            size += len(data)
            if size >= _BLOCK:
                yield from _parse(held, file, source.name, zone, scale, row)
                row += _lines(held)
                held, size = [], 0
        if held:
            yield from _parse(held, file, source.name, zone, scale, row)


def _lines(held: Sequence[tuple[LeanMember, bytes]]) -> int:
    return sum(data.count(b"\n") + (not data.endswith(b"\n") and bool(data)) for _, data in held)


def _parse(
    held: Sequence[tuple[LeanMember, bytes]], file: LeanFile, name: str, zone: str, scale: float, first_row: int
) -> Iterator[Batch]:
    texts = [data if data.endswith(b"\n") or not data else data + b"\n" for _, data in held]
    counts = [text.count(b"\n") for text in texts]
    width = next(text for text in texts if text).split(b"\n", 1)[0].count(b",") + 1
    try:
        raw = pl.read_csv(
            io.BytesIO(b"".join(texts)),
            has_header=False,
            infer_schema=False,
            new_columns=[f"f{number}" for number in range(width)],
        )
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"{name}: expected rows of {width} fields, found others ({str(error).splitlines()[0]}); fetch it again"
        ) from error
    if raw.height != sum(counts) or raw.width != width:
        raise DataError(f"{name}: expected {sum(counts)} rows of {width} fields, found {raw.height} of {raw.width}")
    members = [member for member, _ in held]
    table = raw.with_columns(
        pl.int_range(first_row, first_row + raw.height, dtype=pl.Int64).alias("row"),
        pl.Series("symbol", [member.symbol for member in members]).gather(_index(counts)),
        pl.Series("day", [member.day for member in members], dtype=pl.Date).gather(_index(counts)),
    )
    table = _timed(table, file, name, zone)
    _require_numbers(table, width, name)
    yield _batch(table, width, members, counts, file, name, scale)


def _index(counts: Sequence[int]) -> pl.Series:
    return pl.Series(range(len(counts)), dtype=pl.UInt32).repeat_by(pl.Series(counts)).explode().cast(pl.UInt32)


def _timed(table: pl.DataFrame, file: LeanFile, name: str, zone: str) -> pl.DataFrame:
    """Add ``ts``: when the row was final, nanoseconds UTC."""
    # nanoseconds wrap silently outside the years that they hold, so the times are made of microseconds
    own = pl.col("f0").str.to_datetime("%Y%m%d %H:%M", time_unit="us", strict=False)
    milliseconds = pl.col("f0").cast(pl.Int64, strict=False)
    within = pl.when(milliseconds.is_between(0, _DAY_S * 1000 - 1)).then(milliseconds)
    counted = pl.col("day").cast(pl.Datetime("us")) + pl.duration(milliseconds=within)
    step = 0 if file.step_s is None else file.step_s
    if file.step_s is None and table["day"].null_count() == table.height:
        step = _DAY_S
    start = pl.coalesce(own, counted)
    start = pl.when(start.dt.year().is_between(*YEARS)).then(start)
    timed = table.with_columns(
        ts=(start + pl.duration(seconds=step)).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    )
    bad = timed["ts"].is_null().arg_true()
    if len(bad):
        at = int(bad[0])
        raise DataError(
            f"{name}: expected milliseconds of the day or YYYYMMDD HH:MM, found {table['f0'][at]!r} in row "
            f"{table['row'][at]} ({len(bad)} such rows); repair or remove them"
        )
    return timed.with_columns(pl.col("ts").dt.epoch("ns").cast(pl.Int64))


def _require_numbers(table: pl.DataFrame, width: int, name: str) -> None:
    """Refuse text where a number must be; an empty field is an absent side."""
    texts = {_BAR: ("f3", "f4")}.get(width, ()) if table.schema["f0"] == pl.String and _is_tick(table, width) else ()
    skipped = {"f5", "f6"} if width == _QUOTE_TICK else set(texts)
    for column in (f"f{number}" for number in range(1, width)):
        if column not in skipped:
            bad = (table[column].cast(pl.Float64, strict=False).is_null() & table[column].is_not_null()).arg_true()
            if len(bad):
                at = int(bad[0])
                raise DataError(
                    f"{name}: expected a number in field {int(column[1:]) + 1}, found {table[column][at]!r} in row "
                    f"{table['row'][at]}; repair or remove it"
                )
            require_exact(table[column], f"field {int(column[1:]) + 1}", name, table["row"][0])


def _is_tick(table: pl.DataFrame, width: int) -> bool:
    """Say whether rows of six fields are ticks: the fourth is the letter of an exchange."""
    return width == _BAR and table["f3"].str.contains(r"^[A-Za-z]").any()


def _batch(
    table: pl.DataFrame,
    width: int,
    members: Sequence[LeanMember],
    counts: Sequence[int],
    file: LeanFile,
    name: str,
    scale: float,
) -> Batch:
    times = {"symbol": pl.col("symbol"), "ts_event": pl.col("ts"), "ts_init": pl.col("ts")}
    if _is_tick(table, width):
        columns = {"price": _price("f1", scale), "size": _number("f2"), "rest": pl.struct("f3", "f4", "f5").hash()}
        return attrs.evolve(batch(Schema.TRADE, times | columns, table), repeats=True)
    if width == _BAR:
        prices = {key: _price(f"f{n}", scale) for n, key in enumerate(("open", "high", "low", "close"), 1)}
        return batch(Schema.BAR, times | prices | {"volume": _number("f5")}, table)
    if width == _INTEREST:
        return batch(Schema.OBSERVATION, times | {"field": pl.lit("open_interest"), "value": _number("f1")}, table)
    quote = _quote(width, scale, name)
    if file.type in {"option", "indexoption"}:
        return batch(Schema.OPTION, times | quote | _contract(members, counts), table)
    return attrs.evolve(batch(Schema.QUOTE, times | quote, table), repeats=width != _QUOTE_BAR)


def _quote(width: int, scale: float, name: str) -> dict[str, pl.Expr]:
    if width == _QUOTE_BAR:
        return {
            "bid": _price("f4", scale),
            "bid_size": _sided("f5", "f4"),
            "ask": _price("f9", scale),
            "ask_size": _sided("f10", "f9"),
        }
    if width == _QUOTE_TICK:  # one side a row, the other zero
        return {
            "bid": _present("f1", scale),
            "bid_size": _sided("f2", "f1"),
            "ask": _present("f3", scale),
            "ask_size": _sided("f4", "f3"),
            "rest": pl.struct("f5", "f6", "f7").hash(),
        }
    if width == _PLAIN_TICK:
        return {"bid": _price("f1", scale), "ask": _price("f2", scale)}
    raise DataError(f"{name}: expected rows of 2, 3, 6, 8 or 11 fields as Lean writes them, found {width}")


def _contract(members: Sequence[LeanMember], counts: Sequence[int]) -> dict[str, pl.Expr]:
    index = _index(counts)
    columns = {
        "underlying": pl.Series([member.underlying for member in members], dtype=pl.String),
        "expiry": pl.Series([member.expiry for member in members], dtype=pl.Date),
        "strike": pl.Series([member.strike for member in members], dtype=pl.Float64),
        "right": pl.Series([member.right for member in members], dtype=pl.String),
    }
    return {key: pl.lit(values.gather(index)) for key, values in columns.items()}


def _number(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64).fill_null(float("nan"))


def _price(column: str, scale: float) -> pl.Expr:
    return _number(column).map_batches(lambda numbers: unscaled(numbers, scale), return_dtype=pl.Float64)


def _present(column: str, scale: float) -> pl.Expr:
    price = _price(column, scale)
    return pl.when(price > 0).then(price).otherwise(float("nan"))


def _sided(size: str, price: str) -> pl.Expr:
    absent = pl.col(price).is_null() | (pl.col(price) == "0")
    return pl.when(absent).then(float("nan")).otherwise(_number(size))
