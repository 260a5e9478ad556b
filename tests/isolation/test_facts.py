import functools
import sys

import pytest

from allause.hookspecs import hookimpl
from allause.isolation.facts import attribute_facts, target_facts


class Parent:
    @hookimpl
    def inherited(self, symbols, start=None, *, end=None):
        return symbols, start, end


def decorated(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class Child(Parent):
    absent = None

    async def coroutine(self): ...

    async def stream(self):
        yield 1

    def generate(self):
        yield 1

    @staticmethod
    def static(x): ...

    @classmethod
    def of_class(cls): ...

    @property
    def prop(self): ...

    @decorated
    def wrapped(self, symbols): ...

    constant = 3


class Lying(type):
    def __getattribute__(cls, name):
        raise SystemExit


class Catching:
    def __getattr__(self, name):
        return lambda: None


class Odd:
    class Evil:
        __class__ = property(lambda self: 1 / 0)

        def __call__(self): ...

        @property
        def __signature__(self):
            raise SystemExit

    evil = Evil()


@pytest.mark.parametrize(("name", "found"), [
    ("inherited", "function"), ("absent", "none"), ("nothing", "missing"), ("static", "staticmethod"),
    ("of_class", "classmethod"), ("prop", "property"), ("constant", "other"), ("__init__", "other"),
])  # fmt: skip # a table
def test_a_name_is_found_statically(name, found):
    assert attribute_facts(Child, name)["found"] == found


def test_the_class_that_defines_a_method_is_named_with_its_line():
    facts = attribute_facts(Child, "inherited")
    assert facts["defined_in"].endswith(".Parent")
    assert facts["file"] == __file__
    assert facts["line"] == Parent.inherited.__code__.co_firstlineno


def test_parameters_are_stated_with_kind_and_default():
    parameters = attribute_facts(Child, "inherited")["parameters"]
    assert [tuple(parameter.values()) for parameter in parameters] == [
        ("self", "positional_or_keyword", False),
        ("symbols", "positional_or_keyword", False),
        ("start", "positional_or_keyword", True),
        ("end", "keyword_only", True),
    ]


def test_the_mark_of_hookimpl_is_seen_only_where_it_was_applied():
    assert attribute_facts(Child, "inherited")["marked"]
    assert not attribute_facts(Child, "generate")["marked"]


@pytest.mark.parametrize(("name", "fact"), [
    ("coroutine", "coroutine_function"), ("stream", "async_generator_function"), ("generate", "generator_function"),
])  # fmt: skip # a table
def test_the_kind_of_function_is_stated(name, fact):
    facts = attribute_facts(Child, name)
    kinds = ("coroutine_function", "async_generator_function", "generator_function")
    assert [kind for kind in kinds if facts[kind]] == [fact]


def test_a_decorated_method_shows_the_parameters_it_wraps():
    facts = attribute_facts(Child, "wrapped")
    assert facts["wrapped"]
    assert [parameter["name"] for parameter in facts["parameters"]] == ["self", "symbols"]


def test_a_name_that_only_getattr_finds_is_dynamic():
    facts = attribute_facts(Catching, "anything")
    assert (facts["found"], facts["dynamic"]) == ("missing", True)
    assert not attribute_facts(Child, "nothing")["dynamic"]


def test_a_lying_metaclass_is_not_asked():
    lying = Lying("Lied", (Parent,), {})
    assert attribute_facts(lying, "inherited")["found"] == "function"


def test_an_evil_attribute_is_described_without_its_consent():
    facts = attribute_facts(Odd, "evil")
    assert (facts["found"], facts["parameters"]) == ("other", None)
    assert "ZeroDivisionError" in facts["problem"]


@pytest.mark.parametrize(("target", "kind"), [
    (Child, "class"), (Child(), "instance"), (decorated, "function"), (functools, "module"),
])  # fmt: skip # a table
def test_the_type_of_a_target_is_stated(target, kind):
    assert target_facts(target)["type"] == kind


class Made:
    def __init__(self, function):
        self.function = function

    def __call__(self, *args, **kwargs): ...


class Bound(Made):
    def __get__(self, instance, owner=None): ...


class Decorated:
    @functools.lru_cache  # noqa: B019 - what it keeps is not of interest
    @hookimpl
    def cached(self, symbols): ...

    @functools.partial
    @hookimpl
    def partial(self): ...

    @Made
    @hookimpl
    def made(self): ...

    @hookimpl
    @Bound
    def bound(self, symbols): ...


@pytest.mark.parametrize(("name", "marked", "made_by", "binds"), [
    ("cached", True, "functools._lru_cache_wrapper", True),
    ("partial", False, "functools.partial", sys.version_info >= (3, 14)),
    ("made", False, f"{__name__}.Made", False), ("bound", True, f"{__name__}.Bound", True),
])  # fmt: skip # a table
def test_what_a_decorator_made_of_a_method_is_named(name, marked, made_by, binds):
    facts = attribute_facts(Decorated, name)
    assert (facts["marked"], facts["type"], facts["binds"]) == (marked, made_by, binds)
    assert facts["parameters"] is not None
