"""Build the components of a run so that each call of them is announced before it is made."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from allause.component import DEFAULT_DEADLINE_S, Component
from allause.discovery import ComponentRecord, build
from allause.running.board import Board
from allause.system import System


class AnnouncedComponent(Component):
    """Note every call with a deadline on a board; those of the hot path are noted by its watchdog."""

    def __init__(self, hosted: Component, board: Board) -> None:
        super().__init__(hosted.id, hosted.kind, hosted.instance)
        self._board = board

    def call(self, name: str, /, *, deadline_s: float = DEFAULT_DEADLINE_S, **arguments: Any) -> Any:
        """Call a method as ``Component.call`` does, announced."""
        with self._board.calling(f"{self.id}: {name}()", self.id, deadline_s):
            return super().call(name, deadline_s=deadline_s, **arguments)


def assemble(
    records: Sequence[ComponentRecord],
    directory: Path,
    configurations: Mapping[str, Mapping[str, Any]],
    board: Board,
    deadline_s: float,
) -> System:
    """Build the components of ``records``, each within ``deadline_s``; ``configurations`` are by kind.

    The deadline is only announced: whoever watches the board from another process keeps it.

    Raises:
        ComponentError: one cannot be built; those built before are closed.
        ConfigurationError: a configuration does not fit.
    """

    def construct(record: ComponentRecord, configuration: Mapping[str, Any] | None) -> Component:
        with board.calling(f"importing and constructing {record.id}", record.id, deadline_s):
            return AnnouncedComponent(build(record, configuration), board)

    return System.build(records, directory, configurations, construct)
