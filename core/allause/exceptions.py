"""What can go wrong, in one tree.

AllauseError
├── UsageError            a wrong option, name or path: the command line's exit code 2
│   └── ConfigurationError    a key or value of a configuration
├── DataError             a market data file or table that cannot be trusted
├── ComponentError        a component raised, hung, died or answered garbage
│   └── ComponentTimeoutError     it did not answer within its deadline
├── OrderError            an order that did not leave
│   ├── OrderDeniedError      refused by a pre-trade limit, a halt or the contract
│   └── OrderConflictError    a client order id reused with another payload
├── JournalError          the journal cannot be written or cannot be trusted
├── StrategyError         a strategy raised, or asked for what is no order
├── VenueError            the venue refused for a stated reason
│   └── VenueUnknownError     the outcome is not known: reconcile, never resend
└── ValidatorError        the validator itself failed: exit code 3
"""

from collections.abc import Sequence


def message_of(error: BaseException) -> str:
    """Return the type and the text of what a stranger's code raised; to ask for the text may raise in turn."""
    try:
        text = str(error) or "no message"
    except (Exception, SystemExit):  # noqa: BLE001 - it is a stranger's, too
        text = "a message that cannot be read"
    return f"{type(error).__name__}: {text}"


class AllauseError(Exception):
    """Base of every error raised on purpose by allause."""


class UsageError(AllauseError):
    """Report a request that cannot be carried out as asked."""


class ConfigurationError(UsageError):
    """Report a configuration key or value that does not fit.

    Attributes:
        path: where in the configuration, such as ``limits.max_quantity``.
    """

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class DataError(AllauseError):
    """Report market data that is missing, malformed or untrustworthy.

    The message names the file or symbol, what was expected and what was found.

    Attributes:
        columns: those of a file in which no table is recognised, bars least of all; empty for every other reason.
    """

    def __init__(self, message: str, columns: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.columns = tuple(columns)


class ComponentError(AllauseError):
    """Report that a component failed while the host called it.

    Attributes:
        component: identity, ``distribution:name``.
        method: the method called, or ``import`` and ``construct``.
    """

    def __init__(self, message: str, component: str = "", method: str = "") -> None:
        super().__init__(message)
        self.component = component
        self.method = method


class ComponentTimeoutError(ComponentError):
    """Report that a component did not answer within its deadline."""


class OrderError(AllauseError):
    """Report an order that did not leave the execution component."""


class OrderDeniedError(OrderError):
    """Report an order refused before it left: a limit, a halt, or a value the contract forbids.

    Attributes:
        reason: a short stable word, such as ``max_quantity`` or ``halted``.
    """

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type["OrderDeniedError"], tuple[str, str]]:
        """Say how it is made anew: in another process it has its reason too."""
        return type(self), (str(self), self.reason)


class OrderConflictError(OrderError):
    """Report a client order id that was used before with another payload."""


class JournalError(AllauseError):
    """Report a journal that cannot be written, or that holds damage."""


class StrategyError(AllauseError):
    """Report that a strategy raised or answered something that is no order."""


class VenueError(AllauseError):
    """Report a venue's provable refusal: the order does not exist there."""


class VenueUnknownError(VenueError):
    """Report that the venue's answer was lost.

    The order may or may not exist. The only correct answer is to reconcile.
    """


class ValidatorError(AllauseError):
    """Report that the validator itself failed, so that no verdict can be given."""
