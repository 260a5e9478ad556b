"""One execution component that trades brackets under a fault script, and is judged by the log."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import ClassVar

import attrs

from allause.models.orders import OrderIntent, Side
from allause.venue import FaultClass, FaultScript, InjectedFault, Killed, Moment, loose_ends, read_bracket
from allause.workflows.feed import Level
from allause.workflows.offers import ask_for
from allause.workflows.trial import ORDERS, Trial

#: What the link does by itself to entries and exits alike.
CLASSES = (
    FaultClass.FILLS_LOST_ON_DISCONNECT,
    FaultClass.DUPLICATE_FILL,
    FaultClass.ILLEGAL_TRANSITION,
    FaultClass.SUBMIT_TIMEOUT_FILLS_LATER,
    FaultClass.CANCEL_RACE,
)

_EACH = 2
_NONE, _PLENTY = Decimal(0), Decimal(1_000)
_CUSHION = 500
_FAR = {Side.BUY: Decimal("0.5"), Side.SELL: Decimal(2)}
_REACH = 20


def bracket_script(seed: int) -> FaultScript:
    """Draw the faults of a trial: two of each class, and two kills with orders open."""
    drawn = FaultScript.drawn(seed=seed, orders=ORDERS, each=_EACH, classes=CLASSES)
    kills = tuple(Killed(order_index=index, moment=Moment.AFTER_THE_ANSWER) for index in (ORDERS // 4, ORDERS // 2))
    return attrs.evolve(drawn, faults=(*drawn.faults, *kills))


@attrs.define(eq=False)
class BracketTrial(Trial):
    """Trade brackets, one way in each instrument and besides what is held there.

    Exits may only bring a position nearer to zero: so none of them ends for want of one.

    Attributes:
        entries: the brackets asked for.
    """

    shapes: ClassVar[tuple[str, ...]] = ("rest", "once", "rest", "part", "once", "rest", "once", "part")
    entries: list[str] = attrs.field(factory=list)
    _held: set[str] = attrs.field(factory=set)

    def run(self, levels: Sequence[Level]) -> None:
        """Trade until every fault has had its chance, let everything settle, fill what waits, and look at each bracket.

        Raises:
            NotOffered: the component refuses brackets.
        """
        super().run(levels)
        for order in self.venue.orders(working=True):
            if order.client_order_id in self.entries and order.price is not None:
                bid, ask = (_NONE, _PLENTY) if order.side is Side.BUY else (_PLENTY, _NONE)
                self.venue.quote(order.symbol, order.price, order.price, bid, ask, self.venue.now_ns)
        for _ in range(2):  # what follows from these fills may trade at once
            self.life.attempt("get_fills", self.desk.fills)
        self.desk.others += [fault.client_order_id for fault in self.session.injected()]
        brackets = {entry: read_bracket(self.venue.log, entry) for entry in self.entries}
        for entry, bracket in brackets.items():
            self.wrong[""] += [f"bracket {entry}: {sentence}" for sentence in loose_ends(bracket)]
        traded = sum(bracket.closed > 0 for bracket in brackets.values())
        open_ = sum(bracket.filled > bracket.closed for bracket in brackets.values())
        self.scene.note(brackets=len(brackets), exits_traded=traded, still_open=open_)

    def _intend(self, at: Level, shape: str) -> OrderIntent:
        random = self.scene.random
        side = _side(at)
        price = at.near(side) if shape in {"rest", "day"} else at.far(side)
        quantity = random.randint(4, 9)
        away = side.sign * random.randint(1, _REACH) * (at.ask - at.bid)
        exits = {"take_profit": price + away, "stop_loss": price - away}
        return self.desk.write(at.symbol, side, quantity, price, **exits)

    def _quote(self, at: Level, few: Decimal) -> None:
        """Quote few units for entries and plenty for exits, and let stops trigger.

        Who has to trade always finds somebody, at a price far away when a fault took what was quoted.
        """
        bid, ask = (_PLENTY, few) if _side(at) is Side.BUY else (few, _PLENTY)
        self.venue.quote(at.symbol, at.bid, at.ask, bid, ask, max(at.ts, self.venue.now_ns))
        if at.symbol not in self._held:
            for side in Side:
                self._crowd.offer(at, side, at.price * _FAR[side])
        self.venue.trade(at.symbol, at.price, Decimal(1), self.venue.now_ns)

    def _place(self, intent: OrderIntent) -> InjectedFault | None:
        if not self.entries:
            ask_for(self.desk, intent)
        if intent.symbol not in self._held:
            self._held.add(intent.symbol)
            held = self.desk.write(intent.symbol, intent.side, _CUSHION, None)
            self.life.unhurt("place_order", partial(self.desk.place, held))
        self.entries.append(intent.client_order_id)
        return super()._place(intent)


def _side(at: Level) -> Side:
    """Return which way brackets go in an instrument."""
    return Side.BUY if sum(map(ord, at.symbol)) % 2 else Side.SELL
