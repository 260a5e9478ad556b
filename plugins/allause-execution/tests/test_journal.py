import errno
import fcntl
import gc
import os
import signal
import sqlite3
import stat
from threading import Event as Signal
from threading import Thread
from zlib import crc32

import pytest

from allause.exceptions import JournalError
from allause_execution.journal import Disk, Journal, disk, encode
from allause_execution.orders.events import Event, EventKind


def note(number):
    return Event(kind=EventKind.ILLEGAL, ts=number, text=f"note {number}")


def write(path, numbers=range(5), **options):
    journal = Journal(path, **options)
    list(journal.replay())
    for number in numbers:
        journal.flush(journal.enqueue(encode(note(number)), durable=True))
    journal.close()


def read(path):
    journal = Journal(path)
    try:
        return [event.ts for event in journal.replay()]
    finally:
        journal.close()


def test_what_was_written_is_read_back_and_continued(tmp_path):
    write(tmp_path / "j", range(3))
    write(tmp_path / "j", range(3, 5))
    assert read(tmp_path / "j") == [0, 1, 2, 3, 4]


def test_small_segments_follow_each_other(tmp_path):
    write(tmp_path / "j", range(500), segment_bytes=4096)
    sizes = [path.stat().st_size for path in sorted((tmp_path / "j").glob("*.segment"))]
    assert sizes == [4096 << index for index in range(len(sizes))]
    assert len(sizes) > 2
    assert read(tmp_path / "j") == list(range(500))


def test_an_event_larger_than_a_segment_gets_one_of_its_size(tmp_path):
    journal = Journal(tmp_path / "j", segment_bytes=4096)
    large = Event(kind=EventKind.ILLEGAL, ts=1, text="x" * 20_000)
    journal.flush(journal.enqueue(encode(large), durable=True))
    assert [*journal.replay()] == [large]
    journal.close()


def test_an_event_of_unknown_shape_with_a_right_checksum_is_an_error_that_says_where(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.flush(journal.enqueue(b'{"kind":"teleported"}', durable=True))
    journal.close()
    with pytest.raises(JournalError, match=r"0000000001\.segment is damaged: event 1 at byte 64: .*teleported"):
        read(tmp_path / "j")


def test_damage_is_an_error_that_names_file_and_byte(tmp_path):
    write(tmp_path / "j")
    segment = tmp_path / "j" / "0000000001.segment"
    content = segment.read_bytes()
    segment.write_bytes(content.replace(b"note 2", b"note 7"))
    with pytest.raises(JournalError, match=r"0000000001\.segment is damaged: .*checksum at byte \d+"):
        Journal(tmp_path / "j")
    segment.write_bytes(content)
    assert read(tmp_path / "j") == [0, 1, 2, 3, 4]


def test_a_torn_tail_is_cut_and_written_over(tmp_path):
    journal = Journal(tmp_path / "j")
    for number in range(3):
        journal.flush(journal.enqueue(encode(note(number)), durable=True))
    segment = tmp_path / "j" / "0000000001.segment"
    content = bytearray(segment.read_bytes())
    content[len(content.rstrip(b"\0")) - 20] ^= 255
    del journal
    gc.collect()
    segment.write_bytes(content)
    write(tmp_path / "j", range(10, 12))
    assert read(tmp_path / "j") == [0, 1, 10, 11]


def test_a_journal_of_version_1_in_its_place_or_beside_it_is_refused(tmp_path):
    for name in ("orders.journal", "orders.sqlite3"):
        directory = tmp_path / name.replace(".", "-")
        directory.mkdir()
        with sqlite3.connect(directory / name) as db:
            db.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, body TEXT NOT NULL, crc INTEGER NOT NULL)")
        db.close()
        before = (directory / name).read_bytes()
        with pytest.raises(JournalError, match=rf"{name} .*found an SQLite database.*settle its orders"):
            Journal(directory / "orders.journal")
        assert (directory / name).read_bytes() == before


def test_another_program_s_file_is_left_alone(tmp_path):
    (tmp_path / "j").write_bytes(b"timestamp,price\n" * 500)
    with pytest.raises(JournalError, match=r"j cannot be used .*"):
        Journal(tmp_path / "j")
    assert (tmp_path / "j").read_bytes() == b"timestamp,price\n" * 500


def test_another_version_is_refused_with_both_numbers(tmp_path):
    write(tmp_path / "j")
    segment = tmp_path / "j" / "0000000001.segment"
    content = bytearray(segment.read_bytes())
    content[8] = 9
    content[60:64] = crc32(content[:60]).to_bytes(4, "little")
    segment.write_bytes(content)
    with pytest.raises(JournalError, match="expected an order journal of version 2, found version 9"):
        Journal(tmp_path / "j")


