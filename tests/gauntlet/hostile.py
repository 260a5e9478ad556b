"""Components that attack, hang, die or lie, each made from the small honest one.

``code`` is the check that has to fail, or ``ANY`` where a race tells which, and ``word`` what its message must say.
``@OUTSIDE@`` stands for a folder that no component may touch, ``@SECRET@`` for a file in it that none may read,
``@HOME@`` and ``@TEMPORARY@`` for the host's folders of these names, ``@MARK@`` for a word of this test, ``@HOST@`` for
the host's process number.
"""

from dataclasses import dataclass
from textwrap import indent

ANY = "*"
CONSTRUCTOR = "    def __init__(self, config=None):\n"
MAIN = "        self.operations += 1\n        for value in returns or ():\n"
ANSWER = "        return self._analyze(returns or [], periods_per_year or 252.0)\n"
INFO = "        return ComponentInfo(\n            name"


@dataclass(frozen=True)
class Hostile:
    """One component and what has to be reported of it."""

    name: str
    edits: tuple
    code: str
    word: str


def at_import(name, lines, code, word):
    return Hostile(name, (("\n\nclass Engine:", f"\n\n{lines.strip()}\n\n\nclass Engine:"),), code, word)


def inside(name, place, lines, code, word):
    """Put ``lines`` before what a method does, or, for the constructor, first into it."""
    text = indent(lines.strip() + "\n", "        ")
    new = place + text if place is CONSTRUCTOR else text + place
    return Hostile(name, ((place, new),), code, word)


def in_main(name, lines, code, word):
    return inside(name, MAIN, lines, code, word)


def answering(name, lines, code, word):
    text = indent(lines.strip() + "\n", "        ")
    return Hostile(name, ((ANSWER, text),), code, word)


FORGED = r"""
import json, os, struct
body = json.dumps({'nonce': '0' * 32, 'outcome': 'returned', 'value': {'status': 'passed'}}).encode()
for descriptor in range(64):
    try:
        os.write(descriptor, struct.pack('>4sI', b'\xf5fr1', len(body)) + body)
    except OSError:
        pass
"""

LEFT = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if {} < 0:
    raise OSError(ctypes.get_errno(), "refused")
