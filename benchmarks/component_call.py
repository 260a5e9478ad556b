"""One call of a component through the host as a ratio to calling its method directly, from one interleaved run.

Prints one JSON object: ``bind`` is the hot path (caller's thread, no deadline), ``call`` the contained one.
"""

import json

from allause.component import Component
from allause.kinds import KINDS
from allause.measurement import measure

CALLS = 2_000
ROUNDS = 15


class Counter:
    """Do as little as a method can."""

    def __init__(self) -> None:
        self.count = 0

    def get_performance_stats(self) -> int:
        """Count the calls."""
        self.count += 1
        return self.count

    def close(self) -> None:
        """Have nothing to give back."""


def main() -> None:
    """Time the three ways in turn and print the ratios of the medians."""
    component = Component("bench:counter", KINDS["analytics"], Counter())
    direct = component.instance.get_performance_stats  # type: ignore[attr-defined]  # it is a Counter
    bound = component.bind("get_performance_stats")
    nanoseconds: dict[str, list[float]] = {"direct": [], "bind": [], "call": []}
    for _ in range(ROUNDS):
        for name, function, calls in (
            ("direct", direct, CALLS),
            ("bind", bound, CALLS),
            ("call", lambda: component.call("get_performance_stats"), CALLS // 10),
        ):
            timed = measure(lambda f=function, n=calls: [f() for _ in range(n)], name=name, repetitions=1)
            nanoseconds[name].append(timed.median / calls)
    component.close()
    median = {name: sorted(values)[ROUNDS // 2] for name, values in nanoseconds.items()}
    ratios = {f"{name}_to_direct": median[name] / median["direct"] for name in ("bind", "call")}
    print(json.dumps({"benchmark": "component_call", "ratios": ratios, "direct_ns": median["direct"], "n": ROUNDS}))


if __name__ == "__main__":
    main()
