import attrs

from allause.checks import CHECKS, planned
from allause.kinds import KINDS
from allause.models.report import ComponentReport, Method

EARLIER = ComponentReport(
    id="a:b",
    kind="",
    distribution="a",
    version="1",
    results=(),
    api=(Method(name="x", is_async=False, parameters=()),),
    pace=(1.0,),
)


def test_a_check_that_compares_is_planned_where_the_earlier_report_says_something():
    def added(previous):
        return {c.code for c in planned("analytics", previous=previous)} - {c.code for c in planned("analytics")}

    assert added(EARLIER) == {"CON014", "PRF010"}
    assert added(attrs.evolve(EARLIER, pace=())) == {"CON014"}
    assert added(attrs.evolve(EARLIER, pace=(), api=())) == set()


def test_checks_of_the_artefact_alone_are_planned_only_when_certifying():
    left_out = {check.code for check in planned("analytics", certify=True)} - {c.code for c in planned("analytics")}
    assert left_out == {check.code for check in CHECKS if check.certifying and not check.kinds}
    assert {"PKG007", "PKG009"} <= left_out


def test_a_check_of_some_kinds_is_planned_for_these_only():
    for kind in KINDS:
        codes = {check.code for check in planned(kind, certify=True, previous=EARLIER)}
        assert codes == {check.code for check in CHECKS if not check.kinds or kind in check.kinds}
