"""Damage of what was on disk: every bit flipped, every byte cut; a clean prefix or an error that says where."""

import re
from pathlib import Path

import pytest

from allause.exceptions import JournalError
from allause_execution.journal import Disk, Journal, Reading, encode
from allause_execution.journal.record import Walk
from allause_execution.orders.events import Event, EventKind

pytestmark = pytest.mark.long

HERE = Path("/orders.journal")
SIZE = 4096


class Shown(Disk):
    """Show one directory of files that are in memory."""

    def __init__(self, files):
        self.files = files

    def names(self, directory):
        return sorted(self.files) if directory == HERE else []

    def is_file(self, path):
        return False

    def size(self, path):
        return len(self.files[path.name])

    def read(self, path, most=-1):
        return self.files[path.name] if most < 0 else self.files[path.name][:most]


def write(directory, events, *, sealed=True):
    journal = Journal(directory, segment_bytes=SIZE)
    for number in range(events):
        event = Event(kind=EventKind.ILLEGAL, ts=number, text=f"note {number}")
        journal.flush(journal.enqueue(encode(event), durable=True))
    if sealed:
        journal.close()
    files = {path.name: path.read_bytes() for path in sorted(directory.glob("*.segment"))}
    journal.close()
    return files


def read(files):
    """Return the records, the places they end at, and what is wrong."""
    bodies, ends = [], []
    try:
        for entry in Reading(HERE, Shown(files)):
            bodies.append(entry.body)
            ends.append(entry.offset)
    except JournalError as error:
        return bodies, ends, str(error)
    return bodies, ends, ""


def flips(files, name, bits):
    for bit in bits:
        content = bytearray(files[name])
        content[bit // 8] ^= 1 << bit % 8
        yield bit // 8, {**files, name: bytes(content)}


def every_flip_is_told(files, bits=range(8 * SIZE)):
    """Of a sealed journal, each flip within its events is an error that names file, and the record that is hit."""
    (name,) = files
    whole, starts, _ = read(files)
    end = len(files[name].rstrip(b"\0"))
    seal = starts[-1] + 16 + -(-len(whole[-1]) // 8) * 8
    for byte, flipped in flips(files, name, bits):
        bodies, _, wrong = read(flipped)
        assert bodies == whole[: len(bodies)], f"byte {byte}"
        if byte < seal:
            assert wrong, f"a flip in byte {byte} was accepted"
            hit = max([0, *(start for start in starts if start <= byte)])
            assert f"{HERE}/{name} " in wrong
            assert byte < 64 or f"at byte {hit};" in wrong, wrong
            assert re.search(r"at byte \d+;|found another file", wrong), wrong
        else:
            assert (bodies, wrong) == (whole, ""), f"byte {byte} of {end}"


def test_every_bit_of_a_journal_flipped_is_told_or_harms_nothing(tmp_path):
    every_flip_is_told(write(tmp_path / "j", 25))


def test_a_flip_in_the_last_event_of_a_process_that_died_cuts_that_event_at_most(tmp_path):
    files = write(tmp_path / "j", 5, sealed=False)
    (name,) = files
    whole, starts, _ = read(files)
    for byte, flipped in flips(files, name, range(8 * 64, 8 * SIZE, 3)):
        bodies, _, wrong = read(flipped)
        if byte < starts[-1]:
            assert wrong, f"a flip in byte {byte} was accepted"
        else:
            assert (bodies in (whole, whole[:-1]), wrong) == (True, ""), f"byte {byte}"


def test_every_flip_in_a_segment_that_is_not_the_last_is_an_error(tmp_path):
    files = write(tmp_path / "j", 100)
    first, *others = files
    assert others
    for byte, flipped in flips(files, first, range(0, 8 * SIZE, 7)):
        assert read(flipped)[2], f"a flip in byte {byte} was accepted"


def every_cut_is_told(files):
    (name,) = files
    for length in range(SIZE):
        _, _, wrong = read({name: files[name][:length]})
        assert f"at byte {length};" in wrong, f"cut to {length} bytes: {wrong!r}"


def test_a_segment_cut_at_any_byte_is_an_error_that_says_where(tmp_path):
    every_cut_is_told(write(tmp_path / "j", 25))


def test_a_missing_segment_is_an_error(tmp_path):
    files = write(tmp_path / "j", 300)
    names = list(files)
    assert len(names) > 2
    for name in names[:-1]:
        wrong = read({other: content for other, content in files.items() if other != name})[2]
        assert "is missing" in wrong or "expected segment" in wrong


def test_segments_of_two_journals_do_not_mix(tmp_path):
    one, other = write(tmp_path / "one", 100), write(tmp_path / "other", 100)
    second = list(one)[1]
    assert "the header of another" in read({**one, second: other[second]})[2]


def test_a_segment_under_another_name_is_an_error(tmp_path):
    ((_, content),) = write(tmp_path / "j", 3).items()
    assert "it is segment 1" in read({"0000000007.segment": content})[2]


def test_random_bytes_are_no_journal():
    assert "found another file" in read({"0000000001.segment": b"timestamp,price\n" * 256})[2]


def trust_the_length(self, next_body=Walk._next):
    body = next_body(self)
    if body is None and self._synced(self.offset) is not None:
        length = int.from_bytes(self._data[self.offset : self.offset + 4], "little")
        return self._data[self.offset + 16 : self.offset + 16 + length]
    return body


@pytest.mark.parametrize(
    ("name", "broken"),
    [("_next", trust_the_length), ("torn", lambda self: 0)],
    ids=["no checksum of bodies", "damage taken for the end"],
)
def test_a_reader_that_accepts_damage_is_noticed(tmp_path, monkeypatch, name, broken):
    files = write(tmp_path / "j", 5)
    monkeypatch.setattr(Walk, name, broken)
    with pytest.raises(AssertionError):
        every_flip_is_told(files)


def test_a_reader_that_does_not_miss_the_end_is_noticed(tmp_path, monkeypatch):
    files = write(tmp_path / "j", 5)
    monkeypatch.setattr(Reading, "_placed", lambda self, path, header, size: header)
    with pytest.raises(AssertionError):
        every_cut_is_told(files)
