import gzip
import sys
from pathlib import Path

import pytest

from allause_market_data import LiveMarketDataSystem, MarketDataConfig

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data"
sys.path.append(str(Path(__file__).parent / "venue"))  # the server of an exchange, which several test files share
HEADER = "symbol,ts_event,ts_init,open,high,low,close,volume,adj_close"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Loopback is not reached through what the environment names as a proxy."""
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def system():
    return LiveMarketDataSystem()


@pytest.fixture(scope="session")
def shared():
    """The folder of real recordings, or a skip that says what is missing."""
    if not SHARED.exists():
        pytest.skip("no recorded data beside the checkout: shared/data")
    return SHARED.resolve()


@pytest.fixture
def recorded():
    """A real recording, or a skip that says what is missing."""

    def find(name):
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"no recorded data beside the checkout: shared/data/{name}")
        return path

    return find


@pytest.fixture
def written(tmp_path):
    """A system on a file with the given content; text is encoded, a name ending in .gz is compressed."""

    def write(content, name="data.csv", **options):
        path = tmp_path / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") and isinstance(content, str) else data)
        return LiveMarketDataSystem(MarketDataConfig(path=path, **options))

    return write


@pytest.fixture
def bars(written):
    """A system on bars given as lines of the canonical columns."""

    def make(*lines, **options):
        return written("\n".join([HEADER, *lines, ""]), **options)

    return make
