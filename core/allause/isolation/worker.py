"""The loop inside a child: one request after the other, over the private descriptor."""

import builtins
import inspect
import pickle
from collections.abc import Callable
from importlib import import_module
from time import perf_counter_ns as _now
from typing import Any

from allause.converter import converter
from allause.exceptions import ComponentError, ConfigurationError
from allause.isolation.arguments import build
from allause.isolation.audit import Audit
from allause.isolation.bounds import Bounds, OversizedError
from allause.isolation.crowd import Crowd
from allause.isolation.disguise import elsewhere, hide, moved
from allause.isolation.encoding import encode, is_awaitable, printable, type_name
from allause.isolation.facts import attribute_facts, target_facts
from allause.isolation.failures import describe_failure
from allause.isolation.identities import Identities
from allause.isolation.loops import Loops
from allause.isolation.sabotage import Sabotage
from allause.isolation.settings import Settings
from allause.isolation.spoiling import spoil
from allause.isolation.surroundings import Screen, Surroundings
from allause.isolation.timing import Bound, clocks, repeat
from allause.isolation.traces import Traces, secrets
from allause.isolation.unawaited import Unawaited
from allause.isolation.wire import pack, receive, send

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_NAME = 300

Request = dict[str, Any]
Answer = dict[str, Any]


