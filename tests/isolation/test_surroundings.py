import textwrap

import pytest

from allause.isolation import Helper, Outcome

COMPONENT = """
import os
import threading

KEPT = []


class C:
    def change(self):
        {line}

    def double(self, number):
        return self._product(number, 2)

    def _product(self, a, b):
        factor = b

        def product():
            return a * factor

        return product()

    def doubles(self):
        return self.double(21) == 42

    def boasts(self):
        return True

    def own(self):
        return KEPT

    def copy(self):
        return list(KEPT)

    def empty(self, values):
        values.clear()
"""


POLICY = "import asyncio.events as e; e._event_loop_policy = type('Policy', (), {'new_event_loop': print})()"


@pytest.fixture(scope="module")
def plain_helper():
    with Helper() as helper:
        yield helper


@pytest.fixture
def living(plain_helper, tmp_path):
    """Open a session with a component in it, whose method ``change`` runs one line."""
    sessions = []

    def begin(line="pass", look=""):
        (tmp_path / "part.py").write_text(COMPONENT.format(line=line))
        session = plain_helper.session(extra_sys_path=[tmp_path])
        sessions.append(session)
        before = session.request(look).data if look else None
        session.request("import", module="part", attribute="C", names=[])
        session.request("construct")
        return session, before

    yield begin
    for session in sessions:
        session.close()


@pytest.mark.parametrize(
    ("line", "setting"),
    [
        ("os.environ['TRADES'] = '1'", "environment variable TRADES"),
        ("os.mkdir('below'); os.chdir('below')", "working directory"),
        ("os.umask(0o022)", "umask"),
        ("import decimal; decimal.getcontext().prec = 6", "decimal context"),
        ("import warnings; warnings.simplefilter('error')", "warnings filters"),
        ("import logging; logging.getLogger().setLevel(1)", "root logger"),
        ("import signal; signal.signal(signal.SIGUSR1, print)", "handler of SIGUSR1"),
        ("import sys; sys.setrecursionlimit(2000)", "recursion limit"),
        ("import gc; gc.disable()", "garbage collection"),
        ("import socket; socket.setdefaulttimeout(1)", "socket timeout"),
        ("import sys; sys.modules['decimal'] = sys", "replaced modules"),
        ("import decimal; decimal.DefaultContext.prec = 6", "decimal context of new threads"),
        ("import logging; logging.getLogger('asyncio').disabled = True", "loggers of others"),
        ("import logging; logging.getLogger('asyncio').setLevel(50)", "loggers of others"),
        ("import logging; logging.Logger.manager.loggerDict.clear()", "loggers of others"),
        ("import logging.config; logging.config.dictConfig({'version': 1})", "loggers of others"),
        ("import logging; logging.setLogRecordFactory(print)", "logging hooks"),
        ("import logging; logging.captureWarnings(True)", "warnings hook"),
        ("import sys; sys.path.insert(0, '/nowhere')", "module search path"),
        ("import sys; sys.meta_path.insert(0, object())", "importers"),
        ("import sys; sys.path_hooks.clear()", "importers"),
        ("import sys; sys.settrace(lambda *_: None)", "tracing"),
        ("import sys; sys.setprofile(lambda *_: None)", "tracing"),
        ("import sys; sys.set_asyncgen_hooks(firstiter=print)", "tracing"),
        ("import sys; sys.set_int_max_str_digits(0)", "limit of digits"),
        ("import threading; threading.settrace(print)", "thread hooks"),
        ("import threading; threading.stack_size(2**20)", "stack size of new threads"),
        ("import resource; resource.setrlimit(resource.RLIMIT_STACK, (2**20, 2**20))", "limit RLIMIT_STACK"),
        ("os.nice(1)", "processors and priority"),
        ("import sys; sys.excepthook = print", "interpreter hooks"),
        (POLICY, "event loop policy"),
        ("os.environ['TZ'] = 'NPT-05:45'; import time; time.tzset()", "time zone"),
    ],
)
def test_a_changed_setting_of_the_process_is_seen(living, line, setting):
    session, before = living(line, look="settings")
    session.request("call", method="change")
    after = session.request("settings").data
    changed = {
        n for n in before["settings"] | after["settings"] if before["settings"].get(n) != after["settings"].get(n)
    }
    assert setting in changed
    assert changed <= {setting, "environment variable TZ"}


@pytest.mark.parametrize(
    "line",
    [
        "pass",
        "import warnings; warnings.filterwarnings('ignore', module='third')",
        "os.environ['_MALLOC'] = '1'",
        "import logging; logging.getLogger('own').setLevel(50)",
        "import logging; logging.getLogger('asyncio').debug('heard')",
        "import sys; sys.meta_path.append(type('Last', (), {'find_spec': lambda *_: None}))",
        "import asyncio; asyncio.new_event_loop().close()",
    ],
)
def test_what_belongs_to_one_module_or_library_is_no_setting(living, line):
    session, before = living(line, look="settings")
    session.request("call", method="change")
    assert session.request("settings").data == before


