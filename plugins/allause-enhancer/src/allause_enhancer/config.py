"""What a user may choose about the added columns."""

from difflib import get_close_matches
from enum import StrEnum
from sys import float_info
from zoneinfo import ZoneInfo

import attrs

from allause_enhancer.columns import BY_NAME

_DAY_NS = 86_400_000_000_000
_MOST = 2**63 - 1


class Engine(StrEnum):
    """Name what computes."""

    AUTO = "auto"
    POLARS = "polars"
    KERNEL = "kernel"


def _positive(_: object, attribute: "attrs.Attribute[float]", value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= float_info.max:
        raise ValueError(f"{attribute.name}: expected a finite number above 0, found {value!r}")


def _finite(_: object, attribute: "attrs.Attribute[float]", value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= float_info.max:
        raise ValueError(f"{attribute.name}: expected a finite rate per year such as 0.01, found {value!r}")


def _zone(_: object, attribute: "attrs.Attribute[str]", value: str) -> None:
    try:
        ZoneInfo(value)
    except (KeyError, TypeError, ValueError, OSError) as error:  # an unknown one, or a folder of them
        raise ValueError(f"{attribute.name}: expected a time zone such as America/New_York, found {value!r}") from error


def _whole(_: object, attribute: "attrs.Attribute[int]", value: int) -> None:
    least = attribute.metadata["least"]
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{attribute.name}: expected an integer of at least {least}, found {value!r}")
    if value > _MOST:
        raise ValueError(f"{attribute.name}: expected an integer of 64 bits, at most {_MOST}, found {value!r}")


def _known(_: object, attribute: "attrs.Attribute[tuple[str, ...] | None]", value: tuple[str, ...] | None) -> None:
    for name in value or ():
        if name not in BY_NAME:
            close = get_close_matches(name, BY_NAME, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(BY_NAME)}"
            raise ValueError(f"{attribute.name}: expected names of columns, found {name!r}; {hint}")


@attrs.frozen(kw_only=True)
class EnhancerConfig:
    """Choose columns, window, threshold, lengths, rates and engine.

    Attributes:
        window: returns in the rolling volatility and in the judgement of outliers; at least 2.
        outlier_threshold: rolling standard deviations a return may lie from the rolling mean.
        bar_interval_ns: length of the larger bars in nanoseconds; one day by default.
        columns: columns to add, by the names of ``allause_enhancer.columns``; None for the standard ones.
        keep: columns of the input to carry over; None for all.
        gap_ns: rows without ``seq`` that lie further apart than this have a gap between; 0 for never.
        session_ns: length of a session in nanoseconds; one day by default.
        session_start_ns: begin of a session after midnight UTC.
        hold_back: rows of a symbol the kernel and a stream hold back until their turn has come.
        rate: continuous rate of interest per year that options are valued by.
        dividend: continuous rate of dividend per year of their underlyings.
        expiry_zone: time zone in which the day of expiry ends.
        engine: what computes; ``auto`` takes the kernel for large, nearly ordered tables where numba is installed.
    """

    window: int = attrs.field(default=20, validator=_whole, metadata={"least": 2})
    outlier_threshold: float = attrs.field(default=5.0, validator=_positive)
    bar_interval_ns: int = attrs.field(default=_DAY_NS, validator=_whole, metadata={"least": 1})
    columns: tuple[str, ...] | None = attrs.field(default=None, validator=_known)
    keep: tuple[str, ...] | None = None
    gap_ns: int = attrs.field(default=0, validator=_whole, metadata={"least": 0})
    session_ns: int = attrs.field(default=_DAY_NS, validator=_whole, metadata={"least": 1})
    session_start_ns: int = attrs.field(default=0, validator=_whole, metadata={"least": 0})
    hold_back: int = attrs.field(default=16, validator=_whole, metadata={"least": 0})
    rate: float = attrs.field(default=0.0, validator=_finite)
    dividend: float = attrs.field(default=0.0, validator=_finite)
    expiry_zone: str = attrs.field(default="UTC", validator=_zone)
    engine: Engine = attrs.field(default=Engine.AUTO, converter=Engine)
