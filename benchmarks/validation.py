"""A complete validation of one trivial component, and of fifty, as ratios to a bare interpreter, interleaved.

Prints one JSON object. Wall time counts here, for several components are examined at once; ratios of CPU seconds stand
beside, for neighbours upset them less. One component is to stay within 40 bare interpreters, fifty within 12 times one
on two cores. Workflows are left out: a single kind has none that can run. The component is the sound control that the
core ships, with bytecode, as pip writes it when it installs.
"""

import compileall
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import allause
from allause.controls import SOUND, write
from allause.measurement import percentile

REPETITIONS = 5
SIZES = (1, 50)
BARS = {"one_to_bare": 40, "fifty_to_one": 12}


def installed(size: int, folder: Path) -> list[str]:
    """Write ``size`` distributions into a folder and return the identities of their components."""
    names = list(write([SOUND] * size, folder, allause.__version__))
    compileall.compile_dir(folder, quiet=1)
    return names


def run(command: list[str], search_path: str, folder: str) -> tuple[float, float, bool]:
    """Return wall and CPU seconds of one run, and whether everything passed."""
    environment = os.environ | {"PYTHONPATH": search_path}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, text=True)
    seconds = perf_counter() - start
    if done.returncode not in {0, 1, 4}:  # a busy machine may upset a measured check; that is counted
        raise SystemExit(
            f"{' '.join(command)[:200]} ended with {done.returncode}: {(done.stdout + done.stderr)[-1500:]}"
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.returncode == 0


def ratios(measured: dict[str, list[float]]) -> dict[str, float]:
    """Return the ratios of the medians; the first round warmed up."""
    median = {name: percentile(values[1:], 50) for name, values in measured.items()}
    return {"one_to_bare": median["1"] / median["bare"], "fifty_to_one": median["50"] / median["1"]}


def main() -> None:
    """Measure in turn, repeatedly, and print the ratios of the medians."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        commands: dict[str, tuple[list[str], str]] = {"bare": ([sys.executable, "-c", "pass"], "")}
        for size in SIZES:
            site = root / f"site-{size}"
            site.mkdir()
            names = installed(size, site)
            words = [sys.executable, "-m", "allause", "validate", *names, "--no-workflows", "-q"]
            commands[str(size)] = (words, str(site))
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        busy: dict[str, list[float]] = {name: [] for name in commands}
        upset = 0
        for _ in range(REPETITIONS + 1):
            for name, (command, search_path) in commands.items():
                wall, cpu, passed = run(command, search_path, directory)
                seconds[name].append(wall)
                busy[name].append(cpu)
                upset += not passed
    figures = {"benchmark": "validation", "ratios": ratios(seconds), "bars": BARS, "cpu_ratios": ratios(busy)}
    figures |= {"bare_s": percentile(seconds["bare"][1:], 50), "n": REPETITIONS}
    print(json.dumps(figures | {"processors": os.cpu_count(), "runs_not_passed": upset}))


if __name__ == "__main__":
    main()
