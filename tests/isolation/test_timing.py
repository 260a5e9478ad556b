import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from allause.isolation import timing

SPIN = "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); print(flush=True)\nwhile True: pass"


def work():
    end = time.thread_time() + 0.01
    while time.thread_time() < end:
        pass


@pytest.fixture
def crowded():
    """Share one processor with three processes that never rest."""
    before = os.sched_getaffinity(0)
    processor = min(before)
    others = [
        subprocess.Popen([sys.executable, "-S", "-c", SPIN, str(processor)], stdout=subprocess.PIPE) for _ in range(3)
    ]
    for other in others:
        other.stdout.readline()
    os.sched_setaffinity(0, {processor})
    yield
    os.sched_setaffinity(0, before)
    for other in others:
        other.kill()
        other.wait()
        other.stdout.close()


def timed(function, times):
    start = time.perf_counter_ns()
    answer = timing.repeat([(function, {})], lambda value: value, times, 60.0)
    return answer["took_ns"], time.perf_counter_ns() - start


@pytest.mark.skipif(not Path(timing._SCHEDULED).exists(), reason="this kernel does not tell how long a thread waited")
def test_waiting_for_a_processor_is_not_the_components_time(crowded):
    took, wall = timed(work, 10)
    assert len(took) == 10
    assert sum(took) < 0.8 * wall


@pytest.mark.skipif(not Path(timing._SCHEDULED).exists(), reason="this kernel does not tell how long a thread waited")
def test_time_in_which_another_thread_of_the_component_waited_is_told(crowded):
    thread = threading.Thread(target=lambda: [work() for _ in range(50)])
    thread.start()
    answer = timing.repeat([(lambda: time.sleep(0.2), {})], lambda value: value, 1, 60.0)
    thread.join()
    assert answer["waited_ns"] > 0.2 * sum(answer["took_ns"])
    assert (
        timing.repeat([(work, {})], lambda value: value, 5, 60.0)["waited_ns"] < 10_000_000
    )  # its own is not told twice


def test_sleeping_is_the_components_time(crowded):
    took, _ = timed(lambda: time.sleep(0.01), 5)
    assert min(took) >= 9_000_000


def test_without_the_kernels_word_nothing_is_taken_off(monkeypatch):
    monkeypatch.setattr(timing, "_SCHEDULED", "/proc/none")
    took, wall = timed(work, 3)
    assert 30_000_000 <= sum(took) <= wall


def test_a_component_that_closes_every_descriptor_is_still_timed():
    took, _ = timed(lambda: os.closerange(100, 101) or [os.close(fd) for fd in schedstat()], 3)
    assert len(took) == 3


def schedstat():
    for path in Path("/proc/self/fd").iterdir():
        try:
            if path.readlink().name == "schedstat":
                yield int(path.name)
        except OSError:  # the descriptor of the listing itself
            continue
