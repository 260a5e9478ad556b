"""Client order ids that are chosen here."""

from collections.abc import Callable, Collection
from itertools import count


def fresh_ids(prefix: str, used: Collection[str]) -> Callable[[], str]:
    """Return what chooses the next id: the prefix with a number, and never one that is used by then."""
    numbers, start = count(len(used) + 1), f"{prefix}-"

    def new_id() -> str:
        while (chosen := start + str(next(numbers))) in used:
            pass
        return chosen

    return new_id
