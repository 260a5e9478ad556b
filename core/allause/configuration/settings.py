"""Settings of ``allause validate``: the environment before the file; a flag comes before both."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import attrs

from allause.configuration.place import Place
from allause.discovery import printable
from allause.exceptions import ConfigurationError
from allause.nearest import nearest

_PREFIX = "ALLAUSE_"
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
#: Variables that are no settings.
_OTHERS = ("ALLAUSE_TRACEBACK",)


def _unchecked(_key: str, _value: object, _name: str) -> None:
    """Accept every value."""


@attrs.frozen(kw_only=True)
class Settings:
    """Hold what is stated; None where nothing is, so that the default applies.

    Attributes:
        select: codes, slugs or families of the checks to report on.
        ignore: those to leave out.
        fail_on: the mildest outcome for which the exit code is not 0.
        seed: of the workflows.
        workflows: whether they run.
        isolation: the mode.
        format: of the report on stdout.
        report: files to write, as ``FORMAT=PATH``.
        plugin_checks: whether contributed checks run.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    fail_on: str | None = None
    seed: int | None = None
    workflows: bool | None = None
    isolation: str | None = None
    format: str | None = None
    report: tuple[str, ...] | None = None
    plugin_checks: bool | None = None

    def over(self, lower: "Settings") -> "Settings":
        """Return what is stated here and, where nothing is, what is stated in ``lower``."""
        stated = {name: value for name, value in attrs.asdict(self).items() if value is not None}
        return attrs.evolve(lower, **stated)


#: Key of the file to the type of its value; the variable is ALLAUSE_ and the key in capitals with underscores.
SETTINGS: Mapping[str, type] = MappingProxyType(
    {
        "select": tuple,
        "ignore": tuple,
        "fail-on": str,
        "seed": int,
        "workflows": bool,
        "isolation": str,
        "format": str,
        "report": tuple,
        "plugin-checks": bool,
    }
)
_NAMES = {tuple: "a list of texts", str: "a text", int: "a whole number", bool: "true or false"}


def read_settings(
    place: Place, environment: Mapping[str, str], check: Callable[[str, Any, str], object] = _unchecked
) -> Settings:
    """Return what file and environment state.

    :param check: called with key and value of each setting, and with what names it in an error; raises one for a
        value that is none of those possible.

    Raises:
        ConfigurationError: an unknown key or variable, with what was probably meant, or a value of another type.
    """
    stated: dict[str, Any] = {}
    for key, value in place.table.items():
        if key != "waiver":
            known = _known(key, [*SETTINGS, "waiver"], str(place.file))
            stated[known] = _valued(known, value, str(place.file))
            check(known, stated[known], f"{known} in {printable(str(place.file))}")
    variables = {_PREFIX + key.upper().replace("-", "_"): key for key in SETTINGS}
    for variable, text in environment.items():
        if variable.startswith(_PREFIX) and variable not in _OTHERS:
            key = variables[_known(variable, [*variables, *_OTHERS], "the environment")]
            stated[key] = _valued(key, _read(text, SETTINGS[key]), f"the variable {variable}")
            check(key, stated[key], f"{key} in the variable {variable}")
    return Settings(**{key.replace("-", "_"): value for key, value in stated.items()})


def _known(key: str, known: list[str], where: str) -> str:
    if key not in known:
        close = nearest(key, known)
        hint = f"did you mean {close!r}?" if close else f"there are {', '.join(known)}"
        raise ConfigurationError(f"{printable(where)} has no setting {printable(key)!r}; {hint}", key)
    return key


def _valued(key: str, value: Any, where: str) -> Any:
    wanted = SETTINGS[key]
    if wanted is tuple and isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    if type(value) is wanted:
        return value
    found = printable(repr(value), 80)
    raise ConfigurationError(f"{key} in {printable(where)}: expected {_NAMES[wanted]}, found {found}", key)


def _read(text: str, wanted: type) -> Any:
    """Return the value that the text of a variable stands for; the text itself where it stands for none."""
    if wanted is tuple:
        return [each.strip() for each in text.split(",") if each.strip()]
    if wanted is int:
        with suppress(ValueError):
            return int(text)
    if wanted is bool and text.strip().lower() in (*_TRUE, *_FALSE):
        return text.strip().lower() in _TRUE
    return text
