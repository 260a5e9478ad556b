"""Let tox find every Python that pyenv has installed, not only the versions it has activated."""

import os
from pathlib import Path

from tox.config.sets import ConfigSet
from tox.plugin import impl
from tox.session.state import State


@impl
def tox_add_core_config(core_conf: ConfigSet, state: State) -> None:  # noqa: ARG001  (tox fixes the parameters)
    """Offer pyenv's interpreters to the discovery, which checks each against the version asked for."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    state.conf.options.discover.extend(str(python) for python in sorted(root.glob("versions/3.*/bin/python")))
