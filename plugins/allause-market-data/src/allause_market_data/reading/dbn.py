"""Databento Binary Encoding; the extra ``dbn`` brings the decoder.

Prices are stored as integers of 1e-9; a binary64 holds both terms of the quotient, or the price is refused.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_market_data.config import MarketDataConfig
from allause_market_data.reading.dbn_records import ShortRecordError, whole_records
from allause_market_data.reading.packing import Packing
from allause_market_data.reading.reader import Batch, Schema
from allause_market_data.reading.source import Source

_BILLION = 1_000_000_000
_UNDEFINED = 2**63 - 1
_EXACT = 2**53
_PREFIX = 8
_LONGEST_METADATA = 64 << 20
_ROWS = 200_000
_STEPS = {"ohlcv-1s": 1, "ohlcv-1m": 60, "ohlcv-1h": 3600, "ohlcv-1d": 86_400}
_QUOTES = ("mbp-1", "cmbp-1", "bbo-1s", "bbo-1m", "cbbo-1s", "cbbo-1m")
_KINDS = {
    **dict.fromkeys(_STEPS, (Schema.BAR,)),
    **dict.fromkeys(_QUOTES, (Schema.QUOTE,)),
    # each record is a trade and the quote that stood before it
    **dict.fromkeys(("tbbo", "tcbbo"), (Schema.QUOTE, Schema.TRADE)),
    "trades": (Schema.TRADE,),
    "mbp-10": (Schema.DEPTH,),
    "statistics": (Schema.OBSERVATION,),
}
_Row = tuple[Any, ...]


@attrs.frozen
class DbnReader:
    """Read trades, best quotes, ten levels, bars and statistics."""

    name: str = "Databento DBN"

    def recognise(self, source: Source) -> bool:
        """Take what starts as DBN does."""
        return source.packing is not Packing.ZIP and source.head.startswith(b"DBN")

    def read(self, source: Source, config: MarketDataConfig) -> Iterator[Batch]:
        """Yield the records in their order; ``config`` has nothing to say about them."""
        del config
        decoding = _Decoding(source)
        row = 1
        try:
            for state, records in decoding.steps():
                for start in range(0, len(records), _ROWS):
                    part = records[start : start + _ROWS]
                    yield from state.batches(part, row)
                    row += len(part)
        except DataError:
            raise
        except ShortRecordError as error:
            raise _damaged(source.name, decoding.fed + error.offset, str(error)) from None
        except BaseException as error:
            # the decoder's own errors derive from Exception, its panics from nothing less than BaseException
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            raise _damaged(source.name, decoding.fed, " ".join(str(error).split())) from error
        if row == 1:
            yield from state.batches([], row)


class _Decoding:
    """Decode a file, whole records only; ``fed`` counts the bytes of its content that were."""

    def __init__(self, source: Source) -> None:
        self.fed = 0
        self._source, self._held = source, bytearray()
        self._decoder = _library(source.name).DBNDecoder()
        self._begin = _PREFIX + int.from_bytes(source.head[4:_PREFIX], "little")
        if self._begin > _PREFIX + _LONGEST_METADATA:
            raise DataError(
                f"{source.name}: expected DBN metadata of at most {_LONGEST_METADATA} bytes, found a header at byte 4 "
                f"that claims {self._begin - _PREFIX}; fetch it again"
            )

    def steps(self) -> "Iterator[tuple[_State, Sequence[Any]]]":
        """Yield what the metadata say, and records; at least once."""
        state: _State | None = None
        for chunk in self._source.chunks():
            self._held += chunk
            if state is None and len(self._held) >= self._begin and (told := self._decoded(self._begin)):
                state = _state(told[0], self._source.name)
            if state is not None:
                yield state, self._decoded(whole_records(self._held, self._source.head[3], ts_out=state.ts_out))
        if state is None or self._held:
            raise _damaged(self._source.name, self.fed, "it breaks off inside its metadata or a record")

    def _decoded(self, end: int) -> Sequence[Any]:
        self._decoder.write(bytes(self._held[:end]))
        del self._held[:end]
        self.fed += end
        records: Sequence[Any] = self._decoder.decode()
        return records


@attrs.frozen
class _State:
    """Hold what the metadata say."""

    kind: str
    schemas: tuple[Schema, ...]
    symbols: Mapping[int, tuple[tuple[int, int, str], ...]]
    ts_out: bool
    name: str

    def batches(self, records: Sequence[Any], row: int) -> Iterator[Batch]:
        for schema in self.schemas:
            yield self._batch(schema, records, row)

    def _batch(self, wanted: Schema, records: Sequence[Any], row: int) -> Batch:
        make: Callable[[Any, str], Iterable[_Row]] = {
            Schema.BAR: self._bar,
            Schema.QUOTE: self._quote,
            Schema.TRADE: self._trade,
            Schema.DEPTH: self._depth,
            Schema.OBSERVATION: self._statistic,
        }[wanted]
        rows = [(*made, number) for number, one in enumerate(records, row) for made in make(one, self._symbol(one))]
        sequenced = wanted in {Schema.TRADE, Schema.QUOTE}
        names = [*wanted.columns, *(["rest"] if sequenced else []), "row"]
        integers = {"ts_event", "ts_init", "rest", "row", "first_id", "last_id", "previous_id"}
        texts = {"symbol", "side", "field"}
        schema = {key: pl.Int64 if key in integers else pl.String if key in texts else pl.Float64 for key in names} | (
            {"snapshot": pl.Boolean} if wanted is Schema.DEPTH else {}
        )
        frame = pl.DataFrame(rows, schema={key: schema[key] for key in names}, orient="row")
        return Batch(wanted, frame, frozenset(names) - {"adj_close"})

    def _symbol(self, record: Any) -> str:
        known = self.symbols.get(record.instrument_id, ())
        time: int = getattr(record, "ts_recv", record.ts_event)
        return next((symbol for begin, end, symbol in known if begin <= time < end), str(record.instrument_id))

    def _price(self, value: int) -> float:
        if value == _UNDEFINED:
            return float("nan")
        if abs(value) >= _EXACT and float(value) != value:
            raise DataError(
                f"{self.name}: expected prices that a binary64 holds unchanged, found {value} x 1e-9; none is kept so"
            )
        return value / _BILLION

    def _bar(self, record: Any, symbol: str) -> Iterable[_Row]:
        end = record.ts_event + _STEPS[self.kind] * _BILLION
        prices = (self._price(value) for value in (record.open, record.high, record.low, record.close))
        yield (symbol, end, end, *prices, float(record.volume), float("nan"))

    def _trade(self, record: Any, symbol: str) -> Iterable[_Row]:
        price, size = self._price(record.price), float(record.size)
        yield (symbol, record.ts_event, record.ts_recv, price, size, getattr(record, "sequence", None))

    def _quote(self, record: Any, symbol: str) -> Iterable[_Row]:
        best = record.levels[0]
        prices = (self._price(best.bid_px), self._price(best.ask_px))
        event = record.ts_recv if record.ts_event == 2**64 - 1 else record.ts_event
        sizes = (float(best.bid_sz), float(best.ask_sz))
        yield (symbol, event, record.ts_recv, *prices, *sizes, getattr(record, "sequence", None))

    def _depth(self, record: Any, symbol: str) -> Iterable[_Row]:
        ids = (record.sequence, record.sequence, None, True)
        for level in record.levels:
            for side, price, size in (("bid", level.bid_px, level.bid_sz), ("ask", level.ask_px, level.ask_sz)):
                if price != _UNDEFINED:
                    yield (symbol, record.ts_event, record.ts_recv, side, self._price(price), float(size), *ids)

    def _statistic(self, record: Any, symbol: str) -> Iterable[_Row]:
        field = str(getattr(record.stat_type, "name", record.stat_type)).lower()
        counted = float("nan") if record.quantity == _UNDEFINED else float(record.quantity)
        value = counted if record.price == _UNDEFINED else self._price(record.price)
        yield (symbol, record.ts_event, record.ts_recv, field, value)


def _state(metadata: Any, name: str) -> _State:
    kind = str(metadata.schema)
    if kind not in _KINDS:
        raise DataError(
            f"{name}: expected DBN of {', '.join(sorted(_KINDS))}, found {kind}, which no schema of ours holds; "
            "ask for one of these"
        )
    symbols: dict[int, list[tuple[int, int, str]]] = {}
    for symbol, spans in metadata.mappings.items():
        for span in spans:
            if str(span["symbol"]).isdigit():
                days = (_midnight(span["start_date"]), _midnight(span["end_date"]), symbol)
                symbols.setdefault(int(span["symbol"]), []).append(days)
    known = {key: tuple(spans) for key, spans in symbols.items()}
    return _State(kind, _KINDS[kind], known, bool(metadata.ts_out), name)


def _midnight(day: Any) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * _BILLION


def _library(name: str) -> ModuleType:
    try:
        import databento_dbn  # noqa: PLC0415 - an extra
    except ImportError:
        raise DataError(
            f"{name}: expected the decoder of DBN to be installed, found none; "
            "install it with: pip install 'allause-market-data[dbn]', "
            "or in a checkout './plugins/allause-market-data[dbn]'"
        ) from None
    return databento_dbn


def _damaged(name: str, offset: int, reason: str) -> DataError:
    return DataError(
        f"{name}: expected a whole DBN file, found a truncated or damaged one at byte {offset} of its content "
        f"({reason}); fetch it again"
    )
