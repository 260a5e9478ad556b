"""The function with which an interview puts its questions to a component."""

from collections.abc import Callable, Sequence
from typing import Any

from allause.evidence.exchange import Call, Exchange
from allause.kinds import Heard, Question


class EndedError(Exception):
    """Leave an interview: the child gave no proper answer.

    Attributes:
        exchange: the one that ended it.
    """

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange.call)
        self.exchange = exchange


class Asker:
    """Put the questions of an interview, one by one or several together, and keep each exchange."""

    def __init__(self, put: Callable[[Sequence[Call]], list[Exchange]], exchanges: list[Exchange]) -> None:
        self._put, self._exchanges = put, exchanges

    def __call__(self, method: str, /, *, consume: int | None = None, **arguments: Any) -> Heard:
        """Put one question.

        Raises:
            EndedError: the child gave no proper answer.
        """
        (heard,) = self._heard([(method, arguments, consume)])
        return heard

    def together(self, questions: Sequence[Question]) -> list[Heard]:
        """Put questions none of which depends on the answer to another; raises what one alone does."""
        return self._heard([(method, arguments, None) for method, arguments in questions])

    def _heard(self, calls: Sequence[Call]) -> list[Heard]:
        exchanges = self._put(calls)
        self._exchanges += exchanges
        if exchanges[-1].ended_badly:
            raise EndedError(exchanges[-1])
        return [Heard(value=each.value, error=each.error, message=each.message) for each in exchanges]
