"""Temples with their tips behind the ear, and nose pads."""

from __future__ import annotations

import numpy as np

from tryon.catalogue.frame_front import HARDWARE, hinge_point, rim_point
from tryon.catalogue.frame_lens import outline_of, wrap
from tryon.catalogue.frame_outline import offset_outline
from tryon.catalogue.frame_solids import Solid, bezier, ellipsoid, sweep
from tryon.catalogue.frame_spec import FrameSpec
from tryon.frame import F64
from tryon.render.material import Material

# Temples widen towards the ears, then turn in a little behind them.
SPLAY_DEG = 2.0
TURN_IN_DEG = 5.0
BEND_FROM_TIP_MM = 46.0
BEND_DEG = 46.0
BEND_RADIUS_MM = 30.0
# Acetate sleeves on metal temples.
SLEEVE_MM = 60.0
SILICONE = Material(
    "silicone",
    base_color=(0.95, 0.95, 0.93, 1.0),
    tint=(0.95, 0.95, 0.93),
    roughness=0.35,
    transmission=0.75,
    ior=1.41,
)


def temple_path(spec: FrameSpec, count: int) -> tuple[F64, F64]:
    """Points of the wearer's left temple (n, 3) and their distance along it, hinge to tip, in mm."""
    length = spec.temple_length_mm
    # The last stations close in on the tip, which is rounded in profile.
    closing = 1 - np.sin(np.arange(1, 10) / 9 * np.pi / 2)
    along = np.concatenate((np.linspace(0.0, length - 7.0, count - 9), length - 7.0 * closing))
    bend_start = length - BEND_FROM_TIP_MM
    bend_length = BEND_RADIUS_MM * np.radians(BEND_DEG)
    bent = _smooth((along - bend_start) / bend_length)
    pitch = np.radians(BEND_DEG) * bent
    yaw = np.radians(SPLAY_DEG - (SPLAY_DEG + TURN_IN_DEG) * _smooth((along - bend_start + 20.0) / 45.0))
    direction = np.stack((np.sin(yaw) * np.cos(pitch), -np.sin(pitch), -np.cos(yaw) * np.cos(pitch)), axis=1)
    steps = (direction[1:] + direction[:-1]) / 2 * np.diff(along)[:, None]
    return hinge_point(spec) + np.concatenate((np.zeros((1, 3)), np.cumsum(steps, axis=0))), along


def _smooth(t: F64) -> F64:
    t = np.clip(t, 0.0, 1.0)
    smooth: F64 = t * t * (3 - 2 * t)
    return smooth


def _tip_profile(along: F64, length: float, radius: float) -> F64:
    """How the height shrinks over the last ``radius`` mm, like the end of an ellipse."""
    share = np.clip((along - (length - radius)) / radius, 0.0, 1.0)
    profile: F64 = np.sqrt(np.maximum(1 - share**2, 1e-3))
    return profile


def acetate_temple(spec: FrameSpec, detail: float) -> list[Solid]:
    """The wearer's left temple, with its hinge's metal and, if asked for, rivets."""
    path, along = temple_path(spec, round(44 * detail))
    start, middle, tip = spec.temple_heights_mm
    length = spec.temple_length_mm
    height = start + (middle - start) * _smooth(along / 55.0)
    height = height + (tip - middle) * _smooth((along - (length - 48.0)) / 36.0)
    height = height * _tip_profile(along, length, tip / 2)
    thickness = spec.temple_thickness_mm * (1 - 0.18 * _smooth(along / 60.0))
    thickness = thickness * _tip_profile(along, length, 1.6)
    sizes = np.stack((thickness / 2, height / 2), axis=1)
    up = np.array((0.0, 1.0, 0.0))
    sides = max(12, round(14 * detail))
    bar = sweep(path, sizes, spec.frame, up=up, points=sides, squareness=3.6, round_end=False)
    solids = [bar]
    inward = path[0] + (-spec.temple_thickness_mm / 2 - 0.3, 0.0, -1.0)
    half = np.array((0.0, 2.6, 0.0))
    barrel = bezier(inward - half, inward + half, count=4)
    front = np.array((0.0, 0.0, 1.0))
    solids.append(sweep(barrel, np.full((4, 2), 1.3), HARDWARE, up=front, points=10))
    if spec.rivets:
        for offset in (-1.7, 1.7):
            centre = path[0] + (spec.temple_thickness_mm / 2 + 0.15, offset, -6.0)
            solids.append(ellipsoid(centre, np.diag((0.35, 0.85, 1.5)), HARDWARE))
    return solids


