"""Measured distributions."""

import pytest

from allause.rendering.distribution import charts, measurements, worded

FIGURES = {
    "name": "place_order",
    "unit": "ns",
    "n": 9,
    "p5": 1e3,
    "median": 2e3,
    "p95": 5e3,
    "p99": 7e3,
    "maximum": 1e6,
}


@pytest.fixture
def measured(make_report, make_step):
    def make(*evidence):
        return make_report(steps=tuple(make_step(f"step {n}", evidence=each) for n, each in enumerate(evidence)))

    return make


def test_a_mapping_with_the_five_quantiles_is_a_distribution_wherever_it_stands(measured):
    found = measurements(measured({"measured": FIGURES, "list": [{"inner": FIGURES}]}))
    assert [(each.where, each.name, each.n) for each in found] == [("market_data: step 0", "place_order", 9)] * 2
    assert found[0].values == (1e3, 2e3, 5e3, 7e3, 1e6)


@pytest.mark.parametrize(
    "damage",
    [{"p5": 0.0}, {"p5": -1.0}, {"median": "2"}, {"median": True}, {"median": 9e9}, {"maximum": None}],
)
def test_what_has_no_place_on_the_scale_is_no_distribution(damage, measured):
    assert measurements(measured({"measured": FIGURES | damage})) == []


def test_distributions_of_one_unit_share_one_scale(measured):
    slower = FIGURES | {"maximum": 1e8}
    (chart,) = charts(measured({"a": FIGURES}, {"a": slower}))
    (_, first), (_, second) = chart.rows
    assert first[0] == second[0]
    assert first[-1] < second[-1] < 1


def test_units_do_not_share_a_chart(measured):
    assert [chart.unit for chart in charts(measured({"a": FIGURES}, {"a": FIGURES | {"unit": "rows/s"}}))] == [
        "ns",
        "rows/s",
    ]


def test_positions_rise_with_the_values_and_stay_on_the_scale(measured):
    (chart,) = charts(measured({"a": FIGURES}))
    positions = chart.rows[0][1]
    assert list(positions) == sorted(positions)
    assert all(0 < position < 1 for position in positions)
    assert all(0 <= position <= 1 for position, _ in chart.ticks)


def test_one_value_repeated_has_a_chart_too(measured):
    same = FIGURES | dict.fromkeys(("p5", "median", "p95", "p99", "maximum"), 5.0)
    (chart,) = charts(measured({"a": same}))
    assert chart.rows[0][1] == (0.5,) * 5


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1_234_567.0, "ns", "1.23 ms"),
        (950.0, "ns", "950 ns"),
        (2e9, "ns", "2 s"),
        (123_456.0, "rows/s", "123,000 rows/s"),
    ],
)
def test_values_are_worded_for_people(value, unit, expected):
    assert worded(value, unit) == expected
