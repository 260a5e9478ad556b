"""``allause journal``: what it prints, and how it ends."""

import csv
import json
import os
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from allause.cli import main
from allause.exceptions import JournalError
from allause.models.orders import Fill, OrderIntent, OrderType, Side, TimeInForce
from allause_execution.journal import NAME, Journal, encode
from allause_execution.journal.damage import unusable
from allause_execution.journal.reading import Entry
from allause_execution.journal.rendering import Form, rendered
from allause_execution.orders.events import Event, EventKind

HOSTILE = ("\x1b[31m\r\nnext", "\u202eevil", "=cmd()", "\x9b2J", "<script>", "{{7*7}}", "@SUM(A1)", 'a,b"c')


def intent(key):
    return OrderIntent(
        client_order_id=key,
        symbol="AAPL",
        side=Side.BUY,
        quantity=Decimal("1.50"),
        order_type=OrderType.LIMIT,
        price=Decimal("-3.25"),
        time_in_force=TimeInForce.DAY,
    )


def fill(key):
    return Fill(
        trade_id="t1",
        client_order_id=key,
        venue_order_id="v1",
        symbol="AAPL",
        side=Side.BUY,
        last_qty=Decimal("1.50"),
        last_px=Decimal("-3.25"),
    )


@pytest.fixture
def directory(tmp_path):
    journal = Journal(tmp_path / NAME)
    events = [
        Event(kind=EventKind.OPENED, ts=1_700_000_000_123_456_789, text="USD", cash=Decimal(1000)),
        Event(kind=EventKind.INTENT, ts=2, client_order_id="o1", intent=intent("o1")),
        Event(kind=EventKind.FILL, ts=3, client_order_id="o1", fill=fill("o1")),
        *(Event(kind=EventKind.ILLEGAL, ts=2**62, text=text) for text in HOSTILE),
    ]
    for event in events:
        journal.flush(journal.enqueue(encode(event), durable=True))
    journal.close()
    return tmp_path


@pytest.fixture
def allause(capsys):
    """Run the command line in this process; return code, stdout and stderr."""

    def call(*words):
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


def damage(directory):
    (segment,) = (directory / NAME).glob("*.segment")
    segment.write_bytes(segment.read_bytes().replace(b"t1", b"t2"))


def test_show_has_a_line_for_each_event(allause, directory):
    code, out, err = allause("journal", "show", directory)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert len(lines) == 3 + len(HOSTILE)
    assert lines[0].split() == ["1", "2023-11-14T22:13:20.123456789Z", "opened", "text=USD", "cash=1000"]
    assert "quantity=1.50" in lines[1].split()


def test_text_shows_times_as_times_and_other_forms_the_nanoseconds():
    traded = attrs.evolve(fill("o1"), ts_event=1_700_000_000_123_456_789)
    entry = Entry(number=1, segment="s", offset=64, body=b"")
    event = Event(kind=EventKind.FILL, ts=3, client_order_id="o1", fill=traded)
    text, plain, row = ("".join(rendered([(entry, event)], form)) for form in Form)
    assert "ts_event=2023-11-14T22:13:20.123456789Z" in text.split()
    assert "1700000000123456789" not in text
    assert "1700000000123456789" in plain
    assert "1700000000123456789" in row


def test_show_says_once_what_event_and_record_both_say_and_shows_where_they_differ():
    entry = Entry(number=1, segment="s", offset=64, body=b"")
    told = [
        next(
            iter(rendered([(entry, Event(kind=EventKind.FILL, ts=3, client_order_id=key, fill=fill("o1")))], Form.TEXT))
        )
        for key in ("o1", "o2")
    ]
    assert told[0].split().count("client_order_id=o1") == 1
    assert "fill." not in told[0]
    assert {"client_order_id=o2", "fill.client_order_id=o1", "last_px=-3.25"} <= set(told[1].split())


def test_a_journal_that_the_system_refuses_is_named_once_and_another_file_beside_it():
    refused = PermissionError(13, "Permission denied", "/a/orders.journal")
    assert unusable("/a/orders.journal", refused).startswith(
        "/a/orders.journal cannot be used as order journal: Permission denied; check"
    )
    assert "'/a/orders.journal'" in unusable("/a", refused)


def test_show_takes_the_journal_itself_as_well_as_its_directory(allause, directory):
    assert allause("journal", "show", directory) == allause("journal", "show", directory / NAME)


