"""What a validation is asked to do."""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any, Self, TypeVar

import attrs

from allause.exceptions import UsageError
from allause.isolation import Isolation
from allause.models.report import Report
from allause.models.waiver import Waiver

#: Broken controls that a certificate's session examines beside the sound one.
SAMPLE = 3

_Item = TypeVar("_Item")
_Choice = TypeVar("_Choice", bound=StrEnum)


class FailOn(StrEnum):
    """Name the mildest outcome for which the exit code is not 0; each includes those before it.

    A validator that failed, or that checked nothing, is never 0.
    """

    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"
    WAIVED = "waived"


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Request:
    """Hold what ``validate`` was asked for; see there for each attribute.

    ``extra_sys_path`` are folders in which something was installed for this validation only.
    """

    components: tuple[str, ...] = ()
    workflows: bool = True
    certify: bool = False
    fast: bool = False
    seed: int = 0
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    fail_on: FailOn = FailOn.INCONCLUSIVE
    plugin_checks: bool = False
    isolation: Isolation = Isolation.HARDENED
    deadline_s: float = attrs.field(default=20.0, validator=attrs.validators.gt(0))
    against: Report | None = None
    extra_sys_path: tuple[str, ...] = ()

    @classmethod
    def checked(
        cls,
        *,
        components: Sequence[str],
        select: Sequence[str],
        ignore: Sequence[str],
        waivers: Sequence[Waiver],
        fail_on: FailOn | str,
        isolation: Isolation | str,
        seed: int,
        deadline_s: float,
        against: Report | None,
        **flags: Any,
    ) -> Self:
        """Return the request that a caller of the library makes, who may have passed anything.

        Raises:
            UsageError: a value of another type, or none of those possible.
        """
        for right, name, value, expected in (
            (type(seed) is int, "seed", seed, "a whole number"),
            (type(deadline_s) in (int, float) and deadline_s > 0, "deadline_s", deadline_s, "seconds above 0"),
            (against is None or isinstance(against, Report), "against", against, "a Report"),
        ):
            if not right:
                raise UsageError(f"{name}: expected {expected}, found {value!r:.80}")
        return cls(
            components=_listed("components", components, str, "names"),
            select=_listed("select", select, str, "codes, slugs or families"),
            ignore=_listed("ignore", ignore, str, "codes, slugs or families"),
            waivers=_listed("waivers", waivers, Waiver, "Waiver records"),
            fail_on=_one_of("fail_on", fail_on, FailOn),
            isolation=_one_of("isolation", isolation, Isolation),
            seed=seed,
            deadline_s=deadline_s,
            against=against,
            **flags,
        )

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
            yield "workflows were left out on request"


def _listed(name: str, values: Sequence[_Item], kind: type[_Item], expected: str) -> tuple[_Item, ...]:
    """Return the values as a tuple; a text is none, although it is a sequence of texts."""
    listed = None if isinstance(values, str | bytes) or not isinstance(values, Iterable) else tuple(values)
    wrong = [values] if listed is None else [each for each in listed if not isinstance(each, kind)]
    if listed is None or wrong:
        hint = f"; write [{values!r:.80}]" if isinstance(values, str) else ""
        raise UsageError(f"{name}: expected a list of {expected}, found {wrong[0]!r:.80}{hint}")
    return listed


def _one_of(name: str, value: str, kind: type[_Choice]) -> _Choice:
    try:
        return kind(value)
    except ValueError:
        raise UsageError(f"{name}: expected one of {', '.join(kind)}, found {value!r:.80}") from None
