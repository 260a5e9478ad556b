"""Recorded market data with known dirt in it, one symbol for each cause.

So what a component counts can be told apart by the symbol that it is asked for.
"""

from collections.abc import Callable, Iterator, Mapping
from math import nan
from random import Random
from typing import Any

import attrs

from allause.kinds.recordings import Case, Recording, Row
from allause.models.market import BAR_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS, DefectCause, DoubtCause

Rows = list[Row]

_SECOND = 1_000_000_000
_MINUTE, _HOUR, _DAY = 60 * _SECOND, 3_600 * _SECOND, 86_400 * _SECOND
_BEGIN = 1_700_006_400 * _SECOND  # a midnight
_AGES = 20_000 * _DAY  # from there into a future that no clock here will see
_ROWS, _SETTLED = 100, 260
_SIZES = ("volume", "size", "bid_size", "ask_size")


@attrs.frozen
class _Dirt:
    """Name one way to spoil rows.

    Attributes:
        spoil: takes the rows of a symbol and a random source; changes them, and returns how many are hurt and the
            indices of those that may not be served.
        defects: see ``Case``.
        doubt: see ``Case``.
        rows: how many it needs.
        certain: whether a row shows it by itself or beside the others of its symbol, whatever the time is now and
            whatever the component takes for likely. A doubt is not, unless it is said to be.
    """

    spoil: Callable[[Rows, Random], tuple[int, set[int]]]
    defects: frozenset[DefectCause]
    doubt: DoubtCause | None = None
    rows: int = _ROWS
    certain: bool = attrs.field(default=attrs.Factory(lambda self: self.doubt is None, takes_self=True))


def recording(schema: str, random: Random, *, certain: bool = False) -> Recording:
    """Draw the file of a schema: ``bars``, ``quotes`` or ``trades``.

    :param certain: leave out what is only unlikely, or depends on the time that it is now.
    """
    columns, begin = _SCHEMAS[schema]
    every = {name: dirt for name, dirt in DIRT[schema].items() if dirt.certain or not certain}
    cases = [_case(name, dirt, columns, begin, random) for name, dirt in sorted([*every.items(), (CLEAN, _NONE)])]
    return Recording(columns=columns, cases=tuple(cases))


def truncated(schema: str, random: Random) -> Recording:
    """Draw a file of one symbol that breaks off in its last row, before the first price of it."""
    columns, begin = _SCHEMAS[schema]
    case = _case(TRUNCATED, _Dirt(_cut_off, _only(DefectCause.NON_FINITE, DefectCause.SUSPECT)), columns, begin, random)
    return Recording(columns=columns, cases=(case,), whole=False)


def _case(name: str, dirt: _Dirt, columns: tuple[str, ...], step: int, random: Random) -> Case:
    symbol = name.replace("_", "").upper()
    rows = list(_market(symbol, columns, step, dirt.rows, random))
    hurt, bad = dirt.spoil(rows, random)
    good = sorted((row for index, row in enumerate(rows) if index not in bad), key=lambda row: row["ts_event"])
    return Case(
        name=name, symbol=symbol, rows=tuple(rows), good=tuple(good), hurt=hurt, defects=dirt.defects, doubt=dirt.doubt
    )


def _market(symbol: str, columns: tuple[str, ...], step: int, count: int, random: Random) -> Iterator[Row]:
    price = random.uniform(40.0, 90.0)
    for number in range(count):
        price *= 1 + random.choice((-1, 1)) * random.uniform(0.0002, 0.0006)
        last, ts = round(price, 2), _BEGIN + number * step
        units = [float(random.randint(100, 900)) for _ in _SIZES]
        values = {
            "open": last, "high": round(last * 1.001 + 0.01, 2), "low": round(last * 0.999 - 0.01, 2), "close": last,
            "price": last, "bid": round(last - 0.01, 2), "ask": round(last + 0.01, 2), "adj_close": nan,
            **dict(zip(_SIZES, units, strict=True)),
        }  # fmt: skip # one row
        yield {name: values.get(name) for name in columns} | {"symbol": symbol, "ts_event": ts, "ts_init": ts}


def _change(**values: Any) -> Callable[[Rows, Random], tuple[int, set[int]]]:
    """Return what gives one row other values, each a value or a function of the row."""

    def spoil(rows: Rows, random: Random) -> tuple[int, set[int]]:
        index = random.randrange(30, _ROWS - 30)
        row = rows[index]
        rows[index] = row | {name: value(row) if callable(value) else value for name, value in values.items()}
        return 1, {index}

    return spoil


def _again(**values: Any) -> Callable[[Rows, Random], tuple[int, set[int]]]:
    """Return what puts one row in a second time, with other values where some are given."""

    def spoil(rows: Rows, random: Random) -> tuple[int, set[int]]:
        index = random.randrange(30, _ROWS - 30)
        rows.insert(index + 1, rows[index] | {name: value(rows[index]) for name, value in values.items()})
        return 1, {index + 1}

    return spoil


