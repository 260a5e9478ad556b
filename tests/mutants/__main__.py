"""Write a mutant as a project that pip can install: ``cd tests && python -m mutants DSC004 FOLDER``."""

import sys

from mutants.catalogue import MUTANTS
from mutants.mutant import write_project

wanted, target = sys.argv[1:]
write_project(next(m for m in MUTANTS if wanted in (m.code, m.name)), target)
print(f"pip install {target}")
