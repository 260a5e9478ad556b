"""Drafts of frozen records: for the few that are made once or more for every order."""

from typing import Any


def draft_of(record: type) -> type[Any]:
    """Return a subclass of a frozen record whose instances may be filled in, field by field.

    Make one without arguments, set every field, then let ``draft.__class__ = record`` freeze it: what comes of it
    cannot be told from a record made by its ``__init__``. That one takes five times as long, since it is called with
    keywords and sets each field through ``object.__setattr__``. Defaults, converters and validators are left out.
    """
    plain = {
        "__slots__": (),
        "__init__": object.__init__,
        "__setattr__": object.__setattr__,
        "__delattr__": object.__delattr__,
    }
    return type(f"{record.__name__}Draft", (record,), plain)
