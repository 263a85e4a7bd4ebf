"""Whether the temple on a turned head's far side is ever drawn over its face: on heads whose outline is known.

Both temples of a black frame are drawn alone, seated as the whole frame is, by what the mirror's own pipeline has seen
of the head. Of the far one no pixel may lie on the true face; the near one is counted, too, for a temple that is not
drawn at all hides well.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.bench.scene import HEIGHT_PX, WIDTH_PX
from tryon.catalogue.house_range import frames as house_frames
from tryon.catalogue.parametric import build_frame
from tryon.config import Settings
from tryon.errors import PerceptionFailed
from tryon.frame import F64, Frame
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.steady import Head
from tryon.looks import BARE
from tryon.overlays.base import Scene
from tryon.overlays.eyewear import Eyewear
from tryon.overlays.light import LightEstimate
from tryon.perception import landmarks as at
from tryon.pipeline import Engine, Pipeline
from tryon.render.draw import Rasteriser
from tryon.render.mesh import Mesh
from tryon.replay.motion import Move
from tryon.replay.synth import Grain, Stage, SyntheticHead

SKU: Final = "harbour-black"
DETAIL: Final = 0.5
# By the case that the figures are told under.
CASES: Final = {"turned35": (-35.0, -20.0, 20.0, 35.0), "turned50": (-50.0, 50.0)}
PITCHES_DEG: Final = (-12.0, 0.0, 12.0)
FACE_PART: Final = 0.27
# As a shopper does: a look at the camera, a turn, a moment's rest. In frames.
FRONTAL: Final = 12
TURNING: Final = 15
STILL: Final = 6
FRAME_MS: Final = 33.3
NOISE: Final = 4.0
SKIN: Final = (120, 140, 180)
# Darker than skin and any shadow on it.
INK: Final = 90
# An edge is as soft as the camera and the drawing are, and belongs to both of its sides.
EDGE_PX: Final = 3


def measure(
    settings: Settings, head: SyntheticHead, engine: Engine, say: Callable[[str], None], step: int = 1
) -> dict[str, dict[str, float]]:
    """For each case the pixels of the far temple on the true face, all poses together, and the fewest of the near one
    in any. With ``step`` only every so manieth pose. Raises PerceptionFailed."""
    say("looking for far temples on the face")
    mesh = build_frame(house_frames()[SKU][2], DETAIL)
    temples = {side: _only(mesh, side) for side in ("left", "right")}
    camera = Camera.from_fov(WIDTH_PX, HEIGHT_PX, settings.horizontal_fov_deg)
    stage = head.stage(camera, face_px=FACE_PART * WIDTH_PX)
    rasteriser = Rasteriser()
    told = {}
    for case, yaws in CASES.items():
        over, near = 0, []
        for number, (yaw, pitch) in enumerate(itertools.product(yaws, PITCHES_DEG)):
            if number % step:
                continue
            seen = _seen(settings, engine, stage, yaw, pitch, number)
            # Turned to the wearer's left, the left side is the far one.
            far_side, near_side = ("left", "right") if yaw > 0 else ("right", "left")
            face = _face(stage.truth(stage.pose(Move(yaw_deg=yaw, pitch_deg=pitch))).points_px)
            over += int((_inked(temples[far_side], seen, rasteriser) & face).sum())
            near.append(int(_inked(temples[near_side], seen, rasteriser).sum()))
        told[case] = {"far_temple_px": float(over), "near_temple_px_min": float(min(near))}
    return told


def _seen(settings: Settings, engine: Engine, stage: Stage, yaw: float, pitch: float, seed: int) -> Head:
    """What the mirror makes of a head that looks at the camera, turns and holds still. Raises PerceptionFailed where it
    sees none."""
    pipeline, grain = Pipeline(settings), Grain(WIDTH_PX, HEIGHT_PX, NOISE, seed)
    shares = [*[0.0] * FRONTAL, *np.linspace(0.0, 1.0, TURNING), *[1.0] * STILL]
    for number, share in enumerate(shares):
        bgr = stage.render(stage.pose(Move(yaw_deg=yaw * share, pitch_deg=pitch * share)))
        heads = pipeline.process(Frame(grain.on(bgr), number * FRAME_MS), BARE, engine).heads
    if not heads:
        raise PerceptionFailed("The tracker lost the synthetic head.")
    return heads[0]


def _only(mesh: Mesh, side: str) -> Eyewear:
    """One temple, worn as the whole frame is."""
    whole, part = Eyewear.from_mesh(mesh, whole=True), mesh.part(f"temple_{side}")
    span = slice(part.first_triangle, part.first_triangle + part.triangle_count)
    temple = replace(
        mesh,
        triangles=np.ascontiguousarray(mesh.triangles[span]),
        triangle_material=np.ascontiguousarray(mesh.triangle_material[span]),
        parts=(replace(part, first_triangle=0),),
    )
    alone = Eyewear.from_mesh(temple, whole=True)
    return replace(alone, half_width_mm=whole.half_width_mm, contacts=whole.contacts)


def _inked(eyewear: Eyewear, head: Head, rasteriser: Rasteriser) -> NDArray[np.bool_]:
    bgr = np.full((HEIGHT_PX, WIDTH_PX, 3), SKIN, np.uint8)
    eyewear.draw(Scene(bgr, (head,), head.camera, LightEstimate((0.9, 0.9, 0.9), 0.4), rasteriser))
    return np.asarray(bgr.max(axis=2) < INK)


def _face(points_px: F64) -> NDArray[np.bool_]:
    """The true face in the picture, less its soft edge."""
    filled = np.zeros((HEIGHT_PX, WIDTH_PX), np.uint8)
    corners = np.rint(points_px[: at.SURFACE_COUNT, :2]).astype(np.int32)
    for triangle in corners[template().triangles[:, :3]]:
        cv2.fillConvexPoly(filled, triangle, (1.0,))
    size = 2 * EDGE_PX + 1
    return np.asarray(cv2.erode(filled, np.ones((size, size), np.uint8)).astype(bool))
