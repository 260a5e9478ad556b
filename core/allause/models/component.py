"""What the five standard methods answer."""

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class ComponentInfo:
    """Say what a component is.

    Attributes:
        name: the entry point's name.
        kind: the component's kind, such as ``execution``.
        version: the version of the distribution that offers it.
        contract_version: the contract it was written for, such as ``1.0``.
        description: one sentence for people.
        capabilities: what it can do beyond the contract; a capability adds checks and never removes one.
    """

    name: str
    kind: str
    version: str
    contract_version: str
    description: str = ""
    capabilities: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class PerformanceStats:
    """Count the work of one instance since its construction.

    Attributes:
        operations: calls of the kind's own methods that ended, failed ones included.
        errors: those of them that raised.
        busy_ns: monotonic nanoseconds spent inside them.
        details: further figures by name; every value finite, its unit in the name (``journal_bytes``).
    """

    operations: int
    errors: int
    busy_ns: int
    details: Mapping[str, float] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class FunctionalityCase:
    """Record one thing a self-test tried.

    Attributes:
        name: what was tried.
        passed: whether it did what it should.
        detail: what was seen; required when it did not pass.
    """

    name: str
    passed: bool
    detail: str = ""


@attrs.frozen(kw_only=True)
class FunctionalityReport:
    """Collect the cases of a self-test; an empty one is a failure."""

    cases: tuple[FunctionalityCase, ...]

    @property
    def passed(self) -> bool:
        """Tell whether there were cases and all of them passed."""
        return bool(self.cases) and all(case.passed for case in self.cases)


@attrs.frozen(kw_only=True)
class TunableSetting:
    """Describe one configuration value that an optimizer may change.

    Attributes:
        name: its key in the component's configuration.
        value: the value in force.
        candidates: values worth trying, the one in force among them.
        unit: such as ``orders`` or ``ns``.
    """

    name: str
    value: float
    candidates: tuple[float, ...]
    unit: str


@attrs.frozen(kw_only=True)
class OptimizationMetrics:
    """Offer what an optimizer needs: figures to improve and settings to change.

    Attributes:
        metrics: measured figures by name, finite, unit in the name.
        settings: what may be changed; empty when nothing can.
    """

    metrics: Mapping[str, float] = attrs.field(factory=dict)
    settings: tuple[TunableSetting, ...] = ()


@attrs.frozen(kw_only=True)
class ComponentValidation:
    """Tell what a component thinks of its own configuration and state.

    It earns no credit; a claim that contradicts what the host saw is a finding.

    Attributes:
        valid: whether it found nothing wrong.
        examined: what it looked at.
        problems: one sentence each; empty exactly when valid.
    """

    valid: bool
    examined: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
