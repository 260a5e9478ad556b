from collections import Counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.exceptions import ConfigurationError
from allause_market_data.gate import DEFAULTS, Bounds, Cause, Gate, Policy
from allause_market_data.reading import Batch, Schema

pytestmark = pytest.mark.long

DAY = 86_400 * 10**9
MINUTE = 60 * 10**9


def table(schema, rows, told=(), **more):
    """Rows as tuples of the schema's columns after symbol and the two times: (symbol, ts, values...)."""
    names = [*schema.columns[:2], *schema.columns[3 : 3 + len(rows[0]) - 2]]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    missing = [name for name in schema.columns if name not in frame.columns and name != "ts_init"]
    frame = frame.with_columns(
        pl.col(names[2:]).cast(pl.Float64), *(pl.lit(float("nan")).alias(name) for name in missing)
    )
    if "ts_init" not in more:
        more["ts_init"] = frame["ts_event"]
    frame = frame.with_columns(**more, row=pl.int_range(1, frame.height + 1, dtype=pl.Int64))
    extra = [name for name in ("seq", "unit", "rest") if name in frame.columns]
    return Batch(schema, frame.select(*schema.columns, "row", *extra), frozenset({*names, "ts_init", *told}))


def bars(*rows, step=MINUTE, **more):
    return table(Schema.BAR, [("A", step * (at + 1), *row) for at, row in enumerate(rows)], **more)


def steady(count, close=100.0, volume=7):
    return [(close, close + 1, close - 1, close + 0.01 * (at % 2), volume + at) for at in range(count)]


def found(batch, **options):
    judged = Gate(**options).judge(batch)
    assert sum(judged.outcomes().values()) == batch.frame.height
    return {cause.value: count for cause, count in judged.counts().items() if count}


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ((float("nan"), 12, 9, 11, 5), "non_finite"),
        ((10, float("inf"), 9, 11, 5), "non_finite"),
        ((10, 12, 9, 11, float("nan")), "non_finite"),
        ((10, 12, -9, 11, 5), "negative_price"),
        ((10, 12, 9, 11, -5), "negative_price"),
        ((10, 12, 0, 11, 5), "zero_price"),
        ((10, 10.5, 9, 11, 5), "impossible_bar"),
        ((10, 12, 10.5, 11, 5), "impossible_bar"),
    ],
)
def test_bad_values_of_a_bar(row, cause):
    assert found(bars((10, 12, 9, 11, 5), row, (10, 12, 9, 11, 6)))[cause] == 1


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ((11, 10, 1, 1), "crossed_quote"),
        ((10, 10, 1, 1), "locked_quote"),
        ((float("nan"), 10, float("nan"), 1), "one_sided"),
        ((float("nan"), float("nan"), float("nan"), float("nan")), "non_finite"),
        ((9, 10, float("nan"), 1), "non_finite"),
    ],
)
def test_bad_values_of_a_quote(row, cause):
    rows = [("A", 1, 9, 10, 1, 1), ("A", 2, *row), ("A", 3, 9, 10, 1, 2)]
    assert found(table(Schema.QUOTE, rows)) == {cause: 1}


LONE = {
    Schema.BAR: ("A", MINUTE, MINUTE, 10.0, 12.0, 9.0, 11.0, 5.0, 11.0),
    Schema.QUOTE: ("A", MINUTE, MINUTE, 9.0, 10.0, 1.0, 1.0),
    Schema.TRADE: ("A", MINUTE, MINUTE, 10.0, 1.0),
    Schema.DEPTH: ("A", MINUTE, MINUTE, "bid", 10.0, 1.0, 7, 7, 6, False),
    Schema.OBSERVATION: ("A", MINUTE, MINUTE, "value", 10.0),
}
#: Where a null says something: a bar that was never adjusted, the side a quote does not have, an update of no chain.
SAID = {(Schema.BAR, "adj_close"), (Schema.DEPTH, "previous_id")}


