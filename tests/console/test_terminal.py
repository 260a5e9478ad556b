"""What may be written to a stream."""

import io

import pytest

from allause.console.terminal import wants_colour, width


class Screen(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "wanted"),
    [
        (Screen(), {}, True),
        (io.StringIO(), {}, False),
        (Screen(), {"NO_COLOR": "1"}, False),
        (Screen(), {"NO_COLOR": ""}, True),
        (Screen(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"FORCE_COLOR": "1"}, True),
        (Screen(), {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        (Screen(), {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_is_decided_by_the_environment_before_the_stream(stream, environment, wanted):
    assert wants_colour(stream, environment) is wanted


def test_a_closed_stream_is_no_terminal():
    stream = io.StringIO()
    stream.close()
    assert wants_colour(stream, {}) is False


@pytest.mark.parametrize(("columns", "expected"), [("72", 72), ("1", 60), ("100000", 160)])
def test_the_width_follows_columns_within_reason(columns, expected, monkeypatch):
    monkeypatch.setenv("COLUMNS", columns)
    assert width() == expected
