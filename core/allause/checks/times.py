"""Find times in an answer that cannot be nanoseconds UTC."""

from collections.abc import Iterator, Mapping
from typing import Any

from allause.checks.annotations import is_time

DAY_NS = 86_400_000_000_000
_EARLIEST_NS = 100 * DAY_NS
_ORDERED = (("ts_event", "ts_init"), ("ts_init", "ts_last"), ("ts_first", "ts_last"))


def bad_times(value: Any, path: str, latest: int) -> Iterator[str]:
    """Yield a sentence for each time in ``value`` that is too small, beyond ``latest``, or before one it follows."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from bad_times(item, f"{path}[{index}]", latest)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if is_time(str(name)):
                yield from _implausible(item, f"{path}.{name}", latest)
            else:
                yield from bad_times(item, f"{path}.{name}", latest)
        yield from _reversed(value, path)


def _implausible(value: Any, path: str, latest: int) -> Iterator[str]:
    for time in value if isinstance(value, list) else [value]:
        if isinstance(time, bool | float | str):
            yield f"{path} is {type(time).__name__} {time!r:.40}, expected integer nanoseconds"
        elif type(time) is int and 0 < time < _EARLIEST_NS:
            yield f"{path} is {time}, too small for nanoseconds since 1970"
        elif type(time) is int and time > latest:
            yield f"{path} is {time}, more than a day ahead of the host's clock"


def _reversed(record: Mapping[Any, Any], path: str) -> Iterator[str]:
    for earlier, later in _ORDERED:
        first, second = record.get(earlier), record.get(later)
        if type(first) is int and type(second) is int and 0 < second < first:
            yield f"{path}.{later} is {second}, before {earlier} {first}"
