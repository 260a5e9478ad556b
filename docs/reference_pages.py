"""Write what the code decides: the pages of docs/reference that it decides, and the help text.

Run ``python docs/reference_pages.py`` after a change of hookspecs, models, exceptions, checks, cases, commands or
of the table of order states; tests compare.
"""

import ast
import inspect
import os
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from enum import StrEnum
from importlib import import_module
from io import StringIO
from pathlib import Path
from pkgutil import iter_modules
from random import Random
from textwrap import dedent, wrap
from types import ModuleType
from typing import Any

import attrs

from allause import exceptions, models, stages
from allause.checks import ALL_CHECKS
from allause.hookspecs import CONTRACT_VERSION, StandardSpec
from allause.kinds import KINDS
from allause.models import OrderStatus
from allause.running import EventPath
from allause.venue import CONDITIONS, INCIDENTS, Case, Fault, FaultClass, cases_of
from allause.workflows.error_recovery import MIXED, STEPS

SPECS = (StandardSpec, *(kind.spec for kind in KINDS.values()))
REFERENCE = Path(__file__).parent / "reference"
HELP = Path(__file__).parents[1] / "core" / "allause" / "help.txt"
_WIDTH = 100
_HOW = {"M": "metadata", "A": "source", "X": "the isolated child", "-": "the whole run"}
_FIELD = re.compile(r"^:(param|raises) ([\w.]+):\s*", flags=re.MULTILINE)


def contract_page() -> str:
    """Return the page of every method of every kind."""
    return "\n".join(_contract_lines())


def records_page() -> str:
    """Return the page of the records, the closed vocabularies and the exceptions."""
    return "\n".join(_records_lines())


def checks_page() -> str:
    """Return the page of every check, in the order of the plan."""
    return "\n".join(_checks_lines())


def order_states_page() -> str:
    """Return the page of the states of an order in allause-execution, drawn from the table in force."""
    return "\n".join(_order_states_lines())


def faults_page() -> str:
    """Return the page of every case of the exam venue, by class."""
    return "\n".join(_faults_lines())


def event_path_page() -> str:
    """Return the page of the event path and of stages that are written out."""
    return "\n".join(_event_path_lines())


def help_text() -> str:
    """Return what the command line says of itself in 80 columns."""
    from allause.cli.application import invoke  # noqa: PLC0415 - the pages do not need it

    said = StringIO()
    os.environ["COLUMNS"] = "80"
    with redirect_stdout(said):
        invoke(["--help"])
    return said.getvalue()


def signature(method: Any) -> str:
    """Return the method's signature as its source has it, one parameter a line when it is long."""
    function = ast.parse(dedent(inspect.getsource(method))).body[0]
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        raise TypeError(f"expected a function, found {type(function).__name__}")
    keyword = "async def" if isinstance(function, ast.AsyncFunctionDef) else "def"
    answer = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    line = f"{keyword} {function.name}({ast.unparse(function.args)}){answer}"
    if len(line) <= _WIDTH:
        return line
    parameters = "".join(f"    {ast.unparse(parameter)},\n" for parameter in function.args.args)
    return f"{keyword} {function.name}(\n{parameters}){answer}"


def methods(spec: type) -> list[Any]:
    """Return the hooks of ``spec`` in the order of its source."""
    return [member for member in vars(spec).values() if hasattr(member, "allause_spec")]


def _order_states_lines() -> Iterator[str]:
    from allause_execution.orders.transitions import TRANSITIONS, drawn  # noqa: PLC0415 - the other pages do not need it

    yield from (
        "# States of an order",
        "",
        "As `allause-execution` follows it. What is not drawn is illegal: it is recorded in the journal, told by",
        '`validate_component`, and not applied. `accepted` as the next state stands for "it works": `pending_replace`',
        "while the answer to a replacement is missing, `partially_filled` when something is filled, `triggered` when",
        "it is a stop whose price was met. An order whose fills reach its quantity is `filled`, whatever the event.",
        "",
        "| in | comes | leads to |",
        "|---|---|---|",
    )
    for status in OrderStatus:
        leads: dict[OrderStatus, list[str]] = {}
        for event, after in TRANSITIONS[status].items():
            leads.setdefault(after, []).append(f"`{event}`")
        rows = [f"| `{status}` | {', '.join(events)} | `{after}` |" for after, events in leads.items()]
        yield from rows or [f"| `{status}` | nothing more | |"]
    yield from ("", "As a mermaid diagram:", "", "```text", drawn(), "```", "")


