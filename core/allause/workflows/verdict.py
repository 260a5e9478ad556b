"""What a trial came to: each fault recovered or not, by the evidence of the venue's log alone."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import attrs

from allause.exceptions import AllauseError
from allause.venue import (
    CashCharged,
    ClosedElsewhere,
    Fault,
    FaultClass,
    InjectedFault,
    Recovery,
    Story,
    Truth,
    discrepancies,
    read_truth,
    recovery,
    without,
)
from allause.workflows.desk import listed
from allause.workflows.scene import StepFailed
from allause.workflows.trial import Trial


def conclude(trial: Trial) -> None:
    """Judge a trial, note the evidence down, and raise unless every planned fault is recovered.

    Raises:
        StepFailed: one is not, or the component's story differs from the log in another way.
    """
    verdicts: list[Recovery] = []
    problem = ""
    try:
        story = trial.desk.story()
    except (StepFailed, AllauseError) as error:
        problem = f"its story cannot be read: {error}"
    else:
        true = _truth(trial, story)
        verdicts = [recovery(fault, story, true, _more(trial, fault)) for fault in trial.session.injected()]
        wrong = [*trial.wrong.get("", ()), *discrepancies(story, true), *trial.desk.altered()]
        problem = f"its story differs from the venue's log: {listed(wrong)}" if wrong else ""
    _note(trial, verdicts)
    _demand(trial, verdicts, problem)


def _truth(trial: Trial, story: Story) -> Truth:
    """Return the truth nearest to the story: with or without the orders from elsewhere, which a component may count."""
    elsewhere = [
        fault.client_order_id for fault in trial.session.injected() if isinstance(fault.fault, ClosedElsewhere)
    ]
    log = trial.venue.log
    left_out = [names for count in range(len(elsewhere) + 1) for names in combinations(elsewhere, count)]
    truths = [_own(read_truth(without(log, names)), elsewhere) for names in left_out]
    return min(truths, key=lambda true: len(discrepancies(story, true)))


def _own(true: Truth, elsewhere: Sequence[str]) -> Truth:
    """Return a truth without the orders from elsewhere; their executions stay, when the log has them."""
    return attrs.evolve(true, orders={name: order for name, order in true.orders.items() if name not in elsewhere})


def _more(trial: Trial, fault: InjectedFault) -> Iterator[str]:
    """Yield what the host saw besides the story."""
    yield from trial.wrong.get(fault.fault_id, ())
    if fault.fault_class is not FaultClass.POSITION_DRIFT:
        return
    number = [each.fault_id for each in trial.session.injected()].index(fault.fault_id)
    later = [report for injected, report in trial.reports if injected > number]
    if not later:
        yield "no reconciliation reached the venue afterwards"
    elif isinstance(fault.fault, CashCharged):
        if not any("cash" in sentence.lower() for sentence in later[0].drift):
            yield f"the next reconciliation names no drift of the cash: {later[0].drift}"
    else:
        symbols = {record.symbol for record in trial.venue.log if record.client_order_id == fault.client_order_id}
        named = fault.client_order_id in later[0].external_orders
        if not named and not any(symbol in sentence for symbol in symbols for sentence in later[0].drift):
            yield f"the next reconciliation names neither the order nor a drift of {', '.join(symbols)}"


def _note(trial: Trial, verdicts: Sequence[Recovery]) -> None:
    recovered = sum(verdict.recovered for verdict in verdicts)
    planned, injected = len(trial.script.faults), len(trial.session.injected())
    trial.scene.note(
        planned=planned, injected=injected, recovered=recovered, score=recovered / planned,
        faults=[_evidence(verdict) for verdict in verdicts],
        not_met=[f"{fault.fault_class} from order {fault.order_index} on" for fault in trial.session.pending()],
        calls_refused=trial.life.refused, orders=len(trial.desk.intents), digest=trial.desk.digest(),
        orders_at_venue=trial.venue.orders_received, fills_at_venue=len(trial.venue.fills()),
    )  # fmt: skip


def _demand(trial: Trial, verdicts: Sequence[Recovery], problem: str) -> None:
    recovered = sum(verdict.recovered for verdict in verdicts)
    planned, injected = len(trial.script.faults), len(trial.session.injected())
    if recovered < planned:
        lost = [
            f"{v.fault.fault_class} at {v.fault.client_order_id}: {listed(v.evidence)}"
            for v in verdicts
            if not v.recovered
        ]
        unmet = f"{planned - injected} faults could not be injected, since too few orders reached the venue"
        reasons = [*lost, *([unmet] if injected < planned else []), *([problem] if not verdicts and problem else [])]
        raise StepFailed(f"{recovered} of {planned} faults recovered: {listed(reasons)}")
    if problem:
        raise StepFailed(f"every fault is recovered, but {problem}")


def _kind(fault: Fault) -> str:
    """Return a fault's kind with its parameters."""
    left_out = {"order_index", "fault_class"}
    shown = {name: value for name, value in attrs.asdict(fault).items() if name not in left_out}
    return f"{type(fault).__name__}({', '.join(f'{name}={value}' for name, value in shown.items())})"


def _evidence(verdict: Recovery) -> dict[str, object]:
    return {
        "fault": verdict.fault.fault_id,
        "class": str(verdict.fault.fault_class),
        "kind": _kind(verdict.fault.fault),
        "order": verdict.fault.client_order_id,
        "trades": verdict.fault.trade_ids,
        "recovered": verdict.recovered,
        "evidence": verdict.evidence[:4],
    }
