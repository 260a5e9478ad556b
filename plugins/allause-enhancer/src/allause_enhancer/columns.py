"""The columns that can be added: name, needs, formula, unit and source as data.

The reference page is generated from this table and a test compares them.
"""

from enum import StrEnum

import attrs


class Needs(StrEnum):
    """Name what rows must have for a column."""

    ROWS = "bars, trades or quotes"
    VOLUME = "bars or trades"
    QUOTES = "quotes"
    BOTH = "trades with quotes"
    OPTIONS = "options"


@attrs.frozen(kw_only=True)
class Column:
    """Document one column.

    Attributes:
        name: in the answer.
        needs: rows it can be computed of.
        formula: p is the reference price of a row (close of a bar, mid of a quote, else the trade's price), t its
            traded price (close, price, else mid), v its volume; n - 1 is the symbol's row before row n.
        unit: of the figure.
        source: the columns of the input it reads.
        standard: added when nothing else is asked for.
        kind: Arrow type of the column.
    """

    name: str
    needs: Needs
    formula: str
    unit: str
    source: str
    standard: bool = False
    kind: str = "float64"


_QUOTE = "bid, ask"
_SIZED = "bid, ask, bid_size, ask_size"
_PRICE = "close | bid, ask | price"
_VOLUME = "high, low, close, volume | price, size"
_TRADED = "close | price | bid, ask"

COLUMNS: tuple[Column, ...] = (
    Column(
        name="is_gap", needs=Needs.ROWS, unit="bool", source="seq | ts_event", kind="bool",
        formula="with `seq`: seq[n] - seq[n-1] is not 1; without: ts_event[n] - ts_event[n-1] > `gap_ns`, never where "
        "that is 0; false on the first row",
    ),
    Column(name="mid", needs=Needs.QUOTES, formula="(bid + ask) / 2", unit="price", source=_QUOTE, standard=True),
    Column(name="spread", needs=Needs.QUOTES, formula="ask - bid", unit="price", source=_QUOTE, standard=True),
    Column(name="spread_bps", needs=Needs.QUOTES, formula="spread / mid x 10000", unit="basis points", source=_QUOTE),
    Column(
        name="microprice", needs=Needs.QUOTES, unit="price", source=_SIZED, standard=True,
        formula="(bid x ask_size + ask x bid_size) / (bid_size + ask_size); null without finite sizes, neither "
        "negative, of which one is above 0",
    ),
    Column(
        name="imbalance", needs=Needs.QUOTES, unit="-1 to 1", source=_SIZED,
        formula="(bid_size - ask_size) / (bid_size + ask_size); null as microprice",
    ),
    Column(
        name="simple_return", needs=Needs.ROWS, formula="p[n] / p[n-1] - 1; null on the first row", unit="fraction",
        source=_PRICE,
    ),
    Column(
        name="log_return", needs=Needs.ROWS, formula="ln(p[n] / p[n-1]); null on the first row", unit="fraction",
        source=_PRICE, standard=True,
    ),
    Column(
        name="rolling_volatility", needs=Needs.ROWS, unit="fraction per row", source=_PRICE, standard=True,
        formula="sample standard deviation (divisor `window` - 1) of the last `window` log returns, this row's "
        "included; null until there are so many",
    ),
    Column(
        name="vwap", needs=Needs.VOLUME, unit="price", source=_VOLUME, standard=True,
        formula="sum(v x y) / sum(v) since the symbol's first row, y = (high + low + close) / 3 of a bar, the price of "
        "a trade; a row without a finite positive volume adds nothing; null until one has it",
    ),
    Column(
        name="is_outlier", needs=Needs.ROWS, unit="bool", source=_PRICE, standard=True, kind="bool",
        formula="|log_return - m| > `outlier_threshold` x s and > 1e-12; m and s are mean and sample standard "
        "deviation of the `window` log returns BEFORE this row; false until there are so many",
    ),
    Column(
        name="twap", needs=Needs.ROWS, unit="price", source="ts_event, " + _PRICE,
        formula="sum(p[n-1] x d) / sum(d) since the symbol's first row, d = ts_event[n] - ts_event[n-1], 0 where time "
        "steps back; null until time has passed",
    ),
    Column(
        name="session", needs=Needs.ROWS, unit="number", source="ts_event", kind="int64",
        formula="floor((ts_event - `session_start_ns`) / `session_ns`)",
    ),
    Column(
        name="session_open", needs=Needs.ROWS, unit="price", source="open | " + _TRADED,
        formula="open of the session's first bar, t of its first row",
    ),
    Column(
        name="session_high", needs=Needs.ROWS, unit="price", source="high | " + _TRADED,
        formula="largest high of bars, or t, of the session so far",
    ),
    Column(
        name="session_low", needs=Needs.ROWS, unit="price", source="low | " + _TRADED,
        formula="smallest low of bars, or t, of the session so far",
    ),
    Column(
        name="session_return", needs=Needs.ROWS, formula="ln(t / session_open)", unit="fraction",
        source="open | " + _TRADED,
    ),
    Column(
        name="session_volume", needs=Needs.VOLUME, formula="sum(v) of the session so far", unit="units",
        source="volume | size",
    ),
    Column(
        name="session_vwap", needs=Needs.VOLUME, formula="vwap of the session so far", unit="price", source=_VOLUME,
    ),
    Column(
        name="trade_sign", needs=Needs.ROWS, unit="1 bought, -1 sold, 0 unknown", source=_TRADED, kind="int8",
        formula="with quotes: sign(t - mid); at the mid and without quotes: sign of the last t[n] - t[n-1] that is not "
        "0 (Lee and Ready 1991)",
    ),
    Column(
        name="effective_spread", needs=Needs.BOTH, formula="2 x |price - mid|", unit="price", source="price, bid, ask",
    ),
    Column(
        name="is_bounce", needs=Needs.ROWS, unit="bool", source=_TRADED, kind="bool",
        formula="t[n] - t[n-1] is not 0 and its sign the opposite of the change before, unchanged rows passed over",
    ),
    Column(
        name="roll_spread", needs=Needs.ROWS, unit="price", source=_TRADED,
        formula="2 sqrt(-c), c = mean of (t[n] - t[n-1]) x (t[n-1] - t[n-2]) since the symbol's first row (Roll 1984, "
        "mean change taken as 0); null where c is not negative",
    ),
)  # fmt: skip

