"""Mutants of the checks CON."""

from mutants.mutant import Mutant, SIGNATURE, STATS

METRICS = 'return OptimizationMetrics(metrics={"errors_total": float(self.errors)})'

_REBALANCE = '    def rebalance(self, weights, limit=None):\n        """Do nothing."""\n        return None\n\n'
_STARTED = "    @hookimpl\n    def start(self"


def _with(text):
    return (_STARTED, text + _STARTED)


TRACED = """class Traced:
    def __init__(self, function):
        self.function = function

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)
"""
COPYING = """
    def __new__(cls, function):
        import functools
        return functools.update_wrapper(object.__new__(cls), function)
"""
BOUND = """
    def __get__(self, instance, owner=None):
        import types
        return self if instance is None else types.MethodType(self, instance)
"""
INFO = "    @hookimpl\n    def get_component_info("
OVERLOADED = "    @typing.overload\n    def get_component_info(self): ...\n\n"


def decorators(text):
    """Return the edits that put ``text`` above the class."""
    return (("\n\nclass Engine:", f"\n\n{text}\n\nclass Engine:"),)


def decorated(decorator):
    """Return the edit that puts a further decorator above the marked ``get_component_info``."""
    return INFO, f"    @{decorator}\n{INFO}"


MUTANTS = (
    Mutant("CON014", "method-gone", before=(_with(_REBALANCE),)),
    Mutant(
        "CON014",
        "became-asynchronous",
        before=(_with(_REBALANCE),),
        edits=(_with(_REBALANCE.replace("    def", "    async def")),),
    ),
    Mutant(
        "CON014",
        "parameter-renamed",
        before=(_with(_REBALANCE),),
        edits=(_with(_REBALANCE.replace("limit", "most")),),
    ),
    Mutant(
        "CON014",
        "default-lost",
        before=(_with(_REBALANCE),),
        edits=(_with(_REBALANCE.replace("limit=None", "limit")),),
    ),
    Mutant("CON001", "method-misspelt", edits=(("def get_performance_stats", "def get_perfomance_stats"),)),
    Mutant(
        "CON001", "main-method-missing", edits=(("    @hookimpl\n    def analyze_performance(", "    def analyse("),)
    ),
    Mutant(
        "CON009",
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
            (SIGNATURE, "        self, prices=None, window=20\n"),
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
                SIGNATURE,
                "        self, returns=None, /, benchmark=None, periods_per_year=None, risk_free_rate=None, measurements=None\n",
            ),
        ),
    ),
    Mutant("CON007", "property", edits=((STATS, STATS.replace("@hookimpl", "@property")),)),
    Mutant(
        "CON007",
        "none",
        edits=(("    @hookimpl\n    def close(self):\n        self.context = None", "    close = None"),),
    ),
    Mutant("CON007", "partial-of-it", edits=(*decorators("import functools"), decorated("functools.partial"))),
    Mutant("CON007", "instance-of-it", edits=(*decorators(TRACED), decorated("Traced"))),
    Mutant("CON003", "bound-without-the-mark", edits=(*decorators(TRACED + BOUND), decorated("Traced"))),
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
        "CON006",
        "swallowed-in-options",
        edits=(
            (SIGNATURE, "        self, returns=None, **options\n"),
            ("periods_per_year or 252.0)", "options.get('periods_per_year') or 252.0)"),
        ),
    ),
    Mutant(
        "CON010",
        "signature-is-borrowed",
        edits=(
            (
                "class Engine:",
                "import inspect\n\n\ndef contract(returns=None, benchmark=None, periods_per_year=None, risk_free_rate=None, measurements=None):\n    ...\n\n\n"
                "def as_in_the_contract(function):\n    wanted = inspect.signature(contract).parameters.values()\n"
                "    own = inspect.Parameter('self', inspect.Parameter.POSITIONAL_OR_KEYWORD)\n"
                "    function.__signature__ = inspect.Signature([own, *wanted])\n    return function\n\n\nclass Engine:",
            ),
            (
                "    @hookimpl\n    def analyze_performance(",
                "    @hookimpl\n    @as_in_the_contract\n    def analyze_performance(",
            ),
            (SIGNATURE, "        self, prices=None, window=20\n"),
            ("returns or ()", "prices or ()"),
            ("returns or []", "prices or []"),
            ("periods_per_year or 252.0", "252.0"),
        ),
    ),
    Mutant(
        "CON011",
        "defined-twice",
        edits=(
            (
                "    def _analyze(self",
                "    def _analyze(self, returns):\n        return None\n\n    def _analyze(self",
            ),
        ),
    ),
    Mutant("CON013", "not-implemented", edits=((METRICS, "raise NotImplementedError('later')"),)),
    Mutant("CON013", "only-dots", edits=((METRICS, "..."),)),
)

LOOK_ALIKES = (
    Mutant("", "cached", edits=(*decorators("import functools"), decorated("functools.lru_cache"))),
    Mutant("", "overloaded", edits=(*decorators("import typing"), (INFO, OVERLOADED + INFO))),
    Mutant("", "bound-with-the-mark", edits=(*decorators(TRACED + COPYING + BOUND), decorated("Traced"))),
    Mutant(
        "",
        "more-than-before",
        before=(_with(_REBALANCE),),
        edits=(
            _with(_REBALANCE.replace("limit=None", "limit=None, most=1.0") + _REBALANCE.replace("rebalance", "undo")),
        ),
    ),
)
