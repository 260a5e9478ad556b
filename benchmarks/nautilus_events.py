"""Events per second against nautilus_trader's backtest engine fed the same quotes, in one interleaved run.

Prints one JSON object; the bar is 3 times its rate. There, a strategy gets each quote from the engines of a backtest
and keeps a moving average of the microprice; nothing is ordered and nothing logged. Here, the same quotes as structs go
over the event path: enhanced (mid, microprice, return), judged by the same average, made an order on every quote,
passed by a limit and encoded, so ours does more. What feeds the quotes in is made before the clock starts on both
sides. nautilus_trader is a dependency of this benchmark alone (``tox -e nautilus_events``).
"""

import argparse
import json
from time import perf_counter

import msgspec
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType
from nautilus_trader.model.identifiers import InstrumentId, TraderId
from nautilus_trader.model.identifiers import Venue as PeerVenue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy
from tick_to_order import stages, ticks

from allause.measurement import percentile
from allause.models import Quote
from allause.running import EventPath

BAR = 3


class AverageConfig(StrategyConfig, frozen=True):
    """Say what to watch."""

    instrument_id: InstrumentId


class Average(Strategy):
    """Keep a moving average of the microprice, and count on which side of it the mid is."""

    def __init__(self, config: AverageConfig) -> None:
        super().__init__(config)
        self.level = 0.0
        self.below = 0
        self.seen = 0

    def on_start(self) -> None:
        """Ask for the quotes."""
        self.subscribe_quote_ticks(self.config.instrument_id)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        """Take one quote."""
        bid, ask = tick.bid_price.as_double(), tick.ask_price.as_double()
        bid_size, ask_size = tick.bid_size.as_double(), tick.ask_size.as_double()
        self.level += 0.05 * ((bid * ask_size + ask * bid_size) / (bid_size + ask_size) - self.level)
        self.below += (bid + ask) / 2 < self.level
        self.seen += 1


def peer(quotes: list[Quote]) -> float:
    """Return the seconds that a backtest of nautilus_trader takes."""
    quiet = LoggingConfig(bypass_logging=True)
    engine = BacktestEngine(BacktestEngineConfig(trader_id=TraderId("BENCH-001"), logging=quiet))
    engine.add_venue(PeerVenue("XNAS"), OmsType.NETTING, AccountType.MARGIN, base_currency=USD,
                     starting_balances=[Money(1_000_000_000, USD)])  # fmt: skip # one line
    instrument = TestInstrumentProvider.equity(symbol="AAPL", venue="XNAS")
    engine.add_instrument(instrument)
    engine.add_data(
        [
            QuoteTick(
                instrument.id, Price(quote.bid, 2), Price(quote.ask, 2),
                Quantity.from_int(int(quote.bid_size * 100)), Quantity.from_int(int(quote.ask_size * 100)),
                quote.ts_event, quote.ts_init,
            )
            for quote in quotes
        ]
    )  # fmt: skip
    strategy = Average(AverageConfig(instrument_id=instrument.id))
    engine.add_strategy(strategy)
    start = perf_counter()
    engine.run()
    seconds = perf_counter() - start
    engine.dispose()
    if strategy.seen != len(quotes):
        raise SystemExit(f"nautilus_trader handed over {strategy.seen} of {len(quotes)} quotes")
    return seconds


def ours(quotes: list[Quote]) -> float:
    """Return the seconds that the same quotes take here, each to the bytes of an order."""
    made = stages()
    del made["decoding"]
    orders: list[bytes] = []
    path = EventPath({**made, "sent": orders.append})
    start = perf_counter()
    for quote in quotes:
        path.put(quote)
    path.drain()
    seconds = perf_counter() - start
    if len(orders) != len(quotes):
        raise SystemExit(f"{len(orders)} orders of {len(quotes)} quotes")
    return seconds


def main() -> None:
    """Measure in turns and print the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quotes", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    quotes = [msgspec.json.decode(message, type=Quote) for message in ticks(options.quotes, symbols=1)]
    spent: dict[str, list[float]] = {"nautilus_trader": [], "allause": []}
    for turn in range(options.rounds + 1):
        for name, function in (("nautilus_trader", peer), ("allause", ours)):
            seconds = function(quotes)
            if turn:  # the first one warms up
                spent[name].append(seconds / len(quotes))
    median = {name: percentile(values, 50) for name, values in spent.items()}
    ratio = median["nautilus_trader"] / median["allause"]
    print(
        json.dumps(
            {
                "benchmark": "nautilus_events", "ratios": {"events_to_nautilus_trader": ratio},
                "bars": {"events_to_nautilus_trader": {"bar": f">= {BAR}", "met": ratio >= BAR}},
                "us_per_event": {name: value * 1e6 for name, value in median.items()},
                "n": len(quotes) * options.rounds,
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
