"""What may be configured."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from allause.exceptions import ConfigurationError
from allause.models.orders import exact


def _whole(value: float) -> int:
    """Take ``8.0``, as an optimizer or a file gives it, for 8; the validator names what is no number."""
    return int(value) if isinstance(value, float) and value % 1 == 0 else value  # type: ignore[return-value]  # as said


def _decimal(value: Decimal | float) -> Decimal:
    """Take a number for the decimal it prints as; the validator names what is no number."""
    try:
        return exact(value)
    except (TypeError, ValueError):
        return value  # type: ignore[return-value]  # as said


def _positive(_instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    whole = attribute.type is int
    if not isinstance(value, int if whole else Decimal) or isinstance(value, bool) or not value > 0:
        kind = "whole number" if whole else "finite number"
        message = f"{attribute.name}: expected a {kind} above zero, found {value!r}; the default is {attribute.default}"
        raise ConfigurationError(message, path=attribute.name)


@attrs.frozen(kw_only=True)
class Config:
    """Configure a ``TradingExecutionEngine``.

    Attributes:
        directory: where ``orders.journal`` lives; left out, the directory the host gives at start, and without
            a host a journal in memory, which a restart does not survive.
        starting_cash: cash before the first fill; left out, the cash the venue tells at the first start, and
            1,000,000 without a venue.
        currency: of every amount.
        max_quantity: largest quantity of one order.
        max_notional: largest quantity times price of one order; a market order is valued at the last fill of
            its symbol and passes this limit while there was none.
        max_position: largest position of one symbol, long or short, if every working order filled.
        max_open_orders: most orders that are not terminal at one time.
        orders_per_commit: most orders of concurrent callers that share one durable commit of the journal.
        id_prefix: of the client order ids chosen here; left out, the host's seed, and random without a host.
    """

    directory: Path | None = None
    starting_cash: Decimal | None = attrs.field(
        default=None, converter=attrs.converters.optional(_decimal), validator=attrs.validators.optional(_positive)
    )
    currency: str = "USD"
    max_quantity: Decimal = attrs.field(default=Decimal(1_000_000), converter=_decimal, validator=_positive)
    max_notional: Decimal = attrs.field(default=Decimal(100_000_000), converter=_decimal, validator=_positive)
    max_position: Decimal = attrs.field(default=Decimal(10_000_000), converter=_decimal, validator=_positive)
    max_open_orders: int = attrs.field(default=10_000, converter=_whole, validator=_positive)
    orders_per_commit: int = attrs.field(default=1, converter=_whole, validator=_positive)
    id_prefix: str | None = None
