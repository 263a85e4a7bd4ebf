"""Who is in a clip with known truth: a portrait checked, its skin and irises as asked, made into a head of known size.

What its millimetres mean: the portrait's irises, as wide as the landmark network finds them, are ``iris_mm``; that sets
the head's size, and the distance of the irises' centres, at the portrait's own gaze, is its ``pd_mm`` (eyes that look
far away stand up to some 3 mm wider than eyes that look into a near camera). For another PD the whole head is made
larger or smaller and its irises are redrawn, so that both numbers hold at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon.errors import BadClip, BadFrame, PerceptionFailed
from tryon.frame import F64, U8, Frame
from tryon.perception import landmarks as at
from tryon.perception.face import FaceTracker
from tryon.perception.face_model import FaceModel
from tryon.render.colour import ita_deg
from tryon.replay.clip import ClipReader
from tryon.replay.recipe import Recipe
from tryon.replay.synth import SyntheticHead
from tryon.replay.tone import cheeks_lab, toned
from tryon.resources import portrait as astronaut

# A smaller face has no detail to turn; the portrait that comes along has one of 100.
FACE_MIN_PX: Final = 80.0
# A larger one has more than a clip shows, and takes seconds longer to cut out.
FACE_MAX_PX: Final = 320.0
# Turned further, one half of the face is not in the picture.
TURNED_MAX_DEG: Final = 15.0
# By how much an iris may be redrawn and still look like one.
IRIS_FACTOR_MIN: Final = 0.72
IRIS_FACTOR_MAX: Final = 1.3
# An iris's radii out to which the picture gives way when it is redrawn.
GIVES_WAY: Final = 2.4
SETTLE_FRAMES: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """``head`` with the size and skin asked for; ``ita_deg`` of its cheeks in neutral light."""

    head: SyntheticHead
    portrait: str
    pd_mm: float
    iris_mm: float
    ita_deg: float


def seat(recipe: Recipe) -> Subject:
    """Make the recipe's head, which takes seconds.

    Raises BadFrame, with a sentence, for a portrait that cannot be used or whose irises would have to be redrawn too
    far, and what ``resources.portrait`` raises.
    """
    path = recipe.portrait or astronaut()
    bgr = _picture(path)
    model = FaceModel()
    try:
        points = _face(bgr, path.name, model)
        width = float(np.ptp(points[: at.SURFACE_COUNT, 0]))
        if width > FACE_MAX_PX:
            bgr = _smaller(bgr, FACE_MAX_PX / width)
            points = _face(bgr, path.name, model)
        if recipe.tone is not None:
            bgr = toned(bgr, points, recipe.tone)
        head = _head(bgr, points, path.name, recipe, model)
    finally:
        model.close()
    pd = head.truth(head.portrait, head.camera).pupillary_mm
    return Subject(head, path.name, pd, recipe.iris_mm, ita_deg(cheeks_lab(bgr, points)))


def with_irises(bgr: U8, points_px: F64, factor: float) -> U8:
    """The portrait with irises ``factor`` times as wide; the lids around them give way softly."""
    y, x = np.indices(bgr.shape[:2], dtype=np.float32)
    from_x, from_y = x.copy(), y.copy()
    for centre, ring in ((at.RIGHT_IRIS_CENTRE, at.RIGHT_IRIS), (at.LEFT_IRIS_CENTRE, at.LEFT_IRIS)):
        cx, cy = points_px[centre, :2] - 0.5
        radius = 0.5 * float(np.hypot(*(points_px[ring[0], :2] - points_px[ring[2], :2])))
        reach, new = GIVES_WAY * radius, factor * radius
        away = np.hypot(x - cx, y - cy)
        # Linear inside the iris and from its new rim out to where nothing moves.
        outer = radius + (away - new) * (reach - radius) / (reach - new)
        source = np.where(away <= new, away / factor, outer)
        share = np.where(away < reach, source / np.maximum(away, 1e-6), 1.0)
        from_x = np.where(away < reach, cx + (x - cx) * share, from_x).astype(np.float32)
        from_y = np.where(away < reach, cy + (y - cy) * share, from_y).astype(np.float32)
    return np.asarray(
        cv2.remap(bgr, from_x, from_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def _picture(path: Path) -> U8:
    try:
        with ClipReader(path) as reader:
            return next(iter(reader)).bgr
    except BadClip as error:
        raise BadFrame(f"The portrait cannot be used: {error.sentence}") from error


def _smaller(bgr: U8, scale: float) -> U8:
    return np.asarray(cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _face(bgr: U8, name: str, model: FaceModel) -> F64:
    """The landmarks of the portrait's one face."""
    tracker = FaceTracker(2)
    for number in range(SETTLE_FRAMES):
        faces = tracker.observe(Frame(bgr, number * 33.0), model).faces
    if not faces:
        raise BadFrame(f"{name} shows no face; choose a portrait of one person who looks into the camera.")
    if len(faces) > 1:
        raise BadFrame(f"{name} shows more than one face; crop it to one.")
    points = faces[0].points_px.astype(np.float64)
    width = float(np.ptp(points[: at.SURFACE_COUNT, 0]))
    if width < FACE_MIN_PX:
        raise BadFrame(
            f"The face in {name} is {width:.0f} pixels wide and should be {FACE_MIN_PX:.0f} at least."
        )
    return points


def _head(bgr: U8, points: F64, name: str, recipe: Recipe, model: FaceModel) -> SyntheticHead:
    head = _carved(bgr, name, recipe.iris_mm, model)
    yaw, pitch, _ = head.portrait.yaw_pitch_roll_deg
    if max(abs(yaw), abs(pitch)) > TURNED_MAX_DEG:
        raise BadFrame(
            f"The face in {name} is turned by {yaw:.0f}° and nods by {pitch:.0f}°; choose a portrait that looks "
            "into the camera."
        )
    own = _pd(head)
    if recipe.pd_mm is None and recipe.head_width_mm is None:
        return head
    larger = recipe.pd_mm / own if recipe.pd_mm is not None else (recipe.head_width_mm or 0.0) / head.face_mm
    if not IRIS_FACTOR_MIN <= 1 / larger <= IRIS_FACTOR_MAX:
        low, high = own / IRIS_FACTOR_MAX, own / IRIS_FACTOR_MIN
        wide = head.face_mm / own
        raise BadFrame(
            f"With irises of {recipe.iris_mm:g} mm, {name} makes heads with a PD of {low:.0f} to {high:.0f} mm "
            f"(a width of {low * wide:.0f} to {high * wide:.0f} mm); choose one of these, or another --iris."
        )
    redrawn = with_irises(bgr, points, 1 / larger)
    # The network finds redrawn irises less changed than they are, so the size is set by what is known.
    once = _carved(redrawn, name, recipe.iris_mm, model)
    if recipe.pd_mm is not None:
        return _carved(redrawn, name, recipe.iris_mm * recipe.pd_mm / _pd(once), model)
    return _carved(redrawn, name, recipe.iris_mm * (recipe.head_width_mm or 0.0) / once.face_mm, model)


def _carved(bgr: U8, name: str, iris_mm: float, model: FaceModel) -> SyntheticHead:
    try:
        return SyntheticHead.from_portrait(bgr, model, iris_mm)
    except PerceptionFailed as error:
        raise BadFrame(f"{name} shows no face that can be used: {error.sentence}") from error


def _pd(head: SyntheticHead) -> float:
    return head.truth(head.portrait, head.camera).pupillary_mm
