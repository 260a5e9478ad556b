"""What a user may choose about live sources."""

from collections.abc import Iterable, Mapping, Sized
from typing import Any
from urllib.parse import urlsplit

import attrs

from allause_market_data.live.events import Kind, Rule

#: What is said where the extra is not installed.
MISSING_EXTRA = "expected the package websockets for a live source, found none; install allause-market-data[live]"


def above_zero(_: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    """Refuse a number that is not above 0; a validator of attrs."""
    if not value > 0:
        raise ValueError(f"{attribute.name} must be above 0, found {value!r}")


def _websocket(_: object, attribute: "attrs.Attribute[Any]", value: str | None) -> None:
    if value is not None and (not value.startswith(("ws://", "wss://")) or not urlsplit(value).hostname):
        raise ValueError(f"{attribute.name} must begin with wss:// (or ws://) and name a host, found {value!r}")


def _known(kinds: Iterable[str]) -> tuple[Kind, ...]:
    return tuple(map(Kind, kinds))


def _kinds(_: object, __: "attrs.Attribute[Any]", value: tuple[Kind, ...]) -> None:
    if not value or Kind.NOTICE in value or len(set(value)) != len(value):
        raise ValueError(f"kinds must name some of trade, quote and depth, each once, found {[*map(str, value)]}")


@attrs.frozen(kw_only=True)
class SourceSettings:
    """Choose where a live source is and how much patience it gets.

    Attributes:
        url: where the streams are; nothing is connected to that is not named here.
        requests_url: where snapshots of books and missed trades are asked for; ``url`` when left out.
        kinds: what to subscribe to.
        depth_stream: the name of the depth stream; it says how often the venue sends.
        heartbeat_s: how often the link is tried, and how long the answer may take before it counts as lost.
        stale_after_s: silence of one stream after which it is told to be stale.
        silent_after_s: silence of all streams after which the link is opened anew.
        timeout_s: for opening a link, for the answer to a subscription and for that to a request.
        backoff_s: the longest first wait before a link is opened again, doubled each time; the wait is drawn below it.
        backoff_most_s: where the doubling ends; a link that held for so long begins anew.
        trade_limit: trades of one instrument that may wait to be taken; one more, and the feed is declared broken.
        quote_limit: likewise quotes; one more, and the oldest is dropped.
        depth_limit: likewise changes of depth; one more, and all that wait are replaced by a snapshot of the book.
    """

    url: str = attrs.field(validator=_websocket)
    requests_url: str | None = attrs.field(default=None, validator=_websocket)
    kinds: tuple[Kind, ...] = attrs.field(
        default=(Kind.TRADE, Kind.QUOTE, Kind.DEPTH), converter=_known, validator=_kinds
    )
    depth_stream: str = "depth@100ms"
    heartbeat_s: float = attrs.field(default=10, validator=above_zero)
    stale_after_s: float = attrs.field(default=10, validator=above_zero)
    silent_after_s: float = attrs.field(default=60, validator=above_zero)
    timeout_s: float = attrs.field(default=10, validator=above_zero)
    backoff_s: float = attrs.field(default=0.5, validator=above_zero)
    backoff_most_s: float = attrs.field(default=30, validator=above_zero)
    trade_limit: int = attrs.field(default=100_000, validator=above_zero)
    quote_limit: int = attrs.field(default=1_000, validator=above_zero)
    depth_limit: int = attrs.field(default=10_000, validator=above_zero)


def _some(_: object, attribute: "attrs.Attribute[Any]", value: Sized) -> None:
    if not value:
        raise ValueError(f"{attribute.name} must name at least one, found none")


def _not_below_zero(_: object, attribute: "attrs.Attribute[Any]", value: float) -> None:
    if not value >= 0:
        raise ValueError(f"{attribute.name} must not be below 0, found {value!r}")


@attrs.frozen(kw_only=True)
class LiveSettings:
    """Choose live sources and how they are made one.

    Attributes:
        symbols: the instruments there are.
        sources: by name, the preferred one first.
        rule: of several sources, ``primary`` (the first that is well) or ``first`` (whoever brings it first).
        shares_numbers: whether a trade or an update has the same number in all sources: lines of one venue.
        hold_s: how long a preferred source must be well again before it speaks.
        tolerance_bps: prices further apart than this are told as a disagreement.
    """

    symbols: tuple[str, ...] = attrs.field(validator=_some)
    sources: Mapping[str, SourceSettings] = attrs.field(validator=_some)
    rule: Rule = Rule.PRIMARY
    shares_numbers: bool = True
    hold_s: float = attrs.field(default=5, validator=_not_below_zero)
    tolerance_bps: float = attrs.field(default=1, validator=_not_below_zero)

    def __attrs_post_init__(self) -> None:
        """Refuse a rule that the sources do not allow."""
        if self.rule is Rule.FIRST and not self.shares_numbers:
            raise ValueError("rule = 'first' needs shares_numbers = true, found false; take rule = 'primary'")
