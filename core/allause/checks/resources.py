"""Checks RES: does the component give back what it took?"""

from collections import Counter
from collections.abc import Iterator
from itertools import takewhile

from allause.checks.check import Check, Finding, Tier
from allause.checks.contract import ANSWERABLE
from allause.evidence import Evidence, probes
from allause.evidence.text import phrases

_PRINTING = ("print", "sys.stdout.write")
_PRINTS = phrases(_PRINTING)
#: The setting that DSC008 looks at during the import.
_PATH = "module search path"
#: Characters that two settings may have in common and still be shown from their beginning, and what is shown of them.
_ALIKE, _BEFORE = 60, 20


def thread_leak(evidence: Evidence) -> Iterator[Finding]:
    """Threads that grow with every life.

    What: instances were created, used and closed one after the other, and threads became more by at least one each
        time, also after a moment of grace. Pools that are made once are not counted.
    Why: a process that restarts its components dies of it.
    Fails: a poller started in ``__init__`` and forgotten in ``close``
    Passes: the thread told to stop, and joined, in ``close``
    """
    first, last = _ends(evidence)
    names = ", ".join(sorted(set(last.threads))[:5]) or "not of Python"
    yield from _leak(evidence, "threads", first.native_threads, last.native_threads, names)


def descriptor_leak(evidence: Evidence) -> Iterator[Finding]:
    """Open files or sockets that grow with every life.

    What: as RES001, with open descriptors.
    Why: the limit of a process is soon reached, and then nothing can be opened.
    Fails: ``self._journal = open(path, "a")`` without an end
    Passes: ``self._journal.close()`` in ``close``
    """
    first, last = _ends(evidence)
    fresh = Counter(last.descriptors) - Counter(first.descriptors)
    targets = ", ".join(sorted({target.rpartition("/")[2] for target in fresh})[:5])
    yield from _leak(evidence, "open descriptors", len(first.descriptors), len(last.descriptors), targets)


def child_leak(evidence: Evidence) -> Iterator[Finding]:
    """Processes that grow with every life.

    What: as RES001, with child processes.
    Why: they go on trading, or writing, when nobody knows of them.
    Fails: ``subprocess.Popen(...)`` without an end
    Passes: terminated and waited for in ``close``
    """
    first, last = _ends(evidence)
    yield from _leak(evidence, "child processes", first.children, last.children, "")


def stray_files(evidence: Evidence) -> Iterator[Finding]:
    """Files outside the folder that was given.

    What: after the lives of several instances something lay in the working directory, which is the home and
        holds the temporary one, beside the folders handed over with ``context.directory``, or Python's audit events
        told of an attempt to write elsewhere on the machine.
    Why: a component that was given a place may write there, and nowhere else.
    Fails: ``open("trades.log", "a")``
    Passes: ``open(context.directory / "trades.log", "a")``
    """
    seen = evidence.of(probes.Cycles)
    left = f"left behind: {', '.join(seen.files[:5])}" if seen.files else ""
    tried = f"written, or tried to: {', '.join(seen.written[:5])}" if seen.written else ""
    if left or tried:
        yield Finding(
            message=f"outside context.directory {'; '.join(filter(None, (left, tried)))}; expected nothing",
            location=evidence.place(),
            fix="write below context.directory only, and remove temporary files",
        )


def memory_growth(evidence: Evidence) -> Iterator[Finding]:
    """Memory that grows with every life.

    What: as RES001, with blocks of Python's allocator and resident bytes. Steep growth (50 blocks or 1 MiB in every
        cycle) is followed for up to 150 more cycles. A bounded cache has the first half of them to fill; only
        what goes on growing in the second, at half that rate at least, is a finding. Slow leaks stay unseen.
    Why: it ends with the process.
    Fails: ``_seen.append(report)`` on a list of the module
    Passes: ``collections.deque(maxlen=100)``
    """
    looks = evidence.of(probes.Cycles).looks
    usual = looks[:3]
    if len(looks) == len(usual):
        return
    before, last = looks[-2:]
    cycles = last.cycle - before.cycle
    blocks, size = (last.blocks - before.blocks) / cycles, (last.resident_bytes - before.resident_bytes) / cycles
    if probes.grows(usual) and (blocks >= probes.SUSPICIOUS_BLOCKS / 2 or size >= probes.SUSPICIOUS_BYTES / 2):
        yield Finding(
            message=f"{cycles} more instances, each created, used and closed: {blocks:.0f} blocks and {size:.0f} "
            f"resident bytes more each; expected no growth",
            location=evidence.place(),
            fix="do not collect in the module or the class what belongs to one instance; bound every cache",
        )


def cannot_exit(evidence: Evidence) -> Iterator[Finding]:
    """Process that does not end after ``close``.

    What: after ``close()`` the child was asked to end by itself, and it did not within the grace.
    Why: a forgotten thread keeps every program alive that uses the component.
    Fails: ``threading.Thread(target=poll).start()`` without an end
    Passes: the thread told to stop, and joined, in ``close``
    """
    left = evidence.of(probes.Leaving)
    leaving = left.exchange
    if leaving is None:
        yield Finding(
            message="close() after an interview and work: the process was lost; expected one that can be let go",
            location=evidence.place("close"),
            fix="let close() return",
        )
    elif not leaving.returned:
        alive = f"; threads still alive: {', '.join(left.threads)}" if left.threads else ""
        yield Finding(
            message=f"close(), then the end of the process: {leaving.story}{alive}",
            location=evidence.place("close"),
            fix="stop and join every thread in close()",
        )


