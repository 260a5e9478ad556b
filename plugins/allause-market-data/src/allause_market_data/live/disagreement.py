"""How far sources of one instrument are apart, in price and in time."""

from collections import OrderedDict

import attrs

from allause.models import Quote, Trade
from allause_market_data.live.events import Kind, Received

_REMEMBERED = 4_096
_BPS = 10_000
_MS = 1_000_000


@attrs.define
class Disagreement:
    """Sum up how far one source is from another.

    Attributes:
        compared: prices that were compared.
        beyond: those of them that were further apart than the tolerance.
        mean_bps: mean distance of the prices, in basis points of the earlier one; ``most_bps``: the largest.
        mean_ms: mean time by which the source was behind the other, negative when it was ahead.
        most_ms: the largest such time, whichever was behind.
    """

    compared: int = 0
    beyond: int = 0
    mean_bps: float = 0.0
    most_bps: float = 0.0
    mean_ms: float = 0.0
    most_ms: float = 0.0

    def add(self, bps: float, behind_ms: float, *, is_beyond: bool) -> None:
        """Take one comparison."""
        self.compared += 1
        self.beyond += is_beyond
        self.mean_bps += (bps - self.mean_bps) / self.compared
        self.mean_ms += (behind_ms - self.mean_ms) / self.compared
        self.most_bps = max(self.most_bps, bps)
        self.most_ms = max(self.most_ms, abs(behind_ms))


class Comparison:
    """Compare what several sources say of the same.

    Where the sources share numbers, the same trade, or the quote of the same update, is compared; it should be equal,
    and the times of receipt tell who is ahead. Otherwise the middle of each quote is compared with the last one of
    every other source, and the times are those of the venues.

    Attributes:
        found: by the source, then the other one.
    """

    def __init__(self, *, shares_numbers: bool, tolerance_bps: float) -> None:
        self.found: dict[tuple[str, str], Disagreement] = {}
        self._shares_numbers, self._tolerance_bps = shares_numbers, tolerance_bps
        self._said: OrderedDict[tuple[Kind, str, int], tuple[str, float, int]] = OrderedDict()
        self._last: dict[str, dict[str, tuple[float, int]]] = {}
        self._apart: set[tuple[str, str, str]] = set()

    def take(self, source: str, received: Received) -> str:
        """Take what a source says; return in words how it begins to differ by more than the tolerance, else nothing."""
        event = received.event
        if not isinstance(event, Trade | Quote):
            return ""
        price = event.price if isinstance(event, Trade) else (event.bid + event.ask) / 2
        if self._shares_numbers:
            key = (received.kind, event.symbol, received.number)
            first = self._said.setdefault(key, (source, price, event.ts_init))
            if len(self._said) > _REMEMBERED:
                self._said.popitem(last=False)
            return "" if first[0] == source else self._compare(source, event.symbol, (price, event.ts_init), first)
        if isinstance(event, Trade):
            return ""
        last = self._last.setdefault(event.symbol, {})
        last[source] = price, event.ts_event
        said = [self._compare(source, event.symbol, last[source], (one, *last[one])) for one in last if one != source]
        return "; ".join(filter(None, said))

    def _compare(self, source: str, symbol: str, found: tuple[float, int], other: tuple[str, float, int]) -> str:
        name, price, ts = other
        bps = abs(found[0] - price) / abs(price) * _BPS if price else 0.0
        is_beyond = bps > self._tolerance_bps
        self.found.setdefault((source, name), Disagreement()).add(bps, (found[1] - ts) / _MS, is_beyond=is_beyond)
        pair = symbol, min(source, name), max(source, name)
        was_apart = pair in self._apart
        (self._apart.add if is_beyond else self._apart.discard)(pair)
        if was_apart or not is_beyond:
            return ""
        return f"{source} says {found[0]!r}, {name} {price!r}: {bps:.3f} basis points apart"
