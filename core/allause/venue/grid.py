"""Whole numbers for the prices and quantities of one instrument, so that all arithmetic inside is exact and cheap."""

from decimal import Decimal

from allause.models.venue import Instrument
from allause.venue.money import EXACT, is_amount

#: What stands for tick and lot of an instrument that is listed without any: every amount is a multiple of it.
FINEST = Decimal("1e-12")

_REMEMBERED = 100_000  # amounts; far above what one instrument sees, and a bound for what does not repeat
_ZERO = Decimal(0)


class Multiples(dict[Decimal, int]):
    """Tell which multiple of ``step`` a positive amount is; 0 for what is none, and for every other value.

    The keys have to be decimals: ask with nothing else, since a float finds an equal decimal.
    """

    def __init__(self, step: Decimal) -> None:
        super().__init__()
        self.step = step
        self.amounts = _Amounts(self)

    def __missing__(self, amount: Decimal) -> int:
        if not is_amount(amount):
            return 0
        whole, rest = EXACT.divmod(amount, self.step)
        if rest:
            return 0
        if len(self) >= _REMEMBERED:
            self.clear()
        self[amount] = multiple = int(whole)
        return multiple


class _Amounts(dict[int, Decimal]):
    """Give back the amount of a multiple, also of a negative one, without needless zeros."""

    def __init__(self, multiples: Multiples) -> None:
        super().__init__()
        self._step = multiples.step

    def __missing__(self, multiple: int) -> Decimal:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[multiple] = amount = plain(EXACT.multiply(self._step, multiple))
        return amount


class Grid:
    """Hold the two steps of one instrument.

    Attributes:
        instrument: as it was listed.
        ticks: price to whole ticks, 0 when it lies between two.
        lots: quantity to whole lots, 0 when it lies between two.
        prices: whole ticks to price.
        quantities: whole lots to quantity, signed.
        value: of one lot at one tick.
    """

    __slots__ = ("instrument", "lots", "prices", "quantities", "ticks", "value")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.ticks, self.lots = Multiples(instrument.tick_size), Multiples(instrument.lot_size)
        self.prices, self.quantities = self.ticks.amounts, self.lots.amounts
        self.value = EXACT.multiply(instrument.tick_size, instrument.lot_size)


def plain(number: Decimal) -> Decimal:
    """Return the same number without trailing zeros and without an exponent."""
    return EXACT.add(EXACT.normalize(number), _ZERO)
