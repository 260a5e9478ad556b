"""The performance workflow: what is lost or not counted under load is found out; speed itself decides nothing."""

import attrs
import pytest
from other_engines import OffersNoDay

from allause.hookspecs import hookimpl

WORKFLOW = "performance_under_load"


def test_a_small_honest_engine_passes(run, not_passed, small_engine):
    assert not_passed(run(WORKFLOW, execution=small_engine)) == {}


def test_an_engine_that_offers_no_order_for_a_day_passes(run, not_passed):
    assert not_passed(run(WORKFLOW, execution=OffersNoDay)) == {}


def test_figures_are_evidence_with_the_yardstick(run, evidence, small_engine):
    measured = evidence(run(WORKFLOW, execution=small_engine), "burst of orders")["measured"]
    assert measured["n"] == 120
    assert 0 < measured["p5"] <= measured["median"] <= measured["p99"] <= measured["maximum"]
    assert measured["yardstick_ratio"] > 0


def test_one_order_lost_in_a_hundred_fails(run, failed, small_engine):
    class Lossy(small_engine):
        def submit(self, intent):
            if intent.client_order_id.endswith("99"):
                self.change(intent.client_order_id, status="accepted", venue_order_id="V")
            else:
                super().submit(intent)

    assert "238 reached the venue" in failed(run(WORKFLOW, execution=Lossy))["nothing is lost"]


def test_an_order_that_is_not_acknowledged_fails(run, failed, small_engine):
    class Unsure(small_engine):
        @hookimpl
        def place_order(self, **order):
            report = super().place_order(**order)
            unsure = order["client_order_id"].endswith("-17")
            return attrs.evolve(report, status="unknown") if unsure else report

    assert "1 of 120 orders were not acknowledged" in failed(run(WORKFLOW, execution=Unsure))["burst of orders"]


@pytest.mark.parametrize("error", [RuntimeError("full"), SystemExit(0)])
def test_an_engine_that_raises_on_the_hot_path_fails(run, failed, small_engine, error):
    class Raising(small_engine):
        @hookimpl
        def place_order(self, **order):
            if len(self.orders) == 50:
                raise error
            return super().place_order(**order)

    assert "place_order() raised" in failed(run(WORKFLOW, execution=Raising))["burst of orders"]


def test_work_that_is_not_counted_fails(run, failed, small_engine):
    class Frozen(small_engine):
        @hookimpl
        def get_performance_stats(self):
            return attrs.evolve(super().get_performance_stats(), operations=1)

    assert set(failed(run(WORKFLOW, execution=Frozen))) == {"count the work after"}


def test_a_stream_that_loses_an_event_under_load_fails(run, failed, real, small_engine):
    class Leaky(real("market_data")):
        @hookimpl
        def stream_market_data(self, **window):
            return list(super().stream_market_data(**window))[1:]

    assert "burst of data" in failed(run(WORKFLOW, market_data=Leaky, execution=small_engine))


def test_an_enhancer_that_loses_rows_on_its_second_call_fails(run, failed, real, small_engine):
    class Tiring(real("market_data_enhancer")):
        calls = 0

        @hookimpl
        def enhance_market_data(self, market_data):
            self.calls += 1
            table = super().enhance_market_data(market_data=market_data)
            return table if self.calls == 1 else table.slice(0, 10)

    assert (
        "answered 10 rows"
        in failed(run(WORKFLOW, market_data_enhancer=Tiring, execution=small_engine))["burst of enhancement"]
    )


def test_an_engine_of_coroutines_is_called_all_the_same(run, not_passed, small_engine):
    class Asynchronous(small_engine):
        @hookimpl
        async def place_order(self, **order):
            return super().place_order(**order)

    assert not_passed(run(WORKFLOW, execution=Asynchronous)) == {}


def test_a_plain_method_that_returns_a_coroutine_fails_on_the_hot_path(run, failed, small_engine):
    class Unfinished(small_engine):
        @hookimpl
        def place_order(self, **order):
            async def later():
                return super(Unfinished, self).place_order(**order)

            return later()

    assert "coroutine" in failed(run(WORKFLOW, execution=Unfinished))["burst of orders"]
