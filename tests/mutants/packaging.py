"""Mutants of the checks PKG."""

from mutants.mutant import Mutant, at_top

INFO = "mutant_analytics-1.0.dist-info"

MUTANTS = (
    Mutant("PKG001", "core-unbounded", requires="allause"),
    Mutant("PKG001", "core-excluded", requires="allause>=7,<8"),
    Mutant("PKG002", "any-python", metadata=()),
    Mutant(
        "PKG002",
        "classifier-excluded",
        metadata=("Requires-Python: >=3.11,!=3.12.*", "Classifier: Programming Language :: Python :: 3.12"),
    ),
    Mutant("PKG002", "no-range", metadata=("Requires-Python: three",)),
    Mutant("PKG003", "undeclared-import", edits=at_top("import anyio")),
    Mutant(
        "PKG003",
        "undeclared-in-a-submodule",
        edits=at_top("from . import figures"),
        files=(("mutant_analytics/figures.py", "from anyio import abc\n"),),
    ),
    Mutant("PKG004", "version-drift", edits=(('version("mutant-analytics")', '"9.9.9"'),)),
    Mutant("PKG005", "ships-tests", files=(("tests/__init__.py", ""),)),
    Mutant("PKG005", "shadows-a-standard-module", files=(("json/__init__.py", "from _json import *\n"),)),
    Mutant(
        "PKG005",
        "file-of-another",
        files=(("mutant_figures/ratio.py", ""),),
        tampering=(("rival_figures-2.0.dist-info/RECORD", "mutant_figures/ratio.py,,\n"),),
    ),
    Mutant("PKG006", "later-contract", edits=(("contract_version=CONTRACT_VERSION", 'contract_version="7.0"'),)),
    Mutant("PKG006", "no-contract", edits=(("contract_version=CONTRACT_VERSION", 'contract_version="newest"'),)),
    Mutant(
        "PKG007",
        "editable",
        tampering=((f"{INFO}/direct_url.json", '{"url": "file:///elsewhere", "dir_info": {"editable": true}}'),),
    ),
    Mutant(
        "PKG007",
        "from-a-folder",
        tampering=((f"{INFO}/direct_url.json", '{"url": "file:///elsewhere", "dir_info": {}}'),),
    ),
    Mutant("PKG008", "edited-after-installing", tampering=(("mutant_analytics/py.typed", "partial\n"),)),
    Mutant("PKG008", "no-readable-record", tampering=((f"{INFO}/RECORD", "x" * 200_000),)),
    Mutant("PKG009", "not-typed", typed=False),
)