def _contract_lines() -> Iterator[str]:
    yield from (
        "# The contract",
        "",
        "<!-- written by docs/reference_pages.py from core/allause/hookspecs; do not edit -->",
        "",
        f"Version {CONTRACT_VERSION}. The host calls every method by keyword. A parameter annotated `| None` is",
        "optional: the host passes it only when it has a value, so an implementation gives it a default. The records",
        "are described in [records](records.md).",
        "",
    )
    for spec in SPECS:
        module = inspect.getmodule(spec)
        yield from (f"## {spec.__name__}", "", inspect.getdoc(module) or "", "", inspect.getdoc(spec) or "", "")
        for method in methods(spec):
            yield from (f"### {spec.__name__}.{method.__name__}", "", "```python", signature(method), "```", "")
            yield from (*_described(inspect.getdoc(method) or ""), "")


def _described(text: str) -> Iterator[str]:
    """Turn ``:param x:`` and ``:raises X:`` into list items; the rest stays as it is."""
    fields = list(_FIELD.finditer(text))
    if not fields:
        yield text.strip()
        return
    yield from (text[: fields[0].start()].strip(), "")
    for field, following in zip(fields, [*fields[1:], None], strict=True):
        body = " ".join(text[field.end() : following.start() if following else None].split())
        kind, name = field.groups()
        label = f"`{name}`" if kind == "param" else f"raises `{name.rpartition('.')[2]}`"
        yield f"- {label}: {body}"


def _records_lines() -> Iterator[str]:
    yield from (
        "# Records",
        "",
        "<!-- written by docs/reference_pages.py from core/allause/models; do not edit -->",
        "",
        "Everything that crosses the contract. Times are integer nanoseconds UTC. All names here are importable from",
        "`allause.models`.",
        "",
    )
    for module in _record_modules():
        yield from (f"## {module.__name__}", "", inspect.getdoc(module) or "", "")
        for record in vars(module).values():
            if inspect.isclass(record) and record.__module__ == module.__name__:
                yield from _record_lines(record)
    yield from ("## allause.exceptions", "", "```text", (inspect.getdoc(exceptions) or "").strip(), "```", "")


def _checks_lines() -> Iterator[str]:
    yield from (
        "# The checks",
        "",
        "<!-- written by docs/reference_pages.py from core/allause/checks; do not edit -->",
        "",
        "A code never changes its meaning and is never reused for something else. `allause rule CODE` shows the same",
        "text. A check is blocked when another check that it needs did not pass: mend that one first.",
        "",
        "The tier says what a check is first needed for: `bronze`, to load and to keep the contract; `silver`, to work",
        "reliably by itself; `gold`, to go live; `platinum`, to be examined by others. Tiers sort the checks. A report",
        "shows what each check found and does not award a tier.",
        "",
        "| check | what it finds | first needed for |",
        "|---|---|---|",
    )
    for check in ALL_CHECKS:
        link = f"[{check.code} {check.slug}](#{check.code.lower()}-{check.slug})"
        yield f"| {link} | {check.explanation.splitlines()[0]} | {check.tier} |"
    yield ""
    for check in ALL_CHECKS:
        summary, _, rest = check.explanation.partition("\n")
        how = " and ".join(_HOW[letter] for letter in check.how.split("+"))
        facts = [f"first needed for {check.tier}", f"looks at {how}"]
        facts += [] if check.waivable else ["cannot be waived"]
        yield from (f"## {check.code} {check.slug}", "", summary, "", "; ".join(facts).capitalize() + ".", "")
        if check.needs:
            yield from (f"Needs {', '.join(check.needs)}.", "")
        if check.yields_to:
            yield from (f"Leaves what it finds to {', '.join(check.yields_to)}, where one of them did not pass.", "")
        if check.complete_with:
            yield from (f"Finding nothing is a pass only with {', '.join(check.complete_with)}.", "")
        yield from (*_explained(rest), "")


