"""Whatever part of what was not synced a power loss leaves, the journal is one of those that it was, and none older
than what was acknowledged.

The disk here is a model: it keeps a log of all that was asked of it, and every prefix of that log is tried with
un-synced writes dropped, torn and reordered, and names of files lost. No clock and no real disk is involved.
"""

from itertools import count
from pathlib import Path

import pytest

from allause.exceptions import JournalError
from allause_execution.journal import Disk, Journal, chain, encode, group
from allause_execution.orders.events import Event, EventKind

pytestmark = pytest.mark.long

HERE = Path("/orders.journal")
SECTOR = 64  # smaller than any real one, so that records of the size here cross some


class ModelDisk(Disk):
    """Keep files in memory and a log of what was asked; ``fail(call)`` is asked before each change."""

    def __init__(self, files=None, fail=lambda call: None):
        self.contents = {}
        self.links = {}
        self.log = []
        self.calls = 0
        self._numbers = count(1)
        self._fail = fail
        for path, content in (files or {}).items():
            number = next(self._numbers)
            self.links[path] = number
            self.contents[number] = bytearray(content)

    def _asked(self, *call):
        self.calls += 1
        self._fail(call)
        self.log.append(call)

    def files(self):
        return {path: bytes(self.contents[number]) for path, number in self.links.items()}

    def prepare(self, directory):
        pass

    def lock(self, directory):
        return (0,)

    def unlock(self, locks):
        pass

    def names(self, directory):
        return sorted(path.name for path in self.links if path.parent == directory)

    def is_named(self, descriptor, path):
        return self.links.get(path) == descriptor

    def is_file(self, path):
        return path in self.links

    def size(self, path):
        return len(self.contents[self.links[path]])

    def read(self, path, most=-1):
        content = bytes(self.contents[self.links[path]])
        return content if most < 0 else content[:most]

    def create(self, path, size):
        number = next(self._numbers)
        self._asked("create", path, number, size)
        self.links[path], self.contents[number] = number, bytearray(size)
        return number

    def open(self, path):
        return self.links[path]

    def write(self, descriptor, offset, data):
        self._asked("write", descriptor, offset, data)
        self.contents[descriptor][offset : offset + len(data)] = data

    def sync(self, descriptor):
        self._asked("sync", descriptor)

    def rename(self, old, new):
        self._asked("rename", old, new)
        self.links[new] = self.links.pop(old)

    def remove(self, path):
        self._asked("remove", path)
        del self.links[path]

    def sync_directory(self, directory):
        self._asked("sync_directory")

    def close(self, descriptor):
        pass


def note(number):
    return Event(kind=EventKind.ILLEGAL, ts=number, text=f"note {number} " + "x" * (number % 3 * 25))


def numbers(journal):
    return tuple(event.ts for event in journal.replay())


def written(disk, orders_per_commit=4):
    """Write, rotate, group, compact, close and reopen; return every state there was, acknowledgements in the log."""
    states = [()]

    def add(journal, wanted, durable):
        for number in wanted:
            states.append((*states[-1], number))
            ticket = journal.enqueue(encode(note(number)), durable=durable(number))
        journal.flush(ticket)
        if durable(wanted[-1]):
            disk.log.append(("acknowledged", len(states) - 1))

    def opened():
        return Journal(HERE, disk=disk, segment_bytes=1024, orders_per_commit=orders_per_commit)

    journal = opened()
    for number in range(4):
        add(journal, [number], lambda n: n % 2 == 1)
    add(journal, [4, 5, 6], lambda n: True)
    journal.close()
    journal = opened()
    add(journal, [7, 8, 9, 10], lambda n: n != 8)
    states.append((0, 5, 10))
    journal.compact([encode(note(number)) for number in states[-1]])
    disk.log.append(("acknowledged", len(states) - 1))
    for number in range(11, 20):
        add(journal, [number], lambda n: n % 3 != 0)
    return states


class Crash:
    """Hold what is on the disk for certain, and what may be or not."""

    def __init__(self, files):
        self.links = {path: -index for index, path in enumerate(sorted(files), start=1)}
        self.contents = {self.links[path]: bytes(files[path]) for path in files}
        self.writes = []  # (file, offset, data)
        self.names = []  # changes of the directory
        self.acknowledged = 0
        self._opened = dict(self.links)

    def take(self, call):
        match call:
            case ("create", path, number, size):
                self.contents[number] = b""
                self.writes.append((number, 0, bytes(size)))
                self.names.append(("link", path, number))
            case ("write", number, offset, data):
                self.writes.append((number, offset, data))
            case ("sync", number):
                mine = [write for write in self.writes if write[0] == number]
                self.writes = [write for write in self.writes if write[0] != number]
                self.contents = applied(self.contents, mine)
            case ("rename" | "remove", *_):
                self.names.append(call)
            case ("sync_directory",):
                self.links, self.names = linked(self.links, self.names), []
            case ("acknowledged", index):
                self.acknowledged = index

    def outcomes(self, every):
        """Yield the files that the power loss may leave; ``every`` byte at which a write is torn."""
        for names in name_choices(self.names):
            links = linked(self.links, names)
            for writes in write_choices(self.writes, every):
                contents = applied(self.contents, writes)
                yield {path: contents[number] for path, number in links.items()}


