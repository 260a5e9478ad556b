import polars as pl
import pytest

from allause.models import BAR_COLUMNS
from allause_enhancer import EnhancerConfig, MarketDataEnhancer


@pytest.fixture
def enhancer():
    """An enhancer with a window small enough to reckon by hand."""
    return MarketDataEnhancer(EnhancerConfig(window=3))


@pytest.fixture
def bars():
    """Bars from (symbol, ts_event, close) or (symbol, ts_event, close, volume); the typical price is the close."""

    def make(*rows):
        full = [(s, t, t, c, c, c, c, v, c) for s, t, c, v in ((*row, 100.0)[:4] for row in rows)]
        types = [pl.String, pl.Int64, pl.Int64, *[pl.Float64] * 6]
        return pl.DataFrame(full, schema=dict(zip(BAR_COLUMNS, types, strict=True)), orient="row")

    return make