def _faults_lines() -> Iterator[str]:
    yield from (
        "# What the exam venue does to orders",
        "",
        "<!-- written by docs/reference_pages.py from core/allause/venue/cases.py; do not edit -->",
        "",
        "Nine ways in which trading systems have lost their users' money, each with cases that the workflow *error",
        "recovery* injects while it trades, and the public incidents that they repeat (project and number of the issue",
        "or pull request). A case counts as recovered only when the venue's log proves what is expected; the score is",
        "recovered / planned.",
        "",
        "A fault is data: a record of `allause.venue` with its parameters. When, to which order (`order_index`) and",
        "for how long is drawn from the seed: the same seed gives the same faults. What lasts is counted in calls over",
        "the link, in orders refused, or in the venue's logical time; nothing sleeps. `FaultScript(faults=...)` takes",
        "any others.",
        "",
    )
    for fault_class in FaultClass:
        incidents = ", ".join(INCIDENTS[fault_class])
        step = f"Step *{STEPS[fault_class]}*. Repeats {incidents}."
        yield from (f"## {fault_class}", "", *wrap(step, 118), "")
        yield from ("| case | goes wrong | fault and parameters | expected |", "|---|---|---|---|")
        for case in cases_of(fault_class):
            yield f"| {case.name} | {case.goes_wrong} | `{_parameters(case)}` | {case.expected} |"
        yield ""
    yield from ("## Conditions", "")
    yield from (f"What the link and the machine are like in the step *{MIXED}*, besides every fault.", "")
    yield from ("| condition | goes wrong | parameters | expected |", "|---|---|---|---|")
    for condition in CONDITIONS:
        yield f"| {condition.name} | {condition.goes_wrong} | `{condition.parameters}` | {condition.expected} |"
    yield from (
        "",
        "A venue can also have a rate limit of its own, without any fault: `InProcessSession(venue,",
        "rate=RateLimit(messages=10))`. See [Exam venue](venue.md).",
        "",
    )


