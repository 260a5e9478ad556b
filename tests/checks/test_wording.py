"""Findings are written in whole words."""

import pytest

from mutants.mutant import Mutant

ANALYZED = "return self._analyze(returns or [], periods_per_year or 252.0)"
NOTED = "    @hookimpl\n    def get_component_info(self):"


@pytest.mark.parametrize(
    ("edits", "entry", "code", "expected"),
    [
        (
            (("class Engine:", "from functools import partialmethod\n\n\nclass Engine:"),
             (NOTED, "    get_component_info = partialmethod(print)\n\n    def get_nothing(self):")),
            "engine = mutant_analytics:Engine",
            "CON007",
            "Engine.get_component_info is an object of type functools.partialmethod; expected a method",
        ),
        (
            (("            periods=n,\n        )\n", "            periods=n,\n        )\n\n\nengine = Engine()\n"),),
            "engine = mutant_analytics:engine",
            "DSC010",
            "mutant_analytics:engine is an instance; expected a class, or a function that builds one",
        ),
        (
            ((ANALYZED, f"{ANALYZED}.figures"),),
            "engine = mutant_analytics:Engine",
            "BEH004",
            "analyze_performance() returned tuple; expected AnalysisReport",
        ),
        (
            ((ANALYZED, "return self"),),
            "engine = mutant_analytics:Engine",
            "BEH004",
            "analyze_performance() returned mutant_analytics.Engine; expected AnalysisReport",
        ),
    ],
)  # fmt: skip # one row a finding
def test_what_was_found_is_named(edits, entry, code, expected, examine_mutant):
    assert examine_mutant(Mutant(code, "worded", edits=edits, entry=entry))[code].message == expected
