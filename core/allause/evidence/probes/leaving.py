"""Let the process of the component end by itself and see whether it can."""

from contextlib import suppress

import attrs

from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Exchange
from allause.evidence.probes.conduct import interview
from allause.kinds import QUESTIONS


@attrs.frozen(kw_only=True)
class Leaving:
    """Hold how it went.

    Attributes:
        exchange: the end of the process; None when it was lost before.
        threads: names of threads alive when it should have ended.
    """

    exchange: Exchange | None = None
    threads: tuple[str, ...] = ()


def observe_leaving(bench: Bench) -> Leaving:
    """Let the common child go, the last one of its row to ask; a child that fails to end is no proof after all that.

    Another one then decides, where the component was asked, has worked and was closed.
    """
    if bench.common is not None and bench.common.lost is None:
        left = _left(bench.common)
        if left.exchange is not None and left.exchange.returned:
            return left
    with bench.examinee() as examinee:
        if not examinee.alive:
            return Leaving()
        with suppress(EndedError):
            for name in filter(examinee.has, QUESTIONS):
                examinee.call(name)
            interview(bench, examinee, [], "leaving")
            bench.kind.work(examinee.asker([]), bench.random("leaving"))
        if examinee.has("close"):
            examinee.call("close")
        return _left(examinee)


def _left(examinee: Examinee) -> Leaving:
    threads, exchange = examinee.leave()
    return Leaving(exchange=exchange, threads=threads)
