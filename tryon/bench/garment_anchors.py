"""How true and how still a garment sits: where its neckline, shoulders and hem are drawn, against where the landmarks
put them, and how far they move on a person who does not.

``python -m tryon.bench.garment_anchors`` prints the figures of ``tryon bench``; with clips of your own, those of them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon import jpeg
from tryon.bench.scene import FRAME_COUNT, FRAME_MS, moving_portrait
from tryon.config import Settings
from tryon.errors import PerceptionFailed, TryOnError
from tryon.frame import F64, U8, Frame, Rect
from tryon.geometry.figure import Figure, FigureFilter
from tryon.looks import Look, LookBook, LookItem
from tryon.overlays.base import Scene as Dressed
from tryon.overlays.drape import drape
from tryon.overlays.garment import Garment
from tryon.overlays.garment_parts import GRID, Parts
from tryon.perception.body import BodyTracker
from tryon.perception.face import FaceTracker
from tryon.pipeline import Engine, Pipeline
from tryon.replay import measures
from tryon.replay.clip import ClipReader

SKU: Final = "linden-tee"
ANCHORS: Final = ("neck_front", "right_shoulder", "left_shoulder", "hem_centre")
# A figure each, and which of the anchors it is the median of.
GROUPS: Final = {"neckline": (0,), "shoulders": (1, 2), "hem": (3,)}
# A body is found and its filters settle; what a shopper sees of that is measured elsewhere.
SETTLE_FRAMES: Final = 30
STILL_S: Final = 8.0
NOISE: Final = 4.0
# Every so manieth frame of the scene: shoulders then move by more than their width a second.
LIVELY: Final = 4
# A face 110 px wide: head, shoulders and chest are in the picture.
NEARER: Final = 0.55

Figures = dict[str, float]


def anchors_px(garment: Garment, figure: Figure, light: tuple[float, float]) -> F64:
    """Where the garment's ``ANCHORS`` are drawn on a figure, (4, 2), in the picture or beyond its edge."""
    torso = drape(garment.parts, garment.type, figure, light).torso
    return drawn_px(garment.parts, torso, np.stack([garment.parts.points[name] for name in ANCHORS]))


def drawn_px(parts: Parts, torso: F64, places: F64) -> F64:
    """Where places (n, 2) of the garment's textures are drawn by its draped torso, (n, 2): between four vertices."""
    rows, columns = GRID
    texels = parts.torso.texels.reshape(rows, columns, 2).astype(np.float64)
    drawn = torso[:, :2].reshape(rows, columns, 2)
    x, y = texels[0, :, 0], texels[:, 0, 1]
    column = np.clip(np.searchsorted(x, places[:, 0]) - 1, 0, columns - 2)
    row = np.clip(np.searchsorted(y, places[:, 1]) - 1, 0, rows - 2)
    s = ((places[:, 0] - x[column]) / (x[column + 1] - x[column]))[:, None]
    t = ((places[:, 1] - y[row]) / (y[row + 1] - y[row]))[:, None]
    upper = (1 - s) * drawn[row, column] + s * drawn[row, column + 1]
    lower = (1 - s) * drawn[row + 1, column] + s * drawn[row + 1, column + 1]
    return np.asarray((1 - t) * upper + t * lower, np.float64)


@dataclass(slots=True, eq=False)
class Watched:
    """A garment that tells where its anchors were drawn last, ``places_px``; None where nobody wore it."""

    garment: Garment
    kind: str = "garment"
    order: int = 10
    light: tuple[float, float] = (0.0, 0.0)
    places_px: F64 | None = None

    def forget(self) -> None:
        """Before a frame in which perhaps nobody is dressed."""
        self.places_px = None

    def draw(self, scene: Dressed) -> Rect | None:
        wearer = next(iter(scene.wearers.values()), None)
        self.light = scene.light.direction[0], scene.light.direction[1]
        self.places_px = None if wearer is None else anchors_px(self.garment, wearer.figure, self.light)
        return self.garment.draw(scene)


def garment(sku: str = SKU) -> Garment:
    """One of those that come with Tryon."""
    (overlay,) = LookBook().resolve((LookItem(sku),)).overlays
    if not isinstance(overlay, Garment):
        raise TypeError(f"{sku} is no garment")
    return overlay


