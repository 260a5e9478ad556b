"""Find in an answer what a contract seldom allows."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import attrs

from allause.isolation.bounds import within
from allause.isolation.plain import bare


@attrs.frozen
class Stranger:
    """Name a place where an answer holds something a contract seldom allows.

    Attributes:
        path: such as ``$.details.latency[3]``.
        tag: ``$float`` (also for a Decimal that is not finite), ``$awaitable``, ``$iterator``, ``$object`` or
            ``$mapping``.
        text: the value or type.
    """

    path: str
    tag: str
    text: str


def strangers(plain: Any, path: str = "$") -> Iterator[Stranger]:
    """Yield what is not finite, awaitable, iterator, opaque or oddly keyed in ``plain``, which was decoded before."""
    if type(plain) is list:
        plain = dict(enumerate(plain))
        tag = ""
    elif type(plain) is dict:
        tag = next((key for key in plain if key.startswith("$")), "")
    else:
        return
    content: Any = plain.get(tag)
    if tag in {"$float", "$awaitable", "$iterator", "$object"}:
        yield Stranger(path, tag, str(content))
    elif tag == "$decimal" and not Decimal(content).is_finite():
        yield Stranger(path, "$float", content)
    elif tag == "$mapping":
        yield Stranger(path, tag, ", ".join(str(bare(key)) for key, _ in content[:5]))
    for inner, part in _parts(plain, tag, path):
        yield from strangers(part, inner)


def _parts(plain: dict[Any, Any], tag: str, path: str) -> Iterator[tuple[str, Any]]:
    """Yield what lies inside, with its path."""
    if tag == "$tuple":
        yield path, plain[tag]
    elif tag == "$mapping":
        yield from ((within(path, bare(key)), item) for key, item in plain[tag])
    elif tag == "$table":
        yield path, plain[tag]["columns"]
    elif tag in {"", "$record"}:
        yield from ((within(path, key), item) for key, item in (plain["fields"] if tag else plain).items())
