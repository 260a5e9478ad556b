"""Checks DET: does the same question get the same answer?"""

from collections.abc import Iterator

from allause.checks.behaviour import SOUND
from allause.checks.check import Check, Finding, Tier
from allause.evidence import Evidence, probes


def hash_order(evidence: Evidence) -> Iterator[Finding]:
    """Answer that depends on the order of a set.

    What: the same questions were put in a process with another hash seed (PYTHONHASHSEED), and an answer differs.
    Why: the order of a set of text is another in every process, so no run can be repeated.
    Fails: ``for symbol in set(symbols)``
    Passes: ``for symbol in sorted(set(symbols))``
    """
    yield from _told(evidence, evidence.of(probes.Replay).hash_order, "sort what comes out of a set")


def unseeded(evidence: Evidence) -> Iterator[Finding]:
    """Answer that differs for equal input and equal seed.

    What: a component started with the same seed was asked the same twice, in two equal processes. Times and
        figures that are measured are not compared.
    Why: a result that cannot be repeated cannot be examined.
    Fails: ``random.random()``
    Passes: ``self._random = Random(context.seed)``
    """
    yield from _told(evidence, evidence.of(probes.Replay).unseeded, "make every random choice from context.seed")


def ambient(evidence: Evidence) -> Iterator[Finding]:
    """Answer that depends on time zone, locale or folder.

    What: the same questions were put in another time zone, another working directory and, where the machine has
        one, another locale, and an answer differs.
    Why: the figures of the desk in Tokyo would not be those of the desk in London.
    Fails: ``datetime.fromtimestamp(seconds)``
    Passes: ``datetime.fromtimestamp(seconds, tz=UTC)``
    """
    yield from _told(
        evidence, evidence.of(probes.Replay).ambient, "state time zone, locale and paths instead of inheriting them"
    )


def global_rng(evidence: Evidence) -> Iterator[Finding]:
    """Random source of the whole process, moved.

    What: the state of the module ``random`` was another after the import or after calls.
    Why: whoever seeds it for a repeatable run loses the sequence, or shares it.
    Fails: ``random.seed(0)``, ``random.shuffle(rows)``
    Passes: ``Random(seed).shuffle(rows)``
    """
    moved = evidence.of(probes.Cycles).random_moved
    if moved:
        yield Finding(
            message=f"the state of the global random source was moved {moved}; expected it untouched",
            location=evidence.place(),
            fix="use a random.Random of your own",
        )


def _told(evidence: Evidence, difference: "probes.Difference | None", fix: str) -> Iterator[Finding]:
    if difference is not None:
        yield Finding(
            message=f"{difference.call}: {difference.path} was {difference.first}, and with {difference.surroundings} "
            f"it was {difference.second}",
            location=evidence.place(difference.call.partition("(")[0]),
            fix=fix,
        )


_STEADY = (*SOUND, "BEH011", "BEH012", "PRF007")

CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="DET001", slug="hash-order", tier=Tier.SILVER, how="X", function=hash_order, needs=_STEADY),
    Check(
        code="DET002", slug="unseeded", tier=Tier.GOLD, how="X", function=unseeded,
        needs=(*_STEADY, "DET004"),
    ),
    Check(code="DET003", slug="ambient", tier=Tier.SILVER, how="X", function=ambient, needs=_STEADY),
    Check(code="DET004", slug="global-rng", tier=Tier.SILVER, how="X", function=global_rng, needs=("BEH012",)),
)  # fmt: skip # one row a check