def test_verify_takes_the_directory_that_one_stands_in(allause, directory, monkeypatch):
    monkeypatch.chdir(directory / NAME)
    assert allause("journal", "verify", ".")[0] == 0
    damage(directory)
    assert allause("journal", "verify", ".")[0] == 1


def test_show_of_one_order_and_of_the_last_events(allause, directory):
    kinds = [line.split()[2] for line in allause("journal", "show", directory, "--order", "o1")[1].splitlines()]
    assert kinds == ["intent", "fill"]
    last = allause("journal", "show", directory, "--order", "o1", "--last", "1")[1]
    assert [line.split()[2] for line in last.splitlines()] == ["fill"]


def test_more_of_the_last_events_than_there_can_be_are_all_of_them(allause, directory):
    everything = allause("journal", "show", directory)
    assert allause("journal", "show", directory, "--last", 10**30) == everything


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_nothing_of_a_stranger_acts_on_a_terminal(allause, directory, form):
    code, out, _ = allause("journal", "show", directory, "--format", form)
    assert code == 0
    assert out.replace("\n", "").isprintable()
    assert len(out.splitlines()) == 3 + len(HOSTILE) + (form == "csv")


def test_json_says_exactly_what_was_written(allause, directory):
    lines = [json.loads(line) for line in allause("journal", "show", directory, "--format", "json")[1].splitlines()]
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    assert [line["event"]["text"] for line in lines[3:]] == list(HOSTILE)
    assert lines[1]["event"]["intent"]["quantity"] == "1.50"
    assert (lines[0]["segment"], lines[0]["offset"]) == ("0000000001.segment", 64)


def test_csv_has_a_column_for_each_field_and_nothing_that_a_spreadsheet_computes(allause, directory):
    rows = list(csv.DictReader(allause("journal", "show", directory, "--format", "csv")[1].splitlines()))
    assert (rows[1]["intent.price"], rows[2]["fill.last_px"]) == ("-3.25", "-3.25")
    assert [row["text"] for row in rows if row["text"].endswith("cmd()")] == ["'=cmd()"]
    assert not [row for row in rows if row["text"].startswith(("=", "+", "-", "@"))]


def test_verify_of_a_sound_journal_says_where_it_ends(allause, directory):
    code, out, err = allause("journal", "verify", directory)
    assert (code, err) == (0, "")
    assert f"events: {3 + len(HOSTILE)}\n" in out
    told = json.loads(allause("journal", "verify", directory, "--format", "json")[1])
    assert (told["sound"], told["segments"], told["unconfirmed_bytes"]) == (True, 1, 0)


def test_verify_takes_only_the_formats_that_a_verdict_has(allause, directory):
    code, out, err = allause("journal", "verify", directory, "--format", "csv")
    assert (code, out) == (2, "")
    assert "--format: expected one of text, json, found 'csv'" in err
    assert "csv" not in allause("journal", "verify", "--help")[1]


@pytest.mark.parametrize("words", [("verify",), ("show",), ("show", "--format", "json"), ("export", "--out")])
def test_damage_ends_each_command_with_1_and_names_file_and_byte(allause, directory, tmp_path, words):
    damage(directory)
    out = [tmp_path / "out.json"] if words[-1] == "--out" else []
    code, _, err = allause("journal", words[0], directory, *words[1:], *out)
    assert code == 1
    assert "0000000001.segment is damaged: a record does not match its checksum at byte " in err
    assert not (tmp_path / "out.json").exists()


def test_a_segment_that_goes_on_for_ever_is_not_read_into_memory(allause, directory):
    segment = directory / NAME / "0000000001.segment"
    size = segment.stat().st_size
    os.truncate(segment, 1 << 40)  # nothing of it is on the disk
    for command in ("verify", "show"):
        code, _, err = allause("journal", command, directory)
        assert code == 1
        assert f"expected {size} bytes, found {1 << 40}: it goes on at byte {size};" in err
    with pytest.raises(JournalError, match="it goes on"):
        Journal(directory / NAME)


def test_show_prints_what_comes_before_the_damage(allause, directory):
    damage(directory)
    assert [line.split()[2] for line in allause("journal", "show", directory)[1].splitlines()] == ["opened", "intent"]


def test_a_path_without_a_journal_is_a_usage_error(allause, tmp_path):
    (tmp_path / "file").write_text("text")
    for path in (tmp_path, tmp_path / "nothing", tmp_path / "file"):
        code, out, err = allause("journal", "verify", path)
        assert (code, out) == (2, ""), err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize("words", [("show",), ("verify",), ("export", "--out", "copy")], ids=" ".join)