def _late_in_file(rows: Rows, random: Random) -> tuple[int, set[int]]:
    index = random.randrange(30, _ROWS - 30)
    rows.insert(index + random.randint(2, 9), rows.pop(index))
    return 1, set()


def _later(pause: int, factor: float = 1.0) -> Callable[[Rows, Random], tuple[int, set[int]]]:
    """Return what lets time pass before one row, and prices from it on stand at another level."""

    def spoil(rows: Rows, random: Random) -> tuple[int, set[int]]:
        begin = random.randrange(40, _ROWS - 40)
        for row in rows[begin:]:
            row.update({name: row[name] + pause for name in ("ts_event", "ts_init")})
            row.update(_scaled(row, factor))
        return 1 if factor == 1 else len(rows) - begin, set()

    return spoil


def _scaled(row: Row, factor: float) -> Row:
    prices = ("open", "high", "low", "close", "price", "bid", "ask")
    return {name: round(row[name] * factor, 2) for name in prices if name in row and factor != 1}


def _split(rows: Rows, random: Random) -> tuple[int, set[int]]:
    hurt = _later(0, 0.5)(rows, random)
    begin = next(index for index in range(1, len(rows)) if rows[index]["close"] < rows[index - 1]["close"] * 0.7)
    for row in rows[begin:]:
        row["volume"] *= 2
    return hurt


def _interleaved(rows: Rows, random: Random) -> tuple[int, set[int]]:
    """Give prices in another unit twice for a while, as where two files are put together."""
    begin, length = random.randrange(20, 30), random.randint(10, 15)
    hurt = [*rows[begin : begin + length], *rows[begin + 2 * length : begin + 3 * length]]
    for row in hurt:
        row.update(_scaled(row, 100.0))
    return len(hurt), set()


def _cut_off(rows: Rows, _: Random) -> tuple[int, set[int]]:
    times = ("symbol", "ts_event", "ts_init")
    rows[-1] = {name: value if name in times else nan for name, value in rows[-1].items()}
    return 1, {len(rows) - 1}


def _skewed(rows: Rows, _: Random) -> tuple[int, set[int]]:
    for row in rows:
        row["ts_init"] -= 5 * _SECOND
    return len(rows), set()


def _frozen(rows: Rows, random: Random) -> tuple[int, set[int]]:
    begin = random.randrange(20, 40)
    same = {name: value for name, value in rows[begin].items() if name not in {"ts_event", "ts_init"}}
    for row in rows[begin : begin + 40]:
        row.update(same)
    return 40, set()


def _finer(rows: Rows, random: Random) -> tuple[int, set[int]]:
    begin = random.randrange(210, 230)
    for row in rows[begin:]:
        row.update({name: round(row[name] + 0.0003, 4) for name in ("open", "high", "low", "close")})
    return len(rows) - begin, set()


def _in_the_future(rows: Rows, _: Random) -> tuple[int, set[int]]:
    rows[-1] |= {"ts_event": _BEGIN + _AGES, "ts_init": _BEGIN + _AGES}
    return 1, {len(rows) - 1}


def _nothing(rows: Rows, random: Random) -> tuple[int, set[int]]:
    """Spoil nothing, and leave what looks like dirt: a pause, a fair move that stays, a price that stands still."""
    begin = random.randrange(40, _ROWS - 40)
    for row in rows[begin:]:
        row.update(_scaled(row, 1.04))
    for row in rows[begin + 10 : begin + 14]:
        row.update({name: value for name, value in rows[begin + 9].items() if name not in {"ts_event", "ts_init"}})
    rows[begin + 20]["ts_init"] += _SECOND
    if "price" in rows[0]:
        rows[5]["ts_event"] = rows[5]["ts_init"] = rows[4]["ts_event"]  # two trades of one moment
    return 0, set()


def _only(*causes: DefectCause) -> frozenset[DefectCause]:
    return frozenset(causes)


def _doubted(spoil: Callable[[Rows, Random], tuple[int, set[int]]], doubt: DoubtCause, *more: DefectCause,
             rows: int = _ROWS, certain: bool = False) -> _Dirt:  # fmt: skip # one line is enough
    return _Dirt(spoil, frozenset({DefectCause.SUSPECT, *more}), doubt, rows, certain)


CLEAN, TRUNCATED = "clean", "truncated"
_NONE = _Dirt(_nothing, frozenset())
_SCHEMAS: Mapping[str, tuple[tuple[str, ...], int]] = {
    "bars": (BAR_COLUMNS, _MINUTE),
    "quotes": (QUOTE_COLUMNS, _SECOND),
    "trades": (TRADE_COLUMNS, _SECOND),
}

