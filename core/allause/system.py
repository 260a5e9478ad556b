"""A trading system: one component of each kind, built, registered, started and closed together."""

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import iscoroutine, iscoroutinefunction
from pathlib import Path
from typing import Any, Self

import attrs

from allause.component import CallTrace, Component, plugin_manager, register
from allause.discovery import ComponentRecord, ComponentState, build
from allause.exceptions import AllauseError, ComponentError, UsageError
from allause.kinds import KINDS
from allause.measurement import SystemClock
from allause.models.context import Clock, Context
from allause.models.venue import VenueSession

Calling = Callable[[Component, str], None]


def one_of_each(
    records: Sequence[ComponentRecord], kinds: Sequence[str] | None = None, *, naming: str = "allause validate"
) -> tuple[ComponentRecord, ...]:
    """Return the record of each kind.

    :param kinds: those wanted; every kind when left out.
    :param naming: the beginning of a command that names one, for the error.

    Raises:
        UsageError: a kind that no usable component offers, or that several do; the message names them.
    """
    offered: dict[str, list[ComponentRecord]] = defaultdict(list)
    for record in records:
        if record.state is not ComponentState.BROKEN:
            offered[record.kind].append(record)
    chosen: list[ComponentRecord] = []
    wanted = tuple(KINDS if kinds is None else kinds)
    if missing := [kind for kind in wanted if not offered[kind]]:
        raise UsageError(_missing(missing, records))
    for kind in wanted:
        found = offered[kind]
        if len(found) > 1:
            names, one = ", ".join(record.id for record in found), found[0].id
            raise UsageError(
                f"several components of kind {kind!r} are installed: {names}; "
                f"name the one to use, as in '{naming} {one}'"
            )
        chosen += found
    return tuple(chosen)


def _missing(kinds: Sequence[str], records: Sequence[ComponentRecord]) -> str:
    """Say which kinds nothing usable offers, and how to come by each of them."""
    broken = [record for record in records if record.kind in kinds]
    hints = [f"{record.id} is broken: {record.reason}" for record in broken]
    if ours := [KINDS[kind].provider for kind in kinds if kind not in {record.kind for record in broken}]:
        checkout = f"./plugins/{ours[0]}" if len(ours) == 1 else "./plugins/*/"
        each = "install one" if len(ours) == 1 else "install one of each"
        hints.append(f"{each}, such as {', '.join(ours)} (from a checkout: 'pip install {checkout}')")
    return f"no usable component of kind {', '.join(map(repr, kinds))} is installed: {'; '.join(hints)}"


@attrs.define(eq=False)
class System:
    """Hold the live components of one trading system by kind.

    Attributes:
        components: kind to component.
        directory: where each component gets a private folder.
    """

    components: Mapping[str, Component]
    directory: Path

    @classmethod
    def build(
        cls,
        records: Sequence[ComponentRecord],
        directory: Path,
        configurations: Mapping[str, Mapping[str, Any]] | None = None,
        construct: Callable[[ComponentRecord, Mapping[str, Any] | None], Component] = build,
    ) -> Self:
        """Build the components of ``records`` with ``construct`` and register them; ``configurations`` are by kind.

        Raises:
            ComponentError: one cannot be built; those built before are closed.
            ConfigurationError: a configuration does not fit.
        """
        manager = plugin_manager()
        components: dict[str, Component] = {}
        system = cls(components, directory)
        try:
            for record in records:
                component = construct(record, (configurations or {}).get(record.kind))
                components[record.kind] = component
                register(manager, component)
        except AllauseError:
            system.close()
            raise
        return system

    def __getitem__(self, kind: str) -> Component:
        """Return the component of that kind."""
        return self.components[kind]

    def start(
        self,
        *,
        seed: int,
        venue: VenueSession | None = None,
        clock: Clock | None = None,
        calling: Calling | None = None,
    ) -> None:
        """Start every component; only a kind that trades is given the venue session.

        :param calling: told of each component and method just before the call.

        Raises:
            ComponentError: one refuses to start.
        """
        sink = self.components.get("monitoring")
        for component in self.components.values():
            private = self.directory / re.sub(r"[^a-z0-9._-]", "_", component.id)
            private.mkdir(parents=True, exist_ok=True)
            context = Context(
                clock=clock or SystemClock(),
                directory=private,
                seed=seed,
                logger=logging.getLogger(f"allause.component.{component.id}"),
                metrics=None if sink is None or sink is component else _Sink(sink),
                venue=venue if component.kind.trades else None,
            )
            if calling is not None:
                calling(component, "start")
            component.call("start", context=context)

    def observe(self, observer: Callable[[CallTrace], None] | None) -> None:
        """Have ``observer`` told of every call of every component."""
        for component in self.components.values():
            component.observer = observer

    def close(self, calling: Calling | None = None) -> tuple[str, ...]:
        """Close every component, the last one first, and return a sentence for each that failed to.

        :param calling: told of each component and method just before the call.
        """
        problems: list[str] = []
        for component in reversed(list(self.components.values())):
            if calling is not None:
                calling(component, "close")
            try:
                component.close()
            except AllauseError as error:
                problems.append(str(error))
        return tuple(problems)

    def __enter__(self) -> Self:
        """Return the system itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every component."""
        self.close()


class _Sink:
    """Hand a component's measurements to the monitoring component."""

    def __init__(self, monitoring: Component) -> None:
        bound = monitoring.bind("record_metric")
        self._record = partial(monitoring.call, "record_metric") if iscoroutinefunction(bound) else bound
        self._logger = logging.getLogger(f"allause.component.{monitoring.id}")

    def record(self, name: str, value: float, labels: Mapping[str, str] | None = None) -> None:
        try:
            answer = self._record(name=name, value=value, **({} if labels is None else {"labels": labels}))
            if iscoroutine(answer):
                answer.close()
                self._logger.warning("metric %s was refused: record_metric() is a plain def and gave a coroutine", name)
        except (ValueError, ComponentError) as error:
            # the contract of a sink: it never raises into the component that measures
            self._logger.warning("metric %s was refused: %s", name, error)
