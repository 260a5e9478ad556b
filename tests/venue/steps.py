"""Drawn steps that a venue and the naive model play; needs nothing but the venue, so that any interpreter can."""

from decimal import Decimal
from random import Random

from allause.exceptions import VenueError
from allause.models import OrderIntent, OrderType, Side, TimeInForce
from allause.models.venue import Instrument
from allause.venue import EXAMINED, Venue

ACCOUNTS = (EXAMINED, "other", "third")
#: Tick and lot of each instrument; the first is listed without them.
GRIDS = {"AAA": (Decimal(1), Decimal(1)), "BBB": (Decimal("0.5"), Decimal("0.1"))}
_KINDS = ("limit", "limit", "limit", "market", "stop", "stop_limit")


def _drawn(random, number):
    """Draw one step; prices lie close together, so that most orders meet others."""
    symbol = random.choice(["AAA", "AAA", "BBB"])
    tick, lot = GRIDS[symbol]
    price, size = (lambda: tick * random.randint(95, 105)), (lambda: lot * random.randint(1, 9))
    do = random.choices(["submit", "quote", "trade", "cancel", "replace", "end"], [12, 2, 2, 2, 3, 0.3])[0]
    name = f"c{random.randint(max(0, number - 12), number)}"
    if do == "end":
        return {"do": do}
    if do == "cancel":
        return {"do": do, "name": name}
    if do == "replace":
        return {"do": do, "name": name, "quantity": size(), "price": price(), "stop": price()}
    if do == "trade":
        return {"do": do, "symbol": symbol, "price": price(), "size": size()}
    if do == "quote":
        bid = price()
        sizes = {"bid_size": random.choice([0, size()]), "ask_size": random.choice([0, size()])}
        return {"do": do, "symbol": symbol, "bid": bid, "ask": bid + tick * random.randint(1, 4), **sizes}
    kind, side, reduce = random.choice(_KINDS), random.choice(["buy", "sell"]), random.random() < 0.35
    low = 92 if side == "buy" else 98  # most orders rest or wait
    level, waits = (lambda: tick * random.randint(low, low + 10)), reduce or random.random() < 0.7
    return {
        "do": do, "name": f"c{number}", "account": random.choice(ACCOUNTS), "symbol": symbol,
        "side": side, "kind": kind, "quantity": lot * random.randint(1, 3) if reduce else size(),
        "price": level() if "limit" in kind else None, "stop": tick * 200 - level() if "stop" in kind else None,
        "tif": random.choice(["day", "gtc", "gtc", "gtc"] if waits else ["ioc", "fok"]),
        "post": random.random() < 0.1, "reduce": reduce,
    }  # fmt: skip


def drawn_steps(seed, length):
    """Draw steps; a replacement keeps what its order has not, and now and then more."""
    random, steps, kinds = Random(seed), [], {}
    for number in range(length):
        step = _drawn(random, number)
        if step["do"] == "submit":
            kinds[step["name"]] = step
        if step["do"] == "replace" and random.random() < 0.95:
            known = kinds.get(step["name"], {"price": None, "stop": None})
            step = {
                **step,
                "price": known["price"] and random.choice([known["price"], step["price"]]),
                "stop": known["stop"] and random.choice([known["stop"], step["stop"]]),
            }
        steps.append(step)
    return steps


def opened():
    venue = Venue(seed=1, maker_rate=Decimal("-0.0001"), taker_rate=Decimal("0.001"))
    venue.list_instrument("AAA")
    venue.list_instrument(Instrument(symbol="BBB", tick_size=Decimal("0.5"), lot_size=Decimal("0.1")))
    return venue


def _play(venue, step, number, accounts):
    do = step["do"]
    if do == "quote":
        venue.quote(step["symbol"], step["bid"], step["ask"], step["bid_size"], step["ask_size"], ts=number)
    elif do == "trade":
        venue.trade(step["symbol"], step["price"], step["size"], ts=number)
    elif do == "end":
        venue.end_session()
    elif do == "cancel":
        venue.cancel(step["name"], accounts.get(step["name"], EXAMINED))
    elif do == "replace":
        account = accounts.get(step["name"], EXAMINED)
        venue.replace(step["name"], step["quantity"], step["price"], step["stop"], account)
    else:
        accounts[step["name"]] = step["account"]
        intent = OrderIntent(
            client_order_id=step["name"], symbol=step["symbol"], side=Side(step["side"]), quantity=step["quantity"],
            order_type=OrderType(step["kind"]), price=step["price"], stop_price=step["stop"],
            time_in_force=TimeInForce(step["tif"]), post_only=step["post"], reduce_only=step["reduce"],
        )  # fmt: skip
        venue.submit(intent, step["account"])


def run(steps, watch=lambda venue: None):
    """Return a venue after the steps, and the numbers of those that it refused."""
    venue, accounts, refused = opened(), {}, []
    for number, step in enumerate(steps):
        try:
            _play(venue, step, number, accounts)
        except VenueError:
            refused.append(number)
        watch(venue)
    return venue, refused
