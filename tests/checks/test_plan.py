from allause.checks import CHECKS, planned
from allause.kinds import KINDS


def test_checks_of_the_artefact_alone_are_planned_only_when_certifying():
    left_out = {check.code for check in planned("analytics", certify=True)} - {c.code for c in planned("analytics")}
    assert left_out == {check.code for check in CHECKS if check.certifying and not check.kinds}
    assert {"PKG007", "PKG009"} <= left_out


def test_a_check_of_some_kinds_is_planned_for_these_only():
    for kind in KINDS:
        codes = {check.code for check in planned(kind, certify=True)}
        assert codes == {check.code for check in CHECKS if not check.kinds or kind in check.kinds}
