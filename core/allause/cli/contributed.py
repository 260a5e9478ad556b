"""A command that another distribution adds: an entry point of the group ``allause.commands``.

Its name is the command, its value a ``typer.Typer`` or a function with typer's parameters. It is looked for when the
word is none of ours, so it can replace nothing, and only the one that was asked for is imported.
"""

from collections.abc import Callable
from functools import reduce
from importlib import import_module

import attrs
import typer

from allause.discovery import Contributor, contributors, normalize, printable
from allause.exceptions import ComponentError, message_of
from allause.groups import COMMANDS_GROUP


@attrs.frozen
class Contribution:
    """Hold a command and who adds it.

    Attributes:
        name: of the command.
        owner: its identity, ``distribution:name``.
        command: as its distribution made it.
    """

    name: str
    owner: str
    command: typer.Typer | Callable[..., object]

    def add_to(self, app: typer.Typer) -> None:
        """Add it to an application."""
        if isinstance(self.command, typer.Typer):
            app.add_typer(self.command, name=self.name)
        else:
            app.command(self.name)(self.command)

    def failed(self, error: BaseException) -> ComponentError:
        """Return the error to raise when it failed in another way than with an error of ours."""
        return _broken(self.name, self.owner, "failed", error)


def contribution(word: str) -> Contribution | None:
    """Return the command that another distribution adds under that name, None when nobody does.

    Raises:
        ComponentError: several do, or the one that does is broken.
    """
    found = [one for one in contributors(group=COMMANDS_GROUP) if one.id.partition(":")[2] == normalize(word)]
    if not found:
        return None
    if len(found) > 1:
        owners = " and ".join(one.distribution for one in found)
        raise ComponentError(f"the command {printable(word)!r} is added by {owners}; uninstall all but one of them")
    return _loaded(word, found[0])


def _loaded(word: str, found: Contributor) -> Contribution:
    try:
        command = reduce(getattr, filter(None, found.attribute.split(".")), import_module(found.module))
        if not callable(command):
            expected = "expected a typer.Typer or a function"
            raise TypeError(f"{found.module}:{found.attribute}: {expected}, found {type(command).__name__}")  # noqa: TRY301 - told as every other defect of it
        loaded = Contribution(word, found.id, command)
        trial = typer.Typer()
        loaded.add_to(trial)
        typer.main.get_command(trial)
    except (Exception, SystemExit) as error:
        raise _broken(word, found.id, "cannot be loaded", error) from error
    return loaded


def _broken(word: str, owner: str, what: str, error: BaseException) -> ComponentError:
    said = f"{printable(message_of(error), 400)} (ALLAUSE_TRACEBACK=1 shows where)"
    return ComponentError(f"the command {printable(word)!r} of {owner} {what}: {said}", owner)
