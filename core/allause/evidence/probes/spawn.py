"""Send the instance to another process, when the component says that this can be done."""

from collections.abc import Mapping

import attrs

from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.exchange import Exchange
from allause.evidence.probes.conduct import interview
from allause.evidence.probes.crowd import work_calls

CAPABILITY = "picklable"


@attrs.frozen(kw_only=True)
class Spawn:
    """Hold what came of it.

    Attributes:
        declared: whether the component names the capability; nothing was tried otherwise.
        problem: what went wrong; empty when it works there as it did here.
    """

    declared: bool = False
    problem: str = ""


def observe_spawn(bench: Bench) -> Spawn:
    """Pickle an instance that has worked, load it in another child, and interview it there."""
    with bench.shared() as examinee:
        answer = examinee.call("get_component_info")
        if answer.ended_badly:
            return Spawn(problem=f"{answer.call} {answer.story}")
        info = answer.value
        capabilities = info.get("capabilities") if isinstance(info, Mapping) else None
        if not isinstance(capabilities, list) or CAPABILITY not in capabilities:
            return Spawn()
        for method, arguments in work_calls(bench, examinee, "spawn"):
            examinee.call(method, **arguments)
        seen = examinee.observe("freeze")
    if "frozen" not in seen:
        return Spawn(declared=True, problem="pickle.dumps(instance) raised, or was too large")
    with bench.examinee() as elsewhere:
        if "type" not in elsewhere.observe("thaw", frozen=seen["frozen"]):
            return Spawn(declared=True, problem="pickle.loads() of it raised in another process")
        exchanges: list[Exchange] = []
        try:
            problems = interview(bench, elsewhere, exchanges, "spawn")
        except EndedError as ended:
            return Spawn(declared=True, problem=f"{ended.exchange.call} {ended.exchange.story}")
    found = next((f"{p.call}: expected {p.expected}; found {p.found}" for p in problems), "")
    return Spawn(declared=True, problem=found)
