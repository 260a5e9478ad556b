"""Enhance a folder of partitions, then again with one per cent of them new; print ratios and the peak as JSON.

``--rows`` in all, in ``--parts`` Parquet files of the same size, each read, enhanced by the kernel and written in turn.
The rate is compared with that of one partition in memory plus reading and writing it, in this run; the peak of memory
is that of the process. Run it with ``--rows 100_000_000`` on a calm machine: files of 9 GB in all are written.
"""

import argparse
import json
import resource
import shutil
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import polars as pl
from enhancement_engines import COLUMNS, WINDOW, ticks, timed

from allause_enhancer import EnhancerConfig
from allause_enhancer.engine import run
from allause_enhancer.partitions import enhance_partitions
from allause_enhancer.tables.exchange import take

CONFIG = EnhancerConfig(window=WINDOW, columns=COLUMNS, keep=("symbol", "ts_event"), engine="kernel")
BARS = {
    "rate_by_partition_to_rate_in_memory_plus_files": (">=", 0.8),
    "new_partitions_to_full_run": ("<=", 0.03),
    "peak_gb": ("<=", 4.0),
}


def peak_gb() -> float:
    """Return the largest memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Run and print.

    Raises:
        SystemExit: other partitions were computed than those that are new.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=5_000_000)
    parser.add_argument("--parts", type=int, default=100)
    options = parser.parse_args()
    table = ticks(options.rows // options.parts)
    with TemporaryDirectory() as name:
        source, target, one = Path(name, "source"), Path(name, "target"), Path(name, "one.parquet")
        source.mkdir()
        table.write_parquet(one)
        for number in range(options.parts):
            shutil.copyfile(one, source / f"part-{number:04d}.parquet")
        alone = timed(lambda: pl.read_parquet(one)) + timed(lambda: run(take(table), CONFIG))
        alone += timed(partial(run(take(table), CONFIG).write_parquet, Path(name, "answer.parquet")))
        begun = perf_counter()
        done = enhance_partitions(source, target, CONFIG)
        full = perf_counter() - begun
        new = max(1, options.parts // 100)
        for number in range(new):
            shutil.copyfile(one, source / f"part-{options.parts + number:04d}.parquet")
        begun = perf_counter()
        again = enhance_partitions(source, target, CONFIG)
        rerun = perf_counter() - begun
    if (len(done.computed), len(again.computed), len(again.kept)) != (options.parts, new, options.parts):
        raise SystemExit(f"expected {options.parts} partitions and then {new}, found {len(again.computed)} new ones")
    figures = {
        "rate_by_partition_to_rate_in_memory_plus_files": options.parts * alone / full,
        "new_partitions_to_full_run": rerun / full,
        "peak_gb": peak_gb(),
    }
    held = {
        name: {"bar": f"{way} {bar}", "met": figures[name] >= bar if way == ">=" else figures[name] <= bar}
        for name, (way, bar) in BARS.items()
    }
    print(
        json.dumps(
            {
                "benchmark": "partitions", "ratios": figures, "bars": held, "n": table.height * options.parts,
                "parts": options.parts, "seconds": {"full": full, "rerun": rerun, "one_alone": alone},
            }
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
