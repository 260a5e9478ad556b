"""Take the main operation away and see whether the self-test notices."""

from collections.abc import Mapping

import attrs

from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.exchange import Exchange
from allause.evidence.probes.conduct import interview

_PATIENCE_S = 5.0


@attrs.frozen(kw_only=True)
class SelfTest:
    """Hold what the self-test said when the main operation did nothing.

    Attributes:
        functions: what ran during calls of the main operation and was replaced by nothing; empty when none of it
            is Python code of the component's packages, so that nothing could be taken away.
        answer: of ``test_functionality`` afterwards; None when nothing was taken away.
    """

    functions: tuple[str, ...] = ()
    answer: Exchange | None = None

    @property
    def satisfied(self) -> bool:
        """Tell whether the self-test reported success."""
        value = self.answer.value if self.answer is not None and self.answer.returned else None
        cases = value.get("cases") if isinstance(value, Mapping) else None
        return isinstance(cases, list) and all(isinstance(c, Mapping) and c.get("passed") is True for c in cases)


def observe_self_test(bench: Bench) -> SelfTest:
    """Trace the main operation, replace all that ran by nothing, and ask for the self-test.

    A self-test may reach the operation through its own internals, so replacing the public method alone would
    accuse an honest one: every function of the component that ran during the real calls is replaced. A self-test
    that touches none of them, or does not look at what they answer, goes on reporting success. Work on threads
    counts as well, when the child was armed before the import.
    """
    with bench.shared() as examinee:
        try:
            interview(bench, examinee, [], "self-test", traced=bench.kind.main_method)
        except EndedError:
            return SelfTest()
        functions = tuple(examinee.observe("sabotage").get("functions", ()))
        if not functions:
            return SelfTest()
        answer = examinee.call("test_functionality", options={"deadline_s": _PATIENCE_S})
        return SelfTest(functions=functions, answer=answer)
