"""State what a component holds of the system in its process, and move the process elsewhere."""

import builtins
import gc
import locale
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from allause.isolation.encoding import printable
from allause.isolation.tree import descendants

__builtins__ = dict(vars(builtins))  # type: ignore[assignment] # functions below keep these, whatever is patched later

_TEXT = 300
_MANY = 200
_LOCALES = ("de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8", "ru_RU.UTF-8")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_blocks = sys.getallocatedblocks
_chdir, _listdir, _readlink = os.chdir, os.listdir, os.readlink
_live_threads, _main_thread = threading.enumerate, threading.main_thread


class Surroundings:
    """Look at the process."""

    def holdings(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Return threads, open descriptors, child processes and memory."""
        gc.collect()
        threads = [printable(thread.name, _TEXT) for thread in _live_threads() if thread is not _main_thread()]
        return {
            "threads": threads[:_MANY],
            "native_threads": len(_listdir("/proc/self/task")),
            "descriptors": sorted(_targets())[:_MANY],
            "children": _children(),
            "blocks": _blocks(),
            "resident_bytes": int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE,
        }

    def threads(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Return the Python threads beside the main one, and how many there are of any sort."""
        threads = [
            {"name": printable(thread.name, _TEXT), "daemon": thread.daemon}
            for thread in _live_threads()
            if thread is not _main_thread()
        ]
        return {"threads": threads, "native": len(_listdir("/proc/self/task"))}

    def ambience(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Move to another time zone, folder and locale, as far as the machine has one; say what is in force."""
        os.environ["TZ"] = request["time_zone"]
        time.tzset()
        folder = Path(request["folder"])
        folder.mkdir(exist_ok=True)
        _chdir(folder)
        available = any(map(_moved_locale, _LOCALES))
        told = "" if available else ", since no other is installed"
        text = f"TZ={request['time_zone']}, folder {folder.name}, locale {locale.setlocale(locale.LC_ALL)}{told}"
        return {"text": printable(text, _TEXT)}


class Screen:
    """Keep what is written to standard output apart, in memory."""

    def __init__(self) -> None:
        self._file = -1

    def watch(self, _request: Mapping[str, Any]) -> dict[str, Any]:
        """Begin to keep it; every call says how many bytes came so far, and shows the first of them."""
        if self._file < 0:
            self._file = os.memfd_create("screen")
            os.dup2(self._file, 1)
        size = os.fstat(self._file).st_size
        text = os.pread(self._file, _TEXT, 0).decode("utf-8", "replace")
        return {"size": size, "text": text}


def _moved_locale(name: str) -> bool:
    """Move to a locale and tell whether the machine has it."""
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        return False
    return True


def _children() -> int:
    """Return how many live processes descend from this one; the whole machine is gone through only when any does."""
    me = os.getpid()
    quick = descendants(me, thorough=False)
    return sum(1 for process in descendants(me) if not process.zombie) if quick else 0


def _targets() -> list[str]:
    targets = []
    for name in _listdir("/proc/self/fd"):
        try:
            targets.append(printable(_readlink(f"/proc/self/fd/{name}"), _TEXT))
        except FileNotFoundError:  # the one that listed this folder is closed already
            continue
        except OSError as error:
            targets.append(f"descriptor {name}, unreadable: {error.strerror}")
    return targets
