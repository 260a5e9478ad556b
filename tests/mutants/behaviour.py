"""Mutants of the checks BEH."""

from mutants.mutant import COUNT, ENHANCER, MARKET_DATA, Mutant

REPORT = "        report = self._analyze([0.5, -0.5], 1.0)\n"
JUDGED = '    added = ("log_return",'
JUDGED_BY = """    whole = [row["log_return"] for row in ordered if row["log_return"] is not None]
    for at, row in enumerate(ordered):
        known = {known}
        far = len(known) >= WINDOW and row["log_return"] is not None
        row["is_outlier"] = far and abs(row["log_return"]) > 3 * {deviation}
    added = ("log_return","""
VALID = 'valid=True, examined=("configuration",))'

ANALYZED = "return self._analyze(returns or [], periods_per_year or 252.0)"

MUTANTS = (
    Mutant(
        "BEH001", "no-cases", edits=(('cases=(FunctionalityCase(name="total return", passed=passed),)', "cases=()"),)
    ),
    Mutant("BEH001", "case-fails", edits=(("== -0.25", "== 0.25"),)),
    Mutant("BEH004", "wrong-volatility", edits=(("/ (n - 1)", "/ n"),)),
    Mutant(
        "BEH005",
        "takes-bad-input",
        edits=(('raise ValueError(f"a return is finite and above -1, got {value}")', "return self._analyze([], 1.0)"),),
    ),
    Mutant("BEH002", "self-test-tries-nothing", edits=((REPORT, ""), ("report.figures[0].value == -0.25", "True"))),
    Mutant("BEH002", "self-test-looks-away", edits=(("report.figures[0].value == -0.25", "True"),)),
    Mutant("BEH003", "valid-with-problems", edits=((VALID, 'valid=True, problems=("no data",))'),)),
    Mutant("BEH003", "never-valid", edits=((VALID, 'valid=False, problems=("no key",))'),)),
    Mutant("BEH006", "other-exception", edits=(("raise ValueError(f", "raise KeyError(f"),)),
    Mutant("BEH006", "errors-not-counted", edits=(("                self.errors += 1\n", ""),)),
    Mutant("BEH013", "loses-a-row", edits=(("in sorted(good)]", "in sorted(good)[len(good) > 9 :]]"),), **ENHANCER),
    Mutant(
        "BEH013",
        "reads-the-first-batch-alone",
        edits=(
            (
                "        table = Table.from_arrow(market_data)\n",
                "        table = Table.from_batches(Table.from_arrow(market_data).to_batches()[:1])\n",
            ),
        ),
        **ENHANCER,
    ),
    Mutant(
        "BEH013",
        "other-order",
        edits=(("in sorted(good)]", "in sorted(good, key=lambda key: key[::-1])]"),),
        **ENHANCER,
    ),
    Mutant(
        "BEH013",
        "bad-rows-vanish",
        edits=(("if cause is not None:", "if cause not in (None, DefectCause.NEGATIVE_PRICE):"),),
        **MARKET_DATA,
    ),
    Mutant(
        "BEH013",
        "dies-of-a-bad-row",
        edits=(
            (
                "        causes = Counter(",
                "        assert 'non_finite' not in {cause for _, cause in self.defects}\n        causes = Counter(",
            ),
        ),
        **MARKET_DATA,
    ),
    Mutant(
        "BEH013",
        "dies-when-it-reads",
        edits=(("    with path.open(newline=", "    __import__('os')._exit(0)\n    with path.open(newline="),),
        **MARKET_DATA,
    ),
    Mutant(
        "BEH013",
        "raises-when-it-reads",
        edits=(("    with path.open(newline=", "    {}[path]\n    with path.open(newline="),),
        **MARKET_DATA,
    ),
    Mutant(
        "BEH014",
        "outliers-of-the-whole-column",
        edits=(
            (
                JUDGED,
                "    usual = stdev([r['log_return'] or 0.0 for r in ordered] * 2) if ordered else 0.0\n"
                + JUDGED_BY.format(known="whole", deviation="usual"),
            ),
        ),
        **ENHANCER,
    ),
    Mutant(
        "BEH014",
        "stream-of-each-piece-alone",
        edits=(
            (
                "        self.batches += Table.from_arrow(market_data).to_batches()",
                "        return self.engine.enhance_market_data(market_data)",
            ),
            ("        return self.engine.enhance_market_data(Table.from_batches(self.batches))", "        return None"),
        ),
        **ENHANCER,
    ),
    Mutant(
        "BEH014",
        "promised-stream-that-is-none",
        edits=(("    def stream(self):", "    def streaming(self):"),),
        **ENHANCER,
    ),
    Mutant(
        "BEH014",
        "volatility-of-the-week-ahead",
        edits=(
            (
                JUDGED,
                "    for row, later in zip(ordered, ordered[5:]):\n"
                "        if row['symbol'] == later['symbol']:\n"
                "            row['rolling_volatility'] = later['rolling_volatility']\n" + JUDGED,
            ),
        ),
        **ENHANCER,
    ),
    Mutant(
        "BEH014",
        "a-further-column-of-the-whole",
        edits=(
            (
                "    return {name: [row[name] for row in ordered] for name in (*columns, *added)}",
                "    highest = max((row['close'] for row in ordered), default=0.0)\n"
                "    share = [row['close'] / highest for row in ordered]\n"
                "    return {name: [row[name] for row in ordered] for name in (*columns, *added)} | {'of_high': share}",
            ),
        ),
        **ENHANCER,
    ),
    Mutant(
        "BEH014",
        "volatility-of-each-batch-alone",
        edits=(
            ("WINDOW = 20", "WINDOW = 20\nFIRST = [0]"),
            (
                "        enhanced = enhance(",
                "        FIRST[0] = table.to_batches()[0].num_rows if table.num_rows else 0\n        enhanced = enhance(",
            ),
            (
                "    before, traded, returns = {}, {}, {}\n",
                "    before, traded, returns = {}, {}, {}\n    anew = [id(row) for row in rows[FIRST[0] : FIRST[0] + 1]]\n",
            ),
            (
                "        past += [] if change is None else [change]\n",
                "        if id(row) in anew:\n            past.clear()\n"
                "        past += [] if change is None else [change]\n",
            ),
        ),
        **ENHANCER,
    ),
    Mutant("BEH004", "main-method-answers-a-list", edits=((ANALYZED, f"{ANALYZED}.figures"),)),
    Mutant("BEH004", "main-method-answers-an-object", edits=((ANALYZED, "return object()"),)),
    Mutant("BEH004", "main-method-answers-nothing", edits=((ANALYZED, ANALYZED.removeprefix("return ")),)),
    Mutant("BEH004", "main-method-dies", edits=((COUNT, COUNT + "        __import__('os').abort()\n"),)),
)
LOOK_ALIKES = (
    Mutant("", "enhancer", **ENHANCER),
    Mutant(
        "",
        "outliers-of-what-was-known",
        edits=(
            (
                JUDGED,
                JUDGED_BY.format(
                    known="[r['log_return'] for r in ordered[max(0, at - 30) : at] "
                    "if r['symbol'] == row['symbol'] and r['log_return'] is not None]",
                    deviation="stdev(known)",
                ),
            ),
        ),
        **ENHANCER,
    ),
    Mutant(
        "",
        "further-columns-of-what-was-known",
        edits=(
            ("WINDOW = 20", "WINDOW = 20\nTYPES |= {'arrived': DataType.int64(), 'side': DataType.string()}"),
            ("    good = {}\n", "    for at, row in enumerate(rows):\n        row['arrived'] = at\n    good = {}\n"),
            (
                JUDGED,
                "    for row in ordered:\n"
                "        row['side'] = 'up' if (row['log_return'] or 0.0) > 0 else 'down'\n"
                "        row['nothing'] = float('nan')\n"
                '    added = ("arrived", "side", "nothing", "log_return",',
            ),
        ),
        **ENHANCER,
    ),
    Mutant(
        "",
        "self-test-on-another-instance",
        edits=((REPORT, "        report = type(self)().analyze_performance(returns=[0.5, -0.5])\n"),),
    ),
)
