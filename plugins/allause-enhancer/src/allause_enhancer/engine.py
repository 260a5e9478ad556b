"""Choose what computes, and say so in the result."""

import attrs
import polars as pl

from allause.exceptions import DataError
from allause_enhancer.config import Engine, EnhancerConfig
from allause_enhancer.rows import compiling
from allause_enhancer.rows.one_pass import in_one_pass
from allause_enhancer.tables.enhancement import enhance_with_bars
from allause_enhancer.tables.exchange import Market
from allause_enhancer.valuing import Valuing

#: Below this many rows compiling takes longer than it saves.
WORTHWHILE = 20_000_000
#: The same where an earlier process has, and to load is all there is to do.
WORTHWHILE_KEPT = 8_000_000
#: The same where this process has compiled before.
WORTHWHILE_WARM = 200_000


@attrs.frozen(kw_only=True)
class Enhancement:
    """Tell how an answer came about.

    Attributes:
        engine: what computed it.
        reason: why that engine.
        input_rows: rows that were given.
        output_rows: rows of the answer; the others had no good price or a key that had come.
    """

    engine: Engine
    reason: str
    input_rows: int
    output_rows: int


class EnhancedFrame(pl.DataFrame):
    """Be the answer, a polars table, that also tells how it came about.

    Attributes:
        enhancement: how; None on what polars derives from the answer.
    """

    enhancement: Enhancement | None = None

    @classmethod
    def of(cls, frame: pl.DataFrame, enhancement: Enhancement) -> "EnhancedFrame":
        """Return ``frame``, without a copy, with the word about it."""
        answer = cls(frame)
        answer.enhancement = enhancement
        return answer


def run(market: Market, config: EnhancerConfig) -> EnhancedFrame:
    """Enhance with the engine of the configuration, or the fitting one.

    Raises:
        DataError: the kernel was demanded and cannot do it, or a column was chosen that these rows cannot give.
    """
    return run_with_bars(market, config, bars=False)[0]


def run_with_bars(
    market: Market, config: EnhancerConfig, *, bars: bool = True
) -> tuple[EnhancedFrame, pl.DataFrame | None]:
    """Enhance and make larger bars by time, in one go where the kernel does it."""
    rows = market.frame.height
    engine, reason = choose(rows, config)
    valuing = Valuing.of(market, config)
    if engine is Engine.KERNEL:
        passed = in_one_pass(market, valuing.config, bars=bars)
        if not passed.late:
            return told(valuing.added(passed.frame), rows, engine, reason), passed.bars
        reason = too_late(passed.late, config)
    frame, made = enhance_with_bars(market, valuing.config, bars=bars)
    return told(valuing.added(frame), rows, Engine.POLARS, reason), made


def choose(rows: int, config: EnhancerConfig) -> tuple[Engine, str]:
    """Return the engine to try for so many rows, and the reason.

    Raises:
        DataError: the kernel was demanded and numba is not installed, or may not compile.
    """
    if config.engine is Engine.POLARS:
        return Engine.POLARS, "configured"
    if lacking := compiling.lacking():
        if config.engine is Engine.KERNEL:
            raise DataError(
                f"engine: expected numba for the kernel, found that {lacking}; see to that, or leave engine"
            )
        return Engine.POLARS, lacking
    if config.engine is Engine.KERNEL:
        return Engine.KERNEL, "configured"
    enough = WORTHWHILE_WARM if compiling.warm() else WORTHWHILE
    if WORTHWHILE_KEPT <= rows < enough and compiling.kept():
        enough = WORTHWHILE_KEPT
    if rows < enough:
        return Engine.POLARS, f"{rows} rows are not worth it; {enough} are"
    return Engine.KERNEL, f"at least {enough} rows"


def too_late(late: int, config: EnhancerConfig) -> str:
    """Return why the kernel's answer is not whole.

    Raises:
        DataError: the kernel was demanded.
    """
    late_rows = f"{late} rows came later than hold_back = {config.hold_back} rows"
    if config.engine is Engine.KERNEL:
        raise DataError(
            f"market_data: expected nearly ordered rows, found {late_rows}; raise hold_back, or leave engine"
        )
    return f"not nearly ordered: {late_rows}"


def told(frame: pl.DataFrame, rows: int, engine: Engine, reason: str) -> EnhancedFrame:
    """Return the answer for so many rows with the word about it."""
    enhancement = Enhancement(engine=engine, reason=reason, input_rows=rows, output_rows=frame.height)
    return EnhancedFrame.of(frame, enhancement)
