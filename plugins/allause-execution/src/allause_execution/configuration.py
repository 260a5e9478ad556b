"""What may be configured."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs

from allause.exceptions import ConfigurationError
from allause.models.orders import exact
from allause_execution.orders.answers import MAGNITUDES, is_amount

_MOST = 10**9
_LONGEST_PREFIX = 44
_NANOSECOND = Decimal("1E-9")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,64}")


def _path(value: Any) -> Any:
    return Path(value) if isinstance(value, str) and value else value


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
    if attribute.type in (int, int | None):
        good = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MOST
        expected = f"a whole number from 1 to {_MOST:,}"
    else:
        good = isinstance(value, Decimal) and value.is_finite() and value > 0
        expected = "a finite number above zero"
    if not good:
        raise _refused(attribute, expected, value)


def _seconds(instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if value is not None:
        _positive(instance, attribute, value)
        if not _NANOSECOND <= value <= _MOST:
            raise _refused(attribute, f"seconds from {_NANOSECOND} to {_MOST:,}", value)


def _word(_instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    left_out = value is None and attribute.default is None
    if not left_out and not (isinstance(value, str) and _WORD.fullmatch(value)):
        raise _refused(attribute, "letters, digits, '.', '_' and '-', 64 of them at most", value)


def _prefix(instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    _word(instance, attribute, value)
    if value is not None and len(value) > _LONGEST_PREFIX:
        raise _refused(attribute, f"at most {_LONGEST_PREFIX} characters, since an id with its number has 64", value)


def _flag(_instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not isinstance(value, bool):
        raise _refused(attribute, "true or false", value)


def _folder(_instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if value is not None and (not isinstance(value, Path) or "\0" in str(value)):
        raise _refused(attribute, "the path of a folder", value)


def _refused(attribute: "attrs.Attribute[Any]", expected: str, value: Any) -> ConfigurationError:
    message = f"{attribute.name}: expected {expected}, found {value!r}; the default is {attribute.default}"
    return ConfigurationError(message, path=attribute.name)


def _names(_instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not isinstance(value, list | tuple | set | frozenset) or not all(isinstance(n, str) and n for n in value):
        raise ConfigurationError(f"{attribute.name}: expected a list of names, found {value!r}", path=attribute.name)


def _decimal_or_none(value: Decimal | float | None) -> Decimal | None:
    return None if value is None else _decimal(value)


def _whole_or_none(value: float | None) -> int | None:
    return None if value is None else _whole(value)


def _positive_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if value is not None:
        _positive(instance, attribute, value)


def _amount_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    """Refuse what sums and products cannot bear; the other limits are only compared with."""
    _positive_or_none(instance, attribute, value)
    if value is not None and not is_amount(value):
        raise _refused(attribute, f"at most {MAGNITUDES} digits on each side of the point", value)


@attrs.frozen(kw_only=True)
class Config:
    """Configure a ``TradingExecutionEngine``. A limit that is left out where None is the default does not exist.

    Attributes:
        directory: where ``orders.journal`` lives; left out, the directory the host gives at start, and without a host
            nothing is journalled and no restart finds anything.
        durable: whether to keep a journal where there is a directory; without one a simulation is faster.
        starting_cash: cash before the first fill; left out, the cash the venue tells at the first start, and
            1,000,000 without a venue.
        currency: of every amount; a word.
        max_quantity: largest quantity of one order.
        max_notional: largest quantity times price of one order; a market order is valued at the last fill of
            its symbol and passes this limit while there was none.
        max_position: largest position of one symbol, long or short, if every working order filled.
        max_open_orders: most orders that are not terminal at one time.
        max_gross_exposure: largest value of all positions without sign, if every working order filled.
        price_collar: farthest distance of a price from the last fill of its symbol, as a fraction of it.
        max_orders_per_second: most orders and replacements in any one second.
        max_cancels_per_second: no order passes while more cancels than this were asked for in the last second;
            cancels always pass.
        duplicate_window_seconds: an order for the same as another one, under another id, is refused so long, unless
            that one never left or the venue refused it by word.
        restricted_symbols: no order in these passes.
        max_loss: realized loss and fees at which the engine halts.
        vetoes: ``module:object`` of each further refusal; see ``vetoes.VetoSpec``.
        reconcile_seconds: a reconciliation is due so long after the last; None: only when it is asked for.
        sessions: how many sessions with the venue are kept, when the host can open more than one.
        failures_to_open: lost answers in a row after which a session is left alone for a while.
        messages_per_second: most orders and replacements that one session is sent in any one second, also of those
            that had to wait; those of a bracket count, and wait for the next second where callers are refused. A new
            process begins to count anew, unlike ``max_orders_per_second``.
        orders_per_commit: most orders of concurrent callers that share one durable commit of the journal.
        id_prefix: of the client order ids chosen here, a word of at most 44 characters; left out, the host's seed, and
            random without a host.
    """

    directory: Path | None = attrs.field(default=None, converter=_path, validator=_folder)
    durable: bool = attrs.field(default=True, validator=_flag)
    starting_cash: Decimal | None = attrs.field(default=None, converter=_decimal_or_none, validator=_amount_or_none)
    currency: str = attrs.field(default="USD", validator=_word)
    max_quantity: Decimal = attrs.field(default=Decimal(1_000_000), converter=_decimal, validator=_positive)
    max_notional: Decimal = attrs.field(default=Decimal(100_000_000), converter=_decimal, validator=_positive)
    max_position: Decimal = attrs.field(default=Decimal(10_000_000), converter=_decimal, validator=_positive)
    max_open_orders: int = attrs.field(default=10_000, converter=_whole, validator=_positive)
    max_gross_exposure: Decimal | None = attrs.field(
        default=None, converter=_decimal_or_none, validator=_positive_or_none
    )
    price_collar: Decimal | None = attrs.field(default=None, converter=_decimal_or_none, validator=_amount_or_none)
    max_orders_per_second: int | None = attrs.field(default=None, converter=_whole_or_none, validator=_positive_or_none)
    max_cancels_per_second: int | None = attrs.field(
        default=None, converter=_whole_or_none, validator=_positive_or_none
    )
    duplicate_window_seconds: Decimal | None = attrs.field(default=None, converter=_decimal_or_none, validator=_seconds)
    restricted_symbols: tuple[str, ...] = attrs.field(default=(), validator=_names)
    max_loss: Decimal | None = attrs.field(default=None, converter=_decimal_or_none, validator=_positive_or_none)
    vetoes: tuple[str, ...] = attrs.field(default=(), validator=_names)
    reconcile_seconds: Decimal | None = attrs.field(default=Decimal(60), converter=_decimal_or_none, validator=_seconds)
    sessions: int = attrs.field(default=1, converter=_whole, validator=_positive)
    failures_to_open: int = attrs.field(default=5, converter=_whole, validator=_positive)
    messages_per_second: int | None = attrs.field(default=None, converter=_whole_or_none, validator=_positive_or_none)
    orders_per_commit: int = attrs.field(default=1, converter=_whole, validator=_positive)
    id_prefix: str | None = attrs.field(default=None, validator=_prefix)
