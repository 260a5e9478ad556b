"""``allause run``: trade recorded data with the installed components."""

from pathlib import Path
from typing import Annotated

import typer

from allause.cli.options import SeedOption, path_option
from allause.console.output import emit, tell

_EXAMPLE = "allause.strategies:MovingAverageCrossover"


def run(
    data: Annotated[
        Path | None,
        path_option("--data", "PATH", "File, folder or store of bars; the sample when left out."),
    ] = None,
    symbols: Annotated[
        str | None,
        typer.Option("--symbols", metavar="A,B", help="Instruments to trade; all in the data when left out."),
    ] = None,
    strategy: Annotated[
        str, typer.Option("--strategy", metavar="MODULE:CALLABLE", help="Called as (event, portfolio) for each bar.")
    ] = _EXAMPLE,
    out: Annotated[Path, path_option("--out", "DIR", "Directory to write the run into.")] = Path("allause-run"),
    component: Annotated[
        list[str] | None,
        typer.Option("--component", metavar="COMPONENT", help="Component to use when several of a kind are installed."),
    ] = None,
    seed: SeedOption = 0,
) -> None:
    """Trade recorded data with the installed components."""
    from allause.cli.progress import ProgressLine  # noqa: PLC0415 - slow, and --help must not be
    from allause.console.terminal import width  # noqa: PLC0415 - the same
    from allause.discovery import printable  # noqa: PLC0415 - the same
    from allause.running import RunSettings, laid_out, supervise  # noqa: PLC0415 - the same

    settings = RunSettings(
        data=data,
        symbols=None if symbols is None else tuple(name.strip() for name in symbols.split(",") if name.strip()),
        strategy=strategy,
        out=out,
        seed=seed,
        components=tuple(component or ()),
    )
    notices: list[str] = []
    try:
        with ProgressLine() as progress:
            result = supervise(settings, progress, notices.append)
    finally:
        for notice in notices:
            tell(f"allause: note: {printable(notice, 1_000)}\n")
    emit(laid_out(result.summary, width()))
    raise typer.Exit(result.exit_code)
