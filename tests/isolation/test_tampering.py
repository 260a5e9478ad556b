"""Components that attack the exchange itself: a forged or broken answer is never taken for an honest one."""

from decimal import Decimal

import pytest

from allause.isolation import Opaque, Outcome

FORGE = r"""
    import json, os, struct
    body = json.dumps(FIELDS).encode()
    frame = struct.pack('>4sI', b'\xf5fr1', len(body)) + body
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, frame)
        except OSError:
            pass
    END
"""


def forged(fields, end="os._exit(0)"):
    return FORGE.replace("FIELDS", fields).replace("END", end)


def test_a_forged_answer_with_another_nonce_is_garbled(bench):
    target = "'type': 'class', 'qualname': 'C', 'module': 'm', 'configurable': False"
    source = forged(f"{{'nonce': '0' * 32, 'outcome': 'returned', 'target': {{{target}}}, 'attributes': {{}}}}")
    answer = bench.answer(source)
    assert (answer.outcome, "nonce" in answer.reason) == (Outcome.GARBLED, True)


def test_a_forged_answer_without_nonce_is_garbled(bench):
    assert bench.answer(forged("{'outcome': 'returned'}")).outcome is Outcome.GARBLED


def test_an_answer_after_the_answer_is_garbled(bench):
    source = r"""
        import sys
        class C:
            def go(self):
                from allause.isolation.worker import Worker
                frame = sys._getframe()
                while type(worker := frame.f_locals.get('self')) is not Worker:
                    frame = frame.f_back
                worker.answer(worker._nonce, {'outcome': 'returned', 'value': 1, 'declared_async': False,
                    'awaitable': False, 'items': None, 'exhausted': None, 'seconds': 0.0})
                return 2
    """
    module = bench.write(source)
    with bench.session() as session:
        session.request("import", module=module, attribute="C")
        session.request("construct")
        outcomes = [session.request("call", method="go").outcome]
        if outcomes == [Outcome.RETURNED]:  # the second answer came later than the first was read
            outcomes.append(session.request("threads").outcome)
    assert outcomes[-1] is Outcome.GARBLED


def test_printed_text_on_every_descriptor_is_garbled(bench):
    source = """
        import os
        for descriptor in range(64):
            try:
                os.write(descriptor, b'{"outcome": "returned"}')
            except OSError:
                pass
    """
    assert bench.answer(source).outcome is Outcome.GARBLED


@pytest.mark.parametrize("patch", [
    "import json; json.dumps = json.JSONEncoder.encode = lambda *a, **k: '{}'",
    "import time; time.perf_counter = time.perf_counter_ns = time.monotonic = lambda: 0",
    "import os; os.write = os.read = lambda *a: 0",
    "import builtins; builtins.len = builtins.type = builtins.isinstance = lambda *a: 0",
    "import builtins; builtins.str = builtins.dict = builtins.repr = None",
    "import gc, inspect, traceback; gc.collect = inspect.isawaitable = traceback.walk_tb = lambda *a: True",
    "import sys; sys.stdout = sys.stderr = sys.__stdout__ = None",
    "import sys; sys.setrecursionlimit(60)",
    "import decimal; decimal.getcontext().prec = 1",
    "import locale, warnings; warnings.simplefilter('error')",
])  # fmt: skip # one patch a line
def test_a_patched_interpreter_cannot_change_how_answers_travel(bench, patch):
    source = f"""
        from decimal import Decimal
        {patch}
        class C:
            def go(self, number):
                return {{'number': number, 'price': Decimal('12.345'), 'text': 'é'}}
    """
    answer = bench.answer(source, arguments={"number": 3})
    assert answer.outcome in {Outcome.RETURNED, Outcome.RAISED}
    if answer.outcome is Outcome.RETURNED:
        assert answer.value == {"number": 3, "price": Decimal("12.345"), "text": "é"}


def test_the_host_measures_time_whatever_the_child_claims(bench):
    source = """
        import time
        class C:
            def go(self):
                time.sleep(0.2)
                time.perf_counter_ns = time.perf_counter = lambda: 0
                return 1
    """
    assert bench.answer(source).seconds >= 0.2


