"""Create, use and close instance after instance, and watch what the process holds and shares."""

from ast import literal_eval
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random
from time import monotonic, sleep
from typing import Any

import attrs

from allause.evidence.asker import EndedError
from allause.evidence.bench import Bench
from allause.evidence.examinee import Examinee
from allause.evidence.exchange import Call, Exchange
from allause.evidence.probes.conduct import interview
from allause.kinds import QUESTIONS, Ask, Heard, Question
from allause.kinds.kind import asked

#: Cycles after which the process is looked at; what happens once only lies before the first look.
LOOKS = (2, 5, 8)
#: Growth in every cycle that is looked at more closely: blocks of Python's allocator, and resident bytes.
SUSPICIOUS_BLOCKS, SUSPICIOUS_BYTES = 50, 1_048_576
_MORE_CYCLES, _FEWEST, _MORE_S = 75, 10, 2.5
_SLOWER = 5  # how much longer than the slowest of the first lives another one may take, beyond a call's deadline
_GRACE_S = 1.5
_PAUSE_S = 0.05
_DEVICES = ("/dev/", "/proc/")


@attrs.frozen(kw_only=True)
class Holdings:
    """Hold what the process held at one time.

    Attributes:
        cycle: after how many cycles.
        threads: names of Python threads beside the main one.
        native_threads: of the whole process.
        descriptors: what open descriptors point to.
        children: processes alive.
        blocks: of Python's allocator, in use.
        resident_bytes: of the whole process.
    """

    cycle: int
    threads: tuple[str, ...]
    native_threads: int
    descriptors: tuple[str, ...]
    children: int
    blocks: int
    resident_bytes: int


@attrs.frozen(kw_only=True)
class Cycles:
    """Hold what was seen.

    Attributes:
        looks: in order; two more, much later, when memory seemed to grow.
        settled: the last look repeated until threads, descriptors and children had time to end.
        files: names left in the child's directory, folders given to instances left out.
        written: paths outside that directory which calls opened for writing, or changed.
        before: process-wide settings before the import.
        imported: the same after it.
        after: the same at the end.
        random_moved: when the state of the global random source was found moved; empty when never.
        screened: bytes written to standard output, from the import on, every method called.
        screen: the beginning of them.
        ended: the exchange that ended it early; else None.
    """

    looks: tuple[Holdings, ...] = ()
    settled: Holdings | None = None
    files: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    before: Mapping[str, str] = attrs.field(factory=dict)
    imported: Mapping[str, str] = attrs.field(factory=dict)
    after: Mapping[str, str] = attrs.field(factory=dict)
    random_moved: str = ""
    screened: int = 0
    screen: str = ""
    ended: Exchange | None = None


def observe_cycles(bench: Bench) -> Cycles:
    """Run the cycles in one child, whose settings were looked at and whose screen was kept from before the import.

    Only the first instances are not started.
    """
    with bench.shared() as examinee:
        before, imported = (seen.get("settings", {}) for seen in (examinee.prepared, examinee.imported))
        try:
            _seen(examinee, "audit")
            looks = tuple(_looks(bench, examinee))
            settled = _settled(examinee, looks)
            after = _seen(examinee, "settings")
            files, written = examinee.files(), tuple(dict.fromkeys(_written(examinee)))
            _talk(bench, examinee)
            screen = _seen(examinee, "screen")
        except EndedError as ended:
            return Cycles(ended=ended.exchange)
        moves = (("by the import", before, imported), ("by calls", imported, after))
        return Cycles(
            looks=looks,
            settled=settled,
            files=tuple(name for name in files if not name.startswith("cycle-")),
            written=written,
            before=before.get("settings", {}),
            imported=imported.get("settings", {}),
            after=after.get("settings", {}),
            random_moved=next((when for when, old, new in moves if old.get("random") != new.get("random")), ""),
            screened=screen.get("size", 0),
            screen=screen.get("text", ""),
        )


def _looks(bench: Bench, examinee: Examinee) -> Sequence[Holdings]:
    looks: list[Holdings] = []
    cycle, life = 0, _Life(bench, examinee)
    for goal in LOOKS:
        life.lead(range(cycle + 1, goal + 1))
        cycle = goal
        looks.append(_look(examinee, cycle))
    for _ in range(2) if grows(looks) else ():
        # a bounded cache has the first half to fill; the second half is judged
        last, deadline = cycle + _MORE_CYCLES, monotonic() + _MORE_S
        while cycle < last and (monotonic() < deadline or cycle < last - _MORE_CYCLES + _FEWEST):
            cycle += 1
            life.lead([cycle])
        looks.append(_look(examinee, cycle))
    return looks


def grows(looks: Sequence[Holdings]) -> bool:
    """Tell whether memory grew by a suspicious amount in every cycle, between each look and the next."""
    pairs = list(pairwise(looks))
    return all(b.blocks - a.blocks >= SUSPICIOUS_BLOCKS * (b.cycle - a.cycle) for a, b in pairs) or all(
        b.resident_bytes - a.resident_bytes >= SUSPICIOUS_BYTES * (b.cycle - a.cycle) for a, b in pairs
    )