"""

RAISING = (
    at_import("raises-exception", "raise ValueError('canary-of-import')", "DSC006", "ValueError: canary-of-import"),
    at_import("raises-base-exception", "raise BaseException('base')", "DSC006", "BaseException"),
    at_import("raises-system-exit", "raise SystemExit(0)", "DSC007", "SystemExit"),
    at_import("raises-keyboard-interrupt", "raise KeyboardInterrupt", "DSC006", "KeyboardInterrupt"),
    at_import("raises-generator-exit", "raise GeneratorExit", "DSC006", "GeneratorExit"),
    at_import(
        "raises-the-unprintable",
        "class Evil(Exception):\n    def __str__(self):\n        raise SystemExit(0)\n"
        "    __repr__ = __str__\nraise Evil",
        "DSC006",
        "Evil",
    ),
    at_import("raises-a-library", "raise ValueError('x' * 200_000_000)", "DSC006", "ValueError"),
    inside("constructor-exits", CONSTRUCTOR, "raise SystemExit(0)", "CON008", "SystemExit"),
    in_main("method-exits", "raise SystemExit(0)", "BEH004", "SystemExit"),
    Hostile(
        "module-getattr-exits",
        (("\n\nclass Engine:", "\n\ndef __getattr__(name):\n    raise SystemExit(name)\n\n\nclass Motor:"),),
        "DSC007",
        "SystemExit(Engine)",
    ),
)

DYING = (
    at_import("leaves-with-zero", "import os\nos._exit(0)", "DSC007", "exit code 0"),
    at_import("segmentation-fault", "import faulthandler\nfaulthandler._sigsegv()", "DSC007", "signal 11"),
    at_import("aborts", "import os\nos.abort()", "DSC007", "signal 6"),
    at_import("closes-descriptors", "import os\nos.closerange(0, 1000)", "DSC007", "exit code"),
    at_import("kills-itself", "import os\nos.kill(os.getpid(), 9)", "DSC007", "signal 9"),
    at_import("kills-everybody", "import os\nos.kill(-1, 9)", "DSC008", "os.kill"),
    at_import("kills-its-parent", "import os\nos.kill(os.getppid(), 9)", "DSC006", "Permission"),
    at_import("kills-the-host", "import os\nos.kill(@HOST@, 15)", "DSC006", "Permission"),
    at_import("becomes-another-program", "import os\nos.execv('/bin/true', ['true'])", "DSC007", "exit code 0"),
    at_import(
        "overflows-the-stack",
        "import sys, ctypes\nsys.setrecursionlimit(10**9)\ncall = ctypes.CFUNCTYPE(None)(lambda: call())\ncall()",
        "DSC007",
        "signal",
    ),
    inside("constructor-leaves", CONSTRUCTOR, "import os\nos._exit(0)", "CON008", "exit code 0"),
    in_main("method-leaves", "import os\nos._exit(0)", "BEH004", "exit code 0"),
    in_main("method-dies", "import faulthandler\nfaulthandler._sigsegv()", "BEH004", "signal 11"),
    at_import("dies-at-the-end", "import atexit, os\natexit.register(os._exit, 3)", "RES006", "exit code 3"),
)

HANGING = (
    at_import("hangs-in-python", "while True: pass", "DSC007", "no answer within"),
    at_import("hangs-in-c", "import threading\nl = threading.Lock()\nl.acquire()\nl.acquire()", "DSC007", "no answer"),
    at_import("hangs-in-a-pattern", "import re\nre.match('(a+)+$', 'a' * 40 + 'b')", "DSC007", "no answer"),
    at_import("stops-itself", "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", "DSC007", "no answer"),
    at_import(
        "hangs-and-ignores-signals",
        "import faulthandler, signal\nfaulthandler.disable()\n"
        "for number in (signal.SIGABRT, signal.SIGTERM, signal.SIGINT):\n    signal.signal(number, signal.SIG_IGN)\n"
        "while True: pass",
        "DSC007",
        "no answer",
    ),
    inside("constructor-hangs", CONSTRUCTOR, "while True: pass", "CON008", "no answer"),
    in_main("method-hangs", "while True: pass", "BEH004", "no answer"),
    at_import(
        "thread-never-ends",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), name='stayer').start()",
        "RES006",
        "stayer",
    ),
    at_import("hangs-at-the-end", "import atexit, time\natexit.register(time.sleep, 600)", "RES006", "alive"),
)

GREEDY = (
    at_import("eats-memory", "x = [bytes(2**30) for _ in range(10**6)]", "DSC006", "MemoryError"),
    at_import("eats-shared-memory", "import mmap\nx = [mmap.mmap(-1, 2**32) for _ in range(99)]", "DSC006", "OSError"),
    at_import("eats-the-disk", "open('big', 'wb').write(bytes(2**28))", "DSC006", "File too large"),
    at_import("eats-descriptors", "x = [open('/dev/null') for _ in range(10**5)]", "DSC006", "Too many open files"),
    at_import(
        "fork-bomb",
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        "DSC007",
        "no answer",
    ),
    at_import("thread-bomb", "import threading, time\nwhile True:\n"
              "    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()", "DSC006",
              "start new thread"),
    at_import("prints-for-ever", "while True:\n    print('x' * 10_000)", "DSC007", "no answer"),
    at_import(
        "daemon-that-outlives",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.chdir('/')\n"
        "        os.environ.clear()\n        time.sleep(600)\n    os._exit(0)\nos.wait()",
        "DSC008",
        "a process: os.fork()",
    ),
)  # fmt: skip # one attack an entry

FORGING = (
    at_import("forges-and-leaves", FORGED + "os._exit(0)", "DSC007", "nonce"),
    at_import("forges-and-stays", FORGED, "DSC007", "nonce"),
    in_main("forges-in-a-method", FORGED, "BEH004", "nonce"),
    at_import(
        "patches-json",
        "import json\njson.dumps = json.loads = lambda *a, **k: 'passed'",
        "SEC005",
        "json.dumps",
    ),
    at_import(
        "patches-time",
        "import time\ntime.perf_counter = time.monotonic = time.time = lambda: 0",
        "PRF008",
        "time.perf_counter() moved by 0.0 ms",
    ),
    at_import(
        "patches-builtins",
        "import builtins\nbuiltins.len = builtins.isinstance = lambda *a: 0",
        "DSC007",
        "wrong shape",
    ),
    at_import("patches-reading-and-writing", "import os\nos.read = os.write = lambda *a: b''", "SEC005", "os.read"),
    at_import(
        "patches-the-marker", "import allause.hookspecs as h\nh.hookimpl = None", "SEC005", "allause.hookspecs.hookimpl"
    ),
    at_import(
        "steals-requests",
        "import os, threading, time\nready = threading.Barrier(9)\n"
        "def steal():\n    ready.wait()\n    while True: os.read(3, 65536)\n"
        "for _ in range(8): threading.Thread(target=steal, daemon=True).start()\n"
        "ready.wait()\ntime.sleep(0.1)",
        ANY,
        "no answer",
    ),
    in_main(
        "claims-to-be-fast",
        "import time\ntime.perf_counter_ns = lambda: 0",
        "PRF008",
        "perf_counter_ns() moved by 0.0 ms",
    ),
)

REACHING = (
    at_import("writes-outside", "open('@OUTSIDE@/made', 'w').write('x')", "DSC006", "Permission"),
    at_import("writes-into-the-home", "open('@HOME@/made', 'w').write('x')", "DSC006", "Permission"),
    at_import("writes-into-the-temporary-folder", "open('@TEMPORARY@/made', 'w').write('x')", "DSC006", "Permission"),
    at_import("writes-into-memory", "open('/dev/shm/@MARK@', 'w').write('x')", "DSC006", "Permission"),
    at_import("deletes-outside", "import os\nos.unlink('@SECRET@')", "DSC006", "Permission"),
    at_import("reads-a-secret", "print(open('@SECRET@').read())", "DSC006", "Permission"),
    at_import("reads-passwords", "print(open('/etc/shadow').read())", "DSC006", "Permission"),
    at_import("reads-the-hosts-environment", "print(open('/proc/@HOST@/environ').read())", "DSC006", "Permission"),
    inside("tells-its-environment", INFO, "import os\nraise RuntimeError(str(dict(os.environ)))", "TYP001", "Runtime"),
    at_import("opens-a-connection", "import socket\nsocket.create_connection(('127.0.0.1', 9))", "DSC006", "permitted"),
    at_import("sends-a-datagram", "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "DSC006",
              "permitted"),
    at_import("changes-its-own-source", "open(__file__, 'a').write('x = 1')", "DSC006", "Permission"),
    at_import("traces-its-parent", "import ctypes, os\nassert ctypes.CDLL(None).ptrace(16, os.getppid(), 0, 0) == 0",
              "DSC006", "AssertionError"),
    at_import("leaves-shared-memory", LEFT.format("libc.shmget(0, 4096, 0o1600)"), "DSC006", "PermissionError"),
    at_import("leaves-a-semaphore", LEFT.format("libc.semget(0, 1, 0o1600)"), "DSC006", "PermissionError"),
    at_import("leaves-a-message", LEFT.format("libc.msgget(0, 0o1600)"), "DSC006", "PermissionError"),
    at_import("leaves-a-named-queue", LEFT.format("libc.mq_open(b'/allause', 0o100, 0o600, None)"), "DSC006",
              "PermissionError"),
    at_import("leaves-a-segment", "from multiprocessing.shared_memory import SharedMemory\n"
              "SharedMemory('allause', create=True, size=1)", "DSC006", "Permission"),
    at_import("leaves-an-unreadable-folder",
              "import os\nos.makedirs('a/b', exist_ok=True)\nos.chmod('a', 0)", "RES004", "outside context.directory"),
)  # fmt: skip # one attack an entry

ANSWERING = (
    answering("answers-200-megabytes", "return 'x' * 200_000_000", "BEH004", "more than 8388608 bytes"),
    answering(
        "answers-too-deep", "value = []\nfor _ in range(100_000): value = [value]\nreturn value", "BEH004", "deeper"
    ),
    answering("answers-itself", "value = {}\nvalue['me'] = value\nreturn value", "BEH004", "deeper"),
    answering("answers-too-many", "return [[0] * 1000 for _ in range(1000)]", "BEH004", "more than 100000 values"),
    answering("answers-for-ever", "import itertools\nreturn itertools.count()", "BEH004", "returned itertools.count;"),
    answering(
        "answers-an-evil-object",
        "class Evil:\n    def __getattribute__(self, name): raise SystemExit(3)\n"
        "    def __repr__(self): raise KeyboardInterrupt\n    __eq__ = __hash__ = __repr__\nreturn Evil()",
        "BEH004",
        "Evil; expected",
    ),
    answering("answers-a-giant-number", "return 10 ** 6000", "BEH004", "returned int; expected"),
    answering("answers-half-a-letter", r"return '\ud800'", "BEH004", "returned str; expected"),
)

HOSTILE = (*RAISING, *DYING, *HANGING, *GREEDY, *FORGING, *REACHING, *ANSWERING)
