"""One live component: called, contained and timed by the host.

``call`` and ``acall`` always give a value, whether the component's method is ``def`` or ``async def``, within a
deadline. A plain method runs on the component's own thread, so that a hang costs the caller only the deadline
and a component tied to one thread works. ``bind`` is for the hot path: the caller's thread and no deadline.
"""

import asyncio
import atexit
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from types import TracebackType
from typing import Any, Self

import anyio
import attrs
import pluggy
from anyio.from_thread import BlockingPortal, start_blocking_portal

from allause.exceptions import AllauseError, ComponentError, ComponentTimeoutError, message_of
from allause.hookspecs import StandardSpec
from allause.kinds import KINDS, Kind
from allause.measurement import SystemClock
from allause.thread import OwnThread

DEFAULT_DEADLINE_S = 30.0
_monotonic_ns = SystemClock().monotonic_ns


@attrs.frozen(kw_only=True)
class CallTrace:
    """Record one call of a component, as the host saw it.

    Attributes:
        component: identity.
        method: the method called.
        nanoseconds: monotonic, around the call.
        error: class and text of what was raised; empty when it returned.
    """

    component: str
    method: str
    nanoseconds: int
    error: str = ""


class _HostLoop:
    """Own the one event loop on which every asynchronous component method runs."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._portal: BlockingPortal | None = None

    def portal(self) -> BlockingPortal:
        with self._lock:
            if self._portal is None:
                manager = start_blocking_portal(name="allause-loop")
                self._portal = manager.__enter__()
                atexit.register(manager.__exit__, None, None, None)
            return self._portal


_HOST_LOOP = _HostLoop()


class Component:
    """Host one instance of a component.

    Attributes:
        id: ``distribution:name``.
        kind: the entry of KINDS.
        instance: the component's own object.
        calls: number of calls by method.
        observer: called with a ``CallTrace`` after every call; None when nobody watches.
    """

    def __init__(self, identity: str, kind: Kind, instance: object) -> None:
        self.id = identity
        self.kind = kind
        self.instance = instance
        self.calls: Counter[str] = Counter()
        self.observer: Callable[[CallTrace], None] | None = None
        self._thread: OwnThread | None = None
        self._abandoned = ""

    @property
    def lost(self) -> str:
        """Say why nothing can be asked of it any more, since its process is gone; empty for one in this process."""
        return ""

    def method(self, name: str) -> Callable[..., Any]:
        """Return the bound method.

        Raises:
            ComponentError: it does not exist or cannot be called.
        """
        bound = getattr(self.instance, name, None)
        if not callable(bound):
            found = "nothing" if bound is None else type(bound).__name__
            raise ComponentError(f"{self.id} has no method {name}(): found {found}", self.id, name)
        return bound  # type: ignore[no-any-return]  # callable() narrows Any to a callable returning object

    def call(self, name: str, /, *, deadline_s: float = DEFAULT_DEADLINE_S, **arguments: Any) -> Any:
        """Call a method from synchronous code and return its value, awaited where it is a coroutine.

        Raises:
            ComponentTimeoutError: no answer within ``deadline_s``; a component that hung in a plain method is
                not called again.
            ComponentError: it raised; the original error is the cause.
            AllauseError: the component raised one of the contract's own errors, passed on unchanged.
        """
        bound = self.method(name)
        return self._observed(name, lambda: self._run(name, bound, arguments, deadline_s))

    async def acall(self, name: str, /, *, deadline_s: float = DEFAULT_DEADLINE_S, **arguments: Any) -> Any:
        """Call a method from asynchronous code; the same as ``call``, without blocking the caller's loop."""
        bound = self.method(name)
        start = _monotonic_ns()
        error = ""
        try:
            self._refuse_when_abandoned(name)
            with anyio.fail_after(deadline_s):
                if inspect.iscoroutinefunction(bound):
                    return await bound(**arguments)
                value = await asyncio.wrap_future(self._own_thread().submit(lambda: bound(**arguments)))
                return await value if inspect.isawaitable(value) else value
        except TimeoutError:
            error = "deadline"
            raise self._timed_out(name, deadline_s, hung=not inspect.iscoroutinefunction(bound)) from None
        except AllauseError as raised:
            error = message_of(raised)
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as raised:
            error = message_of(raised)
            raise self._failed(name, raised) from raised
        finally:
            self._trace(name, start, error)

    def take(self, name: str, count: int, /, *, deadline_s: float = DEFAULT_DEADLINE_S, **arguments: Any) -> Any:  # noqa: ARG002 - for one that is not in this process
        """Call a method that answers a stream, of which ``count`` items will be taken."""
        return self.call(name, deadline_s=deadline_s, **arguments)

    def burst(
        self, lists: Sequence[Sequence[tuple[str, dict[str, Any]]]], ended: Callable[[], None], last: str
    ) -> None:
        """Make calls from as many threads as there are lists; what they raise is theirs.

        :param lists: name and arguments of each call, by thread.
        :param ended: called when the call of ``last`` has.
        :param last: the method that ``ended`` is about.
        """

        def work(calls: Sequence[tuple[str, dict[str, Any]]]) -> None:
            for name, arguments in calls:
                bound = self.method(name)
                with suppress(Exception, SystemExit):
                    if inspect.iscoroutinefunction(bound):
                        self.call(name, **arguments)
                    else:
                        bound(**arguments)
                if name == last:
                    ended()

        with ThreadPoolExecutor(len(lists)) as pool:
            self._observed(last, lambda: list(pool.map(work, lists)))

    def bind(self, name: str) -> Callable[..., Any]:
        """Return the method for the hot path: called on the caller's thread, without deadline or containment."""
        return self.method(name)

    def close(self, deadline_s: float = 5.0) -> None:
        """Close the component and give its thread back.

        Raises:
            ComponentError: its ``close`` failed; the thread is given back all the same.
        """
        try:
            if not self._abandoned:
                self.call("close", deadline_s=deadline_s)
        finally:
            if self._thread is not None:
                self._thread.stop()
                self._thread = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _run(self, name: str, bound: Callable[..., Any], arguments: Mapping[str, Any], deadline_s: float) -> Any:
        self._refuse_when_abandoned(name)
        if inspect.iscoroutinefunction(bound):
            return self._await(name, lambda: bound(**arguments), deadline_s)
        future = self._own_thread().submit(lambda: bound(**arguments))
        try:
            value = future.result(deadline_s)
        except TimeoutError:
            if future.done():  # the component itself raised a TimeoutError
                raise
            raise self._timed_out(name, deadline_s, hung=True) from None
        return self._await(name, lambda: value, deadline_s) if inspect.isawaitable(value) else value

    def _await(self, name: str, make: Callable[[], Awaitable[Any]], deadline_s: float) -> Any:
        async def within_deadline() -> Any:
            with anyio.move_on_after(deadline_s) as scope:
                return await make()
            if scope.cancelled_caught:
                raise self._timed_out(name, deadline_s, hung=False)
            return None

        coroutine: Callable[[], Coroutine[Any, Any, Any]] = within_deadline
        return _HOST_LOOP.portal().call(coroutine)

    def _observed(self, name: str, run: Callable[[], Any]) -> Any:
        start = _monotonic_ns()
        error = ""
        try:
            return run()
        except AllauseError as raised:
            error = message_of(raised)
            raise
        except (Exception, SystemExit) as raised:
            error = message_of(raised)
            raise self._failed(name, raised) from raised
        finally:
            self._trace(name, start, error)

    def _trace(self, name: str, start: int, error: str) -> None:
        self.calls[name] += 1
        if self.observer is not None:
            elapsed = _monotonic_ns() - start
            self.observer(CallTrace(component=self.id, method=name, nanoseconds=elapsed, error=error))

    def _refuse_when_abandoned(self, name: str) -> None:
        if self._abandoned:
            raise ComponentError(self._abandoned, self.id, name)

    def _own_thread(self) -> OwnThread:
        if self._thread is None:
            self._thread = OwnThread(f"allause-{self.id}")
        return self._thread

    def _timed_out(self, name: str, deadline_s: float, *, hung: bool) -> ComponentTimeoutError:
        message = f"{self.id}: {name}() gave no answer within {deadline_s:g} s"
        if hung:
            self._abandoned = f"{message}; it is not called again"
        return ComponentTimeoutError(message, self.id, name)

    def _failed(self, name: str, error: BaseException) -> ComponentError:
        return ComponentError(f"{self.id}: {name}() raised {message_of(error)}", self.id, name)


def plugin_manager() -> pluggy.PluginManager:
    """Return a plugin manager that knows the hookspecs of the standard API and of every kind."""
    manager = pluggy.PluginManager("allause")
    manager.add_hookspecs(StandardSpec)
    for kind in KINDS.values():
        manager.add_hookspecs(kind.spec)
    return manager


def register(manager: pluggy.PluginManager, component: Component) -> None:
    """Register a component under its identity.

    Raises:
        ComponentError: pluggy refuses it, or the identity is taken; the message says why.
    """
    try:
        manager.register(component.instance, name=component.id)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise ComponentError(f"{component.id} cannot be registered: {error}", component.id, "register") from error
