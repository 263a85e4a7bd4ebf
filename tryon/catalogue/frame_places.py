"""Where a frame's nose point, hinges and lenses are, and how large it is, found on its mesh in product space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tryon.catalogue.adjustment import PointName
from tryon.frame import F32, F64
from tryon.render.glazing import lens_materials
from tryon.render.mesh import Mesh

Vertices = NDArray[np.intp]
# The front of a frame with open temples, as a part of its depth: wrap and end pieces, and little of the temples.
FRONT: Final = 0.1
# Lenses that wrap around the face reach no farther back than this part of the depth.
WRAPPED: Final = 0.3
# A frame less deep than this part of its width has its temples folded, or none.
OPEN: Final = 0.45
# Temples run beside the head from here back, where no part is named after them.
HINGE_MM: Final = -12.0
# The bridge is within this of the middle.
BRIDGE_HALF_MM: Final = 4.0
# Two lenses have more than this between them; one across both eyes has not.
APART_MM: Final = 3.5
# A temple's middle line has a point for so much of its depth: a mesh has few rings of vertices on it.
_STEP_MM: Final = 12.0
# What is less than this behind a temple's foremost point is its hinge.
_HINGE_DEPTH_MM: Final = 3.0


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Which vertices are what: they stay so, however the frame is reshaped. Of pairs the wearer's right comes first;
    empty where there is none. ``named`` says that the temples are parts of their own; ``slices`` number the pieces
    across each temple, from the hinge on, that its vertices belong to."""

    used: Vertices
    lenses: tuple[Vertices, Vertices]
    temples: tuple[Vertices, Vertices]
    slices: tuple[Vertices, Vertices]
    named: bool

    @property
    def paired(self) -> bool:
        """Whether there is something of a lens on both sides."""
        return bool(len(self.lenses[0]) and len(self.lenses[1]))

    @property
    def open(self) -> bool:
        """Whether there are temples on both sides."""
        return bool(len(self.temples[0]) and len(self.temples[1]))


def anatomy(mesh: Mesh) -> Anatomy:
    """Of a mesh in product space."""
    used = np.unique(mesh.triangles)
    right = mesh.positions_mm[:, 0] <= 0
    lens = _lens_vertices(mesh)
    temples, named = _temples(mesh, used)
    slices = (_slices(mesh.positions_mm, temples[0]), _slices(mesh.positions_mm, temples[1]))
    return Anatomy(used, (lens[right[lens]], lens[~right[lens]]), temples, slices, named)


def frame_sizes(points: F32, frame: Anatomy) -> dict[str, float]:
    """Millimetres by their names in a product.json. Lenses are measured where there are two, temples where open."""
    sizes = {"total_width_mm": float(np.ptp(points[_front(points, frame), 0]))}
    if frame.paired:
        right, left = (points[side].astype(np.float64) for side in frame.lenses)
        apart = float(left[:, 0].min() - right[:, 0].max())
        sizes["lens_height_mm"] = float(np.ptp(left[:, 1]) + np.ptp(right[:, 1])) / 2
        if apart > APART_MM:
            sizes["lens_width_mm"] = float(np.ptp(left[:, 0]) + np.ptp(right[:, 0])) / 2
            sizes["bridge_mm"] = apart
    if frame.open:
        sizes["temple_length_mm"] = sum(_length(points, frame, side) for side in (0, 1)) / 2
    return sizes


def front_width_mm(mesh: Mesh) -> float:
    """The front's width from end piece to end piece, without what temples splay; of a mesh in product space."""
    used, lens = np.unique(mesh.triangles), _lens_vertices(mesh)
    return float(np.ptp(mesh.positions_mm[_front_of(mesh.positions_mm, used, lens), 0]))


def found_points(points: F32, frame: Anatomy) -> dict[PointName, tuple[float, float, float]]:
    """Each point that the frame has, in product space: the nose always, hinges with temples, lenses with two lenses."""
    found: dict[PointName, tuple[float, float, float]] = {"nose": _told(_nose(points, frame))}
    if frame.open:
        found["left_hinge"] = _told(hinge(points, frame, 1))
        found["right_hinge"] = _told(hinge(points, frame, 0))
    if "lens_width_mm" in frame_sizes(points, frame):
        found["left_lens"], found["right_lens"] = (
            _told((points[side].min(axis=0) + points[side].max(axis=0)) / 2) for side in frame.lenses[::-1]
        )
    return found


