"""Print, after the mutants have been examined, how many were caught and how many sound components were accused."""

from collections import Counter

_COUNTED = {"test_a_mutant_fails_exactly_its_check": "mutants", "test_a_look_alike_passes_every_check": "look-alikes"}
_outcomes = Counter()


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
