"""The function with which an interview puts its questions to a component."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from allause.evidence.exchange import Exchange
from allause.kinds import Heard, Question

if TYPE_CHECKING:  # it makes askers of itself
    from allause.evidence.examinee import Examinee


class EndedError(Exception):
    """Leave an interview: the child gave no proper answer.

    Attributes:
        exchange: the one that ended it.
    """

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange.call)
        self.exchange = exchange


class Asker:
    """Put the questions of an interview, one by one or several together."""

    def __init__(self, examinee: "Examinee", exchanges: list[Exchange], options: Mapping[str, Any]) -> None:
        self._examinee, self._exchanges, self._options = examinee, exchanges, options

    def __call__(self, method: str, /, *, consume: int | None = None, **arguments: Any) -> Heard:
        """Put one question.

        Raises:
            EndedError: the child gave no proper answer.
        """
        (heard,) = self._heard([self._examinee.call(method, consume=consume, options=self._options, **arguments)])
        return heard

    def together(self, questions: Sequence[Question]) -> list[Heard]:
        """Put questions none of which depends on the answer to another; raises what one alone does."""
        calls = [(method, arguments, None) for method, arguments in questions]
        return self._heard(self._examinee.calls(calls, options=self._options))

    def _heard(self, exchanges: Sequence[Exchange]) -> list[Heard]:
        self._exchanges += exchanges
        if exchanges[-1].ended_badly:
            raise EndedError(exchanges[-1])
        return [Heard(value=each.value, error=each.error, message=each.message) for each in exchanges]
