"""Mutants of the checks PRF001 to PRF009, and honest components that measure themselves."""

from mutants.company import at_first, busily, inside
from mutants.mutant import Mutant, at_top

STATS = "busy_ns=self.busy_ns)"
METRICS = '"errors_total": float(self.errors)'

MUTANTS = (
    Mutant("PRF001", "latency-of-what", edits=((STATS, 'busy_ns=self.busy_ns, details={"latency": 25.0})'),)),
    Mutant("PRF001", "one-hundred-percent", edits=((METRICS, '"recoveryRate": 100.0'),)),
    Mutant("PRF003", "never-busy", edits=((STATS, "busy_ns=0)"),)),
    Mutant("PRF003", "a-million-a-second", edits=((METRICS, '"returns_per_second": 9e12'),)),
    Mutant(
        "PRF004",
        "sleeps",
        edits=(*at_top("import time"), busily("if 200 < len(returns or ()) < 1000:", "    time.sleep(0.15)")),
    ),
    Mutant(
        "PRF005",
        "flushes-every-tenth",
        edits=(
            *at_top("import time"),
            busily("if self.operations % 10 == 9:", "    time.sleep(0.1)"),
        ),
    ),
    Mutant(
        "PRF006",
        "a-loop-in-a-loop",
        edits=(
            (
                "        n = len(returns)\n",
                "        n = len(returns)\n        ranks = [sum(1 for other in returns if other < one) for one in returns]\n",
            ),
        ),
    ),
    Mutant(
        "PRF008",
        "bends-the-clock",
        edits=(
            *at_top("import time"),
            ("class Engine:", "_real = time.perf_counter\ntime.perf_counter = lambda: _real() / 50\n\n\nclass Engine:"),
        ),
    ),
    Mutant(
        "PRF010",
        "slower-than-before",
        before=(),
        edits=(busily("for _ in range(40_000):", "    pass"),),
    ),
    Mutant(
        "PRF009",
        "takes-turns",
        edits=(
            *at_top("import time"),
            at_first("self.read = 0"),
            ("        return PerformanceStats(", "        self.read += 1\n        return PerformanceStats("),
            busily("if self.read % 4 < 2:", "    time.sleep(0.012)"),
        ),
    ),
)

LOOK_ALIKES = (
    Mutant(
        "",
        "measures-itself",
        edits=(
            (
                STATS,
                'busy_ns=self.busy_ns, details={"busy_seconds": self.busy_ns / 1e9, "reports": float(self.operations)})',
            ),
            (METRICS, '"reports_per_second": self.operations / (self.busy_ns / 1e9) if self.busy_ns else 0.0'),
        ),
    ),
    Mutant(
        "",
        "a-slow-first-call",
        edits=(*at_top("import time"), busily("if self.operations == 1:", "    time.sleep(0.05)")),
    ),
    Mutant(
        "",
        "sorts",
        edits=(("        n = len(returns)\n", "        n = len(returns)\n        ranks = sorted(returns)\n"),),
    ),
    Mutant(
        "",
        "keeps-a-clock",
        edits=(*at_top("import time"), at_first("self.clock = time.perf_counter"), inside("now = self.clock()")),
    ),
)
