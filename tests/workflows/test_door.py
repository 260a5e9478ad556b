"""The door of the market data workflow: what is put in counts as caught only under its name."""

import attrs
import polars as pl
import pytest

from allause.exceptions import DataError
from allause.hookspecs import hookimpl
from allause.kinds.dirt import CLEAN, DIRT, TRUNCATED
from allause.models import DataQuality, DefectCause, DoubtCause

CATCHES = {f"{schema}: {name.replace('_', ' ')}" for schema, dirt in DIRT.items() for name in dirt}
CONTROLS = {f"{schema}: {CLEAN}" for schema in DIRT}
HARD = {f"{s}: {n.replace('_', ' ')}" for s, dirt in DIRT.items() for n, d in dirt.items() if d.doubt is None}
REPEAT = "trades: repeat"  # may be flagged, and is a duplicate to the first-party component


@pytest.fixture
def source(real):
    return real("market_data")


@pytest.fixture
def fed(source):
    """A source whose answers on what it is fed are changed; on its own data it stays honest."""

    def make(quality=lambda found: found, table=lambda found: found):
        class Fed(source):
            @hookimpl
            def get_data_quality(self, symbols):
                found = super().get_data_quality(symbols=symbols)
                return found if self._config.path is None else quality(found)

            @hookimpl
            def get_market_data(self, symbols, start=None, end=None):
                found = super().get_market_data(symbols=symbols, start=start, end=end)
                return found if self._config.path is None else table(found)

            @hookimpl
            def stream_market_data(self, symbols, start=None, end=None):
                rows = self.get_market_data(symbols, start, end)
                made = type(next(super().stream_market_data(symbols=symbols)))
                return iter([made(**row) for row in rows.iter_rows(named=True)])

        return Fed

    return make


def nothing_found(quality):
    return DataQuality(rows=quality.rows, good=quality.rows, defects=dict.fromkeys(map(str, DefectCause), 0))


@pytest.mark.parametrize("seed", range(3))
def test_the_first_party_component_catches_everything(run, not_passed, source, seed):
    assert not_passed(run("market_data", market_data=source, seed=seed)) == {}


def test_a_component_that_catches_nothing_scores_nothing(run, not_passed, source):
    class Blind(source):
        """Serves whatever it reads, and says that all of it is good."""

        def _raw(self, symbols):
            rows = pl.read_csv(self._config.path, schema_overrides={"adj_close": pl.Float64})
            rows = rows.with_columns(pl.col(pl.Float64).fill_null(float("nan")))
            return rows.filter(pl.col("symbol").is_in(list(symbols))).sort("ts_event", maintain_order=True)

        @hookimpl
        def get_market_data(self, symbols, start=None, end=None):
            if self._config.path is None:
                return super().get_market_data(symbols=symbols, start=start, end=end)
            return self._raw(symbols)

        @hookimpl
        def get_data_quality(self, symbols):
            found = super().get_data_quality(symbols=symbols)
            return found if self._config.path is None else nothing_found(found)

    found = not_passed(run("market_data", market_data=Blind))
    assert found.keys() >= CATCHES
    assert {name: found[name] for name in CONTROLS & found.keys()} == {}


def test_a_component_that_cannot_be_fed_scores_nothing(run, not_passed, source):
    class Own(source):
        Config = attrs.make_class("Config", {})

    report = run("market_data", market_data=lambda: Own(source.Config()))
    found = not_passed(report)
    assert found.keys() >= CATCHES | CONTROLS
    assert {name for name, (status, _) in found.items() if status == "failed"} == {f"feed {schema}" for schema in DIRT}


def test_a_component_that_flags_everything_fails_where_nothing_is_wrong(run, not_passed, fed):
    flagged = {doubt.value: 1 for doubt in DoubtCause}
    found = not_passed(run("market_data", market_data=fed(quality=lambda q: attrs.evolve(q, flagged=flagged))))
    assert found.keys() == CONTROLS | {REPEAT}


