"""Mutants of the checks ASY."""

from mutants.mutant import COUNT, Mutant

MUTANTS = (
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
