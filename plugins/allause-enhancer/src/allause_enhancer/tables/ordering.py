"""Clean and order rows with polars.

Nearly all the time of an enhancement is the movement of rows into order, so each sort is of one integer: code of the
symbol, key and row number packed into 64 bits where they fit, and the low bits of what is sorted are the order itself.
Where they do not fit, rows not in order of their keys are sorted by these first, and then code and row number. Rows
that come ordered are not moved.
"""

import polars as pl

from allause_enhancer.config import EnhancerConfig
from allause_enhancer.tables.exchange import Market, kept

CODE = "__allause_code__"
_ROW = "__allause_row__"
_KEY = "__allause_key__"
_BITS = 63
_FEW = 10_000


def number(symbols: pl.Series) -> tuple[pl.Series, list[str]]:
    """Number the symbols in their order; return the numbers and the symbols."""
    kind = symbols.dtype
    if isinstance(kind, pl.Enum):
        names = kind.categories.to_list()
        if names == sorted(names):
            return symbols.to_physical().alias(CODE), names
    text = symbols.cast(pl.String)
    names = text.unique().sort().to_list()
    return text.cast(pl.Enum(names)).to_physical().alias(CODE), names


def good(market: Market) -> pl.Expr:
    """Return whether the prices of a row are finite and positive, and its quote not crossed."""
    fine = [pl.col(name).is_finite() & (pl.col(name) > 0) for name in market.prices]
    if "bid" in market.prices:
        fine.append(pl.col("bid") <= pl.col("ask"))
    return pl.all_horizontal(fine).fill_null(value=False)


def clean(market: Market, columns: list[str] | None = None) -> pl.DataFrame:
    """Return good rows by symbol then key, the first of each key that can come once; key and code ``CODE`` stand last.

    Args:
        market: the rows.
        columns: those to return; all when left out.
    """
    frame = market.frame
    codes, _ = number(frame["symbol"])
    keys = frame.select(codes.cast(pl.Int64), pl.col(market.key).alias(_KEY), good(market).alias("good"))
    keys = order(keys.with_row_index(_ROW).filter("good").drop("good"))
    if market.unique:
        code, key = pl.col(CODE), pl.col(_KEY)
        repeated = ((code == code.shift()) & (key == key.shift())).fill_null(value=False)
        again = keys.select(repeated).to_series()
        if again.any():
            keys = keys.filter(~again)
    wanted = pl.all() if columns is None else pl.col(columns)
    if keys.height == frame.height and keys[_ROW].is_sorted():
        return frame.select(wanted).with_columns(keys[CODE])
    # to move a column is to read memory from end to end for each symbol; the keys are in order already
    moved = frame.select(wanted.exclude(market.key).gather(keys[_ROW]))
    return moved.with_columns(keys[_KEY].alias(market.key), keys[CODE])


def order(keys: pl.DataFrame) -> pl.DataFrame:
    """Return a narrow table of code, key and row by code, then key, then as they came."""
    code, key = pl.col(CODE), pl.col(_KEY)
    back = (code.diff() < 0) | ((code.diff() == 0) & (key < key.shift()))  # a difference of keys may overflow
    # most tables out of order are so from the beginning
    if not any(part.select(back.any()).item() for part in (keys.head(_FEW), keys)):
        return keys
    facts = keys.select(top=code.max(), low=key.min(), high=key.max(), rows=pl.col(_ROW).max()).row(0, named=True)
    row_bits = facts["rows"].bit_length()
    key_bits = (facts["high"] - facts["low"]).bit_length()
    if facts["top"].bit_length() + key_bits + row_bits <= _BITS:
        whole = ((code * 2**key_bits + (key - facts["low"])) * 2**row_bits + pl.col(_ROW)).sort()
        whole = keys.select(whole.alias(_KEY))
        return whole.select(
            (key % 2**row_bits).cast(pl.UInt32).alias(_ROW),
            (key // 2 ** (row_bits + key_bits)).alias(CODE),
            (key // 2**row_bits % 2**key_bits + facts["low"]).alias(_KEY),
        )
    if not keys[_KEY].is_sorted():
        keys = keys.sort(_KEY, maintain_order=True)
    packed = code * 2**32 + pl.int_range(pl.len(), dtype=pl.Int64)
    return keys.select(pl.all().gather(keys.select(packed.sort() % 2**32).to_series()))


def needed(market: Market, config: EnhancerConfig, added: tuple[str, ...]) -> list[str]:
    """Return the names of the columns to carry through the computation."""
    read = ["ts_event", market.key, *filter(None, market.figures)]
    return list(dict.fromkeys([*kept(market, config, added), *read]))
