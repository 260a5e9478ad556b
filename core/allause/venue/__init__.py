"""The exam venue: a deterministic market that misbehaves on purpose, and whose log is the truth."""

from allause.venue.book import Book, HalfBook
from allause.venue.clearing import LIQUIDITY, TAPE
from allause.venue.depth import DepthDelta, DepthEvent, DepthSnapshot
from allause.venue.exchange import EXAMINED, Venue
from allause.venue.faults import (
    INCIDENTS,
    DuplicateFill,
    Fault,
    FaultClass,
    FaultScript,
    FillsLostOnDisconnect,
    SubmitTimeoutFillsLater,
)
from allause.venue.faulty import FaultySession, InjectedFault
from allause.venue.log import LogEvent, LogRecord
from allause.venue.market import Market, RecordedEvent
from allause.venue.order import Order
from allause.venue.refusals import Refusal, RefusedError
from allause.venue.session import InProcessSession
from allause.venue.story import Recovery, Story, discrepancies, recovery
from allause.venue.truth import TrueOrder, Truth, read_truth

__all__ = [
    "EXAMINED",
    "INCIDENTS",
    "LIQUIDITY",
    "TAPE",
    "Book",
    "DepthDelta",
    "DepthEvent",
    "DepthSnapshot",
    "DuplicateFill",
    "Fault",
    "FaultClass",
    "FaultScript",
    "FaultySession",
    "FillsLostOnDisconnect",
    "HalfBook",
    "InProcessSession",
    "InjectedFault",
    "LogEvent",
    "LogRecord",
    "Market",
    "Order",
    "RecordedEvent",
    "Recovery",
    "Refusal",
    "RefusedError",
    "Story",
    "SubmitTimeoutFillsLater",
    "TrueOrder",
    "Truth",
    "Venue",
    "discrepancies",
    "read_truth",
    "recovery",
]
