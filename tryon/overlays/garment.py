"""Garments: a picture cut into parts, laid on the nearest wearer, under what is before it, in the room's light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np

from tryon.catalogue.garment import GarmentSource
from tryon.catalogue.garment_check import checked
from tryon.catalogue.garment_points import find_points
from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.figure import Figure
from tryon.geometry.steady import Head
from tryon.overlays.base import Scene
from tryon.overlays.drape import LONG, Draped, covered_arms, drape, vertices
from tryon.overlays.edge_shadow import edge_shadow
from tryon.overlays.front import put_back_part
from tryon.overlays.garment_parts import Part, Parts, parts_of
from tryon.overlays.illuminant import cloth_white
from tryon.overlays.light import LightEstimate
from tryon.overlays.neck import bare_neck
from tryon.overlays.wearer import Wearer
from tryon.overlays.worn import Worn, cell_px, look
from tryon.perception import body_landmarks as body_at
from tryon.perception import landmarks as at
from tryon.render import transfer
from tryon.render.cloth import lay, wear

# Pictures of garments have their own shading: white cloth in them is darker than white by about this.
WHITE_CLOTH: Final = 1.12
# What hangs from a head is followed from this many face heights above the chin.
JAW: Final = 0.45
OPEN: Final = frozenset({"jacket"})
# Clothes are not learned so near to a hand, in shoulder widths, if it is at least so sure: hands below the picture are
# guessed to be before the little of a torso that it shows.
HAND_AREA: Final = 0.2
HAND_SEEN: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Garment:
    """One garment, cut and laid out. Immutable; shared by sessions. ``type`` is the catalogue's word for its cut."""

    parts: Parts
    type: str
    kind: str = "garment"
    order: int = 10

    @property
    def long(self) -> bool:
        """Whether its sleeves reach the wrists."""
        points = self.parts.points
        if "left_cuff_outer" not in points:
            return False
        length = float(np.hypot(*(points["left_cuff_outer"] - points["left_shoulder"])))
        return length / self.parts.shoulder_px * 1.25 > LONG * 0.8

    def draw(self, scene: Scene) -> Rect | None:
        """Draw on the heads of the scene whose bodies are known."""
        return dress_each(scene, self._dress)

    def _dress(self, scene: Scene, head: Head, wearer: Wearer) -> Rect | None:
        light, bgr, face_px = scene.light, scene.bgr, head.points_px
        shown = wearer.torso.shown
        if shown <= 0.0:
            return None
        draped = drape(self.parts, self.type, wearer.figure, light.direction[:2])
        cell = cell_px(wearer.figure, wearer.palette, bgr)
        rect = _rect(draped, bgr, face_px, cell)
        if rect is None:
            return None
        if wearer.palette.wants(scene.t_ms):
            wearer.palette.learn(bgr, face_px, cloth_places(wearer.figure), scene.t_ms, wearer.figure)
        covered = covered_arms(self.parts, self.type)
        worn = look(
            bgr, rect, wearer.figure, face_px, wearer.palette, long=self.long, covered=covered, cell=cell
        )
        if wearer.company is not None:
            wearer.company.spare(worn.front, rect.x0, rect.y0)
        sheet: F32 = np.zeros((rect.height, rect.width, 4), np.float32)
        self._lay(sheet, rect, draped, worn)
        noise = light.optics.noise
        bare = bgr.copy() if shown < 1.0 else bgr
        if self.type not in OPEN:
            bare_neck(
                bgr, rect, draped.neckline, face_px, worn, wearer.figure, wearer.palette, grain(), noise
            )
        red, green, blue = lit_white(light)
        shadow = edge_shadow(sheet, worn.person, cell, wearer.figure.width_px)
        wear(
            bgr, rect.x0, rect.y0, sheet, worn.front, shadow, worn.folds, (red, green, blue), grain(), noise,
            transfer.to_linear(light.haze), transfer.to_srgb(light.haze),
        )  # fmt: skip
        if shown < 1.0:
            put_back_part(bgr, bare, rect, 1.0 - shown)
        return rect

    def _lay(self, sheet: F32, rect: Rect, draped: Draped, worn: Worn) -> None:
        lay_part(sheet, rect, self.parts.torso, draped.torso, draped.scale, worn.sleeved, worn.cloth)
        # A forearm before the torso is before a short sleeve, too.
        hidden = worn.air if self.long else np.asarray(cv2.max(worn.air, worn.sleeved), np.uint8)
        for side in draped.order:
            sleeve = self.parts.sleeves[side]
            lay_part(sheet, rect, sleeve, draped.sleeves[side], draped.scale, hidden, worn.cloth)


