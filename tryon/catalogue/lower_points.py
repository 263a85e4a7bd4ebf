"""The points of skirts and trousers, found in the outline of their picture."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.errors import BadAsset
from tryon.frame import F64, U8

# A waist's corner is high rather than far out, a hem's far out rather than low: so much a pixel down counts over one
# outwards. Sides that flare by up to 50° keep their upper corner.
WAIST_HIGH: Final = 1.2
HEM_OUT: Final = 0.6
# Where a waist is looked for, from the top, and a hem, from the end, as parts of the height.
WAIST_WITHIN: Final = 0.12
HEM_WITHIN: Final = 0.2
# Hips are so far below the waist, as a part of the waist's width, but not further than that part of a skirt's length;
# of trousers, that part of the way to the crotch.
HIP_BELOW: Final = 0.5
HIP_PART: Final = 0.45
HIP_RISE: Final = 0.8
# The gap between legs is looked for so near the middle, in parts of the hips' width, and is at least so high, as a part
# of the height.
GAP_WITHIN: Final = 0.22
GAP_MIN: Final = 0.12
# Legs that lie close together hide the crotch: it is at most so far below the waist, in parts of the hips' width.
RISE_MAX: Final = 0.80


def find_lower_points(bgra: U8, cut: str) -> dict[str, tuple[float, float]]:
    """Points in pixels of the picture, which ``garment_check.checked`` has passed; ``cut`` is skirt or trousers. Raises
    BadAsset where the outline is not that of one."""
    solid = (bgra[..., 3] >= 128).astype(np.uint8)
    rows = np.flatnonzero(solid.any(axis=1))
    top, bottom = float(rows[0]), float(rows[-1])
    height = bottom - top
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea)
    outline = np.asarray(largest, np.float64).reshape(-1, 2)
    # The waistband tells where the middle is: legs may lie as they like.
    band = solid[int(top) : int(top + 0.1 * height) + 1] > 0
    first, last = band.argmax(axis=1), band.shape[1] - 1 - band[:, ::-1].argmax(axis=1)
    middle = float(np.median((first + last) / 2)) + 0.5
    high = outline[outline[:, 1] < top + WAIST_WITHIN * height]
    at: dict[str, F64] = {}
    for side, sign in (("right", -1.0), ("left", 1.0)):
        at[f"{side}_waist"] = high[((high[:, 0] - middle) * sign - WAIST_HIGH * high[:, 1]).argmax()]
    column = np.flatnonzero(solid[:, int(middle)])
    at["waist_centre"] = np.array([middle, float(column[0]) if len(column) else top])
    waist_y = float(at["right_waist"][1] + at["left_waist"][1]) / 2
    width = float(at["left_waist"][0] - at["right_waist"][0])
    gap = _gap(solid, middle, width, height)
    if cut == "trousers":
        if gap is None:
            raise BadAsset(
                "No gap between two legs was found in the outline; lay the legs apart, choose another cut, or give the "
                "points."
            )
        at |= _trousers(solid, outline, gap, middle, waist_y)
    else:
        if gap is not None:
            raise BadAsset("The outline has two legs; its cut is trousers, or give the points.")
        at |= _skirt(solid, outline, middle, waist_y, width, bottom)
    return {name: (round(float(x), 1), round(float(y), 1)) for name, (x, y) in sorted(at.items())}


def _gap(solid: U8, middle: float, width: float, height: float) -> F64 | None:
    """The highest point of what is open between two legs; None where nothing is."""
    low, high = int(max(middle - GAP_WITHIN * width, 0)), int(middle + GAP_WITHIN * width) + 1
    part = solid[:, low:high] > 0
    last = part.shape[0] - 1 - part[::-1].argmax(axis=0)
    # The lowest cloth of each column above the gap: what begins at the top is one piece down to it.
    open_from = np.where(part.any(axis=0), last + 1.0, np.inf)
    first = int(open_from.argmin())
    rows = np.flatnonzero(solid.any(axis=1))
    if not np.isfinite(open_from[first]) or rows[-1] - open_from[first] < GAP_MIN * height:
        return None
    # Both sides of it are legs, not one slanting hem.
    row = solid[int(rows[-1] - 0.5 * (rows[-1] - open_from[first]))] > 0
    x = low + first
    if not (row[:x].any() and row[x:].any()):
        return None
    return np.array([float(x), float(open_from[first])])


def _trousers(solid: U8, outline: F64, gap: F64, middle: float, waist_y: float) -> dict[str, F64]:
    hip_y = waist_y + HIP_RISE * (float(gap[1]) - waist_y)
    hips = _sides(solid, hip_y)
    crotch = np.array([gap[0], min(float(gap[1]), waist_y + RISE_MAX * (hips[1] - hips[0]))])
    hip_y = waist_y + HIP_RISE * (crotch[1] - waist_y)
    hips = _sides(solid, hip_y)
    at = {
        "crotch": crotch,
        "right_hip": np.array([hips[0], hip_y]),
        "left_hip": np.array([hips[1], hip_y]),
    }
    for side, sign in (("right", -1.0), ("left", 1.0)):
        leg = outline[((outline[:, 0] - gap[0]) * sign > 0) & (outline[:, 1] > gap[1])]
        if not len(leg):
            raise BadAsset("One leg was not found in the outline; give the garment's points.")
        end = float(leg[:, 1].max())
        low = leg[leg[:, 1] > end - HEM_WITHIN * (end - float(gap[1]))]
        out = (low[:, 0] - middle) * sign
        at[f"{side}_leg_outer"] = low[(HEM_OUT * out + low[:, 1]).argmax()]
        at[f"{side}_leg_inner"] = low[(-HEM_OUT * out + low[:, 1]).argmax()]
    return at


def _skirt(
    solid: U8, outline: F64, middle: float, waist_y: float, width: float, bottom: float
) -> dict[str, F64]:
    hip_y = waist_y + min(HIP_BELOW * width, HIP_PART * (bottom - waist_y))
    hips = _sides(solid, hip_y)
    low = outline[outline[:, 1] > bottom - HEM_WITHIN * (bottom - waist_y)]
    column = np.flatnonzero(solid[:, int(middle)])
    at = {"right_hip": np.array([hips[0], hip_y]), "left_hip": np.array([hips[1], hip_y])}
    for side, sign in (("right", -1.0), ("left", 1.0)):
        at[f"{side}_hem"] = low[(HEM_OUT * (low[:, 0] - middle) * sign + low[:, 1]).argmax()]
    at["hem_centre"] = np.array([middle, float(column[-1]) if len(column) else bottom])
    return at


def _sides(solid: U8, y: float) -> tuple[float, float]:
    """Where the cloth begins and ends in a row."""
    row = np.flatnonzero(solid[min(max(int(y), 0), solid.shape[0] - 1)])
    if not len(row):
        raise BadAsset("No hips were found in the outline; give the garment's points.")
    return float(row[0]), float(row[-1])
