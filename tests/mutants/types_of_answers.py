"""Mutants of the checks TYP."""

from mutants.mutant import ENHANCER, EXECUTION, Mutant, at_top

SENT = "OrderReport(intent=intent, status=OrderStatus.SUBMITTED)"
MILLISECONDS = ('        row["is_outlier"]', '        row["ts_init"] //= 1_000_000\n        row["is_outlier"]')

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
    Mutant("TYP006", "milliseconds", edits=(MILLISECONDS,), **ENHANCER),
    Mutant(
        "TYP006",
        "seconds-as-float",
        edits=(
            ('        row["is_outlier"]', '        row["ts_init"] /= 1e9\n        row["is_outlier"]'),
            ('    "ts_init": DataType.int64(),\n', ""),
        ),
        **ENHANCER,
    ),
    Mutant("TYP007", "flag-for-a-count", edits=(("errors=self.errors,", "errors=self.errors > 0,"),)),
    Mutant("TYP007", "periods-in-text", edits=(("            periods=n,", "            periods=str(n),"),)),
    Mutant("TYP006", "seconds", edits=((SENT, SENT[:-1] + ", ts_init=1_700_000_000)"),), **EXECUTION),
    Mutant("TYP008", "float-quantity", edits=((SENT, SENT[:-1] + ", filled_qty=0.0)"),), **EXECUTION),
    Mutant("TYP009", "no-unit", edits=(('unit="ratio"', "unit=None"),)),
    Mutant(
        "TYP009",
        "score-left-out",
        edits=(('Grade(letter="F", score=0.0, missing=("everything",))', '{"letter": "F"}'),),
    ),
    Mutant("TYP007", "number-in-text", edits=(("errors=self.errors,", "errors=str(self.errors),"),)),
    Mutant("TYP003", "lock-in-metrics", edits=(("float(self.errors)}", "float(self.errors), 'lock': object()}"),)),
    Mutant(
        "TYP003",
        "numpy-figure",
        edits=(
            ("name=name, value=value,", "name=name, value=value and getattr(sys.modules['numpy'], 'float64')(value),"),
            *at_top("import importlib\nimport sys"),
            ("class Engine:", "importlib.import_module('num' + 'py')\n\n\nclass Engine:"),
            ("passed = report", "passed = 0 == 0 and report"),
        ),
    ),
    Mutant("TYP004", "nan", edits=(("float(self.errors)}", "float('nan')}"),)),
    Mutant("TYP005", "integer-keys", edits=(("float(self.errors)}", "float(self.errors), 1: 2.0}"),)),
)
