"""Each nasty component has its exact outcome; after each, the bench fixture sees that all else is well."""

import signal

import pytest

from allause.isolation import Outcome


def test_a_good_component_answers(bench):
    answer = bench.answer("class C:\n    def go(self):\n        return 7")
    assert (answer.outcome, answer.value) == (Outcome.RETURNED, 7)


def test_an_import_that_raises_is_raised_with_its_frame(bench):
    answer = bench.answer("def f():\n    raise ValueError('no')\nf()")
    assert answer.outcome is Outcome.RAISED
    assert answer.data["exception"]["type"] == "builtins.ValueError"
    assert [frame["line"] for frame in answer.data["exception"]["frames"]] == [3, 2]


def test_a_syntax_error_names_its_line(bench):
    answer = bench.answer("x = 1\ny = = 2")
    assert answer.data["exception"]["frames"][-1]["line"] == 2


@pytest.mark.parametrize("error", ["SystemExit(0)", "KeyboardInterrupt()", "GeneratorExit()", "BaseException('x')"])
def test_base_exceptions_at_import_are_raised(bench, error):
    answer = bench.answer(f"raise {error}")
    assert answer.outcome is Outcome.RAISED
    assert answer.data["exception"]["type"] == "builtins." + error.partition("(")[0]


def test_sys_exit_at_import_is_raised(bench):
    answer = bench.answer("import sys\nsys.exit(0)")
    assert answer.data["exception"]["type"] == "builtins.SystemExit"


def test_exit_status_zero_without_an_answer_is_death(bench):
    answer = bench.answer("import os\nos._exit(0)")
    assert (answer.outcome, answer.exit_code, answer.signal) == (Outcome.DIED, 0, None)


def test_a_segmentation_fault_is_death_by_its_signal(bench):
    answer = bench.answer("import faulthandler\nfaulthandler._sigsegv()")
    assert (answer.outcome, answer.exit_code, answer.signal) == (Outcome.DIED, None, signal.SIGSEGV)
    assert "Segmentation fault" in answer.output


def test_an_abort_is_death_by_its_signal(bench):
    assert bench.answer("import os\nos.abort()").signal == signal.SIGABRT


def test_an_endless_loop_is_timed_out_and_shows_where_it_was(bench):
    answer = bench.answer("def spin():\n    while True: pass\nspin()", deadline_s=0.5)
    assert (answer.outcome, answer.exit_code, answer.signal) == (Outcome.TIMED_OUT, None, None)
    assert "in spin" in answer.output


def test_a_hang_in_c_is_timed_out(bench):
    source = "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()"
    assert bench.answer(source, deadline_s=0.5).outcome is Outcome.TIMED_OUT


def test_a_component_that_ignores_signals_is_ended_all_the_same(bench):
    source = """
        import faulthandler, signal
        faulthandler.disable()
        for number in (signal.SIGABRT, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        while True: pass
    """
    assert bench.answer(source, deadline_s=0.5).outcome is Outcome.TIMED_OUT


def test_the_processor_limit_ends_a_spinning_child(bench):
    answer = bench.answer("while True: pass", limits={"cpu_s": 1})
    assert answer.outcome is Outcome.DIED
    assert answer.signal in {signal.SIGXCPU, signal.SIGKILL}


def test_a_memory_blow_up_is_a_memory_error(bench):
    answer = bench.answer("x = [bytearray(2**24) for _ in range(10**6)]", limits={"memory_bytes": 2**28})
    assert answer.outcome is Outcome.RAISED
    assert answer.data["exception"]["type"] == "builtins.MemoryError"


def test_shared_memory_is_bounded_too(bench):
    source = "import mmap\nx = [mmap.mmap(-1, 2**28) for _ in range(16)]"
    answer = bench.answer(source, limits={"address_bytes": 2**31})
    assert answer.data["exception"]["type"] == "builtins.OSError"


