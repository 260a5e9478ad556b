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


def test_a_method_is_located_where_its_def_is_and_not_its_decorator(examine_mutant):
    mutant = Mutant("BEH004", "located", edits=((ANALYZED, f"{ANALYZED}.figures"),))
    line = int(examine_mutant(mutant)["BEH004"].location.rpartition(":")[2].rstrip(")"))
    assert mutant.source.splitlines()[line - 1].startswith("    def analyze_performance(")


def test_who_cannot_await_a_method_is_told_what_both_can_call(examine_mutant):
    called = "self.operations += 1\n        if not returns:\n            self.analyze_performance([0.1])\n"
    edits = (("    def analyze_performance(", "    async def analyze_performance("), ("self.operations += 1\n", called))
    result = examine_mutant(Mutant("ASY004", "asynchronous", edits=edits))["ASY004"]
    assert "never awaited: Engine.analyze_performance" in result.message
    assert "a plain def and cannot, such as test_functionality()" in result.fix
    assert ":Engine.analyze_performance (" in result.location


def test_a_coroutine_of_another_class_is_not_taken_for_the_method_of_its_name(examine_mutant):
    client = "class Client:\n    async def analyze_performance(self):\n        return None"
    edits = (
        ("    def analyze_performance(", "    async def analyze_performance("),
        ("self.operations += 1\n", "self.operations += 1\n        Client().analyze_performance()\n"),
        ("\n\nclass Engine:", f"\n\n{client}\n\n\nclass Engine:"),
    )
    result = examine_mutant(Mutant("ASY004", "client", edits=edits))["ASY004"]
    assert "never awaited: Client.analyze_performance" in result.message
    assert result.fix == "await it, or run it on the component's own loop"
    assert "Engine.analyze_performance" not in result.location


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ('{"examined": ["it"]}', "validate_component(): the fields examined, expected valid among them"),
        ("{}", "validate_component(): no field, expected valid among them"),
        ('{"valid": True, "problems": 3}', "validate_component(): int 3 at $.problems, expected a sequence"),
    ],
)
def test_a_dict_in_the_place_of_a_record_is_told_by_its_fields(answer, message, examine_mutant):
    record = 'ComponentValidation(valid=True, examined=("configuration",))'
    result = examine_mutant(Mutant("TYP002", "dict", edits=((record, answer),)))["TYP002"]
    assert result.message == message
    assert result.fix.startswith("return ComponentValidation from allause.models, or a dict of its fields")
