"""What each cause of a defect means, in words; the table of docs/reference/market-data.md has the same."""

from collections.abc import Mapping

from allause_market_data.gate.causes import Cause

#: By cause, in the order in which they count.
MEANINGS: Mapping[Cause, str] = {
    Cause.DUPLICATE: "equal to an earlier row in every column of the source",
    Cause.DUPLICATE_KEY: (
        "a bar or observation with symbol and time of an earlier one, or a trade or quote with its number, "
        "but other values"
    ),
    Cause.REPEAT: "equal to an earlier row, in a source of ticks that number nothing, where that is usual",
    Cause.DISORDER: "ts_event before that of an earlier row of the symbol; put in its place",
    Cause.NON_FINITE: (
        "a price, size or value that is missing, not a number or infinite; also a row without its time or symbol"
    ),
    Cause.ONE_SIDED: "a quote with one side; repair: the other is carried over from the last quote that had it",
    Cause.NEGATIVE_PRICE: "a price or size below 0",
    Cause.ZERO_PRICE: "a price of 0",
    Cause.IMPOSSIBLE_BAR: "high below, or low above, open or close; repair: widen them",
    Cause.CROSSED_QUOTE: "bid above ask",
    Cause.LOCKED_QUOTE: "bid equal to ask",
    Cause.TIME_REVERSED: "ts_init before ts_event; repair: ts_init becomes ts_event",
    Cause.CLOCK_SKEW: (
        "the same, of most rows of the symbol: the clock here is behind. Repair: ts_init of all its rows "
        "moves later by the least that puts none before its event"
    ),
    Cause.LATE: "more than 60 s from ts_event to ts_init",
    Cause.FUTURE: "a time after now",
    Cause.MIXED_UNIT: "another currency than the instrument's first, or a step by about 100, 1,000 or 10,000 times",
    Cause.TICKER_REUSE: "after a pause of 90 days or more, a price more than 1.6 times higher or lower",
    Cause.SPLIT: (
        "a bar that opens at a simple ratio (3:2 to 50:1) to the last close: within 3.5 % and at most 5 times"
        " the usual turnover, or within 8 % and at most twice it; without volume within 3.5 % and above 15 "
        "usual moves. Never with fewer than three rows of the instrument on either side"
    ),
    Cause.SPIKE: (
        "a move above 0.3 % and 15 times the usual one, at least half of it taken back by the next row; or "
        "two to five rows between a large_move there and one that takes three quarters of it back, above 15 "
        "usual moves"
    ),
    Cause.LARGE_MOVE: (
        "a close more than 25 % from the last one that is none of the above; also what would be a split with "
        "three rows on either side"
    ),
    Cause.FROZEN: "the tenth and every later equal row in a row; of trades the hundredth",
    Cause.PRECISION_CHANGE: (
        "the first price with more decimals than the first 100 had, or the first after which there are fewer"
    ),
    Cause.SEQUENCE_GAP: (
        "a number of a trade or quote before which one is missing, in whatever order they came; an update id "
        "of a depth message that does not follow on the last"
    ),
    Cause.GAP: (
        "before a bar or observation: missing sessions of the calendar, or without one more than four days "
        "between daily bars, five usual steps between others"
    ),
    Cause.STALE: "before a trade or quote: silence of more than 60 s and a thousand usual steps",
}
