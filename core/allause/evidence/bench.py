"""Where probes work: what is known of a component, and a fresh child whenever one is asked for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Any

import attrs

from allause.discovery import ComponentRecord
from allause.evidence.examinee import Examinee
from allause.evidence.patience import Patience
from allause.evidence.source import SourceEvidence
from allause.exceptions import ValidatorError
from allause.isolation import Helper
from allause.kinds import KINDS, Kind

_OURS_S = 20.0  # for what is asked of a child before a component is in it


@attrs.frozen(kw_only=True)
class Bench:
    """Hold what a probe needs.

    Attributes:
        record: what metadata says of the component.
        source: what its source says.
        helper: opens children.
        nonce: of this run, unknown to the component.
        patience: with the component, shared by its children.
        before: operations asked of a child that probes share, before the component is imported, and their fields.
        common: a child for probes that do not mind what others did in it before; None when every one has its own.
    """

    record: ComponentRecord
    source: SourceEvidence
    helper: Helper
    nonce: str
    patience: Patience = attrs.Factory(lambda self: Patience(self.helper.limits.wall_s), takes_self=True)

    before: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    common: Examinee | None = None

    @property
    def kind(self) -> Kind:
        """Return the entry of KINDS."""
        return KINDS[self.record.kind]

    def examinee(self) -> Examinee:
        """Return the component in a child of its own, not yet entered."""
        return Examinee(self.record, self.helper, {*self.kind.methods, *self.source.members}, self.patience)

    def prepared(self) -> Examinee:
        """Return the component, which is known by now, in a child of its own, prepared and not yet entered.

        Raises:
            ValidatorError: the child could not be prepared, although no component was in it.
        """
        return self._asked(Examinee(self.record, self.helper, (), self.patience))

    def introduced(self) -> Examinee:
        """Return the component, of which nothing is known yet, in such a child; raises what ``prepared`` does."""
        return self._asked(self.examinee())

    def _asked(self, own: Examinee) -> Examinee:
        for operation, fields in self.before:
            if not own.observe(operation, **fields, deadline_s=_OURS_S):
                raise ValidatorError(f"a child could not be asked for {operation!r}, although no component was in it")
        return own

    @contextmanager
    def shared(self) -> Iterator[Examinee]:
        """Lend the common child with a fresh instance in it, or one like it when that was lost."""
        if self.common is None or self.common.lost is not None:
            with self.prepared() as own:
                yield own
        else:
            self.common.rebuild()
            yield self.common

    def random(self, purpose: str) -> Random:
        """Return a random source made from the nonce, another one for each purpose."""
        return Random(f"{self.nonce} {purpose}")  # noqa: S311 - new to the component, not secret
