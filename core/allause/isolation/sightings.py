"""The shapes of answers about the process a component lives in, and about what was done to it."""

from typing import TypedDict


class Settings(TypedDict):
    """Answer ``settings``: what the whole process shares, by name, and a digest of the global random source."""

    settings: dict[str, str]
    random: str


class Holdings(TypedDict):
    """Answer ``holdings``: what the process holds; ``blocks`` are those of Python's allocator in use."""

    threads: list[str]
    native_threads: int
    descriptors: list[str]
    children: int
    blocks: int
    resident_bytes: int


class Ambience(TypedDict):
    """Answer ``ambience`` (time_zone, folder): what is in force."""

    text: str


class Screened(TypedDict):
    """Answer ``screen``: bytes written to standard output since it was first asked, and the beginning of them."""

    size: int
    text: str


class Armed(TypedDict):
    """Answer ``arm``: calls are traced on threads that start from now on, too."""

    armed: bool


class Sabotaged(TypedDict):
    """Answer ``sabotage``: the functions seen in traced calls, which do nothing from now on."""

    functions: list[str]