@pytest.mark.parametrize("line", ["import random; random.random()", "import random; random.seed(7)"])
def test_a_moved_global_random_source_is_seen(living, line):
    session, before = living(line, look="settings")
    session.request("call", method="change")
    assert session.request("settings").data["random"] != before["random"]


@pytest.mark.parametrize(
    ("line", "holding"),
    [
        ("threading.Thread(target=threading.Event().wait, daemon=True).start()", "native_threads"),
        ("KEPT.append(open(os.devnull))", "descriptors"),
        ("os.fork() or __import__('signal').pause()", "children"),
        ("KEPT.append([object() for _ in range(5000)])", "blocks"),
        ("KEPT.append(bytearray(2**24))", "resident_bytes"),
    ],
)
def test_what_a_process_takes_is_counted(living, line, holding):
    session, _ = living(line)
    before = session.request("holdings").data[holding]
    session.request("call", method="change", deadline_s=5)
    after = session.request("holdings").data[holding]
    grown = len(after) - len(before) if isinstance(after, list) else after - before
    assert grown >= {"blocks": 5_000, "resident_bytes": 2**24}.get(holding, 1)


def test_standard_output_is_told_from_standard_error(living):
    session, before = living("import sys; sys.stderr.write('to error'); print('to output')", look="screen")
    session.request("call", method="change")
    assert before == {"size": 0, "text": ""}
    assert session.request("screen").data == {"size": 10, "text": "to output\n"}


def test_another_ambience_is_in_force_for_the_component(living):
    session, _ = living("import time; return [time.tzname[0], os.path.basename(os.getcwd())]")
    assert "NPT" in session.request("ambience", time_zone="NPT-05:45", folder="elsewhere").data["text"]
    assert session.request("call", method="change").value == ["NPT", "elsewhere"]


def test_the_other_helper_hashes_text_otherwise_and_always_alike(plain_helper, tmp_path):
    (tmp_path / "part.py").write_text("def order():\n    return list({str(n) for n in range(40)})\n")

    def order(helper):
        with helper.session(extra_sys_path=[tmp_path]) as session:
            return session.run("part:order").value

    other = plain_helper.other()
    assert order(other) == order(other) == order(plain_helper.other())
    assert order(plain_helper) != order(other)
    assert sorted(order(plain_helper)) == sorted(order(other))


def test_sabotage_takes_away_what_ran_and_nothing_else(living):
    session, _ = living()
    session.request("call", method="double", arguments={"number": 2}, traced="double")
    broken = session.request("sabotage").data["functions"]
    assert broken == ["C._product", "C.double"]
    assert session.request("call", method="doubles").value is False
    assert session.request("call", method="boasts").value is True


def test_sabotage_reaches_what_runs_on_threads_of_an_armed_child(plain_helper, tmp_path):
    source = """
    from concurrent.futures import ThreadPoolExecutor
    POOL = ThreadPoolExecutor(1)
    POOL.submit(int).result()
    class C:
        def double(self, number):
            return POOL.submit(self._product, number).result()
        def _product(self, number):
            return number * 2
    """
    (tmp_path / "part.py").write_text(textwrap.dedent(source))
    with plain_helper.session(extra_sys_path=[tmp_path]) as session:
        session.request("arm")
        session.request("import", module="part", attribute="C", names=[])
        session.request("construct")
        session.request("call", method="double", arguments={"number": 2}, traced="double")
        assert session.request("sabotage").data["functions"] == ["C._product", "C.double"]


def test_only_the_traced_method_is_traced(living):
    session, _ = living()
    session.request("call", method="double", arguments={"number": 2}, traced="boasts")
    assert session.request("sabotage").data["functions"] == []


@pytest.mark.parametrize(("method", "shared"), [("own", True), ("copy", False)])
def test_an_edit_of_an_answer_shows_whether_it_was_a_copy(living, method, shared):
    session, _ = living()
    (again,) = session.request("spoil", calls=[{"method": method}], marker="edited").data["answers"]
    assert ("edited" in again.value) is shared


def test_what_holds_nothing_to_edit_is_asked_for_once(living):
    session, _ = living()
    (answer,) = session.request(
        "spoil", calls=[{"method": "double", "arguments": {"number": 2}}], marker="edited"
    ).data["answers"]
    assert answer.value == 4


def test_calls_in_a_series_come_to_what_they_come_to_alone(living):
    session, _ = living()
    doubled, failed = session.request(
        "series", calls=[{"method": "double", "arguments": {"number": 2}}, {"method": "missing"}]
    ).data["answers"]
    assert (doubled.outcome, doubled.value) == (Outcome.RETURNED, 4)
    assert failed.outcome is Outcome.RAISED


def test_arguments_are_shown_as_they_are_after_the_call(living):
    session, _ = living()
    answer = session.request("call", method="empty", arguments={"values": [1]}, kept=True)
    assert answer.data["arguments"] == {"values": []}
