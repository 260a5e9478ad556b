"""The market that the venue opens around recorded data."""

from decimal import Decimal
from math import isfinite

import msgspec

from allause.exceptions import DataError
from allause.models.market import Bar
from allause.models.orders import Side, exact
from allause.models.venue import Instrument
from allause.venue.money import EXACT

#: Of a bar's volume, quoted on each side in whole units unless a venue says otherwise.
VOLUME_SHARE = Decimal("0.01")
_BUY, _SELL, _NOTHING = Side.BUY, Side.SELL, Decimal(0)


class TwoSided(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Hold a bid and an ask with their sizes; a size of 0 stands for no quote on that side."""

    symbol: str
    bid: Decimal
    ask: Decimal
    bid_size: Decimal
    ask_size: Decimal

    def sides(self) -> tuple[tuple[Side, Decimal, Decimal], ...]:
        """Return side, price and size of each quote there is.

        Raises:
            DataError: crossed or locked quotes.
        """
        if self.bid_size and self.ask_size and self.bid >= self.ask:
            raise DataError(f"{self.symbol}: expected a bid below the ask, got {self.bid} and {self.ask}")
        both = ((_BUY, self.bid, self.bid_size), (_SELL, self.ask, self.ask_size))
        return tuple([side for side in both if side[2]])


def around(bar: Bar, *, tick: Decimal, volume_share: Decimal) -> TwoSided:
    """Return quotes one tick below and above a bar's close, each for a share of its volume in whole units.

    Without a recorded volume, or with too little for one unit, both sizes are 0; so is the bid's when the close
    is not above one tick.

    Raises:
        DataError: the close is not a positive finite number, or the volume is negative or infinite.
    """
    if not (isfinite(bar.close) and bar.close > 0):
        raise DataError(f"{bar.symbol}: expected a positive close at {bar.ts_event}, got {bar.close}")
    if bar.volume < 0 or bar.volume == float("inf"):
        raise DataError(f"{bar.symbol}: expected a volume of 0 or more at {bar.ts_event}, got {bar.volume}")
    close = exact(bar.close)
    volume = exact(bar.volume) if isfinite(bar.volume) else _NOTHING  # NaN: the source records none
    size = Decimal(int(EXACT.multiply(volume, volume_share)))
    bid = EXACT.subtract(close, tick)
    return TwoSided(
        symbol=bar.symbol,
        bid=bid,
        ask=EXACT.add(close, tick),
        bid_size=size if bid > 0 else _NOTHING,
        ask_size=size,
    )


def snapped(quotes: TwoSided, instrument: Instrument) -> TwoSided:
    """Return quotes on the grid of an instrument: prices moved outwards, sizes down, to the next multiple."""
    tick, lot = instrument.tick_size, instrument.lot_size
    bid = EXACT.subtract(quotes.bid, EXACT.remainder(quotes.bid, tick))
    above = EXACT.remainder(quotes.ask, tick)
    return msgspec.structs.replace(
        quotes,
        bid=bid,
        ask=EXACT.add(quotes.ask, EXACT.subtract(tick, above)) if above else quotes.ask,
        bid_size=EXACT.subtract(quotes.bid_size, EXACT.remainder(quotes.bid_size, lot)) if bid > 0 else _NOTHING,
        ask_size=EXACT.subtract(quotes.ask_size, EXACT.remainder(quotes.ask_size, lot)),
    )
