"""The meaning of every column as polars expressions over clean, ordered rows.

Flat expressions over the whole table wherever a null at each symbol's first row keeps windows within one symbol;
``over`` only for what is summed up from the first row on.
"""

import polars as pl

from allause_enhancer.columns import BY_NAME
from allause_enhancer.config import EnhancerConfig
from allause_enhancer.records import BARS, HUGE, QUOTES, ROUNDING, TRADES
from allause_enhancer.tables.exchange import Market
from allause_enhancer.tables.ordering import CODE

_BPS = 10_000
Stage = dict[str, pl.Expr]

_code = pl.col(CODE)
_same = _code == _code.shift()


def prices(market: Market) -> Stage:
    """Return reference price ``p``, traded price ``t``, its open, high, low and typical price, and volume ``v``."""
    if market.shape == BARS:
        close = pl.col("close")
        typical = (pl.col("high") + pl.col("low") + close) / 3
        named = {"p": close, "t": close, "open": pl.col("open"), "high": pl.col("high"), "low": pl.col("low")}
        return {**named, "typical": typical, "v": _volume("volume")}
    middle = (pl.col("bid") + pl.col("ask")) / 2
    traded = pl.col("price") if market.shape & TRADES else middle
    price = middle if market.shape & QUOTES else traded
    volume = _volume("size") if market.shape & TRADES else pl.lit(0.0)
    return {"p": price, "t": traded, **dict.fromkeys(("open", "high", "low", "typical"), traded), "v": volume}


def compute(ordered: pl.DataFrame, market: Market, names: tuple[str, ...], config: EnhancerConfig) -> pl.DataFrame:
    """Return ``ordered`` with the columns ``names``."""
    wanted = set(names)
    price = prices(market)
    frame = ordered.with_columns(
        **{key: value for key, value in _quote().items() if key in wanted},
        **_returns(price["p"], wanted),
        **_gap(market, config, wanted),
    )
    if wanted & {"rolling_volatility", "is_outlier"}:
        frame = _deviations(frame, config)
    if wanted & {"vwap", "twap"}:
        frame = _averages(frame, price, wanted)
    if any(name.startswith("session") for name in wanted):
        frame = _session(frame, price, config)
    if wanted & {"trade_sign", "effective_spread", "is_bounce", "roll_spread"}:
        frame = _bounce(frame, price["t"], market)
    # what has no value is null: no number comes of the deviation of returns without end
    return frame.with_columns(pl.col([name for name in names if BY_NAME[name].kind == "float64"]).fill_nan(None))


def _volume(name: str) -> pl.Expr:
    volume = pl.col(name)
    return pl.when((volume > 0) & (volume < HUGE)).then(volume).otherwise(0.0)


def _quote() -> Stage:
    bid, ask, bid_size, ask_size = (pl.col(name) for name in ("bid", "ask", "bid_size", "ask_size"))
    middle, sizes = (bid + ask) / 2, bid_size + ask_size
    sized = pl.when((bid_size >= 0) & (ask_size >= 0) & (sizes > 0) & (sizes < HUGE))
    return {
        "mid": middle,
        "spread": ask - bid,
        "spread_bps": (ask - bid) / middle * _BPS,
        "microprice": sized.then((bid * ask_size + ask * bid_size) / sizes),
        "imbalance": sized.then((bid_size - ask_size) / sizes),
    }


def _returns(price: pl.Expr, wanted: set[str]) -> Stage:
    growth = pl.when(_same).then(price / price.shift())
    stage: Stage = {}
    if "simple_return" in wanted:
        stage["simple_return"] = growth - 1
    if wanted & {"log_return", "rolling_volatility", "is_outlier"}:
        stage["log_return"] = growth.log()
    return stage


def _gap(market: Market, config: EnhancerConfig, wanted: set[str]) -> Stage:
    if "is_gap" not in wanted:
        return {}
    step = pl.col(market.key).diff()
    wide = step != 1 if market.sequenced else (step > config.gap_ns) & (config.gap_ns > 0)
    return {"is_gap": (_same & wide).fill_null(value=False)}


