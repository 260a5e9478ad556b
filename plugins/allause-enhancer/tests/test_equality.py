"""Two engines and any chunking of a stream have one meaning."""

import re
from itertools import pairwise
from math import isclose, isnan

import attrs
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allause.exceptions import DataError
from allause.models import BAR_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS
from allause_enhancer import COLUMNS, Engine, EnhancerConfig, EnhancerStream, MarketDataEnhancer, engine, pieces
from allause_enhancer.columns import Needs
from allause_enhancer.engine import run_with_bars
from allause_enhancer.pieces import enhance_file_with_bars
from allause_enhancer.rows import compiling
from allause_enhancer.rows.kept import Kept
from allause_enhancer.rows.one_pass import in_one_pass
from allause_enhancer.tables.enhancement import enhance
from allause_enhancer.tables.exchange import take
from allause_enhancer.tables.larger import larger_bars

pytestmark = pytest.mark.long

SHAPES = {
    "bars": (BAR_COLUMNS, {Needs.ROWS, Needs.VOLUME}),
    "trades": (TRADE_COLUMNS, {Needs.ROWS, Needs.VOLUME}),
    "quotes": (QUOTE_COLUMNS, {Needs.ROWS, Needs.QUOTES}),
    "both": ((*QUOTE_COLUMNS, "price", "size"), set(Needs)),
}
INTEGERS = ("ts_event", "ts_init", "seq")
BAD = [0.0, -1.0, float("nan"), float("inf"), None]
AMOUNTS = ("volume", "size", "bid_size", "ask_size", "adj_close")  # of which any may lack
EXTREME = [5e-324, 1e-200, 1e200, 1.7e308]  # whose quotients are 0 or infinite
WINDOW = 3
NEED_NUMBA = pytest.mark.skipif(not compiling.available(), reason="numba is not installed")


def config_for(shape, **more):
    names = tuple(column.name for column in COLUMNS if column.needs in SHAPES[shape][1])
    lengths = {"session_ns": 7, "session_start_ns": 2, "bar_interval_ns": 3, "gap_ns": 2}
    return EnhancerConfig(**{"columns": names, "window": WINDOW, "outlier_threshold": 2.0, **lengths, **more})


@st.composite
def tables(draw, shape, *, sequenced, late=3, size=40):
    """Draw rows of three symbols, late by a few places, some repeated, some bad."""
    count = draw(st.integers(0, size))
    prices = st.one_of(st.integers(90, 110).map(float), st.floats(50, 150, allow_subnormal=False))
    amounts = st.one_of(st.integers(0, 9).map(float), st.sampled_from([float("nan"), -1.0, None]))
    rows, time = [], draw(st.integers(-20, 5))
    for number in range(count):
        time += draw(st.integers(0, 3))
        row = {"symbol": draw(st.sampled_from(["B", "A", "ZZ"])), "ts_event": time, "ts_init": time + 1, "seq": number}
        for name in SHAPES[shape][0][3:]:
            row[name] = draw(amounts if name in AMOUNTS else prices)
        if shape in {"quotes", "both"} and draw(st.integers(0, 9)):
            row["bid"], row["ask"] = sorted((row["bid"], row["ask"]))
        if draw(st.integers(0, 9)) == 0:
            row[draw(st.sampled_from(take_prices(shape)))] = draw(st.sampled_from(BAD + EXTREME))
        rows.append((number + draw(st.integers(0, late)), row))
        if draw(st.integers(0, 9)) == 0:
            rows.append((number + draw(st.integers(0, late)), row))
    rows.sort(key=lambda pair: pair[0])
    kinds = {
        name: pl.String if name == "symbol" else pl.Int64 if name in INTEGERS else pl.Float64
        for name in SHAPES[shape][0]
    }
    if sequenced:
        kinds["seq"] = pl.Int64
    return pl.DataFrame([row for _, row in rows], schema=kinds, orient="row", strict=True)


def take_prices(shape):
    return {"bars": ["open", "high", "low", "close"], "trades": ["price"], "quotes": ["bid", "ask"]}.get(
        shape, ["bid", "ask", "price"]
    )


