"""The contract of kind ``execution``."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from allause.hookspecs.markers import hookspec

if TYPE_CHECKING:  # see the package
    from allause.models.orders import (
        Account,
        Fill,
        OrderReport,
        OrderType,
        Position,
        ReconciliationReport,
        Side,
        TimeInForce,
    )


class ExecutionSpec:
    """Declare how orders are placed and followed."""

    @hookspec
    def place_order(
        self,
        symbol: str,
        quantity: Decimal,
        order_type: OrderType,
        side: Side | None,
        price: Decimal | None,
        time_in_force: TimeInForce | None,
        client_order_id: str | None,
    ) -> OrderReport:
        """Place one order, once, whatever happens.

        The same client order id with the same payload returns the order placed before and sends nothing.
        A lost answer of the venue gives status UNKNOWN, which only ``reconcile`` resolves.

        :param symbol: the instrument.
        :param quantity: positive and finite; a float is taken as the decimal it prints as.
        :param order_type: ``market`` or ``limit``.
        :param side: ``buy`` when left out.
        :param price: required for a limit order, refused for a market order.
        :param time_in_force: ``day`` when left out.
        :param client_order_id: chosen by the component when left out.
        :raises allause.exceptions.OrderDeniedError: refused before it left: limit, halt or bad value.
        :raises allause.exceptions.OrderConflictError: the client order id was used with another payload.
        :raises allause.exceptions.JournalError: it could not be recorded, so it was not sent.
        """
        raise NotImplementedError

    @hookspec
    def cancel_order(self, client_order_id: str) -> OrderReport:
        """Ask the venue to cancel; allowed while halted; a terminal order is returned as it is.

        :param client_order_id: of an order placed here.
        :raises KeyError: no such order was placed here.
        """
        raise NotImplementedError

    @hookspec
    def get_order(self, client_order_id: str) -> OrderReport:
        """Return the order after taking in what the venue has pushed.

        :param client_order_id: of an order placed here.
        :raises KeyError: no such order was placed here.
        """
        raise NotImplementedError

    @hookspec
    def get_open_orders(self) -> tuple[OrderReport, ...]:
        """Return the orders that are not terminal, UNKNOWN ones included, oldest first."""
        raise NotImplementedError

    @hookspec
    def get_fills(self) -> tuple[Fill, ...]:
        """Return every execution counted, each once, in the order it was learnt of."""
        raise NotImplementedError

    @hookspec
    def get_positions(self) -> tuple[Position, ...]:
        """Return the net position of every instrument ever filled, ordered by symbol."""
        raise NotImplementedError

    @hookspec
    def get_account(self) -> Account:
        """Return the cash side, which follows from the fills counted."""
        raise NotImplementedError

    @hookspec
    def reconcile(self) -> ReconciliationReport:
        """Compare with the venue, take over what was missed, resolve UNKNOWN orders and report the rest."""
        raise NotImplementedError

    @hookspec
    def halt(self, reason: str) -> None:
        """Let no new order leave from now on; cancels stay allowed; survives a restart with a journal.

        :param reason: for the record.
        """
        raise NotImplementedError

    @hookspec
    def resume(self) -> None:
        """Allow orders again."""
        raise NotImplementedError
