"""Write a mutant as a project that pip can install: ``cd tests && python -m mutants DSC004 FOLDER``."""

import sys

from mutants.catalogue import LOOK_ALIKES, MUTANTS
from mutants.mutant import write_project

USAGE = "usage: python -m mutants CODE|NAME FOLDER"


def main(arguments):
    """Write the first mutant of that code or name, and say how to install it."""
    if len(arguments) != 2:  # noqa: PLR2004 - as in the usage
        return USAGE
    wanted, target = arguments
    mutant = next((each for each in (*MUTANTS, *LOOK_ALIKES) if wanted in (each.code, each.name)), None)
    if mutant is None:
        codes = ", ".join(sorted({each.code for each in MUTANTS}))
        return f"{USAGE}\nno mutant is called {wanted!r}; codes are {codes}"
    write_project(mutant, target)
    sys.stdout.write(f"pip install {target}\n")
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
