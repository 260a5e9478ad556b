import pytest

from allause.exceptions import ComponentError, OrderDeniedError
from allause.running import EventPath


class Bulk:
    """A stage that takes batches and says what it took."""

    def __init__(self, log, name):
        self._log, self._name = log, name

    def on_event(self, event):
        self._log.append((self._name, event))
        return event

    def on_batch(self, events):
        self._log.append((self._name, list(events)))
        return events


def single(log, name):
    """Return a stage of single events."""
    return lambda event: (log.append((name, event)), event)[1]


def test_event_goes_through_all_stages_and_the_last_answer_comes_back():
    path = EventPath({"double": lambda event: event * 2, "add": lambda event: event + 1})
    assert [path.handle(event) for event in (1, 5)] == [3, 11]


def test_event_that_a_stage_answers_with_none_goes_no_further():
    seen = []
    path = EventPath({"even": lambda event: None if event % 2 else event, "seen": seen.append})
    assert [path.handle(event) for event in range(4)] == [None] * 4
    assert seen == [0, 2]


def test_path_without_stages_gives_the_event_back():
    assert EventPath({}).handle(5) == 5


def test_what_has_arrived_is_drained_in_order():
    log = []
    path = EventPath({"a": single(log, "a"), "b": single(log, "b")})
    for event in range(2):
        path.put(event)
    assert (path.drain(), path.drain()) == (2, 0)
    assert log == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]


def test_first_stages_that_take_batches_get_all_that_has_arrived():
    log = []
    path = EventPath({"a": Bulk(log, "a"), "b": Bulk(log, "b"), "c": single(log, "c"), "d": Bulk(log, "d")})
    for event in range(2):
        path.put(event)
    assert path.drain() == 2
    # behind c an event does not wait for those behind it
    assert log == [("a", [0, 1]), ("b", [0, 1]), ("c", 0), ("d", 0), ("c", 1), ("d", 1)]
    assert path.drain() == 0
    assert len(log) == 6


@pytest.mark.parametrize("first", [Bulk([], "a"), lambda event: event])
def test_event_put_while_draining_waits_for_the_next_drain(first):
    seen = []

    def echo(event):
        seen.append(event)
        if event == 0:
            path.put(1)

    path = EventPath({"first": first, "echo": echo})
    path.put(0)
    assert (path.drain(), seen) == (1, [0])
    assert (path.drain(), path.drain(), seen) == (1, 0, [0, 1])


def test_stages_are_looked_up_once():
    stage = Bulk(log := [], "a")
    path = EventPath({"a": stage})
    stage.on_event = stage.on_batch = None
    path.handle(1)
    path.put(2)
    path.drain()
    assert log == [("a", 1), ("a", [2])]


class Breaks:
    def on_event(self, event):
        raise ValueError(f"no {event}")

    on_batch = on_event


@pytest.mark.parametrize("before", [lambda event: event, Bulk([], "a")])
@pytest.mark.parametrize("drained", [False, True])
def test_stage_that_raises_is_named(before, drained):
    path = EventPath({"fine": before, "acme:desk": Breaks(), "behind": lambda event: event})
    path.put(7)
    with pytest.raises(ComponentError, match=r"^acme:desk raised ValueError: no .* on the event path$") as raised:
        path.drain() if drained else path.handle(7)
    assert raised.value.component == "acme:desk"


@pytest.mark.parametrize("drained", [False, True])
def test_error_of_the_contract_is_passed_on(drained):
    def deny(event):
        raise OrderDeniedError("too much", reason="limit")

    path = EventPath({"gate": deny})
    path.put(1)
    with pytest.raises(OrderDeniedError, match="too much"):
        path.drain() if drained else path.handle(1)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match=r"x: expected a callable or on_event\(\) of a stage, found int"):
        EventPath({"x": 5})


async def slow(_, event):
    return event


async def slow_one_by_one(_, event):
    yield event


@pytest.mark.parametrize("function", [slow, slow_one_by_one])
@pytest.mark.parametrize("method", ["on_event", "on_batch"])
def test_stage_that_would_have_to_be_awaited_is_refused(method, function):
    stage = type("Slow", (Bulk,), {method: function})([], "slow")
    with pytest.raises(TypeError, match="slow: expected a plain def of a stage, found an async def"):
        EventPath({"slow": stage})


def test_batches_that_cannot_be_called_are_refused():
    stage = Bulk([], "x")
    stage.on_batch = 5
    with pytest.raises(TypeError, match=r"x: expected on_batch\(\) of a stage, found int"):
        EventPath({"x": stage})


class Gives(Bulk):
    def on_batch(self, events):
        yield from events
        raise ValueError("no more")


class Forgets(Bulk):
    def on_batch(self, events):
        pass


@pytest.mark.parametrize(("stage", "said"), [(Gives, "ValueError: no more"), (Forgets, "TypeError: 'NoneType' object")])
@pytest.mark.parametrize("behind", [Bulk([], "a"), lambda event: event])
def test_stage_whose_batch_raises_while_it_is_taken_is_named(stage, said, behind):
    path = EventPath({"acme:desk": stage([], "acme:desk"), "behind": behind})
    path.put(7)
    with pytest.raises(ComponentError, match=f"^acme:desk raised {said}") as raised:
        path.drain()
    assert raised.value.component == "acme:desk"
