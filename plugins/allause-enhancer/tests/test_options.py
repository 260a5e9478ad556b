import gzip
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from allause.exceptions import DataError
from allause_enhancer import options

CHAIN = Path(__file__).parents[4] / "shared/data/lean/option/usa/universes/goog/20151231.csv.gz"
RATE = 0.01


def book(**more):
    """The example of Hull's textbook: a six-month option at 42, struck at 40, 10 % interest, 20 % volatility."""
    row = {"price": [4.759422, 0.808600], "underlying_price": [42.0] * 2, "strike": [40.0] * 2, "right": ["C", "P"]}
    return pl.DataFrame(row | {"years": [0.5] * 2} | more)


def test_volatility_and_delta_are_those_of_the_textbook():
    pytest.importorskip("scipy", reason="scipy is not installed")
    found = options.greeks(book(), rate=0.1)
    assert found["implied_volatility"].to_list() == pytest.approx([0.2, 0.2], abs=1e-5)
    assert found["delta"].to_list() == pytest.approx([0.779131, 0.779131 - 1], abs=1e-5)


def test_greeks_are_the_slopes_of_the_worth():
    np = pytest.importorskip("numpy", reason="numpy is not installed")
    pytest.importorskip("scipy", reason="scipy is not installed")
    found = options.greeks(book(), rate=0.1, dividend=0.03)
    vol, sign = found["implied_volatility"].to_numpy(), np.array([1.0, -1.0])

    def worth(spot=42.0, years=0.5, volatility=vol, rate=0.1):
        return options.value(np.full(2, spot), np.full(2, 40.0), np.full(2, years), volatility, sign, (rate, 0.03))

    h = 1e-4
    slopes = {
        "delta": (worth(spot=42 + h) - worth(spot=42 - h)) / (2 * h),
        "gamma": (worth(spot=42 + 0.01) - 2 * worth() + worth(spot=42 - 0.01)) / 0.01**2,
        "vega": (worth(volatility=vol + h) - worth(volatility=vol - h)) / (2 * h),
        "theta": (worth(years=0.5 - h) - worth(years=0.5 + h)) / (2 * h),
        "rho": (worth(rate=0.1 + h) - worth(rate=0.1 - h)) / (2 * h),
    }
    for name, slope in slopes.items():
        assert found[name].to_list() == pytest.approx(slope.tolist(), rel=1e-5)


def test_price_no_volatility_gives_has_no_greeks():
    pytest.importorskip("scipy", reason="scipy is not installed")
    found = options.greeks(book(price=[1.0, 50.0]))
    assert all(found[name].to_list() == [None, None] for name in options.GREEKS)


def test_missing_column_of_options_is_named():
    pytest.importorskip("scipy", reason="scipy is not installed")
    with pytest.raises(DataError, match="expected the column 'years', found price"):
        options.greeks(book().drop("years"))


@pytest.mark.skipif(not CHAIN.exists(), reason="the recorded chains are not here")
def test_greeks_of_a_recorded_chain_are_found_at_its_volatilities():
    """Options that can be exercised early and days counted otherwise leave a part that differs by more."""
    np = pytest.importorskip("numpy", reason="numpy is not installed")
    pytest.importorskip("scipy", reason="scipy is not installed")
    lines = gzip.decompress(CHAIN.read_bytes()).decode().splitlines()
    rows = [line.split(",") for line in lines[1:]]
    names = lines[0].lstrip("#").split(",")
    spot = float(rows[0][6])
    table = pl.DataFrame(rows[1:], schema=["told_" + name for name in names], orient="row")
    table = table.with_columns(pl.exclude("told_expiry", "told_right").cast(pl.Float64, strict=False))
    table = table.with_columns(
        years=(pl.col("told_expiry").str.to_date("%Y%m%d") - date(2015, 12, 31)).dt.total_days() / 365,
        underlying_price=pl.lit(spot), strike=pl.col("told_strike"), right=pl.col("told_right"),
    )  # fmt: skip
    table = table.filter(
        pl.col("told_implied_volatility") > 0.01, pl.col("years") > 0, (pl.col("strike") / spot - 1).abs() < 0.2
    )
    spots, strikes, years, vols = (
        table[name].to_numpy() for name in ("underlying_price", "strike", "years", "told_implied_volatility")
    )
    sign = np.where(table["right"].to_numpy() == "C", 1.0, -1.0)
    priced = table.with_columns(price=pl.Series(options.value(spots, strikes, years, vols, sign, (RATE, 0.0))))
    found = options.greeks(priced, rate=RATE)
    assert found.height > 1000
    assert (found["implied_volatility"] - found["told_implied_volatility"]).abs().max() < 1e-9
    assert (found["delta"] - found["told_delta"]).abs().quantile(0.9) < 0.01
    for name, per in {"gamma": 1, "vega": 100, "theta": 365}.items():
        assert (found[name] / per / found["told_" + name] - 1).abs().quantile(0.9) < 0.03
