import pytest

from allause.checks import ALL_CHECKS, CHECKS, Check, Finding, Tier, examine, find
from allause.checks.validator import Accounting, unaccounted, zero_checks
from allause.models.report import Status


def check(code, *problems, raises=None, **waits):
    def function(_subject):
        if raises:
            raise raises
        yield from (Finding(message=problem, location="here", fix="mend it") for problem in problems)

    return Check(code=code, slug=code.lower(), tier=Tier.BRONZE, how="M", function=function, **waits)


def statuses(*checks):
    return {result.code: result.status for result in examine(checks, None)}


def test_no_finding_is_a_pass_and_a_finding_a_failure():
    assert statuses(check("A"), check("B", "wrong")) == {"A": Status.PASSED, "B": Status.FAILED}


def test_a_check_that_raises_is_errored_and_never_passed():
    (result,) = examine((check("A", raises=KeyError("x")),), None)
    assert result.status is Status.ERRORED
    assert "KeyError" in result.message


def test_what_needs_a_failed_check_is_blocked_by_the_root_of_it():
    results = examine((check("C", needs=("B",)), check("B", needs=("A",)), check("A", "wrong")), None)
    assert [result.code for result in results] == ["C", "B", "A"]
    assert [result.message for result in results[:2]] == ["blocked by A a", "blocked by A a"]


def test_what_needs_an_inconclusive_check_is_inconclusive_too():
    def noisy(_subject):
        yield Finding(message="too noisy", inconclusive=True)

    first = Check(code="A", slug="a", tier=Tier.GOLD, how="X", function=noisy)
    assert statuses(first, check("B", needs=("A",)))["B"] is Status.INCONCLUSIVE


def test_what_waits_for_an_inconclusive_check_names_the_root_of_it():
    def noisy(_subject):
        yield Finding(message="too noisy", inconclusive=True)

    a = Check(code="A", slug="a", tier=Tier.BRONZE, how="M", function=noisy)
    results = examine((a, check("B", needs=("A",)), check("C", needs=("B",))), None)
    assert [result.message for result in results[1:]] == ["blocked by A a"] * 2
    assert [result.waits_for for result in results] == ["", "A", "A"]


def test_what_another_check_has_told_is_one_finding():
    told = check("A", "lost")
    assert statuses(told, check("B", "lost", yields_to=("A",)))["B"] is Status.BLOCKED
    assert statuses(told, check("B", yields_to=("A",)))["B"] is Status.PASSED
    assert statuses(check("A"), check("B", "lost", yields_to=("A",)))["B"] is Status.FAILED


def test_finding_nothing_where_not_all_was_seen_is_no_pass():
    seen = check("A", "lost")
    assert statuses(seen, check("B", complete_with=("A",)))["B"] is Status.BLOCKED
    assert statuses(seen, check("B", "a secret", complete_with=("A",)))["B"] is Status.FAILED
    assert statuses(check("A"), check("B", complete_with=("A",)))["B"] is Status.PASSED


def test_the_root_of_what_was_not_seen_is_named():
    checks = (check("A", "dies"), check("B", "lost", yields_to=("A",)), check("C", complete_with=("B",)))
    assert examine(checks, None)[2].message == "blocked by A a"


def test_an_errored_need_blocks_too():
    assert statuses(check("A", raises=ValueError()), check("B", needs=("A",)))["B"] is Status.BLOCKED


def test_every_finding_is_told_and_many_are_counted():
    (result,) = examine((check("A", *[f"problem {n}" for n in range(8)]),), None)
    assert "problem 4" in result.message
    assert result.message.endswith("and 3 more")


def test_text_of_a_component_cannot_carry_control_bytes():
    (result,) = examine((check("A", "\x1b[31mred\r\n\x00\u202eevil"),), None)
    assert result.message.isprintable()


def test_the_table_has_unique_codes_and_slugs_and_needs_that_exist():
    codes = [entry.code for entry in ALL_CHECKS]
    assert len(set(codes)) == len(codes)
    assert len({entry.slug for entry in ALL_CHECKS}) == len(codes)
    assert {need for entry in CHECKS for need in entry.waits_for} <= set(codes)


@pytest.mark.parametrize("entry", ALL_CHECKS, ids=lambda entry: entry.code)
def test_every_check_explains_itself(entry):
    for part in ("What:", "Why:", "Fails:", "Passes:"):
        assert part in entry.explanation, part


def test_a_check_is_found_by_code_or_slug():
    assert find("con001") is find("missing-method") is not None
    assert find("XXX999") is None


def test_zero_checks_is_found_when_nothing_was_decided():
    (empty,) = zero_checks(Accounting(planned=(), accounted=()))
    assert empty.fix == "install a component, or name one that is installed"
    (blocked,) = zero_checks(Accounting(planned=("a",), accounted=(("a", Status.BLOCKED),)))
    assert "--fast" in blocked.fix  # what is installed need not be installed
    assert not list(zero_checks(Accounting(planned=("a",), accounted=(("a", Status.FAILED),))))


@pytest.mark.parametrize("accounted", [(), ("a", "a", "b"), ("a", "b", "c")], ids=["missing", "twice", "unplanned"])
def test_results_that_differ_from_the_plan_are_found(accounted):
    accounting = Accounting(planned=("a", "b"), accounted=tuple((name, Status.PASSED) for name in accounted))
    assert list(unaccounted(accounting))


def test_results_that_match_the_plan_are_not_flagged():
    accounting = Accounting(planned=("a", "b"), accounted=(("b", Status.FAILED), ("a", Status.PASSED)))
    assert not list(unaccounted(accounting))
