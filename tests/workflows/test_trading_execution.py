"""The trading execution workflow: each way to get an order wrong fails its own step."""

from contextlib import suppress
from decimal import Decimal

import attrs
import pytest
from other_engines import OffersNoDay

from allause.exceptions import VenueError
from allause.hookspecs import hookimpl
from allause.models import Fill, OrderStatus, OrderType

WORKFLOW = "trading_execution"


def test_a_small_honest_engine_of_a_third_party_passes(run, not_passed, small_engine):
    assert not_passed(run(WORKFLOW, execution=small_engine)) == {}


def test_an_engine_written_with_coroutines_passes(run, not_passed, small_engine):
    class Asynchronous(small_engine):
        @hookimpl
        async def place_order(self, **order):
            return super().place_order(**order)

        @hookimpl
        async def get_order(self, client_order_id):
            return super().get_order(client_order_id)

    assert not_passed(run(WORKFLOW, execution=Asynchronous)) == {}


def test_an_engine_that_offers_no_order_for_a_day_passes(run, not_passed):
    assert not_passed(run(WORKFLOW, execution=OffersNoDay)) == {}


def test_an_engine_that_does_nothing_fails_wherever_something_had_to_happen(run, failed, do_nothing):
    found = failed(run(WORKFLOW, execution=do_nothing))
    assert "fill at once" in found


def test_a_fill_that_never_happened_is_found_by_the_log(run, failed, small_engine):
    class Inventive(small_engine):
        @hookimpl
        def get_fills(self):
            fills = super().get_fills()
            return (*fills, attrs.evolve(fills[-1], trade_id="T-invented"))

    found = failed(run(WORKFLOW, execution=Inventive))
    assert set(found) == {"equal the venue's log"}
    assert "T-invented" in found["equal the venue's log"]


def test_a_position_counted_twice_is_found_by_the_log(run, failed, small_engine):
    class Doubling(small_engine):
        @hookimpl
        def get_positions(self):
            return tuple(attrs.evolve(each, quantity=each.quantity * 2) for each in super().get_positions())

    assert set(failed(run(WORKFLOW, execution=Doubling))) == {"equal the venue's log"}


def test_cash_that_forgets_the_sales_is_found_by_the_log(run, failed, small_engine):
    class Poor(small_engine):
        @hookimpl
        def get_account(self):
            return attrs.evolve(super().get_account(), cash=Decimal(999_999))

    assert set(failed(run(WORKFLOW, execution=Poor))) == {"equal the venue's log"}


def test_an_order_reported_filled_in_full_when_it_is_not_fails(run, failed, small_engine):
    class Hasty(small_engine):
        @hookimpl
        def get_order(self, client_order_id):
            report = super().get_order(client_order_id)
            return attrs.evolve(report, status=OrderStatus.FILLED, filled_qty=report.intent.quantity)

    found = failed(run(WORKFLOW, execution=Hasty))
    assert {"fill in parts", "equal the venue's log"} <= set(found)
    assert "fill at once" not in found


def test_an_order_sent_again_under_its_id_fails(run, failed, small_engine):
    class Resending(small_engine):
        @hookimpl
        def place_order(self, **order):
            known = order["client_order_id"] in self.orders
            report = super().place_order(**order)
            if known:
                with suppress(VenueError):
                    self.session.venue.submit(attrs.evolve(report.intent), account=order["client_order_id"])
            return report

    found = failed(run(WORKFLOW, execution=Resending))
    assert "send again" in found
    assert "reached the venue" in found["send again"]


def test_a_conflict_that_is_not_noticed_fails(run, failed, small_engine):
    class Forgetful(small_engine):
        @hookimpl
        def place_order(self, **order):
            return self.orders.get(order.get("client_order_id")) or super().place_order(**order)

    found = failed(run(WORKFLOW, execution=Forgetful))
    assert set(found) == {"send again"}


def test_a_cancel_that_is_only_claimed_fails(run, failed, small_engine):
    class Claiming(small_engine):
        @hookimpl
        def cancel_order(self, client_order_id):
            self.change(client_order_id, status=OrderStatus.CANCELED)
            return self.orders[client_order_id]

    found = failed(run(WORKFLOW, execution=Claiming))
    assert "the venue says partially_filled" in found["cancel the rest"]


def test_a_replacement_that_is_only_claimed_fails(run, failed, small_engine):
    class Claiming(small_engine):
        def replace(self, name, quantity, price, stop_price):
            self.change(name, quantity=quantity, price=price, stop_price=stop_price)

    assert "the component says" in failed(run(WORKFLOW, execution=Claiming))["replace"]


