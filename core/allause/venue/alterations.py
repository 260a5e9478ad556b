"""Whether orders and replacements arrived at the venue as they were asked for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from allause.models.orders import OrderIntent, Side
from allause.venue.exchange import EXAMINED
from allause.venue.log import LogEvent, LogRecord

#: What an order is sent with; the rest of an intent stays with the component.
TERMS = (
    "symbol", "side", "order_type", "quantity", "price", "stop_price", "time_in_force", "post_only", "reduce_only",
)  # fmt: skip # one vocabulary

#: What a replacement states anew: quantity, price and stop price.
Change = tuple[Decimal, Decimal | None, Decimal | None]
CHANGED = ("quantity", "price", "stop_price")


def alterations(
    asked: Iterable[OrderIntent], changes: Mapping[str, Sequence[Change]], log: Sequence[LogRecord]
) -> Iterator[str]:
    """Yield a sentence for each order that arrived otherwise than it was asked for.

    An exit of a bracket is held to the price that its entry was asked with. What the venue refused has no terms in the
    log, and what it cut by itself was asked by nobody.

    :param asked: every order asked for.
    :param changes: the replacements asked for, by client order id, in order; not each of them need have arrived.
    :param log: of the venue.
    """
    expected = {name: terms for intent in asked for name, terms in _expected(intent)}
    to_come = {name: list(wanted) for name, wanted in changes.items()}
    for record in log:
        name = record.client_order_id
        terms = expected.get(name)
        if terms is None or record.account != EXAMINED:
            continue
        # the quantity of an exit follows what its entry filled
        exit_replaced = record.event is LogEvent.REPLACED and "quantity" not in terms
        if record.event is LogEvent.ACCEPTED or exit_replaced:
            yield from _differences(name, terms, record)
        elif record.event is LogEvent.REPLACED and not record.reason:
            change = (record.quantity, record.price, record.stop_price)
            rest = to_come.get(name, [])
            if change in rest:
                del rest[: rest.index(change) + 1]  # those before it did not arrive, and can no longer
            else:
                stated = zip(CHANGED, change, strict=True)
                found = ", ".join(f"{term.replace('_', ' ')} {value}" for term, value in stated if value)
                yield f"order {name}: the venue received a replacement by {found}, which nobody asked for"


def _expected(intent: OrderIntent) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield the terms of an order, and of the exits of a bracket as far as its entry decides them."""
    name = intent.client_order_id
    yield name, {term: getattr(intent, term) for term in TERMS}
    for leg, term in (("take_profit", "price"), ("stop_loss", "stop_price")):
        if (price := getattr(intent, leg)) is not None:
            yield f"{name}/{leg}", {"symbol": intent.symbol, "side": Side(intent.side).opposite, term: price}


def _differences(name: str, terms: Mapping[str, object], record: LogRecord) -> Iterator[str]:
    for term, wanted in terms.items():
        found = getattr(record, term)
        if found != wanted:
            yield f"order {name} was asked for with {term.replace('_', ' ')} {wanted}; the venue received {found}"