def test_what_an_interrupted_creation_left_is_removed(tmp_path):
    write(tmp_path / "j")
    (tmp_path / "j" / "0000000002.new").write_bytes(b"half")
    assert read(tmp_path / "j") == [0, 1, 2, 3, 4]
    assert not (tmp_path / "j" / "0000000002.new").exists()


def test_compaction_puts_fewer_events_in_place_of_all(tmp_path):
    write(tmp_path / "j", range(200), segment_bytes=4096)
    journal = Journal(tmp_path / "j", segment_bytes=4096)
    assert journal.segments > 2
    journal.compact([encode(note(number)) for number in (7, 9)])
    journal.flush(journal.enqueue(encode(note(10)), durable=True))
    assert (journal.segments, journal.events_written, journal.verify()) == (1, 3, "")
    journal.close()
    assert len([*(tmp_path / "j").glob("*.segment")]) == 1
    assert read(tmp_path / "j") == [7, 9, 10]


def test_a_second_engine_on_the_same_file_is_refused(tmp_path):
    first = Journal(tmp_path / "j")
    with pytest.raises(JournalError, match="in use"):
        Journal(tmp_path / "j")
    first.close()
    Journal(tmp_path / "j").close()


def test_a_second_engine_is_refused_although_the_lock_file_was_removed(tmp_path):
    journal = Journal(tmp_path / "j")
    (tmp_path / "j" / "lock").unlink()
    with pytest.raises(JournalError, match="in use by another engine"):
        Journal(tmp_path / "j")
    journal.close()
    Journal(tmp_path / "j").close()


def flocks(refused):
    """Return ``flock`` as a file system has it that does not lock some files, which ``refused`` tells by their mode."""

    def flock(descriptor, operation):
        if refused(os.fstat(descriptor).st_mode):
            raise OSError(errno.EBADF, "Bad file descriptor")
        return locked(descriptor, operation)

    locked = fcntl.flock
    return flock


def test_the_lock_file_alone_holds_where_directories_cannot_be_locked(tmp_path, monkeypatch):
    monkeypatch.setattr(disk.fcntl, "flock", flocks(stat.S_ISDIR))
    journal = Journal(tmp_path / "j")
    with pytest.raises(JournalError, match="in use by another engine"):
        Journal(tmp_path / "j")
    journal.close()


def test_a_file_system_that_locks_nothing_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(disk.fcntl, "flock", flocks(lambda _mode: True))
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(tmp_path / "j")


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="cannot be used"):
        Journal(tmp_path / "file" / "below" / "j")


