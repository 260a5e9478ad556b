"""What a mutant is: the good component with one defect, or a look-alike that is not broken."""

from dataclasses import dataclass
from math import fsum
from pathlib import Path
from random import Random

GOOD = Path(__file__).with_name("good.py").read_text()
GROUP = "allause.analytics"
ENTRY = "engine = mutant_analytics:Engine"
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

    @property
    def source(self):
        text = GOOD
        for old, new in self.edits:
            assert text.count(old) >= 1, f"{self.name}: nothing to replace: {old!r}"
            text = text.replace(old, new, 1)
        return text

    @property
    def label(self):
        return f"{self.code or 'passes'}-{self.name}"


def at_top(line):
    return (("from math import", f"{line}\nfrom math import"),)


def golden_sum():
    """The sum of the fixed input of BEH004, as a cheat would have learnt it."""
    from allause.evidence import gathering
    from allause.kinds import KINDS, Heard

    asked = []

    def ask(method, /, *, consume=None, **arguments):
        asked.append(arguments.get("returns"))
        return Heard()

    list(KINDS["analytics"].interview(ask, Random(gathering.GOLDEN_SEED)))
    return fsum(asked[0])


def write(mutant, folder, name="mutant-analytics"):
    """Write a mutant as it would lie in site-packages: a module and its metadata."""
    folder = Path(folder)
    source = mutant.source
    if "@GOLDEN_SUM@" in source:
        source = source.replace("@GOLDEN_SUM@", repr(golden_sum()))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mutant_analytics.py").write_text(source)
    names = [name, "rival-analytics"] if mutant.rival else [name]
    for each in names:
        info = folder / f"{each.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {each}\nVersion: 1.0\nRequires-Dist: {mutant.requires}\n"
        )
        (info / "entry_points.txt").write_text(f"[{mutant.group}]\n{mutant.entry}\n")
        (info / "RECORD").write_text("mutant_analytics.py,,\n")
    return folder


def write_project(mutant, folder):
    """Write a mutant as a project that pip can install."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mutant_analytics.py").write_text(mutant.source.replace("@GOLDEN_SUM@", "0.0"))
    key, _, value = mutant.entry.partition(" = ")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
        f'[project]\nname = "mutant-analytics"\nversion = "1.0"\ndependencies = ["{mutant.requires}"]\n\n'
        f'[project.entry-points."{mutant.group}"]\n{key} = "{value}"\n\n'
        '[tool.hatch.build.targets.wheel]\ninclude = ["mutant_analytics.py"]\n'
    )
