"""What must hold of journal, answers and venue at any moment, and what more when all is done."""

from pathlib import Path

from allause.exceptions import JournalError
from allause_execution.journal import NAME, Reading, decoded
from allause_execution.orders.events import FILLS, Event, EventKind
from allause_execution.soak.life import ACKNOWLEDGED, VENUE
from allause_execution.soak.venue import SoakVenue, fills_of, order_id


def examine(directory: Path, *, orders: int | None = None) -> list[str]:
    """Return what is wrong, one sentence each; nothing is changed.

    Args:
        directory: of the run.
        orders: how many there were, when the run is complete; left out, it was interrupted.
    """
    try:
        events = [event for _, event in decoded(Reading(directory / NAME))]
    except JournalError as error:
        began = (directory / ACKNOWLEDGED).exists() and (directory / ACKNOWLEDGED).read_text()
        return [str(error)] if began or (directory / NAME).exists() else []
    venue = SoakVenue(directory / VENUE)
    venue.close()
    wrong = _intents(directory, events, venue) + _fills(events, venue, complete=orders is not None)
    if orders is not None:
        missing = {order_id(number) for number in range(orders)} - _answers(directory)
        wrong += [f"order {key} was never answered" for key in sorted(missing)]
    return wrong


def _intents(directory: Path, events: list[Event], venue: SoakVenue) -> list[str]:
    intents = [event.client_order_id for event in events if event.kind is EventKind.INTENT]
    wrong = [f"{key} is in the journal twice" for key in _repeated(intents)]
    if sorted(intents) != sorted(map(order_id, range(len(intents)))):
        wrong.append(f"the ids in the journal have gaps: {intents}")
    wrong += [f"{key} was acknowledged and is not in the journal" for key in _answers(directory) - {*intents}]
    wrong += [f"{key} was sent and is not in the journal" for key in {*venue.orders} - {*intents}]
    return wrong + [f"{key} reached the venue twice" for key in _repeated(venue.orders)]


def _fills(events: list[Event], venue: SoakVenue, *, complete: bool) -> list[str]:
    counted = [event.fill.trade_id for event in events if event.kind in FILLS and event.fill is not None]
    wrong = [f"fill {trade} was counted twice" for trade in _repeated(counted)]
    happened = {fill.trade_id for key in venue.orders for fill in fills_of(key)}
    wrong += [f"fill {trade} never happened" for trade in {*counted} - happened]
    return wrong + [f"fill {trade} was lost" for trade in happened - {*counted} if complete]


def _answers(directory: Path) -> set[str]:
    path = directory / ACKNOWLEDGED
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.split()[0] for line in lines}


def _repeated(names: list[str]) -> list[str]:
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]  # as meant