def global_state(evidence: Evidence) -> Iterator[Finding]:
    """Setting of the whole process, changed.

    What: working directory, environment, locale, decimal context, that of new threads, warnings filters, signal
        handlers, the root logger and those that others had already, hooks of the interpreter, of threads, of
        logging and of warnings, tracing, the policy of event loops, limits, loaded modules and what finds them were
        looked at before the import, after it, and after several lives of instances; sys.path only after the
        import, whose changes of it DSC008 tells. Environment names that begin with an underscore belong to
        native libraries and are left out, as are what finds modules after everything else, and what is
        registered and not set: functions for ``atexit``, codecs, adapters of databases.
    Why: every other component in the process works under the change.
    Fails: ``decimal.getcontext().prec = 6``
    Passes: ``with decimal.localcontext(prec=6):``
    """
    seen = evidence.of(probes.Cycles)
    for name in sorted(seen.before.keys() | seen.after.keys()):
        first = seen.imported if name == _PATH else seen.before
        old, new = first.get(name), seen.after.get(name)
        if old != new:
            when = "by the import" if old != seen.imported.get(name) else "by calls"
            yield Finding(
                message=f"{name} was {_apart(old, new)!r:.120}, and {when} became {_apart(new, old)!r:.120}",
                location=evidence.place(),
                fix="leave settings of the process alone, or change them for one block and put them back",
            )


def _apart(text: str | None, other: str | None) -> str | None:
    """Return ``text`` from shortly before it differs from the other one, where both begin with much that is alike."""
    if text is None or other is None:
        return text
    alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other, strict=False)))
    return text if alike < _ALIKE else f"...{text[alike - _BEFORE :]}"


def stdout_noise(evidence: Evidence) -> Iterator[Finding]:
    """Printing in a library.

    What: from the import on, during the lives of several instances, an interview and the questions of the standard
        API, something was written to standard output. Standard error, where warnings and logging go, is not
        looked at.
    Why: standard output belongs to the program; a report piped from it would be spoilt.
    Fails: ``print("order placed")``
    Passes: ``context.logger.info("order placed")``
    """
    seen = evidence.of(probes.Cycles)
    if seen.screened:
        yield Finding(
            message=f"{seen.screened} bytes on standard output, beginning {seen.screen!r:.120}; expected none",
            location=_printing(evidence) or evidence.place(),
            fix="say it to context.logger, which start(context) hands over",
        )


def _printing(evidence: Evidence) -> str:
    """Return where the source prints; empty unless that is one place."""
    places = [
        module.place(call)
        for module in evidence.package.saying(_PRINTS)
        for name, call in module.calls()
        if name in _PRINTING and not any(keyword.arg == "file" for keyword in call.keywords)
    ]
    return places[0] if len(places) == 1 else ""


def _ends(evidence: Evidence) -> "tuple[probes.Holdings, probes.Holdings]":
    """Return the first look, and the last after the moment of grace."""
    seen = evidence.of(probes.Cycles)
    return seen.looks[0], seen.settled or seen.looks[-1]


def _leak(evidence: Evidence, what: str, before: int, after: int, names: str) -> Iterator[Finding]:
    first, last = _ends(evidence)
    cycles = last.cycle - first.cycle
    if after - before >= cycles:
        yield Finding(
            message=f"{cycles} more instances, each created, used and closed: {what} grew from {before} to {after}"
            + (f" ({names})" if names else ""),
            location=evidence.place("close"),
            fix="give back in close() everything that was taken",
        )


_LIVED = ("BEH012",)

CHECKS: tuple[Check[Evidence], ...] = (
    Check(
        code="RES001", slug="thread-leak", tier=Tier.SILVER, how="X", function=thread_leak,
        needs=(*_LIVED, "RES006"),
    ),
    Check(code="RES002", slug="fd-leak", tier=Tier.SILVER, how="X", function=descriptor_leak, needs=_LIVED),
    Check(code="RES003", slug="child-leak", tier=Tier.SILVER, how="X", function=child_leak, needs=_LIVED),
    Check(code="RES004", slug="stray-files", tier=Tier.SILVER, how="X", function=stray_files, needs=_LIVED),
    Check(
        code="RES005", slug="memory-growth", tier=Tier.GOLD, how="X", function=memory_growth,
        needs=(*_LIVED, "RES001", "RES002", "RES003", "BEH010", "ASY008"),
    ),
    Check(
        code="RES006", slug="cannot-exit", tier=Tier.SILVER, how="X", function=cannot_exit,
        needs=(*ANSWERABLE, "BEH012"), waivable=False,
    ),
    Check(code="RES007", slug="global-state", tier=Tier.SILVER, how="X", function=global_state, needs=_LIVED),
    Check(code="RES008", slug="stdout-noise", tier=Tier.GOLD, how="X", function=stdout_noise, needs=_LIVED),
)  # fmt: skip # one row a check