def linked(links, names):
    links = dict(links)
    for change in names:
        match change:
            case ("link", path, number):
                links[path] = number
            case ("rename", old, new):
                if old in links:
                    links[new] = links.pop(old)
            case ("remove", path):
                links.pop(path, None)
    return links


def applied(contents, writes):
    contents = dict(contents)
    for number, offset, data in writes:
        before = contents[number].ljust(offset, b"\0")
        contents[number] = before[:offset] + data + before[offset + len(data) :]
    return contents


def name_choices(names):
    yield from (names[:length] for length in range(len(names) + 1))
    yield from (names[:index] + names[index + 1 :] for index in range(len(names) - 1))


def write_choices(writes, every):
    yield []
    yield writes
    for index, (number, offset, data) in enumerate(writes):
        others = writes[:index] + writes[index + 1 :]
        yield [writes[index]]
        yield others
        sectors = [(number, offset + at, data[at : at + SECTOR]) for at in range(0, len(data), SECTOR)]
        yield from (others + sectors[:lost] + sectors[lost + 1 :] for lost in range(len(sectors) - 1))
    if writes:
        number, offset, data = writes[-1]
        if any(data):
            for length in range(1, len(data), every):
                torn = (number, offset, data[:length])
                yield [torn]
                yield [*writes[:-1], torn]


def survives_power_loss(*, every, disk=ModelDisk, twice=False):
    """Try every prefix and every outcome of it; return how many were tried."""
    whole = disk()
    states = written(whole)
    tried = set()
    crash = Crash({})
    for call in [("acknowledged", 0), *whole.log]:
        crash.take(call)
        for files in crash.outcomes(every):
            outcome = (crash.acknowledged, frozenset(files.items()))
            if outcome not in tried:
                tried.add(outcome)
                recovers(files, states, crash.acknowledged, every=every, again=twice)
    return len(tried)


def recovers(files, states, acknowledged, *, every, again=False):
    """Open what is left, which must be one of the states since the last acknowledged, and go on from there."""
    disk = ModelDisk(files)
    journal = Journal(HERE, disk=disk, segment_bytes=1024)
    found = numbers(journal)
    assert found in states[acknowledged:], f"found {found}, acknowledged {states[acknowledged]}"
    assert journal.events_written == len(found)
    journal.flush(journal.enqueue(encode(note(77)), durable=True))
    assert numbers(Journal(HERE, disk=ModelDisk(disk.files()))) == (*found, 77)
    if again:  # the power may go during the recovery too
        crash = Crash(files)
        identify(crash, ModelDisk(files))
        for call in disk.log[:-1]:
            crash.take(call)
            for left in crash.outcomes(every * 7):
                recovers(left, [*states, (*found, 77)], acknowledged, every=every)


def identify(crash, disk):
    """Give the crash the file numbers of the disk."""
    crash.contents = {number: bytes(content) for number, content in disk.contents.items()}
    crash.links = dict(disk.links)


def test_whatever_a_power_loss_leaves_nothing_acknowledged_is_lost():
    assert survives_power_loss(every=5) > 500


@pytest.mark.exam
def test_whatever_a_power_loss_leaves_with_every_byte_torn():
    assert survives_power_loss(every=1) > 2_000


@pytest.mark.exam
def test_whatever_a_second_power_loss_leaves_during_the_recovery():
    assert survives_power_loss(every=20, twice=True) > 200


def never_sync(self):
    self._synced = self._offset


def sync_later(self, sync=chain.Chain.sync):
    if getattr(self, "late", False):
        sync(self)
    self.late = True


def go_on_behind_the_torn_tail(self, opened=chain.Chain._open):
    def keep(reading):
        reading.offset += -(-reading.torn // 8) * 8
        reading.torn = 0

    class Untruncated(chain.Reading):
        def __iter__(self):
            yield from super().__iter__()
            keep(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "Reading", Untruncated)
        opened(self)


def rename_before_sync(self, header, records=(), draft=chain.Chain._draft):
    late, ordinary = [], type(self._disk)

    class Eager(ordinary):
        def sync(self, descriptor):
            late.append(descriptor)

        def rename(self, old, new):
            super().rename(old, new)
            self.__class__ = ordinary
            for descriptor in late:
                self.sync(descriptor)

    self._disk.__class__ = Eager
    return draft(self, header, records)


def remove_before_directory(self, draft, replace=chain.Chain.replace):
    disk, ordinary = self._disk, type(self._disk)

    class Forgetful(ordinary):
        def sync_directory(self, directory):
            pass

    disk.__class__ = Forgetful
    try:
        replace(self, draft)
    finally:
        disk.__class__ = ordinary


def replay_twice(self, replay=group.Journal.replay):
    yield from replay(self)
    yield from replay(self)


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [
        (chain.Chain, "sync", never_sync),
        (chain.Chain, "sync", sync_later),
        (chain.Chain, "_open", go_on_behind_the_torn_tail),
        (chain.Chain, "_draft", rename_before_sync),
        (chain.Chain, "replace", remove_before_directory),
        (group.Journal, "replay", replay_twice),
    ],
    ids=["no fsync", "ack before fsync", "no truncation", "rename before fsync", "no fsync of names", "double apply"],
)
def test_a_journal_that_is_broken_is_noticed(owner, name, broken, monkeypatch):
    monkeypatch.setattr(owner, name, broken)
    with pytest.raises((AssertionError, JournalError)):
        survives_power_loss(every=5)
