"""The reference pages say what the code says."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from random import Random

import attrs
import pytest

from allause import stages
from allause.checks import ALL_CHECKS
from allause.hookspecs import StandardSpec
from allause.kinds import KINDS
from allause.venue import CASES, CONDITIONS, FaultClass, Refusal

DOCS = Path(__file__).parents[1] / "docs"
TYPES = ("feature", "change", "removal", "fix", "contract", "security")


@pytest.fixture(scope="module")
def writer():
    """Load the script that writes the contract's pages."""
    spec = spec_from_file_location("reference_pages", DOCS / "reference_pages.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def page(name):
    return (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8")


def headings(text, level):
    return re.findall(rf"^#{{{level}}} (.+)$", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["contract", "records", "checks", "order-states", "faults", "event-path"])
def test_the_page_is_what_the_script_writes(writer, name):
    if name == "order-states":
        pytest.importorskip("allause_execution", reason="allause-execution is not installed")
    written = getattr(writer, f"{name.replace('-', '_')}_page")()
    assert page(name) == written, f"docs/reference/{name}.md is stale: run `python docs/reference_pages.py`"


def test_every_public_name_of_the_event_path_has_its_heading():
    names = {name for name, value in vars(stages).items() if getattr(value, "__module__", "") == stages.__name__}
    wanted = {"allause.running.EventPath", "allause.stages.Stage", *(f"allause.stages.{name}" for name in names)}
    assert set(headings(page("event-path"), 2)) == wanted


def test_every_method_of_every_kind_has_its_heading_on_the_contract_page():
    wanted = {f"{spec.__name__}.{name}" for spec in (StandardSpec, *(kind.spec for kind in KINDS.values()))
              for name, value in vars(spec).items() if callable(value) and not name.startswith("_")}  # fmt: skip
    assert set(headings(page("contract"), 3)) == wanted


def test_every_check_has_its_heading_and_says_what_and_why():
    found = headings(page("checks"), 2)
    lacking = [f"{check.code} {check.slug}" for check in ALL_CHECKS if f"{check.code} {check.slug}" not in found]
    assert lacking == [], "run `python docs/reference_pages.py`"
    assert len(found) == len(ALL_CHECKS)
    silent = [c.code for c in ALL_CHECKS if not re.search(r"^What: .*^Why: ", c.explanation, re.DOTALL | re.MULTILINE)]
    assert silent == [], "the docstring of each check's function says `What:` and `Why:`"


def test_every_case_of_the_venue_is_on_its_page_with_the_incidents_it_repeats():
    text = " ".join(page("faults").split())
    assert headings(page("faults"), 2) == [*FaultClass, "Conditions"]
    for case in CASES:
        assert f"| {case.name} |" in text
        assert all(incident in text for incident in case.incidents)
        kind = type(case.make(Random(0), 0))
        own = {field.name for field in attrs.fields(kind)} - {"order_index", "fault_class"}
        shown = re.search(rf"\| {case.name} \|[^`]*`{kind.__name__}\((.*?)\)`", text)
        assert {word.partition("=")[0] for word in shown[1].split(", ") if "=" in word} == own
    for condition in CONDITIONS:
        assert f"| {condition.name} | {condition.goes_wrong} | `{condition.parameters}` |" in text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_page_of_the_cases_has_each_value_that_is_drawn_and_no_other(case):
    (shown,) = re.findall(rf"^\| {case.name} \|[^`]*`\w+\((.*?)\)`", page("faults"), flags=re.MULTILINE)
    possible = {}
    for name, _, told in (word.partition("=") for word in shown.split(", ") if word):
        first, ranged, last = told.partition(" to ")
        possible[name] = {*map(str, range(int(first), int(last) + 1))} if ranged else {*told.split(" or ")}
    faults = [case.make(Random(seed), 0) for seed in range(100)]
    for name, values in possible.items():
        drawn = {str(getattr(fault, name)) for fault in faults}
        assert drawn <= values if len(values) > len(faults) else drawn == values, name


def test_every_word_of_a_refusal_is_explained():
    words = re.findall(
        r"^\| `(\w+)` \| ", page("venue").partition("## Refusals")[2].partition("\n## ")[0], flags=re.MULTILINE
    )
    assert words == [*Refusal]


def test_a_changed_signature_changes_the_page(writer, monkeypatch):
    def place_order(self, symbol: str, amount: int) -> None: ...

    place_order.allause_spec = {}
    monkeypatch.setattr(KINDS["execution"].spec, "place_order", place_order)
    assert "def place_order(self, symbol: str, amount: int) -> None" in writer.contract_page()


def test_a_fragment_has_an_issue_and_a_type_that_is_explained():
    folder = DOCS / "changelog"
    explained = re.findall(r"^\| `(\w+)` \|", (folder / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert tuple(explained) == TYPES
    names = [path.name for path in folder.iterdir() if path.name != "README.md"]
    assert [name for name in names if not re.fullmatch(rf"\d+\.({'|'.join(TYPES)})\.md", name)] == []


def test_the_documentation_names_no_path_of_a_machine():
    pages = [*DOCS.rglob("*.md"), *DOCS.rglob("*.py"), *DOCS.parent.glob("*.md")]
    pattern = re.compile(r"(?<![\w.])/(home|root|work|opt|tmp|Users)/")
    assert [str(path) for path in pages if pattern.search(path.read_text(encoding="utf-8"))] == []


def test_the_modules_of_the_example_are_the_ones_the_tutorial_shows():
    tutorial = (DOCS / "tutorial" / "first-component.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"\.\./examples/(allause-hello/[\w./-]+)", tutorial))
    source = (DOCS / "examples" / "allause-hello" / "src").rglob("*.py")
    modules = {str(path.relative_to(DOCS / "examples")) for path in source if path.name != "__init__.py"}
    assert modules <= shown
    assert [path for path in shown if not (DOCS / "examples" / path).is_file()] == []


@pytest.mark.parametrize("folder", ["tutorial", "how-to", "reference", "explanation"])
def test_an_index_links_every_page_by_its_title_for_who_reads_it_as_a_file(folder):
    text = (DOCS / folder / "index.md").read_text(encoding="utf-8")
    listed = {name: title for title, name in re.findall(r"^- \[(.+)\]\(([\w-]+)\.md\)$", text, flags=re.MULTILINE)}
    pages = {path.stem: path for path in (DOCS / folder).glob("*.md") if path.stem != "index"}
    assert listed == {name: headings(path.read_text(encoding="utf-8"), 1)[0] for name, path in pages.items()}
    assert text.partition(":hidden:\n")[2].removesuffix("```\n").split() == list(listed)
