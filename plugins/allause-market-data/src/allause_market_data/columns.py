"""Recognise what a file holds by the names of its columns."""

import json
import shlex
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import attrs

from allause.exceptions import ConfigurationError, DataError
from allause.models import BAR_COLUMNS, OBSERVATION_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS

#: Names a canonical column goes by, compared without case, blanks and punctuation.
SYNONYMS: Mapping[str, frozenset[str]] = {
    "symbol": frozenset({"symbol", "ticker", "sym", "instrument", "instrumentid", "ric"}),
    "ts_event": frozenset({"tsevent", "timestamp", "datetime", "date", "time", "ts", "eventtime", "transacttime"}),
    "ts_init": frozenset({"tsinit", "tsrecv", "received", "receivedat", "receivetime", "localtimestamp"}),
    "open": frozenset({"open", "openprice", "o"}),
    "high": frozenset({"high", "highprice", "h"}),
    "low": frozenset({"low", "lowprice", "l"}),
    "close": frozenset({"close", "closeprice", "c"}),
    "volume": frozenset({"volume", "vol", "v"}),
    "adj_close": frozenset({"adjclose", "adjustedclose", "closeadj"}),
    "price": frozenset({"price", "px", "tradeprice", "lastprice", "lastpx"}),
    "size": frozenset({"size", "quantity", "qty", "amount", "lastqty", "lastsize"}),
    "bid": frozenset({"bid", "bidprice", "bidpx", "bestbid"}),
    "ask": frozenset({"ask", "askprice", "askpx", "bestask", "offer", "offerprice"}),
    "bid_size": frozenset({"bidsize", "bidqty", "bidsz", "bidquantity"}),
    "ask_size": frozenset({"asksize", "askqty", "asksz", "askquantity", "offersize"}),
    "unit": frozenset({"currency", "ccy", "quotecurrency", "unit"}),
    "seq": frozenset({"seq"}),
    "field": frozenset({"field", "measure"}),
    "value": frozenset({"value"}),
}
#: Columns a source need not have: absent, they are NaN throughout (the times and symbol are derived).
OPTIONAL = frozenset({"symbol", "ts_init", "volume", "adj_close", "size", "bid_size", "ask_size", "field"})

_SHOWN = 10
_PRICES = ("open", "high", "low", "close", "bid", "ask", "price")
_TABLES = (BAR_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS, OBSERVATION_COLUMNS)


@attrs.frozen
class Layout:
    """Say what a file holds and where.

    Attributes:
        columns: the canonical columns, in order: of bars, quotes, trades or observations.
        sources: the file's column for each canonical one that the file has.
    """

    columns: tuple[str, ...]
    sources: Mapping[str, str]


def recognise(
    names: Sequence[str], overrides: Mapping[str, str], file: str, only: tuple[str, ...] | None = None
) -> Layout:
    """Find the layout of a file with columns ``names``: bars are tried first, then quotes, trades and observations.

    Args:
        names: of the file's columns.
        overrides: the file's column for a canonical one.
        file: for messages.
        only: the canonical columns to find, in place of those of a table.

    Raises:
        DataError: nothing fits, two columns fit one place, or an override names no column.
        ConfigurationError: an override is of no canonical column, whatever the file.
    """
    for canonical, name in overrides.items():
        if canonical in SYNONYMS and name in names:
            continue
        message = (
            f"{file}: expected columns to map a canonical column to one of the file's, found {canonical!r}: {name!r}; "
        )
        if canonical in SYNONYMS:
            raise DataError(message + _suggest(name, names))
        turned = canonical in names and name in SYNONYMS
        hint = f"write it the other way round, {name!r}: {canonical!r}" if turned else _suggest(canonical, SYNONYMS)
        raise ConfigurationError(message + hint, "columns")
    found = _found(names, overrides)
    tables = _TABLES if only is None else (only,)
    for columns in tables:
        if not _missing(columns, found):
            wanted = (*columns, "unit", *(("seq",) if columns in {QUOTE_COLUMNS, TRADE_COLUMNS} else ()))
            return Layout(columns, {column: _single(column, found[column], file) for column in wanted if found[column]})
    nearest = min((_missing(columns, found) for columns in tables[:3]), key=len)
    more = len(names) - _SHOWN
    shown = ", ".join(map(repr, names[:_SHOWN])) + (f" and {more} more" if more > 0 else "")
    raise DataError(
        f"{file}: expected a time column and the columns of bars (open, high, low, close), quotes (bid, ask) or trades "
        f"(price), found {shown or 'no column'}; nothing is recognised as {', '.join(nearest)}; "
        f"{_remedy(names, found, nearest)}",
        () if nearest == _missing(BAR_COLUMNS, found) else names,
    )


def holds(columns: Sequence[str], names: Sequence[str], overrides: Mapping[str, str]) -> bool:
    """Say whether a file with columns ``names`` has what a table of ``columns`` must have."""
    return not _missing(columns, _found(names, overrides))


def _found(names: Sequence[str], overrides: Mapping[str, str]) -> dict[str, list[str]]:
    found = {canonical: candidates(canonical, names) for canonical in SYNONYMS}
    return found | {canonical: [name] for canonical, name in overrides.items()}


def _remedy(names: Sequence[str], found: Mapping[str, Sequence[str]], missing: Sequence[str]) -> str:
    """Say what would make the columns fit: mapped by hand, or each taken for an instrument."""
    if not names:
        return "name a file whose rows have columns"
    taken = {name for candidates in found.values() for name in candidates}
    free = [name for name in names if name not in taken]
    option = _mapped(missing[0], free[0] if free else names[0])
    said = f"rename the columns, or map them, such as allause data convert FILE --out STORE {option}"
    if found["ts_event"] and len(free) > 1 and not any(found[column] for column in _PRICES):
        said += ", or say with --set wide=true that every column but the time is an instrument"
    return said


def _mapped(canonical: str, name: str) -> str:
    """Return the option that maps a column, quoted so that a shell takes any name in it for nothing else."""
    return f"--set {shlex.quote(f'columns={json.dumps({canonical: name}, ensure_ascii=False)}')}"


def candidates(canonical: str, names: Sequence[str]) -> list[str]:
    """Return the names that a canonical column may go by here."""
    if canonical in names:
        return [canonical]
    return [name for name in names if _plain(name) in SYNONYMS[canonical]]


def _missing(columns: Sequence[str], found: Mapping[str, Sequence[str]]) -> list[str]:
    return [column for column in columns if not found[column] and column not in OPTIONAL]


def _single(canonical: str, names: Sequence[str], file: str) -> str:
    if len(names) > 1:
        raise DataError(
            f"{file}: expected one column for {canonical}, found {' and '.join(map(repr, names))}; choose one with "
            f"{_mapped(canonical, names[0])}"
        )
    return names[0]


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _suggest(wrong: str, known: Sequence[str] | Mapping[str, object]) -> str:
    close = get_close_matches(wrong, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(list(known)[:20])}"