def test_a_file_beyond_the_limit_cannot_be_written(bench):
    source = "open('big', 'wb').write(bytes(2**21))"
    answer = bench.answer(source, limits={"file_bytes": 2**20})
    assert answer.data["exception"]["type"] == "builtins.OSError"


def test_descriptors_are_limited(bench):
    answer = bench.answer("x = [open('/dev/null') for _ in range(1000)]", limits={"open_files": 64})
    assert "Too many open files" in answer.data["exception"]["message"]


def test_a_daemon_that_outlives_is_found_and_ended(bench):
    source = """
        import os, time
        class C:
            def go(self):
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        os.chdir('/')
                        os.environ.clear()
                        time.sleep(600)
                    os._exit(0)
                os.wait()
                return 'innocent'
    """
    module = bench.write(source)
    with bench.session() as session:
        session.request("import", module=module, attribute="C")
        session.request("construct")
        assert session.request("call", method="go").value == "innocent"
        assert len(bench.processes()) == 2
        assert session.leave().strays == 1
        assert bench.processes() == []


def test_fork_chains_are_ended(bench):
    source = """
        import os, time
        class C:
            def go(self):
                for _ in range(5):
                    if os.fork() == 0:
                        os.setsid()
                time.sleep(600)
    """
    assert bench.answer(source, deadline_s=0.5).outcome is Outcome.TIMED_OUT


def test_a_flood_of_output_is_drained_and_cut(bench):
    source = "class C:\n    def go(self):\n        print('x' * 5_000_000, 'end')\n        return 1"
    answer = bench.answer(source, limits={"output_bytes": 1000})
    assert (answer.outcome, answer.value, len(answer.output)) == (Outcome.RETURNED, 1, 1000)
    assert answer.output.endswith("x end\n")
    assert answer.output_bytes == 5_000_005


def test_an_endless_flood_of_output_is_timed_out(bench):
    answer = bench.answer("while True: print('x' * 10_000)", deadline_s=0.5, limits={"output_bytes": 1000})
    assert answer.outcome is Outcome.TIMED_OUT


def test_terminal_control_bytes_of_output_are_stripped(bench):
    source = r"""
        class C:
            def go(self):
                print("a\x1b[31mb\x1b]0;title\x07c\x9bd\x00\u202ee\tf", flush=True)
    """
    assert bench.answer(source).output == "abcde\tf\n"


def test_closing_every_descriptor_is_death(bench):
    answer = bench.answer("import os\nos.closerange(0, 1000)\nclass C: pass")
    assert (answer.outcome, answer.exit_code) == (Outcome.DIED, 1)


def test_killing_the_helper_is_death_and_the_helper_is_replaced(bench, unhardened):
    answer = bench.answer("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nwhile True: pass")
    assert answer.outcome is Outcome.DIED
    assert "helper" in answer.reason


def test_a_daemon_left_by_one_that_killed_the_helper_is_ended(bench, unhardened):
    source = """
        import os, signal, time
        if os.fork() == 0:
            os.setsid()
            time.sleep(600)
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
    """
    root = str(bench.helper._helper().root)
    answer = bench.answer(source)
    assert (answer.outcome, answer.strays) == (Outcome.DIED, 1)
    assert root != str(bench.helper._helper().root)


def test_a_thread_that_stops_the_exit_is_seen(bench):
    source = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), name='stayer').start()"
    module = bench.write(source)
    with bench.session() as session:
        session.request("import", module=module)
        assert session.request("threads").data["threads"] == [{"name": "stayer", "daemon": False}]
        answer = session.leave(grace_s=0.5)
    assert answer.outcome is Outcome.TIMED_OUT
    assert answer.data["threads"] == [{"name": "stayer", "daemon": False}]


def test_a_good_component_can_leave(bench):
    with bench.session() as session:
        answer = session.leave()
    assert (answer.outcome, answer.exit_code, answer.strays) == (Outcome.RETURNED, 0, 0)


