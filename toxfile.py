"""Let tox find every Python on the path and of pyenv, not only the versions that pyenv has activated."""

import os
import shutil
import sys
from pathlib import Path

from tox.config.sets import ConfigSet
from tox.plugin import impl
from tox.session.state import State

PYTHONS = ("3.11", "3.12", "3.13", "3.14")


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:  # noqa: ARG001  (tox fixes the parameters)
    """Tell uv, which makes the environments, where to look, and tox.ini which are the oldest and the newest found."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    pyenv = map(str, sorted(root.glob("versions/3.*/bin")))
    folders = [os.environ.get("PATH", os.defpath), f"{sys.base_prefix}/bin", *pyenv]
    path = os.environ["UV_PYTHON_SEARCH_PATH"] = os.pathsep.join(folders)
    found = [each for each in PYTHONS if shutil.which(f"python{each}", path=path)] or [PYTHONS[0]]
    os.environ.setdefault("OLDEST_PYTHON", found[0])
    os.environ.setdefault("NEWEST_PYTHON", found[-1])
