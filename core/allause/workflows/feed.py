"""Recorded market data for the venue: what the system's own market data component offers, in its own order."""

from decimal import Decimal
from itertools import pairwise
from random import Random

import attrs

from allause.models.market import Bar, DataQuality, MarketEvent, Trade
from allause.models.orders import Side, exact
from allause.venue import Venue
from allause.workflows.answers import events, many, shaped
from allause.workflows.scene import Scene, StepFailed

#: Symbols that one workflow uses at most.
MOST_SYMBOLS = 3

#: Of prices, and what a quote is away from one.
GRAIN = Decimal("1e-9")
SPREAD = Decimal("1e-4")


@attrs.frozen(kw_only=True)
class Level:
    """Hold one recorded price and the two quotes the venue shows around it.

    Attributes:
        symbol: the instrument.
        ts: when it was observed, nanoseconds UTC.
        price: as recorded: a bar's close, a trade's price, the middle of a quote.
        bid: a ten-thousandth below the price, at least one billionth.
        ask: as much above it.
    """

    symbol: str
    ts: int
    price: Decimal
    bid: Decimal
    ask: Decimal

    def far(self, side: Side) -> Decimal:
        """Return the price at which an order of ``side`` trades at once."""
        return self.ask if side is Side.BUY else self.bid

    def near(self, side: Side) -> Decimal:
        """Return the price at which an order of ``side`` rests."""
        return self.bid if side is Side.BUY else self.ask


def price_of(event: MarketEvent) -> float:
    """Return the price that an event records."""
    if isinstance(event, Bar):
        return event.close
    if isinstance(event, Trade):
        return event.price
    return (event.bid + event.ask) / 2


def level(event: MarketEvent) -> Level:
    """Return the market around one recorded event."""
    price = exact(price_of(event)).quantize(GRAIN)
    half = max((price * SPREAD).quantize(GRAIN), GRAIN)
    return Level(symbol=event.symbol, ts=event.ts_event, price=price, bid=price - half, ask=price + half)


def as_bar(event: MarketEvent) -> Bar:
    """Return an event as a bar, a trade or quote as one of its own."""
    if isinstance(event, Bar):
        return event
    price = price_of(event)
    size = event.size if isinstance(event, Trade) else event.bid_size + event.ask_size
    return Bar(
        symbol=event.symbol, ts_event=event.ts_event, ts_init=event.ts_init,
        open=price, high=price, low=price, close=price, volume=size, adj_close=price,
    )  # fmt: skip


def choose_symbols(scene: Scene, most: int = MOST_SYMBOLS) -> tuple[str, ...]:
    """Ask which symbols there are and draw some.

    Raises:
        StepFailed: there are none, or they are not sorted texts, each once.
    """
    symbols = many(scene.ask("market_data", "get_symbols"), str, "get_symbols()")
    if not symbols:
        raise StepFailed("get_symbols() answered no symbol, so there is nothing to work on")
    for one, other in pairwise(symbols):
        if not one < other:
            raise StepFailed(f"get_symbols() had to be sorted, each symbol once; {one!r} comes before {other!r}")
    return tuple(sorted(scene.random.sample(symbols, min(most, len(symbols)))))


def read_levels(scene: Scene, count: int) -> list[Level]:
    """Read ``count`` recorded prices from a drawn time on, in event-time order.

    Where there are fewer, the same prices come again, at later times.

    Raises:
        StepFailed: there are none.
    """
    symbols = choose_symbols(scene)
    quality = shaped(
        scene.ask("market_data", "get_data_quality", symbols=list(symbols)), DataQuality, "get_data_quality()"
    )
    start = _drawn_start(quality, scene.random)
    found = _streamed(scene, symbols, count, start)
    if len(found) < count and start is not None:
        found = _streamed(scene, symbols, count, None)
    scene.note(symbols=symbols, first_ts=found[0].ts_event if found else None, observations=len(found))
    if not found:
        raise StepFailed(f"stream_market_data({list(symbols)!r}) gave no event")
    return _repeated([level(event) for event in found], count)


def _repeated(levels: list[Level], count: int) -> list[Level]:
    span, number = levels[-1].ts - levels[0].ts + 1, len(levels)
    return [
        attrs.evolve(levels[index % number], ts=levels[index % number].ts + span * (index // number))
        for index in range(count)
    ]


def show(venue: Venue, at: Level, size: Decimal) -> None:
    """Open the market around a recorded price, with ``size`` units to buy and to sell."""
    venue.quote(at.symbol, at.bid, at.ask, size, size, max(at.ts, venue.now_ns))


def _drawn_start(quality: DataQuality, random: Random) -> int | None:
    if quality.ts_first is None or quality.ts_last is None or quality.ts_last <= quality.ts_first:
        return None
    return random.randint(quality.ts_first, (quality.ts_first + quality.ts_last) // 2)


def _streamed(scene: Scene, symbols: tuple[str, ...], count: int, start: int | None) -> list[MarketEvent]:
    window = {} if start is None else {"start": start}
    stream = scene.stream("market_data", "stream_market_data", count, symbols=list(symbols), **window)
    return events(stream, f"stream_market_data({list(symbols)!r})", count)
