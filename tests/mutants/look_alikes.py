"""Components that look broken to a careless check, and are not."""

from mutants.mutant import COUNT, SIGNATURE, Mutant

LOOK_ALIKES = (
    Mutant("", "the-good-one"),
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
    Mutant("", "prints", edits=((COUNT, COUNT + '        print(\'{"outcome": "returned"}\')\n'),)),
)
