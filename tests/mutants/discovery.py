"""Mutants of the checks DSC."""

from mutants.mutant import Mutant, at_top

MUTANTS = (
    Mutant("DSC001", "misspelt-group", group="allause.analytic"),
    Mutant("DSC002", "malformed-entry", entry="engine = mutant-analytics:Engine"),
    Mutant("DSC002", "no-attribute", entry="engine = mutant_analytics"),
    Mutant("DSC003", "module-missing", entry="engine = mutant_analytics.plugin:Engine"),
    Mutant("DSC004", "class-misnamed", entry="engine = mutant_analytics:AnalyticsEngine"),
    Mutant("DSC005", "claimed-twice", rival=True),
    Mutant("DSC006", "raises-at-import", edits=at_top("open('settings-that-are-not-there.toml')")),
    Mutant("DSC007", "exits-at-import", edits=at_top("import sys; sys.exit(0)")),
    Mutant("DSC007", "leaves-at-import", edits=at_top("import os; os._exit(0)")),
    Mutant("DSC007", "dies-at-import", edits=at_top("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")),
    Mutant(
        "DSC010",
        "instance",
        entry="engine = mutant_analytics:engine",
        edits=(
            ("class Engine:", "class Engine:"),
            ("            periods=n,\n        )\n", "            periods=n,\n        )\n\n\nengine = Engine()\n"),
        ),
    ),
    Mutant("DSC011", "other-kind", edits=(('kind="analytics"', 'kind="execution"'),)),
)
