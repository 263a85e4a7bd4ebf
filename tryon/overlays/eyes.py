"""Contact lenses, brows, eyeshadow, eyeliner and lashes: everything about an eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

import numpy as np

from tryon.catalogue.makeup import RULES, Finish
from tryon.frame import F32, U8, Rect
from tryon.geometry.steady import Head
from tryon.overlays import eyeliner, lashes
from tryon.overlays.application import Application
from tryon.overlays.base import Scene
from tryon.overlays.brow_colour import brow_colour
from tryon.overlays.eye_line import lay_lines
from tryon.overlays.eye_paint import ROW_LENGTH, paint
from tryon.overlays.eye_places import BROW, LASHES, LENS, LINER, TEMPLATES
from tryon.overlays.eye_shadow import lay_shadow
from tryon.overlays.eye_shape import BROW_HIGH, INNER, LOWER, OUTER, UPPER, EyeShape, eye_of
from tryon.overlays.eyewear import visibility
from tryon.overlays.finishes import FINISHES, layer_row
from tryon.overlays.lid_edges import lids
from tryon.overlays.pigment import film
from tryon.overlays.region import bounds
from tryon.overlays.skin import own_colour
from tryon.overlays.skin_watch import SkinWatch
from tryon.render import transfer

LENSES: Final = {"natural": 0, "limbal": 1, "vivid": 2}
# A brow's edge softness, as a part of its thickness, and how far its arch is raised, in eye widths.
BROWS: Final = {"natural": (0.34, 0.0), "soft": (0.55, 0.0), "defined": (0.18, 0.0), "arched": (0.22, 0.05)}
_ROLES: Final = {"eyeliner": LINER, "mascara": LASHES, "contact_lenses": LENS, "brows": BROW}
_BROW_ENDS: Final = {False: (107, 55, 70, 46), True: (336, 285, 300, 276)}
# What eyes wear may reach so far beneath the lower lid and above the brow, in eye widths.
BENEATH: Final = 0.22
ABOVE: Final = 0.10
# Lashes and wings, above the upper lid.
LASH_REACH: Final = 0.55
# The skin's luminance is no darker than this for telling its shading.
OWN_MIN: Final = 0.01
# Edges are at least so soft, in pixels either way; and lashes'.
EDGE_PX: Final = 0.75
STROKE_PX: Final = 0.5
# On wider eyes than this shadow's films are worked out for two pixels in a row.
SMALL_PX: Final = 56.0
NOTHING: Final[U8] = np.zeros((0, 0, 3), np.uint8)
# Of lids whose landmarks are less far apart than the first, in eye widths, no lens is seen, of the second all of it:
# twelve shut eyes had 0.07 at the most, narrow ones 0.12 and more.
IRIS_SHOWS: Final = (0.06, 0.12)
# A blur of more than this part of an eye's width would leave no line to see.
BLUR_MOST: Final = 0.06


@dataclass(frozen=True, slots=True, eq=False)
class _Worn:
    """What one eye wears."""

    layers: F32
    template: int = 0
    lens: int = 0
    lensed: bool = False
    brow: tuple[float, float] | None = None
    liner: eyeliner.Style | None = None
    lashes: lashes.Style | None = None
    # Brows whose shade the wearer's own decide, and the number of their layer.
    matched: tuple[Application, int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Eyes:
    """What the eyes wear, in the order in which it is put on. Immutable; shared by sessions."""

    worn: tuple[Application, ...]
    kind: str = "makeup"
    order: int = 20
    _each: tuple[_Worn, _Worn] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        sides = [[one for one in self.worn if one.side in {None, side}] for side in ("right", "left")]
        object.__setattr__(self, "_each", tuple(_worn(side) for side in sides))

    def draw(self, scene: Scene) -> Rect | None:
        """Make the eyes of every head up."""
        touched: Rect | None = None
        for head in scene.heads:
            visible = visibility(head)
            own = float(
                own_colour(scene.bgr, head, scene.light.haze) @ np.array((0.0722, 0.7152, 0.2126), np.float32)
            )
            for left, worn in enumerate(self._matched(scene, head) if visible > 0.0 else self._each):
                eye = eye_of(head, bool(left)) if visible > 0.0 and len(worn.layers) else None
                rect = None if eye is None else _paint(scene, head, eye, worn, visible, own, bool(left))
                if rect is not None:
                    touched = rect if touched is None else touched.union(rect)
        return touched

    def _matched(self, scene: Scene, head: Head) -> tuple[_Worn, _Worn]:
        """What either eye wears, brows in the shade that the wearer's own decide as these do."""
        if not any(worn.matched for worn in self._each):
            return self._each
        watch = scene.brows.get(head.track) or SkinWatch()
        light = np.array(scene.light.shade[::-1], np.float32)
        watch.see(brow_colour(scene.bgr, head, scene.light.haze), light, scene.t_ms)
        right, left = (_in_own_shade(worn, watch) for worn in self._each)
        return right, left


def _in_own_shade(worn: _Worn, watch: SkinWatch) -> _Worn:
    if worn.matched is None:
        return worn
    brows, number = worn.matched
    layers = worn.layers.copy()
    layers[number] = _brow_row(watch.color(brows.choices), brows.finish, brows.amount)
    return replace(worn, layers=layers)


@lru_cache(maxsize=64)
def _brow_row(color: tuple[float, float, float], finish: Finish, amount: float) -> list[float]:
    return layer_row(film(color, amount, RULES["brows"].powder), FINISHES[finish].row(), amount, float(BROW))


