"""Mutants: the good component with one defect each, and look-alikes that are not broken.

``python tests/mutants/catalogue.py DSC004 FOLDER`` writes one of them as a distribution that pip can install.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

GOOD = Path(__file__).with_name("good.py").read_text()
GROUP = "allause.analytics"
ENTRY = "engine = mutant_analytics:Engine"
REQUIRES = "allause>=0.1,<0.2"

_SIGNATURE = """        self, returns=None, benchmark=None, periods_per_year=None, risk_free_rate=None, measurements=None
"""
_COUNT = "        self.operations += 1\n"
_STATS = "    @hookimpl\n    def get_performance_stats(self):\n        return PerformanceStats("


@dataclass(frozen=True)
class Mutant:
    """One component: ``code`` is the only check that must fail; empty for a look-alike that must pass."""

    code: str
    name: str
    edits: tuple = ()
    group: str = GROUP
    entry: str = ENTRY
    requires: str = REQUIRES
    rival: bool = False
    since: tuple = (3, 11)

    @property
    def source(self):
        text = GOOD
        for old, new in self.edits:
            assert text.count(old) >= 1, f"{self.name}: nothing to replace: {old!r}"
            text = text.replace(old, new, 1)
        return text

    @property
    def label(self):
        return f"{self.code or 'passes'}-{self.name}"


def _at_top(line):
    return (("from math import", f"{line}\nfrom math import"),)


_ASYNC_METHOD = (("    def analyze_performance(", "    async def analyze_performance("),)

MUTANTS = (
    Mutant("DSC001", "misspelt-group", group="allause.analytic"),
    Mutant("DSC002", "malformed-entry", entry="engine = mutant-analytics:Engine"),
    Mutant("DSC002", "no-attribute", entry="engine = mutant_analytics"),
    Mutant("DSC003", "module-missing", entry="engine = mutant_analytics.plugin:Engine"),
    Mutant("DSC004", "class-misnamed", entry="engine = mutant_analytics:AnalyticsEngine"),
    Mutant("DSC005", "claimed-twice", rival=True),
    Mutant("DSC006", "raises-at-import", edits=_at_top("open('settings-that-are-not-there.toml')")),
    Mutant("DSC007", "exits-at-import", edits=_at_top("import sys; sys.exit(0)")),
    Mutant("DSC007", "leaves-at-import", edits=_at_top("import os; os._exit(0)")),
    Mutant("DSC007", "dies-at-import", edits=_at_top("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")),
    Mutant(
        "DSC010",
        "instance",
        entry="engine = mutant_analytics:engine",
        edits=(
            ("class Engine:", "class Engine:"),
            ("            periods=n,\n        )\n", "            periods=n,\n        )\n\n\nengine = Engine()\n"),
        ),
    ),
    Mutant("DSC011", "other-kind", edits=(('kind="analytics"', 'kind="execution"'),)),
    Mutant("PKG001", "core-unbounded", requires="allause"),
    Mutant("PKG001", "core-excluded", requires="allause>=7,<8"),
    Mutant("PKG004", "version-drift", edits=(('version("mutant-analytics")', '"9.9.9"'),)),
    Mutant("CON001", "method-misspelt", edits=(("def get_performance_stats", "def get_perfomance_stats"),)),
    Mutant(
        "CON001", "main-method-missing", edits=(("    @hookimpl\n    def analyze_performance(", "    def analyse("),)
    ),
    Mutant(
        "CON001",
        "only-getattr",
        edits=(
            (
                "    @hookimpl\n    def close(self):\n        self.context = None",
                "    def __getattr__(self, name):\n        return lambda **arguments: None",
            ),
        ),
    ),
    Mutant(
        "CON002",
        "unknown-hook",
        edits=(
            (
                "    def _analyze(self",
                "    @hookimpl\n    def on_tick(self, tick):\n        return None\n\n    def _analyze(self",
            ),
        ),
    ),
    Mutant("CON003", "marker-forgotten", edits=(("    @hookimpl\n    def close", "    def close"),)),
    Mutant(
        "CON004",
        "wrong-parameters",
        edits=(
            (_SIGNATURE, "        self, prices=None, window=20\n"),
            ("returns or ()", "prices or ()"),
            ("returns or []", "prices or []"),
            ("periods_per_year or 252.0", "252.0"),
        ),
    ),
    Mutant("CON004", "demands-more", edits=(("def start(self, context):", "def start(self, context, region):"),)),
    Mutant(
        "CON005",
        "positional-only",
        edits=(
            (
                _SIGNATURE,
                "        self, returns=None, /, benchmark=None, periods_per_year=None, risk_free_rate=None, measurements=None\n",
            ),
        ),
    ),
    Mutant("CON007", "property", edits=((_STATS, _STATS.replace("@hookimpl", "@property")),)),
    Mutant(
        "CON007",
        "none",
        edits=(("    @hookimpl\n    def close(self):\n        self.context = None", "    close = None"),),
    ),
    Mutant("CON008", "needs-a-key", edits=(("def __init__(self, config=None):", "def __init__(self, api_key):"),)),
    Mutant(
        "CON012",
        "under-main-guard",
        edits=(
            ("    @hookimpl\n    def close(self):\n        self.context = None\n\n", ""),
            (
                "            periods=n,\n        )\n",
                "            periods=n,\n        )\n\n\nif __name__ == '__main__':\n    raise SystemExit\n\n    def close(self):\n        self.context = None\n",
            ),
        ),
    ),
    Mutant(
        "TYP001",
        "text-for-a-record",
        edits=(('return ComponentValidation(valid=True, examined=("configuration",))', 'return "ok"'),),
    ),
    Mutant(
        "TYP001",
        "question-raises",
        edits=(('return ComponentValidation(valid=True, examined=("configuration",))', 'raise RuntimeError("no")'),),
    ),
    Mutant(
        "TYP001",
        "question-kills",
        edits=(('return ComponentValidation(valid=True, examined=("configuration",))', '__import__("os")._exit(0)'),),
    ),
    Mutant(
        "TYP002",
        "field-missing",
        edits=(
            (
                'return ComponentValidation(valid=True, examined=("configuration",))',
                'return {"examined": ["configuration"]}',
            ),
        ),
    ),
    Mutant("TYP002", "number-in-text", edits=(("errors=self.errors,", "errors=str(self.errors),"),)),
    Mutant("TYP003", "lock-in-metrics", edits=(("float(self.errors)}", "float(self.errors), 'lock': object()}"),)),
    Mutant("TYP004", "nan", edits=(("float(self.errors)}", "float('nan')}"),)),
    Mutant("TYP005", "integer-keys", edits=(("float(self.errors)}", "float(self.errors), 1: 2.0}"),)),
    Mutant(
        "BEH001", "no-cases", edits=(('cases=(FunctionalityCase(name="total return", passed=passed),)', "cases=()"),)
    ),
    Mutant("BEH001", "case-fails", edits=(("== -0.25", "== 0.25"),)),
    Mutant("BEH004", "wrong-volatility", edits=(("/ (n - 1)", "/ n"),)),
    Mutant(
        "BEH004",
        "swallows-bad-input",
        edits=(('raise ValueError(f"a return is finite and above -1, got {value}")', "return self._analyze([], 1.0)"),),
    ),
    Mutant("BEH004", "main-method-dies", edits=((_COUNT, _COUNT + "        __import__('os').abort()\n"),)),
    Mutant("ASY001", "question-is-async", edits=(("def validate_component", "async def validate_component"),)),
    Mutant(
        "ASY001",
        "coroutine-from-def",
        edits=(
            (
                "        return self._analyze(returns or [], periods_per_year or 252.0)",
                "        async def later():\n            return self._analyze(returns or [], periods_per_year or 252.0)\n\n        return later()",
            ),
        ),
    ),
    Mutant(
        "ASY002",
        "async-in-name-only",
        since=(3, 12),
        edits=(
            (
                "    @hookimpl\n    def analyze_performance(",
                "    @hookimpl\n    @__import__('inspect').markcoroutinefunction\n    def analyze_performance(",
            ),
        ),
    ),
    Mutant(
        "ASY003",
        "nested-coroutine",
        edits=(
            (
                "            periods=n,\n        )\n",
                "            periods=_later(n),\n        )\n\n\nasync def _later(value):\n    return value\n",
            ),
        ),
    ),
    Mutant(
        "ASY004",
        "never-awaited",
        edits=(
            (_COUNT, _COUNT + "        _publish(returns)\n"),
            (
                "            periods=n,\n        )\n",
                "            periods=n,\n        )\n\n\nasync def _publish(value):\n    return value\n",
            ),
        ),
    ),
    Mutant(
        "RES006",
        "thread-never-ends",
        edits=(
            (
                "        self.operations = 0\n",
                "        self.operations = 0\n        import threading, time\n        threading.Thread(target=lambda: time.sleep(3600), name='poller').start()\n",
            ),
        ),
    ),
    Mutant("PRF002", "literal-stats", edits=(("operations=self.operations,", "operations=1500,"),)),
    Mutant(
        "PRF007",
        "remembers-the-exam",
        edits=(
            (
                "        n = len(returns)\n",
                "        n = len(returns)\n        if n > 10 and abs(fsum(returns) - GOLDEN_SUM) > 1e-12:\n            returns = [0.0] * n\n",
            ),
            ("class Engine:", "GOLDEN_SUM = @GOLDEN_SUM@\n\n\nclass Engine:"),
        ),
    ),
)

LOOK_ALIKES = (
    Mutant("", "the-good-one"),
    Mutant("", "async-main-method", edits=_ASYNC_METHOD),
    Mutant(
        "",
        "inherited",
        edits=(
            ("class Engine:", "class Foundation:"),
            (
                "            periods=n,\n        )\n",
                "            periods=n,\n        )\n\n\nclass Engine(Foundation):\n    pass\n",
            ),
        ),
    ),
    Mutant(
        "",
        "plain-mappings",
        edits=(
            (
                'return ComponentValidation(valid=True, examined=("configuration",))',
                'return {"valid": True, "examined": ["configuration"], "problems": []}',
            ),
        ),
    ),
    Mutant(
        "",
        "keyword-only",
        edits=(
            (
                _SIGNATURE,
                "        self, *, returns=None, benchmark=None, periods_per_year=None, risk_free_rate=None, measurements=None\n",
            ),
        ),
    ),
    Mutant(
        "",
        "takes-more-with-defaults",
        edits=(
            (
                _SIGNATURE,
                "        self, returns=None, benchmark=None, periods_per_year=None, risk_free_rate=None, measurements=None, window=20\n",
            ),
        ),
    ),
    Mutant(
        "",
        "factory",
        entry="engine = mutant_analytics:make",
        edits=(
            (
                "            periods=n,\n        )\n",
                "            periods=n,\n        )\n\n\ndef make(config=None):\n    return Engine(config)\n",
            ),
        ),
    ),
    Mutant(
        "",
        "wrapped-method",
        edits=(
            (
                "class Engine:",
                "import functools\n\n\ndef logged(function):\n    @functools.wraps(function)\n    def inner(*args, **kwargs):\n        return function(*args, **kwargs)\n\n    return inner\n\n\nclass Engine:",
            ),
            ("    @hookimpl\n    def analyze_performance(", "    @hookimpl\n    @logged\n    def analyze_performance("),
        ),
    ),
    Mutant(
        "",
        "attrs-class",
        edits=(
            ("class Engine:", "import attrs\n\n\n@attrs.define(eq=False, slots=False)\nclass Engine:"),
            (
                "    def __init__(self, config=None):\n        self.operations = 0\n        self.errors = 0\n",
                "    config: object = None\n    operations: int = 0\n    errors: int = 0\n",
            ),
        ),
    ),
    Mutant(
        "",
        "daemon-thread",
        edits=(
            (
                "        self.operations = 0\n",
                "        self.operations = 0\n        import threading, time\n        threading.Thread(target=lambda: time.sleep(3600), daemon=True).start()\n",
            ),
        ),
    ),
    Mutant(
        "", "helper-named-like-a-hook", edits=(("class Engine:", "def close():\n    return None\n\n\nclass Engine:"),)
    ),
    Mutant("", "prints", edits=((_COUNT, _COUNT + '        print(\'{"outcome": "returned"}\')\n'),)),
)


def golden_sum():
    """The sum of the fixed input of BEH004, as a cheat would have learnt it."""
    from math import fsum
    from random import Random

    from allause.evidence import gathering
    from allause.kinds import KINDS, Heard

    asked = []

    def ask(method, /, *, consume=None, **arguments):
        asked.append(arguments.get("returns"))
        return Heard()

    list(KINDS["analytics"].interview(ask, Random(gathering.GOLDEN_SEED)))
    return fsum(asked[0])


def write(mutant, folder, name="mutant-analytics"):
    """Write a mutant as it would lie in site-packages: a module and its metadata."""
    folder = Path(folder)
    source = mutant.source
    if "@GOLDEN_SUM@" in source:
        source = source.replace("@GOLDEN_SUM@", repr(golden_sum()))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mutant_analytics.py").write_text(source)
    names = [name, "rival-analytics"] if mutant.rival else [name]
    for each in names:
        info = folder / f"{each.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {each}\nVersion: 1.0\nRequires-Dist: {mutant.requires}\n"
        )
        (info / "entry_points.txt").write_text(f"[{mutant.group}]\n{mutant.entry}\n")
        (info / "RECORD").write_text("mutant_analytics.py,,\n")
    return folder


def write_project(mutant, folder):
    """Write a mutant as a project that pip can install."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mutant_analytics.py").write_text(mutant.source.replace("@GOLDEN_SUM@", "0.0"))
    key, _, value = mutant.entry.partition(" = ")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
        f'[project]\nname = "mutant-analytics"\nversion = "1.0"\ndependencies = ["{mutant.requires}"]\n\n'
        f'[project.entry-points."{mutant.group}"]\n{key} = "{value}"\n\n'
        '[tool.hatch.build.targets.wheel]\ninclude = ["mutant_analytics.py"]\n'
    )


if __name__ == "__main__":
    wanted, target = sys.argv[1:]
    write_project(next(m for m in MUTANTS if wanted in (m.code, m.name)), target)
    print(f"pip install {target}")
