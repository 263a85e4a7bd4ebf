"""How much quicker two local workers replay than one: ``python -m tryon.bench.workers`` measures and tells.

The takes are what ``tryon replay --out FOLDER/`` makes of the benchmark's own clip: records, pixel measures, a video.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from tryon.bench.replay import write_clip
from tryon.bench.scene import Scene, moving_portrait
from tryon.config import Settings
from tryon.errors import ClusterFailed
from tryon.qa.cluster import Place, Standing, run_takes
from tryon.replay.sources import Source
from tryon.replay.takes import TakeTask

SKU: Final = "harbour-black"
WORKERS: Final = (1, 2)
TAKES: Final = 4
ROUNDS: Final = 3
# The scene this often in a row: twenty-four seconds of video.
LOOPS: Final = 8
CLIP: Final = "bench.mp4"
BAR: Final = 1.8


def measure(
    settings: Settings,
    scene: Scene,
    say: Callable[[str], None],
    *,
    workers: Sequence[int] = WORKERS,
    takes: int = TAKES,
    rounds: int = ROUNDS,
    loops: int = LOOPS,
) -> dict[int, list[float]]:
    """Frames a second of all takes together by the number of local workers, once a round, in turn.

    The clock runs from the first frame that a worker tells of to the last take's end: starting workers is left out, as
    it would be of an hour of clips; that takes two takes or more. Raises ClusterFailed where a take fails, and
    ConfigError without Dask.
    """
    found: dict[int, list[float]] = {count: [] for count in workers}
    with tempfile.TemporaryDirectory(prefix="tryon-bench-") as place:
        folder = Path(place)
        frames = write_clip(scene, folder / CLIP, loops)
        source = Source((folder / CLIP,), CLIP)
        for number in range(rounds):
            for count in workers:
                say(f"round {number + 1} of {rounds}: {takes} takes of {frames} frames on {count} worker(s)")
                out = folder / f"{number}-{count}"
                out.mkdir()
                tasks = [
                    TakeTask(source, SKU, out / f"{take}.mp4", records=out / f"{take}.jsonl", probes=True)
                    for take in range(takes)
                ]
                found[count].append(_frames_a_second(tasks, settings, count))
    return found


def _frames_a_second(tasks: Sequence[TakeTask], settings: Settings, workers: int) -> float:
    seen: list[tuple[float, int]] = []

    def watch(standing: Standing) -> None:
        if standing.frames:
            seen.append((time.perf_counter(), standing.frames))

    run = run_takes(tasks, settings, Place(workers), watch=watch)
    for take in run.takes:
        if take.error is not None:
            raise ClusterFailed(f"The benchmark's own clip was not replayed: {take.error}")
    (first_s, before), (last_s, frames) = seen[0], seen[-1]
    return (frames - before) / (last_s - first_s)


def table(found: dict[int, list[float]]) -> str:
    """The figures for people: medians, and more workers over the fewest."""
    rates = {count: float(np.median(values)) for count, values in found.items()}
    least = min(rates)
    lines = [f"{count} worker(s): {rate:.1f} frames/s" for count, rate in rates.items()]
    lines += [
        f"{count} over {least}: {rate / rates[least]:.2f} (bar {BAR:g} for two over one)"
        for count, rate in rates.items()
        if count != least
    ]
    return "\n".join(lines) + "\n"


def _say(line: str) -> None:
    sys.stderr.write(f"{line} …\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure how much quicker two local workers replay than one; wants two free cores."""
    parser = argparse.ArgumentParser(prog="python -m tryon.bench.workers", description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each number of workers [{ROUNDS}]")
    chosen = parser.parse_args(arguments)
    settings = Settings(threads=1)
    scene = moving_portrait(settings.jpeg_quality)
    found = measure(settings, scene, _say, rounds=chosen.rounds)
    sys.stdout.write(table(found))


if __name__ == "__main__":
    main()
