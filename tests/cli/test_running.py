"""``allause run``: bad input is one clear line, and nothing is left."""

import json

import pytest


@pytest.fixture
def files(command):
    """Write the data files of the cases below."""
    here = command.here
    (here / "empty.csv").write_text("")
    (here / "lie.parquet").write_text("Date,Open\n")
    (here / "truncated.csv.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01\x02")
    (here / "columns.csv").write_text("alpha,beta\n1,2\n")
    (here / "header.csv").write_text("Date,Open,High,Low,Close,Volume\n")
    (here / "nan.csv").write_text("Date,Open,High,Low,Close,Volume\n2020-01-01,nan,nan,nan,nan,1\n")
    (here / "quotes.csv").write_text("ts_event,symbol,bid,ask,bid_size,ask_size\n1577836800000000000,X,1,2,1,1\n")
    (here / "folder").mkdir()
    (here / "folder" / "mine.txt").write_text("mine")
    (here / "plans.py").write_text("def fails(event, portfolio): raise ValueError('no idea')\ndef odd(a): ...\n")
    return sorted(path.name for path in here.iterdir())


def test_a_run_prints_its_summary_and_ends_with_the_verdict(allause):
    process = allause("run", "--symbols", "FB", "--seed", "5")
    assert process.returncode == 0, process.stderr
    assert process.stdout.splitlines()[-1].startswith("Verdict: orders, fills, positions and cash agree")
    assert "\x1b" not in process.stdout + process.stderr
    record = json.loads((allause.here / "allause-run" / "run.json").read_text())
    assert record["seed"] == 5
    assert record["orders"]


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("--data", "missing.csv"), 2, "missing.csv: expected a market data file, found nothing"),
        (("--data", "folder"), 2, "found a folder"),
        (("--data", "empty.csv"), 1, "empty.csv"),
        (("--data", "lie.parquet"), 1, "lie.parquet"),
        (("--data", "truncated.csv.gz"), 1, "truncated.csv.gz"),
        (("--data", "columns.csv"), 1, "columns.csv"),
        (("--data", "header.csv"), 1, ""),
        (("--data", "nan.csv"), 1, ""),
        (("--data", "quotes.csv"), 1, "trades bars"),
        (("--symbols", "AAPLE"), 2, "did you mean AAPL"),
        (("--symbols", ","), 2, "names no symbol"),
        (("--strategy", "nowhere:x"), 2, "No module named 'nowhere'"),
        (("--strategy", "plans"), 2, "expected MODULE:CALLABLE"),
        (("--strategy", "plans:odd"), 2, "(event, portfolio)"),
        (("--strategy", "plans:fails"), 1, "no idea"),
        (("--out", "folder"), 2, "not empty"),
        (("--out", "empty.csv"), 2, "is a file"),
        (("--out", "/proc/run"), 2, "/proc/run"),
        (("--component", "nope"), 2, "no component 'nope'"),
    ],
)
def test_bad_input_is_one_line_the_right_code_and_nothing_left(words, code, expected, command, files):
    process = command("run", *words)
    errors = [line for line in process.stderr.splitlines() if not line.startswith("[")]
    assert process.returncode == code, process.stderr
    assert len(errors) == 1
    assert errors[0].startswith("allause: error: ")
    assert expected in errors[0]
    assert process.stdout == ""
    left = sorted(path.name for path in command.here.iterdir() if path.name != "__pycache__")
    assert left == files
