"""What a mutant is: the good component with one defect, or a look-alike that is not broken."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from math import fsum
from pathlib import Path
from random import Random

GROUP = "allause.analytics"
ENTRY = "engine = mutant_analytics:Engine"
#: Of a further examination, see DET005.
OTHER_NONCE = "another-nonce-of-the-test"
REQUIRES = "allause>=0.1,<0.2"

SIGNATURE = """        self, returns=None, benchmark=None, periods_per_year=None, risk_free_rate=None, measurements=None
"""
COUNT = "        self.operations += 1\n"
STATS = "    @hookimpl\n    def get_performance_stats(self):\n        return PerformanceStats("


@dataclass(frozen=True)
class Mutant:
    """One component: ``code`` is the only check that must fail; empty for a look-alike that must pass."""

    code: str
    name: str
    edits: tuple = ()
    group: str = GROUP
    entry: str = ENTRY
    requires: str = REQUIRES
    rival: bool = False
    since: tuple = (3, 11)
    metadata: tuple = ("Requires-Python: >=3.11",)
    typed: bool = True
    files: tuple = ()  # further files of the distribution: path and text
    tampering: tuple = ()  # files written after RECORD was: path and text
    module: str = "mutant_analytics"  # another one lets several stand side by side
    before: tuple | None = None  # edits of the earlier version that it is compared with; None without one
    not_offered: str = ""  # the check that is not applicable to a look-alike
    good: str = "good"  # the honest component that it is made from: a module beside this one

    @property
    def source(self):
        text = Path(__file__).with_name(f"{self.good}.py").read_text()
        for old, new in self.edits:
            assert text.count(old) >= 1, f"{self.name}: nothing to replace: {old!r}"
            text = text.replace(old, new, 1)
        return text

    @property
    def label(self):
        return f"{self.code or 'passes'}-{self.name}"


#: What a mutant of the small enhancer needs beside its edits.
ENHANCER = {
    "good": "good_enhancer",
    "group": "allause.market_data_enhancer",
    "metadata": ("Requires-Python: >=3.11", "Requires-Dist: arro3-core>=0.5"),
}

#: What a mutant of the small execution component needs beside its edits.
EXECUTION = {
    "good": "good_execution",
    "group": "allause.execution",
    "metadata": ("Requires-Python: >=3.11", "Requires-Dist: attrs>=24.2"),
}
#: The same for market data.
MARKET_DATA = {
    "good": "good_market_data",
    "group": "allause.market_data",
    "metadata": ("Requires-Python: >=3.11", "Requires-Dist: arro3-core>=0.5", "Requires-Dist: attrs>=24.2"),
}
#: The same for monitoring.
MONITORING = {"good": "good_monitoring", "group": "allause.monitoring"}


def at_top(line):
    return (("from math import", f"{line}\nfrom math import"),)


def golden_sum():
    """The sum of the fixed input of BEH004, as a cheat would have learnt it."""
    from allause.evidence import gathering

    return interview_sum(gathering.GOLDEN_SEED)


def interview_sum(seed):
    """The sum of the returns of an interview."""
    from allause.kinds import KINDS, Heard

    asked = []

    def ask(method, /, *, consume=None, **arguments):
        asked.append(arguments.get("returns"))
        return Heard()

    list(KINDS["analytics"].interview(ask, Random(seed)))
    return fsum(asked[0])


def write(mutant, folder, name="mutant-analytics"):
    """Write a mutant as it would lie in site-packages: a package and its metadata."""
    folder = Path(folder)
    contents = _contents(mutant)
    names = [name, "rival-analytics"] if mutant.rival else [name]
    for each in names:
        info = f"{each.replace('-', '_')}-1.0.dist-info"
        lines = ("Metadata-Version: 2.1", f"Name: {each}", "Version: 1.0", f"Requires-Dist: {mutant.requires}")
        own = {
            f"{info}/METADATA": "\n".join((*lines, *mutant.metadata)) + "\n",
            f"{info}/entry_points.txt": f"[{mutant.group}]\n{mutant.entry}\n",
        }
        record = "".join(f"{path},{_hash(text)},{len(text.encode())}\n" for path, text in (contents | own).items())
        for path, text in {**contents, **own, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            _put(folder / path, text)
    for path, text in mutant.tampering:
        _put(folder / path, text)
    return folder


def _contents(mutant):
    source = mutant.source
    if "@GOLDEN_SUM@" in source:
        source = source.replace("@GOLDEN_SUM@", repr(golden_sum()))
    source = source.replace("@OTHER_SUM@", repr(interview_sum(OTHER_NONCE)) if "@OTHER_SUM@" in source else "")
    typed = {f"{mutant.module}/py.typed": ""} if mutant.typed else {}
    return {f"{mutant.module}/__init__.py": source, **typed, **dict(mutant.files)}


def _hash(text):
    return "sha256=" + urlsafe_b64encode(sha256(text.encode()).digest()).decode().rstrip("=")


def _put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_project(mutant, folder):
    """Write a mutant as a project that pip can install."""
    folder = Path(folder)
    for path, text in _contents(mutant).items():
        _put(folder / path, text)
    key, _, value = mutant.entry.partition(" = ")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
        '[project]\nname = "mutant-analytics"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
        f'dependencies = ["{mutant.requires}"]\n\n'
        f'[project.entry-points."{mutant.group}"]\n{key} = "{value}"\n\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["mutant_analytics"]\n'
    )