class _Nth(Random):
    """Draw the n-th of everything, the last where there are fewer."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self._place = place

    def randint(self, a: int, b: int) -> int:
        """Return the n-th number of the range."""
        return min(a + self._place, b)

    def choice(self, seq: Any) -> Any:
        """Return the n-th of the sequence."""
        return seq[min(self._place, len(seq) - 1)]


def _parameters(case: Case) -> str:
    """Return the record that a case makes, with everything that its parameters are drawn from."""
    drawn: list[Fault] = []
    while (fault := case.make(_Nth(len(drawn)), 0)) not in drawn[-1:]:
        drawn.append(fault)
    fields = [field.name for field in attrs.fields(type(drawn[0])) if field.name not in {"order_index", "fault_class"}]
    texts = [f"{name}={_possible([getattr(fault, name) for fault in drawn])}" for name in fields]
    return f"{type(drawn[0]).__name__}({', '.join(texts)})"


def _possible(values: list[Any]) -> str:
    """Return what is drawn as text: a range where whole numbers follow each other, else every value."""
    each = list(dict.fromkeys(values))
    ranged = len(each) > 1 and {*map(type, each)} == {int} and each == list(range(each[0], each[-1] + 1))
    return f"{each[0]} to {each[-1]}" if ranged else " or ".join(map(str, each))


def _event_path_lines() -> Iterator[str]:
    yield from (
        "# The event path",
        "",
        "<!-- written by docs/reference_pages.py from core/allause/running/path.py and stages.py; do not edit -->",
        "",
        "[Enhance market data](../how-to/enhance-market-data.md) puts an enhancer on it.",
        "",
        "## allause.running.EventPath",
        "",
        *_told(EventPath),
    )
    for method in (EventPath.__init__, EventPath.drain):
        yield from (f"### EventPath.{method.__name__}", "", "```python", signature(method), "```", "")
        yield from (*_told(method),)
    yield from ("## allause.stages.Stage", "", "A stage: it takes an event and answers the next one's, or None.", "")
    yield from ("## allause.stages.stage_of", "", "```python", signature(stages.stage_of), "```", "")
    yield from (inspect.getdoc(stages) or "", "", *_told(stages.stage_of))
    yield from ("## allause.stages.written_out", "", "```python", signature(stages.written_out), "```", "")
    yield from (*_told(stages.written_out),)


def _told(subject: Any) -> Iterator[str]:
    """Turn ``Args:``, ``Attributes:``, ``Raises:`` and ``:param x:`` of a docstring into list items."""
    text, *parts = re.split(r"\n(Args|Attributes|Raises):\n", inspect.getdoc(subject) or "")
    yield from (*_described(text), "")
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        raised = "raises " if heading == "Raises" else ""
        for name, meaning in re.findall(r"^    (\w+): ((?:.|\n {5,})*)", body, flags=re.MULTILINE):
            yield f"- {raised}`{name}`: {' '.join(meaning.split())}"
    yield from [""] if parts else []


def _explained(text: str) -> Iterator[str]:
    """Turn ``What: ...`` and its like into list items; a line that begins otherwise continues the one before."""
    for paragraph in re.split(r"\n(?=[A-Z][a-z]+(?: instead)?: )", text.strip()):
        label, colon, body = paragraph.partition(": ")
        yield f"- **{label}**: {' '.join(body.split())}" if colon else f"- {' '.join(paragraph.split())}"


def _record_modules() -> list[ModuleType]:
    return [import_module(f"{models.__name__}.{each.name}") for each in iter_modules(models.__path__)]


def _record_lines(record: type) -> Iterator[str]:
    yield from (f"### {record.__name__}", "")
    text, _, attributes = (inspect.getdoc(record) or "").partition("\nAttributes:\n")
    yield from (text.strip(), "")
    if issubclass(record, StrEnum):
        yield from (", ".join(f"`{member.value}`" for member in record), "")
        return
    meanings = dict(re.findall(r"^    (\w+): ((?:.|\n {5,})*)", attributes, flags=re.MULTILINE))
    fields = list(_fields(record))
    for name, annotation in fields:
        meaning = " ".join(meanings.get(name, "").split())
        yield f"- `{name}`: `{annotation}`" + (f"; {meaning}" if meaning else "")
    calls = list(_calls(record))
    yield from calls
    if fields or calls:
        yield ""


def _calls(record: type) -> Iterator[str]:
    for name, member in vars(record).items():
        function = member.fget if isinstance(member, property) else member
        if not name.startswith("_") and inspect.isfunction(function):
            summary = (inspect.getdoc(function) or "").partition("\n")[0]
            call = name if isinstance(member, property) else " ".join(signature(function).split())
            yield f"- `{call}`: {summary}"


def _fields(record: type) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(dedent(inspect.getsource(record)))):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, ast.unparse(node.annotation)


def main() -> None:
    """Write the pages, and the help that ``allause --help`` shows without importing the command line."""
    (REFERENCE / "contract.md").write_text(contract_page(), encoding="utf-8")
    (REFERENCE / "records.md").write_text(records_page(), encoding="utf-8")
    (REFERENCE / "order-states.md").write_text(order_states_page(), encoding="utf-8")
    (REFERENCE / "checks.md").write_text(checks_page(), encoding="utf-8")
    (REFERENCE / "faults.md").write_text(faults_page(), encoding="utf-8")
    (REFERENCE / "event-path.md").write_text(event_path_page(), encoding="utf-8")
    HELP.write_text(help_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
