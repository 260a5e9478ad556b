"""Checks TRD of data: bad rows that orders would follow."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Any

from allause import models
from allause.checks.behaviour import SOUND
from allause.checks.check import Check, Finding, Tier
from allause.evidence import Evidence, probes

if TYPE_CHECKING:  # slow, and a static look does without
    from allause.kinds.recordings import Case


def stale_as_fresh(evidence: Evidence) -> Iterator[Finding]:
    """Old, missing or misplaced row that passes as a fresh one.

    What: ``get_market_data`` served two bars of one symbol and one time; or, of a recording that the component was
        fed by ``path`` in its configuration, repeated rows, rows out of their order, times that run backwards or a
        gap of a month were not counted under their cause, once for each that the host put in. It is inconclusive, not
        passed, when the component takes no ``path`` or refuses every recording: what it does to such rows is unknown.
    Why: an old price that comes again counts as a new one: it moves averages and triggers orders.
    Fails: two files of overlapping days put one after the other
    Passes: one row for each (symbol, ts_event), the repetition counted under ``duplicate``
    """
    for call, table in _served(evidence):
        if "close" not in table:
            continue  # of trades and quotes several may come at one time
        keys = Counter(zip(table["symbol"], table["ts_event"], strict=True))
        for (symbol, time), count in keys.items():
            if count > 1:
                yield Finding(
                    message=f"{call} served {count} bars of {symbol} at {time}; expected one",
                    location=evidence.place("get_market_data"),
                    fix="keep one row for each symbol and time, and count the others as duplicate",
                )
                return
    yield from _missed(evidence, _of_time)


def bad_quote_passed(evidence: Evidence) -> Iterator[Finding]:
    """Price that cannot be, served as a good one.

    What: a row of ``get_market_data`` has a price that is not finite or not positive, a negative volume, a high
        below a low, an open or close outside of them, or a bid above the ask; or, of a recording that the component
        was fed by ``path`` in its configuration, such rows were not counted under their cause, or sound ones were. It
        is inconclusive, not passed, when the component takes no ``path`` or refuses every recording.
    Why: the first strategy that sees it trades on it.
    Fails: rows passed on as they came
    Passes: such rows left out and counted by cause in ``get_data_quality``
    """
    for call, table in _served(evidence):
        for row in zip(*table.values(), strict=True):
            fault = _fault(dict(zip(table, row, strict=True)))
            if fault:
                yield Finding(
                    message=f"{call} served {dict(zip(table, row, strict=True))!r:.300}: {fault}",
                    location=evidence.place("get_market_data"),
                    fix="leave such rows out and count them in get_data_quality()",
                )
                return
    yield from _missed(evidence, lambda case: not _of_time(case))


def _of_time(case: "Case") -> bool:
    causes = models.DefectCause
    return not case.defects.isdisjoint({causes.DUPLICATE, causes.DISORDER, causes.GAP, causes.TIME_REVERSED})


def _missed(evidence: Evidence, asked: "Callable[[Case], bool]") -> Iterator[Finding]:
    """Yield a finding for the first symbol fed whose dirt was not counted under its name, or was served."""
    feeding = evidence.of(probes.Feeding)
    if not feeding.told:
        yield Finding(
            message=f"not examined, because it was fed no recording: {'; '.join(feeding.refused)}",
            location=evidence.place(),
            fix="take `path` in the configuration, and read a CSV file with the columns of the contract there",
            inconclusive=True,
        )
    for each in feeding.told:
        if not asked(each.case):
            continue
        # what a component flags where nothing is doubtful is its own business here
        missed = each.case.missed(each.defects, each.flagged if each.case.doubt else {})
        missed = missed or each.case.wrongly_served(each.served)
        if missed:
            yield Finding(
                message=f"{each.call} on a recording with bad rows in it: {missed}",
                location=evidence.place("get_data_quality"),
                fix="serve exactly the good rows, in the order of the contract; count the others in get_data_quality() "
                "under their causes",
            )
            return


def _served(evidence: Evidence) -> Iterator[tuple[str, Mapping[str, Sequence[Any]]]]:
    for exchange in (*evidence.golden.exchanges, *evidence.nonce.exchanges):
        if exchange.method == "get_market_data" and isinstance(exchange.value, Mapping):
            yield exchange.call, exchange.value


def _fault(row: Mapping[str, Any]) -> str:
    prices = [name for name in ("open", "high", "low", "close", "price", "bid", "ask") if name in row]
    for name in prices:
        if not isinstance(row[name], float) or not isfinite(row[name]) or row[name] <= 0:
            return f"{name} is no price"
    sizes = [row[name] for name in ("volume", "size", "bid_size", "ask_size") if name in row]
    if any(isinstance(size, float) and size < 0 for size in sizes):
        return "a size is negative"
    if "high" in row and not all(row["low"] <= row[name] <= row["high"] for name in ("open", "close")):
        return "open and close do not lie between low and high"
    return "the bid is above the ask" if "bid" in row and row["bid"] > row["ask"] else ""


_COUNTED = (*SOUND, "BEH013")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="TRD005", slug="stale-as-fresh", tier=Tier.GOLD, how="X", function=stale_as_fresh,
          needs=_COUNTED, waivable=False, kinds=("market_data",)),
    Check(code="TRD006", slug="bad-quote-passed", tier=Tier.SILVER, how="X", function=bad_quote_passed,
          needs=_COUNTED, kinds=("market_data",)),
)  # fmt: skip # one row a check
