"""Mutants of the checks PRF."""

from mutants.mutant import Mutant

MUTANTS = (
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
