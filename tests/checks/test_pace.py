"""The timed checks on made-up timings: what noise may do, and what only a component can."""

from random import Random

import attrs
import pytest

from allause.checks.pace import CHECKS
from allause.discovery import ComponentRecord, ComponentState
from allause.evidence import Evidence, SourceEvidence
from allause.evidence.probes import Pace, Round
from allause.evidence.probes.pace import MANY_ROUNDS, ClockReading, exponent

RECORD = ComponentRecord(
    id="made:engine",
    kind="analytics",
    name="engine",
    distribution="made",
    version="1",
    state=ComponentState.FOUND,
    module="made",
    attribute="Engine",
)


def findings(code, pace):
    evidence = Evidence(record=RECORD, core_version="0.1.0", source=SourceEvidence(file=None), probed={Pace: pace})
    check = next(check for check in CHECKS if check.code == code)
    return list(check.function(evidence))


def round_of(took, yardstick=100_000, busy=None):
    return Round(
        took_ns=tuple(took), yardsticks_ns=(yardstick,) * len(took), busy_ns=sum(took) if busy is None else busy
    )


def noisy(seed, typical_ns):
    """Rounds on a machine that stops everything for 5 to 80 ms in one slice of three hundred."""
    random = Random(seed)
    rounds = []
    for _ in range(MANY_ROUNDS):
        took = [typical_ns + (random.randint(5, 80) * 1_000_000 if random.random() < 1 / 300 else 0) for _ in range(50)]
        rounds.append(round_of([int(t * random.uniform(0.8, 2)) for t in took]))
    return Pace(rounds=tuple(rounds))


@pytest.mark.parametrize("code", ["PRF003", "PRF004", "PRF005", "PRF009"])
def test_a_machine_that_stops_now_and_then_accuses_nobody(code):
    assert [seed for seed in range(40) if findings(code, noisy(seed, 300_000))] == []


def test_a_neighbour_that_slows_one_round_of_many_accuses_nobody_and_turns_are_told():
    quick, slow = round_of([1_000_000] * 9), round_of([9_000_000] * 9)
    assert not findings("PRF009", Pace(rounds=(quick, slow, *[quick] * (MANY_ROUNDS - 2))))
    assert findings("PRF009", Pace(rounds=(quick, slow, quick, slow, quick, slow, quick)))


def test_a_machine_is_called_steady_only_when_no_processor_was_waited_for():
    rounds = (round_of([1_000_000] * 9), round_of([9_000_000] * 9), round_of([1_000_000] * 9))
    assert "the machine was steady" in findings("PRF009", Pace(rounds=rounds))[0].message
    crowded = tuple(attrs.evolve(each, waited_ns=sum(each.took_ns) // 4) for each in rounds)
    assert (
        "not steady either: threads waited for a processor, 25% of the"
        in findings("PRF009", Pace(rounds=crowded))[0].message
    )


def test_rounds_that_differ_by_what_threads_waited_for_a_processor_accuse_nobody():
    quick, slow = round_of([1_000_000] * 9), round_of([9_000_000] * 9)
    waiting = attrs.evolve(slow, waited_ns=9 * 5_000_000)
    assert not findings("PRF009", Pace(rounds=(quick, waiting, quick, waiting, quick, waiting, quick)))


def test_a_tail_in_several_rounds_is_found_unless_the_yardstick_has_it_too():
    slow = [200_000] * 40 + [90_000_000] * 10
    assert findings("PRF005", Pace(rounds=(round_of(slow),) * MANY_ROUNDS))
    stopped = attrs.evolve(round_of(slow), yardsticks_ns=(100_000,) * 40 + (90_000_000,) * 10)
    assert not findings("PRF005", Pace(rounds=(stopped,) * MANY_ROUNDS))


def test_one_round_in_which_the_component_was_idle_is_no_overclaim():
    idle, busy = round_of([1_000_000] * 50, busy=0), round_of([1_000_000] * 50)
    assert not findings("PRF003", Pace(rounds=(idle, busy, idle)))
    assert findings("PRF003", Pace(rounds=(idle,) * 3))


def test_calls_of_a_few_microseconds_are_not_held_against_busy_ns():
    assert not findings("PRF003", Pace(rounds=(round_of([8_000] * 50, busy=0),) * 3))


def test_a_rate_beyond_what_was_seen_is_an_overclaim_and_one_within_is_none():
    rounds = (round_of([1_000_000] * 50),)
    assert findings("PRF003", Pace(rounds=rounds, claims={"calls_per_second": 3_500.0}))
    assert not findings("PRF003", Pace(rounds=rounds, claims={"calls_per_second": 1_400.0, "busy_ns_per_call": 9e9}))


def test_cost_that_grows_in_every_comparison_fails_and_in_some_is_inconclusive():
    assert [f.inconclusive for f in findings("PRF006", Pace(exponents=(1.9, 2.0, 1.8)))] == [False]
    assert [f.inconclusive for f in findings("PRF006", Pace(exponents=(1.9, 1.2, 1.8)))] == [True]
    assert not findings("PRF006", Pace(exponents=(1.1, 1.9, 1.0)))


def test_the_exponent_is_the_power_of_the_size():
    assert exponent([100.0], [1_600.0]) == pytest.approx(1.0)
    assert exponent([100.0], [25_600.0]) == pytest.approx(2.0)


def reading(asked_ms, answered_ms, read_ms, name="perf_counter"):
    return ClockReading(
        time_ns=0, asked_ns=asked_ms * 10**6, answered_ns=answered_ms * 10**6, read_ns={name: int(read_ms * 10**6)}
    )


def test_a_clock_within_the_host_s_readings_is_not_bent_however_long_they_took():
    assert not findings("PRF008", Pace(clocks=(reading(0, 400, 10), reading(500, 900, 880))))


@pytest.mark.parametrize("read", [12, 2_000])
def test_a_clock_outside_of_the_host_s_readings_is_bent(read):
    assert findings("PRF008", Pace(clocks=(reading(0, 1, 0.5), reading(500, 501, read))))


@pytest.mark.parametrize("name", ["latency", "throughput", "ErrorRate", "memory_used", "speedup"])
def test_a_quantity_without_a_unit_is_a_claim_without_measure(name):
    assert findings("PRF001", Pace(claims={name: 1.0}))


@pytest.mark.parametrize(
    "name", ["latency_ms", "rows_per_second", "error_rate_ratio", "open_orders", "journal_bytes", "cacheSizeBytes"]
)
def test_a_quantity_with_a_unit_or_a_count_is_none(name):
    assert not findings("PRF001", Pace(claims={name: 1.0}))