def test_dying_on_the_way_out_is_death(bench):
    module = bench.write("import atexit, os\natexit.register(os._exit, 3)")
    with bench.session() as session:
        session.request("import", module=module)
        answer = session.leave()
    assert (answer.outcome, answer.exit_code) == (Outcome.DIED, 3)


def test_what_a_component_does_at_the_very_end_is_done(bench):
    """Modules from before it are spared when its process ends; it neither misses them nor is spared itself."""
    module = bench.write(
        """
        import atexit, json, os

        class Last:
            def __init__(self, said):
                self.said = said

            def __del__(self, tell=json.dumps, write=os.write):
                write(1, tell(self.said).encode())

        held = Last("torn down")
        atexit.register(Last, "at exit")
        """
    )
    with bench.session() as session:
        session.request("import", module=module)
        answer = session.leave()
    assert (answer.outcome, answer.exit_code) == (Outcome.RETURNED, 0)
    assert '"at exit"' in answer.output
    assert '"torn down"' in answer.output


def test_dying_while_modules_are_torn_down_is_death(bench):
    module = bench.write(
        """
        import os

        class Last:
            def __del__(self, leave=os._exit):
                leave(4)

        held = Last()
        """
    )
    with bench.session() as session:
        session.request("import", module=module)
        answer = session.leave()
    assert (answer.outcome, answer.exit_code) == (Outcome.DIED, 4)


def test_secrets_of_the_environment_are_not_seen(bench, monkeypatch):
    monkeypatch.setenv("BROKER_TOKEN", "canary-7731")
    source = """
        import os
        class C:
            def go(self):
                return dict(os.environ), open('/proc/self/environ').read(), os.popen('env').read()
    """
    answer = bench.answer(source)
    assert answer.outcome is Outcome.RETURNED
    assert "canary-7731" not in repr(answer.value)
    assert not [name for name in answer.value[0] if "ALLAUSE" in name.upper()]


def test_the_child_stands_in_its_empty_private_directory(bench):
    source = """
        import os, stat, sys, tempfile
        class C:
            def go(self):
                open('made', 'w').close()
                where = {os.getcwd(), os.environ['HOME'], os.path.dirname(tempfile.gettempdir())}
                mode = stat.S_IMODE(os.stat('made').st_mode)
                return sorted(where), sorted(os.listdir()), mode, sys.argv, sys.stdin.read()
    """
    module = bench.write(source)
    with bench.session() as session:
        session.request("import", module=module, attribute="C")
        session.request("construct")
        value = session.request("call", method="go").value
        assert value == ([str(session.directory)], ["made", "tmp"], 0o600, [""], "")


def test_the_environment_is_that_of_an_ordinary_program(bench, monkeypatch):
    monkeypatch.setenv("LOGNAME", "mary")
    source = """
        import os, getpass
        class C:
            def go(self):
                return os.environ['HOME'] == os.environ['TMPDIR'], 'NO_COLOR' in os.environ, getpass.getuser()
    """
    assert bench.answer(source).value == (False, False, "mary")


def test_only_four_descriptors_are_open_in_the_child(bench):
    source = """
        import os
        class C:
            def go(self):
                return [n for n in range(1000) if os.path.exists(f'/proc/self/fd/{n}')]
    """
    assert bench.answer(source).value == [0, 1, 2, 3]


def test_nothing_is_written_beside_the_module(bench):
    bench.answer("class C:\n    def go(self):\n        return 1")
    assert not (bench.folder / "__pycache__").exists()


def test_a_directory_made_unreadable_is_removed(bench):
    source = """
        import os
        class C:
            def go(self):
                os.makedirs('a/b/c')
                os.symlink('/', 'a/root')
                os.chmod('a/b', 0)
                os.chmod('a', 0)
    """
    assert bench.answer(source).outcome is Outcome.RETURNED