class _Noting:
    """Ask, and note what was heard last of each method."""

    def __init__(self, asker: Ask, heard: dict[str, Heard]) -> None:
        self._asker, self._noted = asker, heard

    def __call__(self, method: str, /, *, consume: int | None = None, **arguments: Any) -> Heard:
        self._noted[method] = self._asker(method, consume=consume, **arguments)
        return self._noted[method]

    def together(self, questions: Sequence[Question]) -> Sequence[Heard]:
        heard = asked(self._asker, *questions)
        self._noted |= zip((method for method, _ in questions), heard, strict=True)
        return heard


class _Life:
    """Lead one instance after the other through its life: the first ones call by call, the others by few requests."""

    def __init__(self, bench: Bench, examinee: Examinee) -> None:
        self._bench, self._examinee = bench, examinee
        self._heard: dict[str, Heard] = {}
        self._longest_s = 0.0

    def lead(self, cycles: Sequence[int]) -> None:
        """Lead the lives of these numbers.

        Raises:
            EndedError: the child gave no proper answer.
        """
        if cycles[-1] <= LOOKS[0]:
            for cycle in cycles:
                begun = monotonic()
                self._call_by_call(cycle)
                self._longest_s = max(self._longest_s, monotonic() - begun)
            return
        patience_s = _SLOWER * self._longest_s * len(cycles)
        lived = self._examinee.live([self._calls(cycle) for cycle in cycles], patience_s=patience_s)
        if lived is None or not lived.returned:
            for cycle in cycles:
                self._call_by_call(cycle)  # which tells in which call it ends
        if lived is not None and lived.ended_badly:
            raise EndedError(lived)

    def _call_by_call(self, cycle: int) -> None:
        self._examinee.rebuild()
        if cycle > 1:
            _answered(self._examinee.start(seed=cycle, folder=_folder(cycle)))
        before, after = self._around()
        for method in before:
            _answered(self._examinee.call(method))
        self._bench.kind.work(_Noting(self._examinee.asker([]), self._heard), self._random(cycle))
        for method in after:
            _answered(self._examinee.call(method))

    def _calls(self, cycle: int) -> Sequence[Call]:
        """Return the calls of one life, its work being what it is when it hears what it heard before."""
        before, after = self._around()
        calls: list[Call] = [("start", {"seed": cycle, "folder": _folder(cycle)}, None)]
        calls += [(method, {}, None) for method in before]

        def ask(method: str, /, *, consume: int | None = None, **arguments: Any) -> Heard:
            calls.append((method, arguments, consume))
            return self._heard.get(method, Heard())

        self._bench.kind.work(ask, self._random(cycle))
        return [*calls, *((method, {}, None) for method in after)]

    def _around(self) -> tuple[Sequence[str], Sequence[str]]:
        """Return what is called before and after the work of a life: what goes on in the background is ended."""
        background = self._bench.kind.background
        return background[:1], (*background[1:], "close")

    def _random(self, cycle: int) -> Random:
        return self._bench.random(f"cycle {cycle}")


def _folder(cycle: int) -> str:
    return f"cycle-{cycle}"


def _talk(bench: Bench, examinee: Examinee) -> None:
    """Have every method called, so that each has had the occasion to print."""
    examinee.rebuild()
    interview(bench, examinee, [], "cycles")
    for exchange in examinee.calls([(name, {}, None) for name in QUESTIONS]):
        _answered(exchange)


def _answered(exchange: Exchange) -> None:
    if exchange.ended_badly:
        raise EndedError(exchange)


def _seen(examinee: Examinee, operation: str) -> Mapping[str, Any]:
    """Look at the process.

    Raises:
        EndedError: it was lost; what another one shows is no change made by this one.
    """
    seen = examinee.observe(operation)
    if examinee.lost is not None:
        raise EndedError(examinee.lost)
    return seen


def _look(examinee: Examinee, cycle: int) -> Holdings:
    seen = _seen(examinee, "holdings")
    return Holdings(
        cycle=cycle,
        threads=tuple(seen.get("threads", ())),
        native_threads=seen.get("native_threads", 0),
        descriptors=tuple(seen.get("descriptors", ())),
        children=seen.get("children", 0),
        blocks=seen.get("blocks", 0),
        resident_bytes=seen.get("resident_bytes", 0),
    )


def _settled(examinee: Examinee, looks: Sequence[Holdings]) -> Holdings:
    """Look again while the process holds more than at the first look: what was told to end may take a moment."""
    last, deadline = looks[-1], monotonic() + _GRACE_S
    while _more(looks[0], last) and monotonic() < deadline:
        sleep(_PAUSE_S)
        last = _look(examinee, last.cycle)
    return last


def _written(examinee: Examinee) -> Iterator[str]:
    """Yield the paths of audit events of writing that lie elsewhere than in the child's directory or a device."""
    events = [event for event in _seen(examinee, "audit").get("events", ()) if event["matter"] == "file"]
    for event in events:
        try:
            path, *_ = literal_eval(f"({event['detail'].partition('(')[2].removesuffix(')')},)")
        except (SyntaxError, ValueError):  # cut where the event was too long
            continue
        if isinstance(path, str) and path.startswith("/") and not path.startswith((*_DEVICES, examinee.directory)):
            yield path


def _more(first: Holdings, last: Holdings) -> bool:
    grown = (
        last.native_threads - first.native_threads,
        len(last.descriptors) - len(first.descriptors),
        last.children - first.children,
    )
    return max(grown) >= last.cycle - first.cycle
