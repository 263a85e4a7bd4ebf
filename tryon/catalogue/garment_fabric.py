"""Fabric: weave, knit, dye and prints as fields over garment space.

Everything is made of seeded noise, so the same call draws the same cloth. Heights are in centimetres and are lit by
``garment_picture``; colours are linear.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np

from tryon.frame import F32, F64
from tryon.render.material import srgb_to_linear

Weave = Literal["jersey", "knit", "rib", "twill", "poplin", "fleece", "crepe"]
Print = Literal["plain", "stripes", "melange", "floral", "check", "denim"]

# Spacing of wales or yarns, and height of their relief, in centimetres: coarser than in life, since a picture shows no
# yarn of a fine jersey.
YARN: Final[dict[str, tuple[float, float]]] = {
    "jersey": (0.32, 0.010),
    "knit": (1.0, 0.10),
    "rib": (0.9, 0.07),
    "twill": (0.42, 0.014),
    "poplin": (0.30, 0.006),
    "fleece": (0.50, 0.014),
    "crepe": (0.45, 0.012),
}
# How deep folds are: a light cloth folds more and finer.
FOLD: Final[dict[str, float]] = {
    "jersey": 0.55,
    "knit": 0.35,
    "rib": 0.22,
    "twill": 0.35,
    "poplin": 0.65,
    "fleece": 0.55,
    "crepe": 0.80,
}


@dataclass(frozen=True, slots=True)
class Fabric:
    """``color`` and ``second`` are "#rrggbb" in sRGB."""

    color: str
    weave: Weave = "jersey"
    print: Print = "plain"
    second: str = "#ffffff"
    pitch_cm: float = 2.4


def linear(color: str) -> F64:
    """A "#rrggbb" colour as linear red, green, blue."""
    codes = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / np.float32(255)
    return np.asarray(srgb_to_linear(codes), np.float64)


def noise(shape: tuple[int, ...], sigma: tuple[float, float], seed: int, turn_deg: float = 0.0) -> F32:
    """Smooth noise of unit deviation; ``sigma`` is its grain across and along in pixels, turned clockwise."""
    random = np.random.default_rng(seed)
    reach = int(np.hypot(shape[0], shape[1])) + 8
    # Far coarser than a pixel: made small and enlarged.
    shrink = max(1, int(min(sigma) / 2.5))
    small = random.standard_normal((reach // shrink + 2, reach // shrink + 2)).astype(np.float32)
    field = cv2.GaussianBlur(small, (0, 0), sigma[0] / shrink, sigmaY=sigma[1] / shrink)
    height, width = shape[:2]
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / shrink
    middle = np.array([field.shape[1], field.shape[0]]) / 2 - turn @ (width / 2, height / 2)
    matrix = np.column_stack([turn, middle])
    out = cv2.warpAffine(
        field,
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )
    return np.asarray((out - out.mean()) / max(float(out.std()), 1e-6), np.float32)


def relief(fabric: Fabric, along: F32, across: F32, px_per_cm: float, seed: int) -> F32:
    """Height of the yarns. ``along`` and ``across`` are centimetres with the grain and across it."""
    pitch, height = YARN[fabric.weave]
    wobble = 0.12 * pitch * noise(along.shape, (3 * px_per_cm * pitch,) * 2, seed)
    u, v = (across + wobble) / pitch, along / pitch
    if fabric.weave in ("knit", "jersey", "fleece"):
        # Stitches: columns of V, each leaning to the middle of its wale.
        side = np.abs(u - np.floor(u) - 0.5) * 2
        stitch = np.cos(2 * np.pi * (v * 1.3 - 0.42 * side)) * 0.5 + np.cos(2 * np.pi * u) * -0.6
        field = stitch
    elif fabric.weave == "rib":
        field = np.sqrt(np.abs(np.sin(np.pi * u)))
    elif fabric.weave == "twill":
        field = np.cos(2 * np.pi * (u + v * 0.9)) + 0.35 * np.cos(2 * np.pi * u * 2)
    else:
        field = np.cos(2 * np.pi * u) * np.cos(2 * np.pi * v)
    fuzz = noise(along.shape, (0.06 * px_per_cm + 0.4,) * 2, seed + 1)
    return np.asarray(height * (field + 0.5 * fuzz), np.float32)


def dye(fabric: Fabric, along: F32, across: F32, px_per_cm: float, seed: int) -> F64:
    """Linear colour of the cloth, shape (h, w, 3)."""
    shape = along.shape
    base, second = linear(fabric.color), linear(fabric.second)
    share = _PRINTS[fabric.print](fabric, along, across, px_per_cm, seed)[..., None]
    color = base * (1 - share) + second * share
    uneven = 1 + 0.02 * noise(shape, (2.5 * px_per_cm,) * 2, seed + 2)[..., None]
    return np.asarray(np.clip(color * uneven, 0.0, 1.0), np.float64)


Field = Callable[[Fabric, F32, F32, float, int], F64]


def _plain(_fabric: Fabric, along: F32, _across: F32, _px: float, _seed: int) -> F64:
    return np.zeros(along.shape)


def _stripes(fabric: Fabric, along: F32, _across: F32, px_per_cm: float, _seed: int) -> F64:
    """Rings around body and sleeve; a stripe takes 40 % of its pitch."""
    phase = np.abs((along / fabric.pitch_cm) % 1.0 - 0.5)
    return np.asarray(np.clip((0.20 - phase) * fabric.pitch_cm * px_per_cm + 0.5, 0.0, 1.0), np.float64)


def _melange(_fabric: Fabric, along: F32, _across: F32, px_per_cm: float, seed: int) -> F64:
    fine = noise(along.shape, (0.5, 0.10 * px_per_cm + 0.5), seed + 5)
    streak = noise(along.shape, (0.8, 0.5 * px_per_cm), seed + 6)
    return np.asarray(np.clip(0.42 + 0.16 * fine + 0.12 * streak, 0.0, 1.0), np.float64)


def _denim(_fabric: Fabric, along: F32, _across: F32, px_per_cm: float, seed: int) -> F64:
    """White weft between indigo warp, and washed-out patches."""
    slub = noise(along.shape, (0.6, 0.6 * px_per_cm), seed + 5)
    wash = noise(along.shape, (4 * px_per_cm, 7 * px_per_cm), seed + 6)
    return np.asarray(np.clip(0.16 + 0.07 * slub + 0.09 * wash, 0.0, 1.0), np.float64)


def _check(fabric: Fabric, along: F32, across: F32, _px: float, _seed: int) -> F64:
    bands = [np.abs((field / fabric.pitch_cm) % 1.0 - 0.5) < 0.25 for field in (along, across)]
    lines = [np.abs((field / fabric.pitch_cm) % 1.0 - 0.5) > 0.47 for field in (along, across)]
    share = 0.5 * (bands[0].astype(np.float64) + bands[1])
    return np.asarray(np.where(lines[0] | lines[1], 0.9, share), np.float64)


def _floral(fabric: Fabric, along: F32, across: F32, px_per_cm: float, seed: int) -> F64:
    """Scattered five-petalled blossoms."""
    random = np.random.default_rng(seed + 9)
    pitch = fabric.pitch_cm
    share = np.zeros(along.shape)
    cell = np.stack([np.floor(along / pitch), np.floor(across / pitch)])
    jitter = random.uniform(-0.22, 0.22, (64, 64, 2))
    size = random.uniform(0.20, 0.36, (64, 64))
    spin = random.uniform(0, 2 * np.pi, (64, 64))
    i, j = cell[0].astype(int) % 64, cell[1].astype(int) % 64
    v = along / pitch - cell[0] - 0.5 - jitter[i, j, 0]
    u = across / pitch - cell[1] - 0.5 - jitter[i, j, 1]
    radius, angle = np.hypot(u, v), np.arctan2(v, u) + spin[i, j]
    petal = size[i, j] * (0.66 + 0.34 * np.cos(5 * angle))
    edge = 1.0 / (pitch * px_per_cm)
    share = np.clip((petal - radius) / edge + 0.5, 0.0, 1.0)
    heart = np.clip((0.07 - radius) / edge + 0.5, 0.0, 1.0)
    return np.asarray(share * (1 - 0.75 * heart), np.float64)


_PRINTS: Final[dict[str, Field]] = {
    "plain": _plain,
    "stripes": _stripes,
    "melange": _melange,
    "floral": _floral,
    "check": _check,
    "denim": _denim,
}
