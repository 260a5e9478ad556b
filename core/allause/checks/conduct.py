"""Checks BEH of how a component treats its caller: arguments, answers, instances, order and life."""

from collections.abc import Iterator, Mapping
from typing import Any

from allause.checks.behaviour import SOUND
from allause.checks.check import Check, Finding, Tier
from allause.evidence import Evidence, probes

_REMEDIES = {
    "start": "let start() take the context and return, or refuse with ConfigurationError",
    "close": "let close() work at any time and any number of times",
}

#: Checks that tell of a process that was lost in what they judge.
_TELLING = (
    "BEH010", "BEH011", "BEH012", "BEH013", "PRF002", "PRF007", "RES006", "CNC001", "CNC002", "CNC003", "CNC004",
    "ASY006", "ASY010", "DET001", "DET002", "DET003",
)  # fmt: skip # one family after the other


def input_mutated(evidence: Evidence) -> Iterator[Finding]:
    """Argument that is another after the call.

    What: the host's arguments were compared before and after every call of an interview.
    Why: the caller still owns them, and uses them again.
    Fails: ``returns.sort()``
    Passes: ``ordered = sorted(returns)``
    """
    for call in dict.fromkeys(evidence.of(probes.Conduct).mutated):
        yield Finding(
            message=f"{call} changed an argument; expected it as it was passed",
            location=evidence.place(call.partition("(")[0]),
            fix="work on a copy",
        )


def aliased_result(evidence: Evidence) -> Iterator[Finding]:
    """Answer that is the component's own state.

    What: the host wrote into the lists and mappings of an answer, asked again, and found its own edit.
    Why: a caller that tidies up an answer changes the component.
    Fails: ``return self._open_orders``
    Passes: ``return tuple(self._open_orders)``
    """
    for method in evidence.of(probes.Conduct).aliased:
        yield Finding(
            message=f"{method}(), its answer edited by the caller, {method}() again: the edit was in the second answer",
            location=evidence.place(method),
            fix="answer a copy, or something that cannot be changed",
        )


def getter_changes_state(evidence: Evidence) -> Iterator[Finding]:
    """Question that changes what it tells.

    What: the four questions that only tell were asked twice in a row, without work between, and the second
        answers differ. Figures that are measured anew may differ; counters, settings and names may not.
    Why: watching a component must not move its figures.
    Fails: ``self.operations += 1`` in ``get_performance_stats``
    Passes: counting the kind's own methods only
    """
    seen = evidence.of(probes.Conduct)
    for first, second in zip(seen.readings, seen.again, strict=True):
        one, two = _steady(first.value), _steady(second.value)
        names = sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))
        for name in names:
            yield Finding(
                message=f"{first.call} twice in a row: {name} was {one.get(name)!r:.80}, then {two.get(name)!r:.80}; "
                f"no work lay between",
                location=evidence.place(first.method),
                fix="let the questions of the standard API only tell",
            )


def instance_leak(evidence: Evidence) -> Iterator[Finding]:
    """State that instances share.

    What: one instance worked, then a second one was constructed; its counters, or how much its readers told,
        were not those of a first instance.
    Why: two accounts or two runs in one process mix.
    Fails: ``orders = {}`` in the class body
    Passes: ``self.orders = {}`` in ``__init__``
    """
    first, second = evidence.of(probes.Fresh), evidence.of(probes.Conduct).second
    if first.ended is not None:
        yield Finding(
            message=f"{first.ended.call} of a first, fresh instance {first.ended.story}; expected an answer",
            location=evidence.place(first.ended.method),
            fix="make the call return or raise",
        )
    for name, fresh in first.told.items():
        if second.get(name) != fresh:
            yield Finding(
                message=f"{name} of a second instance was {second.get(name)}, of the first, fresh one {fresh}",
                location=evidence.place(name),
                fix="keep state in the instance, not in the class or the module",
            )


