"""A frame made to other sizes: its lenses, bridge and end pieces stretched apart, rims kept as thick as they are.

A whole width by itself scales all of the frame. Beside a lens width or a bridge it is the end pieces that give or take.
The middle of the bridge stays at its height and in the middle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from tryon.catalogue.frame_places import APART_MM, Anatomy, frame_sizes, hinge, lens_box
from tryon.errors import BadAsset
from tryon.frame import F32, F64
from tryon.render.mesh import Mesh

# Rims of acetate are about so wide: beside a lens so much moves as a whole, and is not stretched.
RIM_MM: Final = 3.0
# What is left of an end piece, or of a bridge between its rims.
LEAST_MM: Final = 1.0
# Temples move as a whole; where they are no parts of their own, the front passes into that over so many millimetres.
_JOINT_MM: Final = 6.0
# A temple is made longer in the part before its bend: the first half of it.
_STRAIGHT: Final = 0.5
# Sizes are measured again until they are right to this; what is warped shifts what is counted as the front.
CLOSE_MM: Final = 0.01
# What is farther off after so many rounds cannot be had.
MISSED_MM: Final = 0.1
_ROUNDS: Final = 8


def reshaped(mesh: Mesh, frame: Anatomy, wanted_mm: Mapping[str, float]) -> Mesh:
    """The mesh with these sizes as ``frame_sizes`` measures them. Raises BadAsset where it cannot have one of them."""
    found = frame_sizes(mesh.positions_mm, frame)
    for name in wanted_mm:
        if name not in found:
            raise BadAsset(f"{_words(name)} cannot be set: {_LACKS[name]}.", field=f"sizes_mm.{name}")
    points = mesh.positions_mm
    if set(wanted_mm) & {"lens_width_mm", "bridge_mm"}:
        _check_room(found | dict(wanted_mm), "total_width_mm" in wanted_mm)
    elif "total_width_mm" in wanted_mm:
        points = (points * np.float32(wanted_mm["total_width_mm"] / found["total_width_mm"])).astype(
            np.float32
        )
    aim, now, off = dict(wanted_mm), found, {}
    for _ in range(_ROUNDS):
        points = _once(points, frame, aim)
        now = frame_sizes(points, frame)
        off = {name: size - now[name] for name, size in wanted_mm.items()}
        if all(abs(size) < CLOSE_MM for size in off.values()):
            break
        aim = {name: now[name] + size for name, size in off.items()}
    for name, size in off.items():
        if abs(size) > MISSED_MM:
            raise BadAsset(
                f"{_words(name)} cannot become {wanted_mm[name]:.1f} mm on this frame beside what else was set; "
                f"{now[name]:.1f} mm is the nearest.",
                field=f"sizes_mm.{name}",
            )
    return replace(mesh, positions_mm=points, normals=_normals(mesh, points), tangents=None)


_LACKS: Final = {
    "total_width_mm": "the frame has no front",
    "lens_width_mm": "the frame has no two lenses that one can see through",
    "lens_height_mm": "the frame has no lenses that one can see through",
    "bridge_mm": "the frame has no two lenses that one can see through",
    "temple_length_mm": "its temples are folded or missing",
}


def _check_room(sizes: Mapping[str, float], whole: bool) -> None:
    within = 2 * sizes["lens_width_mm"] + sizes["bridge_mm"] + 2 * LEAST_MM
    if sizes["bridge_mm"] < APART_MM + LEAST_MM:
        raise BadAsset(
            f"A bridge has {APART_MM + LEAST_MM:g} mm or more between two lenses.", field="sizes_mm.bridge_mm"
        )
    if whole and sizes["total_width_mm"] < within:
        raise BadAsset(
            f"Two lenses and the bridge take {within:.1f} mm with their rims; the whole width is to be "
            f"{sizes['total_width_mm']:g}. Make it wider, or the lenses narrower.",
            field="sizes_mm.total_width_mm",
        )


def _once(points: F32, frame: Anatomy, aim: Mapping[str, float]) -> F32:
    """One warp towards these sizes."""
    warped = points.astype(np.float64)
    if set(aim) & {"lens_width_mm", "bridge_mm"}:
        warped = _moved(warped, points, frame, 0, *_across(points, frame, aim))
    elif "total_width_mm" in aim:
        warped *= aim["total_width_mm"] / frame_sizes(points, frame)["total_width_mm"]
    if "lens_height_mm" in aim:
        warped = _moved(warped, points, frame, 1, *_upright(points, frame, aim["lens_height_mm"]))
    if "temple_length_mm" in aim:
        longer = aim["temple_length_mm"] - frame_sizes(points, frame)["temple_length_mm"]
        for side in (0, 1):
            _stretch(warped, frame, side, longer)
    return np.ascontiguousarray(warped, dtype=np.float32)


def _across(points: F32, frame: Anatomy, aim: Mapping[str, float]) -> tuple[F64, F64]:
    """Knots along x, and where they go: rims, lenses, end pieces, on both sides of the bridge's middle."""
    sizes = frame_sizes(points, frame)
    (right_low, right_high), (left_low, left_high) = (lens_box(points, side) for side in frame.lenses)
    inner, outer = (right_high[0], left_low[0]), (right_low[0], left_high[0])
    half = sizes["total_width_mm"] / 2
    middle = (inner[0] + inner[1]) / 2
    bridge = aim.get("bridge_mm", sizes["bridge_mm"])
    grow = aim.get("lens_width_mm", sizes["lens_width_mm"]) / sizes["lens_width_mm"]
    knots, goals = [middle], [0.0]
    for side, (near, far) in zip((-1, 1), zip(inner, outer, strict=True), strict=True):
        at = [abs(near - middle), abs(far - middle), max(half, abs(far - middle) + LEAST_MM)]
        to = [bridge / 2, bridge / 2 + (at[1] - at[0]) * grow]
        to.append(to[1] + at[2] - at[1])
        if "total_width_mm" in aim:
            to[2] = max(aim["total_width_mm"] / 2, to[1] + 0.5 * LEAST_MM)
        rim = min(RIM_MM, 0.5 * min(at[0], to[0]))
        end = min(RIM_MM, 0.5 * min(at[2] - at[1], to[2] - to[1]))
        at = [at[0] - rim, at[0], at[1], at[1] + end, at[2]]
        to = [to[0] - rim, to[0], to[1], to[1] + end, to[2]]
        knots += [middle + side * one for one in at]
        goals += [side * one for one in to]
    order = np.argsort(knots)
    at_mm, to_mm = np.array(knots)[order], np.array(goals)[order]
    return at_mm, to_mm - float(np.interp(0.0, at_mm, to_mm))


