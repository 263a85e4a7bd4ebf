"""The light that products reflect: a room before the wearer, filtered for each roughness.

The environment is fixed to the camera. A frame on a face mirrors what stands *behind the camera*: the room is made
of a bright ceiling, mid-grey walls, a dark floor, a window to one side, a strip lamp to the other and the glow of
the screen itself, which is what the reflections in a shopper's glasses at a desk show. Diffuse white under it has
the value 1, so that an exposure estimated from the picture scales it.

Directions map to the square by the octahedral projection (Cigolle et al., "A Survey of Efficient Representations for
Independent Unit Vectors", JCGT 2014) with its centre towards the camera, so its seams lie behind the head.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

import cv2
import numpy as np

from tryon.compiled import quick, single
from tryon.frame import F32, F64
from tryon.kept import kept

# Side of the sharp picture and of the blurred levels: together they stay in a core's own cache.
SHARP_PX: Final = 128
MAP_PX: Final = 32
SOURCE_PX: Final = 48
FINER: Final = 4
# Lamps are far brighter than white, and a picture's white cuts their edges off: soft ones then are no stairs of texels.
EDGE_TEXELS: Final = 0.9
# GGX roughness of each level, so near to one another that the nearest one serves; the last level is the cosine lobe of
# diffuse reflection.
ROUGHNESS_LEVELS: Final = (0.08, 0.14, 0.2, 0.27, 0.35, 0.44, 0.54, 0.66, 0.82, 1.0)
DIFFUSE_LEVEL: Final = len(ROUGHNESS_LEVELS)
# Each level is filtered on a grid as fine as its blur needs, then enlarged.
SIDES: Final = (32, 32, 32, 32, 24, 24, 16, 16, 16, 16, 16)
# Rooms lit from elsewhere that are kept: a shopper's light moves slowly, from one of them to the next.
TURNED_KEPT: Final = 24
# How much more uneven radiance is than the irradiance it makes.
RADIANCE: Final = 1.5
# No side of a room is darker than this part of its middle.
WEIGHT_MIN: Final = 0.25


@cache
def studio() -> F32:
    """The prefiltered room, shape (levels + 1, MAP_PX, MAP_PX, 3) linear; read-only and shared."""
    return _room_kept("studio", _prefiltered)


def _room_kept(kind: str, make: Callable[[], F32]) -> F32:
    """Half a second's work that comes out the same in every process."""
    found: F32 = kept(kind, cv2.__version__.encode(), ("render/environment.py",), lambda: {"room": make()})[
        "room"
    ]
    found.setflags(write=False)
    return found


