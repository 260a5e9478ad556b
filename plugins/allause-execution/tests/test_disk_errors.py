"""A disk that refuses: the order is refused before it is sent, and what was written is not trusted again."""

import errno
import os
import subprocess
from contextlib import suppress
from functools import partialmethod
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from allause.exceptions import JournalError
from allause.models.orders import OrderStatus
from allause_execution import Config, TradingExecutionEngine, opening
from allause_execution.journal import NAME, Disk, Journal, Reading, chain, decoded
from allause_execution.orders.events import EventKind

pytestmark = pytest.mark.long

OPEN = Journal.__init__
CALLS = ("create", "write", "sync", "rename", "remove", "sync_directory")


class Refusing(Disk):
    """Count the calls that change something, and refuse from one of them on, or that one alone."""

    def __init__(self, at=0, error=errno.EIO, *, lasting=True):
        self.calls = 0
        self._at, self._error, self._lasting = at, error, lasting

    def _asked(self):
        self.calls += 1
        if self._at and (self.calls == self._at or (self._lasting and self.calls > self._at)):
            raise OSError(self._error, os.strerror(self._error))


def counted(name):
    def call(self, *arguments):
        self._asked()
        return getattr(Disk, name)(self, *arguments)

    return call


for _name in CALLS:
    setattr(Refusing, _name, counted(_name))


def key(number):
    return f"o{number}"


def place(component, session, orders):
    """Place orders until all are answered; return the ids accepted and those refused by the journal."""
    accepted, refused, said = [], [], set()
    for number in range(orders):
        try:
            component.place_order("AAPL", 1, "market", client_order_id=key(number))
        except JournalError as error:
            refused.append(key(number))
            said.add(str(error).rpartition("; ")[2])
        else:
            accepted.append(key(number))
    assert said <= {"the order was not sent"}
    assert [intent.client_order_id for intent in session.submitted] == accepted
    return accepted, refused


def refused_before_it_is_sent(scripted, directory, disk, patch, orders=12, relieve=lambda: None):
    """Trade on that disk, relieve it, then restart on a sound one; return whether the disk has refused anything."""
    directory.mkdir()
    session = scripted()
    patch.setattr(Journal, "__init__", partialmethod(OPEN, disk=disk, segment_bytes=4096))
    component = TradingExecutionEngine(Config(directory=directory, id_prefix="x"))
    try:
        component._opened = opening.open_engine(component._config, session=session)
    except JournalError:
        accepted, refused = [], ["all"]
    else:
        accepted, refused = place(component, session, orders)
        journal = component._opened.journal
        assert accepted == [key(number) for number in range(len(accepted))], "the journal was trusted again"
        assert bool(journal.broken) == bool(refused) or not refused
        component.close()
    sent = [intent.client_order_id for intent in session.submitted]
    assert sent == accepted
    relieve()
    patch.setattr(Journal, "__init__", partialmethod(OPEN, segment_bytes=4096))
    again = opening.open_engine(Config(directory=directory, id_prefix="x"), session=session)
    again.close()
    events = [event for _, event in decoded(Reading(directory / NAME))]
    intents = [event.client_order_id for event in events if event.kind is EventKind.INTENT]
    assert intents[: len(sent)] == sent, "an order was sent and is not in the journal"
    assert intents == [key(number) for number in range(len(intents))]
    return bool(refused)


def every_call_refused(scripted, directory, patch, error, *, lasting):
    whole = Refusing()
    assert not refused_before_it_is_sent(scripted, directory / "whole", whole, patch)
    refusals = [
        refused_before_it_is_sent(scripted, directory / str(at), Refusing(at, error, lasting=lasting), patch)
        for at in range(1, whole.calls + 1)
    ]
    assert len(refusals) > 30
    # the last three calls are of what the venue told of the last order, and of the end
    assert all(refusals[:-3])


@pytest.mark.parametrize("lasting", [True, False], ids=["from then on", "once"])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC, errno.EFBIG], ids=errno.errorcode.get)
def test_an_error_of_any_call_refuses_the_order_before_it_is_sent(scripted, tmp_path, monkeypatch, error, lasting):
    every_call_refused(scripted, tmp_path, monkeypatch, error, lasting=lasting)


def swallow_failed_sync(self):
    with suppress(OSError):
        self._disk.sync(self._descriptor)
    self._synced = self._offset


def trust_again(self, leading, commit=Journal._commit):
    self.broken = ""
    commit(self, leading)


def send_first(self, ticket, flush=Journal.flush):
    with suppress(JournalError):
        flush(self, ticket)


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [
        (chain.Chain, "sync", swallow_failed_sync),
        (Journal, "_commit", trust_again),
        (Journal, "flush", send_first),
    ],
    ids=["failed sync swallowed", "trusted again", "sent all the same"],
)
def test_a_journal_that_goes_on_after_an_error_is_noticed(scripted, tmp_path, monkeypatch, owner, name, broken):
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises((AssertionError, JournalError)):
        every_call_refused(scripted, tmp_path, monkeypatch, errno.EIO, lasting=False)


class Full(Disk):
    """Put every new segment on the device that is always full."""

    made = 0

    def create(self, path, size):
        self.made += 1
        if self.made == 1:
            return super().create(path, size)
        descriptor = os.open("/dev/full", os.O_RDWR | os.O_CLOEXEC)
        try:
            self.write(descriptor, 0, bytes(size))
        finally:
            os.close(descriptor)
        raise AssertionError("the device took it")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_device_that_is_full_refuses_the_order_before_it_is_sent(scripted, tmp_path, monkeypatch):
    assert refused_before_it_is_sent(scripted, tmp_path / "j", Full(), monkeypatch, orders=30)


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 64 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a file system cannot be mounted here: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_file_system_that_fills_up_refuses_the_order_before_it_is_sent(scripted, small_disk, monkeypatch):
    def relieve():
        subprocess.run(["mount", "-o", "remount,size=1m", str(small_disk)], check=True)

    assert refused_before_it_is_sent(scripted, small_disk / "j", Disk(), monkeypatch, orders=200, relieve=relieve)


def remove(journal):
    rmtree(journal)


def move(journal):
    journal.rename(journal.with_name("elsewhere"))


def put_a_copy_in_its_place(journal):
    copytree(journal, journal.with_name("copy"))
    rmtree(journal)
    journal.with_name("copy").rename(journal)


@pytest.mark.parametrize("lose", [remove, move, put_a_copy_in_its_place])
def test_an_order_is_refused_when_the_journal_is_not_where_the_next_start_looks(scripted, started, tmp_path, lose):
    session = scripted()
    component = started(session)
    component.place_order("AAPL", 1, "market")
    lose(tmp_path / NAME)
    with pytest.raises(JournalError, match="removed or moved"):
        component.place_order("AAPL", 1, "market")
    assert len(session.submitted) == 1
    assert component.cancel_order("s7-1").status is OrderStatus.CANCELED
    component.close()


def test_a_process_may_change_its_directory_while_it_trades(scripted, started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    component = started(scripted(), directory="run")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    component.place_order("AAPL", 1, "market")
    assert component.validate_component().problems == ()
    assert [*tmp_path.joinpath("other").iterdir()] == []
