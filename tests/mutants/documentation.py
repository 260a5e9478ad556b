"""Mutants of the checks DOC."""

from mutants.mutant import Mutant

LATER = "    @hookimpl\n    def close("

MUTANTS = (
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
