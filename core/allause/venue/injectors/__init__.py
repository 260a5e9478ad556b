"""One small injector for each way to go wrong."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from allause.venue.faults import (
    CancelRace,
    CashCharged,
    ClosedElsewhere,
    DuplicateFill,
    EndedByVenue,
    Fault,
    FillBeforeAcknowledgement,
    FillsLostOnDisconnect,
    Halted,
    Killed,
    NoStatus,
    RateLimited,
    ReplaceRace,
    SessionClosed,
    StaleAcknowledgement,
    SubmitTimeoutFillsLater,
)
from allause.venue.injectors.cancels import Overtake, OvertakeChange
from allause.venue.injectors.deliveries import Blank, Cut, Repeat, Stall
from allause.venue.injectors.doors import Limit, Shut
from allause.venue.injectors.injector import InjectedFault, Injector, Line
from allause.venue.injectors.outside import Charge, Close
from allause.venue.injectors.submissions import Delay, End, Kill, LoseAnswer

#: Which injector injects which fault; the plain one leaves its moment to the host.
INJECTORS: Mapping[type[Fault], type[Injector[Any]]] = MappingProxyType(
    {
        FillsLostOnDisconnect: Cut,
        Killed: Kill,
        DuplicateFill: Repeat,
        StaleAcknowledgement: Stall,
        FillBeforeAcknowledgement: Delay,
        SubmitTimeoutFillsLater: LoseAnswer,
        CancelRace: Overtake,
        ReplaceRace: OvertakeChange,
        EndedByVenue: End,
        SessionClosed: Shut,
        RateLimited: Limit,
        NoStatus: Blank,
        ClosedElsewhere: Close,
        CashCharged: Charge,
        Halted: Injector,
    }
)

__all__ = ["INJECTORS", "InjectedFault", "Injector", "Line"]
