"""Findings are written in whole words."""

import pytest

from mutants.company import INFO, busily, inside
from mutants.mutant import ENHANCER, ENTRY, GROUP, MARKET_DATA, Mutant, at_top

ANALYZED = "return self._analyze(returns or [], periods_per_year or 252.0)"
NOTED = "    @hookimpl\n    def get_component_info(self):"


@pytest.mark.parametrize(
    ("edits", "entry", "code", "expected"),
    [
        (
            (("class Engine:", "from functools import partialmethod\n\n\nclass Engine:"),
             (NOTED, "    get_component_info = partialmethod(print)\n\n    def get_nothing(self):")),
            ENTRY,
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
            ENTRY,
            "BEH004",
            "analyze_performance() returned tuple; expected AnalysisReport",
        ),
        (
            ((ANALYZED, "return self"),),
            ENTRY,
            "BEH004",
            "analyze_performance() returned mutant_analytics.Engine; expected AnalysisReport",
        ),
        (
            ((ANALYZED, "return self._analyse(returns or [], 252.0)"),),
            ENTRY,
            "BEH004",
            "object has no attribute '_analyse' at __init__.py:77; expected an answer or ValueError",
        ),
        (
            (("    def validate_component(", "    def check("),),
            ENTRY,
            "CON001",
            "Engine has no method validate_component()",
        ),
        (
            (("formance(\n        self, returns=None,", "formance(\n        self, series,"),
             ("for value in returns or ():", "returns = series\n        for value in returns or ():")),
            ENTRY,
            "CON004",
            "it has no parameter returns and it demands series, which the host never passes",
        ),
    ],
)  # fmt: skip # one row a finding
def test_what_was_found_is_named(edits, entry, code, expected, examine_mutant):
    assert expected in examine_mutant(Mutant(code, "worded", edits=edits, entry=entry))[code].message


@pytest.mark.parametrize(
    ("edits", "entry", "group", "code", "fix"),
    [
        ((), ENTRY, "allause.analytic", "DSC001", '[project.entry-points."allause.analytics"]'),
        ((), "engine = mutant_analytics.figure:Engine", GROUP, "DSC003", "write mutant_analytics.figures:Engine"),
        ((("class Engine:", "import figurez\n\n\nclass Engine:"),), ENTRY, GROUP, "DSC006",
         "correct the name, or add what ships it to dependencies"),
        ((("class Engine:", "class Engine"),), ENTRY, GROUP, "DSC006", "mend what stands on that line"),
        ((("    def validate_component(", "    def check("),), ENTRY, GROUP, "CON001",
         "add def validate_component(self) below @hookimpl"),
    ],
)  # fmt: skip # one row a finding
def test_a_fix_says_what_to_write(edits, entry, group, code, fix, examine_mutant):
    files = (("mutant_analytics/figures.py", ""),)
    mutant = Mutant(code, "worded", edits=edits, entry=entry, group=group, files=files)
    assert fix in examine_mutant(mutant)[code].fix


def test_a_stream_that_ends_the_process_is_told(examine_mutant):
    edits = (("self.batches += ", "__import__('os').abort(), "),)
    result = examine_mutant(Mutant("BEH004", "aborts", edits=edits, **ENHANCER))["BEH004"]
    assert (result.status, result.message.partition("(")[0]) == ("failed", "stream")


def test_a_dict_of_columns_is_no_table(examine_mutant):
    edits = (("return Table.from_pydict(table)", "return columns"),)
    results = examine_mutant(Mutant("BEH004", "columns", edits=edits, **MARKET_DATA))
    assert "returned dict; expected a table (an object with __arrow_c_stream__)" in results["BEH004"].message


@pytest.mark.parametrize(
    ("code", "top", "call"),
    [
        ("SEC001", "urllib.request", "urllib.request.urlopen('http://127.0.0.1:9/')"),
        ("SEC002", "subprocess", "subprocess.run(['true'])"),
    ],
)  # fmt: skip # one row a check
def test_what_is_asked_of_the_system_is_one_finding_at_the_line_that_leads_to_it(code, top, call, examine_mutant):
    asking = ("try:", f"    {call}", "except OSError:", "    pass")
    mutant = Mutant(code, "asks", edits=(*at_top(f"import {top}"), busily(*asking)))
    (line,) = [n for n, text in enumerate(mutant.source.splitlines(), 1) if text.strip() == call]
    result = examine_mutant(mutant)[code]
    assert result.location == f"mutant_analytics (__init__.py:{line})"
    assert result.message.count("is not declared") == 1


@pytest.mark.parametrize(
    ("capabilities", "told"),
    [("", "no network, and capabilities do not name it;"), ('capabilities=("network",),', "no network; help(")],
)
def test_who_needs_the_network_in_a_call_is_told_once_that_there_is_none(capabilities, told, examine_mutant):
    asking = inside("urllib.request.urlopen('http://127.0.0.1:9/')")
    edits = (*at_top("import urllib.request"), asking, (INFO, f"{INFO} {capabilities}"))
    results = examine_mutant(Mutant("BEH004", "needs-the-network", edits=edits))
    assert [code for code, result in results.items() if result.status == "failed"] == ["BEH004"]
    assert told in results["BEH004"].fix
    assert results["SEC001"].waits_for == "BEH004"


