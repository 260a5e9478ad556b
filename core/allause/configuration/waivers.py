"""Waivers in the configuration file: read, added and taken out; every other line stays as it is."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from allause.configuration.place import Place
from allause.discovery import normalize, printable
from allause.exceptions import ConfigurationError
from allause.models.waiver import Waiver

_KEYS = ("code", "component", "reason", "until")
_HEADER = re.compile(r"^\s*\[")


def read_waivers(place: Place) -> tuple[Waiver, ...]:
    """Return the waivers of a configuration.

    Raises:
        ConfigurationError: an entry lacks a key, has an unknown one, or a value that is none; or two are of one check
            and component, of which nobody could tell which holds.
    """
    entries = place.table.get("waiver", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigurationError(f"waiver in {printable(str(place.file))}: expected tables {place.header}", "waiver")
    lines = [number for number, line in enumerate(place.lines, start=1) if _begins(line, place)]
    if len(lines) != len(entries):
        lines = [0] * len(entries)
    waivers = tuple(_waiver(entry, place, line) for entry, line in zip(entries, lines, strict=True))
    first: dict[tuple[str, str], Waiver] = {}
    for each in waivers:
        other = first.setdefault((each.code, each.component), each)
        if other is not each:
            raise ConfigurationError(
                f"the waivers in lines {other.line} and {each.line} of {printable(str(place.file))} are both of "
                f"{printable(each.code)} for {printable(each.component)}; keep one of them",
                "waiver",
            )
    return waivers


def add_waiver(place: Place, waiver: Waiver) -> str:
    """Return the text of the file with one waiver more.

    Raises:
        ConfigurationError: the file writes its waivers in a way that cannot be added to.
    """
    lines = [
        place.header,
        f"code = {_quoted(waiver.code)}",
        f"component = {_quoted(waiver.component)}",
        f"reason = {_quoted(waiver.reason)}",
        f"until = {waiver.until.isoformat()}",
    ]
    gap = "" if not place.lines else "\n" if place.text.endswith("\n") else "\n\n"
    end = "\r\n" if "\r\n" in place.text else "\n"
    text = place.text + "".join([gap, "\n".join(lines), "\n"]).replace("\n", end)
    _hold(place, text, [*place.table.get("waiver", []), place.parsed("\n".join(lines))["waiver"][0]])
    return text


def without_waivers(place: Place, waivers: Collection[Waiver]) -> str:
    """Return the text of the file without some of its waivers.

    Raises:
        ConfigurationError: the file writes its waivers in a way from which none can be taken.
    """
    doomed = {waiver.line for waiver in waivers}
    kept: list[str] = []
    inside = False
    for number, line in enumerate(place.lines, start=1):
        if _HEADER.match(line):
            inside = number in doomed and _begins(line, place)
        if not inside:
            kept.append(line)
    text = "".join(kept)
    entries = zip(place.table.get("waiver", []), read_waivers(place), strict=True)
    _hold(place, text, [entry for entry, waiver in entries if waiver not in waivers])
    return text


def _begins(line: str, place: Place) -> bool:
    return "".join(line.partition("#")[0].split()) == place.header


def _waiver(entry: Mapping[str, Any], place: Place, line: int) -> Waiver:
    where = f"the waiver in line {line} of {printable(str(place.file))}"
    for key in (*_KEYS, *entry):
        if key not in entry or key not in _KEYS:
            problem = "lacks the key" if key in _KEYS else "has an unknown key"
            raise ConfigurationError(f"{where} {problem} {printable(key)!r}; it has {', '.join(_KEYS)}", "waiver")
    for key in _KEYS[:3]:
        if not isinstance(entry[key], str):
            raise ConfigurationError(f"{where}: expected a text as {key}, found {entry[key]!r:.80}", "waiver")
    distribution, _, name = entry["component"].partition(":")
    if not (distribution and name):
        found = printable(entry["component"], 80)
        raise ConfigurationError(
            f"{where}: expected an identity DISTRIBUTION:NAME as component, found {found!r}", "waiver"
        )
    until = entry["until"]
    if not isinstance(until, date) or isinstance(until, datetime):
        raise ConfigurationError(f"{where}: expected a day as until, such as 2027-01-31, found {until!r:.80}", "waiver")
    return Waiver(
        code=entry["code"],
        component=f"{normalize(distribution)}:{normalize(name)}",
        reason=entry["reason"],
        until=until,
        line=line,
    )


def _hold(place: Place, text: str, expected: list[Any]) -> None:
    """Hold a changed text against what it has to say; an edit of text must never change anything else."""
    wanted = {**place.table, "waiver": expected}
    with suppress(ConfigurationError):
        if {"waiver": [], **place.parsed(text)} == wanted:
            return
    raise ConfigurationError(
        f"the waivers in {printable(str(place.file))} cannot be changed safely; write them as tables {place.header}"
    )


def _quoted(text: str) -> str:
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in text)
    return f'"{escaped}"'