def call_order(evidence: Evidence) -> Iterator[Finding]:
    """Legal call that fails after another one.

    What: seeded sequences of legal calls, each on a fresh instance; the shortest failing one is shown.
    Why: the host promises no order among the methods of a started component.
    Fails: ``self._report`` that only exists after the first analysis
    Passes: every attribute set in ``__init__``
    """
    order = evidence.of(probes.Order)
    ended = evidence.of(probes.Conduct).ended
    if order.sequence is not None:
        steps = "(), ".join(order.sequence.steps)
        yield Finding(
            message=f"{steps}() on a fresh instance, seed {order.seed!r}: the last call "
            f"{order.sequence.exchange.story}",
            location=evidence.raised_at(order.sequence.exchange),
            fix="let every method work whatever was called before",
        )
    elif ended is not None:
        yield Finding(
            message=f"{ended.call} {ended.story}; expected an answer",
            location=evidence.place(ended.method),
            fix="make the call return or raise",
        )


def lifecycle(evidence: Evidence) -> Iterator[Finding]:
    """Begin or end that goes wrong.

    What: ``close`` without ``start``, ``close`` twice, and ``start``, work, ``close``; then
        ``get_component_info()`` again. ConfigurationError from ``start`` is allowed.
    Why: a host closes in ``finally``, whatever happened before.
    Fails: ``self._file.close()`` where ``start`` opens the file
    Passes: closing what is open, and nothing otherwise
    """
    order = evidence.of(probes.Order)
    for fault in {fault.exchange.story: fault for fault in reversed(order.life)}.values():
        yield Finding(
            message=f"{', '.join(fault.steps)} on a fresh instance: the last step {fault.exchange.story}",
            location=evidence.raised_at(fault.exchange, fault.steps[-1]),
            fix=_REMEDIES.get(fault.steps[-1], "make the call return or raise"),
        )
    ended = evidence.of(probes.Cycles).ended
    if ended is not None and not order.life:
        yield Finding(
            message=f"instances created, used and closed one after the other: {ended.call} {ended.story}",
            location=evidence.raised_at(ended, ended.method),
            fix="make a second life in the same process like the first",
        )
    if order.changed:
        yield Finding(
            message=f"after {', '.join(order.changed)} get_component_info() answered otherwise than before",
            location=evidence.place("get_component_info"),
            fix="say what the component is, not what state it is in",
        )


def process_lost(evidence: Evidence) -> Iterator[Finding]:
    """Process that is lost although no call is to blame.

    What: a request of the host had no proper answer: the process died, hung, or answered garbage. Where a check
        that judges calls tells of it, this one waits for that; here is told what is left, such as a look at threads,
        files or settings, or an import in a further process.
    Why: what the request was to show is not known, and a process that ends by itself takes its host with it.
    Fails: ``__repr__`` that ends the process; a thread that reads what the host sends
    Passes: a process that answers until it is told to end
    """
    for told in {(lost.call, lost.story): lost for lost in evidence.lost}.values():
        yield Finding(
            message=f"{told.call} {told.story}; expected an answer",
            location=evidence.place(),
            fix="let nothing end or hold the process, and leave descriptors alone that the component did not open",
        )


def _steady(answer: Any) -> Mapping[str, Any]:
    """Return the fields of a standard answer that time alone does not move: measured figures only by name."""
    if not isinstance(answer, Mapping):
        return {"answer": answer}
    return {name: sorted(v, key=str) if name in {"details", "metrics"} else v for name, v in answer.items()}


CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="BEH007", slug="input-mutated", tier=Tier.SILVER, how="X", function=input_mutated,
        needs=(*SOUND, "BEH011"),
    ),
    Check(
        code="BEH008", slug="aliased-result", tier=Tier.SILVER, how="X", function=aliased_result,
        needs=(*SOUND, "BEH011"),
    ),
    Check(
        code="BEH009", slug="getter-changes-state", tier=Tier.SILVER, how="X", function=getter_changes_state,
        needs=(*SOUND, "BEH011"),
    ),
    Check(
        code="BEH010", slug="instance-leak", tier=Tier.SILVER, how="X", function=instance_leak,
        needs=(*SOUND, "BEH011", "PRF002"),
    ),
    Check(code="BEH011", slug="call-order", tier=Tier.GOLD, how="X", function=call_order, needs=SOUND),
    Check(code="BEH012", slug="lifecycle", tier=Tier.SILVER, how="X", function=lifecycle, needs=SOUND),
    Check(
        code="BEH015", slug="process-lost", tier=Tier.SILVER, how="X", function=process_lost, waivable=False,
        needs=("CON008",), yields_to=(*SOUND, *_TELLING),
    ),
)  # fmt: skip # one row a check
