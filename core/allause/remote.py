"""A component in a child of its own, called like one in this process; what it is given of a venue is a session."""

import builtins
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import Any

from allause import exceptions
from allause.component import DEFAULT_DEADLINE_S, Component
from allause.discovery import ComponentRecord, printable
from allause.exceptions import AllauseError, ComponentError, ComponentTimeoutError, OrderDeniedError, ValidatorError
from allause.fronts import Server
from allause.isolation import Answer, Helper, Limits, Outcome
from allause.isolation.arguments import make_record
from allause.isolation.bounds import Bounds, GarbledError, OversizedError
from allause.isolation.encoding import encode
from allause.isolation.plain import Decoder
from allause.kinds import KINDS
from allause.measurement import SteppingClock
from allause.models.context import Context

_BUILD_S = 30.0
_PATIENCE_S = 10.0


class RemoteComponent(Component):
    """Host one instance of a component in a child; see ``Component``.

    The venue session of the context it is started with stays here and is served over a descriptor: the venue, its log
    and whatever the session does on purpose are out of the component's reach. The child is killed by ``close``.
    """

    def __init__(
        self,
        record: ComponentRecord,
        helper: Helper,
        configuration: Mapping[str, Any] | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Import and construct the component in a new child.

        :param record: of the component.
        :param helper: forks the child.
        :param configuration: of the component; its defaults when left out.
        :param limits: of the child; ``wall_s`` bounds all calls together.

        Raises:
            ComponentError: it cannot be imported or constructed.
            ConfigurationError: the configuration does not fit.
        """
        super().__init__(record.id, KINDS[record.kind], None)
        self._record, self._helper, self._configuration = record, helper, configuration
        self._server: Server | None = None
        self._session = helper.session(limits=limits, link=self.kind.trades)
        self._left_s = self._session.limits.wall_s
        self._build()

    @property
    def lost(self) -> str:
        """Say why nothing can be asked of it any more, since its process is gone; empty while it lives."""
        return self._abandoned

    def call(self, name: str, /, *, deadline_s: float = DEFAULT_DEADLINE_S, **arguments: Any) -> Any:
        """Call a method in the child and return its value, records as those of ``allause.models``.

        Raises:
            ComponentTimeoutError: no answer within ``deadline_s``; the child is gone.
            ComponentError: it raised, with what stands for the original error as the cause; or the child is gone, or
                it sent the venue something that no session sends.
            AllauseError: the component raised one of the contract's own errors.
        """
        return self._observed(name, lambda: self._ask(name, arguments, deadline_s))

    def take(self, name: str, count: int, /, *, deadline_s: float = DEFAULT_DEADLINE_S, **arguments: Any) -> Any:
        """Call a method that answers a stream and return its first items."""
        return self._observed(name, lambda: self._ask(name, arguments, deadline_s, consume=count))

    def burst(
        self, lists: Sequence[Sequence[tuple[str, dict[str, Any]]]], ended: Callable[[], None], last: str
    ) -> None:
        """Make calls from several threads of the child at once."""

        def run() -> None:
            calls = [[(name, _encoded(arguments)) for name, arguments in each] for each in lists]
            answer = self._request(
                "crowd", _PATIENCE_S * 3, lambda _: ended(),
                lists=calls, for_s=0.0, most=0, patience_s=_PATIENCE_S, announced=last,
            )  # fmt: skip # one request
            if answer.data.get("stuck"):
                raise ComponentError(f"{self.id}: calls from {len(lists)} threads never end", self.id, last)

        self._observed(last, run)

    def method(self, name: str) -> Callable[..., Any]:
        """Return a function that calls the method in the child."""

        def call(**arguments: Any) -> Any:
            return self.call(name, **arguments)

        return call

    def kill(self) -> None:
        """Send the child SIGKILL, from any thread, in the middle of whatever it does."""
        self._session.strike()

    def revive(self) -> None:
        """Kill the child and build the component again in another one, on the directory of the first.

        Raises:
            ComponentError: it cannot be constructed there.
        """
        self._session.strike()
        self._stop_serving()
        self._session = self._helper.successor(self._session)
        self._abandoned = ""
        self._build()

    def close(self, deadline_s: float = 5.0) -> None:
        """Close the component, and end the child.

        Raises:
            ComponentError: its ``close`` failed; the child is ended all the same.
        """
        try:
            if not (self._abandoned or self._session.over):
                self.call("close", deadline_s=deadline_s)
        finally:
            self.dispose()

    def dispose(self) -> None:
        """End the child as it is; may be called twice."""
        self._stop_serving()
        self._session.close()

    def _build(self) -> None:
        try:
            self._request("import", _BUILD_S, module=self._record.module, attribute=self._record.attribute, names=[])
            self._request("construct", _BUILD_S, configuration=encode(self._configuration))
        except (AllauseError, Exception, SystemExit) as error:
            self.dispose()
            if isinstance(error, AllauseError):
                raise
            raise self._failed("construct", error) from error

    def _ask(self, name: str, arguments: Mapping[str, Any], deadline_s: float, consume: int | None = None) -> Any:
        answer = self._request("call", deadline_s, method=name, arguments=self._described(arguments), awaited=True,
                               consume=consume)  # fmt: skip # one request
        try:
            return _DECODER.decode(answer.data["value"])
        except (GarbledError, OversizedError) as error:
            raise ComponentError(f"{self.id}: {name}() answered what cannot be read: {error}", self.id, name) from None

    def _request(self, operation: str, deadline_s: float, progress: Any = None, /, **fields: Any) -> Answer:
        name = str(fields.get("method", operation))
        self._refuse_when_abandoned(name)
        answer = self._session.request(operation, deadline_s=min(deadline_s, self._left_s), progress=progress, **fields)
        self._left_s = max(0.0, self._left_s - answer.seconds)
        if self._server is not None and self._server.problem:
            self._lose(f"{self.id}: {name}() sent the venue what no session sends: {self._server.problem}", name)
        if answer.outcome is Outcome.RETURNED:
            return answer
        if answer.outcome is Outcome.RAISED:
            raise _raised(answer.data["exception"])
        if answer.outcome is Outcome.TIMED_OUT:
            self._abandoned = f"{self.id}: {name}() gave no answer within {deadline_s:g} s; it is not called again"
            raise ComponentTimeoutError(self._abandoned, self.id, name)
        self._lose(f"{self.id}: {name}(): its process {answer.outcome.replace('_', ' ')}: {answer.reason}", name)
        raise ValidatorError("unreachable")

    def _lose(self, message: str, name: str) -> None:
        """Give the component up."""
        self._abandoned = printable(message, 400)
        self._session.strike()
        raise ComponentError(self._abandoned, self.id, name)

    def _described(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: {"$context": self._context(value)} if isinstance(value, Context) else encoded
            for (name, value), encoded in zip(arguments.items(), _encoded(arguments).values(), strict=True)
        }

    def _context(self, context: Context) -> dict[str, Any]:
        self._stop_serving()
        link = self._session.link
        if context.venue is not None and link is not None:
            self._server = Server(context.venue, link.dup())
        return {
            "seed": context.seed,
            "name": self.id,
            "folder": context.directory.name,
            "venue": self._server is not None,
            "clock_steps": list(context.clock.steps_s) if isinstance(context.clock, SteppingClock) else [],
        }

    def _stop_serving(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()


def _encoded(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"$word": [type(value).__name__, str(value)]} if isinstance(value, StrEnum) else encode(value)
        for name, value in arguments.items()
        if not isinstance(value, Context)
    } | {name: None for name, value in arguments.items() if isinstance(value, Context)}


def _record(named: tuple[str, dict[str, Any]]) -> Any:
    """Return a record of the contract, or the fields when it is none."""
    name, fields = named
    try:
        return make_record(name, fields)
    except (ValueError, TypeError):
        return fields


_DECODER = Decoder(Bounds(), builders={"$record": _record})


def _raised(failure: Mapping[str, Any]) -> BaseException:
    """Return what stands for an exception of the child: one of the contract's own, a built-in one, or a plain one."""
    message = printable(failure["message"])
    for path in failure["mro"]:
        module, _, name = path.rpartition(".")
        kind = getattr(exceptions if module == exceptions.__name__ else builtins, name, None)
        if module not in {exceptions.__name__, "builtins"} or not isinstance(kind, type):
            continue
        if issubclass(kind, OrderDeniedError):
            return kind(message, "")
        if issubclass(kind, Exception | SystemExit):
            with suppress(TypeError):  # some take more than a text; their parents come next
                return kind(message)
    return Exception(message)
