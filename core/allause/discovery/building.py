"""Import one component and build it from its configuration."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import attrs
import cattrs

from allause.component import Component
from allause.converter import converter
from allause.discovery.record import ComponentRecord
from allause.discovery.text import printable
from allause.exceptions import ComponentError, ConfigurationError, message_of
from allause.kinds import KINDS, Kind
from allause.nearest import nearest


def load(record: ComponentRecord) -> Any:
    """Import a component's module and return its class or factory.

    Raises:
        ComponentError: the record is broken, or the import fails; the cause is attached.
    """
    if not record.module:
        raise ComponentError(f"{record.id} cannot be imported: {record.reason}", record.id, "import")
    try:
        target: Any = import_module(record.module)
        for part in record.attribute.split("."):
            target = getattr(target, part)
    except (Exception, SystemExit) as error:
        message = f"{record.id}: importing {record.module}:{record.attribute} raised {printable(message_of(error))}"
        raise ComponentError(message, record.id, "import") from error
    return target


def build(record: ComponentRecord, configuration: Mapping[str, Any] | None = None) -> Component:
    """Build one instance from its configuration and host it.

    Raises:
        ComponentError: import or construction failed.
        ConfigurationError: a key or value does not fit the component's ``Config`` class.
    """
    return construct(record.id, KINDS[record.kind], load(record), configuration)


def construct(identity: str, kind: Kind, target: Any, configuration: Mapping[str, Any] | None = None) -> Component:
    """Build one instance with a class or factory that is imported already; see ``build``."""
    arguments = {} if configuration is None else {"config": structure(identity, target, configuration)}
    try:
        instance = target(**arguments)
    except ConfigurationError:
        raise
    except (Exception, SystemExit) as error:
        raise ComponentError(
            f"{identity}: constructing it raised {printable(message_of(error))}", identity, "construct"
        ) from error
    return Component(identity, kind, instance)


def structure(identity: str, target: Any, configuration: Mapping[str, Any]) -> Any:
    """Turn a mapping into the component's ``Config``.

    Raises:
        ConfigurationError: naming the key, what was expected and, for an unknown key, what was probably meant.
    """
    shape = getattr(target, "Config", None)
    if shape is None or not attrs.has(shape):
        raise ConfigurationError(f"{identity} takes no configuration: its class has no attrs class 'Config'")
    names = [field.name for field in attrs.fields(shape)]
    for key in configuration:
        if key not in names:
            raise ConfigurationError(f"{identity} has {_unknown(key, names)}", str(key))
    try:
        return converter().structure(dict(configuration), shape)
    except cattrs.StructureHandlerNotFoundError as error:
        shown = printable(getattr(error.type_, "__name__", str(error.type_)))
        raise ConfigurationError(
            f"{identity} has a setting of type {shown}, which no configuration can hold; "
            "its author has to give that field of 'Config' a converter"
        ) from error
    except (cattrs.BaseValidationError, ValueError, TypeError) as error:
        problems = "; ".join(cattrs.transform_error(error, path="configuration", format_exception=_worded))
        raise ConfigurationError(f"the configuration of {identity} does not fit: {problems}") from error


def _worded(error: BaseException, shape: type | None) -> str:
    """Word one problem: a validator's own text, or what cattrs says of a value it could not convert."""
    if isinstance(error, cattrs.ForbiddenExtraKeysError):
        names = [field.name for field in attrs.fields(error.cl)]
        return ", ".join(_unknown(key, names) for key in sorted(error.extra_fields, key=str))
    text = str(error.args[0]) if isinstance(error, ValueError) and error.args else ""
    return printable(text) or cattrs.v.format_exception(error, shape)


def _unknown(key: object, names: Sequence[str]) -> str:
    close = nearest(str(key), names)
    hint = f"; did you mean {close!r}?" if close else f"; it has {', '.join(names)}"
    return f"no setting {printable(str(key))!r}{hint}"
