"""What a run is asked to do, and what it answers."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from allause.exceptions import UsageError
from allause.seeds import EXPECTED, SEEDS


@attrs.frozen(kw_only=True)
class RunSettings:
    """Hold what the user chose.

    Attributes:
        data: a file, folder or store of market data; the market data component's own data when None.
        symbols: those to trade; every symbol of the data when None.
        strategy: ``MODULE:CALLABLE``, see ``allause.strategies``.
        out: the run directory to write.
        seed: part of every order id, and handed to every component.
        components: identities to use where several of one kind are installed.
        search_path: where to look for components; ``sys.path`` when None.

    Raises:
        UsageError: a seed that is none.
    """

    data: Path | None = None
    symbols: tuple[str, ...] | None = None
    strategy: str = "allause.strategies:MovingAverageCrossover"
    out: Path = Path("allause-run")
    seed: int = attrs.field(default=0)
    components: tuple[str, ...] = ()
    search_path: tuple[str, ...] | None = None

    @seed.validator
    def _among_seeds(self, _: object, seed: object) -> None:
        if type(seed) is not int or seed not in SEEDS:
            raise UsageError(f"seed: expected {EXPECTED}, found {seed!r:.80}")


@attrs.frozen(kw_only=True)
class Deadlines:
    """Hold how long what is not ours may take, in seconds.

    Attributes:
        construction_s: importing and constructing one component, or the strategy.
        reading_s: reading, enhancing or analysing a whole file, each.
    """

    construction_s: float = 30.0
    reading_s: float = 120.0


@attrs.frozen(kw_only=True)
class RunResult:
    """Hold what came of a run.

    Attributes:
        directory: what was written.
        record: the content of ``run.json``.
        summary: the content of ``summary.txt``.
        exit_code: 0, or 1 when the record names a problem: the execution component's report differs from the venue's
            log, every order was refused, or a component failed after the last order.
    """

    directory: Path
    record: Mapping[str, Any]
    summary: str
    exit_code: int
