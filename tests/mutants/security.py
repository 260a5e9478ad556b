"""Mutants of the checks SEC."""

from mutants.mutant import COUNT, Mutant, at_top

LATER = "    @hookimpl\n    def close("


def method(body):
    """Edits that add a method which nothing calls."""
    return ((LATER, f"    def _later(self, message):\n        {body}\n\n{LATER}"),)


MUTANTS = (
    Mutant("SEC004", "eval", edits=method("return eval(message)")),
    Mutant("SEC004", "pickle", edits=(*at_top("from pickle import loads as parse"), *method("return parse(message)"))),
    Mutant("SEC004", "yaml-by-another-name", edits=method("import yaml as y; return y.load(message)")),
    Mutant("SEC006", "imports-the-examiner", edits=method("from allause import isolation")),
    Mutant("SEC006", "names-the-examiner", edits=method("return 'allause.isolation.worker' in message")),
    Mutant("SEC006", "asks-how-python-was-started", edits=method("import sys; return sys.flags.no_site")),
    Mutant("SEC006", "asks-whether-it-is-confined", edits=method("return message.startswith('NoNewPrivs:\\t1')")),
    Mutant(
        "SEC006",
        "looks-for-pytest",
        edits=(*at_top("import sys"), (COUNT, COUNT + "        self.tested = 'pytest' in sys.modules\n")),
    ),
    Mutant(
        "SEC006",
        "reads-a-variable",
        edits=(*at_top("from os import getenv"), (COUNT, COUNT + "        self.tested = getenv('ALLAUSE_SEED')\n")),
    ),
)
