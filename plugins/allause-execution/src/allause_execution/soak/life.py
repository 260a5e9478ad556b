"""One life of a trading process: recover, reconcile, go on where the last one was killed."""

import logging
import os
from pathlib import Path

from allause.measurement import SystemClock
from allause.models.context import Context
from allause_execution.configuration import Config
from allause_execution.plugin import TradingExecutionEngine
from allause_execution.soak.venue import QUANTITY, SYMBOL, SoakVenue, order_id

ACKNOWLEDGED = "acknowledged"
VENUE = "venue"
_CANCELED = 6  # every sixth order, which waits, is canceled


def live(directory: Path, orders: int) -> None:
    """Place the orders that no earlier life has an answer for; each answer goes into a file as it comes.

    Raises:
        RuntimeError: the reconciliation did not succeed.
    """
    acknowledged = directory / ACKNOWLEDGED
    venue = SoakVenue(directory / VENUE)
    answers = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    known = {line.split()[0] for line in acknowledged.read_text().splitlines()}
    component = TradingExecutionEngine(Config())
    logger = logging.getLogger("allause.soak")
    component.start(context=Context(clock=SystemClock(), directory=directory, seed=0, logger=logger, venue=venue))
    report = component.reconcile()
    if not report.complete:
        raise RuntimeError(f"the reconciliation found {', '.join(report.drift)}")
    for number in range(orders):
        key = order_id(number)
        if key not in known:
            placed = component.place_order(symbol=SYMBOL, quantity=QUANTITY, order_type="market", client_order_id=key)
            os.write(answers, f"{key} {placed.status}\n".encode())
            if number % _CANCELED == 0 and not placed.status.is_terminal:
                component.cancel_order(client_order_id=key)
    component.close()
    venue.close()
    os.close(answers)