def test_concurrent_writers_lose_nothing_and_share_commits(tmp_path):
    journal = Journal(tmp_path / "j", orders_per_commit=8)
    list(journal.replay())

    def work(start):
        for number in range(start, start + 25):
            journal.flush(journal.enqueue(encode(note(number)), durable=True))

    threads = [Thread(target=work, args=(100 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    commits = journal.commits
    assert journal.verify() == ""
    journal.close()
    assert sorted(read(tmp_path / "j")) == sorted(100 * n + k for n in range(8) for k in range(25))
    assert 25 <= commits <= 200


def test_no_more_orders_than_allowed_share_a_commit(tmp_path):
    journal = Journal(tmp_path / "j", orders_per_commit=2)
    list(journal.replay())
    tickets = [journal.enqueue(encode(note(n)), durable=True) for n in range(5)]
    journal.flush(tickets[-1])
    assert journal.commits == 3
    journal.close()


class Told(Disk):
    def __init__(self):
        self.calls = []

    def write(self, descriptor, offset, data):
        self.calls.append("write")
        super().write(descriptor, offset, data)

    def sync(self, descriptor):
        self.calls.append("sync")
        super().sync(descriptor)


def test_a_durable_event_is_synced_and_another_goes_with_the_next_one(tmp_path):
    journal = Journal(tmp_path / "j", disk=(disk := Told()))
    disk.calls.clear()
    journal.flush(journal.enqueue(encode(note(1))))
    assert disk.calls == ["write"]
    journal.flush(journal.enqueue(encode(note(2)), durable=True))
    assert disk.calls == ["write", "write", "sync"]
    journal.close()


def test_what_waits_is_written_in_one_piece_and_synced_once(tmp_path):
    journal = Journal(tmp_path / "j", disk=(disk := Told()), orders_per_commit=8)
    disk.calls.clear()
    tickets = [journal.enqueue(encode(note(number)), durable=True) for number in range(8)]
    journal.flush(tickets[0])
    assert (disk.calls, [ticket.done for ticket in tickets]) == (["write", "sync"], [True] * 8)
    journal.close()


def test_the_end_of_a_closed_journal_is_confirmed_on_disk(tmp_path):
    journal = Journal(tmp_path / "j", disk=(disk := Told()))
    journal.flush(journal.enqueue(encode(note(1))))
    disk.calls.clear()
    journal.close()
    assert disk.calls == ["write", "sync"]


def test_a_change_behind_the_back_of_the_engine_is_found_by_verify(tmp_path):
    journal = Journal(tmp_path / "j")
    journal.flush(journal.enqueue(encode(note(1)), durable=True))
    segment = tmp_path / "j" / "0000000001.segment"
    segment.write_bytes(segment.read_bytes()[:64].ljust(segment.stat().st_size, b"\0"))
    assert "ends with event 0, 1 were written" in journal.verify()
    journal.close()


def test_after_a_failed_write_the_file_is_not_trusted_again(tmp_path):
    class Refusing(Disk):
        refuses = False

        def write(self, descriptor, offset, data):
            if self.refuses:
                raise OSError(5, "Input/output error")
            super().write(descriptor, offset, data)

    disk = Refusing()
    journal = Journal(tmp_path / "j", disk=disk)
    disk.refuses = True
    with pytest.raises(JournalError, match="Input/output error"):
        journal.flush(journal.enqueue(encode(note(1)), durable=True))
    disk.refuses = False
    with pytest.raises(JournalError, match="Input/output error"):
        journal.flush(journal.enqueue(encode(note(2)), durable=True))
    assert "Input/output error" in journal.verify()
    journal.close()
    assert read(tmp_path / "j") == []


def test_an_event_that_cannot_be_written_is_refused():
    with pytest.raises(ValueError, match="cannot be journalled"):
        encode(Event(kind=EventKind.ACCEPTED, ts=1, venue_order_id="\ud800"))


def test_a_journal_dropped_without_close_frees_its_file(tmp_path):
    Journal(tmp_path / "j")
    gc.collect()
    Journal(tmp_path / "j").close()


class Held(Disk):
    """Let a sync begin, and end when it is allowed to."""

    def __init__(self):
        self.began, self.allowed = Signal(), Signal()
        self.allowed.set()

    def sync(self, descriptor):
        self.began.set()
        assert self.allowed.wait(60)
        super().sync(descriptor)


def hold(path):
    journal = Journal(path, disk=(disk := Held()), orders_per_commit=8)
    disk.began.clear()
    disk.allowed.clear()
    return journal, disk


def flushing(journal, ticket):
    thread = Thread(target=journal.flush, args=(ticket,))
    thread.start()
    return thread


def test_an_event_that_needs_no_disk_does_not_wait_for_it(tmp_path):
    journal, disk = hold(tmp_path / "j")
    told, placed = journal.enqueue(encode(note(1))), journal.enqueue(encode(note(2)), durable=True)
    leader = flushing(journal, placed)
    assert disk.began.wait(60)
    journal.flush(told)
    assert (told.done, placed.done) == (True, False)
    disk.allowed.set()
    leader.join()
    assert placed.done
    journal.close()


def test_those_who_came_during_a_commit_share_the_next_one(tmp_path, until):
    journal, disk = hold(tmp_path / "j")
    leader = flushing(journal, journal.enqueue(encode(note(0)), durable=True))
    assert disk.began.wait(60)
    threads = [flushing(journal, journal.enqueue(encode(note(number)), durable=True)) for number in range(1, 8)]
    until(lambda: journal._turns.waiting == 7)
    disk.allowed.set()
    for thread in (leader, *threads):
        thread.join()
    assert journal.commits == 2
    journal.close()


def test_whoever_is_interrupted_while_waiting_leaves_nobody_behind(tmp_path, until):
    def interrupt(number, frame):
        raise KeyboardInterrupt

    journal, disk = hold(tmp_path / "j")
    leader = flushing(journal, journal.enqueue(encode(note(0)), durable=True))
    assert disk.began.wait(60)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)  # again, should the first come before the wait
        with pytest.raises(KeyboardInterrupt):
            journal.flush(journal.enqueue(encode(note(1)), durable=True))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    behind = flushing(journal, journal.enqueue(encode(note(2)), durable=True))
    until(lambda: journal._turns.waiting >= 1)
    disk.allowed.set()
    leader.join()
    behind.join()
    journal.close()
    assert read(tmp_path / "j") == [0, 1, 2]


def test_a_failed_sync_is_told_to_everybody_who_waits(tmp_path, until):
    class Broken(Held):
        def sync(self, descriptor):
            super().sync(descriptor)
            if self.refuses:
                raise OSError(5, "Input/output error")

        refuses = False

    journal = Journal(tmp_path / "j", disk=(disk := Broken()), orders_per_commit=2)
    disk.began.clear()
    disk.allowed.clear()
    disk.refuses = True
    said = []

    def flush(ticket):
        try:
            journal.flush(ticket)
        except JournalError as error:
            said.append(str(error))

    threads = [Thread(target=flush, args=(journal.enqueue(encode(note(number)), durable=True),)) for number in range(6)]
    for thread in threads:
        thread.start()
    until(lambda: journal._turns.waiting == 5)
    disk.allowed.set()
    for thread in threads:
        thread.join()
    assert len(said) == 6
    assert all("Input/output error" in text for text in said)
    journal.close()
