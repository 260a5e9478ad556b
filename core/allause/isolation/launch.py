"""One helper process, from start to burial."""

import json
import os
import pwd
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from allause.exceptions import ValidatorError
from allause.isolation.directories import TEMPORARY, make, remove
from allause.isolation.ending import End
from allause.isolation.tree import bearing, end_all

_BOOT = (
    "import gc, json, sys; gc.disable(); sys.path[:] = json.loads(sys.argv[1]); "
    "from allause.isolation.helper import main; main()"
)  # fmt: skip # one statement a line
_FLAGS = ("-I", "-S", "-u", "-X", "faulthandler", "-X", "utf8")
_SEEDED = ("-P", "-s", *_FLAGS[1:])  # as -I, but PYTHONHASHSEED is read; no other such name is in the environment
_INHERITED = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
_LIBRARIES = "LD_LIBRARY_PATH"
_STANDARD_ERROR = 2
_ANSWER_S = 30.0
_PATIENCE_S = 25.0
_LEAVING_S = 5.0
_MESSAGE = 1 << 16


def environment(home: Path) -> dict[str, str]:
    """Return the allow-listed environment of a helper or child whose home is ``home``; it looks like any other."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    # a user of the child's own has no name that could be looked up, and one made up would tell who looks on
    name = os.environ.get("LOGNAME") or os.environ.get("USER") or _account()
    inherited |= _libraries(os.environ.get(_LIBRARIES, ""))
    return {**inherited, "HOME": str(home), "TMPDIR": str(home / TEMPORARY), "LOGNAME": name, "USER": name}


@cache
def _libraries(told: str) -> dict[str, str]:
    """Return as much of a library path as this interpreter has libraries from: without it, another would not start."""
    folders = [Path(folder).absolute() for folder in told.split(os.pathsep) if folder]
    if not folders:
        return {}
    maps = Path("/proc/self/maps").read_text(encoding="utf-8", errors="surrogateescape")
    loaded = {Path(f"/{line.partition('/')[2]}") for line in maps.splitlines()}
    needed = [str(folder) for folder in folders if any(file.resolve() in loaded for file in _listed(folder))]
    return {_LIBRARIES: os.pathsep.join(needed)} if needed else {}


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:  # as usual on such a path
        return []


def _account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # as in a container that was started under any number
        return "user"


def search_path() -> list[str]:
    """Return where modules are looked for, absolute."""
    return [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 # '' means here


class HelperLostError(ValidatorError):
    """Report that the helper process ended or does not answer."""


class HelperProcess:
    """Hold one helper process; what it leaves behind bears ``root`` in its environment.

    ``hash_seed`` is that of str and bytes; a random one when left out. ``attached`` leaves it the environment, the
    input and the terminal of this process, its output going to standard error.

    Attributes:
        hash_seed: as given.
        root: its directory, under which children have theirs; nothing else of the machine is named in it.
        path: where it looks for modules.
    """

    def __init__(self, hash_seed: int | None = None, *, attached: bool = False) -> None:
        self.hash_seed = hash_seed
        self.root = make(None)
        self.path = search_path()
        self._lock = Lock()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 # closed by bury
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(_ANSWER_S)
        variables = {**os.environ, "TMPDIR": str(self.root / TEMPORARY)} if attached else environment(self.root)
        if hash_seed is not None:
            variables["PYTHONHASHSEED"] = str(hash_seed)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 # this interpreter, our own code
                [
                    sys.executable,
                    *(_FLAGS if hash_seed is None else _SEEDED),
                    "-c",
                    _BOOT,
                    json.dumps(self.path),
                    str(theirs.fileno()),
                ],
                stdin=None if attached else subprocess.DEVNULL,
                stdout=_STANDARD_ERROR if attached else subprocess.DEVNULL,
                stderr=None if attached else self._errors,
                cwd=self.root,
                env=variables,
                pass_fds=(theirs.fileno(),),
                start_new_session=not attached,
            )

    def lost(self) -> bool:
        """Tell whether the process has ended."""
        return self._process.poll() is not None

    def fork(self, spec: Mapping[str, Any], descriptors: tuple[int, ...]) -> int:
        """Let it fork a child that takes ``descriptors``, and return the child's number.

        Raises:
            ValidatorError: it cannot fork.
            HelperLostError: it does not answer.
        """
        answer = self._exchange({"op": "fork", **spec}, descriptors)
        if "error" in answer:
            raise ValidatorError(f"no child could be forked: {answer['error']}")
        return int(answer["pid"])

    def end(self, pid: int) -> End:
        """Kill the whole tree of ``pid`` and say how the child itself had ended.

        Raises:
            ValidatorError: something of it cannot be killed.
        """
        try:
            answer = self._exchange({"op": "end", "pid": pid})
        except HelperLostError:
            return End(strays=self.bury(), note=" together with its helper process")
        if answer["left"]:
            raise ValidatorError(f"{answer['left']} processes of an isolated child cannot be ended")
        return End(exit_code=answer["exit_code"], signal=answer["signal"], strays=answer["strays"])

    def dismiss(self) -> None:
        """Let the process end; ``bury`` waits for it."""
        self._control.close()

    def bury(self) -> int:
        """End the process and everything that bears its mark, remove its directory, and return the strays' number.

        Raises:
            ValidatorError: something of it cannot be killed.
        """
        self.dismiss()
        try:
            self._process.wait(_LEAVING_S)  # a sound helper ends its children and itself when the socket closes
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        mark = str(self.root)
        strays = len(bearing(mark))
        if strays and (left := end_all(lambda: bearing(mark), _PATIENCE_S)):
            raise ValidatorError(f"{left} processes that a helper left behind cannot be ended")
        self._errors.close()
        remove(self.root)
        return strays

    def _exchange(self, message: Mapping[str, Any], descriptors: tuple[int, ...] = ()) -> dict[str, Any]:
        with self._lock:
            try:
                socket.send_fds(self._control, [json.dumps(message).encode()], descriptors)
                body = self._control.recv(_MESSAGE)
            except OSError as error:
                raise HelperLostError(f"the helper process does not answer: {error}{self._words()}") from error
        if not body:
            raise HelperLostError(f"the helper process ended{self._words()}")
        try:
            answer: dict[str, Any] = json.loads(body)
        except ValueError as error:
            raise HelperLostError(f"the helper process answers garbage: {error}{self._words()}") from error
        return answer

    def _words(self) -> str:
        if self._errors.closed:
            return ""
        self._errors.seek(0)
        text = self._errors.read(_MESSAGE).decode("utf-8", "replace").strip()
        return f"\n{text}" if text else ""
