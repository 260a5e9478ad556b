"""What the host saw of a component: source, exchanges, interviews. Checks judge it."""

from typing import TYPE_CHECKING

from allause.deferred import deferred

if TYPE_CHECKING:
    from allause.evidence.artefact import UNREADABLE, Artefact, altered, importable, neighbours, owners
    from allause.evidence.exchange import Exchange
    from allause.evidence.gathering import Begun, begin, gather
    from allause.evidence.imports import Import
    from allause.evidence.look import gather_static
    from allause.evidence.member import Member
    from allause.evidence.package import Definition, Function, Module, Package
    from allause.evidence.record import Evidence, Hearing, NotProbedError, Work
    from allause.evidence.source import SourceEvidence, locate, read_source

__all__ = [
    "UNREADABLE",
    "Artefact",
    "Begun",
    "Definition",
    "Evidence",
    "Exchange",
    "Function",
    "Hearing",
    "Import",
    "Member",
    "Module",
    "NotProbedError",
    "Package",
    "SourceEvidence",
    "Work",
    "altered",
    "begin",
    "gather",
    "gather_static",
    "importable",
    "locate",
    "neighbours",
    "owners",
    "read_source",
]

__getattr__ = deferred(
    __name__, __all__, ("artefact", "member", "source", "package", "imports", "exchange", "record", "look", "gathering")
)
