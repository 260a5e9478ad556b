"""What travels: the operations a child knows and the shape of each answer, checked again on the host.

A request is ``{"nonce", "op", ...}``; an answer echoes the nonce and says ``outcome`` (returned, raised or
oversized); a frame with ``progress`` instead of ``outcome`` may come before it.
"""

from collections.abc import Mapping
from typing import Any, Literal, NotRequired, TypedDict

from allause.isolation.sightings import Ambience, Armed, Holdings, Sabotaged, Screened, Settings


class TargetFacts(TypedDict):
    """State what was imported; ``configurable`` tells whether the class has an attribute ``Config``."""

    type: Literal["class", "function", "module", "instance"]
    qualname: str
    module: str
    configurable: bool


class ParameterFacts(TypedDict):
    """State one parameter, as ``inspect.signature`` shows it; ``kind`` such as ``keyword_only``."""

    name: str
    kind: str
    default: bool


class AttributeFacts(TypedDict):
    """State how one name is found.

    ``parameters`` include ``self`` and are None when there is no signature (``problem`` says why); ``dynamic``
    means that only ``__getattr__`` or ``__getattribute__`` could find it; ``marked`` that hookimpl was applied;
    ``type`` is that of what stands on the class, and ``binds`` tells that it is bound to an instance, as functions are.
    """

    found: Literal["function", "property", "staticmethod", "classmethod", "none", "missing", "other"]
    parameters: list[ParameterFacts] | None
    problem: str
    coroutine_function: bool
    async_generator_function: bool
    generator_function: bool
    marked: bool
    type: str
    binds: bool
    wrapped: bool
    defined_in: str
    file: str
    line: int | None
    dynamic: bool


class Imported(TypedDict):
    """Answer ``import`` (module, attribute, names) and ``facts`` (names)."""

    target: TargetFacts
    attributes: dict[str, AttributeFacts]


class Constructed(TypedDict):
    """Answer ``construct`` (configuration)."""

    type: str


class Called(TypedDict):
    """Answer ``call`` (method, arguments, awaited, consume, fed, kept, traced) and ``run`` (reference, ...).

    ``fed`` are put one by one to ``feed`` of what came, and then ``value`` is what that and ``finish`` answered.

    ``manner`` says where: ``thread`` for one of its own, ``loop`` for inside a running event loop, which then
    stood still for up to ``pause_s``. ``items`` and ``exhausted`` tell what ``consume`` took; ``seconds`` were
    measured inside and prove nothing; ``arguments`` are what ``kept`` asks for: as they are after the call.
    """

    value: Any
    declared_async: bool
    awaitable: bool
    items: int | None
    exhausted: bool | None
    seconds: float
    pause_s: float
    arguments: NotRequired[Any]


class FrameFacts(TypedDict):
    """State one frame of a traceback or of the stack."""

    file: str
    line: int | None
    function: str


class Failure(TypedDict):
    """Describe an exception; ``mro`` names its classes, most derived first."""

    type: str
    mro: list[str]
    message: str
    frames: list[FrameFacts]


class Raised(TypedDict):
    """Answer any operation in which something was raised; ``stage`` says where."""

    exception: Failure
    stage: Literal["operation", "answer"]


class NeverAwaited(TypedDict):
    """State one coroutine that was dropped without being awaited."""

    qualname: str
    file: str
    line: int


class Unawaited(TypedDict):
    """Answer ``unawaited``: those dropped since the child began."""

    coroutines: list[NeverAwaited]


class ThreadFacts(TypedDict):
    """State one live Python thread."""

    name: str
    daemon: bool


class Threads(TypedDict):
    """Answer ``threads`` and ``leave``: those beside the main one; ``native`` counts all of the process."""

    threads: list[ThreadFacts]
    native: int


class AuditEvent(TypedDict):
    """State one request to the system; ``file`` and ``line`` of the module being imported, else empty and 0.

    ``callers`` are told of requests to the network and of processes, the innermost first.
    """

    matter: Literal["network", "socket", "process", "thread", "file"]
    detail: str
    file: str
    line: int
    callers: list[FrameFacts]


class Audited(TypedDict):
    """Answer ``audit``: what happened since the last.

    ``path`` lists entries that came to or left sys.path; ``rewritten`` what was, ever since, in modules of others.
    """

    events: list[AuditEvent]
    path: list[str]
    rewritten: list[str]


class Cancelled(TypedDict):
    """Answer ``cancel`` (method, arguments, grace_s): whether the call was waiting, and whether it still is."""

    begun: bool
    pending: bool


class Lived(TypedDict):
    """Answer ``live`` (lives: lists of the fields of ``call``): how many new instances were put to calls."""

    lives: int


class Series(TypedDict):
    """Answer ``series`` (calls: fields of ``call``): what each came to, as if it had been asked for by itself.

    Of ``spoil`` (calls, marker), which edits each answer and asks again, what it came to then.
    """

    answers: list[dict[str, Any]]


class Tasks(TypedDict):
    """Answer ``tasks`` (grace_s): those still pending on an event loop."""

    tasks: list[str]


class Crowded(TypedDict):
    """Answer ``crowd`` (lists, for_s, most, patience_s): calls ended by method, classes raised, stuck threads."""

    done: dict[str, int]
    raised: list[str]
    stuck: list[str]


class Repeated(TypedDict):
    """Answer ``repeat`` (calls, most, for_s): nanoseconds of each call, of yardsticks, of other threads' waiting.

    Where all calls come without arguments, they are those of the request before.
    """

    took_ns: list[int]
    yardsticks_ns: list[int]
    waited_ns: int


class Clocks(TypedDict):
    """Answer ``clocks``: every clock in nanoseconds, as a component finds it."""

    clocks: dict[str, int]


class Replaced(TypedDict):
    """Answer ``identities``: code of others that is not what its owner made it."""

    replaced: list[str]


class Hidden(TypedDict):
    """Answer ``hide``: how many modules were taken out of sight."""

    hidden: int


class Planted(TypedDict):
    """Answer ``plant`` (word): the environment variables that hold it."""

    variables: list[str]


class TracesLeft(TypedDict):
    """Answer ``traces``: what was logged since the word was planted, and the instance's repr."""

    log: str
    shown: str


class Secrets(TypedDict):
    """Answer ``secrets``: fields of the configuration that are named like one."""

    fields: list[str]


class Frozen(TypedDict):
    """Answer ``freeze``: the pickled instance, in hexadecimal; ``thaw`` takes it."""

    frozen: str


class Confinement(TypedDict):
    """Answer the start: what is in force, as the child read it back from the kernel."""

    confinement: dict[str, Any]


class Oversized(TypedDict):
    """Answer any operation whose answer exceeds a bound."""

    bound: str


#: The shape of each operation's answer when it returned.
ANSWERS: Mapping[str, Any] = {
    "begin": Confinement,
    "import": Imported,
    "facts": Imported,
    "construct": Constructed,
    "call": Called,
    "live": Lived,
    "series": Series,
    "run": Called,
    "unawaited": Unawaited,
    "threads": Threads,
    "leave": Threads,
    "settings": Settings,
    "holdings": Holdings,
    "ambience": Ambience,
    "screen": Screened,
    "audit": Audited,
    "spoil": Series,
    "arm": Armed,
    "sabotage": Sabotaged,
    "cancel": Cancelled,
    "tasks": Tasks,
    "crowd": Crowded,
    "repeat": Repeated,
    "clocks": Clocks,
    "identities": Replaced,
    "hide": Hidden,
    "plant": Planted,
    "traces": TracesLeft,
    "secrets": Secrets,
    "freeze": Frozen,
    "thaw": Constructed,
}
