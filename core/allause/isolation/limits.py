"""How much one child may use."""

from typing import Any

import attrs

KIB, MIB, GIB = 2**10, 2**20, 2**30


def _bound(default: float) -> Any:
    return attrs.field(default=default, validator=attrs.validators.gt(0))


@attrs.frozen(kw_only=True)
class Limits:
    """Hold the bounds of one child; every one is enforced by the kernel or by the host.

    Attributes:
        memory_bytes: private memory (RLIMIT_DATA). Thread stacks and allocator arenas count, so a dataframe
            library on a few million rows needs about 3 GiB of it while it uses half a GiB.
        address_bytes: address space (RLIMIT_AS), which bounds shared mappings too; mostly reserved, never touched.
        cpu_s: processor seconds of one process (RLIMIT_CPU).
        wall_s: deadline of one request when it names none.
        file_bytes: size of one file (RLIMIT_FSIZE).
        open_files: descriptors (RLIMIT_NOFILE).
        processes: and threads (RLIMIT_NPROC), where they can be counted apart from the user's others.
        output_bytes: captured standard output and error kept for one request: the last of it.
        answer_bytes: one answer on the private descriptor.
    """

    memory_bytes: int = _bound(4 * GIB)
    address_bytes: int = _bound(32 * GIB)
    cpu_s: int = _bound(60)
    wall_s: float = _bound(20.0)
    file_bytes: int = _bound(64 * MIB)
    open_files: int = _bound(256)
    processes: int = _bound(512)
    output_bytes: int = _bound(MIB)
    answer_bytes: int = _bound(8 * MIB)
