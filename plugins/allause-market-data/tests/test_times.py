from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allause.exceptions import DataError
from allause_market_data.times import Habits, to_nanoseconds

SECOND = 10**9
MOMENT = int(datetime(2001, 9, 10, 13, 30, tzinfo=UTC).timestamp()) * SECOND
DAY_END = int(datetime(2001, 9, 11, tzinfo=UTC).timestamp()) * SECOND


def one(value, **options):
    return to_nanoseconds(pl.Series("t", [value]), "f.csv", **options)[0]


@pytest.mark.parametrize("text", ["2001-09-10", "2001/09/10", "20010910", "09/10/2001", 20010910, date(2001, 9, 10)])
def test_date_ends_with_its_day(text):
    assert one(text, day_first=False) == DAY_END


@pytest.mark.parametrize(
    "value",
    [
        "2001-09-10 13:30:00",
        "2001-09-10T13:30:00Z",
        "2001-09-10T13:30:00.000000000+00:00",
        "2001-09-10 09:30:00-04:00",
        "2001-09-10 15:30:00+0200",
        "2001-09-10 13:30",
        "2001/09/10 13:30:00",
        "20010910 13:30",
        "20010910 133000",
        "20010910 1330",
        "09/10/2001 13:30:00",
        "9/10/2001 13:30",
        "09/10/2001 13:30:00.000Z",
        "2001-09-10 14:30:00+01",
        "2001-09-10T09:30:00.000-04",
        f"{MOMENT // SECOND}.0",
        f"{MOMENT // 10**6}.000",
        str(MOMENT // SECOND),
        MOMENT // SECOND,
        MOMENT // 10**6,
        MOMENT // 10**3,
        MOMENT,
        datetime(2001, 9, 10, 13, 30),  # noqa: DTZ001 - without a zone on purpose: read as UTC
        datetime(2001, 9, 10, 13, 30, tzinfo=UTC),
    ],
)
def test_full_timestamp_is_taken_as_it_is(value):
    assert one(value, day_first=False) == MOMENT


def test_nanoseconds_survive():
    assert one("2001-09-10T13:30:00.123456789Z") == MOMENT + 123_456_789


def test_mixed_zones_meet_in_utc():
    column = pl.Series("t", ["2001-09-10 13:30:00", "2001-09-10 09:30:00-04:00"])
    assert to_nanoseconds(column, "f.csv").to_list() == [MOMENT, MOMENT]


def test_small_integers_are_nanoseconds_in_our_own_columns_only():
    assert one(5, exact_ns=True) == 5
    with pytest.raises(DataError, match="neither dates nor a count"):
        one(34_200_000 - 1)


FACTORS = {"s": SECOND, "ms": 10**6, "us": 10**3, "ns": 1}


@pytest.mark.parametrize("year", [1971, 1972, 2001, 2100, 2261])
@pytest.mark.parametrize("unit", list(FACTORS))
def test_count_from_1970_is_of_the_unit_in_which_it_is_before_2262(year, unit):
    year = max(year, 1974) if unit == "s" else year  # fewer seconds could as well be a time of day
    moment = int(datetime(year, 6, 1, tzinfo=UTC).timestamp()) * SECOND
    assert one(moment // FACTORS[unit]) == moment
    assert one(str(moment // FACTORS[unit])) == moment


@settings(max_examples=200, deadline=None)
@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from([None, *FACTORS]))
def test_no_count_wraps(count, unit):
    try:
        found = one(count, unit=unit)
    except DataError:
        return
    if unit is not None:
        assert found == count * FACTORS[unit]
    else:
        date_ = pl.Series([str(count)]).str.to_date("%Y%m%d", strict=False)[0]
        assert date_ is not None or found in {count * factor for factor in FACTORS.values()}


SMALL = [pl.Int8, pl.Int16, pl.UInt8, pl.UInt16]
LARGE = [pl.Int32, pl.UInt32, pl.Int64, pl.UInt64]


@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("unit", [None, "s"])
def test_count_of_any_width_is_read(kind, unit):
    assert to_nanoseconds(pl.Series("t", [MOMENT // SECOND], kind), "f", unit=unit)[0] == MOMENT


@pytest.mark.parametrize("kind", SMALL)
def test_count_of_few_bits_is_read_where_its_unit_is_declared_and_refused_elsewhere(kind):
    narrow = pl.Series("t", [100], kind)
    assert [to_nanoseconds(narrow, "f", unit=unit)[0] for unit in FACTORS] == [100 * FACTORS[unit] for unit in FACTORS]
    with pytest.raises(DataError, match="neither dates nor a count"):
        to_nanoseconds(narrow, "f")


def test_count_beyond_64_bits_is_named_with_its_row():
    with pytest.raises(DataError, match="of ns since 1970 before 2262 in column 't', found 18446744073709551615 in"):
        to_nanoseconds(pl.Series("t", [1, 2**64 - 1], pl.UInt64), "f", unit="ns")
    with pytest.raises(DataError, match="in data row 1"):
        one(2**62, unit="us")


def test_slash_dates_that_can_be_read_two_ways_need_a_decision():
    column = pl.Series("t", ["3/4/1999", "5/6/1999"])
    with pytest.raises(DataError, match="set day_first"):
        to_nanoseconds(column, "f.csv")
    by_month, by_day = (to_nanoseconds(column, "f.csv", day_first=first)[0] for first in (False, True))
    assert by_day - by_month == 30 * 86_400 * SECOND  # 4 March, 3 April


@pytest.mark.parametrize("dates", [["1/4/1999", "1/31/1999"], ["4/1/1999", "31/1/1999"]])
def test_slash_dates_decide_themselves_when_one_reading_fails(dates):
    found = to_nanoseconds(pl.Series("t", dates), "f.csv")
    assert [datetime.fromtimestamp(time // SECOND, UTC).date() for time in found] == [
        date(1999, 1, 5),
        date(1999, 2, 1),
    ]


@pytest.mark.parametrize("bad", ["yesterday", "2001-13-01", "", None, "9999-01-01", "2001-09-10 13:30:00"])
def test_unreadable_time_is_named_with_its_row(bad):
    with pytest.raises(DataError, match=r"column 't', found .* in data row 2"):
        to_nanoseconds(pl.Series("t", ["2001-09-10", bad]), "f.csv")


@pytest.mark.parametrize("bad", ["3000-01-01 00:00:00", "1500-01-01T00:00:00Z"])
def test_years_beyond_nanoseconds_are_refused_and_never_wrap(bad):
    with pytest.raises(DataError, match="data row 1"):
        one(bad)


def test_first_of_only_unreadable_times_is_named():
    with pytest.raises(DataError, match="found 'a' in data row 1"):
        to_nanoseconds(pl.Series("t", ["a", "b"]), "f.csv")


def test_column_that_cannot_be_a_time_is_refused():
    with pytest.raises(DataError, match="Float64"):
        one(1.5)


@pytest.mark.parametrize(
    ("counts", "row"),
    [
        ([MOMENT // SECOND, MOMENT // SECOND, MOMENT // 10**6], 3),
        ([MOMENT // 10**6, 0], 2),
        ([99_999_999_999, MOMENT], 2),
        ([MOMENT // 10**3, -(MOMENT // SECOND)], 2),
    ],
)
@pytest.mark.parametrize("kind", [pl.Int64, pl.String])
def test_counts_of_different_units_are_refused_and_no_value_moves_the_others(counts, row, kind):
    with pytest.raises(
        DataError, match=f"counts of .* since 1970 like the first, or the setting time_unit, in .* in data row {row}"
    ):
        to_nanoseconds(pl.Series("t", counts).cast(kind), "f.csv")


def later(first, *, then, day_first=None):
    habits = Habits()
    to_nanoseconds(pl.Series("t", [first]), "f.csv", habits=habits)
    return to_nanoseconds(pl.Series("t", [then]), "f.csv", habits=habits, first_row=2, day_first=day_first)[0]


def test_what_the_first_part_of_a_file_decides_holds_for_the_others():
    assert later("31/1/1999", then="2/3/1999") == one("1999-03-02")
    assert later("1/31/1999", then="2/3/1999") == one("1999-02-03")
    assert later("1/31/1999", then="2/3/1999", day_first=True) == one("1999-03-02")
    assert later(20010910, then=20010911) == one("2001-09-11")
    assert later(MOMENT // SECOND, then=5) == 5 * SECOND
    for first, then in [
        ("31/1/1999", "1/31/1999"),
        (20010910, MOMENT // SECOND),
        (MOMENT // 10**6, MOMENT // SECOND),
        (MOMENT // SECOND, MOMENT // 10**6),
    ]:
        with pytest.raises(DataError, match="in data row 2"):
            later(first, then=then)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Africa/Cairo", date(2023, 4, 27)),
        ("Asia/Tehran", date(2018, 3, 21)),
        ("Asia/Beirut", date(2022, 3, 26)),
        ("America/Sao_Paulo", date(2018, 11, 3)),
        ("America/Havana", date(2018, 11, 3)),
        ("America/Havana", date(2018, 3, 10)),
        ("Pacific/Apia", date(2011, 12, 29)),
        ("America/New_York", date(2021, 3, 13)),
    ],
)
def test_day_ends_when_the_next_begins_whatever_the_clocks_do(zone, day):
    days = pl.Series("t", [day - timedelta(1), day, day + timedelta(3)])
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(1)  # fold 0: what was before
    found = to_nanoseconds(days, "f.csv", zone=zone)
    assert found[1] == int(midnight.timestamp()) * SECOND
    assert found.is_sorted()
    assert found[1] - found[0] <= 25 * 3_600 * SECOND
    assert to_nanoseconds(days.cast(pl.String), "f.csv", zone=zone).to_list() == found.to_list()


def test_moment_that_clocks_leave_out_is_still_refused():
    with pytest.raises(DataError, match="times that America/New_York has exactly once"):
        one("2021-03-14 02:30:00", zone="America/New_York")


@pytest.mark.parametrize(
    ("text", "unit", "found"),
    [
        ("1600000000.5", None, 1_600_000_000_500_000_000),
        ("1600000000.123456789", None, 1_600_000_000_123_456_789),
        ("1600000000123.000001", None, 1_600_000_000_123_000_001),
        ("-1.5", "s", -1_500_000_000),
        ("-0.25", "ms", -250_000),
    ],
)
def test_parts_of_a_count_are_kept_to_the_nanosecond(text, unit, found):
    assert one(text, unit=unit) == found


def test_counts_with_and_without_parts_are_of_one_unit():
    column = pl.Series("t", ["1600000000", "1600000000.5", "1600000001.25"])
    assert [one % SECOND for one in to_nanoseconds(column, "f.csv")] == [0, 500_000_000, 250_000_000]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("1600000000123456.0001", {}),
        ("5.5", {"exact_ns": True}),
        ("9223372036.9", {"unit": "s"}),
        ("20010910.5", {}),
        ("1600000000.1234567891", {}),
    ],
)
def test_parts_that_cannot_be_are_refused(text, options):
    with pytest.raises(DataError, match="in data row 1"):
        one(text, **options)


def test_slash_dates_with_a_clock_need_a_decision_as_well():
    column = pl.Series("t", ["3/4/1999 9:30", "5/6/1999 9:30"])
    with pytest.raises(DataError, match="set day_first"):
        to_nanoseconds(column, "f.csv")
    assert to_nanoseconds(column, "f.csv", day_first=True)[0] == one("1999-04-03 09:30")
    with pytest.raises(DataError, match="data row 2"):
        to_nanoseconds(pl.Series("t", ["1/31/1999 9:30", "2/1/1999"]), "f.csv")
