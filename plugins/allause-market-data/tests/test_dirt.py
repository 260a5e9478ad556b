"""The component finds what the exam puts into recordings, and the names of its gate are those of the contract."""

from random import Random
from time import time_ns

import pytest

from allause.kinds.dirt import DIRT, recording
from allause.models import DefectCause, DoubtCause
from allause_market_data import LiveMarketDataSystem, MarketDataConfig
from allause_market_data.converting import convert
from allause_market_data.gate import CONTRACT, Bounds, Cause


def test_every_cause_of_the_gate_has_a_name_in_the_contract():
    served = {cause.value for cause in Cause} - {cause.value for cause in CONTRACT} - {DefectCause.GAP.value}
    assert served <= {doubt.value for doubt in DoubtCause}
    assert {doubt.value for doubt in DoubtCause} <= {cause.value for cause in Cause}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("schema", DIRT)
@pytest.mark.parametrize("stored", [False, True])
def test_every_kind_of_dirt_is_found_under_its_name(tmp_path, schema, seed, stored):
    fed = recording(schema, Random(seed))
    path = tmp_path / "fed.csv"
    path.write_text(fed.csv())
    if stored:
        convert(path, tmp_path / "store", MarketDataConfig(), bounds=Bounds(now=time_ns()))
        path = tmp_path / "store"
    system = LiveMarketDataSystem(MarketDataConfig(path=path))
    assert system.get_symbols() == fed.symbols
    for case in fed.cases:
        quality = system.get_data_quality([case.symbol])
        assert case.missed(quality.defects, quality.flagged) == ""
        assert quality.rows == len(case.rows)


def test_row_in_the_future_is_rejected(written):
    system = written(f"symbol,ts_event,price,size\nA,1,10,1\nA,{2**62},10,1\n")
    assert system.get_data_quality(["A"]).defects["time_reversed"] == 1
    assert system.get_market_data(["A"])["ts_event"].to_list() == [1]