#: What is put in, by schema and name. The numbers of trades and the currency of a price have no column in the contract,
#: so a number that is missing, and a currency other than by the leap that it makes, are no dirt here.
DIRT: Mapping[str, Mapping[str, _Dirt]] = {
    "bars": {
        "duplicate": _Dirt(_again(), _only(DefectCause.DUPLICATE)),
        "duplicate_key": _Dirt(_again(volume=lambda row: row["volume"] + 1), _only(DefectCause.DUPLICATE)),
        "disorder": _Dirt(_late_in_file, _only(DefectCause.DISORDER)),
        "non_finite": _Dirt(_change(close=nan), _only(DefectCause.NON_FINITE)),
        "negative_price": _Dirt(_change(low=lambda row: -row["low"]), _only(DefectCause.NEGATIVE_PRICE)),
        "zero_price": _Dirt(_change(low=0.0), _only(DefectCause.NEGATIVE_PRICE)),
        "impossible_bar": _Dirt(
            _change(high=lambda row: round(row["low"] - 0.5, 2)), _only(DefectCause.IMPOSSIBLE_BAR)
        ),
        "time_reversed": _Dirt(
            _change(ts_init=lambda row: row["ts_event"] - _HOUR), _only(DefectCause.TIME_REVERSED)
        ),
        "future": _Dirt(_in_the_future, _only(DefectCause.TIME_REVERSED, DefectCause.SUSPECT), certain=False),
        "gap": _Dirt(_later(30 * _DAY), _only(DefectCause.GAP)),
        "clock_skew": _doubted(_skewed, DoubtCause.CLOCK_SKEW, DefectCause.TIME_REVERSED, certain=True),
        "late": _doubted(_change(ts_init=lambda row: row["ts_event"] + _HOUR), DoubtCause.LATE),
        "mixed_unit": _doubted(_later(0, 100.0), DoubtCause.MIXED_UNIT),
        "interleaved_unit": _doubted(_interleaved, DoubtCause.MIXED_UNIT),
        "ticker_reuse": _doubted(_later(200 * _DAY, 3.3), DoubtCause.TICKER_REUSE),
        "split": _doubted(_split, DoubtCause.SPLIT),
        "spike": _doubted(_change(**{name: lambda row, name=name: round(row[name] * 1.5, 2)
                                     for name in ("open", "high", "low", "close")}), DoubtCause.SPIKE),
        "large_move": _doubted(_later(0, 1 / 1.75), DoubtCause.LARGE_MOVE),
        "frozen": _doubted(_frozen, DoubtCause.FROZEN),
        "precision_change": _doubted(_finer, DoubtCause.PRECISION_CHANGE, rows=_SETTLED),
    },
    "quotes": {
        "crossed_quote": _Dirt(_change(bid=lambda row: round(row["ask"] + 0.5, 2)), _only(DefectCause.CROSSED_QUOTE)),
        "duplicate": _Dirt(_again(), _only(DefectCause.DUPLICATE)),
        "negative_price": _Dirt(_change(bid=lambda row: -row["bid"]), _only(DefectCause.NEGATIVE_PRICE)),
        "non_finite": _Dirt(_change(bid=nan, ask=nan), _only(DefectCause.NON_FINITE)),
        "time_reversed": _Dirt(
            _change(ts_init=lambda row: row["ts_event"] - _HOUR), _only(DefectCause.TIME_REVERSED)
        ),
        "one_sided": _doubted(
            _change(bid=nan, bid_size=nan), DoubtCause.ONE_SIDED, DefectCause.NON_FINITE, certain=True
        ),
        "silent_month": _doubted(_later(30 * _DAY), DoubtCause.STALE, DefectCause.GAP, certain=True),
        "mixed_unit": _doubted(_later(0, 100.0), DoubtCause.MIXED_UNIT),
        "locked_quote": _doubted(_change(bid=lambda row: row["ask"]), DoubtCause.LOCKED_QUOTE),
        "stale": _doubted(_later(6 * _HOUR), DoubtCause.STALE, DefectCause.GAP),
    },
    "trades": {
        "disorder": _Dirt(_late_in_file, _only(DefectCause.DISORDER)),
        "non_finite": _Dirt(_change(price=nan), _only(DefectCause.NON_FINITE)),
        "zero_price": _Dirt(_change(price=0.0), _only(DefectCause.NEGATIVE_PRICE)),
        "negative_price": _Dirt(_change(size=lambda row: -row["size"]), _only(DefectCause.NEGATIVE_PRICE)),
        "repeat": _doubted(_again(), DoubtCause.REPEAT, DefectCause.DUPLICATE),
        "late": _doubted(_change(ts_init=lambda row: row["ts_event"] + _HOUR), DoubtCause.LATE),
        "stale": _doubted(_later(6 * _HOUR), DoubtCause.STALE, DefectCause.GAP),
        "silent_month": _doubted(_later(30 * _DAY), DoubtCause.STALE, DefectCause.GAP, certain=True),
        "mixed_unit": _doubted(_later(0, 100.0), DoubtCause.MIXED_UNIT),
    },
}  # fmt: skip # one thought a row
