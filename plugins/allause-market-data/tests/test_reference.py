import re
from pathlib import Path

import pytest

from allause_market_data import MarketDataConfig
from allause_market_data.gate import DEFAULTS, Cause
from allause_market_data.gate.causes import REPAIRABLE
from allause_market_data.reading import Schema, files, open_source, read_source

DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "reference" / "market-data.md"


@pytest.fixture(scope="module")
def page():
    if not PAGE.exists():
        pytest.skip("no documentation beside the plugin")
    return PAGE.read_text()


def test_every_cause_stands_in_the_reference_with_its_policy_in_order(page):
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (\w+) \|$", page, re.MULTILINE)
    assert [(name, policy) for name, _, policy in rows] == [(cause.value, DEFAULTS[cause].value) for cause in Cause]
    told = {name for name, text, _ in rows if re.search("[Rr]epair: ", text)} | {"disorder"}
    assert told == {cause.value for cause in REPAIRABLE}


def test_every_column_of_every_schema_stands_in_the_reference(page):
    for schema in Schema:
        (row,) = re.findall(rf"^\| {schema} \| (.*) \|$", page, re.MULTILINE)
        greeks = {"implied_volatility", "delta", "gamma", "vega", "theta", "rho"}
        columns = [name for name in schema.columns[3:] if name not in greeks]
        assert row.startswith(f"`{' '.join(columns)}`")


def test_reader_of_the_guide_reads(page, tmp_path, monkeypatch):
    text = (DOCS / "how-to" / "read-your-own-format.md").read_text()
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    names = {}
    exec(compile(code, "guide", "exec"), names)
    point = type("Point", (), {"name": "ticks", "value": "guide", "load": lambda self: names["TicksReader"]})
    monkeypatch.setattr(files, "contributed", lambda path: (point(),))
    path = tmp_path / "a"
    path.write_text("TICKS\n1.5\n")
    (made,) = read_source(open_source(path), MarketDataConfig())
    assert made.frame["price"].to_list() == [1.5]
