"""Mutants of the checks BEH."""

from mutants.mutant import COUNT, Mutant

MUTANTS = (
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
    Mutant("BEH004", "main-method-dies", edits=((COUNT, COUNT + "        __import__('os').abort()\n"),)),
)
