"""Mutants of the checks DSC."""

from mutants.mutant import Mutant, at_top

MUTANTS = (
    Mutant(
        "DSC009",
        "computes-a-table",
        edits=at_top("TABLE = [sum(range(200)) for _ in range(2_000_000)][:1]"),
    ),
    Mutant("DSC001", "misspelt-group", group="allause.analytic"),
    Mutant("DSC002", "malformed-entry", entry="engine = mutant-analytics:Engine"),
    Mutant("DSC002", "no-attribute", entry="engine = mutant_analytics"),
    Mutant("DSC003", "module-missing", entry="engine = mutant_analytics.plugin:Engine"),
    Mutant("DSC004", "class-misnamed", entry="engine = mutant_analytics:AnalyticsEngine"),
    Mutant("DSC005", "claimed-twice", rival=True),
    Mutant(
        "DSC006",
        "a-module-that-does-not-parse",
        edits=(("from math import", "from mutant_analytics.figures import ratio\nfrom math import"),),
        files=(("mutant_analytics/figures.py", "def ratio(:\n"),),
    ),
    Mutant("DSC006", "raises-at-import", edits=at_top("open('settings-that-are-not-there.toml')")),
    Mutant("DSC007", "exits-at-import", edits=at_top("import sys; sys.exit(0)")),
    Mutant("DSC007", "leaves-at-import", edits=at_top("import os; os._exit(0)")),
    Mutant("DSC007", "dies-at-import", edits=at_top("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")),
    Mutant(
        "DSC008",
        "writes-at-import",
        edits=at_top("import os; open('engine.log', 'w').close(); os.remove('engine.log')"),
    ),
    Mutant(
        "DSC008",
        "starts-a-thread-at-import",
        edits=at_top(
            "import threading, time\ndef poll():\n    time.sleep(3600)\nthreading.Thread(target=poll, daemon=True).start()"
        ),
    ),
    Mutant("DSC008", "extends-the-path", edits=at_top("import sys; sys.path.append('/vendored')")),
    Mutant(
        "DSC008",
        "asks-the-network-at-import",
        edits=at_top(
            "import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9), 0.1)\nexcept OSError:\n    pass"
        ),
    ),
    Mutant(
        "DSC008",
        "runs-a-program-at-import",
        edits=at_top("import subprocess\ntry:\n    subprocess.run(['true'])\nexcept OSError:\n    pass"),
    ),
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
