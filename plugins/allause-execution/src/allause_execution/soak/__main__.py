"""``python -m allause_execution.soak``: trade through kills and restarts, and say what broke."""

import argparse
import json
import sys
from pathlib import Path
from tempfile import mkdtemp

import attrs

from allause_execution.soak.run import soak


def main() -> None:
    """Read the options, run, and print one JSON object; the exit code is 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m allause_execution.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=None, help="how long; 1 when no number of kills is given")
    parser.add_argument("--kills", type=int, default=None, help="how many processes to kill")
    parser.add_argument("--orders", type=int, default=200, help="of each run; a new one follows where one ends")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of death")
    parser.add_argument("--directory", type=Path, default=None, help="where to; kept when something is wrong")
    options = parser.parse_args()
    if options.directory is not None:
        options.directory.mkdir(parents=True, exist_ok=True)
    directory = options.directory or Path(mkdtemp(prefix="allause-soak-"))
    minutes = 1.0 if options.minutes is None and options.kills is None else options.minutes
    seconds = None if minutes is None else 60 * minutes
    summary = soak(directory, orders=options.orders, seed=options.seed, seconds=seconds, kills=options.kills)
    sys.stdout.write(json.dumps(attrs.asdict(summary), indent=2) + "\n")
    sys.exit(bool(summary.wrong))


if __name__ == "__main__":
    main()
