"""Small data for tests, the same in every run; the prices are made up."""

from decimal import Decimal
from random import Random

from arro3.core import Array, DataType, Table

from allause.models.market import BAR_COLUMNS
from allause.venue import Venue

SYMBOLS = ("ALPHA", "BETA")
_DAYS = 30
_FIRST_DAY = 19_724
_DAY_NS = 86_400_000_000_000
_BID, _ASK, _SIZE = Decimal(99), Decimal(101), Decimal(100)


def bar_table() -> Table:
    """Return bars of two symbols with the columns and types of the contract, ordered by time."""
    random = Random(0)  # noqa: S311 - a repeatable sample, no secret
    close = dict.fromkeys(SYMBOLS, 100.0)
    rows: list[dict[str, object]] = []
    for day in range(_FIRST_DAY, _FIRST_DAY + _DAYS):
        for symbol in SYMBOLS:
            opened, close[symbol] = close[symbol], round(close[symbol] * random.uniform(0.98, 1.02), 2)
            rows.append(
                {
                    "symbol": symbol,
                    "ts_event": day * _DAY_NS,
                    "ts_init": day * _DAY_NS,
                    "open": opened,
                    "high": max(opened, close[symbol]),
                    "low": min(opened, close[symbol]),
                    "close": close[symbol],
                    "volume": float(random.randint(100, 900)),
                    "adj_close": close[symbol],
                }
            )
    types = {"symbol": DataType.string(), "ts_event": DataType.int64(), "ts_init": DataType.int64()}
    return Table.from_pydict(
        {name: Array([row[name] for row in rows], types.get(name, DataType.float64())) for name in BAR_COLUMNS}
    )


def quoted_venue() -> Venue:
    """Return a venue on which both symbols can be traded at once."""
    venue = Venue()
    for symbol in SYMBOLS:
        venue.quote(symbol, _BID, _ASK, _SIZE, _SIZE, ts=_FIRST_DAY * _DAY_NS)
    return venue