def _prefiltered() -> F32:
    source, solid_angle = _octahedral_directions(SOURCE_PX)
    light = _source()
    levels = []
    for roughness, side in zip((*ROUGHNESS_LEVELS, None), SIDES, strict=True):
        target, _ = _octahedral_directions(side)
        cosine = (target @ source.T).clip(-1, 1)
        if roughness is None:
            level = _weighted(np.maximum(cosine, 0), solid_angle, light)
        else:
            level = _filtered(cosine, solid_angle, light, roughness)
        picture = level.reshape(side, side, 3).astype(np.float32)
        levels.append(cv2.resize(picture, (MAP_PX, MAP_PX), interpolation=cv2.INTER_LINEAR))
    stack: F32 = np.stack(levels).astype(np.float32)
    # Diffuse white that faces the camera reads 1: the direction between the four texels in the middle.
    middle = slice(MAP_PX // 2 - 1, MAP_PX // 2 + 1)
    stack /= np.float32(stack[DIFFUSE_LEVEL, middle, middle].mean())
    return np.ascontiguousarray(stack, np.float32)


@lru_cache(maxsize=TURNED_KEPT)
def turned(direction: tuple[float, float]) -> tuple[F32, F32]:
    """``studio`` and ``mirror`` of the same room with its light coming from elsewhere; read-only and shared.

    ``direction``: irradiance is to be proportional to 1 + direction · normal, across and down the picture (camera's x
    and y), each within ±0.8. Every level is weighed by the ratio of that to the room's own first order. Radiance in the
    first order of spherical harmonics is 3/2 as uneven as the irradiance that it makes (Ramamoorthi and Hanrahan 2001),
    and the glossier a level is, the nearer it is to radiance. What faces the camera stays as bright as it was.
    """
    room, sharp = _unweighted()
    unevenness = [RADIANCE + (1.0 - RADIANCE) * roughness for roughness in ROUGHNESS_LEVELS]
    stack, picture = np.empty_like(room), np.empty_like(sharp)
    _weigh(room, _across_and_down(MAP_PX), direction, np.array([*unevenness, 1.0], np.float32), stack)
    _weigh(sharp, _across_and_down(SHARP_PX), direction, np.array([RADIANCE], np.float32), picture)
    for array in (stack, picture):
        array.setflags(write=False)
    return stack, picture


@cache
def _unweighted() -> tuple[F32, F32]:
    """``studio`` and ``mirror`` with the room's own first order taken out."""
    own = _first_order(studio()[DIFFUSE_LEVEL])
    room, sharp = studio().copy(), mirror().copy()
    for number, roughness in enumerate(ROUGHNESS_LEVELS):
        room[number] /= _lit(_across_and_down(MAP_PX), own, RADIANCE + (1.0 - RADIANCE) * roughness)
    room[DIFFUSE_LEVEL] /= _lit(_across_and_down(MAP_PX), own, 1.0)
    sharp /= _lit(_across_and_down(SHARP_PX), own, RADIANCE)
    return room, sharp


@cache
def _across_and_down(side: int) -> F32:
    """Camera's x and y of every texel, shape (2, side, side)."""
    directions, _ = _octahedral_directions(side)
    parts: F32 = np.ascontiguousarray(directions[:, :2].T.reshape(2, side, side), np.float32)
    return parts


@quick
def _weigh(levels: F32, parts: F32, direction: tuple[float, float], unevenness: F32, out: F32) -> None:
    """Each of ``levels`` times what ``_lit`` says of it."""
    for number in range(levels.shape[0]):
        x, y = unevenness[number] * single(direction[0]), unevenness[number] * single(direction[1])
        for row in range(levels.shape[1]):
            for column in range(levels.shape[2]):
                lit = single(1) + x * parts[0, row, column] + y * parts[1, row, column]
                lit = max(lit, single(WEIGHT_MIN))
                for k in range(3):
                    out[number, row, column, k] = levels[number, row, column, k] * lit


def _lit(parts: F32, direction: tuple[float, float], uneven: float) -> F32:
    """How bright each texel of ``parts`` is under that light, (side, side, 1)."""
    lit = 1 + np.float32(uneven * direction[0]) * parts[0] + np.float32(uneven * direction[1]) * parts[1]
    return np.asarray(np.maximum(lit, np.float32(WEIGHT_MIN))[..., None], np.float32)


def _first_order(irradiance: F32) -> tuple[float, float]:
    """What ``turned`` calls direction, of a level (side, side, 3), over what a face's front sees.

    Weighed by the level itself, so that what it loses towards the back counts for neither side.
    """
    directions, solid_angle = _octahedral_directions(irradiance.shape[0])
    weight = solid_angle * irradiance.mean(axis=2).ravel() * np.clip(-directions[:, 2] + 0.5, 0, None)
    x, y = ((weight * part).sum() / (weight * part * part).sum() for part in directions[:, :2].T)
    return float(x), float(y)


@cache
def mirror() -> F32:
    """The room as a polished surface shows it, shape (1, SHARP_PX, SHARP_PX, 3), in ``studio``'s units; read-only."""
    return _room_kept("mirror", _polished)


def _polished() -> F32:
    source, solid_angle = _octahedral_directions(SOURCE_PX)
    facing = np.maximum(source @ np.array([[0.0], [0.0], [-1.0]]), 0).T
    white = float(_weighted(facing, solid_angle, _source()).mean())
    sharp = (_averaged(SHARP_PX) / white).reshape(SHARP_PX, SHARP_PX, 3).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(sharp, (0, 0), EDGE_TEXELS), np.float32)
    return np.ascontiguousarray(soft[None])


@cache
def _source() -> F64:
    """Radiance (SOURCE_PX², 3) of the room, to be filtered."""
    return _averaged(SOURCE_PX)


