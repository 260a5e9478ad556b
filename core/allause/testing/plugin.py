"""The pytest plugin: fixtures, each imported only when a test asks for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from arro3.core import Table

    from allause.testing.examinations import Examinations
    from allause.testing.live import Factory
    from allause.venue import InProcessSession, Venue


@pytest.fixture(scope="session")
def allause_examinations() -> "Examinations":
    """Give the examinations of this session, each made once; ``conformance`` uses it."""
    from allause.testing.examinations import Examinations  # noqa: PLC0415 - slow, and every run of pytest loads this

    return Examinations()


@pytest.fixture
def component(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Factory]":
    """Build and start a component by its identity, as the host does; it is closed afterwards.

    ``component("my-dist:my-component", configuration=None, start=True)`` returns an ``allause.component.Component``:
    ``.call(method, **arguments)`` calls it with a deadline, ``.instance`` is your object. A kind that trades is given
    the session of the fixture ``venue_session``.
    """
    from allause.testing.live import Factory  # noqa: PLC0415 - slow, and every run of pytest loads this module

    with Factory(tmp_path_factory, lambda: request.getfixturevalue("venue_session")) as factory:
        yield factory


@pytest.fixture
def bars() -> "Table":
    """Give a small Arrow table of bars: ALPHA and BETA, 30 days each."""
    from allause.testing.samples import bar_table  # noqa: PLC0415 - slow, and every run of pytest loads this module

    return bar_table()


@pytest.fixture
def exam_venue() -> "Venue":
    """Give a venue that bids 99 and offers 101 for 100 units of ALPHA and of BETA."""
    from allause.testing.samples import quoted_venue  # noqa: PLC0415 - slow, and every run of pytest loads this module

    return quoted_venue()


@pytest.fixture
def venue_session(exam_venue: "Venue") -> "Iterator[InProcessSession]":
    """Give the session of the examined account with the fixture ``exam_venue``."""
    from allause.venue import InProcessSession  # noqa: PLC0415 - slow, and every run of pytest loads this module

    session = InProcessSession(exam_venue)
    yield session
    session.close()
