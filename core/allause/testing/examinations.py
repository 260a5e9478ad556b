"""Examine each component once, whatever number of tests asks for its results."""

from collections.abc import Mapping

import pytest

from allause.checks import planned as planned_checks
from allause.discovery import ComponentRecord
from allause.exceptions import AllauseError
from allause.models.report import Result
from allause.validation import validate


class Examinations:
    """Hold the results of a session by component and code."""

    def __init__(self) -> None:
        self._results: dict[str, Mapping[str, Result]] = {}
        self._failed: dict[str, str] = {}

    def result(self, record: ComponentRecord, code: str) -> Result:
        """Return the result of one check, after examining the component when that was not done before."""
        if record.id not in self._results and record.id not in self._failed:
            self._examine(record)
        if record.id in self._failed:
            pytest.fail(f"{record.id} could not be examined: {self._failed[record.id]}", pytrace=False)
        return self._results[record.id][code]

    def _examine(self, record: ComponentRecord) -> None:
        try:
            report = validate([record.id], workflows=False)
        except AllauseError as error:
            self._failed[record.id] = str(error)
            return
        (examined,) = report.components
        self._results[record.id] = {result.code: result for result in examined.results}


def planned(record: ComponentRecord) -> tuple[tuple[str, str], ...]:
    """Return code and slug of every check that is planned for a component."""
    return tuple((check.code, check.slug) for check in planned_checks(record.kind))
