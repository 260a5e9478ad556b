import pytest

from allause.evidence.probes import Holdings
from allause.evidence.probes.cycles import LOOKS, SUSPICIOUS_BLOCKS, SUSPICIOUS_BYTES, grows


def looks(blocks=(0, 0, 0), size=(0, 0, 0)):
    return [
        Holdings(
            cycle=cycle, threads=(), native_threads=1, descriptors=(), children=0, blocks=count, resident_bytes=used
        )
        for cycle, count, used in zip(LOOKS, blocks, size, strict=True)
    ]


def per_cycle(amount):
    return [amount * (cycle - LOOKS[0]) for cycle in LOOKS]


@pytest.mark.parametrize(
    "seen",
    [looks(blocks=per_cycle(SUSPICIOUS_BLOCKS)), looks(size=per_cycle(SUSPICIOUS_BYTES))],
    ids=["blocks", "bytes"],
)
def test_memory_grows_when_every_cycle_takes_more(seen):
    assert grows(seen)


@pytest.mark.parametrize(
    "seen",
    [
        looks(),
        looks(blocks=per_cycle(SUSPICIOUS_BLOCKS - 1)),
        looks(blocks=(0, 10_000, 10_000)),
        looks(size=(0, 2**30, 2**29)),
    ],
    ids=["still", "slowly", "once", "and-shrinks"],
)
def test_memory_that_is_taken_once_or_slowly_does_not_grow(seen):
    assert not grows(seen)
