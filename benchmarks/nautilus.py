"""Orders per second against nautilus_trader's simulated exchange: the same filled orders, in one interleaved run.

Prints one JSON object; the bar is 10 times its rate. nautilus_trader runs its own engines (data, risk, execution)
around its simulated exchange as a backtest does; what the same backtest costs without orders is subtracted, in its
favour, likewise here. It is processor time, since neither waits for anything. Here an order goes from ``place_order``
through the risk gate, a journal in memory and the exam venue in the same process to the answer that it is filled.
nautilus_trader is a dependency of this benchmark alone (``tox -e nautilus``).
"""

import argparse
import json
import logging
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, TraderId
from nautilus_trader.model.identifiers import Venue as PeerVenue
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.test_kit.providers import TestInstrumentProvider
from nautilus_trader.trading.strategy import Strategy

from allause.measurement import SystemClock, percentile
from allause.models.context import Context
from allause.models.orders import OrderStatus
from allause.venue import InProcessSession, Venue
from allause_execution import Config, TradingExecutionEngine

BAR = 10
_STEP_NS = 20_000_000  # its risk engine lets 100 orders a second through


class BuyConfig(StrategyConfig, frozen=True):
    """Say whether the strategy trades at all."""

    instrument_id: InstrumentId
    trades: bool


class Buy(Strategy):
    """Buy one unit at the market on every quote."""

    def __init__(self, config: BuyConfig) -> None:
        super().__init__(config)
        self.filled = 0

    def on_start(self) -> None:
        """Ask for the quotes."""
        self.subscribe_quote_ticks(self.config.instrument_id)

    def on_quote_tick(self, tick: QuoteTick) -> None:
        """Place one order."""
        if self.config.trades:
            one = Quantity.from_int(1)
            self.submit_order(self.order_factory.market(tick.instrument_id, OrderSide.BUY, one))

    def on_order_filled(self, event: object) -> None:  # noqa: ARG002 - its signature
        """Count the fill."""
        self.filled += 1


def peer(orders: int, *, trades: bool) -> float:
    """Return the seconds that a backtest of nautilus_trader takes."""
    quiet = LoggingConfig(bypass_logging=True)
    engine = BacktestEngine(BacktestEngineConfig(trader_id=TraderId("BENCH-001"), logging=quiet))
    venue = PeerVenue("XNAS")
    engine.add_venue(venue, OmsType.NETTING, AccountType.MARGIN, starting_balances=[Money(1_000_000_000, USD)],
                     base_currency=USD)  # fmt: skip # one line
    instrument = TestInstrumentProvider.equity(symbol="AAPL", venue="XNAS")
    engine.add_instrument(instrument)
    bid, ask, size = Price.from_str("99.00"), Price.from_str("101.00"), Quantity.from_int(1_000_000)
    engine.add_data([QuoteTick(instrument.id, bid, ask, size, size, n * _STEP_NS, n * _STEP_NS) for n in range(orders)])
    strategy = Buy(BuyConfig(instrument_id=instrument.id, trades=trades))
    engine.add_strategy(strategy)
    start = process_time()
    engine.run()
    seconds = process_time() - start
    engine.dispose()
    if trades and strategy.filled != orders:
        raise SystemExit(f"nautilus_trader filled {strategy.filled} of {orders} orders")
    return seconds


def ours(orders: int, *, trades: bool) -> float:
    """Return the seconds that as many quotes, with as many orders or none, take here."""
    venue = Venue(seed=0)
    context = {"clock": SystemClock(), "seed": 0, "logger": logging.getLogger("benchmark")}
    with TemporaryDirectory() as name:
        component = TradingExecutionEngine(Config(durable=False))
        component.start(context=Context(directory=Path(name), venue=InProcessSession(venue), **context))
        start = process_time()
        for number in range(orders):
            venue.quote("AAPL", Decimal(99), Decimal(101), Decimal(1_000_000), Decimal(1_000_000), ts=number * _STEP_NS)
            if trades:
                report = component.place_order(symbol="AAPL", quantity=Decimal(1), order_type="market")
                if report.status is not OrderStatus.FILLED:
                    raise SystemExit(f"expected a filled order, found {report}")
        seconds = process_time() - start
        component.close()
    return seconds


def main() -> None:
    """Measure in turns and print the ratio of the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    spent: dict[str, list[float]] = {"nautilus_trader": [], "allause": []}
    for turn in range(options.rounds + 1):
        for name, function in (("nautilus_trader", peer), ("allause", ours)):
            seconds = function(options.orders, trades=True) - function(options.orders, trades=False)
            if turn:  # the first one warms up
                spent[name].append(seconds / options.orders)
    median = {name: percentile(values, 50) for name, values in spent.items()}
    ratio = median["nautilus_trader"] / median["allause"]
    figures = {"rate_to_nautilus_trader": ratio}
    microseconds = {name: value * 1e6 for name, value in median.items()}
    print(json.dumps({"benchmark": "nautilus", "ratios": figures, "bars": {"rate_to_nautilus_trader": BAR},
                      "us_per_order": microseconds, "n": options.orders * options.rounds}))  # fmt: skip # one line


if __name__ == "__main__":
    main()
