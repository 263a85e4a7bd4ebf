"""A product photographer of frames whose shape is known: what reading photos is measured with.

Frames are drawn by the mirror's own rasteriser before a plain wall, with a shadow, uneven light, noise and JPEG.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from tryon.catalogue.frame_front import WIRE_MM
from tryon.catalogue.frame_lens import lens_z, outline_of
from tryon.catalogue.frame_spec import FrameSpec, LensSpec
from tryon.catalogue.house_range import frames
from tryon.catalogue.parametric import build_frame
from tryon.frame import F32, F64, U8
from tryon.render.draw import Light, Rasteriser, View
from tryon.render.material import Material
from tryon.render.model import prepare

# Drawn larger and averaged down, as a sensor averages.
_OVERSAMPLE: Final = 2
# From here on a photo is of the side, and the temples' middle is in the picture's.
_FROM_SIDE_DEG: Final = 45.0


@dataclass(frozen=True, slots=True)
class Shot:
    """How a photo is taken: what of its width the frame fills, from where (mm, degrees; roll turns the camera), before
    which wall (sRGB), how dark the shadow is (0..1), how unevenly the wall is lit (0..1 from edge to edge), noise in
    codes, JPEG quality."""

    width_px: int = 1200
    fills: float = 0.84
    distance_mm: float = 900.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    wall: tuple[int, int, int] = (246, 247, 248)
    shadow: float = 0.25
    uneven: float = 0.06
    noise: float = 1.5
    quality: int = 88

    @property
    def height_px(self) -> int:
        return self.width_px * 2 // 3


@dataclass(frozen=True, eq=False)
class Photo:
    """``jpeg`` as it would be uploaded; both openings' true outlines in its pixels, of the wearer's right first."""

    jpeg: bytes
    openings_px: tuple[F64, F64]


def photograph(spec: FrameSpec, shot: Shot, seed: int = 0) -> Photo:
    """The frame seen by a camera before its front."""
    mesh = build_frame(spec)
    model, rasteriser = prepare(mesh), Rasteriser()
    width, height = shot.width_px * _OVERSAMPLE, shot.height_px * _OVERSAMPLE
    focal = shot.fills * width / spec.total_width_mm * shot.distance_mm
    matrix, view = _pose(shot, mesh.bounds_mm), View(focal, width / 2, height / 2)
    light = Light(white=(0.9, 0.9, 0.9), shadow=0.0)
    on_black, on_white = np.zeros((height, width, 3), np.uint8), np.full((height, width, 3), 255, np.uint8)
    for picture in (on_black, on_white):
        rasteriser.draw(picture, model, matrix, view, light)
    cover = 1 - (on_white.astype(np.float32) - on_black).min(axis=-1) / 255
    picture = _wall(shot, cover)
    rasteriser.draw(picture, model, matrix, view, light)
    small = cv2.resize(picture, (shot.width_px, shot.height_px), interpolation=cv2.INTER_AREA)
    grain = np.random.default_rng(seed).normal(0, shot.noise, small.shape)
    noisy = np.clip(small + cv2.GaussianBlur(grain, (3, 3), 0.6), 0, 255).astype(np.uint8)
    done, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, shot.quality])
    if not done:
        raise ValueError("OpenCV could not encode the photo")
    right, left = (_opening(spec, side, matrix, view) / _OVERSAMPLE for side in (-1.0, 1.0))
    return Photo(data.tobytes(), (right, left))


def _pose(shot: Shot, bounds: tuple[F64, F64]) -> F64:
    yaw, pitch, roll = np.radians((shot.yaw_deg, shot.pitch_deg, shot.roll_deg))
    turn = np.array(((np.cos(yaw), 0, np.sin(yaw)), (0, 1, 0), (-np.sin(yaw), 0, np.cos(yaw))))
    nod = np.array(((1, 0, 0), (0, np.cos(pitch), -np.sin(pitch)), (0, np.sin(pitch), np.cos(pitch))))
    tip = np.array(((np.cos(roll), -np.sin(roll), 0), (np.sin(roll), np.cos(roll), 0), (0, 0, 1)))
    middle = (bounds[0] + bounds[1]) / 2
    if abs(shot.yaw_deg) < _FROM_SIDE_DEG:
        middle[2] = 0.0
    matrix = np.eye(4)
    matrix[:3, :3] = np.diag((1.0, -1.0, -1.0)) @ tip @ nod @ turn
    matrix[:3, 3] = -matrix[:3, :3] @ middle
    matrix[2, 3] += shot.distance_mm
    return matrix


def _wall(shot: Shot, cover: F32) -> U8:
    """The ground with its light and the frame's shadow, a contact and a soft one below."""
    height, width = cover.shape
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    light = 1 - shot.uneven * (0.5 + 0.7 * y - 0.3 * x)
    shade = np.zeros_like(cover)
    for drop, blur, share in ((0.006, 0.004, 0.5), (0.03, 0.016, 0.7)):
        lower = np.roll(cover, round(drop * width), axis=0)
        shade += share * cv2.GaussianBlur(lower, (0, 0), blur * width)
    light = light * (1 - shot.shadow * np.clip(shade, 0, 1))
    wall: U8 = np.clip(light[..., None] * np.array(shot.wall[::-1]), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(wall)


def _opening(spec: FrameSpec, side: float, matrix: F64, view: View) -> F64:
    """What the rim encloses (n, 2) in the drawn picture's pixels."""
    outline = outline_of(spec)
    # A wire lies about the lens's edge, a sheet outside of it.
    flat = outline.points(outline.angles, -WIRE_MM if spec.build == "metal" else 0.0)
    points = np.column_stack((flat, lens_z(spec, flat))) @ spec.tilt.T * (side, 1.0, 1.0)
    seen = points @ matrix[:3, :3].T + matrix[:3, 3]
    return np.asarray(seen[:, :2] / seen[:, 2:] * view.focal_px + (view.cx_px, view.cy_px), np.float64)


def _acetate(name: str, red: float, green: float, blue: float) -> Material:
    return Material(
        name, base_color=(red, green, blue, 1.0), roughness=0.25, ior=1.49, specular=0.25, clearcoat=1.0,
        clearcoat_roughness=0.06,
    )  # fmt: skip


def _metal(name: str, red: float, green: float, blue: float) -> Material:
    return Material(name, base_color=(red, green, blue, 1.0), metallic=1.0, roughness=0.24)


def photo_range() -> dict[str, FrameSpec]:
    """The frames that figures are taken of, by name: the house's, and others in their shapes."""
    house = {sku: spec for sku, (_, _, spec) in frames().items()}
    clear = LensSpec("clear lens", tint=(0.95, 0.97, 0.96), ior=1.3)
    return house | {
        "red-trapeze": replace(house["harbour-black"], frame=_acetate("red", 0.42, 0.02, 0.025), lens=clear),
        "honey-panto": replace(
            house["juniper-tortoise"], frame=_acetate("honey", 0.62, 0.36, 0.12), lens=clear
        ),
        "blue-cat-eye-brown": replace(
            house["nocturne-black-sun"],
            frame=_acetate("blue", 0.02, 0.06, 0.28),
            lens=LensSpec("brown lens", (0.22, 0.12, 0.06)),
        ),
        "silver-aviator-green": replace(
            house["solstice-gold"],
            frame=_metal("silver", 0.78, 0.78, 0.8),
            lens=LensSpec("green lens", (0.12, 0.17, 0.10)),
        ),
        "rose-panto-rose": replace(
            house["juniper-tortoise"],
            frame=_acetate("rose", 0.62, 0.24, 0.27),
            lens=LensSpec("rose lens", (0.75, 0.5, 0.5)),
        ),
        "gold-panto-clear": replace(
            house["meridian-gunmetal"], shape="panto", lens_width_mm=48.0, lens_height_mm=42.0,
            bridge_mm=21.0, endpiece_mm=7.0, frame=_metal("gold", 1.0, 0.74, 0.36), lens=clear,
        ),
    }  # fmt: skip
