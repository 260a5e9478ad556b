"""One test for each planned check of a component."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from allause.models.report import Result
    from allause.testing.examinations import Examinations


def conformance(component: str) -> Callable[..., None]:
    """Return a test function with one test for each check that is planned for a component.

    Assign it to a name that pytest collects: ``test_component = conformance("my-dist:my-component")``. The checks
    are those of ``allause validate``, with ids such as ``CON001[missing-method]``; the component is examined once a
    session, in processes of its own.

    :param component: its identity, or a name that is unambiguous; it has to be installed.

    Raises:
        pytest.Collector.CollectError: no such component is installed.
    """
    from allause.discovery import discover, select  # noqa: PLC0415 - slow, and every run of pytest imports this module
    from allause.exceptions import UsageError  # noqa: PLC0415 - the same
    from allause.testing.examinations import planned  # noqa: PLC0415 - the same

    try:
        (record,) = select(discover(), [component])
    except UsageError as error:
        raise pytest.Collector.CollectError(str(error)) from None
    checks = planned(record)
    names = [f"{code}[{slug}]" for code, slug in checks]

    @pytest.mark.parametrize("code", [code for code, _ in checks], ids=names)
    def test_component(code: str, allause_examinations: "Examinations") -> None:
        __tracebackhide__ = True
        _tell(allause_examinations.result(record, code))

    test_component.__doc__ = f"Every check of {record.id}."
    return test_component


def _tell(result: "Result") -> None:
    """Pass, fail or skip, in the words of the finding."""
    from allause.models.report import Status  # noqa: PLC0415 - slow, and every run of pytest imports this module

    lines = [f"{result.code} {result.slug}: {result.status.value}", result.message]
    lines += [f"{label}: {text}" for label, text in (("at", result.location), ("fix", result.fix)) if text]
    if result.status in {Status.FAILED, Status.ERRORED}:
        pytest.fail("\n".join([*lines, f"more: allause rule {result.code}"]), pytrace=False)
    if result.status is not Status.PASSED:
        pytest.skip(f"{result.status.value}: {result.message}")