@pytest.mark.parametrize(("schema", "column"), [(schema, name) for schema in LONE for name in schema.columns])
def test_null_is_no_value_whatever_the_column(schema, column):
    whole, types = [*LONE[schema]], pl.DataFrame([LONE[schema]], schema=[*schema.columns], orient="row").schema
    rows = [[*whole[:1], whole[1] + at * MINUTE, whole[2] + at * MINUTE, *whole[3:]] for at in range(3)]
    rows[1][schema.columns.index(column)] = None
    frame = pl.DataFrame(rows, schema=types, orient="row").with_row_index("row", 1).select(*schema.columns, "row")
    judged = Gate().judge(Batch(schema, frame, frozenset(schema.columns)))
    marked = {cause.value: count for cause, count in judged.counts().items() if count}
    if (schema, column) in SAID:
        assert (marked, judged.served().height) == ({}, 3)
    elif (schema, column) in {(Schema.QUOTE, "bid"), (Schema.QUOTE, "ask")}:
        assert marked == {"one_sided": 1}
    else:
        assert marked["non_finite"] == 1
        assert judged.served()["row"].to_list() == [1, 3]
    numbers = judged.served().select(pl.selectors.float())
    assert numbers.null_count().sum_horizontal().sum() == 0


def test_null_hides_no_other_defect_and_a_message_without_levels_is_none():
    rows = [("A", 1, None, 1.0), ("A", 2, -0.0, None), ("A", 3, 10.0, 1.0)]
    assert found(table(Schema.TRADE, rows)) == {"non_finite": 2, "zero_price": 1}
    quotes = [("A", 1, None, 10.0, None, 1.0), ("A", 2, 9.0, 10.0, 1.0, 1.0)]
    assert found(table(Schema.QUOTE, quotes)) == {"one_sided": 1}
    whole, empty = LONE[Schema.DEPTH], ("A", 2 * MINUTE, 2 * MINUTE, None, None, None, 8, 8, 7, False)
    frame = pl.DataFrame([whole, empty], schema=[*Schema.DEPTH.columns], orient="row").with_row_index("row", 1)
    assert found(Batch(Schema.DEPTH, frame, frozenset(Schema.DEPTH.columns))) == {}


def test_exact_and_key_duplicates_are_told_apart():
    rows = [
        ("A", 1, 10, 12, 9, 11, 5),
        ("A", 1, 10, 12, 9, 11, 5),
        ("A", 1, 10, 12, 9, 11.5, 5),
        ("B", 1, 10, 12, 9, 11, 5),
    ]
    assert found(table(Schema.BAR, rows)) == {"duplicate": 1, "duplicate_key": 1}


def test_duplicate_that_comes_late_is_found():
    rows = [("A", at, 10, 12, 9, 11 + at / 100, 5) for at in (1, 2, 3, 2)]
    assert found(table(Schema.BAR, rows)) == {"duplicate": 1, "disorder": 1}


def test_equal_trades_are_duplicates_only_where_a_source_numbers_them():
    rows = [("A", 1, 10, 1), ("A", 1, 10, 1)]
    assert found(table(Schema.TRADE, rows)) == {"duplicate": 1}
    ticks = table(Schema.TRADE, rows)
    assert found(Batch(ticks.schema, ticks.frame, ticks.told, repeats=True)) == {"repeat": 1}
    assert found(table(Schema.TRADE, rows, seq=pl.Series([1, 2]))) == {}


def test_hole_in_the_numbers_of_trades_is_a_sequence_gap():
    rows = [("A", at, 10 + at / 100, 1) for at in range(4)]
    assert found(table(Schema.TRADE, rows, seq=pl.Series([1, 2, 5, 6]))) == {"sequence_gap": 1}


