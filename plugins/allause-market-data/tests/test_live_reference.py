"""The pages on live feeds say what the code does."""

import re
import tomllib
from pathlib import Path

import attrs
import pytest

from allause_market_data.books import OrderBook
from allause_market_data.live import (
    OVERFLOW,
    Count,
    Kind,
    LiveBatch,
    LiveSettings,
    Notice,
    Received,
    SourceSettings,
    outbox,
)

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def page():
    path = DOCS / "reference" / "live-feed.md"
    if not path.exists():
        pytest.skip("no documentation beside the plugin")
    return path.read_text()


@pytest.fixture(scope="module")
def guide(page):
    return (DOCS / "how-to" / "run-a-live-feed.md").read_text()


def section(page, title):
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)[1]


def test_every_setting_stands_in_the_reference_with_its_default(page):
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section(page, "Settings"), re.MULTILINE))
    fields = [*attrs.fields(LiveSettings), *attrs.fields(SourceSettings)]
    assert [*rows] == [field.name for field in fields]
    for field in fields:
        if isinstance(field.default, int | float) and not isinstance(field.default, bool):
            assert rows[field.name] == str(field.default)


def test_every_way_to_overflow_stands_in_the_reference(page):
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|.*\| `(\w+)` \|$", section(page, "Queues"), re.MULTILINE)
    assert rows == [(kind, OVERFLOW[kind], outbox.DROPPED[kind]) for kind in Kind]


def test_every_count_and_notice_stands_in_the_reference(page):
    assert {count.value for count in Count} - set(re.findall(r"`(\w+)`", page)) == set()
    assert re.findall(r"^\| `(\w+)` \|", section(page, "Notices"), re.MULTILINE) == [notice.value for notice in Notice]


def test_the_configuration_of_the_guide_is_one(guide):
    given = tomllib.loads(re.search(r"```toml\n(.*?)```", guide, re.DOTALL)[1])["components"]["market-data"]["live"]
    sources = {name: SourceSettings(**settings) for name, settings in given.pop("sources").items()}
    assert [*LiveSettings(sources=sources, **given).sources] == ["main", "reserve"]


def test_the_code_of_the_guide_runs(guide, capsys):
    names = {}
    for code in re.findall(r"```python\n(.*?)```", guide, re.DOTALL):
        exec(compile(code, "guide", "exec"), names)
    made = [
        Received(Kind.DEPTH, 1, names["DepthSnapshot"](symbol="BTCUSDT", ts_init=1, update_id=1, bids=(), asks=())),
        Received(
            Kind.NOTICE,
            0,
            names["FeedNotice"](notice=Notice.STALE, source="main", symbol="", ts_event=1, ts_init=1, detail="quiet"),
        ),
    ]
    names["follow"](type("Stream", (), {"batches": lambda _: [LiveBatch("main", tuple(made))]})())
    assert capsys.readouterr().out == "stale main quiet\n"
    assert names["OrderBook"] is OrderBook