_VALUED = "price | bid, ask | last; underlying_price | close; strike, right; years | expiry, ts_event"

#: What options are valued by; S, K, t, r, q, N, n, d1 and d2 as in its module.
GREEKS: tuple[Column, ...] = tuple(
    Column(name=name, needs=Needs.OPTIONS, formula=formula, unit=unit, source=_VALUED)
    for name, formula, unit in (
        (
            "implied_volatility",
            "the v from 1e-6 to 10 at which the worth is the price; where there is none, all columns are null",
            "fraction per year",
        ),
        ("delta", "e^(-qt) N(d1) of a call, -e^(-qt) N(-d1) of a put", "price by price of the underlying"),
        ("gamma", "e^(-qt) n(d1) / (S v sqrt t)", "delta by price of the underlying"),
        ("vega", "S e^(-qt) n(d1) sqrt t", "price by 1.00 of volatility"),
        (
            "theta",
            "-S e^(-qt) n(d1) v / (2 sqrt t) - s r K e^(-rt) N(s d2) + s q S e^(-qt) N(s d1), s as below",
            "price by year of 365 days",
        ),
        ("rho", "s K t e^(-rt) N(s d2), s = 1 of a call, -1 of a put", "price by 1.00 of the rate"),
    )
)

BY_NAME = {column.name: column for column in (*COLUMNS, *GREEKS)}


def reference_page() -> str:
    """Return the page of the columns for the documentation."""
    lines = [
        "# Columns of the enhancer", "",
        "Generated from `allause_enhancer.columns`. p is the reference price of a row (close of a bar, mid of a quote,",
        "else the trade's price), t its traded price (close, price, else mid), v its volume (volume or size); n - 1 is",
        "the symbol's row before row n. A column in the list of standard ones is added when `columns` is not set and",
        "the rows have what it needs. Words in `code` are configuration.", "",
        "| column | type | formula | unit | needs | read from | standard |", "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    lines += [_row(column) for column in COLUMNS]
    lines += [
        "", "## Options", "",
        "These may stand in `columns` too, for quotes or trades of options, and need `allause-enhancer[options]`. S",
        "is the price of the underlying, K the strike, t the years to expiry, r = `rate` and q = `dividend` the",
        "continuous rates of interest and dividend, N and n the normal distribution and density, d1 = (ln(S/K) + (r",
        "- q + v^2/2) t) / (v sqrt t), d2 = d1 - v sqrt t. The price is `price` where there is such a column, else",
        "the mid of `bid` and `ask` where both are above 0 and not crossed, else `last`. t is `years`, else from",
        "`ts_event` to the end of the day `expiry` in `expiry_zone`, in years of 365 days. S is `underlying_price`,",
        "which `allause_enhancer.options.with_underlying(table, bars)` adds: the last `close` of the underlying's",
        "bars not later than the option. They replace columns of their names, such as those a venue has told. A row",
        "is valued by itself, whatever computes the other columns.", "",
        "Rows without a good quote or trade are left out as everywhere; `allause_enhancer.options.greeks(table)`",
        "adds these columns, all or those `chosen`, to every row of a table as it stands, such as a chain of which",
        "many options have no bid.", "",
        "| column | type | formula | unit | needs | read from | standard |", "|---|---|---|---|---|---|---|",
        *map(_row, GREEKS),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _row(column: Column) -> str:
    cells = (f"`{column.name}`", column.kind, column.formula, column.unit, column.needs, column.source)
    line = " | ".join(cell.replace("|", "\\|") for cell in cells)
    return f"| {line} | {'yes' if column.standard else ''} |"
