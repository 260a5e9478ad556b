"""Progress on stderr."""

import io

import pytest

from allause.cli.progress import ProgressLine
from allause.models.report import Progress


class Screen(io.StringIO):
    def isatty(self):
        return True


def _shown(stream, environment):
    with ProgressLine(stream, environment) as line:
        line(Progress(done=1, total=2, text="one \x1b[31m"))
        line(Progress(done=2, total=2, text="two"))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("stream", "environment"), [(io.StringIO, {}), (Screen, {"CI": "1"}), (Screen, {"TERM": "dumb"})]
)
def test_without_a_live_terminal_each_part_is_a_line_without_escapes(stream, environment):
    assert _shown(stream(), environment) == "[1/2] one \\x1b[31m\n[2/2] two\n"


def test_on_a_terminal_one_line_is_rewritten_and_taken_away():
    assert _shown(Screen(), {}) == "\r\x1b[K[1/2] one \\x1b[31m\r\x1b[K[2/2] two\r\x1b[K"


def test_on_a_narrow_terminal_the_line_does_not_wrap(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    stream = Screen()
    ProgressLine(stream, {})(Progress(done=1, total=2, text="examining acme-analytics:engine"))
    assert stream.getvalue() == "\r\x1b[K[1/2] examining acm"


def test_a_stream_that_breaks_does_not_stop_the_work():
    class Broken(io.StringIO):
        def write(self, _):
            raise BrokenPipeError

    ProgressLine(Broken(), {})(Progress(done=1, total=1, text="x"))
