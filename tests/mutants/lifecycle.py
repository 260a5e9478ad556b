"""Mutants of BEH012: a start or a close that raises, leaves or ends the process; and of BEH015: a look that does."""

from mutants.mutant import COUNT, Mutant

START = "        self.context = context\n"
CLOSE = "    def close(self):\n"
INITIAL = "        self.operations = 0\n"
INFO = "    @hookimpl\n    def get_component_info(self):\n"


def _in(place, line):
    return ((place, f"{place}        {line}\n"),)


def _shown_by(line):
    return ((INFO, f"    def __repr__(self):\n        {line}\n\n{INFO}"),)


MUTANTS = (
    Mutant("BEH012", "start-raises", edits=_in(START, "raise RuntimeError('no license')")),
    Mutant("BEH012", "start-exits", edits=_in(START, "raise SystemExit(0)")),
    Mutant("BEH012", "start-ends-the-process", edits=_in(START, "__import__('os')._exit(0)")),
    Mutant("BEH012", "start-dies", edits=_in(START, "__import__('os').abort()")),
    Mutant("BEH012", "close-raises", edits=_in(CLOSE, "raise OSError('still busy')")),
    Mutant("BEH012", "close-exits", edits=_in(CLOSE, "raise SystemExit(0)")),
    Mutant("BEH012", "close-ends-the-process", edits=_in(CLOSE, "__import__('os')._exit(0)")),
    Mutant("BEH012", "close-dies", edits=_in(CLOSE, "__import__('os').abort()")),
    Mutant(
        "BEH012",
        "close-dies-after-work",
        edits=(*_in(INITIAL, "self.worked = False"), *_in(COUNT, "self.worked = True"),
               *_in(CLOSE, "_ = self.worked and __import__('os').abort()")),
    ),
    Mutant("BEH015", "ends-the-process-when-shown", edits=_shown_by("__import__('os')._exit(0)")),
    Mutant("BEH015", "dies-when-shown", edits=_shown_by("__import__('os').abort()")),
)  # fmt: skip # one row a mutant
LOOK_ALIKES = (Mutant("", "raises-when-shown", edits=_shown_by("raise SystemExit(0)")),)
#: They cost as long as a call may take, so that the tests give them less than the usual time.
HANGING = (
    Mutant("BEH012", "start-hangs", edits=_in(START, "__import__('time').sleep(600)")),
    Mutant("BEH012", "close-hangs", edits=_in(CLOSE, "__import__('time').sleep(600)")),
    Mutant("BEH004", "main-method-hangs", edits=_in(COUNT, "__import__('time').sleep(600)")),
    Mutant(
        "TYP001", "question-hangs", edits=_in("    def validate_component(self):\n", "__import__('time').sleep(600)")
    ),
)
