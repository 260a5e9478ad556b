"""What a user may choose about the added columns."""

from math import isfinite

import attrs

_DAY_NS = 86_400_000_000_000


def _positive(_: object, attribute: "attrs.Attribute[float]", value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value <= 0:
        raise ValueError(f"{attribute.name}: expected a finite number above 0, found {value!r}")


def _whole(_: object, attribute: "attrs.Attribute[int]", value: int) -> None:
    least = attribute.metadata["least"]
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{attribute.name}: expected an integer of at least {least}, found {value!r}")


@attrs.frozen(kw_only=True)
class EnhancerConfig:
    """Choose window, threshold and bar length.

    Attributes:
        window: returns in the rolling volatility and in the judgement of outliers; at least 2.
        outlier_threshold: rolling standard deviations a return may lie from the rolling mean.
        bar_interval_ns: length of the larger bars in nanoseconds; one day by default.
    """

    window: int = attrs.field(default=20, validator=_whole, metadata={"least": 2})
    outlier_threshold: float = attrs.field(default=5.0, validator=_positive)
    bar_interval_ns: int = attrs.field(default=_DAY_NS, validator=_whole, metadata={"least": 1})
