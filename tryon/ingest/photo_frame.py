"""A frame's mesh from what a photo told: the front from its outline, lenses, pads and temples as frames have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from tryon.catalogue.frame_front import INNER_BEVEL_MM, OUTER_BEVEL_MM, metal_endpiece
from tryon.catalogue.frame_lens import LENS_THICKNESS_MM, lens, lens_z, outline_of, wrap
from tryon.catalogue.frame_outline import Bridge, polar_outline
from tryon.catalogue.frame_sheet import Cut, sheet
from tryon.catalogue.frame_solids import Solid, to_mesh
from tryon.catalogue.frame_spec import FrameSpec
from tryon.catalogue.frame_temples import acetate_temple, metal_temple, nose_pads, temple_path
from tryon.frame import F64
from tryon.ingest.photo_look import Look, front_texture
from tryon.ingest.photo_outline import Shape, smoothed, spaced
from tryon.ingest.photo_side import Side
from tryon.ingest.photo_size import Size
from tryon.ingest.photo_straight import Straight
from tryon.render.material import Material
from tryon.render.mesh import Mesh

# What no front photo shows: the wrap of usual frames, by sunglasses' and others' lenses.
FACE_FORM_DEG: Final = 6.0
_BASE_CURVE: Final = {"clear": 4.0, "tinted": 6.0}
_DEPTH_MM: Final = {"acetate": 4.2, "metal": 1.9}
# Where a bridge's lower edge lies over the origin, where the nose is.
_BRIDGE_MM: Final = {"acetate": 0.0, "metal": 4.0}
_DATUM_MM: Final = (1.0, 14.0)
_LENS_SPACING_MM: Final = 1.3
# A wire's bridge bows forward.
_BOW_MM: Final = 1.0


@dataclass(frozen=True, eq=False)
class Placed:
    """The spec that temples, pads and lenses are made by, and how far the photo's middle lies below the origin."""

    spec: FrameSpec
    down_mm: float


def spec_of(shape: Shape, look: Look, size: Size, side: Side | None = None) -> Placed:
    """The measures of a frame of that shape, its temples as high as the ``side`` photo shows them."""
    metal = look.build == "metal"
    down = float(np.clip(shape.bridge_low_mm - _BRIDGE_MM[look.build], *_DATUM_MM))
    # A wire lies about the lens's edge, a sheet outside of it.
    rim = shape.lower_rim_mm
    opening = shape.opening - (0.0, down)
    grown = _grown(opening, rim / 2 if metal else 0.0)
    low, high = grown.min(axis=0), grown.max(axis=0)
    middle = (float(low[0] + high[0]) / 2, float(low[1] + high[1]) / 2)
    bridge_low = shape.bridge_low_mm - down
    pole = middle if metal else (middle[0], max(middle[1], bridge_low + 1.0))
    outline = polar_outline(smoothed(grown, 0.3), pole)
    end_height = float(np.clip(shape.end_height_mm, 3.0, 16.0))
    start = float(np.clip(0.92 * end_height, 5.0, 13.0))
    rims = [float(np.median(shape.rim_mm[part])) for part in _RIM_PARTS]
    spec = FrameSpec(
        shape="photo",
        build="metal" if metal else "acetate",
        lens_width_mm=size.lens_mm,
        lens_height_mm=float(np.clip(high[1] - low[1], 20.0, 65.0)),
        bridge_mm=size.bridge_mm,
        endpiece_mm=float(np.clip((shape.width_mm - 2 * size.lens_mm - size.bridge_mm) / 2, 2.0, 20.0)),
        temple_length_mm=size.temple_mm,
        frame=look.frame,
        lens=look.lens,
        datum_mm=-middle[1],
        hinge_height=(shape.end_y_mm - down - middle[1]) / (float(high[1] - low[1]) / 2),
        rim_top_mm=rims[0],
        rim_side_mm=rims[1],
        rim_bottom_mm=rims[2],
        depth_mm=_DEPTH_MM[look.build],
        bridge=Bridge(top=shape.bridge_top_mm - down, low=bridge_low),
        endpiece_height_mm=end_height,
        temple_heights_mm=(start, min(start, 7.5), max(min(start, 9.5), 7.0))
        if side is None
        else side.heights_mm,
        tip=None if side is None else _tip(side),
        temple_thickness_mm=3.6,
        face_form_deg=FACE_FORM_DEG,
        base_curve=_BASE_CURVE[
            "clear" if look.lens.tint_low is None and min(look.lens.tint) > 0.9 else "tinted"
        ],
        outline=outline,
    )
    return Placed(spec, down)


# Angles of an opening's rays run clockwise on the picture from the temporal side.
_RIM_PARTS: Final = (slice(480, 600), slice(330, 390), slice(120, 240))


