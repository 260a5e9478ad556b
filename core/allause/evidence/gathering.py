"""Gather the evidence on one component: read its source, then question it in a child of its own.

The host chooses every input, keeps the clock and judges every answer.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

import attrs

from allause.discovery import ComponentRecord
from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Exchange
from allause.evidence.look import gather_static
from allause.evidence.probes.catalogue import FIRST
from allause.evidence.probing import probed, probed_elsewhere, probed_here
from allause.evidence.record import Evidence, Hearing, Work
from allause.isolation import Helper
from allause.kinds import KINDS, QUESTIONS, Interview, Kind, Problem
from allause.measurement import SystemClock

_now_ns = SystemClock().now_ns
#: The random source of the first interview; the second one's is the run's nonce.
GOLDEN_SEED = 20_000_101


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Begun:
    """Hold what the children of one helper told of a component; those of another one have to be asked too.

    Attributes:
        evidence: so far.
        bench: where probes work; None when there is no instance to put more questions to.
        records: of the probes that asked.
    """

    evidence: Evidence
    bench: Bench | None = None
    records: Sequence[object] = ()

    def completed(self, other: Helper) -> Evidence:
        """Ask children of ``other``, which hash otherwise, and return all the evidence."""
        if self.bench is None:
            return self.evidence
        return _with(self.evidence, self.bench, probed_elsewhere(self.bench, other, self.records))


def gather(record: ComponentRecord, helper: Helper, *, core_version: str, nonce: str, beside: bool = False) -> Evidence:
    """Gather the evidence on one component.

    :param nonce: unknown to the component; the second interview's input is made from it.
    :param beside: whether probes run side by side: each waits more for its child than it works.
    """
    helper.other()  # the replay needs it; until then it has warmed up
    begun = _begun(record, helper, core_version, nonce, partial(probed, beside=beside))
    return begun.evidence if begun.bench is None else _with(begun.evidence, begun.bench, begun.records)


def begin(record: ComponentRecord, helper: Helper, *, core_version: str, nonce: str) -> Begun:
    """Gather what children of ``helper`` tell of one component, and leave the rest to be completed.

    :param nonce: as for ``gather``.
    """
    return _begun(record, helper, core_version, nonce, probed_here)


def _begun(
    record: ComponentRecord,
    helper: Helper,
    core_version: str,
    nonce: str,
    probe: Callable[[Bench, Examinee], Sequence[object]],
) -> Begun:
    """Interview a component, and have probes begin with the child in which that was done."""
    evidence = gather_static(record, core_version=core_version, extra_sys_path=helper.extra_sys_path)
    source = evidence.source
    if source.file is None:
        return Begun(evidence=evidence)
    bench = Bench(record=record, source=source, helper=helper, nonce=nonce)
    with attrs.evolve(bench, before=FIRST.before(bench)).introduced() as examinee:
        evidence = attrs.evolve(
            evidence,
            importing=examinee.importing,
            constructing=examinee.constructing,
            target_type=examinee.target_type,
            live_members=examinee.members,
        )
        if not examinee.alive:
            return Begun(evidence=evidence)
        evidence = attrs.evolve(evidence, **_questioned(examinee, KINDS[record.kind], nonce))
        return Begun(evidence=evidence, bench=bench, records=probe(bench, examinee))


def _with(evidence: Evidence, bench: Bench, records: Sequence[object]) -> Evidence:
    return attrs.evolve(evidence, lost=tuple(bench.patience.lost), probed={type(each): each for each in records})


def _questioned(examinee: Examinee, kind: Kind, nonce: str) -> dict[str, Any]:
    """Put every question and return the fields of ``Evidence`` that hold the answers."""
    # None of the random sources is secret: the first is reproducible, the others only have to be new to the component.
    answers: dict[str, Any] = {
        "standard": {name: examinee.call(name) for name in QUESTIONS if examinee.has(name)},
        "golden": hear(examinee, kind.interview, Random(GOLDEN_SEED)),  # noqa: S311 - see above
    }
    examinee.rebuild()
    answers["nonce"] = hear(examinee, kind.interview, Random(nonce))  # noqa: S311 - see above
    examinee.rebuild()
    answers["work"] = _work(examinee, kind, Random(nonce))  # noqa: S311 - see above
    if examinee.has("close"):
        examinee.call("close")
    answers["gathered_ns"] = _now_ns()
    answers["unawaited"] = examinee.unawaited()
    return answers


def hear(examinee: Examinee, interview: Interview, random: Random) -> Hearing:
    """Interview a component and return what was wrong with its answers."""
    exchanges: list[Exchange] = []
    problems: list[Problem] = []
    try:
        problems += interview(examinee.asker(exchanges), random)
    except EndedError as ended:
        return Hearing(problems=tuple(problems), ended=ended.exchange, exchanges=tuple(exchanges))
    except (AttributeError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        # an interview reads answers as the contract shapes them; one of another shape is the component's problem
        call = exchanges[-1].call if exchanges else "interview"
        found = f"{exchanges[-1].story if exchanges else 'nothing'} ({type(error).__name__}: {error})"
        problems.append(Problem(call=call, expected="an answer of the shape in the contract", found=found))
    return Hearing(problems=tuple(problems), exchanges=tuple(exchanges))


def _work(examinee: Examinee, kind: Kind, random: Random) -> Work:
    try:
        before = _operations(examinee)
        calls = kind.work(examinee.asker([]), random)
        return Work(calls=calls, before=before, after=_operations(examinee))
    except EndedError as ended:
        return Work(ended=ended.exchange)


def _operations(examinee: Examinee) -> int | None:
    value = examinee.call("get_performance_stats").value if examinee.has("get_performance_stats") else None
    operations = value.get("operations") if isinstance(value, Mapping) else None
    return operations if type(operations) is int else None
