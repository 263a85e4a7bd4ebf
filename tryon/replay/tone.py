"""A portrait's skin in another tone: the same person, as light or as dark as asked.

The skin's linear light is multiplied, channel by channel, by what takes the median of the cheeks to a colour that such
skin has; eyes and teeth keep theirs, lips follow for the most part, shine stays white. Between light and tan skin grows
more colourful, from there to dark less so; the six tones lie on such a curve in CIE L*a*b*, one in each class of the
individual typology angle ITA° = atan((L* - 50) / b*) (Chardon, Cretois and Hourseau 1991).
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.frame import F32, F64, U8
from tryon.perception import landmarks as at
from tryon.render import transfer
from tryon.render.colour import lab_from_linear, linear_from_lab

# The cheeks' L*, a*, b*: ITA° of 58, 47, 33, 16, -13 and -43.
TONES: Final[dict[str, tuple[float, float, float]]] = {
    "very_light": (72.0, 8.0, 14.0),
    "light": (67.0, 10.0, 16.0),
    "intermediate": (61.0, 11.0, 17.0),
    "tan": (55.0, 12.0, 18.0),
    "brown": (46.0, 12.0, 17.0),
    "dark": (36.0, 11.0, 15.0),
}
# Bounds of the tags: light above, dark below (the classes light and tan end there).
LIGHT_ITA_DEG: Final = 41.0
DARK_ITA_DEG: Final = 10.0

_CHEEKS: Final = (50, 280, 101, 330, 117, 346, 36, 266, 205, 425)
_BROWS: Final = (
    np.array([70, 63, 105, 66, 107, 55, 65, 52, 53, 46]),
    np.array([300, 293, 334, 296, 336, 285, 295, 282, 283, 276]),
)
# How far beyond the face's outline skin is looked for: ears, forehead, neck; parts of the face's width.
EARS: Final = 0.15
FOREHEAD: Final = 0.12
NECK_HALF: Final = 0.35
NECK_DOWN: Final = 0.5
# Parts of the change that eyes and lips take, and of the shine that stays white.
EYES: Final = 0.2
LIPS: Final = 0.7
SHINE: Final = 0.2
# A pixel inside the lips whose least channel is at least so large a part of its largest is tooth.
TOOTH: Final = 0.62
# Density of light is told down to here: below, cameras show noise.
_FLOOR: Final = 0.01


def tag_of(ita: float) -> str:
    """The tag of skin with that angle."""
    if ita > LIGHT_ITA_DEG:
        return "light_skin"
    return "dark_skin" if ita < DARK_ITA_DEG else "medium_skin"


def cheeks_lab(bgr: U8, points_px: F64) -> F64:
    """The median colour of the cheeks, L*, a*, b* (3,)."""
    return np.asarray(lab_from_linear(_cheeks(_linear(bgr), points_px)), np.float64)


def toned(bgr: U8, points_px: F64, tone: str) -> U8:
    """The portrait with its cheeks in one of ``TONES``; ``points_px`` (478, 2 or 3) are its face's landmarks."""
    linear = _linear(bgr)
    cheeks = _cheeks(linear, points_px)
    factor = (linear_from_lab(np.array(TONES[tone])) / cheeks).astype(np.float32)
    share = _skin(linear, points_px)[..., None]
    changed = linear * np.power(factor, share)
    # What is brighter than the skin in all channels is reflected, not tinted.
    shine = np.maximum(0, linear.min(axis=-1, keepdims=True) - 1.1 * float(cheeks.min()))
    changed += SHINE * share * max(0.0, 1 - float(factor.mean())) * shine
    steps = np.rint(np.clip(changed, 0, 1) * transfer.TO_SRGB_STEPS).astype(np.int32)
    return np.asarray(transfer.to_srgb()[steps], np.uint8)


def _linear(bgr: U8) -> F32:
    return transfer.to_linear()[bgr]


def _cheeks(linear: F32, points_px: F64) -> F64:
    radius = max(2, round(0.02 * _width(points_px)))
    patches = []
    for point in _CHEEKS:
        x, y = (int(value) for value in points_px[point, :2])
        patches.append(
            linear[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1].reshape(-1, 3)
        )
    return np.asarray(np.median(np.concatenate(patches), axis=0), np.float64)


def _width(points_px: F64) -> float:
    return float(np.ptp(points_px[: at.SURFACE_COUNT, 0]))