def test_an_answer_nested_a_hundred_thousand_deep_is_oversized(bench):
    source = """
        class C:
            def go(self):
                value = []
                for _ in range(100_000):
                    value = [value]
                return value
    """
    assert bench.answer(source).outcome is Outcome.OVERSIZED


def test_an_answer_that_holds_itself_is_oversized(bench):
    source = "class C:\n    def go(self):\n        value = {}\n        value['me'] = value\n        return value"
    answer = bench.answer(source)
    assert (answer.outcome, "deeper" in answer.reason) == (Outcome.OVERSIZED, True)


def test_an_answer_of_two_hundred_megabytes_is_oversized(bench):
    answer = bench.answer("class C:\n    def go(self):\n        return 'x' * 200_000_000")
    assert (answer.outcome, "bytes" in answer.reason) == (Outcome.OVERSIZED, True)


def test_an_answer_of_many_values_is_oversized(bench):
    answer = bench.answer("class C:\n    def go(self):\n        return [[0] * 1000 for _ in range(1000)]")
    assert (answer.outcome, "values" in answer.reason) == (Outcome.OVERSIZED, True)


def test_an_endless_table_is_oversized(bench):
    source = """
        import arro3.core as a
        class C:
            def go(self):
                batch = a.RecordBatch.from_pydict({'x': a.Array(list(range(5000)), type=a.DataType.int64())})
                return a.RecordBatchReader.from_batches(batch.schema, [batch] * 1000)
    """
    answer = bench.answer(source)
    assert (answer.outcome, "rows" in answer.reason) == (Outcome.OVERSIZED, True)


def test_a_frame_that_claims_to_be_huge_is_oversized_without_waiting_for_it(bench):
    source = r"""
        import os, struct, time
        os.write(3, struct.pack('>4sI', b'\xf5fr1', 2**32 - 1) + b'x')
        time.sleep(600)
    """
    answer = bench.answer(source)
    assert answer.outcome is Outcome.OVERSIZED
    assert answer.seconds < 10


def test_endless_bytes_on_the_private_descriptor_are_ended(bench):
    answer = bench.answer("import os\nwhile True: os.write(3, bytes(10_000))")
    assert answer.outcome is Outcome.GARBLED


def test_evil_objects_are_reported_as_objects(bench):
    source = """
        class Text(str):
            def __str__(self): raise SystemExit(1)
            def __eq__(self, other): return True
            __hash__ = None
        class Mapping(dict):
            def items(self): raise KeyboardInterrupt
            __iter__ = keys = __len__ = items
        class Loud:
            def __repr__(self): raise SystemExit(2)
            def __getattribute__(self, name): raise SystemExit(3)
        class Meta(type):
            __module__ = property(lambda self: 1 / 0)
            def __instancecheck__(cls, other): raise SystemExit(4)
            def __getattribute__(cls, name): raise SystemExit(5)
        class Odd(metaclass=Meta): pass
        class C:
            def go(self):
                return [Text('x'), Mapping(a=1), Loud(), Odd(), 10**6000, '\\ud800']
    """
    answer = bench.answer(source)
    assert answer.outcome is Outcome.RETURNED
    assert [type(value) for value in answer.value] == [Opaque] * 6
    assert answer.value[2].repr == "<repr raised builtins.SystemExit>"


def test_an_exception_that_cannot_be_printed_is_still_named(bench):
    source = """
        class Evil(Exception):
            def __str__(self): raise SystemExit(0)
            __repr__ = __str__
        class C:
            def go(self): raise Evil
    """
    failure = bench.answer(source).data["exception"]
    assert failure["type"].endswith(".Evil")
    assert failure["mro"][1] == "builtins.Exception"
    assert "SystemExit" in failure["message"]


def test_a_thread_that_steals_requests_is_timed_out(bench):
    source = """
        import os, threading
        def steal():
            while True: os.read(3, 1)
        class C:
            def __init__(self):
                [threading.Thread(target=steal, daemon=True).start() for _ in range(8)]
            def go(self): return 1
    """
    module = bench.write(source)
    with bench.session() as session:
        session.request("import", module=module, attribute="C")
        session.request("construct")
        outcomes = []
        while not session.over and len(outcomes) < 20:
            outcomes.append(session.request("call", method="go", deadline_s=0.5).outcome)
    assert outcomes[-1] in {Outcome.TIMED_OUT, Outcome.DIED}
