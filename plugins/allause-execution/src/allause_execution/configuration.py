"""What may be configured."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from allause.exceptions import ConfigurationError
from allause.models.orders import exact


def _whole(value: float, field: "attrs.Attribute[Any]") -> int:
    """Return a whole number from one that an optimizer or a file may give as ``8.0``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        message = f"{field.name}: expected a whole number, found {value!r}; give one such as {field.default}"
        raise ConfigurationError(message, path=field.name)
    return int(value)


def _decimal(value: Decimal | float | None, field: "attrs.Attribute[Any]") -> Decimal:
    try:
        return exact(value)  # type: ignore[arg-type]  # exact refuses what is no number
    except (TypeError, ValueError) as error:
        message = f"{field.name}: {error}; give one such as {field.default or 1000}"
        raise ConfigurationError(message, path=field.name) from None


def _optional_decimal(value: Decimal | float | None, field: "attrs.Attribute[Any]") -> Decimal | None:
    return None if value is None else _decimal(value, field)


_WHOLE = attrs.Converter(_whole, takes_field=True)
_DECIMAL = attrs.Converter(_decimal, takes_field=True)
_OPTIONAL_DECIMAL = attrs.Converter(_optional_decimal, takes_field=True)


def _positive(_instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not value > 0:
        message = f"{attribute.name}: expected a number above zero, found {value}; give a larger one"
        raise ConfigurationError(message, path=attribute.name)


@attrs.frozen(kw_only=True)
class Config:
    """Configure a ``TradingExecutionEngine``.

    Attributes:
        directory: where ``orders.sqlite3`` lives; left out, the directory the host gives at start, and without
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
    starting_cash: Decimal | None = attrs.field(default=None, converter=_OPTIONAL_DECIMAL)
    currency: str = "USD"
    max_quantity: Decimal = attrs.field(default=Decimal(1_000_000), converter=_DECIMAL, validator=_positive)
    max_notional: Decimal = attrs.field(default=Decimal(100_000_000), converter=_DECIMAL, validator=_positive)
    max_position: Decimal = attrs.field(default=Decimal(10_000_000), converter=_DECIMAL, validator=_positive)
    max_open_orders: int = attrs.field(default=10_000, converter=_WHOLE, validator=_positive)
    orders_per_commit: int = attrs.field(default=1, converter=_WHOLE, validator=_positive)
    id_prefix: str | None = None