def _averaged(side: int) -> F64:
    """Radiance (side², 3) of the room in texels, each the mean over itself: edges that run aslant through them would
    be stairs otherwise."""
    directions, _ = _octahedral_directions(side * FINER)
    blocks = _room(directions).reshape(side, FINER, side, FINER, 3)
    return np.asarray(blocks.mean(axis=(1, 3)).reshape(-1, 3), np.float64)


def _octahedral_directions(side: int) -> tuple[F64, F64]:
    """Unit vectors (side², 3) in camera space at the texel centres, and each texel's solid angle (side²,)."""
    centre = (np.arange(side) + 0.5) / side * 2 - 1
    u, v = np.meshgrid(centre, centre)
    towards = 1 - np.abs(u) - np.abs(v)
    folded_u = np.where(towards < 0, (1 - np.abs(v)) * np.sign(u), u)
    folded_v = np.where(towards < 0, (1 - np.abs(u)) * np.sign(v), v)
    vectors = np.stack([folded_u, folded_v, -towards], axis=-1).reshape(-1, 3)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    # A texel of the octahedron's surface subtends area · cosine / distance²; both fold into the length's cube.
    return vectors / length, (1 / length[:, 0]) ** 3


def _room(directions: F64) -> F64:
    """Radiance (n, 3) arriving from unit ``directions`` (n, 3) of camera space (y down).

    Lamps and windows are some twenty times as bright as walls, as in rooms: that contrast is what makes a polished
    frame black with lights on it rather than grey, and a lens clear with a window in it rather than fogged.
    """
    x, y, z = directions.T
    up = -y
    wall = 0.42 + 0.22 * np.clip(up, 0, 1) - 0.16 * _smooth(-up, 0.0, 0.3)
    ceiling = _smooth(up, 0.5, 0.72)
    floor = _smooth(-up, 0.38, 0.5)
    grey = wall * (1 - ceiling) * (1 - floor) + 0.85 * ceiling + 0.12 * floor
    # Behind the head (+z) it is dimmer: the wearer blocks it.
    grey = grey * (0.5 + 0.5 * np.clip(0.5 - 0.5 * z, 0, 1))
    light = grey[:, None] * np.array([1.0, 0.985, 0.96])
    azimuth = np.arctan2(x, -z)
    elevation = np.arcsin(np.clip(up, -1, 1))
    window = _band(azimuth, -1.25, -0.6, 0.03) * _band(elevation, 0.08, 0.8, 0.03)
    # The window's bars make a reflection read as a window.
    window *= 1 - 0.85 * _band(azimuth, -0.955, -0.885, 0.02)
    window *= 1 - 0.85 * _band(elevation, 0.49, 0.55, 0.02)
    lamp = _band(azimuth, 0.8, 0.95, 0.03) * _band(elevation, -0.05, 0.75, 0.06)
    overhead = _smooth(up, 0.86, 0.9) * (1 - _smooth(np.abs(x), 0.3, 0.36)) * _smooth(-z, -0.2, 0.0)
    screen = _band(azimuth, -0.3, 0.3, 0.05) * _band(elevation, -0.3, 0.04, 0.05)
    light += window[:, None] * np.array([8.6, 9.1, 9.6])
    light += lamp[:, None] * np.array([8.4, 7.8, 7.0])
    light += overhead[:, None] * np.array([4.6, 4.35, 4.0])
    light += screen[:, None] * np.array([0.62, 0.7, 0.8])
    return np.asarray(light, np.float64)


def _filtered(cosine: F64, solid_angle: F64, light: F64, roughness: float) -> F64:
    """The room seen through a GGX lobe around the mirror direction (Karis, "Real Shading in UE4", 2013).

    With view = normal = reflection, the half vector lies at half the angle.
    """
    half_squared = (1 + cosine) / 2
    alpha_squared = roughness**4
    lobe = alpha_squared / (half_squared * (alpha_squared - 1) + 1) ** 2
    return _weighted(lobe * np.maximum(cosine, 0), solid_angle, light)


def _weighted(weight: F64, solid_angle: F64, light: F64) -> F64:
    weight = weight * solid_angle
    return np.asarray((weight @ light) / weight.sum(axis=1, keepdims=True), np.float64)


def _smooth(value: F64, low: float, high: float) -> F64:
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float64)


def _band(value: F64, low: float, high: float, soft: float) -> F64:
    return _smooth(value, low - soft, low + soft) * (1 - _smooth(value, high - soft, high + soft))
