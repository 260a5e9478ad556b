"""Start-up of the command line as a ratio to a bare interpreter, all from one interleaved run.

Prints one JSON object. CPU seconds of the child and its children are compared, for wall time here measures the
neighbours; wall ratios are given beside them. ``--version`` and ``--help`` are to stay within 1.5, ``list`` within
10, ``validate --fast`` of the six first-party components within 20. Bytecode is written in the first round, which does
not count, as pip writes it when it installs.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from allause.measurement import percentile

REPETITIONS = 15
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
#: A complete validation takes seconds, so it is repeated less often.
LONG = {"validate": 2}
BARS = {"version": 1.5, "help": 1.5, "list": 10, "fast": 20}
# what the console script does; a bare interpreter is started the same way
ALLAUSE = [sys.executable, "-c", "from allause.__main__ import main; main()"]
COMMANDS = {
    "bare": [sys.executable, "-c", "pass"],
    "version": [*ALLAUSE, "--version"],
    "help": [*ALLAUSE, "--help"],
    "list": [*ALLAUSE, "list"],
    "fast": [*ALLAUSE, "validate", "--fast"],
    "validate": [*ALLAUSE, "validate", "--no-workflows"],
}


def run(command: list[str], folder: str) -> tuple[float, float]:
    """Return wall and CPU seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = perf_counter()
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, check=False, text=True)
    wall = perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {(done.stderr or done.stdout)[-400:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure every command in turn, repeatedly, and print the ratios of the medians."""
    wall: dict[str, list[float]] = {name: [] for name in COMMANDS}
    cpu: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(REPETITIONS + 1):
            for name, command in COMMANDS.items():
                if turn > LONG.get(name, REPETITIONS):
                    continue
                seconds = run(command, str(Path(folder)))
                wall[name].append(seconds[0])
                cpu[name].append(seconds[1])
    median = {name: percentile(values[1:], 50) for name, values in cpu.items()}
    median_wall = {name: percentile(values[1:], 50) for name, values in wall.items()}
    ratios = {f"{name}_to_bare_cpu": median[name] / median["bare"] for name in COMMANDS if name != "bare"}
    ratios |= {f"{name}_to_bare_wall": median_wall[name] / median_wall["bare"] for name in COMMANDS if name != "bare"}
    figures = {"benchmark": "start_up", "ratios": ratios, "bars": BARS, "bare_cpu_s": median["bare"], "n": REPETITIONS}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
