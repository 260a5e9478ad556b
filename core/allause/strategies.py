"""What a strategy is, and a small one as an example.

A strategy is a plain callable ``strategy(event, portfolio)`` that returns the orders it wants now, or None for
none. It is called once for every event, in event-time order, and must decide from what it is given and what it
remembers: the same events then give the same orders. A class is called once without arguments, and its instance
is the strategy.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Protocol

import attrs
import msgspec

from allause.models.market import Bar
from allause.models.orders import OrderType, Side, TimeInForce, exact

_NONE = Decimal(0)


class BarEvent(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Hold one bar and what the enhancer added to it.

    Attributes:
        bar: as recorded.
        log_return: natural logarithm of close over the symbol's previous close; None on its first bar.
        rolling_volatility: sample standard deviation of the last returns; None until there are enough.
        vwap: volume-weighted typical price since the symbol's first bar; None where there is no volume.
        is_outlier: whether the enhancer flagged it.
    """

    bar: Bar
    log_return: float | None
    rolling_volatility: float | None
    vwap: float | None
    is_outlier: bool


@attrs.frozen(kw_only=True)
class Portfolio:
    """Hold what the execution component reported after the last order.

    Attributes:
        cash: of the account.
        positions: signed quantity by symbol, flat ones left out.
        working: signed quantity still open in working orders, by symbol.
    """

    cash: Decimal
    positions: Mapping[str, Decimal]
    working: Mapping[str, Decimal]

    def position(self, symbol: str) -> Decimal:
        """Return the signed quantity held of ``symbol``, 0 when flat."""
        return self.positions.get(symbol, _NONE)


def _positive(_: object, attribute: "attrs.Attribute[Decimal]", value: Decimal) -> None:
    if value <= 0:
        raise ValueError(f"expected a positive {attribute.name}, got {value}; give the direction by side")


@attrs.frozen(kw_only=True)
class OrderRequest:
    """Hold an order that a strategy wants; numbers are taken as the decimals they print as.

    Attributes:
        symbol: one of the symbols of the run.
        quantity: positive, in units.
        side: ``buy`` or ``sell``.
        order_type: ``market`` or ``limit``.
        price: the limit; None for a market order.
        time_in_force: how long it works.
    """

    symbol: str
    quantity: Decimal = attrs.field(converter=exact, validator=_positive)
    side: Side = attrs.field(converter=Side)
    order_type: OrderType = attrs.field(default=OrderType.MARKET, converter=OrderType)
    price: Decimal | None = attrs.field(
        default=None, converter=attrs.converters.optional(exact), validator=attrs.validators.optional(_positive)
    )
    time_in_force: TimeInForce = attrs.field(default=TimeInForce.DAY, converter=TimeInForce)


class Strategy(Protocol):
    """Stand for what decides."""

    def __call__(self, event: BarEvent, portfolio: Portfolio) -> Iterable[OrderRequest] | None:
        """Return the orders wanted after ``event``."""
        ...


class MovingAverageCrossover:
    """Hold a symbol while the fast exponential average of its summed log returns is above the slow one.

    A return that the enhancer flags as an outlier, such as that of a split, is left out of the sum. This is an
    example of the interface, not advice.
    """

    def __init__(self, fast: int = 10, slow: int = 50, notional: int = 10_000) -> None:
        """Remember nothing yet.

        :param fast: bars over which the fast average forgets; fewer than ``slow``.
        :param slow: the same of the slow one; no order before so many returns were seen.
        :param notional: value of each purchase, in the account's currency.
        """
        self._gains = (2 / (fast + 1), 2 / (slow + 1))
        self._warm_up = slow
        self._notional = notional
        self._averages: dict[str, tuple[int, float, float, float]] = {}

    def __call__(self, event: BarEvent, portfolio: Portfolio) -> Iterable[OrderRequest]:
        """Buy on the way up, sell everything on the way down."""
        symbol = event.bar.symbol
        if event.log_return is None or event.is_outlier:
            return ()
        seen, level, fast, slow = self._averages.get(symbol, (0, 0.0, 0.0, 0.0))
        level += event.log_return
        fast += self._gains[0] * (level - fast)
        slow += self._gains[1] * (level - slow)
        self._averages[symbol] = (seen + 1, level, fast, slow)
        held = portfolio.position(symbol)
        if seen < self._warm_up or portfolio.working.get(symbol):
            return ()
        if fast > slow and not held:
            quantity = max(1, int(self._notional / event.bar.close))
            return (OrderRequest(symbol=symbol, quantity=Decimal(quantity), side=Side.BUY),)
        if fast < slow and held > 0:
            return (OrderRequest(symbol=symbol, quantity=held, side=Side.SELL),)
        return ()
