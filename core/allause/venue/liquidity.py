"""The recorded market: quotes, depth and trades of everybody else, as orders of accounts of their own."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from allause.depth import DepthChain, DepthEvent, DepthSnapshot
from allause.exceptions import DataError
from allause.models.orders import OrderStatus, OrderType, Side, TimeInForce
from allause.venue.clearing import LIQUIDITY, TAPE, Clearing
from allause.venue.entries import Written
from allause.venue.listing import Listing
from allause.venue.log import LogEvent
from allause.venue.matching import Matching
from allause.venue.money import AMOUNT
from allause.venue.order import Order, rank_of
from allause.venue.quotes import TwoSided

_LIMIT, _GTC, _CANCELED = OrderType.LIMIT, TimeInForce.GTC, OrderStatus.CANCELED  # bound once, as in ``book``
_Place = tuple[Side, int]
_Size = tuple[int, Decimal, Decimal]


class Liquidity:
    """Show the recorded market in the books.

    A level of recorded depth is one order. It keeps its place while its size changes, so that what joins a level
    later counts as if it had stood there before: no order is filled earlier than it could have been.
    """

    def __init__(self, clearing: Clearing, matching: Matching) -> None:
        self._clearing, self._matching = clearing, matching
        self._shown: dict[str, dict[_Place, Order]] = {}
        self._chains: dict[str, DepthChain] = {}

    def quote(self, quotes: TwoSided, listing: Listing, ts: int) -> None:
        """Replace the two quotes of an instrument.

        Raises:
            DataError: they are crossed, off the grid or from the past, or the instrument shows recorded depth.
        """
        if listing.symbol in self._chains:
            raise DataError(f"{listing.symbol} shows recorded depth; leave its quotes out")
        levels = _levels(listing, quotes.sides())
        self._clearing.advance(ts)
        shown = self._shown.setdefault(listing.symbol, {})
        for order in shown.values():
            if order.resting:
                self._matching.end(order, _CANCELED, "", tell=False)
        shown.clear()
        for place, size in levels:
            order = shown[place] = self._order(listing, LIQUIDITY, place, size)
            self._clearing.log.note(order)
            self._matching.enter(order)

    def depth(self, event: DepthEvent, listing: Listing) -> None:
        """Show a snapshot or a change.

        Raises:
            DataError: updates are missing, a level is off the grid, or it is from the past.
        """
        levels = _of_depth(event, listing)
        self._clearing.advance(event.ts_init)
        chain = self._chains.setdefault(listing.symbol, DepthChain(listing.symbol))
        for due in chain.take(event):
            update = due.update_id if isinstance(due, DepthSnapshot) else due.last_id
            self._clearing.log.note(
                Written(self._clearing.now_ns, LogEvent.DEPTH, LIQUIDITY, listing.symbol, update_id=update)
            )
            self._show(
                listing,
                levels if due is event else _of_depth(due, listing),
                is_whole=isinstance(due, DepthSnapshot),
            )

    def trade(self, listing: Listing, price: Decimal, size: Decimal, ts: int) -> None:
        """Print a trade of others: it sets the last price, and may fill orders that it would have met.

        Those are the orders priced better than the trade, and at its price those with no recorded size before
        them, together for no more than the size of the trade.

        Raises:
            DataError: price or size is off the grid, or it is from the past.
        """
        (((_, limit), (lots, *_)),) = _levels(listing, ((Side.BUY, price, size),))
        self._clearing.advance(ts)
        self._clearing.log.note(Written(ts, LogEvent.TRADED, TAPE, listing.symbol, quantity=size, price=price))
        for side in Side:
            tape = self._order(listing, TAPE, (side, limit), (lots, price, size))
            for maker in tuple(_met(listing, tape)):
                if tape.left and maker.resting:
                    self._matching.execute(maker, tape, listing.book.opposite(side), listing)
        listing.last = limit
        self._matching.met(listing)
        self._matching.cascade()

    def check(self) -> None:
        """Find every recorded depth chained.

        Raises:
            DataError: changes wait for a snapshot that has not come.
        """
        for chain in self._chains.values():
            chain.check()

    def levels(self, listing: Listing, side: Side) -> tuple[tuple[Decimal, Decimal], ...]:
        """Return price and size of each recorded level that stands in the book, the best first."""
        grid = listing.grid
        return tuple(
            (grid.prices[order.limit], grid.quantities[order.left])
            for order in listing.book.own(side)
            if order.account == LIQUIDITY
        )

    def _show(self, listing: Listing, levels: Mapping[_Place, _Size], *, is_whole: bool) -> None:
        shown = self._shown.setdefault(listing.symbol, {})
        gone = [place for place in shown if place not in levels] if is_whole else []
        gone += [place for place, (lots, *_) in levels.items() if not lots]
        for place in gone:  # first, so that no level of before meets one of now
            order = shown.pop(place, None)
            if order is not None:
                self._matching.take_out(order)
        for place, size in levels.items():
            if not size[0]:
                continue
            order = shown.get(place)
            if order is not None and order.resting:
                order.size += size[0] - order.left
                order.left = size[0]
            else:
                order = shown[place] = self._order(listing, LIQUIDITY, place, size)
                self._matching.enter(order)

    def _order(self, listing: Listing, account: str, place: _Place, size: _Size) -> Order:
        (side, limit), (lots, price, quantity) = place, size
        self._clearing.arrivals = number = self._clearing.arrivals + 1
        owner = self._clearing.account(account)
        return Order(
            arrival=number,
            number=number,
            client_order_id="",
            symbol=listing.symbol,
            position=owner.position(listing),
            side=side,
            order_type=_LIMIT,
            time_in_force=_GTC,
            quantity=quantity,
            price=price,
            stop_price=None,
            size=lots,
            left=lots,
            limit=limit,
            rank=rank_of(limit, side),
            stop=0,
            post_only=False,
            reduce_only=False,
            ts=self._clearing.now_ns,
        )


def _of_depth(event: DepthEvent, listing: Listing) -> dict[_Place, _Size]:
    bids = ((Side.BUY, price, size) for price, size in event.bids)
    asks = ((Side.SELL, price, size) for price, size in event.asks)
    return {**dict(_levels(listing, bids)), **dict(_levels(listing, asks))}


def _levels(listing: Listing, levels: Iterable[tuple[Side, Decimal, Decimal]]) -> list[tuple[_Place, _Size]]:
    grid, found = listing.grid, []
    for side, price, size in levels:
        limit, lots = grid.ticks[price], grid.lots[size] if size else 0
        if not limit or (size and not lots):
            asked = f"{AMOUNT}, in ticks of {grid.instrument.tick_size} and lots of {grid.instrument.lot_size}"
            raise DataError(f"{listing.symbol}: recorded {size} at {price}; expected each to be {asked}")
        found.append(((side, limit), (lots, price, size)))
    return found


def _met(listing: Listing, tape: Order) -> Iterator[Order]:
    for maker in listing.book.opposite(tape.side).within(-tape.rank):
        if maker.account != LIQUIDITY:
            yield maker
        elif maker.limit == tape.limit:
            return
