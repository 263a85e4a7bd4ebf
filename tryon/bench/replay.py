"""How fast a recorded clip is replayed, against the live server's whole frame measured beside it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from tryon import jpeg
from tryon.bench.courses import Worn
from tryon.bench.scene import FRAME_MS, HEIGHT_PX, WIDTH_PX, Scene
from tryon.config import Settings
from tryon.errors import PerceptionFailed
from tryon.looks import LookBook
from tryon.pipeline import Engine
from tryon.replay.clip import ClipWriter
from tryon.replay.runner import run_take
from tryon.replay.sources import Source
from tryon.replay.takes import TakeTask, parse_look

# The scene this often in a row: opening a clip and finding its face count, but not for more than in a real one.
LOOPS: Final = 2
CLIP: Final = "bench.mp4"
# x264's usual rate factor: 0.8 Mbit/s for this scene, as recordings of webcams have.
CLIP_CRF: Final = 23


def measure(
    settings: Settings,
    scene: Scene,
    sku: str,
    rounds: int,
    say: Callable[[str], None],
    loops: int = LOOPS,
) -> dict[str, float]:
    """Frames a second of takes with records alone, with probes too, and with a video; and each over the frames a second
    that the live server's whole frame would allow, the median of ``rounds``. The clip is the scene ``loops`` times."""
    say(f"measuring replays, {rounds} rounds")
    book = LookBook(settings.catalogue_dir)
    look = book.resolve(parse_look(sku))
    with tempfile.TemporaryDirectory(prefix="tryon-bench-") as place, closing(Engine(settings)) as engine:
        folder = Path(place)
        frames = write_clip(scene, folder / CLIP, loops)
        engine.warm_up(lambda _step, _share: None)
        plain = TakeTask(Source((folder / CLIP,), CLIP), sku, records=folder / "take.jsonl")
        tasks = {
            "": plain,
            "_with_pixels": replace(plain, probes=True),
            "_with_video": replace(plain, video=folder / "take.mp4"),
        }

        def live_ms() -> float:
            worn = Worn("live", look, "whole", settings, engine)
            begun = time.perf_counter()
            for number in range(frames):
                worn.frame(number, scene.at(number))
            return (time.perf_counter() - begun) * 1e3 / frames

        def take_ms(task: TakeTask) -> float:
            outcome = run_take(task, engine, settings, book)
            if outcome.end.error is not None or outcome.end.frames != frames:
                raise PerceptionFailed(f"The benchmark's own clip was not replayed: {outcome.end.error}")
            return outcome.wall_s * 1e3 / frames

        for task in tasks.values():
            take_ms(task)
        took: dict[str, list[float]] = {name: [] for name in tasks}
        ratios: dict[str, list[float]] = {name: [] for name in tasks}
        before = live_ms()
        for _ in range(rounds):
            for name, task in tasks.items():
                ms = take_ms(task)
                after = live_ms()
                took[name].append(ms)
                ratios[name].append((before + after) / 2 / ms)
                before = after
    figures: dict[str, float] = {}
    for name in tasks:
        figures[f"fps{name}"] = float(1e3 / np.median(took[name]))
        figures[f"ratio{name}"] = float(np.median(ratios[name]))
    return figures


def write_clip(scene: Scene, path: Path, loops: int) -> int:
    """The scene as a clip, again and again; how many frames it has."""
    frames = loops * len(scene.jpegs)
    with ClipWriter(path, WIDTH_PX, HEIGHT_PX, 1000 / FRAME_MS, crf=CLIP_CRF) as writer:
        for number in range(frames):
            writer.write(jpeg.decode(scene.at(number)), number * FRAME_MS)
    return frames
