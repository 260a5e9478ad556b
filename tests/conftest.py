"""One helper for the tests of a process, and a count of the mutants caught and the sound components accused."""

from collections import Counter

import pytest

from allause.isolation import Helper, Limits

_COUNTED = {"test_a_mutant_fails_exactly_its_check": "mutants", "test_a_look_alike_passes_every_check": "look-alikes"}
_outcomes = Counter()


@pytest.fixture(scope="session")
def one_helper():
    with Helper() as helper:
        yield helper


@pytest.fixture
def helper_of(one_helper):
    """Return the helper, its children looking into folders too: one warms up for all, as in a validation of many."""

    def helper_of(*folders, limits=None):
        for helper in (one_helper, one_helper.other()):
            helper.extra_sys_path, helper.limits = tuple(map(str, folders)), limits or Limits()
        return one_helper

    return helper_of


def pytest_runtest_logreport(report):
    kind = _COUNTED.get(report.location[2].partition("[")[0])
    if kind and report.when == "call" and report.outcome in {"passed", "failed"}:
        _outcomes[kind, report.outcome] += 1


def pytest_terminal_summary(terminalreporter):
    caught, missed = _outcomes["mutants", "passed"], _outcomes["mutants", "failed"]
    sound, accused = _outcomes["look-alikes", "passed"], _outcomes["look-alikes", "failed"]
    if caught + missed and sound + accused:
        recall = 100 * caught / (caught + missed)
        terminalreporter.write_line(
            f"checks: recall {recall:.1f} % ({caught} of {caught + missed} mutants fail exactly their check), "
            f"{accused} false positives on {sound + accused} look-alikes"
        )
