"""The typer application: every command by name, and its errors as ours."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Annotated, Any

import typer

from allause import __version__
from allause.cli import doctoring, listing, reporting, rules, running, scaffolding, validating, waiving
from allause.cli.contributed import Contribution, contribution
from allause.cli.exit_code import ExitCode
from allause.console.output import discard, emit, tell
from allause.exceptions import AllauseError, UsageError

# the class of every complaint about the words of a command line; typer has moved it from one package to another
_COMPLAINT: Any = typer.BadParameter.__base__

_COMMANDS: tuple[Callable[..., None], ...] = (
    listing.list_,
    listing.info,
    validating.validate,
    reporting.report,
    running.run,
    rules.rule,
    scaffolding.new,
    doctoring.doctor,
)

#: Commands that distributions of the same make add, where they are installed.
_OFFERED: Mapping[str, str] = {"data": "allause-market-data", "journal": "allause-execution"}
_HELP = frozenset({"-h", "--help"})
_OWN = frozenset({"waiver", *(command.__name__.rstrip("_") for command in _COMMANDS)})


def application(added: Contribution | None = None) -> typer.Typer:
    """Return the application with every command of ours, and one that another distribution adds."""
    app = typer.Typer(
        name="allause",
        help="Discover, host and examine the components of a trading system.",
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": sorted(_HELP, key=len)},
    )
    app.callback(invoke_without_command=True)(_first)
    for command in _COMMANDS:
        app.command(command.__name__.rstrip("_"))(command)
    app.add_typer(waiving.application(), name="waiver")
    if added is not None:
        added.add_to(app)
    return app


def invoke(words: Sequence[str]) -> int:
    """Run a command and return its exit code.

    Raises:
        UsageError: the words are no command, or its options are wrong.
        ComponentError: it is a command of another distribution, and is broken.
    """
    word = words[0] if words else "-"
    added = None if word.startswith("-") or word in _OWN else contribution(word)
    try:
        command = typer.main.get_command(application(added))
        _name_alone(command)
        code = command.main(list(words), prog_name="allause", standalone_mode=False)
    except _COMPLAINT as error:
        message = _complaint(error)
        place = _place(command, words) if error.ctx is None else error.ctx.command_path
        if added is None and (remedy := _elsewhere(word)):
            raise UsageError(remedy) from error
        joint = " " if message.endswith("?") else "; "
        raise UsageError(f"{message}{joint}'{place} --help' lists what there is") from error
    except (typer.Abort, SystemExit) as ended:
        return _ended(ended, words, added)
    except (AllauseError, OSError):
        raise
    except Exception as error:
        if added is None:
            raise
        raise added.failed(error) from error
    if code == ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    return int(code or ExitCode.REACHED)


def _ended(ended: typer.Abort | SystemExit, words: Sequence[str], added: Contribution | None) -> int:
    """Return the exit code of a help text whose reader has gone; everything else that ends a command is raised."""
    cause = ended.__context__
    if isinstance(cause, BrokenPipeError) and not _HELP.isdisjoint(words):
        discard()
        return ExitCode.REACHED
    if isinstance(ended, typer.Abort):
        # typer takes an end of file for an interrupt, wherever it is met, and one within a command is an error of it
        if not isinstance(cause, EOFError):
            raise KeyboardInterrupt from None
    elif isinstance(ended.code, str):
        cause = ended
    elif added is not None or not isinstance(cause, BrokenPipeError):  # typer ends with 1 at a pipe of ours
        raise ended
    raise (cause if added is None else added.failed(cause)) from cause


def _place(command: Any, words: Sequence[str]) -> str:
    """Return how the command that ``words`` begin with is called; a value that is missing is told without it."""
    names = ["allause"]
    for word in words:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            break
        names.append(word)
    return " ".join(names)


def _elsewhere(word: str) -> str:
    """Say how to come by a command that is none of ours; empty where nothing is known of it."""
    if word == "certify":
        return "there is no command 'certify'; write 'allause validate --certify'"
    if owner := _OFFERED.get(word):
        checkout = f"'pip install ./plugins/{owner}'"
        return f"the command {word!r} comes with {owner}; 'pip install {owner}' installs it, from a checkout {checkout}"
    return ""


def _name_alone(command: Any) -> None:
    """Show arguments by their names; what typer adds, such as ``<list[str]>``, is the language's word for it."""
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            parameter.display_type_rich = lambda ctx: None  # noqa: ARG005 - named so by the caller
            if parameter.required:  # which is shown in braces, here alone
                plain = parameter.display_name_raw + "..." * (parameter.nargs != 1)
                parameter._usage_display_name = partial(str, plain)  # noqa: SLF001 - nothing public decides it
    for each in getattr(command, "commands", {}).values():
        _name_alone(each)


def _complaint(error: Any) -> str:
    """Word a complaint; of the options that typer guesses, only those that look alike are named."""
    option = getattr(error, "option_name", "") or ""
    if getattr(error, "possibilities", None):
        names = {name.lstrip("-"): name for name in error.possibilities}
        error.possibilities = [names[close] for close in get_close_matches(option.lstrip("-"), names)]
    return str(error.format_message().rstrip("."))


def _show_version(wanted: bool) -> None:
    if wanted:
        emit(f"allause {__version__}\n")
        raise typer.Exit


def _first(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback has answered
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        tell(f"{context.get_help()}\n")
        raise typer.Exit(ExitCode.USAGE)
