"""Give the component a word that must stay secret, and look for it in everything it shows."""

import attrs

from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.exchange import Exchange
from allause.evidence.probes.conduct import interview
from allause.isolation.encoding import encode
from allause.kinds import QUESTIONS


@attrs.frozen(kw_only=True)
class Leaks:
    """Hold where the word came out again.

    Attributes:
        planted: where it was put: environment variables and fields of the configuration.
        places: where it was found, one phrase each.
    """

    planted: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def canary(bench: Bench) -> str:
    """Return the word of this run."""
    return f"canary{bench.random('canary').randrange(10**18):018d}"


def observe_leaks(bench: Bench) -> Leaks:
    """Construct with the word that was planted, ask everything, and look at answers, errors, log, output and repr."""
    exchanges: list[Exchange] = []
    with bench.shared() as examinee:
        word, planted = canary(bench), examinee.prepared["plant"]["variables"]
        fields = examinee.observe("secrets").get("fields", ())
        if fields:
            examinee.observe("construct", configuration=encode(dict.fromkeys(fields, word)))
        try:
            exchanges += examinee.calls([(name, {}, None) for name in QUESTIONS])
            interview(bench, examinee, exchanges, "leaks")
            examinee.call("close")
        except EndedError as ended:
            exchanges.append(ended.exchange)
        left = examinee.observe("traces")
        output = examinee.output
    places = [f"{exchange.call}, {where}" for exchange in exchanges for where in _within(exchange, word)]
    places += ["the log"] if word in left.get("log", "") else []
    places += ["repr() of the instance"] if word in left.get("shown", "") else []
    places += ["standard output or error"] if word in output else []
    return Leaks(planted=(*planted, *(f"Config.{name}" for name in fields)), places=tuple(dict.fromkeys(places)))


def _within(exchange: Exchange, word: str) -> list[str]:
    found = ["the answer"] if word in repr(exchange.plain) else []
    return [*found, "the text of what it raised"] if word in exchange.message else found