def _skin(linear: F32, points_px: F64) -> F32:
    """How much of the change each pixel takes, 0..1."""
    size, width = linear.shape[:2], _width(points_px)
    core = _eroded(_filled(size, points_px[at.FACE_OVAL]), 0.04 * width)
    eyes = np.maximum(_filled(size, points_px[at.RIGHT_EYE]), _filled(size, points_px[at.LEFT_EYE]))
    lips = _filled(size, points_px[at.LIPS_OUTER])
    brows = np.maximum(*(_filled(size, points_px[brow]) for brow in _BROWS))
    like = _like_skin(linear, (core > 127) & (np.maximum(np.maximum(eyes, lips), brows) < 20))
    reach = np.maximum(_dilated(core, EARS * width), _neck(size, points_px))
    brow_up = np.roll(reach, -round(FOREHEAD * width), axis=0)
    reach = np.maximum(
        reach, np.where(np.arange(size[0])[:, None] < points_px[at.NASION, 1], brow_up, 0).astype(np.uint8)
    )
    near = _soft(reach, 0.03 * width)
    whole = _largest((like * near > 0.38).astype(np.uint8), 0.012 * width)
    share = like * near * _dilated(whole, 0.015 * width)
    # Inside the outline everything but hair is skin, however it is lit.
    share = np.maximum(share, _soft(core, 0.03 * width) * np.clip(3 * like, 0.5, 1))
    despeckled = cv2.medianBlur(np.asarray(share * 255, np.uint8), 5)
    share = _soft(np.asarray(despeckled, np.uint8), max(0.7, 0.008 * width))
    eye, lip = _soft(eyes, max(0.6, 0.006 * width)), _soft(lips, max(0.6, 0.010 * width))
    share = share * (1 - eye) + EYES * eye
    share *= 1 - (1 - LIPS) * lip
    grey = linear.min(axis=-1) / np.maximum(linear.max(axis=-1), _FLOOR)
    teeth = np.where(lip > 0.5, np.clip(6 * (grey - TOOTH), 0, 1), 0).astype(np.float32)
    return np.asarray(share * (1 - 0.8 * cv2.GaussianBlur(teeth, (0, 0), 0.8)), np.float32)


def _like_skin(linear: F32, sample: NDArray[np.bool_]) -> F32:
    """How near each pixel's colour is to the face's own, 1 to 0, by Mahalanobis distance of optical densities."""
    density = -np.log(linear.astype(np.float64) + _FLOOR)
    blue, green, red = density[..., 0], density[..., 1], density[..., 2]
    features = np.stack([blue - green, green - red, density.mean(axis=-1)], axis=-1)
    known = features[sample]
    middle = np.median(known, axis=0)
    away = np.abs(known - middle)
    known = known[(away < 2.5 * 1.4826 * np.median(away, axis=0) + 1e-3).all(axis=1)]
    # An even face would make the smallest shade foreign.
    spread = np.cov(known.T) + np.diag([0.004, 0.004, 0.010])
    off = features - known.mean(axis=0)
    distance = ((off @ np.linalg.inv(spread)) * off).sum(axis=-1)
    return np.asarray(np.clip(1.6 - distance / 12, 0, 1), np.float32)


def _neck(size: tuple[int, ...], points_px: F64) -> U8:
    """From the jaw down to the collar."""
    width = _width(points_px)
    x, y = points_px[at.CHIN, :2]
    half, top, bottom = NECK_HALF * width, y - 0.35 * width, y + NECK_DOWN * width
    corners = np.array([[x - half, top], [x + half, top], [x + half, bottom], [x - half, bottom]])
    return _filled(size, corners)


def _filled(size: tuple[int, ...], outline: F64) -> U8:
    mask = np.zeros(size[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(outline[:, :2] * 16).astype(np.int32)], [255], cv2.LINE_AA, 4)
    return mask


def _largest(mask: U8, speck_px: float) -> U8:
    """Its largest connected part, without hairs."""
    opened = cv2.morphologyEx(
        mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8), iterations=max(1, round(speck_px))
    )
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return mask
    return np.asarray(labels == 1 + stats[1:, cv2.CC_STAT_AREA].argmax(), np.uint8)


def _dilated(mask: U8, radius_px: float) -> U8:
    return np.asarray(
        cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=max(1, round(radius_px))), np.uint8
    )


def _eroded(mask: U8, radius_px: float) -> U8:
    return np.asarray(
        cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=max(1, round(radius_px))), np.uint8
    )


def _soft(mask: U8, sigma_px: float) -> F32:
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma_px), np.float32) / 255
