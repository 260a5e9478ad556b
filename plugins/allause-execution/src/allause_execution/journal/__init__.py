"""The journal: events in preallocated segments, each record chained to the one before by a checksum."""

from allause_execution.journal.disk import Disk
from allause_execution.journal.group import Journal, Ticket
from allause_execution.journal.notation import decoded, encode
from allause_execution.journal.reading import NAME, Entry, Reading

__all__ = ["NAME", "Disk", "Entry", "Journal", "Reading", "Ticket", "decoded", "encode"]
