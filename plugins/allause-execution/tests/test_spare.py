"""The file of the next segment is made while the one before it is written, and counts for nothing until then."""

from threading import Event as Signal
from threading import get_ident

import pytest

from allause.exceptions import JournalError
from allause_execution.journal import Disk, Journal, chain, encode
from allause_execution.orders.events import Event, EventKind

SIZE = 4096


class Made(Disk):
    """Say which thread made which file, and refuse where it is asked to."""

    def __init__(self):
        self.made, self.refuses, self.gate = [], lambda _path: False, Signal()
        self.gate.set()

    def create(self, path, size):
        assert self.gate.wait(20)
        self.made.append((path.name, size, get_ident()))
        if self.refuses(path):
            raise OSError(28, "No space left on device")
        return super().create(path, size)


@pytest.fixture
def disk(monkeypatch):
    monkeypatch.setattr(chain, "_WORTHWHILE", 0)
    return Made()


def note(number):
    return encode(Event(kind=EventKind.ILLEGAL, ts=number, text="x" * 200))


def write(journal, numbers):
    for number in numbers:
        journal.flush(journal.enqueue(note(number), durable=True))


def read(path):
    journal = Journal(path, segment_bytes=SIZE)
    try:
        return [event.ts for event in journal.replay()]
    finally:
        journal.close()


def names(path):
    return sorted(each.name for each in path.iterdir())


def test_segments_after_the_first_are_made_by_another_thread(tmp_path, disk):
    journal = Journal(tmp_path / "j", segment_bytes=SIZE, disk=disk)
    write(journal, range(100))
    assert journal.segments == 3
    assert [(name, size) for name, size, _ in disk.made] == [
        (f"000000000{number}.new", SIZE << number - 1) for number in range(1, len(disk.made) + 1)
    ]
    mine = [name for name, _, thread in disk.made if thread == get_ident()]
    assert mine == ["0000000001.new"]
    journal.close()
    assert read(tmp_path / "j") == list(range(100))


def test_nothing_is_left_of_a_file_that_was_not_needed(tmp_path, disk):
    journal = Journal(tmp_path / "j", segment_bytes=SIZE, disk=disk)
    write(journal, range(10))
    assert len(disk.made) == 2
    journal.close()
    assert names(tmp_path / "j") == ["0000000001.segment", "lock"]


def test_a_file_that_a_death_left_behind_is_removed(tmp_path, disk):
    journal = Journal(tmp_path / "j", segment_bytes=SIZE, disk=disk)
    write(journal, range(10))
    journal.close()
    (tmp_path / "j" / "0000000002.new").write_bytes(b"\1" * 99)
    assert read(tmp_path / "j") == list(range(10))
    assert names(tmp_path / "j") == ["0000000001.segment", "lock"]


def test_one_that_could_not_be_made_is_made_when_it_is_needed(tmp_path, disk):
    mine = get_ident()
    disk.refuses = lambda _path: get_ident() != mine
    journal = Journal(tmp_path / "j", segment_bytes=SIZE, disk=disk)
    write(journal, range(100))
    journal.close()
    assert read(tmp_path / "j") == list(range(100))


def test_a_disk_that_stays_full_is_told_when_the_segment_is_needed(tmp_path, disk):
    disk.refuses = lambda path: path.name != "0000000001.new"
    journal = Journal(tmp_path / "j", segment_bytes=SIZE, disk=disk)
    write(journal, range(10))
    with pytest.raises(JournalError, match="No space left on device"):
        write(journal, range(10, 100))
    journal.close()


def test_orders_go_on_while_it_is_made(tmp_path, disk):
    journal = Journal(tmp_path / "j", segment_bytes=SIZE, disk=disk)
    disk.gate.clear()
    write(journal, range(12))  # more than half of the first segment
    assert len(disk.made) == 1
    disk.gate.set()
    write(journal, range(12, 100))
    journal.close()
    assert read(tmp_path / "j") == list(range(100))


def test_one_that_is_too_small_is_put_aside(tmp_path, disk):
    journal = Journal(tmp_path / "j", segment_bytes=SIZE, disk=disk)
    write(journal, range(10))
    large = encode(Event(kind=EventKind.ILLEGAL, ts=10, text="x" * 50_000))
    journal.flush(journal.enqueue(large, durable=True))
    journal.close()
    assert read(tmp_path / "j") == list(range(11))
    assert names(tmp_path / "j") == ["0000000001.segment", "0000000002.segment", "lock"]


def test_a_compaction_needs_another_one(tmp_path, disk):
    journal = Journal(tmp_path / "j", segment_bytes=SIZE, disk=disk)
    write(journal, range(10))
    journal.compact([note(7)] * 40)
    write(journal, range(3))
    journal.close()
    assert read(tmp_path / "j") == [7] * 40 + [0, 1, 2]


def test_no_thread_to_be_had_is_no_failure(tmp_path, disk, monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)
    journal = Journal(tmp_path / "j", segment_bytes=SIZE, disk=disk)
    write(journal, range(100))
    journal.close()
    assert read(tmp_path / "j") == list(range(100))
