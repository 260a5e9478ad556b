"""``allause run``: bad input is one clear line, and nothing is left."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from allause import running


@pytest.fixture(scope="module")
def write_files():
    """Return the function that writes the data files of the cases below and tells their names."""

    def write_files(here):
        (here / "empty.csv").write_text("")
        (here / "lie.parquet").write_text("Date,Open\n")
        (here / "truncated.csv.gz").write_bytes(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01\x02")
        (here / "columns.csv").write_text("alpha,beta\n1,2\n")
        (here / "header.csv").write_text("Date,Open,High,Low,Close,Volume\n")
        (here / "nan.csv").write_text("Date,Open,High,Low,Close,Volume\n2020-01-01,nan,nan,nan,nan,1\n")
        (here / "huge.csv").write_text("Date,Open,High,Low,Close,Volume\n2020-01-01,1,1e300,1,1e300,1000\n")
        (here / "odd.csv").write_text("Date,Symbol,Open,High,Low,Close,Volume\n2020-01-01,A\x1bB,1,1,1,1,1\n")
        (here / "quotes.csv").write_text("ts_event,symbol,bid,ask,bid_size,ask_size\n1577836800000000000,X,1,2,1,1\n")
        (here / "price.csv").write_text("observation_date,DCOILWTICO\n1986-01-02,25.56\n")
        (here / "words.csv").write_text("Datum,Auf,Hoch,Tief,Zu\n1986-01-02,1,2,1,2\n")
        (here / "folder").mkdir()
        (here / "folder" / "mine.txt").write_text("mine")
        (here / "plans.py").write_text("def fails(event, portfolio): raise ValueError('no idea')\ndef odd(a): ...\n")
        return sorted(path.name for path in here.iterdir())

    return write_files


def test_a_run_prints_its_summary_and_ends_with_the_verdict(allause):
    process = allause("run", "--symbols", "FB", "--seed", "5", COLUMNS="80")
    assert process.returncode == 0, process.stderr
    assert "\nVerdict: orders, fills, positions and cash agree" in process.stdout
    assert "next, read allause-run/run.json for every order" in " ".join(process.stdout.split())
    assert max(map(len, process.stdout.splitlines())) <= 80
    assert process.stdout.split() == (allause.here / "allause-run" / "summary.txt").read_text().split()
    assert "\x1b" not in process.stdout + process.stderr
    record = json.loads((allause.here / "allause-run" / "run.json").read_text())
    assert record["seed"] == 5
    assert record["orders"]


@pytest.mark.long
def test_a_store_and_a_folder_trade_like_the_file_they_were_made_of(allause):
    (allause.here / "bars").mkdir()
    lines = [f"2020-01-{day:02},{close},{close},{close},{close},900000" for day, close in enumerate(range(90, 120), 1)]
    (allause.here / "bars" / "x.csv").write_text("\n".join(["Date,Open,High,Low,Close,Volume", *lines]))
    assert allause("data", "convert", "bars/x.csv", "--out", "store").returncode == 0
    digests = set()
    for data in ("bars/x.csv", "bars", "store"):
        process = allause("run", "--data", data)
        assert process.returncode == 0, process.stderr
        record = json.loads((allause.here / "allause-run" / "run.json").read_text())
        assert record["data"]["served"] == 30
        digests.add(record["orders_digest"])
    assert len(digests) == 1


BAD_INPUT = [
    (("--data", "missing.csv"), 2, "found nothing there; check the path, or leave --data out"),
    (("--data", "folder"), 1, "mine.txt: expected a file of market data, found no format that is known"),
    (("--data", "/dev/null"), 2, "found a device, pipe or socket there"),
    (("--data", "empty.csv"), 1, "empty.csv"),
    (("--data", "lie.parquet"), 1, "lie.parquet"),
    (("--data", "truncated.csv.gz"), 1, "truncated.csv.gz"),
    (("--data", "columns.csv"), 1, "columns.csv"),
    (("--data", "header.csv"), 1, ""),
    (("--data", "nan.csv"), 1, "nan.csv: expected good rows of 'nan', found 0 good of 1 rows: 1 non_finite"),
    (
        ("--data", "huge.csv"),
        1,
        "huge, bar that ended 2020-01-02 00:00 UTC: expected a close below 10^15, found 1e+300",
    ),
    (("--data", "odd.csv"), 1, "expected printable characters"),
    (("--data", "quotes.csv"), 1, "trades bars"),
    (
        ("--data", "price.csv"),
        1,
        "in price.csv, found observation_date, DCOILWTICO; name a file of bars, or map its columns: allause data",
    ),
    (("--data", "words.csv"), 1, "expected the columns open, high, low, close in words.csv, found Datum, Auf, "),
    (("--symbols", "AAPLE"), 2, "did you mean AAPL"),
    (("--symbols", ","), 2, "names no symbol"),
    (("--strategy", "nowhere:x"), 2, "expected a module nowhere in "),
    (("--strategy", "plans"), 2, "expected MODULE:CALLABLE"),
    (("--strategy", "plans:odd"), 2, "(event, portfolio)"),
    (("--strategy", "plans:fails"), 1, "the strategy raised ValueError: no idea (plans.py:1) at the bar of "),
    (("--out", "folder"), 2, "not empty"),
    (("--out", "empty.csv"), 2, "is a file"),
    (("--out", "/proc/run"), 2, "nothing can be made in /proc"),
    (("--out", "nowhere/run"), 2, "does not exist; create it first"),
    (("--bogus",), 2, "No such option: --bogus; 'allause run --help'"),
    (("--component", "nope"), 2, "no component 'nope'"),
]


@pytest.fixture
def in_this_process(command, monkeypatch):
    """Run ``allause`` in this process, which has imported the components, and so has what it calls a run of."""

    def run_here(settings, progress, notice):
        return running.run(settings, progress)

    monkeypatch.setattr(running, "supervise", run_here)
    return command


@pytest.mark.long
@pytest.mark.parametrize(("words", "code", "expected"), BAD_INPUT)
def test_bad_input_is_one_line_the_right_code_and_nothing_left(words, code, expected, in_this_process, write_files):
    files = write_files(in_this_process.here)
    _assert_refused(in_this_process("run", *words), code, expected)
    assert _left(in_this_process) == files


@pytest.mark.parametrize("words", [("--data", "nan.csv"), ("--strategy", "plans:fails"), ("--out", "folder")])
def test_what_is_refused_in_a_process_of_its_own_is_told_alike(words, allause, write_files):
    ((code, expected),) = [row[1:] for row in BAD_INPUT if row[0] == words]
    files = write_files(allause.here)
    _assert_refused(allause("run", *words), code, expected)
    assert _left(allause) == files


def _assert_refused(process, code, expected):
    errors = [line for line in process.stderr.splitlines() if not line.startswith("[")]
    assert process.returncode == code, process.stderr
    assert len(errors) == 1
    assert errors[0].startswith("allause: error: ")
    assert expected in errors[0]
    assert process.stdout == ""


def _left(allause):
    return sorted(path.name for path in allause.here.iterdir() if path.name != "__pycache__")


def _strategy(allause, body):
    (allause.here / "plans.py").write_text(f"import os, signal, sys\ndef decide(event, portfolio):\n    {body}\n")
    return allause("run", "--symbols", "FB", "--strategy", "plans:decide")


_ENDINGS = {
    "os._exit(0)": "ended with exit status 0 during the strategy",
    "os.kill(os.getpid(), signal.SIGKILL)": "was ended by SIGKILL during the strategy",
    "os.fork() or signal.pause(); os._exit(3)": "ended with exit status 3 during the strategy",
    "os.closerange(3, 200); signal.pause()": "closed its descriptors during the strategy",
    "files = [n for n in range(3, 50) if os.path.exists(f := f'/dev/fd/{n}') and not os.path.isdir(f)]; "
    "[os.write(n, b'x\\n') for n in files]": "was not given",
    "raise KeyboardInterrupt": "the strategy raised KeyboardInterrupt",
}


@pytest.mark.parametrize("body", _ENDINGS)
def test_what_ends_the_process_of_a_run_is_named_and_nothing_is_left(body, allause):
    process = _strategy(allause, body)
    errors = [line for line in process.stderr.splitlines() if not line.startswith("[")]
    assert process.returncode == 1
    assert len(errors) == 1, errors
    assert _ENDINGS[body] in errors[0]
    assert process.stdout == ""
    assert sorted(path.name for path in allause.here.iterdir() if path.name != "__pycache__") == ["plans.py"]


def test_the_traceback_of_a_strategy_ends_with_the_line_that_raised(allause):
    (allause.here / "plans.py").write_text("def decide(event, portfolio):\n    raise RuntimeError('boom')\n")
    words = ("run", "--symbols", "FB", "--strategy", "plans:decide")
    *_, raised, story, blank, error = allause(*words, ALLAUSE_TRACEBACK="1").stderr.splitlines()
    assert (raised.strip(), story, blank) == ("raise RuntimeError('boom')", "RuntimeError: boom", "")
    assert error.startswith("allause: error: the strategy raised RuntimeError: boom (plans.py:2) at the bar of FB ")


_EXITS = """
import os
from allause_execution import TradingExecutionEngine
class Part(TradingExecutionEngine):
    def {method}:
        os._exit(0)
