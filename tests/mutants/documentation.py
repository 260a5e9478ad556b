"""Mutants of the checks DOC."""

from mutants.mutant import Mutant

LATER = "    @hookimpl\n    def close("

MUTANTS = (
    *(
        Mutant("DOC003", name, metadata=("Requires-Python: >=3.11", "", *lines))
        for name, *lines in (
            ("rate", "# engine", "", "Handles 25,000 orders/s on a laptop."),
            ("latency", "A p99 latency of 1.2 ms."),
            ("latency-first", "Answers in 350 us (p50)."),
            ("comparison", "It is 10x faster than the others."),
        )
    ),
    Mutant("DOC001", "class-without-a-word", edits=(('    """Compute three figures."""\n\n', ""),)),
    Mutant(
        "DOC001", "method-without-a-word", edits=((LATER, f"    def reset(self):\n        self.errors = 0\n\n{LATER}"),)
    ),
    Mutant(
        "DOC002",
        "field-of-another-name",
        edits=(
            (
                LATER,
                f'    def reset(self, errors=0):\n        """Reset.\n\n        :param int error: the number.\n        """\n\n{LATER}',
            ),
        ),
    ),
    Mutant(
        "DOC002",
        "google-style",
        edits=(
            (
                LATER,
                f'    def reset(self, errors=0):\n        """Reset.\n\n        Args:\n            errors: the number.\n            window (int): which\n                is: long.\n        """\n\n{LATER}',
            ),
        ),
    ),
    Mutant(
        "DOC002",
        "numpy-style",
        edits=(
            (
                LATER,
                f'    def reset(self, errors=0):\n        """Reset.\n\n        Parameters\n        ----------\n        error : int\n            The number.\n        """\n\n{LATER}',
            ),
        ),
    ),
)

LOOK_ALIKES = (
    Mutant(
        "",
        "figures-that-are-none",
        metadata=(
            "Requires-Python: >=3.11",
            "",
            "Version 2 is 3 times as large. The timeout is 30 s, the window 252 days; 14 figures a call.",
            "",
            "| rule | fires |",
            "|---|---|",
            "| stalled | rate < 1000 events/s for 30 s |",
            "| slow | latency > 50 ms |",
            "```",
            "latency 5 ms  # what it prints",
            "```",
        ),
    ),
    Mutant(
        "",
        "figure-with-its-report",
        metadata=("Requires-Python: >=3.11", "", f"A p99 latency of 1.2 ms: report sha256:{'0a' * 32}"),
    ),
)