@pytest.mark.parametrize(
    "before", ["raise KeyError('AAA')", "return None"], ids=["another-that-raised", "another-of-a-wrong-type"]
)
def test_a_call_that_ends_the_process_is_told_beside(before, examine_mutant):
    edits = inside("if self.operations == 1:", f"    {before}", "if self.operations == 3:", "    os.abort()")
    result = examine_mutant(Mutant("BEH004", "ends", edits=(*at_top("import os"), edits)))["BEH004"]
    ended, *others = result.message.split("; analyze_performance(")
    assert ended.startswith("analyze_performance(")
    assert "expected an answer" in ended
    assert len(others) == 1
    assert "AnalysisReport" in others[0] or "raised KeyError" in others[0]
    assert result.fix == "make the call return or raise; nothing may end or hold the process"


def test_what_prints_at_one_place_is_located_there(examine_mutant):
    mutant = Mutant("RES008", "prints", edits=(inside("print('here')"),))
    line = 1 + mutant.source.splitlines().index("        print('here')")
    assert examine_mutant(mutant)["RES008"].location == f"mutant_analytics (__init__.py:{line})"


def test_a_method_is_located_where_its_def_is_and_not_its_decorator(examine_mutant):
    mutant = Mutant("BEH004", "located", edits=((ANALYZED, f"{ANALYZED}.figures"),))
    line = int(examine_mutant(mutant)["BEH004"].location.rpartition(":")[2].rstrip(")"))
    assert mutant.source.splitlines()[line - 1].startswith("    def analyze_performance(")


@pytest.mark.parametrize(
    ("folder", "location"),
    [
        ("mutant_analytics", "mutant_analytics.base (base.py:2)"),
        ("elsewhere", "mutant_analytics:Engine.close (__init__.py:{})"),
    ],
)
def test_an_inherited_method_is_located_in_its_own_file_or_by_the_class_that_inherits_it(
    folder, location, examine_mutant
):
    base = "class Base:\n    def close(self):\n        self.context = None\n"
    edits = (
        ("    @hookimpl\n    def close(self):\n        self.context = None\n\n", ""),
        ("class Engine:", f"from {folder}.base import Base\n\n\nclass Engine(Base):"),
    )
    mutant = Mutant("CON003", "inherits", edits=edits, files=((f"{folder}/base.py", base),))
    line = mutant.source.splitlines().index("class Engine(Base):") + 1
    assert examine_mutant(mutant)["CON003"].location == location.format(line)


def test_what_nobody_awaits_in_a_self_test_is_one_finding(examine_mutant):
    edits = (
        ("    def analyze_performance(", "    async def analyze_performance("),
        ("report = self._analyze([0.5, -0.5], 1.0)", "report = self.analyze_performance([0.5, -0.5])"),
        ("passed = report", "passed = hasattr(report, 'figures') and report"),
    )
    results = examine_mutant(Mutant("BEH001", "asynchronous", edits=edits))
    assert [code for code, result in results.items() if result.status == "failed"] == ["BEH001"]
    assert results["BEH001"].message.startswith("never awaited: Engine.analyze_performance; test_functionality(): case")
    assert results["BEH001"].fix.startswith("await it where it is called")
    assert results["ASY004"].waits_for == "BEH001"


def test_a_wrong_answer_is_told_and_not_the_self_test_that_finds_it_too(examine_mutant):
    edits = (
        (ANALYZED, f"{ANALYZED}.figures"),
        ("report = self._analyze([0.5, -0.5], 1.0)", "report = self.analyze_performance([0.5, -0.5])"),
        ("passed = report", "passed = hasattr(report, 'figures') and report"),
    )
    results = examine_mutant(Mutant("BEH004", "figures-alone", edits=edits))
    assert [code for code, result in results.items() if result.status == "failed"] == ["BEH004"]
    assert results["BEH001"].waits_for == "BEH004"


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


@pytest.mark.parametrize(
    ("top", "statement", "found"),
    [
        ("import json", "json.loads = dict", True),
        ("import json as inner", "inner.loads.__kwdefaults__ = {}", True),
        ("from json import JSONEncoder", "setattr(JSONEncoder, 'default', dict)", True),
        ("import json", "json.loads.__kwdefaults__.update(cls=dict)", True),
        ("from json.decoder import BACKSLASH", "BACKSLASH['n'] = 'N'", True),
        ("from json import decoder", "vars(decoder)['scanstring'] = dict", False),
    ],
)
def test_what_is_replaced_is_located_where_the_source_says_so_and_else_by_the_class(
    top, statement, found, examine_mutant
):
    edits = (("class Engine:", f"{top}\n\n\nclass Engine:"), inside(statement))
    mutant = Mutant("SEC005", "patches", edits=edits)
    lines = mutant.source.splitlines()
    line = 1 + lines.index(f"        {statement}" if found else "class Engine:")
    owner = "" if found else ":Engine"
    assert examine_mutant(mutant)["SEC005"].location == f"mutant_analytics{owner} (__init__.py:{line})"
