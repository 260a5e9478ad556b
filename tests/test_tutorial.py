"""The tutorial on market data: every command of it runs on the recorded minutes, and says what the page says."""

import re
import shutil
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tutorial" / "market-data.md"
RECORDED = ROOT.parent / "shared" / "data" / "lean" / "equity" / "usa" / "minute" / "spy"
BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    pytest.importorskip("exchange_calendars", reason="the extra calendars is not installed")
    if not RECORDED.is_dir():
        pytest.skip("no recorded data beside the checkout: shared/data/lean")
    target = tmp_path / "equity" / "usa" / "minute" / "spy"
    target.mkdir(parents=True)
    for file in RECORDED.glob("*_trade.zip"):
        shutil.copy(file, target)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shell(command):
    app = pytest.importorskip("allause_market_data.command").app
    words = re.sub(r"^allause data ", "", command.strip()).split()
    return CliRunner().invoke(app, words).stdout


def test_the_page_runs_as_it_is_written(folder, monkeypatch):
    compiling = pytest.importorskip("allause_enhancer.rows.compiling")
    monkeypatch.setattr(compiling, "find_spec", lambda name: None)  # the page asks for no extra [fast]
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    names, said, runs = {}, None, 0
    for language, text in blocks[1:]:  # the first shows the folder
        if language == "sh":
            assert text.count("\n") == 1
            said, runs = shell(text), runs + 1
        elif language == "python":
            printed = StringIO()
            with redirect_stdout(printed):
                exec(compile(text, PAGE.name, "exec"), names)
            said, runs = printed.getvalue(), runs + 1
        else:
            assert said == text
    assert runs == 6
    assert {"spy.html", "spy.svg", "store"} <= {path.name for path in folder.iterdir()}
    assert (folder / "spy.svg").read_text().count("<polyline") == 2
    assert "<svg" in (folder / "spy.html").read_text()
