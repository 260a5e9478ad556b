"""A log or a sink that raises is nobody's who trades: orders, comparisons and halts are carried out all the same."""

import logging

import pytest

from allause.models.orders import OrderStatus

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100}


class Broken(logging.Handler):
    def emit(self, record):
        raise OSError(f"no room for {record.levelname}")


class BrokenSink:
    def record(self, name, value, labels=None):
        raise RuntimeError(f"{name} is not registered")


@pytest.fixture
def broken_log():
    logger, handler = logging.getLogger("test"), Broken()
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


def test_a_halt_is_carried_out_although_nobody_can_be_told(scripted, started, clock, broken_log):
    session = scripted()
    component = started(session, clock=clock, metrics=BrokenSink())
    component.place_order(**ORDER)
    component.halt("drill")
    assert session.working() == []
    assert component.get_performance_stats().details["halted"] == 1


def test_an_order_that_left_is_reported_although_its_figures_cannot_be_told(scripted, started, clock):
    component = started(scripted(), clock=clock, metrics=BrokenSink())
    for _ in range(3):
        clock.advance(1)
        assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED


def test_drift_is_reported_although_it_cannot_be_logged(scripted, started, broken_log):
    session = scripted()
    component = started(session)
    session.start_cash += 1
    assert component.reconcile().drift == ("cash is 1000000 here and 1000001 at the venue",)


def test_that_nobody_can_be_told_is_a_problem(scripted, started, clock, broken_log):
    component = started(scripted(), clock=clock, metrics=BrokenSink())
    component.halt("drill")
    assert component.validate_component().problems == (
        "the log cannot be told: OSError('no room for CRITICAL')",
        "the metrics cannot be told: RuntimeError('execution_halted is not registered')",
    )


def test_it_is_none_any_more_when_they_can(scripted, started, broken_log):
    component = started(scripted())
    component.halt("drill")
    logging.getLogger("test").handlers.clear()
    component.halt("drill")
    assert component.validate_component().problems == ()
