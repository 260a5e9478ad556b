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
        stop_price: Decimal | None,
        post_only: bool | None,
        reduce_only: bool | None,
        oco_group: str | None,
        take_profit: Decimal | None,
        stop_loss: Decimal | None,
        parent_id: str | None,
        parent_quantity: Decimal | None,
    ) -> OrderReport:
        """Place one order, once, whatever happens.

        The same client order id with the same payload returns the order placed before and sends nothing.
        A lost answer of the venue gives status UNKNOWN, which only ``reconcile`` resolves. With ``take_profit`` or
        ``stop_loss`` the order is the entry of a bracket: for each quantity it fills, the component places exits in
        one OCO group, under the ids ``<client_order_id>/take_profit`` and ``<client_order_id>/stop_loss``; an exit is
        HELD until then. A component that does not offer brackets, groups, slices, reduce-only orders or a time in
        force refuses them with ``OrderDeniedError``: it never places the order without them. Every component offers
        ``gtc``, an order that works until it is cancelled.

        :param symbol: the instrument.
        :param quantity: positive and finite; a float is taken as the decimal it prints as.
        :param order_type: ``market``, ``limit``, ``stop`` or ``stop_limit``.
        :param side: ``buy`` when left out.
        :param price: required for an order with a limit, refused for one without.
        :param time_in_force: ``day`` when left out.
        :param client_order_id: chosen by the component when left out; one that contains ``/`` is refused.
        :param stop_price: required for a stop order, refused for the others.
        :param post_only: only add liquidity; for a limit order that may rest.
        :param reduce_only: only bring the position nearer to zero.
        :param oco_group: name of a group in which the first order to trade cancels the others.
        :param take_profit: limit price of a bracket's exit at a profit.
        :param stop_loss: stop price of a bracket's exit at a loss.
        :param parent_id: name of the larger order that this is a slice of; comes with ``parent_quantity``.
        :param parent_quantity: of the larger order; a slice that would take the sum above it is refused and halts.
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
    def replace_order(
        self,
        client_order_id: str,
        quantity: Decimal | None,
        price: Decimal | None,
        stop_price: Decimal | None,
    ) -> OrderReport:
        """Ask the venue to change a working order; what is left out stays as it is.

        The changed order passes the same pre-trade limits as a new one. A lost answer leaves the order
        PENDING_REPLACE until the venue is asked; a refusal of the venue leaves it as it was, with the reason.

        :param client_order_id: of an order placed here.
        :param quantity: the new total, what is filled included.
        :param price: the new limit.
        :param stop_price: the new stop price.
        :raises KeyError: no such order was placed here.
        :raises allause.exceptions.OrderDeniedError: it is terminal, nothing changes, or a limit or halt forbids it.
        :raises allause.exceptions.JournalError: it could not be recorded, so it was not sent.
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
        """Let no new order leave from now on and cancel the open ones; survives a restart with a journal.

        It is recorded before it returns. Cancels stay allowed. Only ``resume`` allows orders again.

        :param reason: for the record.
        """
        raise NotImplementedError

    @hookspec
    def resume(self) -> None:
        """Allow orders again."""
        raise NotImplementedError
