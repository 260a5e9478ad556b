"""Live components for a test: built and started as the host does, closed when the test is over."""

import logging
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Self

import pytest

from allause.component import Component
from allause.discovery import build, discover, select
from allause.measurement import SystemClock
from allause.models.context import Context
from allause.models.venue import VenueSession


class Factory:
    """Build components; a context manager that closes them, the last one first."""

    def __init__(self, directories: pytest.TempPathFactory, session: Callable[[], VenueSession]) -> None:
        self._directories = directories
        self._session = session
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __call__(
        self, identity: str, configuration: Mapping[str, Any] | None = None, *, start: bool = True
    ) -> Component:
        """Return a live component.

        :param identity: of an installed component, or a name that is unambiguous.
        :param configuration: by key; the defaults when left out.
        :param start: whether to start it, with a private directory, the system's clock and seed 0.

        Raises:
            UsageError: no such component is installed.
            AllauseError: it cannot be built or started.
        """
        (record,) = select(discover(), [identity])
        component = self._open.enter_context(build(record, configuration))
        if start:
            context = Context(
                clock=SystemClock(),
                directory=self._directories.mktemp("component"),
                seed=0,
                logger=logging.getLogger(f"allause.component.{record.id}"),
                venue=self._session() if component.kind.trades else None,
            )
            component.call("start", context=context)
        return component