def alike(found, expected):
    """Say what differs: whole numbers, flags and text must be equal, other numbers to 1e-12 relative.

    A deviation or a spread of Roll that is the rounding of equal numbers has no digits, hence the floor: 1e-12 of
    what goes in.
    """
    if found.columns != expected.columns or found.height != expected.height:
        return f"{found.shape} {found.columns} are not {expected.shape} {expected.columns}"
    for name in expected.columns:
        for at, (one, other) in enumerate(zip(found[name].to_list(), expected[name].to_list(), strict=True)):
            if isinstance(one, float) and isinstance(other, float):
                if not (isclose(one, other, rel_tol=1e-12, abs_tol=1e-15) or (isnan(one) and isnan(other))):
                    return f"{name}[{at}]: {one!r} is not {other!r}"
            elif one != other:
                return f"{name}[{at}]: {one!r} is not {other!r}"
    return ""


def cut(table, places):
    ends = [0, *sorted(place % (table.height + 1) for place in places), table.height]
    return [table[begin:end] for begin, end in pairwise(ends)]


def streamed(chunks, config, **more):
    stream = EnhancerStream(config, **more)
    parts = [stream.feed(chunk) for chunk in chunks]
    parts.append(stream.finish())
    return pl.concat([part for part in parts if part is not None]), stream


CASES = [(shape, sequenced) for shape in SHAPES for sequenced in (True, False) if not (shape == "bars" and sequenced)]


@pytest.mark.parametrize(("shape", "sequenced"), CASES)
@settings(deadline=None, max_examples=40, derandomize=True)
@given(data=st.data())
def test_kernel_means_what_polars_means(shape, sequenced, data):
    market = take(data.draw(tables(shape, sequenced=sequenced)))
    config = config_for(shape)
    passed = in_one_pass(market, config, bars=True, interpreted=True)
    assert passed.late == 0
    assert not alike(passed.frame, enhance(market, config))
    assert not alike(passed.bars, larger_bars(market, config.bar_interval_ns))
    assert passed.frame.height + passed.repeated + passed.dropped == market.frame.height


@NEED_NUMBA
@pytest.mark.parametrize(("shape", "sequenced"), CASES)
@settings(deadline=None, max_examples=10, derandomize=True)
@given(data=st.data())
def test_compiled_kernel_does_what_it_does_interpreted(shape, sequenced, data):
    market = take(data.draw(tables(shape, sequenced=sequenced, size=80)))
    config = config_for(shape)
    compiled, interpreted = (in_one_pass(market, config, bars=True, interpreted=plain) for plain in (False, True))
    assert not alike(compiled.frame, interpreted.frame)
    assert not alike(compiled.bars, interpreted.bars)
    assert attrs.evolve(compiled, frame=None, bars=None) == attrs.evolve(interpreted, frame=None, bars=None)


@pytest.mark.parametrize(("shape", "sequenced"), CASES)
@settings(deadline=None, max_examples=20, derandomize=True)
@given(data=st.data())
def test_any_chunking_of_a_stream_gives_the_same_answer_bit_for_bit(shape, sequenced, data):
    table = data.draw(tables(shape, sequenced=sequenced, late=8))
    config = config_for(shape, hold_back=data.draw(st.integers(0, 4)))
    at_once, first = streamed([table], config, bars=True, compiled=False)
    places = data.draw(st.lists(st.integers(0, 99), max_size=6))
    for chunks in (cut(table, places), [table[at : at + 1] for at in range(table.height)] or [table]):
        found, stream = streamed(chunks, config, bars=True, compiled=False)
        assert found.equals(at_once, null_equal=True)
        assert (stream.late, stream.repeated, stream.dropped) == (first.late, first.repeated, first.dropped)
    assert at_once.height + first.late + first.repeated + first.dropped == table.height


