"""Which files an interpreter and its libraries have to read; a hardened child sees these and no others."""

import os
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

#: Programs, libraries and what comes with them; the last two are where Nix and Guix keep theirs.
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store")

#: Of /etc only what libraries look up, for passwords and keys lie there too.
_SETTINGS = (
    "ca-certificates",
    "crypto-policies",
    "group",
    "host.conf",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "locale.alias",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "os-release",
    "passwd",
    "pki/ca-trust",
    "pki/tls/cert.pem",
    "pki/tls/certs",
    "pki/tls/openssl.cnf",
    "resolv.conf",
    "ssl/certs",
    "ssl/openssl.cnf",
    "timezone",
)

#: What may be read and not started.
READABLE = (*(f"/etc/{name}" for name in _SETTINGS), "/proc", "/sys", "/dev/random", "/dev/urandom")
DEVICES = ("/dev/null", "/dev/zero", "/dev/full")


def runnable(module_folders: Iterable[str]) -> list[str]:
    """Return the folders of this interpreter, of the system and of the modules."""
    prefixes = (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)
    return list(dict.fromkeys((*_SYSTEM, *prefixes, *module_folders)))


def holding_home(folders: Iterable[str]) -> list[str]:
    """Return those of ``folders`` that hold this user's home directory, and so everything of theirs."""
    home = os.path.expanduser("~")  # noqa: PTH111 - pathlib raises where nobody knows whose home this is
    return [folder for folder in folders if home != "~" and _holds(folder, home)]


@cache  # asked for every child, and links take long to follow
def _holds(folder: str, home: str) -> bool:
    return Path(home).resolve().is_relative_to(Path(folder).resolve())
