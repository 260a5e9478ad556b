import math
from decimal import Decimal

import pytest

from allause.exceptions import ValidatorError
from allause.isolation import Limits, Opaque, Outcome, Stranger, strangers


@pytest.fixture
def part(bench):
    """Return a function that opens a session with a class C imported and built."""

    def build(source, **fields):
        module = bench.write(source)
        session = bench.session()
        assert session.request("import", module=module, attribute="C").outcome is Outcome.RETURNED
        assert session.request("construct", **fields).outcome is Outcome.RETURNED
        return session

    return build


CONFIGURED = """
    import attrs
    @attrs.frozen
    class Settings:
        lots: int = 1
    class C:
        Config = Settings
        def __init__(self, config=None):
            self.config = config or Settings()
        def lots(self):
            return self.config.lots
"""


def test_a_component_is_built_from_its_configuration(part):
    assert part(CONFIGURED, configuration={"lots": 5}).request("call", method="lots").value == 5


def test_a_component_is_built_without_configuration(part):
    assert part(CONFIGURED).request("call", method="lots").value == 1


def test_an_unknown_configuration_key_is_raised(bench):
    module = bench.write(CONFIGURED)
    with bench.session() as session:
        session.request("import", module=module, attribute="C")
        assert session.request("construct", configuration={"lost": 5}).outcome is Outcome.RAISED


def test_an_attribute_that_is_not_there_is_raised_by_name(bench):
    with bench.session() as session:
        answer = session.request("import", module=bench.write(""), attribute="Absent")
    assert answer.data["exception"]["type"] == "builtins.AttributeError"
    assert "Absent" in answer.data["exception"]["message"]


def test_a_session_goes_on_after_something_was_raised(part):
    session = part("class C:\n    def go(self, x):\n        return 1 / x")
    assert session.request("call", method="go", arguments={"x": 0}).outcome is Outcome.RAISED
    assert session.request("call", method="go", arguments={"x": 2}).value == 0.5


ECHO = """
    class C:
        def go(self, value):
            return f"{type(value).__name__} {value}"
        def same(self, value):
            return value
"""


def test_a_decimal_arrives_as_a_decimal(part):
    assert part(ECHO).request("call", method="go", arguments={"value": {"$decimal": "1.50"}}).value == "Decimal 1.50"


def test_a_record_arrives_as_the_models_record_with_its_vocabulary(part):
    fields = {
        "client_order_id": "a",
        "symbol": "AAPL",
        "side": "buy",
        "quantity": {"$decimal": "1"},
        "order_type": "market",
        "price": None,
        "time_in_force": "day",
    }
    record = {"$record": "OrderIntent", "fields": fields}
    text = part(ECHO).request("call", method="go", arguments={"value": record}).value
    assert text.startswith("OrderIntent")
    assert "<Side.BUY" in text


def test_a_market_event_travels_both_ways(part):
    fields = {"symbol": "A", "ts_event": 1, "ts_init": 2, "price": 1.5, "size": 3.0}
    record = {"$record": "Trade", "fields": fields}
    answer = part(ECHO).request("call", method="same", arguments={"value": record})
    assert answer.data["value"] == record
    assert answer.value == fields


def test_an_unknown_record_is_refused(part):
    answer = part(ECHO).request("call", method="go", arguments={"value": {"$record": "Nonsense", "fields": {}}})
    assert "Nonsense" in answer.data["exception"]["message"]


def test_a_table_travels_both_ways(part):
    table = {
        "columns": {"symbol": ["A", "B"], "ts_event": [1, 2], "close": [1.5, {"$float": "nan"}]},
        "types": {"symbol": "Utf8", "ts_event": "Int64", "close": "Float64"},
    }
    answer = part(ECHO).request("call", method="same", arguments={"value": {"$table": table}})
    assert answer.data["value"] == {"$table": table}
    assert answer.value["ts_event"] == [1, 2]
    assert math.isnan(answer.value["close"][1])


def test_a_context_is_made_in_the_child(part):
    session = part("""
        class C:
            def start(self, context):
                self.context = context
            def go(self):
                c = self.context
                return [str(c.directory), c.directory.is_dir(), c.seed, c.logger.name, c.clock.now_ns() > 0, c.venue]
    """)
    session.request("call", method="start", arguments={"context": {"$context": {"seed": 7, "name": "mine"}}})
    expected = [str(session.directory / "scratch"), True, 7, "mine", True, None]
    assert session.request("call", method="go").value == expected


ASYNC = """
    import functools
    class C:
        async def declared(self):
            return 1
        def hidden(self):
            return self.declared()
        def nested(self):
            return {"rows": [self.declared()]}
        def plain(self):
            return 1
        async def stream(self):
            for number in range(5):
                yield number
        def generate(self):
            yield from range(5)
        def drop(self):
            self.declared()
        def nan(self):
            return {"ratio": float("nan")}
"""


def test_an_async_method_is_awaited_when_asked(part):
    answer = part(ASYNC).request("call", method="declared", awaited=True)
    assert (answer.value, answer.data["declared_async"], answer.data["awaitable"]) == (1, True, True)


def test_an_async_method_that_is_not_awaited_gives_an_awaitable(part):
    session = part(ASYNC)
    assert session.request("call", method="declared").value == Opaque("$awaitable", "coroutine")
    assert session.request("unawaited").data["coroutines"] == []


def test_a_plain_method_that_returns_an_awaitable_is_told_apart(part):
    answer = part(ASYNC).request("call", method="hidden", awaited=True)
    assert (answer.data["declared_async"], answer.data["awaitable"]) == (False, True)


def test_a_plain_value_is_told_apart(part):
    answer = part(ASYNC).request("call", method="plain", awaited=True)
    assert (answer.value, answer.data["declared_async"], answer.data["awaitable"]) == (1, False, False)


