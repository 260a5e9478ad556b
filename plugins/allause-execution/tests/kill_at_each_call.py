"""Kill a trading process before, within and after each call to the file system; print what broke as JSON.

A program of its own: it forks, which a process with threads must not. The argument names a broken variant, or none.
"""

import json
import os
import signal
import sys
from functools import partial, partialmethod
from pathlib import Path
from tempfile import TemporaryDirectory

from allause.models.orders import OrderStatus
from allause_execution import opening
from allause_execution.journal import Disk, Journal, chain, compaction
from allause_execution.soak import examine, live
from allause_execution.soak.run import in_a_child

OPEN = Journal.__init__
BEFORE, WITHIN, AFTER = "before", "within", "after"


class Deadly(Disk):
    """Count the calls that change something, and kill this process at one of them."""

    def __init__(self, at=0, how=BEFORE):
        self.calls = []
        self._at = at
        self._how = how

    def _call(self, act, *arguments):
        self.calls.append(act.__name__)
        if len(self.calls) != self._at:
            return act(*arguments)
        if self._how == WITHIN:
            descriptor, offset, data = arguments
            act(descriptor, offset, data[: len(data) // 2 + 1])
        elif self._how == AFTER:
            act(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")

    def create(self, path, size):
        return self._call(super().create, path, size)

    def write(self, descriptor, offset, data):
        self._call(super().write, descriptor, offset, data)

    def sync(self, descriptor):
        # the death of a process takes nothing from the cache, so nothing is awaited here
        self._call(lambda _: None, descriptor)

    def rename(self, old, new):
        self._call(super().rename, old, new)

    def remove(self, path):
        self._call(super().remove, path)

    def sync_directory(self, directory):
        self._call(lambda _: None, directory)


def trade(folder, orders, disk, told=None):
    """Live one life on that disk; segments are small, and are compacted when there are three."""
    Journal.__init__ = partialmethod(OPEN, disk=disk, segment_bytes=4096)
    compaction.SEGMENTS = 3
    live(folder, orders)
    if told is not None:
        told.write_text(json.dumps(disk.calls))


def count(root, first, orders):
    """Return the calls that the second life makes, and what is wrong without any kill."""
    folder, told = root / "counted", root / "calls"
    folder.mkdir()
    lives = partial(trade, folder, first, Deadly()), partial(trade, folder, orders, Deadly(), told)
    if (statuses := [*map(in_a_child, lives)]) != [0, 0]:
        return [], [f"without a kill the processes ended with {statuses}"]
    return json.loads(told.read_text()), examine(folder, orders=orders)


def survive(root, first, orders, every):
    """Return how many deaths there were, and the first thing that was wrong after one."""
    calls, wrong = count(root, first, orders)
    if wrong:
        return 0, wrong
    deaths = 0
    for at in range(1, len(calls) + 1, every):
        for how in (BEFORE, WITHIN, AFTER) if calls[at - 1] == "write" else (BEFORE, AFTER):
            deaths += 1
            if wrong := survive_one(root, first, orders, at, how):
                return deaths, [f"killed {how} call {at}: {sentence}" for sentence in wrong]
    return deaths, []


def survive_one(root, first, orders, at, how):
    """Return what is wrong after a death at that call, and after the life that follows."""
    folder = root / f"{at}-{how}"
    folder.mkdir()
    statuses = [
        in_a_child(partial(trade, folder, first, Deadly())),
        in_a_child(partial(trade, folder, orders, Deadly(at, how))),
    ]
    wrong = [] if statuses == [0, -signal.SIGKILL] else [f"the processes ended with {statuses}"]
    wrong += examine(folder)
    if (status := in_a_child(partial(trade, folder, orders, Deadly()))) != 0:
        wrong.append(f"the process after it ended with {status}")
    return wrong + examine(folder, orders=orders)


def go_on_behind_the_torn_tail():
    class Untruncated(chain.Reading):
        def __iter__(self):
            yield from super().__iter__()
            self.offset += -(-self.torn // 8) * 8
            self.torn = 0

    chain.Reading = Untruncated


def acknowledge_before_writing():
    flush, waiting = Journal.flush, []

    def later(self, ticket):
        if waiting:
            flush(self, waiting.pop())
        waiting.append(ticket)

    Journal.flush = later


def apply_twice():
    replay = Journal.replay

    def twice(self):
        for event in replay(self):
            yield event
            if event.fill is not None:
                yield event

    Journal.replay = twice


def forget_the_last():
    replay = Journal.replay

    def all_but_one(self):
        events = [*replay(self)]
        yield from events[: -1 if len(events) > 1 else None]

    Journal.replay = all_but_one


def send_again():
    doubt = opening._doubt_unanswered

    def resend(engine):
        for order in [*engine.state.open.values()]:
            if order.status is OrderStatus.SUBMITTED:
                engine.pool.links[0].submit(order.intent)
        doubt(engine)

    opening._doubt_unanswered = resend


def switch_before_it_is_written():
    publish = chain.Chain._publish

    def early(self, draft):
        path = self.directory / chain.segment_name(draft.header.number)
        self._disk.close(self._disk.create(path, draft.header.size))
        publish(self, draft)

    chain.Chain._publish = early


VARIANTS = {
    "none": lambda: None,
    "no truncation": go_on_behind_the_torn_tail,
    "ack before write": acknowledge_before_writing,
    "double apply": apply_twice,
    "forgetful": forget_the_last,
    "send again": send_again,
    "not renamed": switch_before_it_is_written,
}


def main():
    variant, first, orders, every = sys.argv[1], *map(int, sys.argv[2:])
    VARIANTS[variant]()
    with TemporaryDirectory() as root:
        deaths, wrong = survive(Path(root), first, orders, every)
    print(json.dumps({"deaths": deaths, "wrong": wrong}), flush=True)  # noqa: T201 - this is its answer


if __name__ == "__main__":
    main()
