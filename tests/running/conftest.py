"""Data files, strategies and throw-away components for runs."""

import gzip
import sys
from datetime import date, timedelta
from math import sin
from pathlib import Path

import pytest

from allause.running import RunSettings, run

_HEADER = "Date,Open,High,Low,Close,Volume"


def bars_csv(days=200, volume=1_000_000):
    """Return daily bars whose closes go up and down."""
    lines = [_HEADER]
    day, open_ = date(2020, 1, 1), 100.0
    for number in range(days):
        close = round(100 + 20 * sin(number / 15) + number % 3 / 10, 2)
        high, low = max(open_, close) + 1, min(open_, close) - 1
        lines.append(f"{day + timedelta(number)},{open_:.2f},{high:.2f},{low:.2f},{close:.2f},{volume}")
        open_ = close
    return "\n".join(lines) + "\n"


@pytest.fixture
def data_file(tmp_path):
    path = tmp_path / "waves.csv"
    path.write_text(bars_csv())
    return path


@pytest.fixture
def settings(tmp_path, data_file):
    """Return settings of a small run; changes by keyword."""

    def make(**changes):
        return RunSettings(**{"data": data_file, "out": tmp_path / "out", **changes})

    return make


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """Return the result of one run that several tests look at."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "waves.csv").write_text(bars_csv())
    return run(RunSettings(data=folder / "waves.csv", out=folder / "out", seed=3))


@pytest.fixture
def strategy(tmp_path, monkeypatch):
    """Write a module with a strategy into a new current directory and return its name."""
    written = []

    def write(body):
        here = tmp_path / "cwd"
        here.mkdir(exist_ok=True)
        monkeypatch.chdir(here)
        name = f"strategy_of_{tmp_path.name.replace('-', '_')}_{len(written)}"
        (here / f"{name}.py").write_text(body)
        written.append(name)
        return f"{name}:decide"

    path = list(sys.path)
    yield write
    sys.path[:] = path
    for name in written:
        sys.modules.pop(name, None)


@pytest.fixture
def component(tmp_path, monkeypatch):
    """Install a throw-away distribution with one component, and return its identity."""
    modules = []

    def install(kind, source):
        site = tmp_path / "site"
        info = site / f"acme_{kind}-1.0.dist-info"
        info.mkdir(parents=True)
        module = f"acme_{kind}_of_{tmp_path.name.replace('-', '_')}"
        (site / f"{module}.py").write_text(source)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-{kind}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[allause.{kind}]\nthrow-away = {module}:Part\n")
        monkeypatch.syspath_prepend(str(site))
        modules.append(module)
        return f"acme-{kind}:throw-away".replace("_", "-")

    yield install
    for module in modules:
        sys.modules.pop(module, None)


@pytest.fixture
def real_index():
    """Return the S&P 500 file of the developers' data folder."""
    path = Path(__file__).parents[2] / ".." / "shared" / "data" / "pypi" / "arch_sp500.csv.gz"
    if not path.is_file():
        pytest.skip("the developers' data folder is not beside this checkout: no shared/data/pypi/arch_sp500.csv.gz")
    with gzip.open(path) as stream:
        assert stream.readline().startswith(b"Date")
    return path
