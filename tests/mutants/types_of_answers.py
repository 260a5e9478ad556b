"""Mutants of the checks TYP."""

from mutants.mutant import Mutant

MUTANTS = (
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
)
