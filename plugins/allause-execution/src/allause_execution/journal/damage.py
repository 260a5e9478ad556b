"""What can be wrong with a journal, and how it is told."""


class FormatError(ValueError):
    """Report a file that is no segment, or one of another version."""


class DamageError(ValueError):
    """Report bytes that were on disk and are not what was written.

    Attributes:
        offset: where in the segment.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(f"{message} at byte {offset}")
        self.offset = offset


def unusable(name: str, error: BaseException) -> str:
    """Word that the file system refuses; another file than ``name`` is told with its path."""
    alone = isinstance(error, OSError) and str(error.filename or name) == name
    why = getattr(error, "strerror", None) if alone else None
    return f"{name} cannot be used as order journal: {why or error}; check the directory, its free space and the file"


def damaged(name: str, what: str) -> str:
    """Word that what was written is not what is read."""
    return f"{name} is damaged: {what}; keep the file and restore it from a copy, nothing was applied"
