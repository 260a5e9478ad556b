"""The content of ``summary.txt``: a run in lines for people."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from allause.discovery import printable
from allause.models.market import DataQuality
from allause.models.monitoring import AlertState
from allause.running.feed import judged, utc
from allause.running.outcome import Outcome
from allause.running.record import Ending

_LABEL = 16  # columns
_NAMED = 10
_SENTENCES = frozenset({"Note", "Problem", "Verdict"})
_SHOWN = ("total_return", "volatility", "max_drawdown")


def summary(content: Mapping[str, Any], quality: DataQuality, outcome: Outcome, ending: Ending) -> str:
    """Return the run in lines for people; the last one says how it ended and what to do next."""
    return "\n".join(_lines(content, quality, outcome, ending)) + "\n"


def laid_out(text: str, width: int) -> str:
    """Return the lines of a summary broken at ``width``, what belongs to a line below its beginning."""
    return "".join(f"{line}\n" for whole in text.splitlines() for line in _broken(whole, width))


def _broken(line: str, width: int) -> list[str]:
    word, colon, _ = line.partition(": ")
    indent = len(word) + 2 if colon and word in _SENTENCES else _LABEL
    return textwrap.wrap(
        line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    ) or [""]


def _lines(content: Mapping[str, Any], quality: DataQuality, outcome: Outcome, ending: Ending) -> Iterator[str]:
    for label, value in (*_trade(content, outcome, quality), *_money(content, outcome, ending)):
        yield f"{label:<{_LABEL}}{value}"
    yield from (f"Note: {printable(notice, 400)}" for notice in ending.notices)
    yield from (f"Problem: {printable(problem, 400)}" for problem in (*outcome.problems, *ending.problems))
    said = _verdict(outcome, ending, content["risk"]["wanted"])
    all_of_it = f"{printable(content['directory'])}/run.json for every order, fill and figure"
    yield f"Verdict: {said} {all_of_it}; events.jsonl beside it is the venue's log."


def _verdict(outcome: Outcome, ending: Ending, wanted: int) -> str:
    agree = "orders, fills, positions and cash agree with the venue's log"
    if outcome.problems:
        return "the execution component's story differs from the venue's log; see the problems and"
    if ending.problems and wanted and not outcome.fills:
        return "NOTHING WAS TRADED; see the problems and"
    if ending.problems:
        return f"{agree}, but a component failed afterwards; see the problems and"
    if not wanted:
        return "nothing was traded, for the strategy wanted no order; next, read"
    if not outcome.fills:
        return "nothing was traded, for no order was filled; next, read"
    return f"{agree}; next, read"


def _trade(content: Mapping[str, Any], outcome: Outcome, quality: DataQuality) -> Iterator[tuple[str, str]]:
    data, risk, events = content["data"], content["risk"], content["events"]
    span = f"{utc(outcome.times[0])} to {utc(outcome.times[-1])} UTC" if outcome.times else "nothing traded"
    states = ", ".join(f"{count} {name}" for name, count in content["orders_by_status"].items()) or "none"
    more = len(data["symbols"]) - _NAMED
    symbols = ", ".join(data["symbols"][:_NAMED]) + (f" and {more} more" if more > 0 else "")
    yield "Data", f"{data['source']}: {symbols}, {span}"
    yield "Quality", judged(quality, data["served"])
    yield "Strategy", content["strategy"]
    yield "Events", f"{events['traded']} traded, {content['throughput']['events_per_second']:,.0f}/s"
    yield "Orders", f"{risk['wanted']} wanted: {states}; {len(outcome.fills)} fills"
    if latency := content["latency"]["tick_to_order"]:
        median, p99 = latency["median"] / 1e3, latency["p99"] / 1e3
        yield "Tick to order", f"median {median:,.0f} us, p99 {p99:,.0f} us (n={latency['n']})"


def _money(content: Mapping[str, Any], outcome: Outcome, ending: Ending) -> Iterator[tuple[str, str]]:
    profit, currency = content["profit_and_loss"], printable(outcome.account.currency)
    held = ", ".join(f"{p.quantity:f} {printable(p.symbol)}" for p in outcome.positions if p.quantity)
    yield "Positions", held or "none"
    yield "Cash", f"{outcome.account.cash:f} {currency}, of {outcome.account.starting_cash:f} at the start"
    yield "Profit", f"{profit['total']} {currency}, of which {profit['realized']} realized; fees {profit['fees']}"
    for figure in ending.analysis.figures if ending.analysis else ():
        if figure.name in _SHOWN and figure.value is not None:
            yield figure.name.replace("_", " ").capitalize(), f"{figure.value:.4f}"
    # a run is over before a breach has lasted for its hold time, on a fast machine sooner than on a slow one
    breached = [alert for alert in ending.alerts if alert.state in (AlertState.FIRING, AlertState.PENDING)]
    named = ", ".join(f"{printable(alert.rule)} {alert.state}" for alert in breached)
    yield "Alerts", f"{named or 'none'}; {len(ending.alerts)} rules"