@pytest.mark.parametrize(
    ("numbers", "causes"),
    [
        ([1, 3, 2, 4, 5], {}),
        ([5, 4, 3, 2, 1], {}),
        ([1, 2, 2, 3, 4], {"duplicate_key": 1}),
        ([2, 1, 1, 1, 5], {"duplicate_key": 2, "sequence_gap": 1}),
        ([1, None, 2, None, 4], {"sequence_gap": 1}),
    ],
)
def test_numbers_are_followed_whatever_their_order_and_told_when_they_come_again(numbers, causes):
    rows = [("A", at, 10 + at / 100, 1) for at in range(5)]
    assert found(table(Schema.TRADE, rows, seq=pl.Series(numbers))) == causes


def test_numbers_are_those_of_an_instrument_and_a_whole_row_again_is_a_duplicate():
    rows = [("A", 1, 10, 1), ("B", 1, 10, 1), ("B", 2, 11, 1), ("B", 2, 11, 1), ("A", 2, 11, 1)]
    assert found(table(Schema.TRADE, rows, seq=pl.Series([7, 1, 2, 2, 8]))) == {"duplicate": 1}


def test_times_that_cannot_be():
    rows = [("A", at * MINUTE, 10 + at / 100, 1) for at in range(1, 7)]
    init = [at * MINUTE for at in range(1, 7)]
    init[1] -= 1
    init[3] += 2 * MINUTE
    batch = table(Schema.TRADE, rows, ts_init=pl.Series(init))
    assert found(batch, bounds=Bounds(now=6 * MINUTE - 1)) == {"time_reversed": 1, "late": 1, "future": 2}


def test_clock_that_is_behind_is_no_reversed_time_and_is_put_right():
    rows = [("A", at * MINUTE, 10 + at / 100, 1) for at in range(1, 7)]
    batch = table(Schema.TRADE, rows, ts_init=pl.Series([at * MINUTE - 1_300 + at for at in range(1, 7)]))
    assert found(batch) == {"clock_skew": 6}
    served = Gate().judge(batch).served()
    assert (served["ts_init"] - served["ts_event"]).to_list() == [0, 1, 2, 3, 4, 5]


def test_spike_that_reverts_is_one_and_a_step_is_none():
    rows = steady(40)
    spiked = [*rows[:20], (150, 151, 99, 150, 5), *rows[20:]]
    assert found(bars(*spiked))["spike"] == 1
    stepped = [*rows[:20], *[(o * 1.2, h * 1.2, low * 1.2, c * 1.2, v) for o, h, low, c, v in rows[20:]]]
    assert "spike" not in found(bars(*stepped))


def away(*closes):
    return [(close, close + 1, close - 1, close, 5) for close in closes]


@pytest.mark.parametrize("step", [MINUTE, DAY])
@pytest.mark.parametrize("closes", [(150, 151), (50, 50.5), (200, 201, 202, 203, 204)])
def test_rows_that_stand_apart_together_and_come_back_are_spikes_and_no_splits(closes, step):
    rows = steady(40)
    other = [("B", at * step, 7, 8, 6, 7 + at / 100, 1) for at in range(1, 4)]
    judged = Gate().judge(bars(*rows[:20], *away(*closes), *rows[20:], step=step))
    assert {index for index, cause in judged.details if cause is Cause.SPIKE} == set(range(20, 20 + len(closes)))
    assert {cause for _, cause in judged.details} == {Cause.SPIKE}
    # what does not come back, or after too many rows, or among rows that jump all the time, is none
    assert "spike" not in found(bars(*rows[:20], *away(*closes, *(closes[-1:] * 4)), *rows[20:], step=step))
    two = [("A", at * step, *row) for at, row in enumerate([*rows[:20], *away(*closes)], 1)]
    assert "spike" not in found(table(Schema.BAR, [*two, *other]))
    assert "spike" not in found(bars(*away(*(100, 100, 150, 150) * 20), step=step))


