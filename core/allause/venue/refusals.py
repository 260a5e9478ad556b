"""Why the venue refuses: one word of a closed vocabulary, and a sentence."""

from enum import StrEnum

from allause.exceptions import VenueError


class Refusal(StrEnum):
    """Name why the venue refuses an order, a cancel or a replacement."""

    INVALID_ID = "invalid_id"
    DUPLICATE_ID = "duplicate_id"
    INVALID_WORD = "invalid_word"
    INVALID_QUANTITY = "invalid_quantity"
    INVALID_PRICE = "invalid_price"
    INVALID_STOP_PRICE = "invalid_stop_price"
    OFF_LOT = "off_lot"
    OFF_TICK = "off_tick"
    UNKNOWN_INSTRUMENT = "unknown_instrument"
    CONTRADICTION = "contradiction"
    NO_LIQUIDITY = "no_liquidity"
    WOULD_TRADE = "would_trade"
    WOULD_NOT_REDUCE = "would_not_reduce"
    CLOSED = "closed"
    RATE_LIMIT = "rate_limit"
    UNKNOWN_ORDER = "unknown_order"
    NOT_WORKING = "not_working"


class RefusedError(VenueError):
    """Report a refusal of this venue.

    Attributes:
        refusal: the word for it.
    """

    def __init__(self, refusal: Refusal, message: str) -> None:
        super().__init__(message)
        self.refusal = refusal

    def __reduce__(self) -> tuple[type["RefusedError"], tuple[Refusal, str]]:
        """Say how it is made anew: in another process it has its word too."""
        return type(self), (self.refusal, str(self))
