import sys
from types import ModuleType

import pytest

from allause.exceptions import ConfigurationError, OrderDeniedError
from allause.hookspecs import hookimpl
from allause.models.orders import OrderStatus
from allause_execution import TradingExecutionEngine

ORDER = {"symbol": "AAPL", "quantity": 10, "order_type": "limit", "price": 100, "client_order_id": "o1"}


@pytest.fixture
def veto(monkeypatch):
    """Put a function into a module as a veto and return its name."""

    def make(function, name="acme_rules"):
        module = ModuleType(name)
        module.order_veto = hookimpl(function)
        module.rules = module
        monkeypatch.setitem(sys.modules, name, module)
        return f"{name}:rules"

    return make


def refused(component, session, told):
    with pytest.raises(OrderDeniedError, match=told) as caught:
        component.place_order(**ORDER)
    assert (caught.value.reason, session.submitted) == ("veto", [])


def test_a_veto_that_passes_changes_nothing(scripted, started, veto):
    component = started(scripted(), vetoes=(veto(lambda intent: None),))
    assert component.place_order(**ORDER).status is OrderStatus.ACCEPTED


def test_a_veto_says_why(scripted, started, veto):
    session = scripted()

    def order_veto(intent, position):
        return f"{position.quantity} of {intent.symbol} is enough"

    refused(started(session, vetoes=(veto(order_veto),)), session, "denied by the veto acme_rules:rules: 0 of AAPL")


@pytest.mark.parametrize("answer", ["", True, False, 0, 5, [], ...], ids=repr)
def test_a_veto_that_answers_garbage_denies(scripted, started, veto, answer):
    session = scripted()
    refused(started(session, vetoes=(veto(lambda intent: answer),)), session, "expected a text or None")


def test_a_veto_that_raises_denies(scripted, started, veto):
    def order_veto(intent):
        raise RuntimeError("database is away")

    session = scripted()
    refused(started(session, vetoes=(veto(order_veto),)), session, r"it raised RuntimeError\('database is away'\)")


class Sly(str):
    """Do as a text of a stranger may."""

    __slots__ = ()

    def fail(self, *_):
        raise RuntimeError("not with me")

    __getitem__ = __len__ = __bool__ = __str__ = __repr__ = __format__ = fail


class MuteError(Exception):
    def __str__(self):
        raise RuntimeError("no words")

    __repr__ = __str__


def raising(error):
    raise error


@pytest.mark.parametrize(
    ("order_veto", "told"),
    [
        (lambda intent: "\x1b[31mred\nallause: all is well", r": \\x1b\[31mred\\nallause: all is well$"),
        (lambda intent: "x" * 5000, r": x{499}…$"),
        (lambda intent: Sly("enough"), ": enough$"),
        (lambda intent: Sly(""), "it answered Sly that cannot be shown, expected a text or None$"),
        (lambda intent: raising(MuteError()), "it raised MuteError that cannot be shown$"),
        (lambda intent: raising(ValueError("\x1b[31m" + "x" * 100)), r"it raised ValueError\('\\x1b\[31mx{100}'\)$"),
    ],
)
def test_nothing_of_a_veto_s_text_acts_on_a_terminal_or_escapes(scripted, started, veto, order_veto, told):
    session = scripted()
    refused(started(session, vetoes=(veto(order_veto),)), session, f"^order o1 denied by the veto .*{told}")


def test_every_veto_is_asked(scripted, started, veto):
    session = scripted()
    names = veto(lambda intent: None, "one"), veto(lambda intent: "no", "two"), veto(lambda intent: None, "three")
    refused(started(session, vetoes=names), session, "two:rules: no")


def test_a_veto_removes_no_limit_and_changes_no_order(scripted, started, veto):
    def order_veto(intent, position):
        object.__setattr__(intent, "quantity", 1)
        object.__setattr__(intent, "symbol", "X")

    session = scripted()
    component = started(session, vetoes=(veto(order_veto),), max_quantity=9)
    with pytest.raises(OrderDeniedError, match="max_quantity"):
        component.place_order(**ORDER)
    assert component.place_order(**ORDER | {"quantity": 9}).intent.symbol == "AAPL"
    assert [(intent.symbol, intent.quantity) for intent in session.submitted] == [("AAPL", 9)]


def test_a_replacement_is_asked_about_as_it_would_be(scripted, started, veto):
    name = veto(lambda intent: "too many" if intent.quantity > 10 else None)
    component = started(scripted(), vetoes=(name,))
    component.place_order(**ORDER)
    with pytest.raises(OrderDeniedError, match="too many"):
        component.replace_order(client_order_id="o1", quantity=11)


def test_a_cancel_is_never_asked_about(scripted, started, veto):
    asked = []
    component = started(scripted(), vetoes=(veto(lambda intent: asked.append(intent.symbol)),))
    component.place_order(**ORDER)
    component.cancel_order(client_order_id="o1")
    assert len(asked) == 1


def test_a_veto_that_hangs_does_not_keep_the_halt_from_working(scripted, started, veto):
    session = scripted()
    component = None

    def order_veto(intent):
        component.halt(reason="while a veto is thinking")  # a lock held here would never be free again

    component = started(session, vetoes=(veto(order_veto),))
    with pytest.raises(OrderDeniedError, match="halted"):
        component.place_order(**ORDER)
    assert session.submitted == []


@pytest.mark.parametrize("name", ["acme_missing:rules", "nonsense", "sys:path", "decimal:Decimal"])
def test_what_is_no_veto_is_a_configuration_error(started, name):
    with pytest.raises(ConfigurationError, match="vetoes: ") as caught:
        started(None, vetoes=(name,))
    assert name in caught.value.path


def ends_the_process():
    raise SystemExit(3)


def other_arguments(intnt):
    return intnt


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("acme_rules:rules", "acme_rules:rules"), "'acme_rules:rules' is named twice; leave one out"),
        (("acme:rules:more",), "'acme:rules:more' is no name of an object; expected module:object"),
        (("acme rules",), "'acme rules' is no name of an object"),
        (("acme_exits:exits",), r"'acme_exits:exits' cannot be used: SystemExit\(3\); expected module:object"),
        (("acme_other:rules",), "'acme_other:rules' cannot be used: .*'intnt'"),
    ],
)
def test_a_veto_that_cannot_be_used_is_one_clear_line(started, veto, monkeypatch, names, why):
    veto(lambda intent: None)
    veto(other_arguments, "acme_other")
    leaving = ModuleType("acme_exits")
    leaving.exits = type("Exits", (), {"__init__": lambda self: ends_the_process()})
    monkeypatch.setitem(sys.modules, "acme_exits", leaving)
    with pytest.raises(ConfigurationError, match=f"^vetoes: {why}") as caught:
        started(vetoes=names)
    assert len(str(caught.value).splitlines()) == 1


def test_a_class_is_made_and_its_methods_are_asked(scripted, started, monkeypatch):
    class Rules:
        @hookimpl
        def order_veto(self, intent):
            return "never"

    module = ModuleType("acme_class")
    module.Rules = Rules
    monkeypatch.setitem(sys.modules, "acme_class", module)
    session = scripted()
    refused(started(session, vetoes=("acme_class:Rules",)), session, "never")


def test_nobody_is_asked_unless_it_is_configured():
    component = TradingExecutionEngine()
    component.place_order(**ORDER)
    assert component._engine.entrance._vetoes == ()
