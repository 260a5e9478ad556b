import gzip
import sys
from datetime import date
from pathlib import Path

import attrs
import polars as pl
import pytest

from allause.exceptions import DataError
from allause.models import OPTION_COLUMNS, Quote
from allause_enhancer import EnhancerConfig, EnhancerStream, MarketDataEnhancer, options, pieces, plugin
from allause_enhancer.options import GREEKS
from allause_enhancer.rows import compiling

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
    for name in ("price", "underlying_price", "strike", "right"):
        with pytest.raises(DataError, match=r"options: expected the column '.*, found "):
            options.greeks(book().drop(name))
    with pytest.raises(DataError, match="the column 'years' or else 'expiry' and 'ts_event', found price"):
        options.greeks(book().drop("years"))


@pytest.mark.parametrize(
    ("more", "named", "message"),
    [
        ({"strike": ["40", "40"]}, {}, "expected numbers in column 'strike', found String; cast the column"),
        ({"right": [1, 2]}, {}, "expected C or P in column 'right', found Int64"),
        ({}, {"rate": "0.01"}, "rate: expected a finite rate per year such as 0.01, found '0.01'"),
        ({}, {"dividend": float("nan")}, "dividend: expected a finite rate per year such as 0.01, found nan"),
        ({}, {"chosen": ("delta", "vomma")}, "chosen: expected names among implied_volatility, .*, found 'vomma'"),
    ],
)
def test_bad_input_is_one_clear_error(more, named, message):
    pytest.importorskip("scipy", reason="scipy is not installed")
    with pytest.raises(DataError, match=message):
        options.greeks(book(**more), **named)


def test_what_is_no_table_of_options_is_refused_and_any_library_s_is_taken():
    pytest.importorskip("scipy", reason="scipy is not installed")
    with pytest.raises(DataError, match="found list; pass a polars, pandas, pyarrow or duckdb table"):
        options.greeks([1])
    table = pytest.importorskip("pyarrow", reason="pyarrow is not installed").table(book())
    assert options.greeks(table).equals(options.greeks(book()))


def test_chosen_columns_alone_are_added():
    pytest.importorskip("scipy", reason="scipy is not installed")
    whole, some = options.greeks(book()), options.greeks(book(), chosen=("vega", "delta"))
    assert some.columns == [*book().columns, "vega", "delta"]
    assert some.equals(whole.select(some.columns))


DAY = 86_400 * 10**9


