"""Everything the host knows of one component when the checks begin."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import attrs

from allause.discovery import ComponentRecord
from allause.evidence.artefact import Artefact, read_artefact
from allause.evidence.exchange import Exchange
from allause.evidence.member import Member
from allause.evidence.package import Package, read_package
from allause.evidence.source import SourceEvidence
from allause.kinds import KINDS, Kind, Problem
from allause.models.report import ComponentReport, Method, Parameter

T = TypeVar("T")
_METHODS = {"function", "staticmethod", "classmethod"}


class NotProbedError(LookupError):
    """Report that a check asked for what no probe has answered: it must need what the probe needs."""


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Hearing:
    """Hold one interview of a component.

    Attributes:
        problems: wrong answers.
        ended: the exchange that ended it early: the child died, hung or answered garbage; else None.
        exchanges: every exchange, in order.
    """

    problems: tuple[Problem, ...] = ()
    ended: Exchange | None = None
    exchanges: tuple[Exchange, ...] = ()


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Work:
    """Hold the counters before and after work that the host put to the component.

    Attributes:
        calls: calls of the kind's own methods that the host made.
        before: ``operations`` before; None when it could not be read.
        after: ``operations`` after.
        ended: the exchange that ended it early; else None.
    """

    calls: int = 0
    before: int | None = None
    after: int | None = None
    ended: Exchange | None = None


@attrs.frozen(kw_only=True, eq=False, repr=False)
class Evidence:
    """Hold what was seen of one component; checks are pure functions of it.

    Attributes:
        record: what metadata says.
        core_version: of the running core.
        source: what its source says.
        importing: the import in the child; None when there was nothing to import.
        target_type: ``class``, ``function``, ``module``, ``instance`` as the child found it; empty before that.
        live_members: attributes of the class as the child found them; empty before that.
        constructing: the construction; None when the import failed.
        standard: the five questions of the standard API, by method.
        golden: the interview with fixed input.
        nonce: the interview with input from the run's nonce.
        work: the counters around known work.
        unawaited: coroutines that were created and never awaited: qualified name, file and line of each.
        gathered_ns: the host's clock when the questions had been put.
        lost: the requests by which a child was lost, whoever made them.
        probed: the record of each probe, by its class.
        previous: an earlier report of the component to compare with; None without one.
        search_path: where modules and distributions were looked for; ``sys.path`` when None.
    """

    record: ComponentRecord
    core_version: str
    source: SourceEvidence
    importing: Exchange | None = None
    target_type: str = ""
    live_members: Mapping[str, Member] = attrs.field(factory=dict)
    constructing: Exchange | None = None
    standard: Mapping[str, Exchange] = attrs.field(factory=dict)
    golden: Hearing = attrs.field(factory=Hearing)
    nonce: Hearing = attrs.field(factory=Hearing)
    work: Work = attrs.field(factory=Work)
    unawaited: tuple[tuple[str, str, int], ...] = ()
    gathered_ns: int = 0
    lost: tuple[Exchange, ...] = ()
    probed: Mapping[type, object] = attrs.field(factory=dict)
    previous: ComponentReport | None = None
    search_path: tuple[str, ...] | None = None

    def of(self, record: type[T]) -> T:
        """Return what a probe saw.

        Raises:
            NotProbedError: that probe did not run; a check that asks must need what it needs.
        """
        seen = self.probed.get(record)
        if not isinstance(seen, record):
            raise NotProbedError(f"no probe has answered {record.__name__}")
        return seen

    @cached_property
    def artefact(self) -> Artefact:
        """Return what is installed, read when it is first asked for."""
        return read_artefact(self.record.location)

    @cached_property
    def package(self) -> Package:
        """Return the distribution's source, read when it is first asked for.

        Raises:
            LookupError: the component has no file; a check that asks must need DSC003.
        """
        if self.source.file is None:
            raise LookupError(f"{self.record.id} has no source file")
        return read_package(self.record, self.artefact, self.source.file, self.source.tree)

    @property
    def kind(self) -> Kind:
        """Return the entry of KINDS."""
        return KINDS[self.record.kind]

    @property
    def api(self) -> tuple[Method, ...]:
        """Return the public methods as the child found them; none when it did not get that far."""
        return tuple(
            Method(
                name=name,
                is_async=member.is_async,
                parameters=tuple(Parameter(name=n, kind=k, optional=o) for n, k, o in member.parameters),
            )
            for name, member in sorted(self.live_members.items())
            if not name.startswith("_")
            and {member.found_as, self.source.members.get(name, member).found_as} <= _METHODS  # no class in the class
        )

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Return every call made to the component."""
        return (*self.standard.values(), *self.golden.exchanges, *self.nonce.exchanges)

    def member(self, name: str) -> Member:
        """Return an attribute of the class: as the child found it, else as the source tells."""
        if self.live_members:
            return self.live_members.get(name) or Member(name=name, found_as="missing")
        if name in self.source.members:
            return self.source.members[name]
        if not self.source.complete:
            return Member(name=name, found_as="unknown")
        catches_all = not self.source.members.keys().isdisjoint({"__getattr__", "__getattribute__"})
        return Member(name=name, found_as="dynamic" if catches_all else "missing")

    def place(self, method: str = "") -> str:
        """Return where the component, or one of its methods, is defined."""
        written, live = self.source.members.get(method), self.live_members.get(method)
        if written is None and live is not None and (inherited := self.within(live.file, live.line)):
            return inherited
        # the source before the child: a function itself knows the line of its decorator
        line = (written.line if written is not None else 0) or self.source.class_line
        owner = f"{self.record.module}:{self.record.attribute}"
        file = self.source.file.name if self.source.file else ""
        where = f" ({file}:{line})" if file and line else f" ({file})" if file else ""
        return f"{owner}.{method}{where}" if method else f"{owner}{where}"

    def within(self, name: str, line: int) -> str:
        """Return a line of a file as a place in the distribution's own code; empty when it is another's."""
        if self.source.file is None:
            return ""
        above = self.record.module.count(".") + (self.source.file.name == "__init__.py")
        root, top, file = self.source.file.parents[above], self.record.module.partition(".")[0], Path(name)
        parts = file.with_suffix("").relative_to(root).parts if file.is_relative_to(root) else ()
        if parts[:1] != (top,):
            return ""
        return f"{'.'.join(part for part in parts if part != '__init__')} ({file.name}:{line})"

    def raised_at(self, exchange: Exchange, method: str = "") -> str:
        """Return the innermost line of the distribution's own code that raised, else where ``method`` is defined."""
        own = (place for name, line in reversed(exchange.frames) if (place := self.within(name, line)))
        return next(own, "") or self.place(method)

    def info(self, field: str) -> Any:
        """Return a field of what ``get_component_info`` answered; None when there is none."""
        answer = self.standard.get("get_component_info")
        value = answer.value if answer and answer.returned else None
        return value.get(field) if isinstance(value, Mapping) else None