def hinge(points: F32, frame: Anatomy, side: int) -> F64:
    """The middle of the foremost few millimetres of a temple (0 the wearer's right, 1 the left)."""
    own = points[frame.temples[side]].astype(np.float64)
    foremost = float(own[:, 2].max()) if frame.named else HINGE_MM
    near = own[np.abs(own[:, 2] - foremost) < _HINGE_DEPTH_MM]
    if not len(near):
        near = own[[int(own[:, 2].argmax())]]
    middle = (near.min(axis=0) + near.max(axis=0)) / 2
    return np.array((middle[0], middle[1], foremost))


def lens_box(points: F32, side: Vertices) -> tuple[F64, F64]:
    """The least and the greatest corner of one lens."""
    own = points[side].astype(np.float64)
    return own.min(axis=0), own.max(axis=0)


def _lens_vertices(mesh: Mesh) -> Vertices:
    found: Vertices = np.unique(mesh.triangles[np.isin(mesh.triangle_material, lens_materials(mesh))])
    return found


def _front(points: F32, frame: Anatomy) -> Vertices:
    """The front's vertices: all of them where there are no open temples."""
    return _front_of(points, frame.used, np.concatenate(frame.lenses))


def _front_of(points: F32, used: Vertices, lens: Vertices) -> Vertices:
    own = points[used]
    low, high = own.min(axis=0), own.max(axis=0)
    depth = float(high[2] - low[2])
    if depth <= OPEN * float(high[0] - low[0]):
        return used
    # Temples splay: behind the front a frame is wider than what is printed on it. What wraps around the face is front
    # as far back as its lenses reach.
    back = float(high[2]) - FRONT * depth
    if len(lens):
        back = min(back, max(float(points[lens, 2].min()), float(high[2]) - WRAPPED * depth))
    front: Vertices = used[own[:, 2] >= back]
    return front


def _length(points: F32, frame: Anatomy, side: int) -> float:
    """Along its bend, seen from the side: a temple is measured so, however it splays."""
    start = hinge(points, frame, side)[1:]
    own = points[frame.temples[side]][:, 1:].astype(np.float64)
    line = [start]
    for number in np.unique(frame.slices[side]):
        slice_ = own[frame.slices[side] == number]
        line.append((slice_.min(axis=0) + slice_.max(axis=0)) / 2)
    # To the tip itself, and not to the middle of its last slice.
    line.append(np.array((line[-1][0], float(own[:, 1].min()))))
    return float(np.linalg.norm(np.diff(np.array(line), axis=0), axis=1).sum())


def _slices(points: F32, temple: Vertices) -> Vertices:
    """By depth, from the foremost vertex back."""
    if not len(temple):
        return np.zeros(0, np.intp)
    back = (points[temple, 2].max() - points[temple, 2]).astype(np.float64)
    count = max(round(float(back.max()) / _STEP_MM), 1)
    slices: Vertices = np.minimum((back / max(float(back.max()), 1e-6) * count).astype(np.intp), count - 1)
    return slices


def _nose(points: F32, frame: Anatomy) -> F64:
    """Across in the middle, the back of the bridge; in height a little over its lower edge, where it rests."""
    front = points[_front(points, frame)].astype(np.float64)
    bridge = front[np.abs(front[:, 0]) < BRIDGE_HALF_MM]
    if not len(bridge):
        return np.zeros(3)
    return np.array((0.0, np.quantile(bridge[:, 1], 0.25), bridge[:, 2].min()))


def _temples(mesh: Mesh, used: Vertices) -> tuple[tuple[Vertices, Vertices], bool]:
    """By parts that are long and lie on one side alone; else what lies behind the hinges."""
    points = mesh.positions_mm
    nothing = np.zeros(0, np.intp)
    width, _, depth = (float(size) for size in np.ptp(points[used], axis=0))
    if depth <= OPEN * width:
        return (nothing, nothing), False
    found: list[Vertices] = [nothing, nothing]
    for part in mesh.parts:
        own = np.unique(mesh.triangles[part.first_triangle : part.first_triangle + part.triangle_count])
        if not len(own) or np.ptp(points[own, 2]) <= 0.5 * depth:
            continue
        for side, lies in enumerate((points[own, 0] < 0, points[own, 0] > 0)):
            if lies.all() and not len(found[side]):
                found[side] = own
    if len(found[0]) and len(found[1]):
        return (found[0], found[1]), True
    # Pads reach behind the front, too, and lie in the middle.
    aside = np.abs(points[used, 0]) > 0.25 * width
    behind = used[(points[used, 2] < HINGE_MM) & aside]
    return (behind[points[behind, 0] < 0], behind[points[behind, 0] > 0]), False


def _told(point: F32 | F64) -> tuple[float, float, float]:
    x, y, z = (round(float(value), 3) for value in point)
    return x, y, z
