"""Mutants of the checks ASY005 to ASY010 and CNC, and honest components that use loops, threads and locks."""

from mutants.mutant import COUNT, EXECUTION, Mutant, at_top

MAIN = "    @hookimpl\n    def analyze_performance("
ASYNC = ("    @hookimpl\n    def analyze_performance(", "    @hookimpl\n    async def analyze_performance(")
FIELDS = "        self.errors = 0\n"
CLOSE = "    def close(self):\n        self.context = None"
INFO = "contract_version=CONTRACT_VERSION,"
PICKLABLE = (INFO, f'{INFO}\n            capabilities=("picklable",),')
RETURN = "        return self._analyze(returns or [], periods_per_year or 252.0)"


def inside(*lines):
    """An edit that adds lines to the main method."""
    return (COUNT, COUNT + "".join(f"        {line}\n" for line in lines))


def busily(*lines):
    """The same, timed."""
    return inside("started = perf_counter_ns()", *lines, "self.busy_ns += perf_counter_ns() - started")


def at_first(*lines):
    """An edit that adds lines to the constructor."""
    return (FIELDS, FIELDS + "".join(f"        {line}\n" for line in lines))


MUTANTS = (
    Mutant(
        "ASY005",
        "sleeps-in-a-coroutine",
        edits=(*at_top("import time"), ASYNC, busily("if periods_per_year:", "    time.sleep(0.15)")),
    ),
    Mutant(
        "ASY006",
        "runs-a-loop-of-its-own",
        edits=(*at_top("import asyncio"), busily("asyncio.run(asyncio.sleep(0))")),
    ),
    Mutant(
        "ASY006",
        "runs-a-loop-until-complete",
        edits=(
            *at_top("import asyncio"),
            busily("loop = asyncio.new_event_loop()", "loop.run_until_complete(asyncio.sleep(0))", "loop.close()"),
        ),
    ),
    Mutant(
        "ASY007",
        "deaf-to-cancellation",
        edits=(
            *at_top("import asyncio"),
            ASYNC,
            busily(
                "try:",
                "    await asyncio.sleep(0.01)",
                "except asyncio.CancelledError:",
                "    await asyncio.sleep(3)",
            ),
        ),
    ),
    Mutant(
        "ASY008",
        "polls-for-ever",
        edits=(
            *at_top("import asyncio"),
            ASYNC,
            inside("self.task = asyncio.ensure_future(asyncio.sleep(3600))"),
        ),
    ),
    Mutant(
        "ASY010",
        "keeps-the-first-loop",
        edits=(
            *at_top("import asyncio"),
            ASYNC,
            at_first("self.future = None"),
            inside(
                "if self.future is None:",
                "    self.future = asyncio.get_running_loop().create_future()",
                "    self.future.get_loop().call_soon(self.future.set_result, None)",
                "elif self.future.get_loop() is not asyncio.get_running_loop():",
                "    raise RuntimeError('got a future attached to a different loop')",
                "await self.future",
            ),
        ),
    ),
    Mutant(
        "CNC001",
        "loses-updates",
        edits=(
            *at_top("import time"),
            (
                COUNT,
                "        before = self.operations\n        time.sleep(0.0002)\n        self.operations = before + 1\n",
            ),
        ),
    ),
    Mutant(
        "CNC001",
        "trips-over-itself",
        edits=(
            *at_top("import time"),
            at_first("self.now = {}"),
            inside(
                "mine = perf_counter_ns()",
                "self.now[mine] = mine",
                "for each in self.now:",
                "    time.sleep(0.0002)",
                "self.now.pop(mine, None)",
            ),
        ),
    ),
    Mutant(
        "CNC002",
        "two-locks-in-two-orders",
        edits=(
            *at_top("import threading\nimport time"),
            at_first("self.first, self.second = threading.Lock(), threading.Lock()"),
            inside("with self.first:", "    time.sleep(0.0005)", "    with self.second:", "        pass"),
            (
                "        return PerformanceStats(",
                "        with self.second:\n            time.sleep(0.0005)\n            with self.first:\n"
                "                pass\n        return PerformanceStats(",
            ),
        ),
    ),
    Mutant(
        "CNC003",
        "holds-a-lock",
        edits=(*at_top("import threading"), PICKLABLE, at_first("self.lock = threading.Lock()")),
    ),
    Mutant(
        "CNC004",
        "database-of-one-thread",
        edits=(
            *at_top("import sqlite3"),
            at_first('self.store = sqlite3.connect(":memory:")'),
            inside('self.store.execute("select 1").fetchone()'),
            (CLOSE, "    def close(self):\n        self.store.close()\n        self.context = None"),
        ),
    ),
    Mutant(
        "CNC004",
        "thread-local",
        edits=(
            *at_top("import threading"),
            at_first("self.local = threading.local()", "self.local.unit = 1"),
            inside("self.local.unit += 1"),
        ),
    ),
)

LOOK_ALIKES = (
    Mutant("", "waits-a-moment", edits=(*at_top("import asyncio"), ASYNC, busily("await asyncio.sleep(0.002)"))),
    Mutant(
        "",
        "computes-on-a-thread",
        edits=(
            *at_top("import asyncio"),
            ASYNC,
            (
                RETURN,
                "        started = perf_counter_ns()\n"
                "        report = await asyncio.to_thread(self._analyze, returns or [], periods_per_year or 252.0)\n"
                "        self.busy_ns += perf_counter_ns() - started\n        return report",
            ),
        ),
    ),
    Mutant(
        "",
        "own-loop-on-a-thread",
        edits=(
            *at_top("import asyncio\nfrom concurrent.futures import ThreadPoolExecutor"),
            busily(
                "with ThreadPoolExecutor(1) as pool:",
                "    pool.submit(asyncio.run, asyncio.sleep(0)).result()",
            ),
        ),
    ),
    Mutant(
        "",
        "cleans-up-when-cancelled",
        edits=(
            *at_top("import asyncio"),
            ASYNC,
            busily("try:", "    await asyncio.sleep(0.01)", "finally:", "    await asyncio.sleep(0.01)"),
        ),
    ),
    Mutant(
        "",
        "cancels-its-task",
        edits=(
            *at_top("import asyncio"),
            ASYNC,
            at_first("self.tasks = []"),
            inside("self.tasks.append(asyncio.ensure_future(asyncio.sleep(0.2)))"),
            (
                CLOSE,
                "    def close(self):\n        for task in self.tasks:\n            if not task.get_loop().is_closed():\n"
                "                task.cancel()\n        self.tasks = []\n        self.context = None",
            ),
        ),
    ),
    Mutant(
        "",
        "one-lock",
        edits=(
            *at_top("import threading"),
            at_first("self.lock = threading.RLock()"),
            inside("with self.lock:", "    total = sum(number % 7 for number in range(100))"),
            (
                "        return PerformanceStats(",
                "        with self.lock:\n            pass\n        return PerformanceStats(",
            ),
        ),
    ),
    Mutant("", "really-picklable", edits=(PICKLABLE,)),
    Mutant(
        "",
        "locks-and-does-not-say-picklable",
        edits=(*at_top("import threading"), at_first("self.lock = threading.Lock()")),
    ),
    Mutant(
        "",
        "async-orders",
        edits=(
            (
                "    @hookimpl\n    @counted\n    def get_account(self):",
                "    @hookimpl\n    async def get_account(self):\n        return self._account()\n\n    @counted\n    def _account(self):",
            ),
        ),
        **EXECUTION,
    ),
)
