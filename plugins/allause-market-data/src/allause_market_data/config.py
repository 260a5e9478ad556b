"""What a user may choose about where market data comes from."""

from collections.abc import Mapping
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class MarketDataConfig:
    """Choose the file and how its columns are to be understood.

    Attributes:
        path: a CSV, gzipped CSV or Parquet file of bars, quotes or trades; None for the packaged sample.
        symbol: the instrument of a file without a symbol column; the file's stem when left out.
        columns: the file's column for a canonical one, such as ``{"close": "Settle"}``; overrides recognition.
        day_first: how dates such as 3/4/1999 are written; needed only when the file itself leaves it open.
    """

    path: Path | None = attrs.field(default=None, converter=attrs.converters.optional(Path))
    symbol: str | None = attrs.field(
        default=None,
        validator=attrs.validators.optional((attrs.validators.instance_of(str), attrs.validators.min_len(1))),
    )
    columns: Mapping[str, str] = attrs.field(factory=dict)
    day_first: bool | None = None