def test_a_path_that_may_not_be_looked_at_is_a_usage_error(allause, directory, monkeypatch, words):
    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "is_dir", refuse)  # as of a user who may not; of the one who runs this all may be read
    code, _, problem = allause("journal", words[0], directory, *words[1:])
    assert (code, problem) == (2, f"allause: error: {directory}: cannot be read: Permission denied; check the path\n")


def test_a_path_that_is_too_long_is_a_usage_error(allause):
    code, _, problem = allause("journal", "show", "x" * 300)
    assert code == 2
    assert "cannot be read: File name too long" in problem


def test_another_version_is_a_usage_error(allause, tmp_path):
    (tmp_path / "orders.sqlite3").write_bytes(b"SQLite format 3\0" + bytes(100))
    (tmp_path / NAME).mkdir()
    code, _, err = allause("journal", "verify", tmp_path)
    assert code == 2
    assert "found an SQLite database" in err


def test_export_writes_a_file_and_clobbers_none(allause, directory, tmp_path):
    target = tmp_path / "out.csv"
    code, out, _ = allause("journal", "export", directory, "--out", target, "--format", "csv")
    assert (code, out) == (0, f"{3 + len(HOSTILE)} events written to {target}\n")
    assert len(list(csv.DictReader(target.read_text().splitlines()))) == 3 + len(HOSTILE)
    before = target.read_bytes()
    code, _, err = allause("journal", "export", directory, "--out", target)
    assert (code, target.read_bytes()) == (2, before)
    assert f"--out {target}: already exists and is not overwritten; name another file" in err
    code, _, err = allause("journal", "export", directory, "--out", tmp_path / "no" / "out.csv")
    assert code == 2
    assert "out.csv: cannot be made: No such file or directory; name another file" in err


def test_a_journal_is_read_while_an_engine_writes_it_and_is_not_changed(allause, tmp_path):
    journal = Journal(tmp_path / NAME)
    journal.flush(journal.enqueue(encode(Event(kind=EventKind.ILLEGAL, ts=1, text="x")), durable=True))
    before = {path: path.read_bytes() for path in (tmp_path / NAME).iterdir()}
    assert allause("journal", "verify", tmp_path)[0] == 0
    assert {path: path.read_bytes() for path in (tmp_path / NAME).iterdir()} == before
    journal.close()


def test_an_order_without_events_is_told_with_what_was_meant(allause, directory):
    code, out, err = allause("journal", "show", directory, "--order", "o11")
    assert (code, out) == (2, "")
    assert "--order: the journal holds no event of an order 'o11'; did you mean 'o1'?" in err


def test_a_verification_of_a_damaged_journal_is_told_to_programs_too(allause, directory):
    damage(directory)
    code, out, err = allause("journal", "verify", directory, "--format", "json")
    facts = json.loads(out)
    assert code == 1
    assert facts["sound"] is False
    assert facts["problem"] in err


def test_a_form_that_there_is_not_is_one_line_of_ours(allause, directory):
    code, _, err = allause("journal", "show", directory, "--format", "xml")
    assert (code, err) == (2, "allause: error: --format: expected one of text, json, csv, found 'xml'\n")


@pytest.mark.parametrize("number", ["0", "x"])
def test_a_number_of_events_that_is_none_is_one_line_of_ours(number, allause, directory):
    code, _, err = allause("journal", "show", directory, "--last", number)
    assert (code, err) == (2, f"allause: error: --last: expected a whole number from 1 up, found {number!r}\n")


def test_a_path_without_a_journal_is_told_what_may_be_given(allause, directory):
    (directory.parent / "empty").mkdir()
    for path, found in ((directory / "nope", "nothing there"), (directory.parent / "empty", "none there")):
        code, _, err = allause("journal", "show", path)
        assert code == 2
        assert f"{path}: expected a journal, found {found}; " in err
        assert f"give the journal ({NAME}), the directory it is in, or the directory of a run" in err


def test_the_directory_of_a_run_leads_to_its_journal(allause, directory, tmp_path_factory):
    run = tmp_path_factory.mktemp("run")
    (run / "components" / "acme_execution").mkdir(parents=True)
    (directory / NAME).rename(run / "components" / "acme_execution" / NAME)
    assert allause("journal", "verify", run)[0] == 0
