"""Mutants of the checks TRD002 to TRD009."""

from mutants.mutant import EXECUTION, MARKET_DATA, Mutant

SEND = "        if known is not None:\n            return known\n        if self.halted:"
NOTES = "lines = self.notes.read_text().splitlines() if"
OTHERS = "for leg in {name, *exits} - set(traded):"
GROWS = " < filled:"
SUBMIT = "            order = self.session.submit(intent)\n"
AMEND = "self.session.replace(name, *terms)"
CHECKED = "        self._check(intent)\n        self._hold(intent)\n"
APPENDED = "    return rows\n"


def altered(name, change, when="True"):
    """Return a mutant that sends an order with ``change``, exits of brackets left alone."""
    line = f"            if '/' not in intent.client_order_id and ({when}):\n                intent = attrs.evolve(intent, {change})\n"
    return Mutant("TRD007", name, edits=((SUBMIT, line + SUBMIT),), **EXECUTION)


def denied(name, when):
    """Return a look-alike that refuses orders of a sort."""
    line = f"        if {when}:\n            raise OrderDeniedError('not offered', reason='not_offered')\n"
    return Mutant("", name, edits=((CHECKED, line + CHECKED),), **EXECUTION)


MUTANTS = (
    Mutant(
        "TRD002",
        "sends-again-when-unknown",
        edits=(
            (
                SEND,
                "        if known is not None and known.status is not OrderStatus.UNKNOWN:\n            return known\n        if self.halted:",
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "TRD002",
        "hangs-up-on-a-lost-answer",
        edits=(
            (
                "        except VenueUnknownError as error:\n",
                "        except VenueUnknownError as error:\n            __import__('os')._exit(3)\n",
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "TRD002",
        "speaks-garbage-to-the-venue",
        edits=(
            (
                "order = self.session.submit(intent)\n",
                "getattr(self.session, '_descriptor', 0) and __import__('os').write(self.session._descriptor, b'\\xff' * 9)\n            order = self.session.submit(intent)\n",
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "TRD002",
        "forgets-its-orders-at-a-restart",
        edits=((NOTES, 'lines = [each for each in self.notes.read_text().splitlines() if "halted" in each] if'),),
        **EXECUTION,
    ),
    Mutant(
        "TRD002",
        "sends-all-it-remembers-again",
        edits=(
            (
                "                self._hold(intent)\n\n",
                "                self._hold(intent)\n        for name in list(self.reports):\n            self._send(self.reports[name].intent)\n\n",
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "TRD003",
        "counts-every-delivery",
        edits=(
            (
                "        if fill.trade_id in self.counted_fills:\n            return\n        self.counted_fills[fill.trade_id] = fill\n",
                "        self.counted_fills[f'{fill.trade_id}{len(self.counted_fills)}'] = fill\n",
            ),
            (
                "        for fill in self.session.fills():\n            self._count(fill)\n",
                "        known = {fill.trade_id for fill in self.counted_fills.values()}\n        for fill in self.session.fills():\n            if fill.trade_id not in known:\n                self._count(fill)\n",
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "TRD004",
        "cancels-what-is-filled",
        edits=(
            (
                "        if not self.reports[client_order_id].status.is_terminal:\n            self._tell(client_order_id, status=self.session.cancel(client_order_id).status)\n",
                "        if self.reports[client_order_id].status.is_terminal:\n            self._tell(client_order_id, status=OrderStatus.CANCELED)\n        else:\n            self._tell(client_order_id, status=self.session.cancel(client_order_id).status)\n",
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "TRD004",
        "follows-whatever-came-last",
        edits=(
            (
                "            elif event.status.is_terminal and not self.reports[event.client_order_id].status.is_terminal:\n",
                "            elif not self.reports[event.client_order_id].status.is_terminal:\n",
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "TRD005",
        "yesterday-again",
        edits=((APPENDED, "    return [*rows, rows[7]]\n"), ("if (bar.symbol, bar.ts_event) in seen:", "if False:")),
        **MARKET_DATA,
    ),
    Mutant("TRD005", "a-month-without-a-word", edits=(("> 9 * DAY", "> 99 * DAY"),), **MARKET_DATA),
    Mutant("TRD005", "late-as-fresh", edits=(("if bar.ts_event < latest:", "if False:"),), **MARKET_DATA),
    Mutant(
        "TRD005",
        "a-clock-that-is-slow",
        edits=(("if bar.ts_init < bar.ts_event:", "if bar.ts_init < bar.ts_event - DAY // 1440:"),),
        **MARKET_DATA,
    ),
    Mutant(
        "TRD006",
        "fills-up-what-breaks-off",
        edits=(('float(row[name] or "nan")', 'float("1" if row[name] is None else row[name] or "nan")'),),
        **MARKET_DATA,
    ),
    Mutant("TRD005", "time-runs-backwards", edits=(("if bar.ts_init < bar.ts_event:", "if False:"),), **MARKET_DATA),
    Mutant(
        "TRD006",
        "no-number-under-another-name",
        edits=(("return DefectCause.NON_FINITE", "return DefectCause.SUSPECT"),),
        **MARKET_DATA,
    ),
    Mutant("TRD006", "a-price-below-nothing", edits=(("bar.close) <= 0:", "bar.close) <= -1e9:"),), **MARKET_DATA),
    Mutant(
        "TRD006",
        "sound-rows-called-bad",
        edits=(
            (
                "    return None\n\n\ndef timed",
                "    return DefectCause.SUSPECT if bar.symbol == 'CLEAN' and bar.ts_event % 7 == 0 else None\n\n\ndef timed",
            ),
        ),
        **MARKET_DATA,
    ),
    Mutant(
        "TRD006",
        "a-high-below-the-low",
        edits=(
            ("high=close + 1,", "high=close + 1 - 5 * (day == 10_030),"),
            (
                "    if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:\n        return DefectCause.IMPOSSIBLE_BAR\n",
                "",
            ),
        ),
        **MARKET_DATA,
    ),
    Mutant(
        "TRD007",
        "through-a-float",
        edits=(
            (
                "self.session.submit(intent)",
                "self.session.submit(attrs.evolve(intent, quantity=Decimal(float(intent.quantity))))",
            ),
        ),
        **EXECUTION,
    ),
    altered("a-tick-worse", "price=intent.price + Decimal('0.01')", "intent.price"),
    altered(
        "stops-without-their-price",
        "stop_price=None, order_type=OrderType.LIMIT if intent.price else OrderType.MARKET",
        "intent.stop_price",
    ),
    altered("another-stop-price", "stop_price=intent.stop_price + 1", "intent.stop_price"),
    altered("stop-limits-without-their-limit", "price=None, order_type=OrderType.STOP", "intent.stop_price"),
    altered("ioc-as-day", "time_in_force=TimeInForce.DAY", "intent.time_in_force is TimeInForce.IOC"),
    altered("fok-as-ioc", "time_in_force=TimeInForce.IOC", "intent.time_in_force is TimeInForce.FOK"),
    altered("day-as-gtc", "time_in_force=TimeInForce.GTC", "intent.time_in_force is TimeInForce.DAY"),
    altered("forgets-post-only", "post_only=False"),
    altered("forgets-reduce-only", "reduce_only=False"),
    altered("buys-what-was-to-be-sold", "side=Side.BUY"),
    Mutant(
        "TRD007",
        "moves-the-exit",
        edits=(
            (
                SUBMIT,
                SUBMIT.replace(
                    "intent)",
                    "attrs.evolve(intent, price=intent.price and intent.price - (intent.client_order_id[-12:] == '/take_profit')))",
                ),
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "TRD007",
        "replaces-at-another-price",
        edits=((AMEND, "self.session.replace(name, terms[0], terms[1] and terms[1] + 1, terms[2])"),),
        **EXECUTION,
    ),
    Mutant(
        "TRD007",
        "replaces-the-quantity-alone",
        edits=(
            (
                AMEND,
                "now = self.reports[name].intent\n            self.session.replace(name, terms[0], now.price, now.stop_price)",
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "TRD007",
        "replaces-without-the-stop-price",
        edits=((AMEND, "self.session.replace(name, *terms[:2], self.reports[name].intent.stop_price)"),),
        **EXECUTION,
    ),
    Mutant(
        "TRD008",
        "sends-then-looks",
        edits=(
            (
                "        if self.halted:\n            raise",
                "        if self.halted:\n            self._send(intent)\n            raise",
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "TRD008",
        "ready-again-after-a-restart",
        edits=(('self.halted = note["halted"]', "continue"),),
        **EXECUTION,
    ),
    Mutant("TRD009", "leaves-the-other-exit-working", edits=((OTHERS, "for leg in ():"),), **EXECUTION),
    Mutant("TRD009", "protects-the-first-part-alone", edits=((GROWS, " and not filled:"),), **EXECUTION),
    Mutant(
        "TRD009",
        "protects-what-filled-while-it-looked",
        edits=(
            (
                "                self._hold(intent)\n\n",
                "                self._hold(attrs.evolve(intent, take_profit=None, stop_loss=None))\n\n",
            ),
        ),
        **EXECUTION,
    ),
)

LOOK_ALIKES = (
    denied("offers-nothing-that-ends-at-once", "intent.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)"),
    denied("offers-no-reduce-only", "intent.reduce_only"),
    denied("offers-no-order-for-a-day", "time_in_force == 'day'"),
    Mutant(
        "",
        "writes-prices-with-more-digits",
        edits=(
            (
                SUBMIT,
                SUBMIT.replace(
                    "intent)",
                    "attrs.evolve(intent, price=intent.price and intent.price.quantize(Decimal('1.000000'))))",
                ),
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "",
        "speaks-in-plain-text",
        edits=(
            (
                SUBMIT,
                SUBMIT.replace(
                    "intent)", "attrs.evolve(intent, side=str(intent.side), time_in_force=str(intent.time_in_force)))"
                ),
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "",
        "refuses-brackets",
        edits=(("(oco_group, parent_id", "(oco_group, take_profit, stop_loss, parent_id"),),
        not_offered="TRD009",
        **EXECUTION,
    ),
    Mutant(
        "",
        "asks-before-it-sends",
        edits=(
            (
                "            order = self.session.submit(intent)\n",
                "            order = self.session.query(name) or self.session.submit(intent)\n",
            ),
        ),
        **EXECUTION,
    ),
    Mutant(
        "",
        "flags-much",
        edits=(
            (
                "            good=len(rows) - disorder,\n",
                "            good=len(rows) - disorder, flagged={'odd': 1},\n",
            ),
        ),
        **MARKET_DATA,
    ),
    Mutant(
        "",
        "flags-a-clock-that-is-slow",
        edits=(
            ("if bar.ts_init < bar.ts_event:", "if bar.ts_init < bar.ts_event - DAY // 1440:"),
            (
                "            good=len(rows) - disorder,\n",
                "            good=len(rows) - disorder,\n            flagged={'clock_skew': sum(bar.ts_init < bar.ts_event for bar in rows)},\n",
            ),
        ),
        **MARKET_DATA,
    ),
    Mutant("", "counts-what-is-bad", edits=((APPENDED, "    return [*rows, rows[7]]\n"),), **MARKET_DATA),
    Mutant(
        "",
        "remembers-in-a-list",
        edits=(
            ("        return tuple(self.counted_fills.values())", "        return list(self.counted_fills.values())"),
        ),
        **EXECUTION,
    ),
)

#: Honest, and not examined by TRD005 and TRD006.
UNFED = (
    Mutant("", "cannot-be-fed", edits=(("    Config = Settings\n", ""),), **MARKET_DATA),
    Mutant(
        "",
        "refuses-what-it-is-fed",
        edits=(
            (
                "        reader = csv.DictReader(file)\n",
                "        raise DataError(f'{path}: expected Parquet, found something else')\n",
            ),
        ),
        **MARKET_DATA,
    ),
)
