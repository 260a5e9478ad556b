"""Find out whether this validator sees what it has to: examine a sample of controls as if they were installed."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import allause
from allause.checks import planned
from allause.controls import sample, write
from allause.discovery import discover
from allause.exceptions import ValidatorError
from allause.isolation import Helper, Isolation
from allause.models.report import Control, Status
from allause.validation.certifying import REPEATING
from allause.validation.execution import Teller, examine_one
from allause.validation.request import SAMPLE

_KIND = "analytics"


def examine_controls(seed: int, mode: Isolation, tell: Teller) -> Sequence[Control]:
    """Examine the sound control and a sample of the broken ones, chosen by ``seed``.

    Raises:
        ValidatorError: discovery does not find one of them.
    """
    with TemporaryDirectory(prefix="allause-") as directory:
        written = write(sample(seed, SAMPLE), Path(directory), allause.__version__)
        records = {record.id: record for record in discover([directory])}
        # a control that had to be examined several times would cost more than it tells
        checks = [check for check in planned(_KIND, certify=True) if check.code not in REPEATING]
        found: list[Control] = []
        with Helper(mode, extra_sys_path=(directory,)) as helper:
            for identity, control in written.items():
                tell(f"examining the control {control.name}")
                if identity not in records:
                    raise ValidatorError(f"the control {control.name} was written and discovery does not find it")
                results = examine_one(records[identity], checks, checks, helper).report.results
                wrong = [r.code for r in results if r.status in {Status.FAILED, Status.ERRORED}]
                expected = (control.code,) if control.code else ()
                found.append(Control(name=control.name, expected=expected, failed=tuple(wrong)))
    return tuple(found)