def worn(
    frames: Iterable[Frame], watched: Watched, settings: Settings, engine: Engine
) -> Iterator[tuple[Frame, F64]]:
    """Each frame in which somebody wears the garment, and where its anchors are."""
    pipeline, look = Pipeline(settings), Look((watched,))
    for frame in frames:
        watched.forget()
        pipeline.process(frame, look, engine)
        if watched.places_px is not None:
            yield frame, watched.places_px


def truth(
    frames: Iterable[Frame], watched: Watched, settings: Settings, engine: Engine, settle: int = SETTLE_FRAMES
) -> Figures:
    """Medians over the frames after the first ``settle``, in percent of the shoulders' width: how far anchors are from
    where this very frame's landmarks put them, for which the network runs on every frame and nothing is smoothed.
    Raises PerceptionFailed where nobody is dressed."""
    faces, bodies = FaceTracker(settings.max_faces), BodyTracker(rests=False)
    away = []
    for number, (frame, places) in enumerate(worn(frames, watched, settings, engine)):
        body = bodies.observe(frame, faces.observe(frame, engine.model).faces, engine.body)
        if body is None or number < settle:
            continue
        figure = FigureFilter().update(body, frame.height_px, frame.t_ms)
        put = anchors_px(watched.garment, figure, watched.light)
        away.append(np.hypot(*(places - put).T) / figure.width_px)
    if not away:
        raise PerceptionFailed(
            f"Nobody wears the garment for {settle + 1} frames; use a longer clip of one person."
        )
    percent = 100 * np.array(away)
    return {f"{name}_percent": float(np.median(percent[:, list(rows)])) for name, rows in GROUPS.items()}


def stillness(
    frames: Iterable[Frame], watched: Watched, settings: Settings, engine: Engine, settle: int = SETTLE_FRAMES
) -> Figures:
    """How far neckline and shoulders, and the hem, of somebody who holds still move, from their mean and from frame to
    frame, RMS. Raises PerceptionFailed where nobody is dressed."""
    places = np.array([places for _, places in worn(frames, watched, settings, engine)])[settle:]
    if len(places) < 2:
        raise PerceptionFailed("Nobody wears the garment in these frames.")
    worn_high, hem = places[:, :-1], places[:, -1:]
    return {
        "jitter_px": measures.jitter_px(worn_high),
        "step_px": measures.step_px(worn_high),
        "hem_jitter_px": measures.jitter_px(hem),
        "hem_step_px": measures.step_px(hem),
    }


def still_frames(bgr: U8, seconds: float, noise: float) -> Iterator[Frame]:
    """One picture again and again, each time with another sensor's noise."""
    random = np.random.default_rng(2)
    for number in range(SETTLE_FRAMES + round(seconds * 1000 / FRAME_MS)):
        grain = random.normal(0.0, noise, bgr.shape) if noise else 0.0
        yield Frame(np.clip(bgr + grain + 0.5, 0, 255).astype(np.uint8), number * FRAME_MS)


def measure(settings: Settings, engine: Engine, still_s: float = STILL_S) -> dict[str, Figures]:
    """Figures by case, on the benchmark's portrait from further away. Raises PerceptionFailed."""
    scene = moving_portrait(settings.jpeg_quality, FRAME_COUNT, nearer=NEARER)
    watched = Watched(garment())
    bgr = jpeg.decode(scene.at(0))
    return {
        "calm": truth(_played(scene.jpegs), watched, settings, engine),
        "lively": truth(_played(scene.jpegs[::LIVELY] * 3), watched, settings, engine),
        "still_noise4": stillness(still_frames(bgr, still_s, NOISE), watched, settings, engine),
    }


def _played(jpegs: Sequence[bytes]) -> Iterator[Frame]:
    return (Frame(jpeg.decode(picture), number * FRAME_MS) for number, picture in enumerate(jpegs))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure where a garment's neckline, shoulders and hem are drawn; on the benchmark's scene, or on clips."""
    parser = argparse.ArgumentParser(prog="python -m tryon.bench.garment_anchors", description=main.__doc__)
    parser.add_argument("clip", nargs="*", type=Path, help="recordings of your own")
    clips = parser.parse_args(arguments).clip
    settings = Settings().model_copy(update={"catalogue_dir": None})
    found: dict[str, Figures] = {}
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with closing(Engine(settings)) as engine:
            if not clips:
                found = measure(settings, engine)
            for path in clips:
                with ClipReader(path) as clip:
                    found[path.name] = truth(clip, Watched(garment()), settings, engine)
    except TryOnError as error:
        parser.error(str(error))
    finally:
        cv2.setNumThreads(threads)
    print(json.dumps(found, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
