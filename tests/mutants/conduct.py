"""Mutants of the checks BEH of how a component treats its caller."""

from mutants.mutant import COUNT, MONITORING, STATS, Mutant

ANSWER = "        return self._analyze(returns or [], periods_per_year or 252.0)\n"
INITIAL = "        self.operations = 0\n        self.errors = 0\n"
CLOSE = "    def close(self):\n        self.context = None\n"
METRICS = 'OptimizationMetrics(metrics={"errors_total": float(self.errors)})'
DOCUMENTED = '    """Compute three figures."""\n'
VALIDATE = "    def validate_component(self):\n"

MUTANTS = (
    Mutant(
        "BEH010",
        "metrics-of-the-class",
        edits=(
            ("    def __init__(self, config=None):\n", "    values = {}\n\n    def __init__(self, config=None):\n"),
            ("        self.values = {}\n", ""),
            ("        trial = Engine()\n", "        trial = Engine()\n        trial.values = {}\n"),
        ),
        **MONITORING,
    ),
    Mutant(
        "BEH007",
        "empties-its-input",
        edits=(
            (
                ANSWER,
                "        report = self._analyze(returns or [], periods_per_year or 252.0)\n"
                "        (returns or []).clear()\n        return report\n",
            ),
        ),
    ),
    Mutant(
        "BEH008",
        "answers-its-own-mapping",
        edits=(
            (INITIAL, INITIAL + '        self.metrics = {"errors_total": 0.0}\n'),
            (METRICS, "OptimizationMetrics(metrics=self.metrics)"),
        ),
    ),
    Mutant(
        "BEH009",
        "counts-its-watchers",
        edits=((STATS, STATS.replace("        return", "        self.operations += 1\n        return")),),
    ),
    Mutant(
        "BEH010",
        "counts-in-the-class",
        edits=(
            (INITIAL, "        self.errors = 0\n"),
            (DOCUMENTED, DOCUMENTED + "\n    operations = 0\n"),
            (COUNT, "        Engine.operations += 1\n"),
        ),
    ),
    Mutant(
        "BEH011",
        "validates-before-work-only",
        edits=((VALIDATE, VALIDATE + "        self.fresh.pop()\n        self.fresh.append(1)\n"), (INITIAL, INITIAL + "        self.fresh = [1]\n"), (COUNT, COUNT + "        self.fresh.clear()\n")),
    ),
    Mutant("BEH012", "closes-only-what-was-started", edits=((CLOSE, CLOSE.replace("self.context = None", "del self.context")),)),
    Mutant(
        "BEH012",
        "closes-once",
        edits=(
            (INITIAL, INITIAL + "        self.context = self\n"),
            (CLOSE, CLOSE.replace("        self", "        self.context.close\n        self")),
        ),
    ),
    Mutant(
        "BEH012",
        "forgets-who-it-is",
        edits=(
            (INITIAL, INITIAL + '        self.description = "ready"\n'),
            (CLOSE, CLOSE + '        self.description = "closed"\n'),
            ("contract_version=CONTRACT_VERSION,", "contract_version=CONTRACT_VERSION,\n            description=self.description,"),
        ),
    ),
)  # fmt: skip

LOOK_ALIKES = (
    Mutant("", "figure-that-time-moves", edits=(("busy_ns=self.busy_ns", 'busy_ns=self.busy_ns, details={"age_ns": float(__import__("time").monotonic_ns())}'),)),
    Mutant("", "sorts-a-copy", edits=((COUNT, COUNT + "        returns = [r for r in returns or ()]\n"),)),
    Mutant(
        "",
        "refuses-to-start",
        edits=(
            ("        self.context = context\n", '        raise ConfigurationError("no such thing here")\n'),
            ("class Engine:", "from allause.exceptions import ConfigurationError\n\n\nclass Engine:"),
        ),
    ),
)  # fmt: skip
