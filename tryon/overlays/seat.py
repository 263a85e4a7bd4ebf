"""Where a frame comes to rest on a wearer's own head.

A frame rests on the nose and on the two ears. How high it sits is found by sliding it along the nose: at each height
the flanks and the ridge of the nose stop it at some distance from the eyes, and the height is taken at which that
distance and the eyes' place within the lenses come nearest to what opticians aim at. Brows and cheeks then push it out
where it would cut into them, and it is turned about the bridge until the temples reach the tops of the ears.

Spaces: product space (``render.mesh``), head space (``geometry.head``); all lengths in the wearer's own millimetres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from tryon.compiled import quick
from tryon.frame import F64
from tryon.geometry.heights import NOWHERE_MM, height_at, heights
from tryon.geometry.wearer import RestShape, ear_root
from tryon.perception import landmarks as at
from tryon.render.mesh import Mesh

# Back of the lens to the cornea: opticians aim at 12-14 mm. The eye's landmarks lie on the lids' rims, and the
# cornea stands a little before these.
VERTEX_MM: Final = 13.5
CORNEA_BEFORE_LIDS_MM: Final = 1.5
# The eyes look through a lens a little above its middle.
EYE_ABOVE_MIDDLE_MM: Final = 2.5
# How far each aim may be missed as easily as the others.
VERTEX_GIVE_MM: Final = 2.5
EYE_GIVE_MM: Final = 2.5
# Skin and pads give a little, air does not hold a frame; landmarks are no better than a millimetre or two.
PRESS_GIVE_MM: Final = 2.0
FLOAT_GIVE_MM: Final = 2.5
# Farther out than this no frame is worn, whatever the landmarks say.
VERTEX_MAX_MM: Final = 19.0
VERTEX_MIN_MM: Final = 8.0
# Heights tried, from the nasion.
UP_MM: Final = 7.0
DOWN_MM: Final = 11.0
SLIDE_STEP_MM: Final = 0.5
# The nose's part of a frame: pads and bridge. What is farther out can touch brows and cheeks.
NOSE_HALF_MM: Final = 15.0
NOSE_BELOW_MM: Final = -26.0
FRONT_DEPTH_MM: Final = -25.0
# A contact is felt where a few points touch, not where a single one does.
TOUCHING: Final = 3
# Brows and cheeks are soft, and a smile lifts the cheeks into any frame: so much may sink in.
SOFT_MM: Final = 1.0
TILT_MAX_DEG: Final = 7.0
# The middles of both upper and both lower lids.
LID_MIDDLES: Final = np.array([159, 145, 386, 374], np.intp)
# Contacts are thinned to one a cell.
THIN_MM: Final = 1.5


@dataclass(frozen=True, slots=True)
class Seat:
    """Where product space's origin lies in head space, how the frame is tilted about it (degrees; positive lifts the
    temples and takes the lower rims to the cheeks), and the distance from lens to cornea that comes of it. A nose is in
    the middle of a face, and the frame aside of it (``x_mm``) only where its nose point is."""

    y_mm: float
    z_mm: float
    tilt_deg: float
    vertex_mm: float
    x_mm: float = 0.0

    @property
    def head_from_product(self) -> F64:
        """4×4."""
        angle = math.radians(self.tilt_deg)
        matrix = np.eye(4)
        matrix[1:3, 1:3] = ((math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle)))
        # What the landmarks say aside is noise that would swing the temples.
        matrix[:3, 3] = self.x_mm, self.y_mm, self.z_mm
        return matrix


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """What of a frame can touch a face, in product space: ``nose_mm`` and ``front_mm`` (n, 3); where its lenses are,
    and the height of its temples over the ears (None without temples). ``moved_mm`` is how far its nose point was moved
    by hand: that point of the frame comes to lie where the frame would have come to rest."""

    nose_mm: F64
    front_mm: F64
    lens_back_mm: float
    lens_middle_mm: float
    temple_mm: float | None
    moved_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)


def contacts(mesh: Mesh) -> Contacts:
    """Find them on a mesh in product space."""
    points = mesh.positions_mm.astype(np.float64)
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2]
    nose = (x < NOSE_HALF_MM) & (y > NOSE_BELOW_MM) & (z > FRONT_DEPTH_MM)
    front = (x >= NOSE_HALF_MM) & (z > FRONT_DEPTH_MM)
    clear = np.array([material.transparent for material in mesh.materials])
    glazed = np.zeros(len(points), bool)
    glazed[mesh.triangles[clear[mesh.triangle_material]]] = True
    # Pads are of clear silicone, too; lenses lie farther out.
    glazed &= x >= NOSE_HALF_MM
    lens = points[glazed] if glazed.any() else points[front]
    if not len(lens):
        lens = points
    middle = float(lens[:, 1].min() + lens[:, 1].max()) / 2
    near = np.abs(lens[:, 1] - middle) < 6.0
    temple = (z < -70.0) & (z > -95.0)
    return Contacts(
        nose_mm=_thinned(points[nose]),
        front_mm=_thinned(points[front]),
        lens_back_mm=float(np.median(lens[near if near.any() else slice(None), 2])),
        lens_middle_mm=middle,
        temple_mm=float(np.median(y[temple])) if temple.any() else None,
    )


def _thinned(points: F64) -> F64:
    """The rearmost point of each cell across."""
    order = np.argsort(points[:, 2], kind="stable")
    cells = np.floor(points[order, :2] / THIN_MM).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    return np.ascontiguousarray(points[order[np.sort(first)]])


def seat_of(product: Contacts, rest: RestShape) -> Seat:
    """Where this frame rests on this head; worked out once for each ``rest``."""
    found = rest.notes.get(product)
    if not isinstance(found, Seat):
        found = rest.notes[product] = _solve(product, rest.points_mm)
    return found


def _solve(product: Contacts, head: F64) -> Seat:
    field = heights(head)
    cornea = float(head[LID_MIDDLES, 2].mean()) + CORNEA_BEFORE_LIDS_MM
    eyes = float(head[LID_MIDDLES, 1].mean())
    nasion = float(head[at.NASION, 1])
    ys = nasion + np.arange(-DOWN_MM, UP_MM + SLIDE_STEP_MM / 2, SLIDE_STEP_MM)
    tilt = 0.0
    y = z = 0.0
    # The tilt moves the contacts a little, and the seat the tilt: twice is enough.
    for _ in range(2):
        turned_nose, turned_front = _tilted(product.nose_mm, tilt), _tilted(product.front_mm, tilt)
        stops = np.empty(len(ys))
        _slide(turned_nose, field, ys, TOUCHING, stops)
        y, z = _rest(product, ys, stops, cornea, eyes)
        push = np.empty(1)
        _slide(turned_front, field, np.array([y]), TOUCHING, push)
        z = min(max(z, float(push[0]) - SOFT_MM), cornea + VERTEX_MAX_MM - product.lens_back_mm)
        tilt = _tilt(product, head, y, z)
    if any(product.moved_mm):
        return _moved(product, head, y, z, cornea)
    return Seat(y, z, tilt, z + product.lens_back_mm - cornea)


def _moved(product: Contacts, head: F64, y: float, z: float, cornea: float) -> Seat:
    """With the nose point that was set by hand where the frame came to rest, and the temples on the ears."""
    across, up, out = product.moved_mm
    tilt = _tilt(product, head, y - up, z - out)
    turned = _tilted(np.array(((across, up, out),)), tilt)[0]
    x, y, z = -float(turned[0]), y - float(turned[1]), z - float(turned[2])
    return Seat(y, z, tilt, z + product.lens_back_mm - cornea, x)


def _rest(product: Contacts, ys: F64, stops: F64, cornea: float, eyes: float) -> tuple[float, float]:
    """Height and distance with the least cost over the heights tried, between them by the parabola through three."""
    aim = cornea + VERTEX_MM - product.lens_back_mm
    # The nose stops a frame firmly from one side and holds it loosely from the other.
    give = np.where(stops > aim, PRESS_GIVE_MM, FLOAT_GIVE_MM)
    firm, loose = 1 / give**2, 1 / VERTEX_GIVE_MM**2
    zs = (firm * stops + loose * aim) / (firm + loose)
    zs = np.clip(zs, aim - VERTEX_MM + VERTEX_MIN_MM, aim - VERTEX_MM + VERTEX_MAX_MM)
    above = eyes - (ys + product.lens_middle_mm) - EYE_ABOVE_MIDDLE_MM
    cost = firm * (zs - stops) ** 2 + loose * (zs - aim) ** 2 + (above / EYE_GIVE_MM) ** 2
    best = int(np.clip(cost.argmin(), 1, len(ys) - 2))
    before, least, after = cost[best - 1 : best + 2]
    bend = before - 2 * least + after
    part = float(np.clip(0.5 * (before - after) / bend, -1.0, 1.0)) if bend > 1e-9 else 0.0
    y = float(ys[best]) + part * SLIDE_STEP_MM
    return y, float(np.interp(y, ys, zs))


def _tilt(product: Contacts, head: F64, y: float, z: float) -> float:
    """The turn about the bridge that lays the temples on the ears' tops, in degrees."""
    if product.temple_mm is None:
        return 0.0
    ears = (ear_root(head, +1) + ear_root(head, -1)) / 2
    back = z - float(ears[2])
    down = y + product.temple_mm - float(ears[1])
    return float(np.clip(-math.degrees(math.atan2(down, back)), -TILT_MAX_DEG, TILT_MAX_DEG))


def _tilted(points: F64, tilt_deg: float) -> F64:
    turn = Seat(0.0, 0.0, tilt_deg, 0.0).head_from_product[:3, :3]
    return np.ascontiguousarray(points @ turn.T)


@quick
def _slide(points: F64, field: F64, ys: F64, touching: int, out: F64) -> None:
    """For each height the distance (z) at which ``touching`` points of the frame touch the face."""
    highest = np.empty(touching)
    for i in range(ys.shape[0]):
        highest[:] = NOWHERE_MM
        for p in range(points.shape[0]):
            z = height_at(field, points[p, 0], points[p, 1] + ys[i]) - points[p, 2]
            k = touching - 1
            if z > highest[k]:
                # Kept in order, the outermost first.
                while k > 0 and highest[k - 1] < z:
                    highest[k] = highest[k - 1]
                    k -= 1
                highest[k] = z
        out[i] = highest[touching - 1]
