"""``allause doctor``: what this machine offers for isolation, and how to get more."""

import json

import typer

from allause.cli.choices import Format
from allause.cli.exit_code import ExitCode
from allause.cli.options import FormatOption
from allause.console.output import emit


def doctor(output: FormatOption = Format.TEXT) -> None:
    """Show how well components can be isolated on this machine."""
    import attrs  # noqa: PLC0415 - slow, and --help must not be

    from allause.doctor import State, examine_machine  # noqa: PLC0415 - the same

    facilities = examine_machine()
    if output is Format.JSON:
        emit(json.dumps({"facilities": [attrs.asdict(each) for each in facilities]}, indent=2) + "\n")
    else:
        emit("".join(_lines(each.state, each.name, each.found, each.gain) for each in facilities))
    if any(each.state is State.MISSING for each in facilities):
        raise typer.Exit(ExitCode.FINDINGS)


def _lines(state: str, name: str, found: str, gain: str) -> str:
    text = f"{f'[{state}]':10}{name}: {found}\n"
    return text + (f"{'':10}to get more: {gain}\n" if gain else "")