def _upright(points: F32, frame: Anatomy, height: float) -> tuple[F64, F64]:
    """Knots along y, and where they go: above and below the lenses everything moves as it is."""
    boxes = [lens_box(points, side) for side in frame.lenses]
    low, high = (float(np.mean([box[end][1] for box in boxes])) for end in (0, 1))
    middle, own = (low + high) / 2, frame_sizes(points, frame)["lens_height_mm"]
    reach = (high - low) / 2
    at_mm = np.array((middle - reach, middle + reach))
    to_mm = middle + (at_mm - middle) * height / own
    return at_mm, to_mm - _warped(np.zeros(1), at_mm, to_mm)[0]


def _warped(values: F64, at_mm: F64, to_mm: F64) -> F64:
    """Between knots in proportion, beyond the last of them shifted."""
    inside = np.interp(values, at_mm, to_mm)
    return np.asarray(
        inside + np.minimum(values - at_mm[0], 0.0) + np.maximum(values - at_mm[-1], 0.0), np.float64
    )


def _moved(warped: F64, points: F32, frame: Anatomy, axis: int, at_mm: F64, to_mm: F64) -> F64:
    """The front warped along an axis, each temple moved as a whole."""
    own = points[:, axis].astype(np.float64)
    shift = _warped(own, at_mm, to_mm) - own
    if frame.open:
        for side in (0, 1):
            place = hinge(points, frame, side)
            # Aside a temple goes with the outer end of the front, in height with its hinge.
            held_at = place[1:2] if axis == 1 else at_mm[[-side]]
            held = float(_warped(held_at, at_mm, to_mm)[0] - held_at[0])
            share = _share(points, frame, side, place)
            shift += share * (held - shift)
    warped[:, axis] += shift
    return warped


def _share(points: F32, frame: Anatomy, side: int, place: F64) -> F64:
    """How much of a temple each vertex is, 0..1."""
    share = np.zeros(len(points))
    if not frame.named:
        # One piece with the front: it passes into the temple at the hinge.
        near = np.abs(points[:, 0] - place[0]) < _JOINT_MM
        share[near] = np.clip((place[2] + _JOINT_MM - points[near, 2]) / _JOINT_MM, 0.0, 1.0)
    share[frame.temples[side]] = 1.0
    return share


def _stretch(warped: F64, frame: Anatomy, side: int, longer_mm: float) -> None:
    """A temple longer before its bend; what is behind is moved back as it is."""
    own = frame.temples[side]
    z = warped[own, 2]
    front = float(hinge(warped.astype(np.float32), frame, side)[2])
    straight = _STRAIGHT * (front - float(z.min()))
    if straight <= LEAST_MM:
        return
    share = np.clip((front - z) / straight, 0.0, 1.0)
    warped[own, 2] = z - share * max(longer_mm, LEAST_MM - straight)


def _normals(mesh: Mesh, points: F32) -> F32:
    """The old ones turned with the faces around them: by what turned each triangle, averaged by its area."""
    turned = mesh.normals + _faces(mesh, points) - _faces(mesh, mesh.positions_mm)
    lengths = np.linalg.norm(turned, axis=1, keepdims=True)
    return np.where(lengths > 0.2, turned / np.maximum(lengths, 1e-6), mesh.normals).astype(np.float32)


def _faces(mesh: Mesh, points: F32) -> F64:
    """The mean direction of the faces at each vertex."""
    corners = points.astype(np.float64)[mesh.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros((len(points), 3))
    for corner in range(3):
        np.add.at(total, mesh.triangles[:, corner], across)
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9), np.float64)


def _words(name: str) -> str:
    return name.removesuffix("_mm").replace("_", " ").capitalize()
