"""What a validation is asked to do."""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any, TypeVar

import attrs

from allause.exceptions import UsageError
from allause.isolation import Isolation
from allause.models.report import WITHOUT_WORKFLOWS, Report
from allause.models.waiver import Waiver
from allause.seeds import EXPECTED, SEEDS

#: Broken controls that a certificate's session examines beside the sound one.
SAMPLE = 3

_Choice = TypeVar("_Choice", bound=StrEnum)


class FailOn(StrEnum):
    """Name the mildest outcome for which the exit code is not 0; each includes those before it.

    A validator that failed, or that checked nothing, is never 0.
    """

    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    WAIVED = "waived"


def _expected(words: str, right: Callable[[Any], bool]) -> Callable[[object, "attrs.Attribute[Any]", Any], None]:
    def check(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if not right(value):
            raise UsageError(f"{attribute.name}: expected {words}, found {value!r:.80}")

    return check


def _each(kind: type, words: str) -> Callable[[object, "attrs.Attribute[Any]", Any], None]:
    def check(_: object, attribute: "attrs.Attribute[Any]", values: object) -> None:
        wrong = [each for each in values if not isinstance(each, kind)] if isinstance(values, tuple) else [values]
        if wrong:
            hint = f"; write [{values!r:.80}]" if isinstance(values, str) else ""
            raise UsageError(f"{attribute.name}: expected a list of {words}, found {wrong[0]!r:.80}{hint}")

    return check


def _tuple(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return values as a tuple; what is none, and a text, although it is a sequence of texts, is left to be refused."""
    listed = isinstance(values, Iterable) and not isinstance(values, str | bytes)
    return tuple(values) if listed else values  # type: ignore[return-value] # what else it is ``_each`` refuses


def _fail_on(value: str) -> FailOn:
    return _one_of("fail_on", value, FailOn)


def _isolation(value: str) -> Isolation:
    return _one_of("isolation", value, Isolation)


def _one_of(name: str, value: str, kind: type[_Choice]) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        raise UsageError(f"{name}: expected one of {', '.join(kind)}, found {value!r:.80}") from None


_flag = _expected("True or False", lambda value: type(value) is bool)
_codes = _each(str, "codes, slugs or families")


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Request:
    """Hold what ``validate`` was asked for; see there for each attribute.

    ``extra_sys_path`` are folders in which something was installed for this validation only.

    Raises:
        UsageError: a value of another type, or none of those possible: a caller of the library may pass anything.
    """

    components: tuple[str, ...] = attrs.field(default=(), converter=_tuple, validator=_each(str, "names"))
    workflows: bool = attrs.field(default=True, validator=_flag)
    certify: bool = attrs.field(default=False, validator=_flag)
    fast: bool = attrs.field(default=False, validator=_flag)
    seed: int = attrs.field(
        default=0, validator=_expected(EXPECTED, lambda value: type(value) is int and value in SEEDS)
    )
    select: tuple[str, ...] = attrs.field(default=(), converter=_tuple, validator=_codes)
    ignore: tuple[str, ...] = attrs.field(default=(), converter=_tuple, validator=_codes)
    waivers: tuple[Waiver, ...] = attrs.field(default=(), converter=_tuple, validator=_each(Waiver, "Waiver records"))
    fail_on: FailOn = attrs.field(default=FailOn.INCONCLUSIVE, converter=_fail_on)
    plugin_checks: bool = attrs.field(default=False, validator=_flag)
    isolation: Isolation = attrs.field(default=Isolation.HARDENED, converter=_isolation)
    deadline_s: float = attrs.field(
        default=20.0,
        validator=_expected("seconds above 0", lambda value: type(value) in (int, float) and value > 0),
    )
    against: Report | None = attrs.field(
        default=None, validator=_expected("a Report", lambda value: value is None or isinstance(value, Report))
    )
    extra_sys_path: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.certify and self.isolation is Isolation.NONE:
            raise UsageError("a certificate needs isolation 'hardened' or 'process'; with 'none' nothing is proved")

    @property
    def runs_workflows(self) -> bool:
        """Tell whether workflows are planned: not when checks are selected, and not without running anything."""
        return self.workflows and not self.fast and not self.select

    @property
    def hears_contributors(self) -> bool:
        """Tell whether contributed checks run: not when nothing but ours is to run, or nothing at all."""
        return self.plugin_checks and not self.fast

    def partial(self) -> Iterator[str]:
        """Yield why the validation is less than a whole one."""
        if self.isolation is Isolation.NONE:
            yield "components ran without isolation, which proves nothing and carries no tier"
        if self.fast:
            yield "only metadata and source were looked at, no component ran"
        if self.select:
            yield f"only checks {', '.join(self.select)} were selected, and no workflow"
        if self.ignore:
            yield f"checks {', '.join(self.ignore)} were ignored on request"
        if not self.workflows:
            yield WITHOUT_WORKFLOWS
