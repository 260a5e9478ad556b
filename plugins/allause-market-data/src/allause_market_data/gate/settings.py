"""The bounds beyond which something is wrong."""

import attrs

SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS


@attrs.frozen(kw_only=True)
class Bounds:
    """Hold the bounds.

    Attributes:
        now: nanoseconds UTC; a later time lies in the future. None to ask no clock.
        late_ns: longest way from the venue to here.
        daily_gap_ns: longest step between daily bars where no calendar says otherwise.
        gap_steps: longest step between other bars, in usual steps.
        stale_ns: longest silence of trades and quotes that is never stale; ``stale_steps`` counts usual steps.
        spike: smallest move that, reverted at once, is a spike; ``spike_scale`` counts usual moves.
        spike_rows: most rows that stand apart together, by a large move there and back, and still are spikes.
        large_move: smallest change from close to close that is told.
        split_tolerance: how far from a simple ratio an opening after a split may be; ``calm_tolerance`` where no more
            money than usual changes hands.
        split_rows: rows on either side of a split; fewer at an end of an instrument's may be bad prices.
        frozen_rows: equal rows in a row of bars, quotes and observations that mean a dead feed; ``frozen_trades`` of
            trades, which repeat more.
        reuse_ns: shortest pause after which another company may use a ticker.
        settled_rows: rows on either side of a change of precision.
    """

    now: int | None = None
    late_ns: int = 60 * SECOND_NS
    daily_gap_ns: int = 4 * DAY_NS
    gap_steps: int = 5
    stale_ns: int = 60 * SECOND_NS
    stale_steps: int = 1_000
    spike: float = 0.003
    spike_scale: float = 15.0
    spike_rows: int = 5
    large_move: float = 0.25
    split_tolerance: float = 0.035
    calm_tolerance: float = 0.08
    split_rows: int = 3
    frozen_rows: int = 10
    frozen_trades: int = 100
    reuse_ns: int = 90 * DAY_NS
    settled_rows: int = 100