def lit_white(light: LightEstimate) -> tuple[float, float, float]:
    """Linear red, green, blue that white of a garment's picture has in this light, at most 1: cloth that is blown out
    would lose its folds."""
    white = cloth_white(light.white, light.shade)
    level = min(WHITE_CLOTH, 1.0 / max(*white, 1e-3))
    red, green, blue = (level * value for value in white)
    return red, green, blue


def load_garment(source: GarmentSource, sku: str) -> Garment:
    """Read and cut a garment's picture. Raises BadAsset."""
    picture = cv2.imread(str(source.picture), cv2.IMREAD_UNCHANGED)
    bgra = checked(None if picture is None else np.asarray(picture), f"The picture of {sku}")
    return Garment(parts_of(bgra, source.points or find_points(bgra)), source.cut)


def dress_each(scene: Scene, dress: Callable[[Scene, Head, Wearer], Rect | None]) -> Rect | None:
    """Dress the heads of the scene whose bodies are known; what was touched."""
    touched: Rect | None = None
    for head in scene.heads:
        wearer = scene.wearers.get(head.track)
        rect = None if wearer is None else dress(scene, head, wearer)
        if rect is not None:
            touched = rect if touched is None else touched.union(rect)
    return touched


def lay_part(sheet: F32, rect: Rect, part: Part, draped: F64, scale: float, hidden: U8, cloth: U8) -> None:
    """Lay a part's cloth into the ``sheet`` of ``rect``, its vertices where they are ``draped``."""
    level = part.level(scale)
    corners = vertices(draped, part.texels, 0.5**level)
    lay(sheet, rect.x0, rect.y0, corners, part.triangles, part.levels[level], hidden, cloth)


def _rect(draped: Draped, bgr: U8, face_px: F32, cell: int) -> Rect | None:
    """Of whole cells of the maps, within the picture."""
    every = np.concatenate([draped.torso, *draped.sleeves.values()])[:, :2]
    low, high = every.min(axis=0), every.max(axis=0)
    chin, brow = float(face_px[at.CHIN, 1]), float(face_px[at.FOREHEAD_TOP, 1])
    top = min(float(low[1]), chin - JAW * max(chin - brow, 0.0))
    height, width = bgr.shape[:2]
    x0, y0 = max(int(low[0]) // cell * cell, 0), max(int(top) // cell * cell, 0)
    x1 = min(int(high[0] + cell) // cell * cell, width // cell * cell)
    y1 = min(int(high[1] + cell) // cell * cell, height // cell * cell)
    return Rect(x0, y0, x1, y1) if x1 - x0 >= 16 and y1 - y0 >= 16 else None


def cloth_places(figure: Figure) -> F64:
    """A lattice over the torso, away from its sides, its neck, and hands before it."""
    (right, left), (hip_right, hip_left) = figure.shoulders, figure.hips
    u, v = np.meshgrid(np.linspace(0.12, 0.88, 9), np.linspace(0.16, 0.85, 10))
    top = right + u[..., None] * (left - right)
    bottom = hip_right + u[..., None] * (hip_left - hip_right)
    places = np.asarray((top + v[..., None] * (bottom - top)).reshape(-1, 2), np.float64)
    for side, joint in (("right", body_at.RIGHT_WRIST), ("left", body_at.LEFT_WRIST)):
        if figure.visibility[joint] < HAND_SEEN:
            continue
        wrist, knuckles = figure.arm(side)[2:]
        # From behind the wrist to the finger tips: so far is the hand itself, and what its movement is mixed with.
        along = np.linspace(-0.3, 1.9, 6)[:, None] * (knuckles - wrist) + wrist
        away = np.hypot(*(places[:, None] - along[None]).transpose(2, 0, 1)).min(axis=1)
        places = places[away > HAND_AREA * figure.width_px]
    return places


@cache
def grain() -> F32:
    """Noise as a camera leaves it: unit deviation, slightly smeared by its compression."""
    white = np.random.default_rng(1).standard_normal((61, 61)).astype(np.float32)
    soft = cv2.GaussianBlur(white, (0, 0), 0.6)
    speck = np.asarray(soft / soft.std(), np.float32)
    speck.setflags(write=False)
    return speck