def test_a_nested_awaitable_is_found_with_its_path(part):
    answer = part(ASYNC).request("call", method="nested")
    assert list(strangers(answer.data["value"])) == [Stranger("$.rows[0]", "$awaitable", "coroutine")]


def test_a_number_that_is_not_finite_is_found_with_its_path(part):
    answer = part(ASYNC).request("call", method="nan")
    assert list(strangers(answer.data["value"])) == [Stranger("$.ratio", "$float", "nan")]


def test_a_generator_is_an_iterator_until_it_is_consumed(part):
    session = part(ASYNC)
    assert session.request("call", method="generate").value == Opaque("$iterator", "builtins.generator")
    answer = session.request("call", method="generate", consume=3)
    assert (answer.value, answer.data["items"], answer.data["exhausted"]) == ([0, 1, 2], 3, False)


def test_an_async_generator_is_consumed_to_its_end(part):
    answer = part(ASYNC).request("call", method="stream", consume=100)
    assert (answer.value, answer.data["exhausted"]) == ([0, 1, 2, 3, 4], True)


def test_an_endless_iterator_is_consumed_as_far_as_asked(part):
    source = "import itertools\nclass C:\n    def go(self):\n        return itertools.count()"
    assert part(source).request("call", method="go", consume=4).value == [0, 1, 2, 3]


def test_a_coroutine_that_nobody_awaited_is_named(part):
    session = part(ASYNC)
    session.request("call", method="drop")
    (found,) = session.request("unawaited").data["coroutines"]
    assert found["qualname"] == "C.declared"
    assert found["line"] == 4


def test_a_dropped_coroutine_is_named_whatever_the_warning_filters_say(part):
    source = """
        import warnings
        warnings.simplefilter("ignore")
        async def lost(): pass
        class C:
            def go(self):
                cycle = [lost()]
                cycle.append(cycle)
    """
    session = part(source)
    session.request("call", method="go")
    assert [found["qualname"] for found in session.request("unawaited").data["coroutines"]] == ["lost"]


def test_one_loop_serves_all_calls_of_a_child(part):
    source = """
        import asyncio
        class C:
            async def go(self):
                return id(asyncio.get_running_loop())
    """
    session = part(source)
    assert len({session.request("call", method="go", awaited=True).value for _ in range(3)}) == 1


def test_facts_of_an_instance_show_what_its_construction_added(part):
    session = part("class C:\n    def __init__(self):\n        self.late = lambda: 1")
    assert session.request("facts", names=["late"]).data["attributes"]["late"]["found"] == "function"


def test_run_calls_a_function_and_passes_its_progress(bench):
    module = bench.write("""
        def work(count, progress):
            for number in range(count):
                progress({"done": number})
            return {"count": count}
    """)
    seen = []
    with bench.session() as session:
        answer = session.run(f"{module}:work", {"count": 3}, progress=seen.append)
    assert (answer.value, seen) == ({"count": 3}, [{"done": 0}, {"done": 1}, {"done": 2}])


def test_run_awaits_an_async_function(bench):
    module = bench.write("from decimal import Decimal\nasync def work():\n    return Decimal('0.1')")
    with bench.session() as session:
        assert session.run(f"{module}:work").value == Decimal("0.1")


def test_an_error_of_the_progress_function_passes_and_ends_the_child(bench):
    module = bench.write("def work(progress):\n    progress(1)\n    return 2")
    with bench.session() as session:
        with pytest.raises(ZeroDivisionError):
            session.run(f"{module}:work", progress=lambda _: 1 / 0)
        assert session.over


def test_a_session_that_is_over_refuses_requests(bench):
    with bench.session() as session:
        session.leave()
        with pytest.raises(ValidatorError, match="over"):
            session.request("threads")


def test_an_unknown_operation_is_refused(bench):
    with bench.session() as session, pytest.raises(ValidatorError, match="expected one of"):
        session.request("begin")


def test_sessions_of_one_helper_run_side_by_side(bench):
    with bench.session() as first, bench.session() as second:
        module = bench.write("state = []\ndef work(x):\n    state.append(x)\n    return state")
        assert first.run(f"{module}:work", {"x": 1}).value == [1]
        assert second.run(f"{module}:work", {"x": 2}).value == [2]
        first.close()
        assert second.run(f"{module}:work", {"x": 3}).value == [2, 3]


def test_what_is_in_force_was_read_back_from_the_kernel(bench):
    with bench.helper.session(Limits(open_files=77, cpu_s=9)) as session:
        in_force = session.describe()
    assert (in_force["limits"]["open_files"], in_force["limits"]["cpu_s"]) == (77, 9)
    assert in_force["mode"] == bench.helper.mode
    assert in_force["no_new_privileges"]
    assert bool(in_force["landlock"]) is in_force["seccomp"] is (bench.helper.mode == "hardened")


def test_the_private_directory_can_be_made_elsewhere(bench, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with bench.helper.session(directory=elsewhere) as session:
        assert session.directory.parent == elsewhere.resolve()
    assert list(elsewhere.iterdir()) == []


def test_polars_works_within_the_default_limits(bench):
    pytest.importorskip("polars", reason="polars is not installed")
    module = bench.write("""
        import polars
        class C:
            def go(self):
                frame = polars.DataFrame({"s": ["a", "b"] * 100_000, "x": range(200_000)})
                return frame.sort("x", descending=True).group_by("s").agg(polars.col("x").max()).sort("s")
    """)
    with bench.helper.session(Limits(wall_s=60), extra_sys_path=[bench.folder]) as session:
        session.request("import", module=module, attribute="C")
        session.request("construct")
        assert session.request("call", method="go").value == {"s": ["a", "b"], "x": [199_998, 199_999]}
