"""``allause rule``."""

import pytest

from allause.checks import ALL_CHECKS


def test_without_a_name_every_check_has_a_line(command):
    process = command("rule")
    assert process.returncode == 0
    lines = process.stdout.splitlines()[1:-1]
    assert [line.split()[:2] for line in lines] == sorted([check.code, check.slug] for check in ALL_CHECKS)


def test_the_letters_of_how_are_told(command):
    process = command("rule")
    legend = process.stdout.splitlines()[-1]
    for letter in {letter for check in ALL_CHECKS for letter in check.how.split("+")}:
        assert f" {letter} " in legend


def test_a_word_that_nobody_mistyped_is_not_guessed_at(command):
    process = command("rule", "NOPE")
    assert process.returncode == 2
    assert "did you mean" not in process.stderr
    assert "'allause rule' lists them" in process.stderr


@pytest.mark.parametrize("name", ["spike", "LATE", "duplicate", "duplicate_key"])
def test_who_asks_for_a_cause_of_market_data_is_told_what_explains_it(name, command):
    process = command("rule", name)
    assert process.returncode == 2
    assert "'allause data causes' explains the causes of defects in market data" in process.stderr


def test_who_asks_for_anything_else_is_not_sent_there(command):
    assert "data causes" not in command("rule", "CON0001").stderr + command("rule", "NOPE").stderr


@pytest.mark.parametrize("name", ["CON001", "con001", "missing-method"])
def test_a_check_is_explained_by_code_or_slug(name, command):
    process = command("rule", name)
    assert process.returncode == 0
    assert process.stdout.startswith("CON001 missing-method")
    assert "``" not in process.stdout
    assert "Required method" in process.stdout


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CON0001", "CON001"),
        ("CON04", "CON004"),
        ("con4", "CON004"),
        ("mising-method", "missing-method"),
        ("signature", "signature-mismatch or signature-lies"),
    ],
)
def test_an_unknown_check_is_a_usage_error_with_what_was_meant(name, meant, command):
    process = command("rule", name)
    assert process.returncode == 2
    assert f"did you mean {meant}?" in process.stderr


def test_an_explanation_says_why_by_what_evidence_and_whether_it_can_be_waived(command):
    said = command("rule", "PKG001").stdout
    for part in (
        "What: ",
        "Why: ",
        "Fails: ",
        "Passes: ",
        "Evidence: metadata",
        "Waivable: yes, allause waiver add PKG001",
    ):
        assert part in said
    assert "Waivable: no" in command("rule", "DSC006").stdout


@pytest.mark.parametrize(("name", "command_line"), [("PKG007", "--certify --select PKG007"), ("VAL003", "--certify")])
def test_a_check_that_only_a_certificate_asks_for_is_repeated_by_certifying(name, command_line, command):
    assert command("rule", name).stdout.endswith(f"Repeat: allause validate {command_line}\n")
