"""The exam venue: a deterministic market that misbehaves on purpose, and whose log is the truth."""

from allause.depth import DepthDelta, DepthEvent, DepthSnapshot
from allause.venue.alterations import CHANGED, TERMS, Change, alterations
from allause.venue.book import Book, HalfBook
from allause.venue.brackets import Bracket, loose_ends, read_bracket
from allause.venue.cases import CASES, INCIDENTS, REJECT_REASONS, Case, cases_of
from allause.venue.clearing import LIQUIDITY, TAPE
from allause.venue.conditions import CLOCK_STEPS, CONDITIONS, LATENCY, ClockStep, Condition, Latency
from allause.venue.exchange import EXAMINED, Venue
from allause.venue.faults import (
    CancelRace,
    CashCharged,
    ClosedElsewhere,
    DuplicateFill,
    EndedByVenue,
    Ending,
    Fault,
    FaultClass,
    FillBeforeAcknowledgement,
    FillsLostOnDisconnect,
    Halted,
    Killed,
    Lost,
    Moment,
    NoStatus,
    Race,
    RateLimited,
    ReplaceRace,
    SessionClosed,
    Stale,
    StaleAcknowledgement,
    SubmitTimeoutFillsLater,
)
from allause.venue.faulty import FaultySession
from allause.venue.injectors import InjectedFault
from allause.venue.log import LogEvent, LogRecord
from allause.venue.market import Market, RecordedEvent
from allause.venue.order import Order
from allause.venue.quotes import VOLUME_SHARE
from allause.venue.refusals import Refusal, RefusedError
from allause.venue.script import FaultScript
from allause.venue.session import InProcessSession
from allause.venue.story import Recovery, Story, discrepancies, recovery
from allause.venue.throttle import RateLimit, Throttle
from allause.venue.transitions import AFTER, illegal
from allause.venue.truth import TrueOrder, Truth, read_truth, without

__all__ = [
    "AFTER",
    "CASES",
    "CHANGED",
    "CLOCK_STEPS",
    "CONDITIONS",
    "EXAMINED",
    "INCIDENTS",
    "LATENCY",
    "LIQUIDITY",
    "REJECT_REASONS",
    "TAPE",
    "TERMS",
    "VOLUME_SHARE",
    "Book",
    "Bracket",
    "CancelRace",
    "Case",
    "CashCharged",
    "Change",
    "ClockStep",
    "ClosedElsewhere",
    "Condition",
    "DepthDelta",
    "DepthEvent",
    "DepthSnapshot",
    "DuplicateFill",
    "EndedByVenue",
    "Ending",
    "Fault",
    "FaultClass",
    "FaultScript",
    "FaultySession",
    "FillBeforeAcknowledgement",
    "FillsLostOnDisconnect",
    "HalfBook",
    "Halted",
    "InProcessSession",
    "InjectedFault",
    "Killed",
    "Latency",
    "LogEvent",
    "LogRecord",
    "Lost",
    "Market",
    "Moment",
    "NoStatus",
    "Order",
    "Race",
    "RateLimit",
    "RateLimited",
    "RecordedEvent",
    "Recovery",
    "Refusal",
    "RefusedError",
    "ReplaceRace",
    "SessionClosed",
    "Stale",
    "StaleAcknowledgement",
    "Story",
    "SubmitTimeoutFillsLater",
    "Throttle",
    "TrueOrder",
    "Truth",
    "Venue",
    "alterations",
    "cases_of",
    "discrepancies",
    "illegal",
    "loose_ends",
    "read_bracket",
    "read_truth",
    "recovery",
    "without",
]
