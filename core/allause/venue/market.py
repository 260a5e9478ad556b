"""The market without orders: books of several instruments, driven by recorded data."""

from decimal import Decimal
from threading import RLock

from allause.depth import DepthDelta, DepthEvent, DepthSnapshot, Level
from allause.exceptions import DataError
from allause.models.market import Bar, Quote, Trade
from allause.models.orders import Side, exact
from allause.models.venue import Instrument, VenueEvent
from allause.venue.clearing import Clearing
from allause.venue.grid import FINEST
from allause.venue.liquidity import Liquidity
from allause.venue.listing import Listing
from allause.venue.log import LogRecord, encode_log
from allause.venue.matching import Matching
from allause.venue.money import AMOUNT, is_amount
from allause.venue.quotes import TwoSided, around, snapped

#: What a market can be driven with.
RecordedEvent = Bar | Quote | Trade | DepthEvent


class Market:
    """Keep the books of several instruments and show recorded data in them.

    Attributes:
        currency: of every amount.
    """

    def __init__(self, clearing: Clearing, *, currency: str, tick: Decimal, volume_share: Decimal) -> None:
        self.currency = currency
        self._tick, self._volume_share = tick, volume_share
        self._listings: dict[str, Listing] = {}
        self._clearing, self._matching = clearing, Matching(clearing, self._listings)
        self._liquidity = Liquidity(clearing, self._matching)
        self._lock = RLock()

    @property
    def now_ns(self) -> int:
        """Return the logical time, nanoseconds UTC; 0 before the first event."""
        return self._clearing.now_ns

    @property
    def log(self) -> tuple[LogRecord, ...]:
        """Return every event so far."""
        with self._lock:
            return self._clearing.log.records()

    @property
    def notices_pushed(self) -> int:
        """Return how much was pushed so far, to whichever account; an execution counts once for both sides."""
        return self._clearing.log.pushed

    def log_bytes(self) -> bytes:
        """Return the log as canonical JSON, one record a line."""
        return encode_log(self.log)

    def notices(self, account: str, since: int) -> tuple[tuple[VenueEvent, ...], int]:
        """Return what was pushed to an account after the first ``since`` notices, and where to go on."""
        entries = self._clearing.log.since(since)  # a slice of a list that only grows: no lock is needed
        if len(entries) == 1:  # of nearly every order
            event = entries[0].notice(account)
            return () if event is None else (event,), since + 1
        told = tuple([event for entry in entries if (event := entry.notice(account)) is not None])
        return told, since + len(entries)

    def advance(self, ts: int) -> None:
        """Set the logical time.

        Raises:
            DataError: it would run backwards.
        """
        with self._lock:
            self._clearing.advance(ts)

    def list_instrument(self, instrument: Instrument | str) -> None:
        """Open an empty book.

        Recorded data of an instrument that is not listed lists it by its bare name; then it takes every amount of
        up to 12 decimal places.

        Raises:
            DataError: it is listed otherwise, in another currency, or with a tick or lot that is none.
        """
        is_finest = isinstance(instrument, str)
        if isinstance(instrument, str):
            wanted = Instrument(symbol=instrument, tick_size=FINEST, lot_size=FINEST, currency=self.currency)
        else:
            wanted = instrument
        with self._lock:
            listed = self._listings.get(wanted.symbol)
            if listed is not None and is_finest:
                return
            if listed is not None and listed.instrument != wanted:
                raise DataError(f"{wanted.symbol} is listed as {listed.instrument}; it cannot become {wanted}")
            if wanted.currency != self.currency:
                raise DataError(f"{wanted.symbol}: expected prices in {self.currency}, found {wanted.currency}")
            if not (is_amount(wanted.tick_size) and is_amount(wanted.lot_size)):
                raise DataError(f"{wanted}: expected as tick and lot size {AMOUNT}")
            if listed is None:
                self._listings[wanted.symbol] = Listing(wanted, is_finest=is_finest)

    def instrument(self, symbol: str) -> Instrument | None:
        """Return what is asked of orders in ``symbol``, or None when it is not listed."""
        with self._lock:
            listed = self._listings.get(symbol)
            return None if listed is None else listed.instrument

    def apply(self, event: RecordedEvent) -> None:
        """Show one recorded event; see ``bar``, ``quote``, ``trade`` and ``depth``.

        The time is that of the recorder, ``ts_init``, which orders the events of several streams; a bar's is its end.
        """
        if isinstance(event, DepthSnapshot | DepthDelta):
            self.depth(event)
        elif isinstance(event, Bar):
            self.bar(event)
        elif isinstance(event, Trade):
            self.trade(event.symbol, event.price, event.size, event.ts_init)
        else:
            self.quote(event.symbol, event.bid, event.ask, event.bid_size, event.ask_size, event.ts_init)

    def quote(
        self,
        symbol: str,
        bid: Decimal | float,
        ask: Decimal | float,
        bid_size: Decimal | float,
        ask_size: Decimal | float,
        ts: int,
    ) -> None:
        """Replace the liquidity providers' two quotes; a size of 0 leaves that side without one.

        Orders that rest within the new quotes are filled, each at its own price.

        Raises:
            DataError: crossed or locked quotes, a price or size out of range or off the grid, time running
                backwards, or an instrument that shows recorded depth.
        """
        bid, ask, bid_size, ask_size = _exact(symbol, "quote", ts, bid, ask, bid_size, ask_size)
        quotes = TwoSided(symbol=symbol, bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)
        with self._lock:
            self._liquidity.quote(quotes, self._listing(symbol), ts)

    def bar(self, bar: Bar) -> None:
        """Open a market around a recorded bar, at its end.

        The liquidity providers quote one tick below and one tick above the close, each for ``volume_share`` of
        the volume in whole units. Nothing else of the bar trades: its open, high and low fill no order. A bar
        without that much volume, or without a recorded one, leaves no quotes, and market orders are refused.

        Raises:
            DataError: a close that is no price, or time running backwards.
        """
        with self._lock:
            known = self._listings.get(bar.symbol)
            tick = self._tick if known is None or known.is_finest else known.instrument.tick_size
            quotes = around(bar, tick=tick, volume_share=self._volume_share)
            listing = self._listing(bar.symbol)
            self._liquidity.quote(snapped(quotes, listing.instrument), listing, bar.ts_event)

    def trade(self, symbol: str, price: Decimal | float, size: Decimal | float, ts: int) -> None:
        """Print a recorded trade: it triggers stops, and fills the resting orders that it would have met.

        Those are the orders priced better than the trade, and at its price those with no recorded size before
        them, together for no more than the size of the trade.

        Raises:
            DataError: a price or size out of range or off the grid, or time running backwards.
        """
        price, size = _exact(symbol, "trade", ts, price, size)
        if not (is_amount(price) and is_amount(size)):
            raise DataError(f"{symbol}: a trade of {size} at {price}; expected each to be {AMOUNT}")
        with self._lock:
            self._liquidity.trade(self._listing(symbol), price, size, ts)

    def depth(self, event: DepthEvent) -> None:
        """Show recorded depth: a snapshot, or the levels that changed.

        Changes that come before the snapshot wait for it. ``check_depth`` tells whether one is still missing.

        Raises:
            DataError: updates are missing, a level is off the grid, or time runs backwards.
        """
        with self._lock:
            self._liquidity.depth(event, self._listing(event.symbol))

    def check_depth(self) -> None:
        """Find that no recorded depth still waits for a snapshot.

        Raises:
            DataError: it does; the message says which.
        """
        with self._lock:
            self._liquidity.check()

    def recorded_levels(self, symbol: str) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """Return the bids and asks of the recorded market that stand in the book, the best first."""
        with self._lock:
            listing = self._listings.get(symbol)
            if listing is None:
                return (), ()
            return self._liquidity.levels(listing, Side.BUY), self._liquidity.levels(listing, Side.SELL)

    def _listing(self, symbol: str) -> Listing:
        found = self._listings.get(symbol)
        if found is None:
            self.list_instrument(symbol)
            found = self._listings[symbol]
        return found


def _exact(symbol: str, what: str, ts: int, *values: Decimal | float) -> tuple[Decimal, ...]:
    try:
        return tuple([exact(value) for value in values])
    except (TypeError, ValueError) as error:
        raise DataError(f"{symbol}: a {what} at {ts} cannot be taken: {error}") from None
