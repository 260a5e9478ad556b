import pytest

from allause.models import DefectCause

GOOD = "A,{t},{t},10,12,9,11,5,11"
DAY = 86_400 * 10**9


def counted(system, symbols=("A",)):
    quality = system.get_data_quality(symbols)
    spoiling = sum(count for cause, count in quality.defects.items() if cause != DefectCause.GAP)
    assert set(quality.defects) == {cause.value for cause in DefectCause}
    assert quality.good + spoiling == quality.rows
    return {cause: count for cause, count in quality.defects.items() if count}


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("A,1,1,10,12,9,11,5,11", "duplicate"),
        ("A,2,2,nan,12,9,11,5,11", "non_finite"),
        ("A,2,2,10,inf,9,11,5,11", "non_finite"),
        ("A,2,2,10,12,,11,5,11", "non_finite"),
        ("A,2,2,10,12,9,N/A,5,11", "non_finite"),
        ("A,2,2,10,12,9,11,,11", "non_finite"),
        ("A,2,2,10,12,9,11,5,-inf", "non_finite"),
        ("A,2,2,10,12,9,1e999,5,11", "non_finite"),
        ("A,2,2,10,12,-9,11,5,11", "negative_price"),
        ("A,2,2,0,12,0,11,5,11", "negative_price"),
        ("A,2,2,-0.0,12,9,11,5,11", "negative_price"),
        ("A,2,2,10,12,9,11,-5,11", "negative_price"),
        ("A,2,2,10,10.5,9,11,5,11", "impossible_bar"),
        ("A,2,2,10,12,10.5,11,5,11", "impossible_bar"),
        ("A,2,2,10,8,9,11,5,11", "impossible_bar"),
        ("A,2,1,10,12,9,11,5,11", "time_reversed"),
    ],
)
def test_bad_bar_is_counted_under_its_cause_and_not_served(bars, line, cause):
    system = bars(GOOD.format(t=1), line, GOOD.format(t=3))
    assert counted(system) == {cause: 1}
    assert system.get_market_data(["A"])["ts_event"].to_list() == [1, 3]


def test_row_with_several_defects_counts_under_the_first(bars):
    assert counted(bars(GOOD.format(t=1), "A,2,1,nan,-12,9,11,5,11")) == {"non_finite": 1}


def test_missing_adjusted_close_is_no_defect(bars):
    assert counted(bars("A,1,1,10,12,9,11,5,")) == {}


def test_late_rows_are_counted_and_served_in_their_place(bars):
    system = bars(*(GOOD.format(t=time) for time in (1, 4, 2, 3, 5)))
    assert counted(system) == {"disorder": 2}
    assert system.get_market_data(["A"])["ts_event"].to_list() == [1, 2, 3, 4, 5]


def test_late_bad_row_is_not_served(bars):
    system = bars(GOOD.format(t=1), GOOD.format(t=4), "A,2,2,nan,12,9,11,5,11")
    assert counted(system) == {"disorder": 1}
    assert system.get_market_data(["A"])["ts_event"].to_list() == [1, 4]


def test_stacked_symbols_are_no_disorder(bars):
    assert counted(bars(GOOD.format(t=5), "B,1,1,10,12,9,11,5,11"), ("A", "B")) == {}


def test_crossed_quote_is_counted_and_a_locked_one_served(written):
    system = written("symbol,ts_event,bid,ask,bid_size,ask_size\nA,1,10,9,1,1\nA,2,10,10,1,1\nA,3,10,11,1,1\n")
    assert counted(system) == {"crossed_quote": 1}
    assert system.get_market_data(["A"])["ts_event"].to_list() == [2, 3]


def test_trades_of_one_moment_are_duplicates_only_when_equal_in_every_column(written):
    system = written("symbol,ts_event,price,size,id\nA,1,10,1,1\nA,1,10,1,2\nA,1,10,1,2\n")
    assert counted(system) == {"duplicate": 1}


def test_daily_gap_is_longer_than_four_days(bars):
    days = (1, 2, 3, 7, 8, 13)
    assert counted(bars(*(GOOD.format(t=day * DAY) for day in days))) == {"gap": 1}


def test_gap_of_other_bars_is_longer_than_five_median_steps(bars):
    assert counted(bars(*(GOOD.format(t=time) for time in (1, 2, 3, 8, 9, 15)))) == {"gap": 1}


def test_bad_row_leaves_a_gap(bars):
    lines = [GOOD.format(t=day * DAY) for day in (1, 2, 3, 8, 9)]
    lines.insert(3, f"A,{5 * DAY},{5 * DAY},nan,12,9,11,5,11")
    assert counted(bars(*lines)) == {"gap": 1, "non_finite": 1}


def test_quality_covers_the_asked_symbols_only(bars):
    quality = bars(GOOD.format(t=5), "B,1,1,nan,12,9,11,5,11").get_data_quality(["B"])
    assert (quality.rows, quality.good, quality.ts_first, quality.ts_last) == (1, 0, 1, 1)