def test_a_component_that_names_no_flag_fails_where_rows_are_only_unlikely(run, not_passed, fed):
    found = not_passed(run("market_data", market_data=fed(quality=lambda q: attrs.evolve(q, flagged={}))))
    assert found.keys() == CATCHES - HARD - {REPEAT}


def test_a_defect_under_another_name_is_not_caught(run, not_passed, fed):
    def renamed(quality):
        spoiled = quality.rows - quality.good
        zero = dict.fromkeys(map(str, DefectCause), 0)
        return attrs.evolve(quality, defects={**zero, "gap": quality.defects["gap"], "suspect": spoiled})

    found = not_passed(run("market_data", market_data=fed(quality=renamed)))
    assert found.keys() == HARD - {"bars: gap", "bars: future"}


def test_a_row_that_is_lost_is_missed_where_it_was(run, failed, fed):
    found = failed(run("market_data", market_data=fed(table=lambda t: t.filter(pl.col("symbol") != "SPLIT"))))
    assert set(found) >= {"bars: split"}
    assert "0 are served" in found["bars: split"]


def test_a_price_that_is_made_up_fails_where_it_is_served(run, failed, fed):
    def mended(table):
        if "volume" not in table.columns:
            return table
        made_up = (pl.col("symbol") == "ZEROPRICE") & (pl.col("ts_event") % 7 == 0)
        return table.with_columns(volume=pl.when(made_up).then(1.5).otherwise("volume"))

    found = failed(run("market_data", market_data=fed(table=mended)))
    assert set(found) == {"bars: zero price"}
    assert "good row at its place" in found["bars: zero price"]


def test_what_breaks_off_may_be_refused_and_not_served(run, failed, evidence, source):
    class Filling(source):
        """Reads a file that breaks off as if its last row were the one before."""

        @hookimpl
        def start(self, context):
            path = self._config.path
            if path is not None and TRUNCATED in path.name:
                *whole, before, last = path.read_text().split("\n")
                path.write_text("\n".join([*whole, before, ",".join([*last.split(","), *before.split(",")[3:]]), ""]))
            super().start(context=context)

    steps = [f"{schema}: {TRUNCATED}" for schema in DIRT]
    assert {"truncated" in evidence(run("market_data", market_data=source), step)["refused"] for step in steps} == {
        True
    }
    found = failed(run("market_data", market_data=Filling))
    assert set(found) == set(steps)
    assert "1 under non_finite or suspect were put in" in found[steps[0]]


def test_what_is_stored_and_comes_back_otherwise_fails(run, failed, source):
    class Forgetful(source):
        @hookimpl
        def get_data_quality(self, symbols):
            quality = super().get_data_quality(symbols=symbols)
            if self._config.path is None or "stored" not in self._config.path.name:
                return quality
            return attrs.evolve(quality, good=quality.good - 1)

    assert set(failed(run("market_data", market_data=Forgetful))) == {"store and read again"}


def test_a_source_that_refuses_quotes_fails_where_it_is_fed_quotes(run, failed, source):
    class BarsOnly(source):
        @hookimpl
        def get_symbols(self):
            if self._config.path is not None and "quotes" in self._config.path.name:
                raise DataError("quotes.csv: expected bars, found quotes")
            return super().get_symbols()

    found = failed(run("market_data", market_data=BarsOnly))
    assert set(found) == {"feed quotes"}
    assert "found quotes" in found["feed quotes"]


def test_what_is_fed_is_closed_and_how_that_failed_is_told(run, not_passed, source):
    started, closed = [], []

    class Clinging(source):
        @hookimpl
        def start(self, context):
            super().start(context=context)
            started.append(self)

        @hookimpl
        def close(self):
            super().close()
            closed.append(self)
            if self._config.path is not None and "stored" in self._config.path.name:
                raise OSError("still busy")

    found = not_passed(run("market_data", market_data=Clinging))
    assert set(map(id, started)) == set(map(id, closed))
    assert len(started) > 2
    assert set(found) == {"close"}
    assert "still busy" in found["close"][1]
