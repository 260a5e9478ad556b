"""Mutants of the checks PKG."""

from mutants.mutant import Mutant

MUTANTS = (
    Mutant("PKG001", "core-unbounded", requires="allause"),
    Mutant("PKG001", "core-excluded", requires="allause>=7,<8"),
    Mutant("PKG004", "version-drift", edits=(('version("mutant-analytics")', '"9.9.9"'),)),
)