@pytest.mark.parametrize("close", [50, 150, 200])
@pytest.mark.parametrize("few", [1, 2])
def test_few_rows_that_stand_apart_at_an_end_are_doubtful_and_no_split(close, few):
    rows, apart = steady(40), away(*[close] * few)
    last, first = Gate().judge(bars(*rows, *apart)), Gate().judge(bars(*apart, *rows))
    assert list(last.details) == [(40, Cause.LARGE_MOVE)]
    assert list(first.details) == [(few, Cause.LARGE_MOVE)]
    assert f"and {['one row', '2 rows'][few - 1]} on one side" in last.details[40, Cause.LARGE_MOVE]
    assert found(bars(*rows, *away(close, close, close))) == {"split": 1}
    # another unit is told as such, for as many rows as it lasts
    assert found(bars(*rows[:20], *away(10_000, 10_000), *rows[20:])) == {"mixed_unit": 2}
    # the end of one instrument is not the middle of another
    both = [("A", at * MINUTE, *row) for at, row in enumerate([*rows, *away(close)], 1)]
    both += [("B", at * MINUTE, *row) for at, row in enumerate([*away(close), *rows], 1)]
    assert found(table(Schema.BAR, both)) == {"large_move": 2}


@pytest.mark.parametrize(("ratio", "split"), [(2, True), (1.5, True), (0.1, True), (0.125, True), (1.75, False)])
@pytest.mark.parametrize("volume", [(), (0,)])
def test_split_without_volume_is_told_by_the_ratio_alone(ratio, split, volume):
    rows = [[price / by for price in row[:4]] for by in (1, ratio) for row in steady(30)]
    counts = found(table(Schema.BAR, [("A", DAY * at, *row, *volume) for at, row in enumerate(rows, 1)]))
    assert counts.get("split", 0) == split
    # nor where such moves are usual
    wild = [*away(*(100, 120, 90, 110, 95) * 6), *away(*(200, 240, 180, 220, 190) * 6)]
    assert "split" not in found(table(Schema.BAR, [("A", DAY * at, *row[:4]) for at, row in enumerate(wild, 1)]))
    # a ratio that is not as near is no split where no calm trade speaks for one
    moved = [[price / by for price in row[:4]] for by in (1, 2.1) for row in steady(30)]
    assert found(table(Schema.BAR, [("A", DAY * at, *row, *volume) for at, row in enumerate(moved, 1)])) == {
        "large_move": 1
    }


@pytest.mark.parametrize(("ratio", "volume"), [(2, 2.1), (7, 7.2), (1.5, 1.4), (0.1, 0.1)])
def test_split_is_found_by_opening_and_turnover(ratio, volume):
    rows = steady(30, 100, 1000)
    after = [(o / ratio, h / ratio, low / ratio, c / ratio, v * volume) for o, h, low, c, v in steady(30, 100, 1000)]
    counts = found(bars(*rows, *after, step=DAY))
    assert counts.get("split") == 1
    assert "large_move" not in counts


def test_halved_price_with_thirty_times_the_trade_is_no_split():
    rows = steady(30, 100, 1000)
    after = [(51, 52, 48, 49, 30_000), *steady(30, 49, 1000)]
    counts = found(bars(*rows, *after, step=DAY))
    assert counts["large_move"] == 1
    assert "split" not in counts


def test_pence_among_pounds_are_mixed_units():
    pounds = [(o, h, 0.5, c, v) for o, h, _, c, v in steady(20, 1.0)]
    pence = [(o * 100, h * 100, 50, c * 100, v) for o, h, _, c, v in steady(10, 1.0)]
    assert found(bars(*pounds, *pence))["mixed_unit"] == 1


def test_two_currencies_of_one_instrument_are_mixed_units():
    rows = [("A", at, 10 + at / 100, 1) for at in range(4)]
    assert found(table(Schema.TRADE, rows, unit=pl.Series(["USD", "USD", "EUR", "USD"]))) == {"mixed_unit": 1}