def test_a_replacement_that_is_not_told_fails(run, failed, small_engine):
    class Silent(small_engine):
        def replace(self, name, *terms):
            self.session.replace(name, *terms)

    assert "replace" in failed(run(WORKFLOW, execution=Silent))


def test_a_stop_that_is_sent_as_a_market_order_fails(run, failed, small_engine):
    class Hasty(small_engine):
        def submit(self, intent):
            if intent.stop_price is not None:
                intent = attrs.evolve(intent, order_type=OrderType.MARKET, stop_price=None)
            super().submit(intent)

    found = failed(run(WORKFLOW, execution=Hasty))["stop"]
    assert "was asked for with order type stop; the venue received market" in found


def test_a_stop_that_never_leaves_fails(run, failed, small_engine):
    class Lazy(small_engine):
        def submit(self, intent):
            if intent.stop_price is None:
                super().submit(intent)
            else:
                self.change(intent.client_order_id, status=OrderStatus.ACCEPTED)

    found = failed(run(WORKFLOW, execution=Lazy))
    assert "had to be accepted, filled 0; the venue has no such order" in found["stop"]
    assert "was answered for, and the venue has no such order" in found["replace"]


def test_a_stop_that_is_told_as_filled_before_its_price_traded_fails(run, failed, small_engine):
    class Early(small_engine):
        def get_order(self, client_order_id):
            report = super().get_order(client_order_id)
            if report.intent.order_type is not OrderType.STOP:
                return report
            return attrs.evolve(report, status=OrderStatus.FILLED, filled_qty=report.intent.quantity)

    assert "before its stop price traded, had to be accepted" in failed(run(WORKFLOW, execution=Early))["stop"]


def test_an_order_of_which_a_part_is_told_and_that_never_left_fails(run, failed, small_engine):
    class Inventive(small_engine):
        def submit(self, intent):
            if len(self.orders) > 12:  # after those that fill at once
                self.change(intent.client_order_id, status=OrderStatus.ACCEPTED)
            else:
                super().submit(intent)

    assert "the venue has no such order" in failed(run(WORKFLOW, execution=Inventive))["fill in parts"]


def test_an_unknown_order_that_can_be_cancelled_fails(run, failed, small_engine):
    class Obliging(small_engine):
        @hookimpl
        def cancel_order(self, client_order_id):
            return super().cancel_order(client_order_id if client_order_id in self.orders else next(iter(self.orders)))

    assert set(failed(run(WORKFLOW, execution=Obliging))) == {"cancel the rest"}


def test_a_halt_that_stops_nothing_fails(run, failed, small_engine):
    class Unstoppable(small_engine):
        @hookimpl
        def halt(self, reason):
            pass

    found = failed(run(WORKFLOW, execution=Unstoppable))
    assert "halt and resume" in found
    assert "fill at once" not in found


def test_a_resume_that_does_not_resume_fails(run, failed, small_engine):
    class Stuck(small_engine):
        @hookimpl
        def resume(self):
            pass

    assert "halt and resume" in failed(run(WORKFLOW, execution=Stuck))


def test_a_quantity_in_binary_floating_point_fails(run, failed, small_engine):
    class Floating(small_engine):
        @hookimpl
        def get_fills(self):
            return tuple(attrs.evolve(fill, last_px=float(fill.last_px)) for fill in super().get_fills())

    found = failed(run(WORKFLOW, execution=Floating))
    assert "Fill.last_px had to be Decimal" in found["equal the venue's log"]


@pytest.mark.parametrize("answer", [None, "ok", {"status": "filled"}, ("filled",), Fill])
def test_a_report_of_another_shape_fails(run, failed, small_engine, answer):
    class Shapeless(small_engine):
        @hookimpl
        def place_order(self, **order):
            super().place_order(**order)
            return answer

    found = failed(run(WORKFLOW, execution=Shapeless))
    assert "had to answer an OrderReport" in found["fill at once"]


def test_a_report_about_another_order_fails(run, failed, small_engine):
    class Confused(small_engine):
        @hookimpl
        def place_order(self, **order):
            super().place_order(**order)
            return next(iter(self.orders.values()))

    assert "answered a report of" in failed(run(WORKFLOW, execution=Confused))["fill at once"]


def test_orders_answered_with_a_nested_coroutine_fail(run, failed, small_engine):
    class Nested(small_engine):
        @hookimpl
        def place_order(self, **order):
            async def later():
                return super(Nested, self).place_order(**order)

            async def sooner():
                return later()

            return sooner()

    assert "coroutine" in failed(run(WORKFLOW, execution=Nested))["fill at once"]
