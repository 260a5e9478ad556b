"""What becomes of each message: numbers checked, books kept, trades in order, and what has to be asked for again.

Nothing here knows of a network: messages go in, events come out at the outbox, and ``wanted`` names what is missing.
"""

from collections import Counter
from collections.abc import Sequence

from allause.depth import DepthDelta, DepthSnapshot
from allause.exceptions import DataError
from allause.models import Clock, Quote, Trade
from allause_market_data.books import OrderBook
from allause_market_data.live.events import Count, FeedNotice, Kind, Notice, Received
from allause_market_data.live.messages import Answer, GarbledError, read
from allause_market_data.live.outbox import FeedBrokenError, Outbox
from allause_market_data.live.sequence import Arrival, Numbers, TradeSequence
from allause_market_data.live.settings import SourceSettings
from allause_market_data.live.soundness import defect

_LEFT_OUT = {Arrival.DUPLICATE: Count.DUPLICATES, Arrival.FAR: Count.FAR}
_COUNTED = {Kind.TRADE: Count.TRADES, Kind.QUOTE: Count.QUOTES, Kind.DEPTH: Count.DEPTH}
_S = 1_000_000_000
Stream = tuple[Kind, str]


class Intake:
    """Take what one source sends.

    Attributes:
        counts: of everything by its name.
        outbox: where events and notices go.
        books: of each instrument.
        wanted: trades or books of instruments that have to be asked for; who begins to ask takes them out of it.
        asked: those that are being asked for.
        stale: the streams that have been silent for too long.
        unsound: the streams whose last event was left out, as the gate would reject it.
    """

    def __init__(self, source: str, symbols: Sequence[str], settings: SourceSettings, clock: Clock) -> None:
        limits = {
            Kind.TRADE: settings.trade_limit,
            Kind.QUOTE: settings.quote_limit,
            Kind.DEPTH: settings.depth_limit,
            Kind.NOTICE: settings.quote_limit,
        }
        self.counts: Counter[Count] = Counter(dict.fromkeys(Count, 0))
        self.books = {symbol: OrderBook(symbol) for symbol in symbols}
        self.outbox = Outbox(limits, self.counts, lambda symbol: self.books[symbol].snapshot())
        self.wanted: set[Stream] = set()
        self.asked: set[Stream] = set()
        self.stale: set[Stream] = set()
        self.unsound: set[Stream] = set()
        self._source, self._settings, self._clock = source, settings, clock
        self._trades = {symbol: TradeSequence() for symbol in symbols}
        self._numbers = {(kind, symbol): Numbers() for kind in settings.kinds for symbol in symbols}
        self._heard = dict.fromkeys(self._numbers, clock.monotonic_ns())
        self._behind: dict[Stream, int] = {}

    def frame(self, data: bytes) -> Answer | None:
        """Take a message; the answer to a request is given back.

        Raises:
            GarbledError: it is none, so that something was lost.
            FeedBrokenError: too many trades wait for one that is missing, or to be taken; or their numbers began anew.
        """
        try:
            found = read(data, self._clock.now_ns())
            if isinstance(found, Answer):
                return found
            self._take(found)
        except GarbledError:
            self.counts[Count.GARBLED] += 1
            raise
        finally:
            self.counts[Count.FRAMES] += 1  # last: who sees it sees what became of the message
        return None

    def snapshot(self, snapshot: DepthSnapshot) -> None:
        """Take the answer to a request for a book."""
        self.counts[Count.SNAPSHOTS] += 1
        self._depth(snapshot)

    def missed(self, symbol: str, trades: Sequence[Received]) -> None:
        """Take the answer to a request for the trades from ``next_trade`` on.

        Raises:
            FeedBrokenError: the venue has not all of them any more.
        """
        sequence = self._trades[symbol]
        first = min((trade.number for trade in trades), default=None)
        if sequence.last is not None and first is not None and first > sequence.last + 1:
            raise FeedBrokenError(
                f"{symbol}: expected the trades from {sequence.last + 1} on, found that the venue has them only from "
                f"{first} on; the feed is broken: begin it anew"
            )
        for trade in trades:
            if sequence.last is not None and trade.number > sequence.last:
                self.counts[Count.MISSED_TRADES] += self._numbers[Kind.TRADE, symbol].take(trade.number) is not (
                    Arrival.DUPLICATE
                )
                for due in sequence.take(trade):
                    self._give(due)

    def next_trade(self, symbol: str) -> int | None:
        """Return the number of the trade that follows on the last; None before the first."""
        last = self._trades[symbol].last
        return None if last is None else last + 1

    def is_whole(self, stream: Stream) -> bool:
        """Say whether nothing that is known of a stream is missing."""
        kind, symbol = stream
        return self._trades[symbol].waiting == 0 if kind is Kind.TRADE else self.books[symbol].update_id is not None

    def connected(self) -> None:
        """Take the stream as begun anew: what came while there was none has to be asked for."""
        self.tell(Notice.CONNECTED)
        self.wanted = {stream for stream in self._numbers if stream[0] is not Kind.QUOTE}

    def disconnected(self, reason: str) -> None:
        """Take nothing as known any more that the next message does not follow on."""
        for symbol, book in self.books.items():
            self._forget(symbol, book)
        self._behind.clear()
        self.wanted.clear()
        self.tell(Notice.DISCONNECTED, detail=reason)

    def look(self) -> float:
        """Tell which streams have become stale; return how long there has been nothing at all, in seconds."""
        now = self._clock.monotonic_ns()
        for stream, heard in self._heard.items():
            if stream not in self.stale and now - heard > self._settings.stale_after_s * _S:
                self.stale.add(stream)
                self.counts[Count.STALE] += 1
                self.tell(Notice.STALE, stream[1], f"no {stream[0]} for {(now - heard) / _S:.3f} s")
        return (now - max(self._heard.values())) / _S

    def tell(self, notice: Notice, symbol: str = "", detail: str = "") -> None:
        """Put a notice among the events."""
        now = self._clock.now_ns()
        said = FeedNotice(notice=notice, source=self._source, symbol=symbol, ts_event=now, ts_init=now, detail=detail)
        self.outbox.put(Received(Kind.NOTICE, 0, said))

    def _take(self, found: Received | None) -> None:
        if found is None or (found.kind, found.event.symbol) not in self._numbers:
            self.counts[Count.UNKNOWN] += 1
            return
        stream = found.kind, found.event.symbol
        arrival = self._numbers[stream].take(found.number)
        if arrival in _LEFT_OUT:
            self.counts[_LEFT_OUT[arrival]] += 1
            return
        self.counts[Count.LATE] += arrival is Arrival.LATE
        if self._is_past(found, arrival) and not (arrival is Arrival.LATE and self._is_renumbered(stream, found)):
            return  # and what is left out is not heard: a stream of nothing else is as good as silent
        self._hear(stream)
        if found.kind is Kind.TRADE:
            self._trade(found)
        elif isinstance(found.event, DepthDelta):
            self._depth(found.event)
        else:
            self._give(found)

    def _is_past(self, found: Received, arrival: Arrival) -> bool:
        """Say whether what was given before shows it already."""
        if found.kind is Kind.QUOTE:
            return arrival is Arrival.LATE  # it is no longer the best there is
        symbol = found.event.symbol
        last = self._trades[symbol].last if found.kind is Kind.TRADE else self.books[symbol].update_id
        return last is not None and found.number <= last

    def _is_renumbered(self, stream: Stream, found: Received) -> bool:
        """Take the numbers as begun anew when all that came for as long as makes a stream stale was below the highest.

        Raises:
            FeedBrokenError: those of trades, for then nobody can tell which are missing.
        """
        kind, symbol = stream
        sequence = self._trades[symbol]
        if kind is Kind.TRADE and (found.event.ts_event or 0) < sequence.ts_event:
            return False  # a stream that lags behind the trades that were asked for
        behind_ns = self._clock.monotonic_ns() - self._behind.setdefault(stream, self._clock.monotonic_ns())
        if behind_ns <= self._settings.stale_after_s * _S:
            return False
        self.look()  # so that it is told to be stale before it is told to be fresh again
        self.counts[Count.RENUMBERED] += 1
        reason = f"only numbers below the highest {kind} for {behind_ns / _S:.3f} s, {found.number} the last"
        if kind is Kind.TRADE:
            raise FeedBrokenError(
                f"{symbol}: expected the trades after {sequence.last}, found {reason}; the venue numbers anew, and "
                "nobody can tell which are missing: begin the feed anew"
            )
        self.tell(Notice.RENUMBERED, symbol, f"{reason}: taken as numbers that begin anew")
        self._numbers[stream] = Numbers()
        self._numbers[stream].take(found.number)
        if kind is Kind.DEPTH:
            self.books[symbol].forget()
            self._want(stream, f"{symbol}: the updates are numbered anew")
        return True

    def _forget(self, symbol: str, book: OrderBook) -> None:
        """Take nothing of a book as known, nor its numbers: what comes again then follows on the next snapshot."""
        book.forget()
        if (Kind.DEPTH, symbol) in self._numbers:
            self._numbers[Kind.DEPTH, symbol] = Numbers()

    def _hear(self, stream: Stream) -> None:
        self._heard[stream] = self._clock.monotonic_ns()
        self._behind.pop(stream, None)
        if stream in self.stale:
            self.stale.discard(stream)
            self.tell(Notice.FRESH, stream[1], f"{stream[0]} again")

    def _trade(self, trade: Received) -> None:
        symbol = trade.event.symbol
        sequence = self._trades[symbol]
        for due in sequence.take(trade):
            self._give(due)
        if sequence.waiting:
            self._want((Kind.TRADE, symbol), f"trade {sequence.last} is not followed by the next one")
        if sequence.waiting > self._settings.trade_limit:
            raise FeedBrokenError(
                f"{symbol}: expected the venue to give the trades after {sequence.last}, found {sequence.waiting} that "
                "wait for them; the feed is broken: begin it anew"
            )

    def _depth(self, event: DepthDelta | DepthSnapshot) -> None:
        book = self.books[event.symbol]
        try:
            due = book.take(event)
        except DataError as error:
            self._want((Kind.DEPTH, event.symbol), str(error))
            return
        if due and book.is_crossed():  # whatever it was that cannot be true, it is not given
            book.forget()
            self.counts[Count.CROSSED] += 1
            self._want((Kind.DEPTH, event.symbol), f"{event.symbol}: a bid above the ask cannot be; asked for anew")
            return
        for one in due:
            number = one.update_id if isinstance(one, DepthSnapshot) else one.last_id
            self._give(Received(Kind.DEPTH, number, one))

    def _want(self, stream: Stream, reason: str) -> None:
        if stream not in self.wanted and stream not in self.asked:
            self.wanted.add(stream)
            self.counts[Count.GAPS] += 1
            self.tell(Notice.GAP, stream[1], reason)

    def _give(self, received: Received) -> None:
        if isinstance(received.event, Trade | Quote) and not self._is_sound(received, received.event):
            return
        self.counts[_COUNTED[received.kind]] += 1
        self.outbox.put(received)

    def _is_sound(self, received: Received, event: Trade | Quote) -> bool:
        stream, found = (received.kind, event.symbol), defect(event)
        if found is None:
            self.unsound.discard(stream)
            return True
        self.counts[found] += 1
        if stream not in self.unsound:
            self.unsound.add(stream)
            self.tell(Notice.UNSOUND, event.symbol, f"{received.kind} {received.number} is left out: {found}, {event}")
        return False
