import gc
import sqlite3
from threading import Thread
from zlib import crc32

import pytest

from allause.exceptions import JournalError
from allause_execution.events import Event, EventKind
from allause_execution.journal import Journal, encode


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


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("UPDATE events SET body = replace(body, 'note 2', 'note 7') WHERE seq = 3", "event 3 does not match"),
        ("UPDATE events SET crc = crc + 1 WHERE seq = 2", "event 2 does not match"),
        ("UPDATE events SET body = x'00' WHERE seq = 2", "event 2 does not match"),
        ("DELETE FROM events WHERE seq = 3", "expected event 3, found event 4"),
        ("DROP TABLE events", "no such table"),
    ],
)
def test_damage_is_an_error_that_names_file_and_event(tmp_path, damage, told):
    write(tmp_path / "j")
    with sqlite3.connect(tmp_path / "j") as db:
        db.execute(damage)
    db.close()
    with pytest.raises(JournalError, match=told) as caught:
        read(tmp_path / "j")
    assert str(tmp_path / "j") in str(caught.value)


def test_an_event_of_unknown_shape_with_a_right_checksum_is_damage(tmp_path):
    write(tmp_path / "j", range(0))
    with sqlite3.connect(tmp_path / "j") as db:
        db.execute("INSERT INTO events VALUES (1, ?, ?)", ('{"kind":"teleported"}', crc32(b'{"kind":"teleported"}')))
    db.close()
    with pytest.raises(JournalError, match="after event 0"):
        read(tmp_path / "j")


def test_a_cut_file_is_an_error(tmp_path):
    write(tmp_path / "j", range(300), orders_per_commit=64)
    content = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(content[: len(content) // 2])
    with pytest.raises(JournalError, match=r"damaged|cannot be used"):
        read(tmp_path / "j")


def test_a_file_that_is_no_database_is_an_error(tmp_path):
    (tmp_path / "j").write_bytes(b"timestamp,price\n" * 500)
    with pytest.raises(JournalError, match="not a database"):
        Journal(tmp_path / "j")


def test_another_programs_database_is_left_alone(tmp_path):
    with sqlite3.connect(tmp_path / "j") as db:
        db.execute("CREATE TABLE mine (x)")
    db.close()
    before = (tmp_path / "j").read_bytes()
    with pytest.raises(JournalError, match="another program's database"):
        Journal(tmp_path / "j")
    assert (tmp_path / "j").read_bytes() == before


def test_another_version_is_refused_with_both_numbers(tmp_path):
    write(tmp_path / "j")
    with sqlite3.connect(tmp_path / "j") as db:
        db.execute("PRAGMA user_version=9")
    db.close()
    with pytest.raises(JournalError, match="expected an order journal of version 1, found version 9"):
        Journal(tmp_path / "j")


def test_a_second_engine_on_the_same_file_is_refused(tmp_path):
    first = Journal(tmp_path / "j")
    with pytest.raises(JournalError, match="in use"):
        Journal(tmp_path / "j")
    first.close()
    Journal(tmp_path / "j").close()


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


def test_no_more_orders_than_allowed_share_a_commit():
    journal = Journal(None, orders_per_commit=2)
    list(journal.replay())
    tickets = [journal.enqueue(encode(note(n)), durable=True) for n in range(5)]
    journal.flush(tickets[-1])
    assert journal.commits == 3
    journal.close()


def test_a_durable_event_is_committed_with_a_full_sync(tmp_path):
    journal = Journal(tmp_path / "j")
    statements = []
    journal._db.set_trace_callback(statements.append)
    journal.flush(journal.enqueue(encode(note(1))))
    journal.flush(journal.enqueue(encode(note(2)), durable=True))
    modes = [text for text in statements if "synchronous" in text or text == "COMMIT"]
    assert modes == ["PRAGMA synchronous=NORMAL", "COMMIT", "PRAGMA synchronous=FULL", "COMMIT"]
    journal.close()


def test_a_change_behind_the_back_of_the_engine_is_found_by_verify(tmp_path):
    journal = Journal(tmp_path / "j")
    list(journal.replay())
    journal.flush(journal.enqueue(encode(note(1)), durable=True))
    with sqlite3.connect(tmp_path / "j") as db:
        db.execute("DELETE FROM events")
    db.close()
    assert "ends with event 0, 1 were written" in journal.verify()
    journal.close()


def test_after_a_failed_write_the_file_is_not_trusted_again(tmp_path):
    journal = Journal(tmp_path / "j")
    journal._db.execute("PRAGMA query_only=1")
    with pytest.raises(JournalError, match="readonly"):
        journal.flush(journal.enqueue(encode(note(1)), durable=True))
    journal._db.execute("PRAGMA query_only=0")
    with pytest.raises(JournalError, match="readonly"):
        journal.flush(journal.enqueue(encode(note(2)), durable=True))
    journal.close()
    assert read(tmp_path / "j") == []


def test_an_event_that_would_be_read_back_differently_is_refused():
    with pytest.raises(ValueError, match="cannot be journalled"):
        encode(Event(kind=EventKind.ACCEPTED, ts=1, venue_order_id=17))


def test_a_journal_dropped_without_close_frees_its_file(tmp_path):
    Journal(tmp_path / "j")
    gc.collect()
    Journal(tmp_path / "j").close()