def _deviations(frame: pl.DataFrame, config: EnhancerConfig) -> pl.DataFrame:
    returns = pl.col("log_return")
    frame = frame.with_columns(
        rolling_volatility=returns.rolling_std(config.window, min_samples=config.window),
        __allause_mean__=returns.rolling_mean(config.window, min_samples=config.window),
    )
    distance = (returns - pl.col("__allause_mean__").shift()).abs()
    far = distance > config.outlier_threshold * pl.col("rolling_volatility").shift()
    return frame.with_columns(is_outlier=(far & (distance > ROUNDING)).fill_null(value=False))


def _averages(frame: pl.DataFrame, price: Stage, wanted: set[str]) -> pl.DataFrame:
    sums: Stage = {}
    if "vwap" in wanted:
        sums |= {"__allause_value__": (price["v"] * price["typical"]), "__allause_volume__": price["v"]}
    if "twap" in wanted:
        step = pl.col("ts_event").diff()
        passed = pl.when(_same & (step > 0)).then(step).otherwise(0)
        weighted = pl.when(passed > 0).then(price["p"].shift() * passed).otherwise(0.0)
        sums |= {"__allause_weighted__": weighted, "__allause_elapsed__": passed}
    frame = frame.with_columns(**sums).with_columns(pl.col(list(sums)).cum_sum().over(CODE))
    ratios: Stage = {}
    if "vwap" in wanted:
        ratios["vwap"] = _ratio("__allause_value__", "__allause_volume__")
    if "twap" in wanted:
        ratios["twap"] = _ratio("__allause_weighted__", "__allause_elapsed__")
    return frame.with_columns(**ratios)


def _ratio(value: str, by: str) -> pl.Expr:
    return pl.when(pl.col(by) > 0).then(pl.col(value) / pl.col(by))


def _session(frame: pl.DataFrame, price: Stage, config: EnhancerConfig) -> pl.DataFrame:
    session = (pl.col("ts_event") - config.session_start_ns) // config.session_ns
    frame = frame.with_columns(session=session)
    begins = (_same & (pl.col("session") == pl.col("session").shift())).fill_null(value=False).not_()
    run = "__allause_run__"
    frame = frame.with_columns(begins.cum_sum().alias(run)).with_columns(
        session_open=price["open"].first().over(run),
        session_high=price["high"].cum_max().over(run),
        session_low=price["low"].cum_min().over(run),
        session_volume=price["v"].cum_sum().over(run),
        __allause_traded__=(price["v"] * price["typical"]).cum_sum().over(run),
    )
    return frame.with_columns(
        session_return=(price["t"] / pl.col("session_open")).log(),
        session_vwap=_ratio("__allause_traded__", "session_volume"),
    )


def _bounce(frame: pl.DataFrame, traded: pl.Expr, market: Market) -> pl.DataFrame:
    move, sign = pl.col("__allause_move__"), pl.col("__allause_sign__")
    frame = frame.with_columns(pl.when(_same).then(traded.diff()).otherwise(0.0).alias("__allause_move__"))
    frame = frame.with_columns(pl.when(move != 0).then(move.sign().cast(pl.Int8)).alias("__allause_sign__"))
    frame = frame.with_columns(
        sign.forward_fill().over(CODE).alias("__allause_last__"),
        (pl.when(_same & _same.shift()).then(move * move.shift()).otherwise(0.0))
        .cum_sum()
        .over(CODE)
        .alias("products"),
        pl.int_range(pl.len()).over(CODE).alias("__allause_count__"),
    )
    last = pl.col("__allause_last__")
    before = pl.when(_same).then(last.shift())
    mean = pl.col("products") / (pl.col("__allause_count__") - 1)
    defined = (pl.col("__allause_count__") > 1) & (mean < 0)
    tick = last.fill_null(0)
    stage: Stage = {
        "trade_sign": tick,
        "is_bounce": (sign == -before).fill_null(value=False),
        "roll_spread": pl.when(defined).then(2 * (-mean).sqrt()),
    }
    if market.shape == QUOTES | TRADES:
        middle = (pl.col("bid") + pl.col("ask")) / 2
        above = pl.when(traded > middle).then(pl.lit(1, pl.Int8)).when(traded < middle).then(pl.lit(-1, pl.Int8))
        stage["trade_sign"] = above.otherwise(tick)
        stage["effective_spread"] = 2 * (traded - middle).abs()
    return frame.with_columns(**stage)
