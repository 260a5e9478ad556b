"""What a user may choose about where market data comes from."""

import os
from collections.abc import Mapping
from pathlib import Path

import attrs

from allause_market_data.live import LiveSettings
from allause_market_data.live.settings import above_zero

_CHOSEN = attrs.validators.optional((attrs.validators.instance_of(str), attrs.validators.min_len(1)))


def _expanded(path: str | Path) -> Path:
    if "\0" in str(path):
        raise ValueError(f"path: expected the name of a file or folder, found a null byte in {str(path)!r:.80}")
    return Path(os.path.expanduser(path))  # noqa: PTH111 - pathlib raises where nobody knows whose home it is


@attrs.frozen(kw_only=True)
class MarketDataConfig:
    """Choose the data and how it is to be understood.

    Attributes:
        path: a file of any format that is known, a folder of files of one schema, or a store that
            ``allause data convert`` wrote; None for the packaged sample.
        symbol: the instrument of a file without a symbol column; when left out the file's name without the ends that
            tell packing and format, in an archive of several files that of each.
        columns: the file's column for a canonical one, such as ``{"close": "Settle"}``; overrides recognition.
        day_first: how dates such as 3/4/1999 are written; needed only when the file itself leaves it open.
        zone: the time zone of times that name none, such as ``America/New_York``; UTC when left out.
        time_unit: what integer times count since 1970: ``s``, ``ms``, ``us`` or ``ns``; by their size when left out.
        price_scale: what stored prices are divided by, such as 10000; when left out 1, or what the path of a Lean file
            says.
        decimal: what stands before the decimals of numbers in text: ``.`` or ``,``.
        wide: whether every column but the time is an instrument of its own.
        schema: the rows to serve of data that holds several kinds: ``bar``, ``quote`` or ``trade``; or ``depth``,
            ``option`` or ``observation``, which ``get_market_data`` alone serves.
        calendar: the exchange whose sessions tell what is missing, by its MIC such as ``XNYS``, or ``24/7``; when left
            out, only steps much longer than the usual one are gaps.
        policies: what becomes of a row by cause, such as ``{"spike": "reject"}``: ``reject``, ``repair`` or ``flag``.
        live: sources to stream from instead of reading ``path``; None for none, and then nothing is connected to.
    """

    path: Path | None = attrs.field(default=None, converter=attrs.converters.optional(_expanded))
    symbol: str | None = attrs.field(default=None, validator=_CHOSEN)
    columns: Mapping[str, str] = attrs.field(factory=dict)
    day_first: bool | None = None
    zone: str | None = attrs.field(default=None, validator=_CHOSEN)
    time_unit: str | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.in_(("s", "ms", "us", "ns")))
    )
    price_scale: float | None = attrs.field(default=None, validator=attrs.validators.optional(above_zero))
    decimal: str = attrs.field(default=".", validator=attrs.validators.in_((".", ",")))
    wide: bool = False
    schema: str | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(
            attrs.validators.in_(("bar", "quote", "trade", "depth", "option", "observation"))
        ),
    )
    calendar: str | None = attrs.field(default=None, validator=_CHOSEN)
    policies: Mapping[str, str] = attrs.field(factory=dict)
    live: LiveSettings | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse two places to take data from."""
        if self.live is not None and self.path is not None:
            raise ValueError("expected path or live, found both; take one of them away")
