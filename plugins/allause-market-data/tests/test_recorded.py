"""All recorded files: read with as many rows as their manifest says, or refused for a stated reason."""

import csv
import json
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import polars as pl
import polars.selectors as cs
import pytest

from allause.exceptions import DataError
from allause_market_data import MarketDataConfig
from allause_market_data.gate import Cause, Gate
from allause_market_data.quality import check
from allause_market_data.reading import Batch, Schema, open_source, read_source, reader_of

pytestmark = pytest.mark.long

# what a user has to say about files that do not say it themselves
DECLARED = {
    "fx/datasets_exchange-rates_monthly.csv.gz": {"columns": {"symbol": "Country", "value": "Exchange rate"}},
    "lean/alternative/interest-rate/usa/interest-rate.csv": {"wide": True},
    "pypi/arch_wti.csv.gz": {"wide": True},
    "pypi/ecb_eurofxref-hist.zip": {"wide": True},
    "pypi/skfolio_factors_dataset.csv.gz": {"wide": True},
    "pypi/skfolio_sp500_dataset.csv.gz": {"wide": True},
    "pypi/skfolio_sp500_index.csv.gz": {"wide": True},
}
# how many files are refused, by a part of the reason
REFUSED = {
    "FIX messages": 118,
    "Lean factor file": 11,
    "Lean map file": 11,
    "YAML": 7,
    "one JSON document": 3,
    "which no schema of ours holds": 4,
    "Prometheus": 1,
    "Lean's properties": 1,
}
PRICED = ("open", "high", "low", "close", "price", "bid", "ask", "value")