@pytest.mark.parametrize(("shape", "sequenced"), CASES)
@settings(deadline=None, max_examples=20, derandomize=True)
@given(data=st.data())
def test_stream_gives_the_answer_of_the_whole(shape, sequenced, data):
    table = data.draw(tables(shape, sequenced=sequenced))
    config = config_for(shape)
    found, stream = streamed(
        [table[at : at + 1] for at in range(table.height)] or [table], config, bars=True, compiled=False
    )
    whole = MarketDataEnhancer(config).enhance_market_data(table)
    assert stream.late == 0
    assert not alike(found.sort("symbol", maintain_order=True), whole)
    made = [*stream.take_bars()]
    expected = larger_bars(take(table), config.bar_interval_ns)
    if made:
        assert not alike(pl.concat(made).sort("symbol", maintain_order=True), expected)
    else:
        assert expected.is_empty()


@NEED_NUMBA
@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize(("shape", "sequenced"), CASES)
@settings(deadline=None, max_examples=15, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_file_in_pieces_gives_the_answer_of_its_table(tmp_path, monkeypatch, shape, sequenced, lanes, data):
    monkeypatch.setattr(pieces, "_PIECE", 7)
    monkeypatch.setattr(pieces, "cpu_count", lambda: lanes + 1)
    path = tmp_path / "rows.parquet"
    table = data.draw(tables(shape, sequenced=sequenced)).with_columns(place=pl.int_range(pl.len()).cast(pl.String))
    keep = data.draw(st.sampled_from([None, ("symbol", "ts_event"), ("place", "symbol")]))
    config = config_for(shape, engine="kernel", keep=keep)
    table.write_parquet(path, row_group_size=11)
    frame, bars = enhance_file_with_bars(path, config)
    expected, expected_bars = run_with_bars(take(table), config)
    assert not alike(frame, expected)
    assert frame.schema == expected.schema
    assert not alike(bars, expected_bars)
    assert frame.enhancement == expected.enhancement


@NEED_NUMBA
def test_compiled_stream_goes_on_after_its_first_rows_and_takes_new_symbols():
    table = pl.concat([ticks(60), ticks(60, symbol=["B"] * 60)])
    chunks = [*table.iter_slices(25)]
    config = EnhancerConfig(window=5)
    found, compiled = streamed(chunks, config, bars=True, compiled=True)
    expected, interpreted = streamed(chunks, config, bars=True, compiled=False)
    assert found.height == 120
    assert not alike(found, expected)
    assert not alike(pl.concat(compiled.take_bars()), pl.concat(interpreted.take_bars()))


LARGEST = 2**63 - 1
FAR_APART = {
    "the least number after the largest": [*range(LARGEST - 30, LARGEST + 1), -LARGEST - 1],
    "numbers of both ends": [-LARGEST - 1, LARGEST, *range(60)],
    "a step of more than a half": [*range(-LARGEST, -LARGEST + 20), *range(LARGEST - 20, LARGEST)],
}


@pytest.mark.parametrize("engine_is", ["polars", pytest.param("kernel", marks=NEED_NUMBA)])
def test_what_no_number_comes_of_is_null_and_a_price_of_almost_nothing_ends_no_stream(engine_is):
    prices = [100.0, 101.0, 5e-324, 1.7e308, 99.0, 100.0, 101.0, 102.0, 103.0]
    table = ticks(len(prices), price=prices)
    config = config_for("trades", engine=engine_is, session_ns=1_000, session_start_ns=0)
    frame = MarketDataEnhancer(config).enhance_market_data(table)
    assert frame["session_return"].to_list().count(float("-inf")) == 1
    assert frame["log_return"][2:4].to_list() == [float("-inf"), float("inf")]
    assert frame["rolling_volatility"][3:6].to_list() == [None] * 3
    assert frame["rolling_volatility"][8] > 0
    assert frame.select(pl.col(pl.Float64).is_nan().any()).sum_horizontal().item() == 0
    found, _ = streamed([*table.iter_slices(2)], config, compiled=False)
    assert not alike(found, pl.DataFrame(frame))


@pytest.mark.parametrize(
    "way", ["polars", *(pytest.param(way, marks=NEED_NUMBA) for way in ("kernel", "file")), "stream"]
)
def test_adjusted_close_that_lacks_is_null_in_a_larger_bar_and_nan_stays_nan(tmp_path, way):
    adjusted = [1.0, None, 2.0, float("nan"), None, 3.0]
    rows = {"symbol": ["A"] * 6, "ts_event": [*range(1, 7)], "ts_init": [*range(1, 7)]}
    prices = dict.fromkeys(("open", "high", "low", "close"), [9.0] * 6)
    table = pl.DataFrame(rows | prices | {"volume": [1.0] * 6, "adj_close": adjusted})
    config = config_for(
        "bars", bar_interval_ns=2, engine="polars" if way == "stream" else way.replace("file", "kernel")
    )
    if way == "stream":
        stream = streamed([table], config, bars=True, compiled=False)[1]
        bars = pl.concat(stream.take_bars())
    elif way == "file":
        table.write_parquet(tmp_path / "bars.parquet")
        bars = enhance_file_with_bars(tmp_path / "bars.parquet", config)[1]
    else:
        bars = run_with_bars(take(table), config)[1]
    assert bars["adj_close"].equals(pl.Series([None, float("nan"), 3.0]), null_equal=True)


@pytest.mark.parametrize("numbers", FAR_APART.values(), ids=FAR_APART)
@pytest.mark.parametrize("interpreted", [True, pytest.param(False, marks=NEED_NUMBA)])
def test_numbers_from_both_ends_of_the_range_are_in_no_wrong_order(numbers, interpreted):
    """Their differences are beyond 64 bits."""
    market = take(ticks(len(numbers), seq=numbers))
    config = config_for("trades", columns=("is_gap", "log_return"))
    passed = in_one_pass(market, config, interpreted=interpreted)
    assert passed.repeated == 0
    if passed.late:
        assert passed.frame["seq"].is_sorted()
    else:
        assert not alike(passed.frame, enhance(market, config))


def ticks(count, **more):
    rows = {"symbol": ["A"] * count, "ts_event": [*range(count)], "ts_init": [*range(count)], "seq": [*range(count)]}
    return pl.DataFrame(rows | {"price": [100.0 + at % 7 for at in range(count)], "size": [1.0] * count} | more)


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=NEED_NUMBA)])
def test_stream_has_room_for_all_that_later_symbols_hold_back(compiled):
    many = pl.concat(ticks(20, symbol=[f"S{number:03}"] * 20) for number in range(100)).drop("seq")
    one = ticks(5).drop("seq")
    stream = EnhancerStream(compiled=compiled)
    answers = [stream.feed(one), stream.feed(many), stream.finish()]
    assert [answer.height for answer in answers] == [0, 400, 1605]


