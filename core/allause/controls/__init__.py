"""Controls: one sound component and some broken on purpose, to find out whether this validator can see today."""

from allause.controls.broken import BROKEN, SOUND, Broken
from allause.controls.writing import sample, source, write

__all__ = ["BROKEN", "SOUND", "Broken", "sample", "source", "write"]
