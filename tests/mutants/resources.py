"""Mutants of the checks RES."""

from mutants.mutant import COUNT, MONITORING, Mutant, at_top

INITIAL = "        self.operations = 0\n"
START = "        self.context = context\n"
ANALYSE = "        n = len(returns)\n"
CLOSE = "    def close(self):\n"
DECLARED = (
    "contract_version=CONTRACT_VERSION,",
    'contract_version=CONTRACT_VERSION,\n            capabilities=("process",),',
)


def in_module(line):
    return ("class Engine:", f"{line}\n\n\nclass Engine:")


def thread(options):
    return f"        import threading, time\n        threading.Thread(target=lambda: time.sleep(3600), {options}).start()\n"


def stopping(close):
    return (
        (INITIAL, INITIAL + "        import threading\n        self.end = threading.Event()\n"
         "        self.poller = threading.Thread(target=self._poll, daemon=True)\n        self.poller.start()\n"),
        (CLOSE, CLOSE + close),
        ("    def _analyze(", "    def _poll(self):\n        while not self.end.wait(0.2):\n            pass\n\n    def _analyze("),
    )  # fmt: skip


MUTANTS = (
    Mutant("RES001", "daemon-thread", edits=((INITIAL, INITIAL + thread("daemon=True")),)),
    Mutant("RES001", "background-that-goes-on", edits=(("            self.ended.set()\n            self.thread.join()\n", "            pass\n"),), **MONITORING),
    Mutant("RES002", "descriptor-forgotten", edits=((INITIAL, INITIAL + "        __import__('os').open('/dev/null', 0)\n"),)),
    Mutant(
        "RES003",
        "child-forgotten",
        edits=(
            DECLARED,
            (INITIAL, INITIAL + "        import os, signal\n        if os.fork() == 0:\n            signal.pause()\n"),
        ),
    ),
    Mutant("RES004", "writes-beside", edits=((COUNT, COUNT + "        open('trades.log', 'a').close()\n"),)),
    Mutant(
        "RES004",
        "tries-to-write-elsewhere",
        edits=(
            (
                COUNT,
                COUNT
                + "        from contextlib import suppress\n        with suppress(OSError):\n            open('/srv/trades.log', 'a').close()\n",
            ),
        ),
    ),
    Mutant(
        "RES005",
        "collects-in-the-module",
        edits=(in_module("SEEN = []"), (ANALYSE, ANALYSE + "        SEEN.append([float(i) for i in range(500)])\n")),
    ),
    Mutant(
        "RES005",
        "keeps-large-buffers",
        edits=(in_module("SEEN = []"), (ANALYSE, ANALYSE + "        SEEN.append(b'x' * 2**20)\n")),
    ),
    Mutant("RES006", "thread-never-ends", edits=((INITIAL, INITIAL + thread("name='poller'")),)),
    Mutant("RES007", "decimal-precision", edits=at_top("import decimal; decimal.getcontext().prec = 6")),
    Mutant("RES007", "silences-warnings", edits=at_top("import warnings; warnings.simplefilter('ignore')")),
    Mutant("RES007", "environment", edits=((COUNT, COUNT + "        __import__('os').environ['TRADES'] = '1'\n"),)),
    Mutant("RES007", "signal-handler", edits=((START, START + "        import signal; signal.signal(signal.SIGTERM, print)\n"),)),
    Mutant("RES007", "root-logger", edits=at_top("import logging; logging.basicConfig(level=10)")),
    Mutant("RES007", "arithmetic-of-new-threads", edits=at_top("import decimal; decimal.DefaultContext.prec = 6")),
    Mutant("RES007", "silences-loggers-of-others", edits=at_top("import logging.config; logging.config.dictConfig({'version': 1})")),
    Mutant("RES007", "search-path", edits=((COUNT, COUNT + "        __import__('sys').path.append('/srv/trades')\n"),)),
    Mutant("RES007", "first-finder", edits=at_top("import sys; sys.meta_path.insert(0, type('First', (), {'find_spec': lambda *_: None}))")),
    Mutant("RES007", "policy-of-loops", edits=at_top("import asyncio.events as e; e._event_loop_policy = type('Policy', (type(e.get_event_loop_policy()),), {})()")),
    Mutant("RES007", "traces-everybody", edits=((START, START + "        import sys; sys.settrace(lambda *_: None)\n"),)),
    Mutant("RES008", "prints-at-import", edits=at_top("print('loading')")),
    Mutant("RES008", "prints-in-its-self-test", edits=(("        report = self._analyze([0.5, -0.5], 1.0)\n", "        print('testing')\n        report = self._analyze([0.5, -0.5], 1.0)\n"),)),
    Mutant("RES008", "prints-when-it-refuses", edits=(("                self.errors += 1\n", "                self.errors += 1\n                print('refused')\n"),)),
    Mutant("RES008", "prints", edits=((ANALYSE, ANALYSE + '        print(\'{"outcome": "returned"}\')\n'),)),
)  # fmt: skip

LOOK_ALIKES = (
    Mutant("", "thread-that-ends", edits=stopping("        self.end.set()\n        self.poller.join()\n")),
    Mutant("", "thread-that-ends-soon", edits=stopping("        self.end.set()\n")),
    Mutant("", "bounded-cache", edits=(
        in_module("from collections import deque\n\nSEEN = deque(maxlen=60)"),
        (COUNT, COUNT + "        SEEN.append([float(i) for i in range(500)])\n"),
    )),
    Mutant("", "local-precision", edits=((COUNT, COUNT + "        from decimal import localcontext\n        with localcontext() as context:\n            context.prec = 6\n"),)),
    Mutant("", "precision-of-a-thread-of-its-own", edits=((COUNT, COUNT + "        from concurrent.futures import ThreadPoolExecutor\n        from decimal import getcontext\n        with ThreadPoolExecutor(1) as pool:\n            pool.submit(lambda: setattr(getcontext(), 'prec', 6)).result()\n"),)),
    Mutant("", "loggers-of-its-own", edits=((COUNT, COUNT + "        import logging; logging.getLogger('engine').setLevel(50); logging.getLogger('engine').addHandler(logging.NullHandler())\n"),)),
    Mutant("", "finder-of-last-resort", edits=at_top("import sys; sys.meta_path.append(type('Last', (), {'find_spec': lambda *_: None}))")),
    Mutant("", "random-source-of-its-own", edits=((COUNT, COUNT + "        import random; random.Random(7).random()\n"),)),
    Mutant("", "search-path-put-back", edits=((COUNT, COUNT + "        import sys; sys.path.insert(0, '/srv/trades'); sys.path.remove('/srv/trades')\n"),)),
    Mutant("", "logs-a-warning", edits=((COUNT, COUNT + "        import logging; logging.getLogger('engine').warning('analysing')\n"),)),
    Mutant("", "writes-where-it-may", edits=(("        self.context = context\n", "        self.context = context\n        (context.directory / 'log').write_text('begun')\n"),)),
)  # fmt: skip
