"""A second venue, as simple as can be: one list of orders, sorted anew for every question, in fractions.

It shares nothing with the venue but the words; the laws hold the two against each other.
"""

from copy import deepcopy
from fractions import Fraction

MAKER, TAKER = Fraction(-1, 10_000), Fraction(1, 1_000)
FREE = ("liquidity", "tape")


class Refusal(Exception):  # noqa: N818 - it is an outcome here
    """Tell that a step changes nothing."""


class Naive:
    """Keep orders as dicts. A step is a dict too: ``do`` names it, the rest are its values."""

    def __init__(self):
        self.orders, self.executions, self.queue = [], [], []
        self.last, self.position, self.cash, self.fees = {}, {}, {}, {}
        self.places = 0

    def step(self, do, **values):
        getattr(self, do)(**values)

    # orders

    def submit(self, name, account, symbol, side, kind, quantity, price, stop, tif, post, reduce):
        order = {
            "name": name, "account": account, "symbol": symbol, "side": side, "kind": kind, "quantity": quantity,
            "left": quantity, "price": price, "stop": stop, "tif": tif, "post": post, "reduce": reduce,
            "state": "new", "met": stop is None, "place": self.next_place(),
        }  # fmt: skip
        if post and (price is None or tif in {"ioc", "fok"}):
            raise Refusal
        if reduce and quantity > self.reducible(order):
            raise Refusal
        facing = self.facing(order)
        if post and order["met"] and facing:
            raise Refusal
        if kind == "market" and not [o for o in facing if o["account"] != account]:
            raise Refusal
        self.orders.append(order)
        self.enter(order)

    def cancel(self, name):
        self.working(name)["state"] = "canceled"

    def replace(self, name, quantity, price, stop):
        order = self.working(name)
        filled = order["quantity"] - order["left"]
        if (price is None) != (order["price"] is None) or (stop is None) != (order["stop"] is None):
            raise Refusal
        if quantity <= filled:
            order["state"] = "canceled"
            return
        if order["met"] and stop != order["stop"]:
            raise Refusal
        changed = {**order, "quantity": quantity, "left": quantity - filled, "price": price, "stop": stop}
        if order["reduce"] and changed["left"] > self.reducible(order):
            raise Refusal
        if order["post"] and order["met"] and self.facing(changed):
            raise Refusal
        stays = quantity <= order["quantity"] and (price, stop) == (order["price"], order["stop"])
        order.update(changed)
        if not stays:
            order["place"], order["state"] = self.next_place(), "new"
            self.enter(order)

    def end(self):
        for order in self.orders:
            if order["tif"] == "day" and self.works(order):
                order["state"] = "expired"

    # recorded market

    def quote(self, symbol, bid, ask, bid_size, ask_size):
        for order in self.orders:
            if order["account"] == "liquidity" and order["symbol"] == symbol and self.works(order):
                order["state"] = "canceled"
        for side, price, size in (("buy", bid, bid_size), ("sell", ask, ask_size)):
            if size:
                self.show("liquidity", symbol, side, price, size)

    def trade(self, symbol, price, size):
        for side in ("buy", "sell"):
            tape = {**self.blank("tape", symbol, side, price, size), "state": "new"}
            for maker in self.facing(tape):
                if maker["account"] == "liquidity" and maker["price"] == price:
                    break
                if maker["account"] != "liquidity" and tape["left"] and self.works(maker):
                    self.execute(maker, tape)
        self.last[symbol] = price
        self.meet(symbol)
        self.run()

    def show(self, account, symbol, side, price, size):
        order = self.blank(account, symbol, side, price, size)
        self.orders.append(order)
        self.enter(order)

    def blank(self, account, symbol, side, price, size):
        return {
            "name": "", "account": account, "symbol": symbol, "side": side, "kind": "limit", "quantity": size,
            "left": size, "price": price, "stop": None, "tif": "gtc", "post": False, "reduce": False, "state": "new",
            "met": True, "place": self.next_place(),
        }  # fmt: skip

    # what follows

    def enter(self, order):
        if order["met"]:
            self.work(order)
        else:
            order["state"] = "waiting"
            self.meet(order["symbol"])
        self.run()

    def run(self):
        while self.queue:
            order = self.queue.pop(0)
            if order["state"] == "triggered":
                self.work(order)

    def work(self, order):
        if order["post"] and self.facing(order):
            order["state"] = "canceled"
            return
        if order["tif"] != "fok" or self.could_fill(order):
            self.sweep(order)
        if order["left"]:
            rests = order["price"] is not None and order["tif"] in {"day", "gtc"}
            order["state"] = "resting" if rests else "canceled"

    def sweep(self, order):
        while order["left"]:
            facing = self.facing(order)
            if not facing:
                return
            if facing[0]["account"] == order["account"]:
                facing[0]["state"] = "canceled"
            else:
                self.execute(facing[0], order)

    def could_fill(self, order):
        trial, twin = deepcopy(self), deepcopy(order)
        trial.sweep(twin)
        return not twin["left"]

    def execute(self, maker, taker):
        quantity, price, symbol = min(maker["left"], taker["left"]), maker["price"], maker["symbol"]
        self.executions.append((symbol, maker["name"], taker["name"], quantity, price))
        for order, rate in ((maker, MAKER), (taker, TAKER)):
            account, sign = order["account"], 1 if order["side"] == "buy" else -1
            fee = 0 if account in FREE else quantity * price * rate
            order["left"] -= quantity
            if not order["left"]:
                order["state"] = "filled"
            key = account, symbol
            self.position[key] = self.position.get(key, 0) + sign * quantity
            self.cash[account] = self.cash.get(account, 0) - sign * quantity * price - fee
            self.fees[account] = self.fees.get(account, 0) + fee
        for order in (maker, taker):
            self.keep_reducing(order["account"], symbol)
        self.last[symbol] = price
        self.meet(symbol)

    def keep_reducing(self, account, symbol):
        for order in self.orders:
            if order["reduce"] and (order["account"], order["symbol"]) == (account, symbol) and self.works(order):
                too_much = order["left"] - self.reducible(order)
                if too_much >= order["left"]:
                    order["state"] = "canceled"
                elif too_much > 0:
                    order["quantity"] -= too_much
                    order["left"] -= too_much

    def meet(self, symbol):
        last = self.last.get(symbol)
        waiting = [o for o in self.orders if o["state"] == "waiting" and o["symbol"] == symbol and last is not None]
        for order in sorted(waiting, key=lambda o: o["place"]):
            if last >= order["stop"] if order["side"] == "buy" else last <= order["stop"]:
                order["state"], order["met"], order["place"] = "triggered", True, self.next_place()
                self.queue.append(order)

    # questions

    def facing(self, order):
        """Return the resting orders that an order would trade with, in the order of the trades."""
        sign = 1 if order["side"] == "buy" else -1
        found = [
            o for o in self.orders
            if o["state"] == "resting" and o["symbol"] == order["symbol"] and o["side"] != order["side"]
            and (order["price"] is None or sign * (order["price"] - o["price"]) >= 0)
        ]  # fmt: skip
        return sorted(found, key=lambda o: (sign * o["price"], o["place"]))

    def reducible(self, order):
        held = self.position.get((order["account"], order["symbol"]), 0)
        return max(0, -held if order["side"] == "buy" else held)

    def working(self, name):
        for order in self.orders:
            if order["name"] == name and name and self.works(order):
                return order
        raise Refusal

    def works(self, order):
        return order["state"] in {"new", "resting", "waiting", "triggered"}

    def next_place(self):
        self.places += 1
        return self.places

    def told(self):
        """Return name to (filled, quantity, whether it works) of every order but quotes."""
        return {o["name"]: (o["quantity"] - o["left"], o["quantity"], self.works(o)) for o in self.orders if o["name"]}
