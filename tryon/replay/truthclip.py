"""Clips with known truth: a recipe made into video, with what is true of each frame and its tags beside it.

The same recipe, version and portrait make the same frames; on one machine also the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tryon import __version__
from tryon.errors import BadFrame
from tryon.frame import U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.perception import landmarks as at
from tryon.replay.anchors import FACE_POINTS
from tryon.replay.clip import ClipWriter
from tryon.replay.lighting import LIGHTS, lit
from tryon.replay.motion import Move
from tryon.replay.notes import ClipNotes, write_notes
from tryon.replay.recipe import Recipe
from tryon.replay.subject import Subject, seat
from tryon.replay.synth import Grain, Stage, Truth
from tryon.replay.tone import tag_of
from tryon.replay.truth import SCHEMA, TrueFrame, TruePose, TruthHead, write_truth

# From this σ on a clip carries the tag of a noisy sensor: twice that of a webcam in a lit room.
NOISY: Final = 6.0
# Digits of pixels, millimetres and degrees: a product of matrices may differ in its last bits from run to run.
DIGITS: Final = 6
# Of a face's points, how many must lie inside the picture for it to count as seen.
SEEN: Final = 0.5

Progress = Callable[[int, int], None]


def _silent(*_: object) -> None:
    """For callers who do not watch."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made. ``frames`` in all, and of them those with the face in the picture."""

    clip: Path
    truth: Path
    frames: int
    seen: int
    head: TruthHead


def make_clip(recipe: Recipe, out: Path, progress: Progress = _silent) -> Made:
    """Write the recipe's clip, its truth and its tags.

    Raises BadClip where ``out`` cannot be written, and what ``subject.seat`` raises. The clip appears when it is whole.
    """
    if recipe.portrait is not None and out.exists() and out.samefile(recipe.portrait):
        raise BadFrame(f"{out.name} is the portrait itself; choose another name for the clip.")
    with ClipWriter(out, recipe.width_px, recipe.height_px, recipe.fps, lossless=recipe.lossless) as writer:
        subject = seat(recipe)
        truths = []
        for bgr, truth in shots(recipe, subject):
            writer.write(bgr, truth.t_ms)
            truths.append(truth)
            progress(len(truths), round(recipe.seconds * recipe.fps))
    head = _head(recipe, subject, out.name)
    path = write_truth(out, head, truths)
    write_notes(out, ClipNotes(tags(recipe, head)))
    return Made(out, path, len(truths), sum(truth.visible for truth in truths), head)


def shots(recipe: Recipe, subject: Subject) -> Iterator[tuple[U8, TrueFrame]]:
    """The recipe's pictures, each with what is true of it."""
    camera = Camera.from_fov(recipe.width_px, recipe.height_px, recipe.fov_deg)
    stage = subject.head.stage(camera, face_px=recipe.face_px)
    distance_mm = float(stage.pose(Move()).translation_mm[2])
    # Half the picture and a whole face, at the head's distance.
    away_mm = distance_mm * camera.width_px / 2 / camera.focal_px + 1.2 * subject.head.face_mm
    script = recipe.script(distance_mm, away_mm)
    grain = Grain(recipe.width_px, recipe.height_px, recipe.noise, recipe.seed)
    for frame, pose in stage.frames(script, recipe.fps):
        truth = stage.truth(pose)
        # A sensor's noise comes after the light.
        yield (
            grain.on(lit(frame.bgr, LIGHTS[recipe.light], truth.points_px)),
            _true_frame(frame.sequence, frame.t_ms, truth, stage),
        )


def tags(recipe: Recipe, head: TruthHead) -> tuple[str, ...]:
    """The strata that a clip belongs to by the way it was made."""
    wanted = ["synthetic", tag_of(head.ita_deg)]
    wanted += ["motion"] if recipe.motion == "mixed" else [recipe.motion]
    wanted += [recipe.light] if recipe.light != "neutral" else []
    wanted += ["noise"] if recipe.noise >= NOISY else []
    return tuple(wanted)


def _true_frame(index: int, t_ms: float, truth: Truth, stage: Stage) -> TrueFrame:
    camera, points = stage.camera, truth.points_px[: at.SURFACE_COUNT]
    inside = (points[:, :2] > 0).all(axis=1) & (points[:, :2] < (camera.width_px, camera.height_px)).all(
        axis=1
    )
    seen = float(np.mean(inside & (points[:, 2] > 0)))
    anchors = {
        name: (_told(truth.points_px[point, 0]), _told(truth.points_px[point, 1]))
        for name, point in FACE_POINTS.items()
    }
    return TrueFrame(index, t_ms, seen >= SEEN, true_pose(truth.pose), anchors)


def true_pose(pose: Pose) -> TruePose:
    """A pose as the truth's file keeps it."""
    yaw, pitch, roll = (_told(angle) for angle in pose.yaw_pitch_roll_deg)
    x, y, z = (_told(value) for value in pose.translation_mm)
    return TruePose(yaw, pitch, roll, (x, y, z))


def _told(value: float) -> float:
    """Rounded; 0.0 is added because a rounded -0.0 is another text than 0.0."""
    return round(float(value), DIGITS) + 0.0


def _head(recipe: Recipe, subject: Subject, name: str) -> TruthHead:
    light = LIGHTS[recipe.light]
    return TruthHead(
        kind="truth",
        clip=name,
        width_px=recipe.width_px,
        height_px=recipe.height_px,
        fov_deg=recipe.fov_deg,
        fps=recipe.fps,
        pd_mm=subject.pd_mm,
        iris_mm=subject.iris_mm,
        motion=recipe.motion,
        noise=recipe.noise,
        light=recipe.light,
        white=light.white,
        exposure=light.exposure,
        ita_deg=subject.ita_deg,
        quality="lossless" if recipe.lossless else "crf",
        seed=recipe.seed,
        portrait=subject.portrait,
        version=__version__,
        schema=SCHEMA,
    )
