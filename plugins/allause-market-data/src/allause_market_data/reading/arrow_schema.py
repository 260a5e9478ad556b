"""What an Arrow schema says that is lost when polars reads it: which columns hold days in milliseconds (date64).

Polars makes moments of them. A day ends when it is over, and the moment at which it begins would be a day too early.
"""

from collections.abc import Iterator

from allause_market_data.reading.flatbuffer import field, number, pointed

_HEADER, _FIELDS = 2, 1  # the schema in a message, the fields in a schema
_NAME, _KIND, _TYPE, _UNIT = 0, 2, 3, 0  # of a field, and the unit in its type
_DATE = 8  # among the kinds of types
_DAYS = 0  # among the units of dates, where milliseconds are left out


def days(message: bytes) -> frozenset[str]:
    """Return the names of the columns of days in milliseconds.

    Args:
        message: a flatbuffer Message whose header is a schema, from its root on.
    """
    schema = pointed(message, field(message, number(message, 0, 4), _HEADER))
    return frozenset(_days(message, pointed(message, field(message, schema, _FIELDS))))


def _days(message: bytes, vector: int) -> Iterator[str]:
    for place in range(vector + 4, vector + 4 + 4 * min(number(message, vector, 4), len(message)), 4):
        column = pointed(message, place)
        kind, unit = (
            field(message, column, _KIND),
            field(message, pointed(message, field(message, column, _TYPE)), _UNIT),
        )
        if kind and number(message, kind, 1) == _DATE and not (unit and number(message, unit, 2) == _DAYS):
            name = pointed(message, field(message, column, _NAME))
            yield message[name + 4 : name + 4 + max(number(message, name, 4), 0)].decode("utf-8", "replace")
