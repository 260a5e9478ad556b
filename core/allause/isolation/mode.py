"""How much is taken away from component code before it runs."""

from enum import StrEnum


class Isolation(StrEnum):
    """Name the modes, strongest first.

    HARDENED is a process with limits whose files, network, identity and system calls are restricted by the kernel,
    as far as this machine can; what it cannot is named. PROCESS is a process with limits. NONE is a process without
    limits, with the caller's environment and terminal, for debuggers; what was seen in it proves nothing.
    """

    HARDENED = "hardened"
    PROCESS = "process"
    NONE = "none"
