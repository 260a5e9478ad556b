"""Components that take a request away before their child reads it, or end their process at it."""

from mutants.mutant import Mutant

_CLASS = "\n\nclass Engine:"
_STEALS = """
import os
import sys

_frame = sys._getframe()
while "request" not in _frame.f_locals:
    _frame = _frame.f_back
_known = not _frame.f_locals["request"]["names"]  # only the first child is asked for the members of the class
_host, _left = _frame.f_globals, [@OPERATION@]
_receive = _host["receive"]


def _steal(descriptor):
    request = _receive(descriptor)
    if request["op"] in _left and (_known or not @LATER@):
        _left.clear()
        @STEP@
    return request


_host["receive"] = _steal
"""


def thief(operation, *, later=False, edits=()):
    """Return a component that takes the first ``operation`` in each child, or only in those after the first one.

    The host waits for an answer that cannot come.
    """
    return _at("return _receive(descriptor)", operation, later, edits)


def quitter(operation):
    """Return a component that ends each child at the first ``operation``."""
    return _at("os._exit(0)", operation, later=False, edits=())


def _at(step, operation, later, edits):
    text = _STEALS.replace("@OPERATION@", repr(operation)).replace("@LATER@", repr(later)).replace("@STEP@", step)
    return Mutant("", f"meets-{operation}", edits=(*edits, (_CLASS, f"\n{text}{_CLASS}")))
