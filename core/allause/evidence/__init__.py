"""What the host saw of a component: source, exchanges, interviews. Checks judge it."""

from allause.evidence.exchange import Exchange
from allause.evidence.gathering import gather
from allause.evidence.record import Evidence, Hearing, Work
from allause.evidence.source import Member, SourceEvidence, locate, read_source

__all__ = ["Evidence", "Exchange", "Hearing", "Member", "SourceEvidence", "Work", "gather", "locate", "read_source"]