def test_other_price_after_a_long_pause_is_another_company():
    before, after = steady(10, 1.0), steady(10, 70.0)
    batch = bars(*[(o, h, 0.5, c, v) for o, h, _, c, v in before], *after, step=DAY)
    moved = batch.frame.with_columns(
        ts_event=pl.when(pl.col("row") > 10).then(pl.col("ts_event") + 400 * DAY).otherwise("ts_event")
    ).with_columns(ts_init="ts_event")
    assert found(Batch(batch.schema, moved, batch.told)) == {"ticker_reuse": 1, "gap": 1}


def test_feed_that_repeats_itself_is_frozen_from_the_tenth_row_on():
    same = [(10, 11, 9, 10, 5)] * 12
    assert found(bars(*steady(5), *same))["frozen"] == 3
    moving = [(10, 11, 9, 10, 5 + at) for at in range(12)]
    assert "frozen" not in found(bars(*steady(5), *moving))


def test_precision_that_changes_is_told_at_the_first_such_row():
    coarse = [("A", at * MINUTE, 100 + at % 90 / 100, 1) for at in range(300)]
    fine = [("A", at * MINUTE, 100 + at % 900 / 1000, 1) for at in range(300, 600)]
    judged = Gate().judge(table(Schema.TRADE, coarse + fine))
    assert [(index, cause.value) for index, cause in judged.details] == [(301, "precision_change")]
    coarser = [("A", at * MINUTE, 100 + at % 9 / 10, 1) for at in range(300, 600)]
    judged = Gate().judge(table(Schema.TRADE, coarse + coarser))
    assert [cause.value for _, cause in judged.details] == ["precision_change"]


def test_silence_of_a_feed_is_stale_and_of_bars_a_gap():
    trades = [("A", at * 10**9, 10 + at / 100, 1) for at in (1, 2, 3, 4, 5)] + [("A", 3_000 * 10**9, 10, 1)]
    assert found(table(Schema.TRADE, trades)) == {"stale": 1}
    rows = [("A", at * MINUTE, 10, 12, 9, 11 + at / 100, 5) for at in (1, 2, 3, 4, 20)]
    assert found(table(Schema.BAR, rows)) == {"gap": 1}


def test_closed_exchange_is_no_gap():
    pytest.importorskip("exchange_calendars", reason="the extra calendars is not installed")
    monday = 1_381_152_600 * 10**9  # 2013-10-07 09:30 in New York
    minutes = [monday + at * MINUTE for at in range(1, 391)]
    minutes += [monday + DAY + at * MINUTE for at in range(1, 391) if not 100 < at < 150]
    rows = [("A", ts, 10, 12, 9, 11 + at % 7 / 100, at) for at, ts in enumerate(minutes)]
    batch = table(Schema.BAR, rows)
    assert found(batch) == {"gap": 2}
    assert found(batch, calendar="XNYS") == {"gap": 1}
    with pytest.raises(ConfigurationError, match="XNOS"):
        found(batch, calendar="XNOS")


def test_rows_that_lie_centuries_apart_are_judged():
    rows = [(name, at * 2**60, *steady(1)[0]) for at in (-2, 1, 3, 2) for name in ("A", "B")]
    assert found(table(Schema.BAR, rows)) == {"disorder": 2}


def test_every_price_that_is_none_is_found_wherever_low_lies():
    for bad in range(4):
        for price, cause in ((0.0, "zero_price"), (-1.0, "negative_price")):
            row = [10.0, 12.0, 9.0, 11.0, 5.0]
            row[bad] = price
            assert found(bars(row))[cause] == 1


def test_row_after_the_last_of_another_instrument_is_no_step_move_or_repeat_of_it():
    first, second = steady(30), steady(30, close=900.0)
    rows = [("A", MINUTE * at, *row) for at, row in enumerate(first)]
    rows += [("B", MINUTE * (900 + at), *row) for at, row in enumerate(second)]
    assert found(table(Schema.BAR, rows)) == {}
    mixed = [row for pair in zip(rows[:30], rows[30:], strict=True) for row in pair]
    assert found(table(Schema.BAR, mixed)) == {}