@pytest.fixture(scope="module")
def manifest(shared):
    with (shared / "MANIFEST.csv").open(newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


def batches(path, **declared):
    return list(read_source(open_source(path), MarketDataConfig(**declared)))


def judged(path, calendar=None, **declared):
    return judgement_of(batches(path, **declared), calendar=calendar)


def judgement_of(read, schema=None, calendar=None):
    read = [one for one in read if schema in {None, one.schema}]
    frame = pl.concat([one.frame for one in read], how="diagonal")
    return Gate(calendar=calendar).judge(Batch(read[0].schema, frame, read[0].told, read[0].repeats))


def counts(judgement):
    return {cause.value: count for cause, count in judgement.counts().items() if count}


def test_every_recorded_file_is_read_as_its_manifest_says_or_refused_for_a_stated_reason(shared, manifest):
    """One test: to read all files takes as long as all that is asked of them."""
    pytest.importorskip("databento_dbn", reason="the extra dbn is not installed")
    lines, reasons, seen, bars = [], Counter(), {}, 0
    for name, row in manifest.items():
        try:
            source = open_source(shared / name)
            form = reader_of(source).name
            read = list(read_source(source, MarketDataConfig(**DECLARED.get(name, {}))))
        except DataError as error:
            reason = str(error).removeprefix(f"{shared / name}: ")
            found = [part for part in REFUSED if part in reason]
            assert len(found) == 1, (name, reason)
            reasons[found[0]] += 1
            lines.append(f"{name} | refused | | {reason}")
            continue
        rows = max((one.frame["row"].max() for one in read if one.frame.height), default=0)
        kinds = Counter()
        for one in read:
            assert set(one.schema.columns) <= set(one.frame.columns)
            kinds[one.schema.value] += one.frame.height
        assert rows == int(row["rows"]), name
        shown = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        lines.append(f"{name} | {form} | {rows} | {shown}")
        seen[name] = figures_of(name, row, read)
        if row["entries"] and (times := bars_begin_and_end(name, read)) is not None:
            assert times == (row["first"], row["last"]), name
            bars += 1
    print("\nfile | format | rows | as", *lines, sep="\n")  # noqa: T201 - the table is for whoever asks with -s
    assert len(lines) == len(manifest) == 393
    assert reasons == REFUSED
    assert bars > 150
    require_figures(manifest, seen)
    require_times(manifest, seen)


def bars_begin_and_end(name, read):
    """First and last start of Lean's bars, in the words of the manifest; None of other files."""
    steps = {"minute": 60, "second": 1, "hour": 3600, "daily": 86_400, "tick": 0}
    parts = name.split("/")
    if parts[0] != "lean" or parts[3] not in steps:
        return None
    frame = pl.concat([one.frame.select("ts_event") for one in read])
    zone = "America/New_York" if parts[1] in {"equity", "option"} else "UTC"
    local = pl.col("ts_event").cast(pl.Datetime("ns", "UTC")).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    # a bar ends a step after the start that is stored
    starts = frame.select(local - pl.duration(seconds=steps[parts[3]])).to_series()
    return tuple(str(when).removesuffix(".000000") for when in (starts.min(), starts.max()))


def _within(frame, name):
    """Time as the source counts it, by what it counts in: wall clocks in a member of an archive, else in the file."""
    zone = "America/New_York" if name.startswith(("lean/equity", "lean/option")) else "UTC"
    local = pl.col("ts_event").cast(pl.Datetime("ns", "UTC")).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return frame.select("symbol", "row", "ts_init", local=local.cast(pl.Int64))


def _lacks(one):
    """Rows with no quantity, or of a quote without a side or with sizes of 0."""
    frame = one.frame
    if one.schema in {Schema.QUOTE, Schema.OPTION} and "bid" in one.told:
        none = (pl.col("bid_size") == 0) & (pl.col("ask_size") == 0)
        return frame.select((pl.col("bid").is_nan() | pl.col("ask").is_nan() | none).sum()).item()
    name = {Schema.BAR: "volume", Schema.TRADE: "size"}.get(one.schema)
    return 0 if name is None else int((frame[name] == 0).sum())


# cells that are empty, and are no missing number of a row of ours
BESIDE = {
    "lean/option/usa/universes": 10,  # the underlying has no contract, no open interest and no greeks
    "pypi/ecb_eurofxref-hist.zip": 7126,  # each line ends with a separator
    "pypi/arch_wti.csv.gz": -290,  # the manifest does not count the points that mark a holiday
}


FIGURES = {"dup_ts": 205, "back": 220, "max_gap": 125, "zero_qty_or_side": 24, "zero_volume": 16, "nan": 57}


def figures_of(name, row, read):
    """The figures of the manifest as the readers see them."""
    rows = pl.concat([_within(one.frame, name) for one in read]).unique("row", keep="first").sort("row")
    by = ["symbol"] if name.startswith("lean/") and row["entries"] else []
    arrived = "ts_init" if name.startswith("orderbook/") else "local"  # a stream is in the order of receipt
    step = pl.col(arrived).diff().over(by) if by else pl.col(arrived).diff()
    numbers = [one.frame.select(cs.float() & cs.by_name(*one.told, require_all=False)) for one in read]
    nan = sum(frame.select(pl.all().is_nan().sum()).sum_horizontal().sum() for frame in numbers)
    return {
        "dup_ts": rows.height - rows.n_unique([*by, "local"]),
        "back": rows.select((step < 0).sum()).item(),
        "max_gap": rows.select(step.max()).item(),
        "zero_qty_or_side": sum(_lacks(one) for one in read),
        "zero_volume": sum(int((one.frame["volume"] == 0).sum()) for one in read if "volume" in one.told),
        "nan": nan + next((more for start, more in BESIDE.items() if name.startswith(start)), 0),
        "first": rows[arrived].min(),
        "last": rows[arrived].max(),
    }


def require_figures(manifest, seen):
    """Compare each figure of each file for which the manifest has one; so many files have it."""
    for figure, files in FIGURES.items():
        told = {name: row[figure] for name, row in manifest.items() if row[figure] and name in seen}
        number = _nanoseconds if figure == "max_gap" else lambda text: int(float(text))
        told = {name: number(text) for name, text in told.items()}
        assert {name: seen[name][figure] for name in told} == told, figure
        assert len(told) == files, figure


def _nanoseconds(text):
    days, clock = text.split(" days ")
    hours, minutes, seconds = clock.split(":")
    whole = (int(days) * 24 + int(hours)) * 3600 + int(minutes) * 60
    return whole * 10**9 + int(Decimal(seconds) * 10**9)


def require_times(manifest, seen):
    """Compare begin and end of all files but Lean's."""
    looked = 0
    for name, row in manifest.items():
        kind = name.split("/")[0]
        if kind in {"nab", "pypi", "indices", "fx", "databento", "orderbook"} and name in seen and row["first"]:
            # a date is the end of its day, a bar ends a step after its start
            steps = {"ohlcv-1s": 1, "ohlcv-1m": 60, "ohlcv-1h": 3600, "ohlcv-1d": 86_400}
            step = 86_400 if kind in {"pypi", "indices", "fx"} else steps.get(name.split(".")[1], 0)
            for end in ("first", "last"):
                when = pl.Series([seen[name][end]]).cast(pl.Datetime("ns")) - pl.duration(seconds=step)
                assert str(pl.select(when).item())[:19] == row[end][:19], (name, end)
            looked += 1
    assert looked > 50


def test_what_is_said_of_recorded_files_in_words_is_so(shared):
    (rates, *_) = batches(shared / "pypi/ecb_eurofxref-hist.zip", wide=True)
    days = (rates.frame["ts_event"].unique() - 1).cast(pl.Datetime("ns")).dt.date()
    weekdays = pl.date_range(days.min(), days.max(), eager=True)
    weekdays = weekdays.filter(weekdays.dt.weekday() <= 5)
    assert weekdays.filter(~weekdays.is_in(days.implode())).len() == 134
    one, other = (
        [
            one.frame.drop("ts_event", "ts_init")
            for one in batches(shared / f"lean/option/usa/universes/goog/{day}.csv.gz")
        ]
        for day in (20151230, 20151231)
    )
    assert all(left.equals(right) for left, right in zip(one, other, strict=True))


def test_locked_and_crossed_quotes_are_those_of_the_manifest(shared, manifest):
    looked = 0
    for name, row in manifest.items():
        if "_quote" in name and row["crossed"] and "/tick/" not in name:
            found = judged(shared / name).counts()
            assert found[Cause.LOCKED_QUOTE] + found[Cause.CROSSED_QUOTE] == int(row["crossed"]), name
            looked += 1
    assert looked > 20


def test_impossible_bars_are_those_of_the_manifest(shared, manifest):
    assert counts(judged(shared / "indices/vix-daily.csv.gz"))["impossible_bar"] == 47
    assert manifest["indices/vix-daily.csv.gz"]["ohlc_bad"] == "47"
    for name in ("pypi/arch_sp500.csv.gz", "pypi/bokeh_sampledata_stocks.csv.gz"):
        assert "impossible_bar" not in counts(judged(shared / name))


def test_repeated_times_of_irregular_series_are_those_of_the_manifest(shared, manifest):
    for name, row in manifest.items():
        if name.startswith("nab/") and row["dup_ts"]:
            found = judged(shared / name).counts()
            assert found[Cause.DUPLICATE] == int(row["dup_rows"]), name
            assert found[Cause.DUPLICATE] + found[Cause.DUPLICATE_KEY] == int(row["dup_ts"]), name


def test_missing_numbers_of_the_reference_rates_are_those_of_the_manifest(shared, manifest):
    frame = pl.concat([one.frame for one in batches(shared / "pypi/ecb_eurofxref-hist.zip", wide=True)])
    empty_column = 7126  # each line ends with a separator
    assert frame["value"].is_nan().sum() + empty_column == int(manifest["pypi/ecb_eurofxref-hist.zip"]["nan"])


@pytest.mark.parametrize(
    ("name", "splits"),
    [
        ("aapl", {"2000-06-21": "2 for 1", "2005-02-28": "2 for 1", "2014-06-09": "7 for 1", "2020-08-31": "4 for 1"}),
        ("eem", {"2005-06-09": "3 for 1", "2008-07-24": "3 for 1"}),
        ("goog", {"2014-04-03": "2 for 1"}),
        ("uso", {"2020-04-29": "1 for 8"}),
        ("googl", {}),
        ("spy", {}),
    ],
)
def test_unadjusted_splits_are_found_and_nothing_else_is_taken_for_one(shared, name, splits):
    judgement = judged(shared / f"lean/equity/usa/daily/{name}.zip")
    found = {}
    for (index, cause), detail in judgement.details.items():
        if cause is Cause.SPLIT:
            moment = pl.Series([judgement.batch.frame["ts_event"][index] - 1]).cast(pl.Datetime("ns", "UTC"))
            found[str(moment.dt.convert_time_zone("America/New_York").dt.date()[0])] = detail.rsplit("split of ")[-1]
    assert found == splits


def test_fall_on_news_is_a_large_move_and_no_split(shared):
    judgement = judged(shared / "pypi/bokeh_sampledata_stocks.csv.gz")
    frame = judgement.batch.frame
    day = 970_272_000 * 10**9  # the end of 2000-09-29
    index = frame.with_row_index("i").filter((pl.col("symbol") == "AAPL") & (pl.col("ts_event") == day))["i"][0]
    assert frame["close"][index] / frame["close"][index - 1] < 0.49
    assert judgement.flags[index] == Cause.LARGE_MOVE.bit
    assert counts(judgement)["split"] == 3  # AAPL 2000 and 2005, MSFT 2003


def test_far_ticks_of_a_recording_are_spikes_and_rows_differ_by_their_sale_condition(shared):
    path = shared / "lean/equity/usa/tick/spy/20131007_trade.zip"
    source = open_source(path)
    rows = [line.split(",") for _, data in source.archive(source.members) for line in data.decode().splitlines()]
    assert len({condition for *_, condition, _ in rows}) == 22
    assert {suspicious for *_, suspicious in rows} == {"0"}
    judgement = judged(path)
    price = judgement.batch.frame["price"]
    far = ((price / price.rolling_median(50, min_samples=1, center=True) - 1).abs() > 0.003).arg_true().to_list()
    assert len(far) == 14
    spikes = ((judgement.flags & Cause.SPIKE.bit) != 0).arg_true().to_list()
    # two more stand where so much of the way is not taken back at once
    assert (len(spikes), set(spikes) <= set(far)) == (12, True)
    # of two ticks that differ by the condition alone neither repeats the other
    whole, without = ({tuple(row[:4] + row[at:]) for row in rows} for at in (4, 5))
    assert len(without) < len(whole)
    assert ((judgement.flags & Cause.REPEAT.bit) != 0).sum() == len(rows) - len(whole)


def test_exchange_holidays_are_no_gaps(shared):
    pytest.importorskip("exchange_calendars", reason="the extra calendars is not installed")
    judgement = judged(shared / "lean/equity/usa/daily/spy.zip", calendar="XNYS")
    assert counts(judgement) == {}
    times = judgement.batch.frame["ts_event"]
    days = ((times - 1).cast(pl.Datetime("ns", "UTC")).dt.convert_time_zone("America/New_York")).dt.date()
    weekdays = pl.date_range(days.min(), days.max(), eager=True)
    assert weekdays.filter((weekdays.dt.weekday() <= 5) & ~weekdays.is_in(days.implode())).len() == 215


def test_history_that_is_not_of_the_company_is_found(shared):
    pytest.importorskip("exchange_calendars", reason="the extra calendars is not installed")
    qqq = judged(shared / "lean/equity/usa/daily/qqq.zip", calendar="XNYS")
    (gap,) = [detail for (_, cause), detail in qqq.details.items() if cause is Cause.GAP]
    assert gap == "1588 sessions of XNYS missing, 2004-12-01 to 2011-03-22"
    for name in ("uso", "eem"):
        assert counts(judged(shared / f"lean/equity/usa/daily/{name}.zip"))["ticker_reuse"] == 1


def test_recorded_streams_are_unbroken_and_their_clock_is_behind(shared, manifest):
    expected = json.loads((shared / "EXPECTED.json").read_text())
    for name, figures in expected.items():
        read = batches(shared / name)
        for schema in (Schema.DEPTH, Schema.TRADE):
            judgement = judgement_of(read, schema)
            assert manifest[name]["seq_gaps"] == "0"
            assert judgement.counts()[Cause.SEQUENCE_GAP] == 0
            assert judgement.counts()[Cause.CLOCK_SKEW] > 0.98 * judgement.batch.frame.height
            served = judgement.served()
            skewed = served.filter((pl.col("flags") & Cause.CLOCK_SKEW.bit) != 0)
            assert skewed.select((pl.col("ts_init") - pl.col("ts_event")).min()).item() >= 0
        trades = judgement.batch.frame
        # exact: the decimals that were recorded, not sums of binary64
        sizes = [Fraction(Decimal(repr(size))) for size in trades["size"]]
        money = sum(Fraction(Decimal(repr(p))) * s for p, s in zip(trades["price"], sizes, strict=True))
        assert (trades.height, sum(sizes)) == (figures["trades"], Fraction(Decimal(repr(figures["volume"]))))
        assert round(float(money / sum(sizes)), 6) == figures["vwap"]


def test_missing_depth_message_is_a_sequence_gap(shared):
    name = shared / "orderbook/binance/spot/btcusdt_20240808.gz"
    depth = pl.concat([one.frame for one in batches(name) if one.schema is Schema.DEPTH])
    lost = depth.filter(~pl.col("snapshot"))["last_id"][5_000]
    judgement = Gate().judge(Batch(Schema.DEPTH, depth.filter(pl.col("last_id") != lost), frozenset(depth.columns)))
    assert judgement.counts()[Cause.SEQUENCE_GAP] == 1


def test_prices_of_recorded_files_are_their_decimals(shared):
    source = shared / "lean/equity/usa/minute/spy/20131007_trade.zip"
    (bars,) = batches(source)
    text = b"".join(data for _, data in open_source(source).archive(open_source(source).members)).decode()
    for line, close in zip(text.split(), bars.frame["close"], strict=True):
        assert Decimal(repr(close)) == Decimal(line.split(",")[4]) / 10_000


def test_counts_of_every_recorded_table_add_up(shared, manifest):
    for name in [name for name in manifest if name.split("/")[0] in {"indices", "nab", "pypi"} and "label" not in name]:
        report = check(shared / name, MarketDataConfig(**DECLARED.get(name, {})), Gate())
        for table in report.tables:
            outcomes = table.outcomes
            assert sum(outcomes.values()) == table.rows
            assert sum(table.first_causes.values()) + outcomes["clean"] == table.rows
            assert table.findings.height == sum(table.counts.values())
