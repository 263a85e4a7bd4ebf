"""How far apart the irises' middles are told, beside the scale: by the picture's limbus and by landmarks.

The synthetic heads' own irises are where the landmark network found them in a portrait, so they cannot judge it. Here
irises of known place are painted over them, of several colours, looking a little aside, and the same frame is read both
ways.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Final

import numpy as np

from tryon.bench.scene import HEIGHT_PX, WIDTH_PX
from tryon.bench.sizes import FRAME_MS, HEADS, NOISE
from tryon.config import Settings
from tryon.frame import F64, Frame
from tryon.geometry.camera import Camera
from tryon.geometry.limbus import middles
from tryon.geometry.sizes import ROTATION_MM
from tryon.looks import BARE
from tryon.perception import landmarks as at
from tryon.pipeline import Engine, Pipeline
from tryon.replay import irises
from tryon.replay.motion import Move
from tryon.replay.synth import Grain, SyntheticHead

# The face's width in the picture, and where the eyes look (mm across, each eye's own).
FACES_PX: Final = (170.0, 260.0)
GAZES_MM: Final = ((0.5, -0.5), (1.6, 1.2), (-1.3, -1.7))
YAWS_DEG: Final = (0.0, 6.0, -6.0)
SETTLE_FRAMES: Final = 6
FRAMES: Final = 4
CENTRES: Final = [at.RIGHT_IRIS_CENTRE, at.LEFT_IRIS_CENTRE]


def measure(
    settings: Settings, head: SyntheticHead, engine: Engine, pictures: int, say: Callable[[str], None]
) -> dict[str, float]:
    """Mean absolute errors and the worst one in mm, and in percent of how many frames the limbus was seen, on so many
    pictures, of which twelve differ."""
    say("measuring pupils, with painted irises")
    told: list[tuple[float, float]] = []
    sitters = itertools.cycle(zip(HEADS, GAZES_MM, YAWS_DEG, strict=True))
    others = itertools.cycle(zip(irises.COLOURS, itertools.cycle(FACES_PX), strict=False))
    for number, (shape, gaze, yaw), (colour, face_px) in zip(range(pictures), sitters, others, strict=False):
        told += _read(settings, head.reshaped(shape), engine, (face_px, gaze, yaw, colour, number))
    seen, marked = np.array(told).T
    clear = np.isfinite(seen)
    return {
        "painted_seen_percent": 100 * float(clear.mean()),
        "painted_pd_error_mm": float(np.abs(seen[clear]).mean()) if clear.any() else math.nan,
        "painted_pd_error_mm_max": float(np.abs(seen[clear]).max()) if clear.any() else math.nan,
        "painted_pd_error_mm_landmarks": float(np.abs(marked).mean()),
        "painted_pd_error_mm_max_landmarks": float(np.abs(marked).max()),
    }


def _read(
    settings: Settings,
    head: SyntheticHead,
    engine: Engine,
    case: tuple[float, tuple[float, float], float, str, int],
) -> list[tuple[float, float]]:
    """Errors of one picture's frames in mm, by the limbus (NaN where it was not seen) and by landmarks."""
    face_px, gaze_mm, yaw_deg, colour, seed = case
    camera = Camera.from_fov(WIDTH_PX, HEIGHT_PX, settings.horizontal_fov_deg)
    stage = head.stage(camera, face_px=face_px)
    pose = stage.pose(Move(yaw_deg=yaw_deg))
    points = head.points_mm.copy()
    points[CENTRES, 2] = points[CENTRES, 2].mean()
    points[CENTRES, 0] += gaze_mm
    seen = pose.to_camera(points)
    px_per_mm = camera.focal_px / float(seen[CENTRES, 2].mean())
    places = camera.project(seen[CENTRES])
    aslant = math.cos(math.radians(yaw_deg) + math.atan2(float(np.mean(gaze_mm)), ROTATION_MM))
    bgr = irises.painted(stage.render(pose), camera.project(seen), places, colour, px_per_mm, aslant)
    true_px = _apart(places)
    pipeline, grain, errors = Pipeline(settings), Grain(WIDTH_PX, HEIGHT_PX, NOISE, seed), []
    for number in range(SETTLE_FRAMES + FRAMES):
        frame = Frame(grain.on(bgr), number * FRAME_MS)
        heads = pipeline.process(frame, BARE, engine).heads
        if number < SETTLE_FRAMES or not heads:
            continue
        found = middles(frame.bgr, heads[0])
        by_limbus = math.nan if found is None else (_apart(found) - true_px) / px_per_mm
        landmarks = heads[0].points_px[CENTRES, :2].astype(np.float64)
        errors.append((by_limbus, (_apart(landmarks) - true_px) / px_per_mm))
    return errors


def _apart(places_px: F64) -> float:
    return float(np.linalg.norm(places_px[1] - places_px[0]))
