"""Plant a word that must stay secret, and collect what a component left in sight."""

import builtins
import logging
import os
from collections.abc import Mapping
from typing import Any

import attrs

from allause.isolation.encoding import printable, type_name

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_LOG = 200_000
_SECRET = ("secret", "token", "password", "passwd", "api_key", "apikey", "credential", "private_key", "passphrase")
_VARIABLES = ("BROKER_API_KEY", "BROKER_API_SECRET", "EXCHANGE_API_KEY", "EXCHANGE_API_SECRET", "DATABASE_PASSWORD")


class Traces(logging.Handler):
    """Take in everything that is logged."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self._lines: list[str] = []
        self._size = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        line = self.format(record)
        if self._size < _LOG:
            self._lines.append(line)
            self._size += len(line)

    def plant(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Put ``word`` into the environment and begin to listen."""
        os.environ.update(dict.fromkeys(_VARIABLES, request["word"]))
        root = logging.getLogger()
        root.addHandler(self)
        root.setLevel(1)
        return {"variables": list(_VARIABLES)}

    def collect(self, instance: object) -> dict[str, Any]:
        """Return what was logged, and the instance as it shows itself."""
        return {"log": printable("\n".join(self._lines), _LOG), "shown": _shown(instance)}


def secrets(target: object) -> list[str]:
    """Return the fields of the configuration class that hold text and are named like a secret."""
    configuration = getattr(target, "Config", None)
    if not isinstance(configuration, type) or not attrs.has(configuration):
        return []
    fields = [field for field in attrs.fields(configuration) if field.type in {str, "str"} or "str" in str(field.type)]
    return [field.name for field in fields if any(word in field.name.lower() for word in _SECRET)]


def _shown(instance: object) -> str:
    try:
        return printable(repr(instance), _LOG)
    except Exception as error:  # noqa: BLE001 # a component's repr may raise anything
        return f"<repr raised {type_name(type(error))}>"
