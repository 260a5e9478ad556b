"""Several sources of one instrument made one, by a declared rule."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence

import attrs

from allause.depth import DepthDelta, DepthSnapshot
from allause.exceptions import DataError
from allause_market_data.books import OrderBook
from allause_market_data.live.disagreement import Comparison
from allause_market_data.live.events import FeedNotice, Kind, Notice, Received, Rule
from allause_market_data.live.sequence import TradeSequence

_KEPT = 10_000  # trades of a source in reserve, and trades that wait for one that another source has
_NS = 1_000_000_000


@attrs.define
class _Line:
    """Hold what is known of one source."""

    is_connected: bool = True
    stale: int = 0
    well_since: int | None = 0
    trades: dict[str, deque[Received]] = attrs.field(factory=dict)
    quotes: dict[str, Received] = attrs.field(factory=dict)
    books: dict[str, OrderBook] = attrs.field(factory=dict)

    def notice(self, notice: FeedNotice) -> None:
        """Take what the source says of itself."""
        what = notice.notice
        if what is Notice.DISCONNECTED:
            self.books.clear()
        if what in {Notice.DISCONNECTED, Notice.CONNECTED}:
            self.is_connected = what is Notice.CONNECTED
        self.stale += (what is Notice.STALE) - (what is Notice.FRESH)
        if not self.is_connected or self.stale > 0:
            self.well_since = None
        elif self.well_since is None:
            self.well_since = notice.ts_init

    def keep(self, received: Received) -> None:
        """Take what may be needed when this source takes over."""
        event, symbol = received.event, received.event.symbol
        if received.kind is Kind.TRADE:
            self.trades.setdefault(symbol, deque(maxlen=_KEPT)).append(received)
        elif received.kind is Kind.QUOTE:
            self.quotes[symbol] = received
        elif isinstance(event, DepthSnapshot | DepthDelta):
            self.books.setdefault(symbol, OrderBook(symbol)).take(event)


class Arbiter:
    """Give one sequence of events from several sources, in which nothing comes twice.

    A source is well unless a notice says that it is disconnected, or that one of its streams is stale. By ``PRIMARY``
    the first well source speaks; one that was not well speaks again after ``hold_s``. The one that takes over begins
    with the trades that its predecessor had not given, its last quote, and its whole book.

    Attributes:
        active: the source that speaks, by ``PRIMARY``.
        counts: ``fail_overs``, and by source what it ``gave`` and what of it was ``spare``.
        comparison: how far the sources are apart.
    """

    def __init__(
        self,
        sources: Sequence[str],
        rule: Rule,
        *,
        shares_numbers: bool = True,
        hold_s: float = 5,
        tolerance_bps: float = 1,
    ) -> None:
        """Take the sources, the preferred one first.

        :param shares_numbers: whether a trade or an update has the same number in all of them, which ``FIRST`` needs.
        :param hold_s: how long a source must be well again before it speaks instead of a less preferred one.
        :param tolerance_bps: prices further apart than this are told as a disagreement.
        """
        self.active = sources[0]
        self.counts: Counter[str] = Counter()
        self.comparison = Comparison(shares_numbers=shares_numbers, tolerance_bps=tolerance_bps)
        self._rule, self._hold_ns, self._shares_numbers = rule, hold_s * _NS, shares_numbers
        self._lines = {source: _Line() for source in sources}
        self._given: dict[tuple[Kind, str], int] = {}
        self._floor: dict[tuple[Kind, str], int] = {}
        self._sequences: dict[str, TradeSequence] = {}

    def take(self, source: str, received: Received) -> list[Received]:
        """Take what a source brings and return what is to be given on; notices always are."""
        event = received.event
        if isinstance(event, FeedNotice):
            return [received, *self._noticed(source, event)]
        apart = self.comparison.take(source, received)
        told = [self._told(Notice.DISAGREEMENT, source, event.symbol, event.ts_init, apart)] if apart else []
        if self._rule is Rule.FIRST:
            due = self._first(received)
        else:
            try:
                self._lines[source].keep(received)
            except DataError:  # the source's own book asks for its snapshot; until then there is none to take over
                self._lines[source].books.pop(event.symbol)
            began = self._chosen(event.ts_init)  # with this one among the first, if it is from who takes over
            told += began
            due = [received] if source == self.active and not began and self._is_new(received) else []
        self.counts[f"{source} {'gave' if due else 'spare'}"] += 1
        return [*told, *self._gave(due)]

    def _noticed(self, source: str, notice: FeedNotice) -> list[Received]:
        self._lines[source].notice(notice)
        if notice.notice is Notice.RENUMBERED:  # what is numbered anew is not held against what was given before
            for kind in (Kind.QUOTE, Kind.DEPTH):
                self._given.pop((kind, notice.symbol), None)
                self._floor.pop((kind, notice.symbol), None)
        return self._chosen(notice.ts_init) if self._rule is Rule.PRIMARY else []

    def _chosen(self, now: int) -> list[Received]:
        """Let the source speak that should, and return what it begins with."""
        spoken = self._lines[self.active].well_since is not None
        for source, line in self._lines.items():
            if source == self.active and spoken:
                return []
            if line.well_since is not None and (not spoken or now - line.well_since >= self._hold_ns):
                return self._take_over(source, now) if source != self.active else []
        return []

    def _take_over(self, source: str, now: int) -> list[Received]:
        before, self.active = self.active, source
        self._floor = dict(self._given)
        self.counts["fail_overs"] += 1
        line = self._lines[source]
        begins = [trade for trades in line.trades.values() for trade in trades]
        begins += line.quotes.values()
        begins = [one for one in begins if self._is_new(one)]
        for book in line.books.values():
            if book.update_id is not None:
                begins.append(Received(Kind.DEPTH, book.update_id, book.snapshot()))
        begins.sort(key=lambda one: one.event.ts_init)
        notice = self._told(Notice.FAIL_OVER, source, "", now, f"{source} speaks instead of {before}")
        return [notice, *self._gave(begins)]

    def _is_new(self, received: Received) -> bool:
        floor = self._floor.get((received.kind, received.event.symbol))
        return floor is None or received.kind is Kind.DEPTH or self._mark(received) > floor

    def _first(self, received: Received) -> list[Received]:
        if received.kind is not Kind.TRADE:
            given = self._given.get((received.kind, received.event.symbol))
            return [received] if given is None or received.number > given else []
        sequence = self._sequences.setdefault(received.event.symbol, TradeSequence())
        due = sequence.take(received)
        return due if sequence.waiting < _KEPT else [*due, *sequence.skip()]

    def _gave(self, due: Iterable[Received]) -> Iterable[Received]:
        for one in due:
            self._given[one.kind, one.event.symbol] = self._mark(one)
        return due

    def _mark(self, received: Received) -> int:
        return received.number if self._shares_numbers else received.event.ts_event or received.event.ts_init

    @staticmethod
    def _told(notice: Notice, source: str, symbol: str, now: int, detail: str) -> Received:
        said = FeedNotice(notice=notice, source=source, symbol=symbol, ts_event=now, ts_init=now, detail=detail)
        return Received(Kind.NOTICE, 0, said)