"""


@pytest.mark.parametrize(
    "method", ["__init__(self)", "start(self, context)", "place_order(self, **order)", "close(self)"]
)
def test_a_component_that_ends_the_process_is_named_in_every_phase(method, allause, site):
    where = site("execution", _EXITS.format(method=method))
    process = allause("run", "--symbols", "FB", "--component", "acme-execution", PYTHONPATH=where)
    (error,) = [line for line in process.stderr.splitlines() if not line.startswith("[")]
    shown = "constructing acme-execution:throw-away" if "init" in method else method.partition("(")[0] + "()"
    assert process.returncode == 1
    assert "acme-execution:throw-away" in error
    assert shown in error
    assert list(allause.here.iterdir()) == []


def test_what_is_printed_stays_off_stdout_and_is_told_once(allause):
    process = _strategy(allause, "print('\\x1b[31mhello', flush=True); sys.stderr.write('there '); sys.stderr.flush()")
    assert "hello" not in process.stdout
    (note,) = [line for line in process.stderr.splitlines() if "component output was captured" in line]
    assert note.startswith("allause: note: ")
    assert "hello" in note
    assert "there" in note
    assert "\x1b" not in note
    assert process.returncode == 0


def test_a_process_that_a_strategy_started_does_not_outlive_the_run(allause):
    body = "if not os.path.exists('pid'):\n        pid = os.fork()\n        pid or (os.setsid(), signal.pause())\n"
    process = _strategy(allause, body + "        open('pid', 'w').write(str(pid))")
    assert process.returncode == 0, process.stderr
    assert not (Path("/proc") / (allause.here / "pid").read_text()).exists()


@pytest.mark.long
@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            "import time; time.sleep(60)",
            "importing and constructing acme-market-data:throw-away gave no answer within 1 s",
        ),
        (
            "import re; re.match('(a+)+$', 'a' * 60 + 'b')",
            "importing and constructing acme-market-data:throw-away gave no",
        ),
    ],
)
def test_an_import_that_hangs_ends_at_its_deadline(body, shown, allause, site):
    where = site("market_data", body)  # the first to be made: the deadline is for every one, and others may need more
    source = (
        "from allause.running import Deadlines, RunSettings, supervise\n"
        "chosen = RunSettings(symbols=('FB',), components=('acme-market-data',))\n"
        "supervise(chosen, deadlines=Deadlines(construction_s=1))\n"
    )
    process = allause(python=("-c", source), PYTHONPATH=where)
    assert process.returncode == 1
    assert shown in process.stderr.splitlines()[-1]
    assert list(allause.here.iterdir()) == []


@pytest.mark.long
def test_reading_that_hangs_ends_at_its_deadline(allause, site):
    where = site(
        "market_data",
        "import re\nfrom allause_market_data import LiveMarketDataSystem\nclass Part(LiveMarketDataSystem):\n"
        "    def get_market_data(self, symbols): re.match('(a+)+$', 'a' * 60 + 'b')\n",
    )
    source = (
        "from allause.running import Deadlines, RunSettings, supervise\n"
        "chosen = RunSettings(symbols=('FB',), components=('acme-market-data',))\n"
        "supervise(chosen, deadlines=Deadlines(reading_s=5))\n"  # for the sample too, which has to be read before
    )
    process = allause(python=("-c", source), PYTHONPATH=where)
    expected = "acme-market-data:throw-away: get_market_data() gave no answer within 5 s"
    assert expected in process.stderr.splitlines()[-1]
    assert list(allause.here.iterdir()) == []


def test_a_process_with_threads_is_not_forked(allause):
    source = (
        "import threading\nfrom allause.running import RunSettings, supervise\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\nsupervise(RunSettings())\n"
    )
    process = allause(python=("-c", source))
    assert process.stderr.splitlines()[-1].startswith("RuntimeError: a supervised run forks, which 2 threads")


def test_a_full_disk_under_stdout_is_one_line(environment, tmp_path):
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            [sys.executable, "-m", "allause", "run", "--help"],
            cwd=tmp_path,
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert process.returncode == 3
    assert process.stderr.startswith("allause: error: the output cannot be written: No space left on device")
    assert len(process.stderr.splitlines()) == 1
