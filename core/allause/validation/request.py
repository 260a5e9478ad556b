"""What a validation is asked to do."""

from collections.abc import Iterator
from enum import StrEnum

import attrs

from allause.exceptions import UsageError
from allause.isolation import Isolation
from allause.models.report import Report
from allause.models.waiver import Waiver

#: Broken controls that a certificate's session examines beside the sound one.
SAMPLE = 3


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
