"""Call the component where hosts call it: on another thread, and inside running event loops."""

from collections.abc import Iterator

import attrs

from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Exchange
from allause.evidence.probes.conduct import interview
from allause.isolation.encoding import encode
from allause.kinds import QUESTIONS, Problem

#: A loop that stands still for longer is looked at again.
SUSPICIOUS_S = 0.1
_AGAIN = 2
_GRACE_S = 1.0
_END_S = 0.5
_PATIENCE_S = 10.0


@attrs.frozen(kw_only=True)
class Reception:
    """Hold what came of the calls made in one manner.

    Attributes:
        exchanges: every call, in order.
        problems: wrong answers.
        ended: the exchange that ended it early; else None.
    """

    exchanges: tuple[Exchange, ...] = ()
    problems: tuple[Problem, ...] = ()
    ended: Exchange | None = None


@attrs.frozen(kw_only=True)
class Company:
    """Hold what was seen.

    Attributes:
        thread: calls from threads on which the instance was not made.
        loop: calls made while an event loop runs, on two loops by turns.
        pauses: literal calls, and the seconds for which awaiting them kept the loop from anything else; the
            shortest of several times.
        deaf: calls that were still pending some time after they had been cancelled.
        tasks: pending on an event loop after ``close``.
    """

    thread: Reception = attrs.field(factory=Reception)
    loop: Reception = attrs.field(factory=Reception)
    pauses: tuple[tuple[str, float], ...] = ()
    deaf: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()


def observe_company(bench: Bench) -> Company:
    """Interview on threads, then inside loops; cancel what can be cancelled; close and see what is left."""
    with bench.shared() as examinee:
        thread = _received(bench, examinee, "thread")
        examinee.rebuild()
        loop = _received(bench, examinee, "loop")
        awaited = {exchange.method: exchange for exchange in loop.exchanges if exchange.awaitable}
        pauses = tuple(_pauses(examinee, loop))
        # closed before anything is cancelled: what a cancelled call leaves behind is not judged
        examinee.call("close")
        tasks = tuple(examinee.observe("tasks", grace_s=_END_S).get("tasks", ()))
        examinee.rebuild()
        deaf = tuple(exchange.call for exchange in awaited.values() if _is_deaf(examinee, exchange))
    return Company(thread=thread, loop=loop, pauses=pauses, deaf=deaf, tasks=tasks)


def _received(bench: Bench, examinee: Examinee, manner: str) -> Reception:
    exchanges: list[Exchange] = []
    options = {"manner": manner, "deadline_s": _PATIENCE_S}
    try:
        problems = interview(bench, examinee, exchanges, "company", **options)
        for exchange in examinee.calls([(name, {}, None) for name in QUESTIONS], options=options):
            exchanges.append(exchange)
            if not exchange.returned:
                problems.append(Problem(call=exchange.call, expected="an answer", found=exchange.story))
    except EndedError as ended:
        return Reception(exchanges=tuple(exchanges), ended=ended.exchange)
    return Reception(exchanges=tuple(exchanges), problems=tuple(problems))


def _pauses(examinee: Examinee, loop: Reception) -> Iterator[tuple[str, float]]:
    """Repeat what kept the loop busy for long, so that a busy machine accuses nobody."""
    worst: dict[str, Exchange] = {}
    for exchange in loop.exchanges:
        if exchange.pause_s > worst.get(exchange.method, exchange).pause_s or exchange.method not in worst:
            worst[exchange.method] = exchange
    for exchange in worst.values():
        seconds = exchange.pause_s
        for _ in range(_AGAIN):
            if seconds <= SUSPICIOUS_S:
                break
            again = examinee.call(exchange.method, options={"manner": "loop"}, **exchange.arguments)
            seconds = min(seconds, again.pause_s)
        yield exchange.call, seconds


def _is_deaf(examinee: Examinee, exchange: Exchange) -> bool:
    seen = examinee.observe("cancel", method=exchange.method, arguments=encode(exchange.arguments), grace_s=_GRACE_S)
    return bool(seen.get("begun") and seen.get("pending"))