def chain(**more):
    """Hull's options half a year before the end of the day they expire on, in the option schema."""
    end = 200 * DAY
    row = {
        "symbol": ["H C", "H P"], "ts_event": [end - 365 * DAY // 2] * 2, "ts_init": [end - 365 * DAY // 2] * 2,
        "underlying": ["H"] * 2, "expiry": [date(1970, 7, 19)] * 2, "strike": [40.0] * 2, "right": ["C", "P"],
        "bid": [4.759422 - 0.1, 0.0], "ask": [4.759422 + 0.1, 0.9], "bid_size": [1.0] * 2, "ask_size": [1.0] * 2,
        "last": [9.0, 0.808600], "volume": [1.0] * 2, "open_interest": [1.0] * 2,
        **{name: [9.0] * 2 for name in GREEKS},
    }  # fmt: skip
    return pl.DataFrame(row | more).select(OPTION_COLUMNS)


def stock(bars, *rows):
    return bars(*((symbol, int(time * DAY), price) for symbol, time, price in rows))


def test_table_of_the_option_schema_is_valued_by_mid_or_last_expiry_and_the_bars_of_its_underlying(bars):
    pytest.importorskip("scipy", reason="scipy is not installed")
    known = stock(
        bars, ("H", 17.5, 42.0), ("H", 1, 7.0), ("G", 17.4, 8.0), ("H", 17.6, 9.0), ("H", 17.45, float("nan"))
    )
    found = options.greeks(chain(), rate=0.1, underlying=known)
    assert found.columns == list(OPTION_COLUMNS)
    assert found["implied_volatility"].to_list() == pytest.approx([0.2, 0.2], abs=1e-5)
    assert found["delta"].to_list() == pytest.approx([0.779131, 0.779131 - 1], abs=1e-5)
    later = options.greeks(chain(), rate=0.1, underlying=stock(bars, ("H", 17.6, 42.0)))
    assert later["delta"].to_list() == [None, None]
    with pytest.raises(
        DataError, match=r"'underlying_price' \(allause_enhancer.options.with_underlying adds it\), found s"
    ):
        options.greeks(chain())


def test_day_of_expiry_ends_in_the_zone_that_is_named(bars):
    pytest.importorskip("scipy", reason="scipy is not installed")
    known = stock(bars, ("H", 1, 42.0))
    moved = chain(ts_event=[200 * DAY - 365 * DAY // 2 + DAY // 6] * 2)  # New York is four hours behind in July
    utc, there = (
        options.greeks(chain(), underlying=known),
        options.greeks(moved, underlying=known, zone="America/New_York"),
    )
    assert there.select(GREEKS).equals(utc.select(GREEKS))
    with pytest.raises(DataError, match="zone: expected a time zone such as America/New_York, found 'Mars'"):
        options.greeks(chain(), underlying=known, zone="Mars")
    with pytest.raises(DataError, match="expected Date in column 'expiry', found String"):
        options.greeks(chain(expiry=["19700719"] * 2), underlying=known)


def quotes(count=60):
    """Quotes of two of Hull's options whose prices move, now and then crossed, with what was told of them."""
    step = [0.01 * (at * 7 % 11) for at in range(count)]
    end = 200 * DAY
    return pl.DataFrame({
        "symbol": ["H C", "H P"] * (count // 2), "ts_event": [end - 365 * DAY // 2 + at for at in range(count)],
        "ts_init": [end] * count, "expiry": [date(1970, 7, 19)] * count, "strike": [40.0] * count,
        "right": ["C", "P"] * (count // 2), "underlying_price": [42.0 + one for one in step],
        "bid": [4.7 + one if at % 2 == 0 else 0.7 + one for at, one in enumerate(step)],
        "ask": [4.8 + one if at % 2 == 0 else (0.9 if at % 13 else 0.1) + one for at, one in enumerate(step)],
        "bid_size": [1.0] * count, "ask_size": [2.0] * count, "delta": [9.0] * count,
    })  # fmt: skip


CHOSEN = ("delta", "mid", "implied_volatility", "log_return")
VALUED = EnhancerConfig(columns=CHOSEN, keep=("symbol", "ts_event"), rate=0.1, dividend=0.02, expiry_zone="Asia/Tokyo")


def test_greeks_chosen_as_columns_are_those_of_the_function_on_the_clean_rows():
    pytest.importorskip("scipy", reason="scipy is not installed")
    table = quotes()
    answer = MarketDataEnhancer(VALUED).enhance_market_data(table)
    assert answer.columns == ["symbol", "ts_event", *CHOSEN]
    fine = table.filter(pl.col("bid") <= pl.col("ask")).sort("symbol", "ts_event")
    expected = options.greeks(fine, rate=0.1, dividend=0.02, zone="Asia/Tokyo")
    assert 0 < fine.height < table.height
    assert answer.select("implied_volatility", "delta").equals(expected.select("implied_volatility", "delta"))
    assert answer["implied_volatility"].null_count() == 0
    whole = MarketDataEnhancer(EnhancerConfig(columns=("vega",))).enhance_market_data(table)
    assert whole.columns == [*table.columns, "vega"]
    assert set(whole["delta"]) == {9.0}


@pytest.mark.parametrize("engine", ["polars", pytest.param("kernel", marks=pytest.mark.long)])
def test_either_engine_any_chunking_and_a_file_value_options_alike(tmp_path, monkeypatch, engine):
    pytest.importorskip("scipy", reason="scipy is not installed")
    if engine == "kernel" and not compiling.available():
        pytest.skip("numba is not installed")
    table, config = quotes(), VALUED
    expected = MarketDataEnhancer(config).enhance_market_data(table)
    config = attrs.evolve(config, engine=engine)
    answer = MarketDataEnhancer(config).enhance_market_data(table)
    assert answer.enhancement.engine == engine
    table.write_parquet(tmp_path / "options.parquet", row_group_size=7)
    monkeypatch.setattr(pieces, "_PIECE", 7)
    streams = [streamed(table, size, config, compiled=engine == "kernel") for size in (1, 7, 60)]
    for found in (answer, pieces.enhance_file(tmp_path / "options.parquet", config), *streams):
        for name in ("implied_volatility", "delta"):
            assert found[name].to_list() == pytest.approx(expected[name].to_list(), rel=1e-12)
        assert found.drop("implied_volatility", "delta", "log_return").equals(
            expected.drop("implied_volatility", "delta", "log_return")
        )


def streamed(table, size, config, *, compiled):
    stream = EnhancerStream(config, compiled=compiled)
    parts = [*map(stream.feed, table.iter_slices(size)), stream.finish()]
    return pl.concat(parts).sort("symbol", maintain_order=True)


def test_rows_that_are_no_options_or_lack_the_underlying_are_refused_before_they_are_enhanced(bars):
    pytest.importorskip("scipy", reason="scipy is not installed")
    enhancer = MarketDataEnhancer(EnhancerConfig(columns=("delta",)))
    with pytest.raises(DataError, match=r"expected the column 'price' or else 'bid' and 'ask', or 'last', found symb"):
        enhancer.enhance_market_data(bars(("A", 1, 5.0)))
    with pytest.raises(DataError, match="expected the column 'strike', found symbol"):
        enhancer.enhance_market_data(quotes().drop("strike"))
    with pytest.raises(DataError, match=r"expected the column 'underlying_price' \(allause_enhancer.options.with_un"):
        enhancer.enhance_market_data(quotes().drop("underlying_price"))
    with pytest.raises(DataError, match="expected options for 'delta', found quotes"):
        enhancer.events(Quote)
    priced = options.with_underlying(
        quotes().with_columns(underlying=pl.lit("H")).drop("underlying_price"), stock(bars, ("H", 1, 42.0))
    )
    assert enhancer.enhance_market_data(priced)["delta"].null_count() == 0


def test_greeks_chosen_without_scipy_are_one_clear_error_that_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    monkeypatch.setattr(plugin, "find_spec", lambda _: None)
    enhancer = MarketDataEnhancer(VALUED)
    with pytest.raises(DataError, match=r"^options: expected scipy, found none; install allause-enhancer\[options\]$"):
        enhancer.enhance_market_data(quotes())
    assert enhancer.validate_component().problems == (options.MISSING_EXTRA,)
    assert MarketDataEnhancer().validate_component().valid


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"rate": float("nan")}, "rate: expected a finite rate per year such as 0.01, found nan"),
        ({"dividend": "1"}, "dividend: expected a finite rate"),
        ({"expiry_zone": "Mars"}, "expiry_zone: expected a time zone such as America/New_York, found 'Mars'"),
        ({"expiry_zone": ""}, "expiry_zone: expected a time zone"),
        ({"expiry_zone": "../etc"}, "expiry_zone: expected a time zone"),
        ({"expiry_zone": "America"}, "expiry_zone: expected a time zone"),
    ],
)
def test_rates_and_zone_of_the_configuration_are_looked_at_when_it_is_made(more, message):
    with pytest.raises(ValueError, match=message):
        EnhancerConfig(**more)


def recorded():
    """The recorded chain near the money: the underlying, and the options with what was told of them."""
    lines = gzip.decompress(CHAIN.read_bytes()).decode().splitlines()
    rows = [line.split(",") for line in lines[1:]]
    spot = float(rows[0][6])
    table = pl.DataFrame(rows[1:], schema=["told_" + name for name in lines[0].lstrip("#").split(",")], orient="row")
    table = table.with_columns(pl.exclude("told_expiry", "told_right").cast(pl.Float64, strict=False))
    table = table.with_columns(
        years=(pl.col("told_expiry").str.to_date("%Y%m%d") - date(2015, 12, 31)).dt.total_days() / 365,
        underlying_price=pl.lit(spot), strike=pl.col("told_strike"), right=pl.col("told_right"),
        price=pl.col("told_close"),
    )  # fmt: skip
    return table.filter(pl.col("years") > 0, (pl.col("strike") / spot - 1).abs() < 0.2)


@pytest.mark.skipif(not CHAIN.exists(), reason="the recorded chains are not here")
def test_recorded_price_is_the_mean_payoff_under_its_volatility():
    """The mean is summed up over the bell curve: nothing of the formula is in it."""
    np = pytest.importorskip("numpy", reason="numpy is not installed")
    pytest.importorskip("scipy", reason="scipy is not installed")
    found = options.greeks(recorded(), rate=RATE).drop_nulls("implied_volatility")
    assert found.height > 900
    spot, strike, years, vol, price = (
        found[name].to_numpy()[:, None]
        for name in ("underlying_price", "strike", "years", "implied_volatility", "told_close")
    )
    sign = np.where(found["right"].to_numpy() == "C", 1.0, -1.0)[:, None]
    step = 0.001
    bell = np.arange(-9, 9, step)[None, :]
    for at in range(0, found.height, 100):
        part = slice(at, at + 100)
        spread = vol[part] * np.sqrt(years[part])
        ends = spot[part] * np.exp(RATE * years[part] - spread**2 / 2 + spread * bell)
        payoff = np.maximum(sign[part] * (ends - strike[part]), 0.0)
        weight = np.exp(-(bell**2) / 2) * step / np.sqrt(2 * np.pi)
        mean = (payoff * weight).sum(axis=1) * np.exp(-RATE * years[part])[:, 0]
        assert mean == pytest.approx(price[part, 0], abs=1e-3)


@pytest.mark.skipif(not CHAIN.exists(), reason="the recorded chains are not here")
def test_call_and_put_of_a_strike_have_about_one_volatility_by_their_recorded_prices():
    """What was told is one volatility for both and follows from neither price, so the two prices check each other."""
    pytest.importorskip("scipy", reason="scipy is not installed")
    near = (pl.col("strike") / pl.col("underlying_price") - 1).abs() < 0.1
    traded = recorded().filter(pl.col("told_volume") > 0, near)

    def apart(rate):
        found = options.greeks(traded, rate=rate).drop_nulls("implied_volatility")
        keys = ["told_expiry", "strike"]
        calls, puts = (found.filter(pl.col("right") == right).select(*keys, "implied_volatility") for right in "CP")
        pairs = calls.join(puts, on=keys)
        assert pairs.height > 50
        return (pairs["implied_volatility"] / pairs["implied_volatility_right"] - 1).abs().median()

    assert apart(RATE) < 0.07
    assert apart(10 * RATE) > 0.1


@pytest.mark.skipif(not CHAIN.exists(), reason="the recorded chains are not here")
def test_greeks_of_a_recorded_chain_are_found_at_its_volatilities():
    """Options that can be exercised early and days counted otherwise leave a part that differs by more."""
    np = pytest.importorskip("numpy", reason="numpy is not installed")
    pytest.importorskip("scipy", reason="scipy is not installed")
    table = recorded().filter(pl.col("told_implied_volatility") > 0.01)
    spots, strikes, years, vols = (
        table[name].to_numpy() for name in ("underlying_price", "strike", "years", "told_implied_volatility")
    )
    sign = np.where(table["right"].to_numpy() == "C", 1.0, -1.0)
    priced = table.with_columns(price=pl.Series(options.value(spots, strikes, years, vols, sign, (RATE, 0.0))))
    found = options.greeks(priced, rate=RATE)
    assert found.height > 1000
    assert (found["delta"] - found["told_delta"]).abs().quantile(0.9) < 0.01
    for name, per in {"gamma": 1, "vega": 100, "theta": 365, "rho": 100}.items():
        assert (found[name] / per / found["told_" + name] - 1).abs().quantile(0.9) < 0.03
