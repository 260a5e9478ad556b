"""A forked process has a copy of all that its parent has open, and may use none of it."""

import os
import subprocess
import sys

import pytest

from allause.exceptions import JournalError
from allause.models.orders import OrderStatus
from allause_execution.journal import NAME, Reading
from allause_execution.sessions.paper import PaperSession

SCRIPT = """
import logging, os, signal, sys
from decimal import Decimal
from pathlib import Path
from allause.exceptions import AllauseError
from allause.measurement import SystemClock
from allause.models.context import Context
from allause.venue import InProcessSession, Venue
from allause_execution import Config, TradingExecutionEngine, fork, plugin
BREAK

directory = Path(sys.argv[1])
venue = Venue(seed=1)
venue.quote("AAPL", Decimal(99), Decimal(101), Decimal(10**6), Decimal(10**6), ts=0)
log = logging.getLogger("t")
context = Context(clock=SystemClock(), directory=directory, seed=7, logger=log, venue=InProcessSession(venue))

def opened():
    component = TradingExecutionEngine()
    component.start(context)
    return component

def place(component, key):
    try:
        return str(component.place_order("AAPL", 10, "market", client_order_id=key).status)
    except AllauseError as error:
        return str(error)

def forked(work):
    signal.alarm(60)
    read, write = os.pipe()
    if not os.fork():
        try:
            os.write(write, "\\n".join(work()).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.wait()
    print(os.read(read, 10000).decode(), flush=True)

component = opened()
place(component, "o1")
"""
REFUSED = "the component is at work in the process from which this one was forked; make a new instance here"
FORGETS = "plugin.leave_in_children = lambda *_: None"
KEEPS_FILES = "from allause_execution.journal.chain import Chain; Chain.abandon = lambda _: None"


def run(code, directory, broken=""):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("BREAK", broken) + code, str(directory)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip # what is run, and how
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def two_processes_do_not_write_one_journal(directory, broken=""):
    told = run(
        """
def work():
    yield place(component, "of the child")
    try:
        yield str(component.get_open_orders())
    except AllauseError as error:
        yield str(error)
    yield str(component.validate_component().valid)
    try:
        opened()
    except AllauseError as error:
        yield str(error)
    component.close()
forked(work)
print(place(component, "o2"), component.validate_component().valid)
component.close()
component = opened()
print(*component._engine.state.orders)
""",
        directory,
        broken,
    )
    assert told[:3] == [REFUSED, REFUSED, "True"]
    assert "in use by another engine" in told[3]
    assert told[4:] == ["filled True", "o1 o2"]
    assert sum(b'"intent"' in entry.body for entry in Reading(directory / NAME)) == 2


def test_two_processes_do_not_write_one_journal(tmp_path):
    two_processes_do_not_write_one_journal(tmp_path)


def test_an_engine_that_goes_on_in_a_child_is_noticed(tmp_path):
    with pytest.raises(AssertionError):
        two_processes_do_not_write_one_journal(tmp_path, FORGETS)


def test_a_child_waits_for_no_lock_that_a_thread_of_its_parent_held(tmp_path):
    told = run(
        """
component._opening.acquire()
component._tally._lock.acquire()
forked(lambda: [place(component, "o2"), component.close() or "closed"])
""",
        tmp_path,
    )
    assert told == [REFUSED, "closed"]


def a_grandchild_is_as_inert_as_a_child(directory, broken=""):
    """Sessions that the engine opened say goodbye when they are let go; those of a forked process may not."""
    told = run(
        """
import gc
from allause.venue import InProcessSession

class Session(InProcessSession):
    def __del__(self):
        os.write(1, b"goodbye\\n")

component.close()
context = Context(
    clock=SystemClock(), directory=directory / "two", seed=7, logger=log, venue=InProcessSession(venue),
    connect=lambda: Session(venue),
)
(directory / "two").mkdir()
component = TradingExecutionEngine(Config(sessions=2))
component.start(context)

def grandchild():
    gc.collect()
    return [place(component, "of the grandchild")]

def child():
    forked(grandchild)
    gc.collect()
    return [place(component, "of the child")]

forked(child)
os._exit(0)
""",
        directory,
        broken,
    )
    assert told == [REFUSED, REFUSED]


