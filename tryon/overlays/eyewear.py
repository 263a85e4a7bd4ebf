"""Eyewear: a mesh in product space on a head.

Product space (``render.mesh``): millimetres, +x to the wearer's left, +y up, +z out of the face, origin at the back of
the bridge. Head space has the same axes with its origin at the nasion; ``overlays.seat`` finds where the frame rests,
and the temples splay to the head's own width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final

import numpy as np

from tryon.catalogue.adjustment import AS_FOUND, Adjustment
from tryon.compiled import quick
from tryon.frame import F32, F64, Rect
from tryon.geometry.head import skull
from tryon.geometry.head import template as head_template
from tryon.geometry.steady import Head
from tryon.overlays.base import Scene
from tryon.overlays.front import solid_triangles
from tryon.overlays.seat import Contacts, contacts, seat_of
from tryon.perception import landmarks as at
from tryon.render.draw import Light, Occluder, View
from tryon.render.glazing import Glazing, glazed, lens_materials, optical_centres_mm
from tryon.render.levels import Levels, levels
from tryon.render.mesh import Mesh
from tryon.render.model import Model, prepare
from tryon.render.refraction import Correction

# Temples run beside the head from here back, and disappear behind the ear between these depths: the ear's own root is
# not among the landmarks, and hair may lie over it.
TEMPLE_FRONT_MM: Final = -12.0
FADE_FROM_MM: Final = -80.0
FADE_TO_MM: Final = -100.0
# Where temples touch the head, and how far a spring hinge and flexing temples give.
CONTACT_MM: Final = -88.0
SPLAY_MAX_MM: Final = 9.0
# From the face outline's widest point (landmarks 234, 454) out to where a temple lies against the head.
TEMPLE_CLEARANCE_MM: Final = 4.0
# Steps too small to be seen: a third of a pixel at the ear.
SPLAY_STEP_MM: Final = 0.25
# The face hides what lies this much behind its surface: rims and pads touch it, and landmarks are no better.
SKIN_DEPTH_MM: Final = 2.5
# Brows and cheeks give way to a frame that touches them, and a frame's front is never beneath them. Beside the nose,
# above it, and up to the middle of each lens, over so many millimetres, the face hides a frame this much less: brows
# move, and bit a piece out of lenses that lie close to them. Farther out the face's outline hides the far temple.
SOFT_DEPTH_MM: Final = 5.0
SOFT_FROM_MM: Final = (12.0, 20.0)
SOFT_ABOVE_MM: Final = (2.0, 8.0)
SOFT_TO_MM: Final = (30.0, 40.0)
SKIN_NARROWER: Final = 0.975
# Of a head that turns by so much the far side, from the ridge of the nose on, is its outline: that stays as wide as it
# is, and gives way along the view alone, or the temple behind it shows on the cheek.
FAR_YAW_DEG: Final = (6.0, 18.0)
FAR_FROM_MM: Final = (4.0, 15.0)
# Beyond this turn the landmarks of the far side are guesses: fade out rather than show a guess.
FADE_YAW_DEG: Final = (62.0, 75.0)
FADE_PITCH_DEG: Final = (42.0, 55.0)


@dataclass(frozen=True, slots=True, eq=False)
class Eyewear:
    """One pair of frames, loaded and laid out. Immutable; shared by sessions."""

    # Fewer triangles the smaller it is seen.
    levels: Levels[Model]
    half_width_mm: float
    contacts: Contacts
    # Numbers of the materials that are lenses, and what they are ground to.
    lenses: tuple[int, ...] = ()
    correction: Correction | None = None
    # Its points as they were moved by hand.
    moved: Adjustment = AS_FOUND
    kind: str = "eyewear"
    order: int = 50
    # The model by millimetres of splay: a handful of steps serve every head, and share all but their vertices.
    _bent: dict[tuple[int, float], Model] = field(default_factory=dict)

    @classmethod
    def from_mesh(cls, mesh: Mesh, moved: Adjustment = AS_FOUND, *, whole: bool = False) -> Eyewear:
        """Lay a product-space mesh out for wearing: the hidden temple ends go, the visible ones fade. ``moved`` is by
        how much its points were moved; sizes and materials are the mesh's own already. ``whole`` is for a picture or
        two: thinner levels, which take longer to make than they save, are left out."""
        front = mesh.positions_mm[mesh.positions_mm[:, 2] > TEMPLE_FRONT_MM]
        half = float(np.abs((front if len(front) else mesh.positions_mm)[:, 0]).max())
        touching = contacts(mesh)
        if not moved.empty:
            higher = (moved.move("left_lens")[1] + moved.move("right_lens")[1]) / 2
            touching = replace(
                touching, moved_mm=moved.move("nose"), lens_middle_mm=touching.lens_middle_mm + higher
            )
        laid_out = (
            Levels((0.0,), (_faded(prepare(mesh)),))
            if whole
            else levels(mesh, lambda level: _faded(prepare(level)))
        )
        return cls(laid_out, half, touching, lens_materials(mesh), moved=moved)

    def with_lenses(self, glazing: Glazing | None, power_d: float = 0.0) -> Eyewear:
        """The same frame with other lenses; None keeps those that it was modelled with."""
        if glazing is None and power_d == 0.0:
            return self
        changed = (
            self.levels
            if glazing is None
            else self.levels.map(lambda model: glazed(model, self.lenses, glazing))
        )
        ground = Correction(power_d, self._optical_centres()) if power_d and self.lenses else None
        return replace(self, levels=changed, correction=ground, _bent={})

    @property
    def model(self) -> Model:
        """The product in full."""
        return self.levels.kept[0]

    def draw(self, scene: Scene) -> Rect | None:
        """Draw on every head, farthest first."""
        touched: Rect | None = None
        seen = scene.light
        light = Light(
            seen.white,
            direction=seen.direction[:2],
            blur_px=seen.optics.blur_px,
            noise=seen.optics.noise,
            seed=round(scene.t_ms),
            haze=seen.haze,
        )
        for head in scene.heads:
            opacity = visibility(head)
            if opacity <= 0:
                continue
            camera = head.camera
            rect = scene.rasteriser.draw(
                scene.bgr,
                self._splayed(head),
                head.pose.matrix @ self.head_from_product(head),
                View(camera.focal_px, camera.cx_px, camera.cy_px),
                light,
                [_occluder(head)],
                opacity,
                scene.hair[head.track].veils(scene.bgr, head, scene.t_ms) if head.track in scene.hair else (),
                self.correction,
            )
            if rect is not None:
                touched = rect if touched is None else touched.union(rect)
        return touched

    def head_from_product(self, head: Head) -> F64:
        """4×4: where the frame sits on this head."""
        return seat_of(self.contacts, head.rest).head_from_product

    def _optical_centres(self) -> F32:
        centres = optical_centres_mm(self.model, self.lenses)
        moves = [self.moved.move("left_lens" if centre[0] > 0 else "right_lens") for centre in centres]
        return centres + np.array(moves, np.float32).reshape(-1, 3)

    def _splayed(self, head: Head) -> Model:
        """The model with its temples bent to the width of this head, from their hinges on."""
        width = float(head.shape_mm[at.LEFT_TRAGUS, 0] - head.shape_mm[at.RIGHT_TRAGUS, 0])
        wanted = width / 2 + TEMPLE_CLEARANCE_MM - self.half_width_mm
        splay = round(min(max(wanted, -SPLAY_MAX_MM), SPLAY_MAX_MM) / SPLAY_STEP_MM) * SPLAY_STEP_MM
        level = self.levels.index(head.px_per_mm)
        model = self._bent.get((level, splay))
        if model is None:
            model = self.levels.kept[level]
            points = model.positions_mm.copy()
            left = points[:, 0] > 0
            right_x, _, right_z = self.moved.move("right_hinge")
            left_x, _, left_z = self.moved.move("left_hinge")
            front = np.where(
                left, np.float32(TEMPLE_FRONT_MM + left_z), np.float32(TEMPLE_FRONT_MM + right_z)
            )
            share = np.clip((points[:, 2] - front) / (CONTACT_MM - front), 0.0, 1.3)
            # A hinge farther out leaves less to splay.
            out = np.where(left, np.float32(splay - left_x), np.float32(splay + right_x))
            points[:, 0] += np.sign(points[:, 0]) * share * out
            model = self._bent[level, splay] = replace(model, positions_mm=points)
        return model


def visibility(head: Head) -> float:
    """How much of a product to show: 1 in the range where the landmarks hold, falling to 0 beyond it."""
    yaw, pitch, _ = head.pose.yaw_pitch_roll_deg
    return _fall(abs(yaw), FADE_YAW_DEG) * _fall(abs(pitch), FADE_PITCH_DEG)


def _fall(value: float, band: tuple[float, float]) -> float:
    t = min(max((value - band[0]) / (band[1] - band[0]), 0.0), 1.0)
    return 1.0 - t * t * (3 - 2 * t)


def _faded(model: Model) -> Model:
    z = model.positions_mm[:, 2]
    share = np.clip((z - FADE_TO_MM) / (FADE_FROM_MM - FADE_TO_MM), 0.0, 1.0)
    attributes = model.attributes.copy()
    attributes[:, 5] *= share * share * (3 - 2 * share)
    shown = (z[model.triangles[:, :3]] > FADE_TO_MM).any(axis=1)
    return replace(
        model,
        attributes=attributes,
        triangles=np.ascontiguousarray(model.triangles[shown]),
        opaque_count=int(shown[: model.opaque_count].sum()),
    )


def _occluder(head: Head) -> Occluder:
    """The wearer's own head, its face a little smaller than it is."""
    points: F32 = np.empty((at.SURFACE_COUNT + len(skull().points_mm), 3), np.float32)
    _stand_back(
        head.shape_mm, skull().points_mm, head.scale.value, at.FACE_OVAL, SKIN_NARROWER, _give_mm(),
        _far_side(head), head.pose.rotation, head.pose.translation_mm, points,
    )  # fmt: skip
    return Occluder(points, solid_triangles())