def metal_temple(spec: FrameSpec, detail: float) -> list[Solid]:
    """A slim metal bar with an acetate sleeve over its end."""
    path, along = temple_path(spec, round(52 * detail))
    up = np.array((0.0, 1.0, 0.0))
    sides = max(8, round(10 * detail))
    bare = along <= spec.temple_length_mm - SLEEVE_MM + 3.0
    height = 1.9 - 0.4 * _smooth(along / 40.0)
    sizes = np.stack((np.full(len(along), 0.72), height), axis=1)
    bar = sweep(path[bare], sizes[bare], spec.frame, up=up, points=sides, squareness=2.8)
    covered = along >= spec.temple_length_mm - SLEEVE_MM
    grow = _smooth((along - (spec.temple_length_mm - SLEEVE_MM)) / SLEEVE_MM)
    rounding = _tip_profile(along[covered], spec.temple_length_mm, 3.4)
    flat = _tip_profile(along[covered], spec.temple_length_mm, 1.6)
    sleeve_sizes = np.stack((1.35 + 0.25 * grow, 2.0 + 1.5 * grow), axis=1)[covered]
    sleeve_sizes = sleeve_sizes * np.stack((flat, rounding), axis=1)
    tip = spec.tip if spec.tip is not None else spec.frame
    sleeve = sweep(path[covered], sleeve_sizes, tip, up=up, points=sides + 2, squareness=2.6, round_end=False)
    return [bar, sleeve]


def nose_pads(spec: FrameSpec, detail: float) -> list[Solid]:
    """Both pads: silicone on wire arms for metal, cut from the sheet for acetate."""
    solids = _metal_pad(spec, detail) if spec.build == "metal" else _acetate_pad(spec, detail)
    turned = [solid.moved(spec.tilt, np.zeros(3)) for solid in solids]
    return [*turned, *(solid.mirrored() for solid in turned)]


def _metal_pad(spec: FrameSpec, detail: float) -> list[Solid]:
    angle = np.radians(186.0)
    start = rim_point(spec, np.array([angle]))[0]
    x = min(spec.bridge_mm / 2 + 0.6, start[0] - 1.8)
    centre = np.array((x, start[1] - 2.5, start[2] - 6.0))
    # The pad's flat side faces the flank of the nose: inwards, backwards and a little up.
    face = np.array((-0.80, 0.12, -0.59))
    face /= np.linalg.norm(face)
    upright = np.array((-0.28, 1.0, 0.0))
    upright -= (upright @ face) * face
    upright /= np.linalg.norm(upright)
    axes = np.stack((np.cross(upright, face) * 3.6, face * 1.35, upright * 6.4))
    pad = ellipsoid(centre, axes, SILICONE, points=max(16, round(16 * detail)))
    behind = centre - face * 1.2
    forward = start + np.array((0.6, 0.8, -3.5))
    arm = bezier(start, forward, behind + np.array((1.6, 1.2, 0.4)), behind, count=round(12 * detail))
    sizes = np.full((len(arm), 2), 0.45)
    wire = sweep(arm, sizes, spec.frame, up=np.array((0.0, 1.0, 0.0)), points=8)
    return [wire, pad]


def _acetate_pad(spec: FrameSpec, detail: float) -> list[Solid]:
    outline = outline_of(spec)
    rim = offset_outline(outline, spec.rim_top_mm, spec.rim_side_mm, spec.rim_bottom_mm)
    angle = np.array([np.radians(192.0)])
    edge = rim.points(angle, -1.5)[0]
    below = rim.points(angle + 0.2, -1.5)[0]
    along = edge - below
    along /= np.linalg.norm(along)
    across = np.array((along[1], -along[0]))
    z = float(wrap(spec, edge[:1])[0]) + 0.4
    axes = np.array(
        ((across[0] * 1.7, across[1] * 1.7, 0.9), (0.0, 0.0, 2.9), (along[0] * 6.0, along[1] * 6.0, 0.0))
    )
    return [ellipsoid(np.array((*edge, z)), axes, spec.frame, points=max(16, round(16 * detail)))]