def _paint(
    scene: Scene, head: Head, eye: EyeShape, worn: _Worn, visible: float, own: float, left: bool
) -> Rect | None:
    # What parts shut lids' lines of lashes in the picture shows no iris: landmarks know better that an eye is shut.
    iris = min(max((eye.opened - IRIS_SHOWS[0]) / (IRIS_SHOWS[1] - IRIS_SHOWS[0]), 0.0), 1.0)
    if head.track not in scene.front:
        eye = lids(scene.bgr, eye)
    width = eye.width_px
    rect = _rect(eye, worn.brow is not None or worn.template >= 0).clip(
        scene.bgr.shape[1], scene.bgr.shape[0]
    )
    if rect.empty:
        return None
    # No edge is sharper than the camera draws them: a straight ramp's deviation is 1/√3 of half its width, that of a
    # stroke with two 1/1.2 of it.
    blur = min(scene.light.optics.blur_px, BLUR_MOST * width)
    edge, soft = max(EDGE_PX, 1.73 * blur), max(STROKE_PX, 1.2 * blur)
    if worn.liner is not None:
        eyeliner.lay_lines(eye, worn.liner)
    yaw, pitch, _ = np.radians(head.pose.yaw_pitch_roll_deg)
    numbers = np.array(
        [
            *eye.origin, *eye.out, *eye.up, width, visible * eye.visible, *eye.iris, 1 / max(head.px_per_mm, 1e-3),
            np.sin(yaw), np.sin(pitch), edge, eye.opened, iris,
        ],
        np.float32,
    )  # fmt: skip
    levels = np.ascontiguousarray(eye.heights.T)
    light = np.array(scene.light.shade[::-1], np.float32)
    tables = transfer.to_linear(scene.light.haze), transfer.to_srgb(scene.light.haze)
    place = scene.bgr, rect.x0, rect.y0
    size = rect.width, rect.height
    own = max(own, OWN_MIN)
    lined = worn.liner is not None or worn.lashes is not None
    # Lines lie about the lids: most of what shadow and brow may reach is none of theirs.
    about = _rect(eye, False).clip(scene.bgr.shape[1], scene.bgr.shape[0]) if lined else rect
    bare = scene.bgr[about.y0 : about.y1, about.x0 : about.x1].copy() if lined else NOTHING
    if worn.brow is not None or worn.lensed:
        brow = _brow(eye, head, worn, left, own)
        paint(*place, *size, worn.layers, levels, numbers, worn.lens, brow, light, *tables)
    if worn.template >= 0:
        block = 1 if width < SMALL_PX else 2
        lay_shadow(
            *place,
            *size,
            block,
            worn.layers,
            eye.heights,
            levels,
            numbers,
            worn.template,
            own,
            light,
            *tables,
        )
    if lined:
        levels = np.ascontiguousarray(eye.heights.T)
        cover = np.zeros((about.height, about.width), np.float32)
        if worn.lashes is not None:
            lashes.draw_strokes(lashes.strokes(eye, worn.lashes), about.x0, about.y0, cover, soft)
        soft_line = 0.0 if worn.liner is None else worn.liner.soft
        lay_lines(
            scene.bgr,
            about.x0,
            about.y0,
            bare,
            cover,
            worn.layers,
            levels,
            numbers,
            soft_line,
            own,
            light,
            *tables,
        )
    return rect


def _rect(eye: EyeShape, tall: bool) -> Rect:
    """As far as what is worn may reach: a ``tall`` one up to the brow, others about the lids."""
    width = eye.width_px
    start = INNER if tall else -0.75
    low = float(eye.heights[LOWER].min()) - BENEATH * width
    high = (
        float(eye.heights[BROW_HIGH].max()) + ABOVE * width
        if tall
        else float(eye.heights[UPPER].max()) + LASH_REACH * width
    )
    along = np.array([start, start, OUTER, OUTER]) * width
    across = np.array([low, high, low, high])
    corners = eye.origin + along[:, None] * eye.out + across[:, None] * eye.up
    return bounds(corners.astype(np.float32), 1.0)


def _brow(eye: EyeShape, head: Head, worn: _Worn, left: bool, own: float) -> F32:
    soft, raised = worn.brow or (0.3, 0.0)
    ends = (head.points_px[list(_BROW_ENDS[left]), :2] - eye.origin) @ eye.out / eye.width_px
    return np.array((ends[:2].min(), ends[2:].max(), soft, raised, own), np.float32)


def _worn(applications: Sequence[Application]) -> _Worn:
    rows: list[list[float]] = []
    found: dict[str, Application] = {}
    matched: tuple[Application, int] | None = None
    for one in applications:
        if one.amount <= 0.0:
            continue
        found[one.type] = one
        if one.type == "brows" and one.choices:
            matched = one, len(rows)
        for place, (color, finish) in enumerate(one.tones if one.type == "eyeshadow" else one.tones[:1]):
            role = float(_ROLES.get(one.type, place))
            laid = film(color, one.amount, RULES[one.type].powder)
            rows.append(layer_row(laid, FINISHES[finish].row(), one.amount, role))
    layers = np.array(rows, np.float32).reshape(len(rows), ROW_LENGTH)

    def placed(type_: str) -> str | None:
        return found[type_].placed if type_ in found else None

    shadow, lens, brow, liner, lash = (
        placed(name) for name in ("eyeshadow", "contact_lenses", "brows", "eyeliner", "mascara")
    )
    return _Worn(
        layers,
        -1 if shadow is None else TEMPLATES[shadow],
        0 if lens is None else LENSES[lens],
        lens is not None,
        None if brow is None else BROWS[brow],
        None if liner is None else eyeliner.STYLES[liner],
        None if lash is None else lashes.STYLES[lash],
        matched,
    )
