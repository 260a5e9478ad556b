"""Mutants of the checks DET."""

from mutants.mutant import COUNT, Mutant, at_top

MISSING = 'missing=("everything",)'
SCORE = "score=0.0"

MUTANTS = (
    Mutant(
        "DET005",
        "wrong-for-one-input",
        edits=(("        n = len(returns)\n", "        n = len(returns) + (fsum(returns) == @OTHER_SUM@)\n"),),
    ),
    Mutant("DET001", "set-as-list", edits=((MISSING, "missing=tuple({f'criterion {i}' for i in range(30)})"),)),
    Mutant("DET002", "own-chance", edits=((SCORE, "score=__import__('random').Random().random()"),)),
    Mutant("DET002", "address-of-an-object", edits=((MISSING, "missing=(__import__('uuid').uuid4().hex,)"),)),
    Mutant("DET003", "local-time", edits=((SCORE, "score=__import__('time').localtime(0).tm_min + 0.0"),)),
    Mutant("DET003", "names-its-folder", edits=((MISSING, "missing=(__import__('os').path.basename(__import__('os').getcwd()) == 'elsewhere' and 'a' or 'b',)"),)),
    Mutant("DET003", "local-time-on-threads", edits=((SCORE, "score=float(__import__('threading').current_thread().name != 'MainThread' and __import__('time').localtime(0).tm_min)"),)),
    Mutant("DET004", "shared-chance", edits=((COUNT, COUNT + "        __import__('random').random()\n"),)),
    Mutant("DET004", "seeds-at-import", edits=at_top("import random; random.seed(0)")),
)  # fmt: skip

LOOK_ALIKES = (
    Mutant("", "seeded-chance", edits=((SCORE, "score=__import__('random').Random(7).random()"),)),
    Mutant("", "sorted-set", edits=((MISSING, "missing=tuple(sorted({f'criterion {i}' for i in range(30)}))"),)),
    Mutant("", "time-in-utc", edits=((SCORE, "score=__import__('time').gmtime(0).tm_min + 0.0"),)),
)
