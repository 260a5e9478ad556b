"""Checks ASY and CNC, continued: can the component be called where its hosts live, on loops and on threads?"""

from collections.abc import Iterator

from allause.checks.behaviour import SOUND
from allause.checks.check import SEEN, Check, Finding, Tier
from allause.evidence import Evidence, probes


def blocks_loop(evidence: Evidence) -> Iterator[Finding]:
    """Coroutine that does not let go of its loop.

    What: while the call was awaited, nothing else on the loop ran for more than 0.1 s, each of three times.
    Why: every other feed, order and timer of that loop stands still meanwhile.
    Fails: ``time.sleep(1)`` or a long computation in an ``async def``
    Passes: ``await asyncio.sleep(1)``; the computation through ``asyncio.to_thread``
    """
    for call, seconds in evidence.of(probes.Company).pauses:
        if seconds > probes.SUSPICIOUS_S:
            yield Finding(
                message=f"await {call}: the event loop stood still for {seconds:.2f} s; expected at most "
                f"{probes.SUSPICIOUS_S:g} s",
                location=evidence.place(call.partition("(")[0]),
                fix="await what waits; let a thread do what computes: await asyncio.to_thread(...)",
            )


def own_loop(evidence: Evidence) -> Iterator[Finding]:
    """Plain method that cannot be called while an event loop runs.

    What: it answers well by itself, and not when it is called from a coroutine.
    Why: asyncio.run and run_until_complete raise RuntimeError wherever a loop runs already: notebooks, servers, hosts.
    Fails: ``return asyncio.run(self._fetch())``
    Passes: ``async def``, or a loop on a thread of the component's own
    """
    yield from _elsewhere(evidence, evidence.of(probes.Company).loop, "from a coroutine", awaited=False)


def ignores_cancel(evidence: Evidence) -> Iterator[Finding]:
    """Coroutine that cannot be cancelled.

    What: the call was cancelled while it waited, and was still pending a second later.
    Why: deadlines and shutdown are cancellations; a deaf call holds the whole program.
    Fails: ``except BaseException: continue`` in a loop of retries
    Passes: ``try: ... finally:`` that cleans up and lets ``CancelledError`` pass
    """
    for call in evidence.of(probes.Company).deaf:
        yield Finding(
            message=f"await {call} was cancelled and went on waiting; expected an end within 1 s",
            location=evidence.place(call.partition("(")[0]),
            fix="let asyncio.CancelledError pass",
        )


def task_left_behind(evidence: Evidence) -> Iterator[Finding]:
    """Task that outlives the component.

    What: after ``close()`` tasks of the component were pending on the host's event loop.
    Why: they hold the component and its connections, and go on working for nobody.
    Fails: ``asyncio.create_task(self._poll())`` without an end
    Passes: the task kept, and cancelled in ``close``
    """
    for task in evidence.of(probes.Company).tasks:
        yield Finding(
            message=f"close(), then half a second on the loop: the task {task} was still pending",
            location=evidence.place("close"),
            fix="keep the task and cancel it in close()",
        )


def loop_affinity(evidence: Evidence) -> Iterator[Finding]:
    """Coroutine that works on the first event loop only.

    What: it answers well on one loop, and not when it is called on two loops by turns.
    Why: a host has a loop for plain callers beside its asynchronous ones; queues and locks bind to the first.
    Fails: one ``asyncio.Queue`` for the whole life of the instance, waited on in every call
    Passes: what waits made in the call, or a loop on a thread of the component's own
    """
    yield from _elsewhere(evidence, evidence.of(probes.Company).loop, "on a second event loop", awaited=True)


def lost_update(evidence: Evidence) -> Iterator[Finding]:
    """Call that another thread's call makes undone.

    What: several threads made calls at once, with threads switched as often as can be; ``operations`` grew by less
        than the calls made, or calls raised what the same calls raise from no single thread.
    Why: what is lost in a counter is lost in positions and cash as well.
    Fails: ``count = self.count``, some work, ``self.count = count + 1``
    Passes: the same under a lock
    """
    crowd = evidence.of(probes.Crowding)
    made = f"{crowd.threads} threads made {crowd.calls} calls at once"
    fix = "guard what calls share with a lock"
    for name in crowd.raised:
        yield Finding(message=f"{made}: {name} was raised; one thread alone never gets it", location=evidence.place(),
                      fix=fix)  # fmt: skip # one thought
    if crowd.raised or crowd.stuck:
        return
    grown = None if crowd.before is None or crowd.after is None else crowd.after - crowd.before
    if grown is None or grown < crowd.calls:
        found = f"operations grew by {grown}"
        yield Finding(message=f"{made}; expected operations to grow by as many; found: {found}",
                      location=evidence.place(evidence.kind.main_method), fix=fix)  # fmt: skip # one thought


