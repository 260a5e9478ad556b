"""Checks that compare with an earlier report."""

import json

import attrs

from allause.models.report import Method, Parameter, Status
from allause.rendering import render
from allause.rendering.saved import parse

ADDED = "    def rebalance(self, weights, limit=None):\n        return None\n\n"
START = "    @hookimpl\n    def start(self"


def statuses(report):
    return {result.code: result.status for result in report.components[0].results}


def test_a_report_holds_the_public_methods_and_the_pace(component, validate):
    (found,) = validate(component((START, ADDED + START))).components
    rebalance = next(method for method in found.api if method.name == "rebalance")
    assert rebalance == Method(
        name="rebalance",
        is_async=False,
        parameters=(
            Parameter(name="weights", kind="positional_or_keyword", optional=False),
            Parameter(name="limit", kind="positional_or_keyword", optional=True),
        ),
    )
    assert len(found.pace) >= 3
    assert min(found.pace) > 0


def test_what_compares_is_planned_for_the_components_of_the_earlier_report(component, validate):
    identity = component()
    old = parse(render("json", validate(identity)).encode(), "old.json")
    assert not {"CON014", "PRF010"} & statuses(validate(identity)).keys()
    new = statuses(validate(identity, against=old))
    assert (new["CON014"], new["PRF010"]) == (Status.PASSED, Status.PASSED)
    other = attrs.evolve(old, components=(attrs.evolve(old.components[0], id="acme:other"),))
    assert not {"CON014", "PRF010"} & statuses(validate(identity, against=other)).keys()


def test_a_static_look_compares_nothing_and_says_so(component, validate):
    identity = component()
    old = validate(identity)
    new = statuses(validate(identity, against=old, fast=True))
    assert (new["CON014"], new["PRF010"]) == (Status.SKIPPED, Status.SKIPPED)


def test_a_report_of_the_first_schema_is_still_read(component, validate):
    form = json.loads(render("json", validate(component(), select=["DSC001"])))
    for name in ("api", "pace", "digest"):
        del form["components"][0][name]
    form["schema_version"] = "1.0"
    (old,) = parse(json.dumps(form).encode(), "old.json").components
    assert (old.api, old.pace, old.digest) == ((), (), "")
