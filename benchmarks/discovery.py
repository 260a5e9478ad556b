"""Discovery of 1,000 and of 10,000 installed components: the ratio of their medians, interleaved, in CPU seconds.

Prints one JSON object. Ten times the components may cost at most twelve times as much.
"""

import json
import tempfile
from pathlib import Path
from time import process_time

from allause.discovery import discover
from allause.measurement import percentile

SIZES = (1_000, 10_000)
REPETITIONS = 5
BAR = 12.0


def install(folder: Path, number: int) -> None:
    """Write the metadata of one distribution with one component."""
    info = folder / f"vendor_{number}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vendor-{number}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[allause.analytics]\nengine-{number} = vendor_{number}:Engine\n")


def main() -> None:
    """Measure both sizes in turn and print the ratio of the medians."""
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    with tempfile.TemporaryDirectory() as name:
        for size in SIZES:
            for number in range(size):
                install(Path(name, str(size)), number)
        for _ in range(REPETITIONS + 1):
            for size in SIZES:
                start = process_time()
                found = discover([str(Path(name, str(size)))])
                seconds[size].append(process_time() - start)
                if len(found) != size:
                    raise SystemExit(f"{len(found)} components were found, expected {size}")
    few, many = (percentile(seconds[size][1:], 50) for size in SIZES)
    ratios = {"ten_times_the_components": many / few}
    print(json.dumps({"benchmark": "discovery", "ratios": ratios, "bar": BAR, "thousand_s": few, "n": REPETITIONS}))


if __name__ == "__main__":
    main()
