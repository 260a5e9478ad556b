"""One instrument as the venue trades it."""

from allause.models.venue import Instrument
from allause.venue.book import Book
from allause.venue.grid import Grid
from allause.venue.order import Order
from allause.venue.stops import Stops


class Listing:
    """Hold all that the venue keeps of one instrument.

    Attributes:
        symbol: its name.
        instrument: what it asks of orders.
        is_finest: whether it was listed without an instrument, and takes the finest amounts there are.
        grid: amounts to whole ticks and lots, and back.
        book: its resting orders.
        stops: its waiting ones.
        last: price of the last trade in ticks, 0 before the first.
        reducing: orders that may only reduce a position, by account; some may have ended.
    """

    __slots__ = ("book", "grid", "instrument", "is_finest", "last", "reducing", "stops", "symbol")

    def __init__(self, instrument: Instrument, *, is_finest: bool = False) -> None:
        self.symbol, self.instrument, self.is_finest = instrument.symbol, instrument, is_finest
        self.grid = Grid(instrument)
        self.book, self.stops = Book(), Stops()
        self.last = 0
        self.reducing: dict[str, list[Order]] = {}