def test_repairs_are_what_they_say():
    rows = [("A", 1, 10, 10.5, 9, 11, 5), ("A", 2, 10, 12, 9, 11.1, 6)]
    judged = Gate({"impossible_bar": "repair"}).judge(table(Schema.BAR, rows))
    assert judged.outcomes() == {"clean": 1, "repaired": 1, "rejected": 0, "flagged": 0}
    assert judged.served()["high"].to_list() == [11, 12]
    nan = float("nan")
    quotes = [("A", 1, 9, 10, 1, 2), ("A", 2, nan, 10.5, nan, 3), ("B", 2, 1, 2, 1, 1)]
    served = Gate({"one_sided": "repair"}).judge(table(Schema.QUOTE, quotes)).served()
    assert served.row(1)[3:7] == (9, 10.5, 1, 3)
    reversed_ = table(Schema.TRADE, [("A", at, 10 + at / 100, 1) for at in range(4)], ts_init=pl.Series([0, 0, 2, 3]))
    assert Gate({"time_reversed": "repair"}).judge(reversed_).served()["ts_init"].to_list() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"spyke": "reject"}, "did you mean 'spike'"),
        ({"spike": "drop"}, "expected reject or flag, found 'drop'"),
        ({"spike": "repair"}, "expected reject or flag"),
    ],
)
def test_wrong_policy_is_named(chosen, message):
    with pytest.raises(ConfigurationError, match=message):
        Gate(chosen).judge(bars((10, 12, 9, 11, 5)))


PRICE = st.one_of(
    st.sampled_from([float("nan"), float("inf"), -1.0, 0.0, 10_000.0]), st.integers(1, 200).map(lambda n: n / 2)
)
ROW = st.tuples(st.sampled_from("ABC"), st.integers(-3, 3), st.integers(-2, 2), PRICE, PRICE, PRICE, PRICE, PRICE)
POLICY = st.dictionaries(
    st.sampled_from(list(Cause)), st.sampled_from([Policy.REJECT, Policy.FLAG]), max_size=len(Cause)
)


def drifting(rows):
    now = 10**9
    for symbol, step, lag, *values in rows:
        now += step * 10**9
        yield (symbol, now, lag, *values)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(ROW, max_size=60), chosen=POLICY)
def test_every_row_has_one_outcome_and_nothing_is_dropped_silently(rows, chosen):
    made = list(drifting(rows)) or [("A", 1, 0, 1.0, 1.0, 1.0, 1.0, 1.0)]
    batch = table(
        Schema.BAR, [(r[0], r[1], *r[3:]) for r in made], ts_init=pl.Series([r[1] + r[2] * 10**9 for r in made])
    )
    judged = Gate(chosen).judge(batch)
    policies = {**DEFAULTS, **chosen}
    outcomes = judged.outcomes()
    assert sum(outcomes.values()) == len(made)
    served = judged.served()
    assert served.height == len(made) - outcomes["rejected"]
    first = Counter(judged.first_cause().to_list())
    assert first[None] == outcomes["clean"]
    rejected = [cause.bit for cause, policy in policies.items() if policy is Policy.REJECT]
    by_row = dict(zip(batch.frame["row"], judged.flags, strict=True))
    gone = set(by_row) - set(served["row"])
    assert gone == {row for row, flags in by_row.items() if any(flags & bit for bit in rejected)}
    if not chosen:
        values = served.select("open", "high", "low", "close", "volume")
        assert values.select(pl.all_horizontal(pl.all().is_finite()).all()).item()
        assert values.select((pl.col("low") > 0).all()).item()


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=40))
def test_instruments_do_not_disturb_each_other(rows):
    made = list(drifting(rows))
    batch = table(Schema.BAR, [(r[0], r[1], *r[3:]) for r in made])
    together = Gate().judge(batch).flags
    for symbol in set(batch.frame["symbol"]):
        mine = batch.frame["symbol"] == symbol
        alone = Gate().judge(Batch(batch.schema, batch.frame.filter(mine), batch.told)).flags
        assert together.filter(mine).to_list() == alone.to_list()