def mesh_of(
    shape: Shape,
    look: Look,
    placed: Placed,
    straight: Straight,
    mm_per_px: float,
    side: Side | None = None,
) -> Mesh:
    """The whole frame in product space, in parts as ``parametric.build_frame`` makes them."""
    spec = placed.spec
    front = _front(shape, look, placed, straight, mm_per_px)
    solids = [front]
    if spec.build == "metal":
        end = metal_endpiece(spec, 10, 1.0)
        solids += [*end, *(solid.mirrored() for solid in end)]
    left_lens = _tilted(spec, lens(spec, 1.0))
    temple = (metal_temple if spec.build == "metal" else acetate_temple)(spec, 1.0)
    if side is not None and spec.build == "acetate":
        temple = [_pictured(spec, temple[0], side), *temple[1:]]
    return to_mesh(
        (
            ("front", [_tilted(spec, solid) for solid in solids]),
            ("lens_left", [left_lens]),
            ("lens_right", [left_lens.mirrored()]),
            ("temple_left", temple),
            ("temple_right", [solid.mirrored() for solid in temple]),
            ("nose_pads", nose_pads(spec, 1.0)),
        )
    )


def _front(shape: Shape, look: Look, placed: Placed, straight: Straight, mm_per_px: float) -> Solid:
    spec, down = placed.spec, np.array((0.0, placed.down_mm))
    metal = spec.build == "metal"
    opening = spaced(smoothed(shape.opening, 0.25), _LENS_SPACING_MM) - down
    other = (opening * (-1.0, 1.0))[::-1]
    half = max(shape.lower_rim_mm / 2, 0.35)
    inner, outer = (half, half) if metal else (INNER_BEVEL_MM, OUTER_BEVEL_MM)
    inner, outer = (min(bevel, 0.45 * shape.lower_rim_mm) for bevel in (inner, outer))
    cuts = [Cut(shape.silhouette - down, outer), Cut(opening, inner), Cut(other, inner)]
    cuts += [Cut(hole - down, inner) for hole in shape.holes]
    material, place = look.frame, None
    if look.patterned:
        texture, place = front_texture(look, shape)
        material = replace(look.frame, base_color=(1.0, 1.0, 1.0, 1.0), base_texture=texture)
    surface = _wire_back(spec) if metal else lambda points: wrap(spec, points[:, 0])
    solid = sheet(cuts, spec.depth_mm, surface, material, round_mm=half if metal else 0.0)
    if place is None:
        return solid
    left, top, width, height = place
    x = solid.positions[:, 0] / mm_per_px + straight.axis_px
    y = shape.middle_px - (solid.positions[:, 1] + placed.down_mm) / mm_per_px
    uvs = np.column_stack(((x - left + 0.5) / width, (y - top + 0.5) / height)).clip(0.0, 1.0)
    return replace(solid, uvs=uvs)


def _tip(side: Side) -> Material:
    red, green, blue = (float(channel) for channel in side.tip_color)
    return Material("photo tip", base_color=(red, green, blue, 1.0), roughness=0.3, ior=1.49, specular=0.25)


def _pictured(spec: FrameSpec, bar: Solid, side: Side) -> Solid:
    """The temple's bar with the side's picture on it, from hinge to tip."""
    path, along = temple_path(spec, 120)
    nearest = np.linalg.norm(bar.positions[:, None, 1:] - path[None, :, 1:], axis=-1).argmin(axis=1)
    step = np.gradient(path, axis=0)[nearest]
    up = np.column_stack((np.zeros(len(step)), -step[:, 2], step[:, 1]))
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    off = ((bar.positions - path[nearest]) * up).sum(axis=1)
    half = np.zeros(len(path))
    np.maximum.at(half, nearest, np.abs(off))
    high = np.maximum(half[nearest], 0.5)
    uvs = np.column_stack((along[nearest] / spec.temple_length_mm, 0.5 - 0.48 * off / high))
    pictured = replace(spec.frame, base_color=(1.0, 1.0, 1.0, 1.0), base_texture=side.texture)
    return replace(bar, material=pictured, uvs=uvs.clip(0.0, 1.0))


def _wire_back(spec: FrameSpec) -> Callable[[F64], F64]:
    """z of wires' backs: around a lens they follow its curve, between the lenses they bow forward."""
    edge = outline_of(spec)
    line = edge.points(edge.angles)
    low, high = line.min(axis=0), line.max(axis=0)

    def back(points: F64) -> F64:
        x = np.abs(points[:, 0])
        held = np.column_stack((np.clip(x, low[0], high[0]), np.clip(points[:, 1], low[1], high[1])))
        z = lens_z(spec, held) - (LENS_THICKNESS_MM + spec.depth_mm) / 2
        bow = _BOW_MM * np.cos(np.clip(x / low[0], 0.0, 1.0) * np.pi / 2) ** 2
        return np.asarray(z + bow, np.float64)

    return back


def _grown(line: F64, by_mm: float) -> F64:
    """A dense closed line moved outwards."""
    if by_mm == 0.0:
        return line
    tangent = np.roll(line, -1, axis=0) - np.roll(line, 1, axis=0)
    normal = np.column_stack((tangent[:, 1], -tangent[:, 0]))
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    outwards = ((line - line.mean(axis=0)) * normal).sum() > 0
    return np.asarray(line + normal * (by_mm if outwards else -by_mm), np.float64)


def _tilted(spec: FrameSpec, solid: Solid) -> Solid:
    return solid.moved(spec.tilt, np.zeros(3))