def deadlock(evidence: Evidence) -> Iterator[Finding]:
    """Threads that wait for each other for ever, or end the process.

    What: several threads called at once, and for three seconds no call came to its end, or the process was lost.
    Why: nothing raises, nothing answers: the most expensive way to stop trading.
    Fails: two locks taken in one order here and in the other there
    Passes: one lock, or always the same order
    """
    crowd = evidence.of(probes.Crowding)
    if crowd.stuck:
        yield Finding(
            message=f"{crowd.threads} threads called at once; no call ended any more; they stand in "
            f"{', '.join(sorted(set(crowd.stuck)))}",
            location=evidence.place(evidence.kind.main_method),
            fix="take locks in one order everywhere, and call nothing foreign while you hold one",
        )
    elif crowd.ended:
        yield Finding(
            message=f"{crowd.threads} threads called at once; expected every call to end; found: {crowd.ended}",
            location=evidence.place(evidence.kind.main_method),
            fix="let several threads call at once, and nothing end or hold the process",
        )


def not_spawn_safe(evidence: Evidence) -> Iterator[Finding]:
    """Component that says it can be pickled, and cannot.

    What: ``capabilities`` names ``picklable``; the instance could not be sent to another process and work there.
    Why: process pools start anew on every platform but one, and get their objects by pickle.
    Fails: ``self.lock = threading.Lock()`` in a component with that capability
    Passes: ``__getstate__`` that leaves the lock out, and ``__setstate__`` that makes another
    """
    spawn = evidence.of(probes.Spawn)
    if spawn.problem:
        yield Finding(
            message=f"the capability picklable is declared; {spawn.problem}" if spawn.declared else spawn.problem,
            location=evidence.place("get_component_info"),
            fix="leave locks, files and connections out of __getstate__, or do not declare it",
        )


def thread_affinity(evidence: Evidence) -> Iterator[Finding]:
    """Component that works on the thread that made it only.

    What: it answers well where it was made, and not on other threads.
    Why: a host makes a component on one thread and calls it on another.
    Fails: ``sqlite3.connect(path)`` in the constructor, used in a method
    Passes: a connection for each thread, or ``check_same_thread=False`` under a lock
    """
    yield from _elsewhere(evidence, evidence.of(probes.Company).thread, "on another thread")


def _elsewhere(
    evidence: Evidence, seen: "probes.Reception", where: str, *, awaited: bool | None = None
) -> Iterator[Finding]:
    """Yield what went wrong; with ``awaited``, only with methods that give an awaitable, or only with the others."""
    coroutines = {e.method for e in seen.exchanges if e.awaitable} | {
        name for name in evidence.kind.methods if evidence.member(name).is_async
    }
    usual = {(e.method, e.error) for e in evidence.exchanges}
    wrong = [(e.call, e.story) for e in seen.exchanges if e.error and (e.method, e.error) not in usual]
    wrong += [(p.call, f"expected {p.expected}; found {p.found}") for p in seen.problems]
    if seen.ended is not None:
        wrong.append((seen.ended.call, f"{seen.ended.story}; expected an answer"))
    for call, found in wrong:
        method = next((name for name in evidence.kind.methods if f"{name}(" in call), "")
        if awaited is None or awaited == (method in coroutines):
            yield Finding(message=f"{call} {where}: {found}", location=evidence.place(method),
                          fix="keep nothing that is bound to one thread or one event loop")  # fmt: skip # one thought
            return


CHECKS: tuple[Check[Evidence], ...] = (
    Check(code="ASY005", slug="blocks-loop", tier=Tier.SILVER, how="X", function=blocks_loop,
          needs=(*SOUND, "ASY006", "ASY010"), complete_with=SEEN),
    Check(code="ASY006", slug="own-loop", tier=Tier.SILVER, how="X", function=own_loop, needs=(*SOUND, "CNC004")),
    Check(code="ASY007", slug="ignores-cancel", tier=Tier.SILVER, how="X", function=ignores_cancel,
          needs=(*SOUND, "ASY006", "ASY010"), complete_with=SEEN, waivable=False),
    Check(code="ASY008", slug="task-left-behind", tier=Tier.SILVER, how="X", function=task_left_behind,
          needs=(*SOUND, "ASY006", "ASY010"), complete_with=SEEN),
    Check(code="ASY010", slug="loop-affinity", tier=Tier.GOLD, how="X", function=loop_affinity,
          needs=(*SOUND, "BEH010", "ASY006")),
    Check(code="CNC001", slug="lost-update", tier=Tier.GOLD, how="X", function=lost_update,
          needs=(*SOUND, "PRF002", "CNC004", "CNC002", "ASY010")),
    Check(code="CNC002", slug="deadlock", tier=Tier.GOLD, how="X", function=deadlock, needs=(*SOUND, "CNC004"),
          waivable=False),
    Check(code="CNC003", slug="not-spawn-safe", tier=Tier.GOLD, how="X", function=not_spawn_safe, needs=SOUND),
    Check(code="CNC004", slug="thread-affinity", tier=Tier.GOLD, how="X", function=thread_affinity,
          needs=(*SOUND, "BEH006", "BEH010", "BEH011", "BEH013", "PRF007")),
)  # fmt: skip # one row a check
