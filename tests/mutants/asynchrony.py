"""Mutants of the checks ASY."""

from mutants.mutant import COUNT, Mutant

_LATER = "    def _analyze(self"


def _twin(returns):
    return (
        _LATER,
        "    async def analyze_performance_async(\n"
        "        self, returns=None, benchmark=None, periods_per_year=None, risk_free_rate=None, measurements=None\n"
        f'    ):\n        """Compute the same, awaited."""\n        return self.analyze_performance({returns}, '
        f"periods_per_year=periods_per_year)\n\n{_LATER}",
    )


MUTANTS = (
    Mutant("ASY009", "twin-leaves-one-out", edits=(_twin("(returns or [])[1:]"),)),
    Mutant("ASY009", "twin-ends-the-process", edits=(_twin("__import__('os')._exit(3)"),)),
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
            (COUNT, COUNT + "        _publish(returns)\n"),
            (
                "            periods=n,\n        )\n",
                "            periods=n,\n        )\n\n\nasync def _publish(value):\n    return value\n",
            ),
        ),
    ),
)

LOOK_ALIKES = (Mutant("", "twin-that-awaits-the-same", edits=(_twin("returns"),)),)