def test_a_grandchild_is_as_inert_as_a_child(tmp_path):
    a_grandchild_is_as_inert_as_a_child(tmp_path)


FORGETS_AGAIN = """
def leave(component, leave=TradingExecutionEngine._leave):
    leave(component)
    if not component._opened and getattr(component, "left", False):
        component._inherited = None
    component.left = True
TradingExecutionEngine._leave = leave
"""


def test_a_grandchild_that_lets_the_sessions_go_is_noticed(tmp_path):
    with pytest.raises(AssertionError):
        a_grandchild_is_as_inert_as_a_child(tmp_path, FORGETS_AGAIN)


def test_what_one_owner_raises_in_a_child_keeps_no_other_from_leaving(tmp_path):
    told = run(
        """
class Owner:
    pass

def raises(owner):
    sys.stderr = open(os.devnull, "w")  # where Python tells what such a hook raises
    raise OSError

first, others = Owner(), [Owner(), Owner()]
left = []
fork.leave_in_children(others[0], left.append)
fork.leave_in_children(first, raises)
fork.leave_in_children(others[1], left.append)
forked(lambda: [str(left == others[::-1] or left == others), place(component, "o2")])
""",
        tmp_path,
    )
    assert told == ["True", REFUSED]


def a_child_does_not_keep_the_journal_of_its_parent(started, directory, broken=""):
    """The parent is killed, and its child lives on until its stdin is closed."""
    code = """
if not os.fork():
    signal.alarm(60)
    print("forked", flush=True)
    sys.stdin.read()
    os._exit(0)
signal.pause()
"""
    command = [sys.executable, "-c", SCRIPT.replace("BREAK", broken) + code, str(directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        try:
            assert parent.stdout.readline() == "forked\n"
        finally:
            parent.kill()
        parent.wait()
        assert started(PaperSession()).get_order("o1").status is OrderStatus.FILLED
        parent.stdin.close()


def test_a_child_does_not_keep_the_journal_of_its_parent(started, tmp_path):
    a_child_does_not_keep_the_journal_of_its_parent(started, tmp_path)


def test_a_child_that_keeps_the_files_is_noticed(started, tmp_path):
    with pytest.raises(JournalError, match="in use by another engine"):
        a_child_does_not_keep_the_journal_of_its_parent(started, tmp_path, KEEPS_FILES)


def test_a_child_of_a_process_that_just_opens_its_journal_keeps_no_lock_of_it(tmp_path):
    told = run(
        """
from allause_execution.journal.chain import Chain

def is_open(descriptor):
    try:
        return bool(os.fstat(descriptor))
    except OSError:
        return False

def begins(chain, begin=Chain._open):
    locks = chain._locks
    forked(lambda: [str([is_open(descriptor) for descriptor in locks])])
    begin(chain)

component.close()
Chain._open = begins
print(place(opened(), "o2"), flush=True)
""",
        tmp_path,
    )
    assert told == ["[False, False]", "filled"]


def test_a_journal_that_a_child_closes_is_still_its_parent_s(tmp_path):
    told = run(
        """
from allause_execution.journal import Journal
journal = Journal(directory / "alone")
forked(lambda: [str(journal.close())])
try:
    Journal(directory / "alone")
except AllauseError as error:
    print(error)
""",
        tmp_path,
    )
    assert "in use by another engine" in told[1]


def test_an_engine_that_closes_frees_its_journal_whoever_has_its_files(scripted, started, monkeypatch):
    session = scripted()
    component = started(session)
    copies = [os.dup(descriptor) for descriptor in component._engine.journal._store._locks]  # as a fork makes them
    try:
        component.close()
        started(session)
    finally:
        for copy in copies:
            os.close(copy)
