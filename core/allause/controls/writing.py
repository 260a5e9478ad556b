"""Write controls as they would lie in site-packages, under names that say nothing of what they are."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random

from allause.controls.broken import BROKEN, SOUND, Broken

_SOURCE = Path(__file__).with_name("sound.txt")


def sample(seed: int, size: int) -> tuple[Broken, ...]:
    """Return the sound control and ``size`` broken ones, the same for the same seed."""
    return (SOUND, *Random(seed).sample(BROKEN, min(size, len(BROKEN))))  # noqa: S311 - which ones is no secret


def write(controls: Sequence[Broken], folder: Path, core_version: str) -> Mapping[str, Broken]:
    """Write a distribution for each control into ``folder`` and return the identities of their components.

    Raises:
        LookupError: an edit finds nothing to replace.
    """
    written: dict[str, Broken] = {}
    for number, control in enumerate(controls, start=1):
        name = f"figures-{number}"
        package = name.replace("-", "_")
        info = f"{package}-1.0.dist-info"
        files = {
            f"{package}/__init__.py": source(control, name),
            f"{package}/py.typed": "",
            f"{info}/METADATA": _metadata(name, core_version),
            f"{info}/entry_points.txt": f"[allause.analytics]\n{name} = {package}:{control.target}\n",
        }
        record = "".join(f"{path},{_hash(text)},{len(text.encode())}\n" for path, text in files.items())
        for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        written[f"{name}:{name}"] = control
    return written


def source(control: Broken, name: str) -> str:
    """Return the source of a control whose distribution and component are called ``name``.

    Raises:
        LookupError: an edit finds nothing to replace.
    """
    text = _SOURCE.read_text(encoding="utf-8")
    for old, new in control.edits:
        if old not in text:
            raise LookupError(f"the control {control.name} replaces {old!r}, which is not there")
        text = text.replace(old, new, 1)
    return text.replace("@DISTRIBUTION@", name).replace("@NAME@", name)


def _metadata(name: str, core_version: str) -> str:
    major, minor, *_ = core_version.split(".")
    requirement = f"allause>={core_version},<{major}.{int(minor) + 1}"
    lines = ("Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", "Requires-Python: >=3.11")
    return "\n".join((*lines, f"Requires-Dist: {requirement}")) + "\n"


def _hash(text: str) -> str:
    return "sha256=" + urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")