def test_stream_leaves_out_and_counts_what_comes_after_its_turn():
    table = ticks(50)
    late = pl.concat([table[:5], table[6:], table[5:6]])
    found, stream = streamed([late], EnhancerConfig(hold_back=4), compiled=False)
    assert (stream.late, found["seq"].to_list()) == (1, [n for n in range(50) if n != 5])


def test_stream_refuses_other_rows_than_before():
    stream = EnhancerStream(compiled=False)
    stream.feed(ticks(5))
    with pytest.raises(DataError, match="expected rows like those fed before"):
        stream.feed(ticks(5).drop("seq"))
    with pytest.raises(DataError, match="expected columns"):
        stream.feed(ticks(5).with_columns(venue=pl.lit("X")))


@NEED_NUMBA
def test_stream_is_compiled_where_the_kernel_is_configured_or_this_process_has_compiled(monkeypatch):
    begun = []
    monkeypatch.setattr(compiling, "compiled", lambda: begun.append("compiled"))
    monkeypatch.setattr(compiling, "warm", lambda: False)
    EnhancerStream()
    EnhancerStream(EnhancerConfig(engine="polars"))
    assert begun == []
    EnhancerStream(EnhancerConfig(engine="kernel"))
    assert begun == ["compiled"]
    monkeypatch.setattr(compiling, "warm", lambda: True)
    EnhancerStream()
    assert begun == ["compiled"] * 2