class Worker:
    """Serve one component in one child; made in the helper, attached to a channel in the child.

    Attributes:
        descriptor: the private one.
        answer_bytes: bound of one answer.
        link: descriptor of a session with a venue; None when there is none.
    """

    def __init__(self) -> None:
        self.descriptor = -1
        self.answer_bytes = 0
        self.link: int | None = None
        self._bounds = Bounds()
        self._nonce = ""
        self._module = ""
        self._target: Any = None
        self._instance: Any = None
        self._unmade: BaseException = ComponentError("there is no instance: none was asked for, or it is None")
        self._loops = Loops()
        self._last: Any = None
        self._repeated: list[tuple[str, Any]] = []
        self._sabotage = Sabotage()
        unawaited, surroundings, screen, traces = Unawaited(), Surroundings(), Screen(), Traces()
        identities = Identities()  # last, for what the others put somewhere is ours
        self._operations: dict[str, Callable[[Request], Answer]] = {
            "import": self._import,
            "facts": self._facts,
            "construct": self._construct,
            "call": self._call,
            "live": self._live,
            "series": lambda request: {"answers": [self._outcome({**c, "op": "call"}) for c in request["calls"]]},
            "run": self._run,
            "unawaited": unawaited.listed,
            "threads": surroundings.threads,
            "leave": surroundings.threads,
            "settings": Settings().look,
            "holdings": surroundings.holdings,
            "ambience": surroundings.ambience,
            "screen": screen.watch,
            "audit": Audit().look,
            "spoil": self._spoil,
            "arm": self._sabotage.arm,
            "sabotage": self._sabotage.perform,
            "cancel": self._cancel,
            "tasks": lambda request: {"tasks": self._loops.tasks(request["grace_s"])},
            "crowd": self._crowd,
            "repeat": self._repeat,
            "clocks": clocks,
            "identities": lambda _: identities.look(self._module),
            "hide": self._hide,
            "plant": traces.plant,
            "traces": lambda _: traces.collect(self._instance),
            "secrets": lambda _: {"fields": secrets(self._target)},
            "freeze": lambda _: {"frozen": pickle.dumps(self._instance).hex()},
            "thaw": self._thaw,
        }

    def attach(self, descriptor: int, answer_bytes: int, link: int | None = None) -> None:
        """Take the private descriptor, the bound of one answer, and the link to a venue, if any."""
        self.descriptor, self.answer_bytes, self.link = descriptor, answer_bytes, link
        self._bounds = Bounds(size=answer_bytes)

    def serve(self) -> None:
        """Answer requests until one says ``leave`` or the host is gone."""
        while True:
            try:
                request = receive(self.descriptor)
            except EOFError:
                return
            self._nonce = request["nonce"]
            self.answer(self._nonce, self._outcome(request))
            if request["op"] == "leave":
                return

    def answer(self, nonce: str, answer: Answer) -> None:
        """Send one answer, or that it is too large."""
        frame = pack({"nonce": nonce, **answer})
        if len(frame) > self.answer_bytes:
            bound = f"an answer of {len(frame)} bytes, at most {self.answer_bytes} are taken"
            frame = pack({"nonce": nonce, "outcome": "oversized", "bound": bound})
        send(self.descriptor, frame)

    def _outcome(self, request: Request) -> Answer:
        stage = "operation"
        if request.get("anew"):
            try:
                self._construct({})
            except BaseException as error:  # noqa: BLE001 # whatever it raises, the instance before is kept
                self._unmade = error if self._instance is None else self._unmade
        try:
            answer = self._operations[request["op"]](request)
            stage = "answer"
            if "value" in answer:
                answer["value"] = encode(answer["value"], self._bounds)
        except OversizedError as error:
            return {"outcome": "oversized", "bound": printable(str(error), _NAME)}
        except BaseException as error:  # noqa: BLE001 # whatever a component raises is the answer, SystemExit included
            return {"outcome": "raised", "exception": describe_failure(error), "stage": stage}
        return {"outcome": "returned", **answer}

    def _import(self, request: Request) -> Answer:
        self._module = request["module"]
        target: Any = import_module(self._module)
        for name in filter(None, request.get("attribute", "").split(".")):
            target = getattr(target, name)
        self._target = target
        return self._facts(request)

    def _hide(self, _request: Request) -> Answer:
        self.descriptor = moved(self.descriptor)
        self.link = self.link if self.link is None else moved(self.link)
        return hide()

    def _facts(self, request: Request) -> Answer:
        subject = self._target if self._instance is None else self._instance
        attributes = {name: attribute_facts(subject, name) for name in request.get("names", ())}
        return {"target": target_facts(subject), "attributes": attributes}

    def _construct(self, request: Request) -> Answer:
        self._loops.renew()
        configuration = request.get("configuration")
        if configuration is None:
            self._instance = self._target()
        else:
            self._instance = self._target(config=self._configured(build(configuration, self.link)))
        return {"type": printable(type_name(type(self._instance)), _NAME)}

    def _configured(self, configuration: Any) -> Any:
        try:
            return converter().structure(configuration, self._target.Config)
        except Exception as error:
            raise ConfigurationError(f"{type_name(type(error))}: {printable(str(error), _NAME)}") from error

    def _call(self, request: Request) -> Answer:
        function, arguments = self._bound_method(request["method"]), build(request.get("arguments", {}), self.link)
        if request.get("traced") == request["method"]:
            answer = self._sabotage.trace(self._instance, lambda: self._invoke(function, arguments, request))
        else:
            answer = self._invoke(function, arguments, request)
        if request.get("kept"):
            self._last = answer["value"]
            answer["arguments"] = encode(arguments, self._bounds)
        return answer

    def _live(self, request: Request) -> Answer:
        for life in request["lives"]:
            self._construct({})
            for call in life:
                try:
                    function, arguments = getattr(self._instance, call["method"]), build(call["arguments"], self.link)
                    done = self._invoke(function, arguments, call)
                    encode(done["value"], self._bounds)  # an answer that is made while it is read has been made then
                except OversizedError:
                    raise
                except BaseException:  # noqa: BLE001, S112 # whatever a component raises is an answer; nobody reads it
                    continue
        return {"lives": len(request["lives"])}

    def _spoil(self, request: Request) -> Answer:
        answers = []
        for call in request["calls"]:
            first = self._outcome({**call, "op": "call", "kept": True})
            edits = spoil(self._last, request["marker"]) if first["outcome"] == "returned" else 0
            answers.append(self._outcome({**call, "op": "call"}) if edits else first)
        return {"answers": answers}

    def _run(self, request: Request) -> Answer:
        module, _, path = request["reference"].partition(":")
        function: Any = import_module(module)
        for name in path.split("."):
            function = getattr(function, name)
        arguments = build(request.get("arguments", {}), self.link)
        if "progress" in inspect.signature(function).parameters:
            arguments["progress"] = self._progress
        return self._invoke(function, arguments, request)

    def _bound(self, calls: Any) -> list[Bound]:
        return [(self._bound_method(method), build(arguments, self.link)) for method, arguments in calls]

    def _bound_method(self, name: str) -> Any:
        """Return the method; raise what the constructor raised when there is no instance."""
        if self._instance is None:
            raise self._unmade
        return getattr(self._instance, name)

    def _cancel(self, request: Request) -> Answer:
        ((function, arguments),) = self._bound([(request["method"], request.get("arguments", {}))])
        return self._loops.cancel(lambda: function(**arguments), request["grace_s"])

    def _crowd(self, request: Request) -> Answer:
        named = [
            [(name, *bound) for (name, _), bound in zip(calls, self._bound(calls), strict=True)]
            for calls in request["lists"]
        ]
        announced = request.get("announced")
        crowd = Crowd(named, request["for_s"], request["most"], lambda name: self._announce(name, announced))
        stuck = crowd.run(request["patience_s"])
        return {"done": crowd.done, "raised": sorted(crowd.raised), "stuck": stuck}

    def _repeat(self, request: Request) -> Answer:
        if any(arguments is not None for _, arguments in request["calls"]):  # else those before once more
            self._repeated = request["calls"]
        return repeat(self._bound(self._repeated), self._settled, request["most"], request["for_s"])

    def _thaw(self, request: Request) -> Answer:
        self._instance = pickle.loads(bytes.fromhex(request["frozen"]))  # noqa: S301 # of the same component
        return {"type": printable(type_name(type(self._instance)), _NAME)}

    def _invoke(self, function: Callable[..., Any], arguments: dict[str, Any], request: Request) -> Answer:
        items, exhausted, pause_s = None, None, 0.0
        manner = request.get("manner")
        start = _now()
        if manner == "loop":
            value, awaitable, pause_s = self._loops.inside(lambda: function(**arguments))
        else:
            value = elsewhere(function, arguments) if manner == "thread" else function(**arguments)
            awaitable = is_awaitable(value)
            value = self._settled(value) if request.get("awaited", False) else value
        if (parts := request.get("fed")) is not None:
            value = [*map(value.feed, build(parts)), value.finish()]
        if (count := request.get("consume")) is not None:
            value, exhausted = self._consume(value, count)
            items = len(value)
        return {
            "value": value,
            "declared_async": inspect.iscoroutinefunction(function),
            "awaitable": awaitable,
            "items": items,
            "exhausted": exhausted,
            "seconds": (_now() - start) / 1e9,
            "pause_s": pause_s,
        }

    def _settled(self, value: Any) -> Any:
        return self._loops.settle(value) if is_awaitable(value) else value

    def _consume(self, value: Any, count: int) -> tuple[list[Any], bool]:
        """Take up to ``count`` items; exhausted means that it ended before them."""
        taken: list[Any] = []
        if hasattr(type(value), "__aiter__"):
            source = aiter(value)
            while len(taken) < count:
                try:
                    taken.append(self._loops.settle(anext(source)))
                except StopAsyncIteration:
                    return taken, True
            return taken, False
        iterator = iter(value)
        while len(taken) < count:
            try:
                taken.append(next(iterator))
            except StopIteration:
                return taken, True
        return taken, False

    def _progress(self, value: Any) -> None:
        """Pass one progress message to the host, while a request is running."""
        send(self.descriptor, pack({"nonce": self._nonce, "progress": encode(value, self._bounds)}))

    def _announce(self, name: str, announced: str | None) -> None:
        if name == announced:
            self._progress({"ended": name})