def _far_side(head: Head) -> float:
    """How far it has turned for one side to be its outline, 0 to 1; positive where that is the wearer's left."""
    yaw, _, _ = head.pose.yaw_pitch_roll_deg
    return math.copysign(1.0 - _fall(abs(yaw), FAR_YAW_DEG), yaw)


@quick
def _stand_back(
    face: F64, behind: F64, scale: float, oval: at.Indices, narrower: float, give: F64, far: float, rotation: F64,
    translation: F64, out: F32,
) -> None:  # fmt: skip
    """``front.solid_mm`` in camera space, its face narrower and by ``give`` farther back in the head; on the ``far``
    side farther from the camera."""
    count = out.shape[0] - behind.shape[0]
    low, high = FAR_FROM_MM
    for i in range(out.shape[0]):
        along = 0.0
        if i < count + oval.shape[0]:
            p = i if i < count else oval[i - count]
            x, y, z = face[p, 0], face[p, 1], face[p, 2]
            share = abs(far) * min(max((abs(x) - low) / (high - low), 0.0), 1.0) if far * x > 0.0 else 0.0
            x *= narrower + (1.0 - narrower) * share
            z -= give[i] * (1.0 - share)
            along = give[i] * share
        else:
            x, y, z = behind[i - count, 0] * scale, behind[i - count, 1] * scale, behind[i - count, 2] * scale
        away = 0.0
        for k in range(3):
            place = rotation[k, 0] * x + rotation[k, 1] * y + rotation[k, 2] * z + translation[k]
            out[i, k] = place
            away += place * place
        if along > 0.0:
            farther = 1.0 + along / math.sqrt(away)
            for k in range(3):
                out[i, k] *= farther


@cache
def _give_mm() -> F64:
    """How far the face may stand before a frame without hiding it, at each of its points, then at its outline."""
    points = head_template().points_mm[: at.SURFACE_COUNT]
    aside, above = np.abs(points[:, 0]), points[:, 1] - points[at.NASION, 1]
    beside = np.maximum(
        np.interp(aside, SOFT_FROM_MM, (0.0, 1.0)), np.interp(above, SOFT_ABOVE_MM, (0.0, 1.0))
    )
    soft = beside * np.interp(aside, SOFT_TO_MM, (1.0, 0.0))
    depth = SKIN_DEPTH_MM + soft * (SOFT_DEPTH_MM - SKIN_DEPTH_MM)
    return np.asarray(np.concatenate([depth, depth[at.FACE_OVAL]]), np.float64)
