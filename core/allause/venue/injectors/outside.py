"""Injectors of what happens to an account without its component."""

from decimal import Decimal

from allause.exceptions import VenueError
from allause.models.orders import OrderIntent, OrderType, Side, TimeInForce
from allause.models.venue import VenueOrder
from allause.venue.faults import CashCharged, ClosedElsewhere
from allause.venue.injectors.injector import Injector, Line

_CENT = Decimal("0.01")


class Close(Injector[ClosedElsewhere]):
    """Close a position by an order sent from elsewhere."""

    def submitting(self, line: Line, intent: OrderIntent) -> VenueOrder | None:
        """Close the position in the instrument of the order about to be sent, if there is one."""
        held = line.session.positions().get(intent.symbol)
        if not held or line.elsewhere[intent.symbol] == held:  # with it others together would have moved nothing
            return None
        name = f"elsewhere-{self.fault_id}"
        if not self.fault.pushed:
            line.silent.add(name)
        before = len(line.session.fills())
        try:
            line.session.venue.submit(
                OrderIntent(
                    client_order_id=name,
                    symbol=intent.symbol,
                    side=Side.SELL if held > 0 else Side.BUY,
                    quantity=abs(held),
                    order_type=OrderType.MARKET,
                    price=None,
                    time_in_force=TimeInForce.DAY,
                ),
                line.session.account,
            )
        except VenueError:  # nobody offers the other side now; the next order is another chance
            return None
        fills = line.session.fills()[before:]
        line.elsewhere[intent.symbol] -= sum(fill.last_qty for fill in fills) * (1 if held > 0 else -1)
        self.happened(line, name, *(fill.trade_id for fill in fills))
        return None


class Charge(Injector[CashCharged]):
    """Take cash from the account."""

    def submitting(self, line: Line, intent: OrderIntent) -> VenueOrder | None:
        """Take it."""
        line.charged += self.fault.cents * _CENT
        self.happened(line, intent.client_order_id)
        return None
