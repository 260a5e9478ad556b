"""Components that look broken to a careless check, and are not."""

from mutants.mutant import COUNT, EXECUTION, MARKET_DATA, MONITORING, SIGNATURE, Mutant, at_top

LOOK_ALIKES = (
    Mutant("", "ships-what-does-not-parse", files=(("mutant_analytics/example.py", "def ratio(:\n"),)),
    Mutant("", "the-good-one"),
    Mutant(
        "",
        "class-with-an-umlaut",
        edits=(("class Engine:", "class Größe:"),),
        entry="engine = mutant_analytics:Größe",
    ),
    Mutant(
        "",
        "constructor-that-is-given-its-key",
        edits=(
            (
                "class Engine:",
                "def given(init):\n    return lambda self, config=None: init(self, 'key')\n\n\nclass Engine:",
            ),
            ("    def __init__(self, config=None):", "    @given\n    def __init__(self, config):"),
        ),
    ),
    Mutant("", "a-good-execution", **EXECUTION),
    Mutant("", "a-good-market-data", **MARKET_DATA),
    Mutant("", "a-good-monitoring", **MONITORING),
    Mutant("", "async-main-method", edits=(("    def analyze_performance(", "    async def analyze_performance("),)),
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
                SIGNATURE,
                "        self, *, returns=None, benchmark=None, periods_per_year=None, risk_free_rate=None, measurements=None\n",
            ),
        ),
    ),
    Mutant(
        "",
        "takes-more-with-defaults",
        edits=(
            (
                SIGNATURE,
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
                '            periods=n,\n        )\n\n\ndef make(config=None):\n    """Build one."""\n    return Engine(config)\n',
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
        metadata=("Requires-Python: >=3.11", "Requires-Dist: attrs>=24.2"),
        edits=(
            ("class Engine:", "import attrs\n\n\n@attrs.define(eq=False, slots=False)\nclass Engine:"),
            (
                "    def __init__(self, config=None):\n        self.operations = 0\n        self.errors = 0\n",
                "    config: object = None\n    operations: int = 0\n    errors: int = 0\n",
            ),
        ),
    ),
    Mutant(
        "", "helper-named-like-a-hook", edits=(("class Engine:", "def close():\n    return None\n\n\nclass Engine:"),)
    ),
    Mutant(
        "",
        "nothing-to-close",
        edits=(("    def close(self):\n        self.context = None", "    def close(self):\n        pass"),),
    ),
    Mutant(
        "", "takes-the-rest", edits=((SIGNATURE, SIGNATURE.replace("measurements=None", "measurements=None, **later")),)
    ),
    Mutant(
        "",
        "optional-imports",
        edits=(
            (
                "class Engine:",
                "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import anyio\ntry:\n    import anyio as backend\nexcept ImportError:\n    backend = None\n\n\nclass Engine:",
            ),
            (COUNT, COUNT + "        from anyio import abc\n"),
        ),
    ),
    Mutant(
        "",
        "heavy-module-when-first-used",
        edits=((COUNT, COUNT + "        import polars\n"),),
        metadata=("Requires-Python: >=3.11", "Requires-Dist: polars>=1"),
    ),
    Mutant(
        "",
        "list-from-a-generator-of-its-own",
        edits=(
            ("        figures = tuple(\n", "        figures = tuple(self._as_they_are(\n"),
            ('("max_drawdown", drawdown))\n        )\n', '("max_drawdown", drawdown))\n        ))\n'),
            (
                "    def _analyze(",
                "    def _as_they_are(self, figures):\n        yield from figures\n\n    def _analyze(",
            ),
        ),
    ),
    Mutant(
        "",
        "required-under-an-extra",
        metadata=("Requires-Python: >=3.11", "Provides-Extra: fast", 'Requires-Dist: anyio>=4; extra == "fast"'),
        edits=at_top("import anyio"),
    ),
    Mutant(
        "",
        "in-a-submodule",
        entry="engine = mutant_analytics.plugin:Engine",
        files=(("mutant_analytics/plugin.py", "from mutant_analytics import Engine\n"),),
    ),
    Mutant(
        "",
        "tests-inside-the-package",
        files=(
            (
                "mutant_analytics/tests/test_engine.py",
                "import pytest\nimport sys\nassert 'pytest' in sys.modules\neval(input())\n",
            ),
        ),
    ),
    Mutant(
        "",
        "evaluates-a-frame",
        edits=(
            (
                "    def _analyze(self",
                "    def _later(self, table, text):\n        import ast, yaml\n        table.eval('a + b')\n        yaml.load(text, Loader=yaml.SafeLoader)\n        return eval('1'), ast.literal_eval(text)\n\n    def _analyze(self",
            ),
        ),
    ),
    Mutant(
        "",
        "defined-in-turns",
        edits=(
            (
                "    def _analyze(self",
                '    @property\n    def total(self):\n        """Return it."""\n        return self._total\n\n    @total.setter\n    def total(self, value):\n        self._total = value\n\n    def _analyze(self',
            ),
        ),
    ),
    Mutant(
        "",
        "describes-its-options",
        edits=(
            (
                "    def _analyze(self",
                '    def tune(self, a, *rest, **options):\n        """Tune.\n\n        Args:\n            a: one.\n            *rest: more.\n            window: of them.\n        """\n\n    def _analyze(self',
            ),
        ),
    ),
    Mutant(
        "",
        "reads-its-own-variable",
        edits=((COUNT, COUNT + "        import os\n        self.level = os.environ.get('ENGINE_LEVEL')\n"),),
    ),
    Mutant(
        "",
        "reads-at-import",
        edits=at_top(
            "import os, tempfile; tempfile.gettempdir(); open(__file__).close(); open(os.devnull, 'w').close()"
        ),
    ),
)
