"""How still, how prompt and how true: the mirror's own pipeline on a synthetic head whose pose is known."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from tryon import jpeg
from tryon.bench.scene import HEIGHT_PX, WIDTH_PX
from tryon.config import Settings
from tryon.errors import PerceptionFailed
from tryon.frame import Frame
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.looks import BARE
from tryon.pipeline import Engine, Pipeline
from tryon.replay import measures
from tryon.replay.motion import Motion, Move, still, yaw
from tryon.replay.proportions import Proportions
from tryon.replay.synth import FACE_MIDDLE_MM, Stage, SyntheticHead
from tryon.resources import portrait

FPS: Final = 30.0
FRAME_MS: Final = 1000 / FPS
# A face is found, its size and its filters settle; what a shopper sees of that is measured elsewhere.
SETTLE_FRAMES: Final = 30
NOISE: Final = 4.0
# A poor uplink's JPEG.
QUALITY: Final = 60
TURN_DEG: Final = 25.0
TURN_DEG_PER_S: Final = 60.0
TURN_S: Final = 8.0
# How people look at themselves in a mirror: they turn further than they nod.
YAWS_DEG: Final = (-30.0, -15.0, 0.0, 15.0, 30.0)
PITCHES_DEG: Final = (-15.0, 0.0, 15.0)
ROLLS_DEG: Final = (-20.0, 0.0, 20.0)
GRID_FRAMES: Final = 3

# What a shopper does: looks at the camera for a moment, then turns this way and that, nods and tilts a little, sways.
# So far (degrees, millimetres), and to and fro in so many seconds.
SESSION_S: Final = 14.0
SESSION_REST_S: Final = 1.0
SESSION_SWING_S: Final = 2.0
SESSION: Final = (
    ("yaw_deg", 35.0, 5.0),
    ("pitch_deg", 9.0, 3.7),
    ("roll_deg", 7.0, 6.1),
    ("x_mm", 12.0, 7.0),
)
# And one who looks at the camera and then turns as far as glasses are to follow, one way after the other, to and fro
# once in so many seconds.
FAR: Final = (("yaw_deg", 50.0, 6.0), ("pitch_deg", 30.0, 5.0), ("roll_deg", 30.0, 5.0))
# The same skin on heads that are flatter, deeper and wider than the mean one.
SHAPES: Final = (
    Proportions(),
    Proportions(depth=0.86, nose_mm=-3.0),
    Proportions(depth=1.14, height=1.03, nose_mm=4.0),
    Proportions(width=1.1),
)

Figures = dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Studio:
    stage: Stage
    settings: Settings
    engine: Engine

    def wear(self, shots: Iterable[tuple[Frame, Pose]]) -> Iterator[tuple[float, Pose, Head]]:
        """Time, true pose and what the pipeline makes of each frame. Raises PerceptionFailed where it sees no face."""
        pipeline = Pipeline(self.settings)
        for frame, truth in shots:
            heads = pipeline.process(frame, BARE, self.engine).heads
            if not heads:
                raise PerceptionFailed("The tracker lost the synthetic head.")
            yield frame.t_ms, truth, heads[0]


def portrait_head(engine: Engine) -> SyntheticHead:
    """The head that the portrait makes, which takes seconds. Raises PerceptionFailed."""
    bgr = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
    return SyntheticHead.from_portrait(np.asarray(bgr, np.uint8), engine.model)


def measure(
    settings: Settings,
    head: SyntheticHead,
    engine: Engine,
    still_s: float,
    say: Callable[[str], None],
    grid_step: int = 1,
) -> dict[str, Figures]:
    """Figures by case; ``still_s`` is how long the still head is watched, and of the grid every ``grid_step``-th pose.
    Raises PerceptionFailed."""
    camera = Camera.from_fov(WIDTH_PX, HEIGHT_PX, settings.horizontal_fov_deg)
    studio = _Studio(head.stage(camera), settings, engine)
    say("measuring the tracker on a head of known pose")
    return {
        "still_identical": _still(studio, still_s, 0.0),
        "still_noise4": _still(studio, still_s, NOISE),
        "still_noise4_q60": _still(studio, still_s, NOISE, QUALITY),
        "yaw60": _turning(studio, min(still_s, TURN_S)),
        "pose_grid": _grid(studio, grid_step),
        "session": _sessions(studio, head, still_s),
        "far": _far(studio, still_s),
    }


def _still(studio: _Studio, seconds: float, noise: float, quality: int | None = None) -> Figures:
    motion = still(seconds * 1000 + SETTLE_FRAMES * FRAME_MS, studio.stage.rest)
    corners = np.array(
        [
            measures.frame_corners_px(head.pose, head.camera)
            for _, _, head in studio.wear(_sent(studio.stage.frames(motion, FPS, noise), quality))
        ]
    )[SETTLE_FRAMES:]
    return {"jitter_px": measures.jitter_px(corners), "step_px": measures.step_px(corners)}


def _sent(shots: Iterable[tuple[Frame, Pose]], quality: int | None) -> Iterator[tuple[Frame, Pose]]:
    """The shots as a JPEG of that quality leaves them; untouched for None."""
    for frame, pose in shots:
        if quality is None:
            yield frame, pose
        else:
            yield replace(frame, bgr=jpeg.decode(jpeg.encode(frame.bgr, quality))), pose


def _turning(studio: _Studio, seconds: float) -> Figures:
    motion = yaw(TURN_DEG, TURN_DEG_PER_S, max(seconds, 2.0) * 1000, steady=True)
    seen = [
        (
            t_ms,
            truth.yaw_pitch_roll_deg[0],
            head.pose.yaw_pitch_roll_deg[0],
            head.raw_pose.yaw_pitch_roll_deg[0],
        )
        for t_ms, truth, head in studio.wear(studio.stage.frames(motion, FPS, NOISE))
    ]
    t_ms, true_deg, seen_deg, raw_deg = (np.array(column) for column in zip(*seen, strict=True))
    lag_ms = measures.lag_ms(t_ms, true_deg, seen_deg)
    return {
        "lag_ms": lag_ms,
        "lag_frames": lag_ms / FRAME_MS,
        "gain": measures.gain(true_deg, seen_deg)[0],
        "overshoot_deg": measures.overshoot(raw_deg, seen_deg),
        "overshoot_percent": 100 * measures.overshoot(raw_deg, seen_deg) / TURN_DEG,
    }


def _grid(studio: _Studio, step: int) -> Figures:
    """Each pose of the grid for itself, as a face that has just come into view and holds still."""
    truths, seen = [], []
    poses = itertools.product(YAWS_DEG, PITCHES_DEG, ROLLS_DEG)
    for yaw_deg, pitch_deg, roll_deg in itertools.islice(poses, 0, None, step):
        motion = still(GRID_FRAMES * FRAME_MS, Move(yaw_deg=yaw_deg, pitch_deg=pitch_deg, roll_deg=roll_deg))
        *_, (_, truth, head) = studio.wear(studio.stage.frames(motion, FPS, NOISE))
        truths.append(truth)
        seen.append(head.pose)
    errors = measures.pose_errors(truths, seen)
    bridge, tips = _shown_off_mm(truths, seen, studio.stage.camera)
    return {
        "rotation_deg": errors.rotation_deg,
        "rotation_deg_max": errors.rotation_deg_max,
        "rotation_deg_centred": errors.rotation_deg_centred,
        "distance_percent": errors.distance_percent,
        "distance_percent_max": errors.distance_percent_max,
        "distance_percent_centred": errors.distance_percent_centred,
        "bridge_mm": bridge,
        "temple_tip_mm": tips,
    }


def shopper(seconds: float) -> Motion:
    """How a shopper looks at themselves."""

    def at(t_ms: float) -> Move:
        after = max(t_ms / 1000 - SESSION_REST_S, 0.0)
        part = min(after / SESSION_SWING_S, 1.0)
        return Move(
            **{name: part * far * math.sin(2 * math.pi * after / period) for name, far, period in SESSION}
        )

    return Motion("shopper", seconds * 1000, at)


def _sessions(studio: _Studio, head: SyntheticHead, seconds: float) -> Figures:
    """Heads of several shapes as shoppers move: means over all frames after the first second, and over the frames of
    the head that is told worst."""
    seconds = min(seconds + 2 * SESSION_REST_S, SESSION_S)
    camera = studio.stage.camera
    heads = []
    for shape in SHAPES if seconds == SESSION_S else SHAPES[:1]:
        shop = replace(studio, stage=head.reshaped(shape).stage(camera))
        shots = itertools.islice(
            shop.wear(shop.stage.frames(shopper(seconds), FPS, NOISE)), SETTLE_FRAMES, None
        )
        truths, seen = zip(*((truth, found.pose) for _, truth, found in shots), strict=True)
        errors = measures.pose_errors(truths, seen)
        heads.append((errors.rotation_deg, errors.rotation_deg_centred, *_shown_off_mm(truths, seen, camera)))
    rotation, centred, bridge, tips = np.mean(heads, axis=0)
    return {
        "rotation_deg": float(rotation),
        "rotation_deg_first": heads[0][0],
        "rotation_deg_worst": max(each[0] for each in heads),
        "rotation_deg_centred": float(centred),
        "bridge_mm": float(bridge),
        "temple_tip_mm": float(tips),
    }


def far(part: float = 1.0) -> Motion:
    """To the ends of what is followed, or a ``part`` of the way, as fast."""

    def at(t_ms: float) -> Move:
        after = t_ms / 1000 - SESSION_REST_S
        for name, most, period in FAR:
            if 0 <= after < part * period:
                return Move(**{name: part * most * math.sin(2 * math.pi * after / (part * period))})
            after -= part * period
        return Move()

    seconds = SESSION_REST_S + part * sum(period for _, _, period in FAR)
    return Motion("far", seconds * 1000, at)


def _far(studio: _Studio, seconds: float) -> Figures:
    """About the middle of the face, so that it stays in the picture: the mean error of each way. In less time it turns
    less far."""
    part = min(seconds / sum(period for _, _, period in FAR), 1.0)
    shots = studio.stage.frames(far(part), FPS, NOISE, about_mm=FACE_MIDDLE_MM)
    missed = [
        (t_ms / 1000, measures.rotation_error_deg(truth, found.pose))
        for t_ms, truth, found in studio.wear(shots)
    ]
    figures, begin = {}, SESSION_REST_S
    for name, most, period in FAR:
        there = [angle for t_s, angle in missed if begin <= t_s < begin + part * period]
        figures[f"{name.removesuffix('_deg')}{most:.0f}_deg"] = float(np.mean(there))
        begin += part * period
    return figures


def _shown_off_mm(truths: Sequence[Pose], seen: Sequence[Pose], camera: Camera) -> tuple[float, float]:
    """How far from their true places a frame's bridge and its temples' tips are drawn, means."""
    pairs = list(zip(truths, seen, strict=True))
    bridge, tips = (
        float(np.mean([measures.shown_off_mm(truth, pose, camera, place) for truth, pose in pairs]))
        for place in (measures.BRIDGE_MM, measures.TEMPLE_TIPS_MM)
    )
    return bridge, tips