def test_stream_without_rows_has_nothing_to_finish():
    assert EnhancerStream(compiled=False).finish() is None


@NEED_NUMBA
def test_kernel_is_chosen_for_many_rows_and_named_in_the_answer(monkeypatch):
    monkeypatch.setattr(engine, "WORTHWHILE", 100)
    monkeypatch.setattr(engine, "WORTHWHILE_WARM", 100)
    told = MarketDataEnhancer().enhance_market_data(ticks(100)).enhancement
    assert (told.engine, told.input_rows, told.output_rows) == (Engine.KERNEL, 100, 100)
    told = MarketDataEnhancer().enhance_market_data(ticks(99)).enhancement
    assert (told.engine, told.reason) == (Engine.POLARS, "99 rows are not worth it; 100 are")


@NEED_NUMBA
def test_fewer_rows_are_worth_a_kernel_that_is_kept_than_one_to_be_compiled(monkeypatch, tmp_path):
    import numba  # noqa: PLC0415 - an extra

    monkeypatch.setattr(compiling, "warm", lambda: False)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(engine, "WORTHWHILE", 100)
    monkeypatch.setattr(engine, "WORTHWHILE_KEPT", 50)

    def told(rows):
        return engine.choose(rows, EnhancerConfig())

    assert not compiling.kept()
    assert [told(rows) for rows in (50, 100)] == [
        (Engine.POLARS, "50 rows are not worth it; 100 are"), (Engine.KERNEL, "at least 100 rows")
    ]  # fmt: skip
    (folder,) = tmp_path.iterdir()
    files = Kept(folder, f"_of_a_table_{'0' * 24}")
    with files.alone():  # as of a process that was ended while it compiled
        assert not compiling.kept()
    files.seal()
    assert compiling.kept()
    assert [told(rows) for rows in (49, 50)] == [
        (Engine.POLARS, "49 rows are not worth it; 100 are"), (Engine.KERNEL, "at least 50 rows")
    ]  # fmt: skip


@NEED_NUMBA
def test_rows_too_late_for_the_kernel_are_sorted_and_the_answer_says_so(monkeypatch):
    monkeypatch.setattr(engine, "WORTHWHILE", 10)
    monkeypatch.setattr(engine, "WORTHWHILE_WARM", 10)
    table = ticks(100)
    late = pl.concat([table[:5], table[6:], table[5:6]])
    answer = MarketDataEnhancer().enhance_market_data(late)
    assert answer["seq"].to_list() == [*range(100)]
    assert answer.enhancement.engine is Engine.POLARS
    assert answer.enhancement.reason == "not nearly ordered: 1 rows came later than hold_back = 16 rows"
    with pytest.raises(DataError, match="expected nearly ordered rows, found 1 rows came later"):
        MarketDataEnhancer(EnhancerConfig(engine="kernel")).enhance_market_data(late)


def test_kernel_without_numba_is_one_clear_error(monkeypatch):
    monkeypatch.setattr(compiling, "find_spec", lambda name: None)
    lacking = "numba is not installed (allause-enhancer[fast])"
    with pytest.raises(DataError, match=re.escape(f"engine: expected numba for the kernel, found that {lacking}; ")):
        MarketDataEnhancer(EnhancerConfig(engine="kernel")).enhance_market_data(ticks(3))
    assert MarketDataEnhancer().enhance_market_data(ticks(3)).enhancement.reason == lacking


@NEED_NUMBA
def test_numba_that_may_not_compile_is_as_none(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setattr(engine, "WORTHWHILE", 1)
    monkeypatch.setattr(engine, "WORTHWHILE_WARM", 1)
    lacking = "numba may not compile (NUMBA_DISABLE_JIT is set)"
    with pytest.raises(DataError, match=re.escape(f"engine: expected numba for the kernel, found that {lacking}; ")):
        MarketDataEnhancer(EnhancerConfig(engine="kernel")).enhance_market_data(ticks(3))
    assert MarketDataEnhancer().enhance_market_data(ticks(3)).enhancement.reason == lacking
