"""The points of a garment, found in the outline of its picture.

``python -m tryon.catalogue.garment_points PICTURE --cut CUT`` prints them as ``product.json`` has them, to be looked at
and corrected where the outline misleads.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

import cv2
import numpy as np

from tryon.catalogue.garment import LOWER, CutName
from tryon.catalogue.garment_check import checked
from tryon.catalogue.lower_points import find_lower_points
from tryon.errors import BadAsset
from tryon.frame import F64, U8

# A shoulder's tip is this far out, over the armpit: that of most cuts, whose armholes are hollow.
TIP_PER_ARMPIT: Final = 0.84
# Where the waist is, from armpit to hem.
WAIST: Final = 0.47
# Narrower than this, over the half way point, is a waist of its own.
WAISTED: Final = 0.95
# The neckline is looked for within this part of the garment's height.
NECK_WITHIN: Final = 0.30
# Beyond the gap under an arm lies a sleeve, at least so wide over the garment's half width; less is a ragged edge.
SLEEVE_MIN: Final = 0.02


def find_points(bgra: U8, cut: CutName = "t_shirt") -> dict[str, tuple[float, float]]:
    """Points in pixels of the picture, which ``garment_check.checked`` has passed. Raises BadAsset where the outline is
    not that of such a garment."""
    if cut in LOWER:
        return find_lower_points(bgra, cut)
    solid = (bgra[..., 3] >= 128).astype(np.uint8)
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    top, bottom = float(rows[0]), float(rows[-1])
    middle = _middle(solid, int(top), int(bottom))
    width = float(columns[-1] - columns[0])
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = np.concatenate([np.asarray(c, np.int32).reshape(-1, 2) for c in contours if len(c) > width / 4])
    points: dict[str, F64] = {}
    for side, sign in (("right", -1.0), ("left", 1.0)):
        half = outline[(outline[:, 0] - middle) * sign > 0].astype(np.float64)
        points |= {
            f"{side}_{name}": point for name, point in _half(solid, half, middle, sign, top, bottom).items()
        }
    if ("right_cuff_outer" in points) != ("left_cuff_outer" in points):
        raise BadAsset("One sleeve was found and the other was not; lay both out alike, or give the points.")
    points["neck_front"] = np.array([middle, _neck_front(bgra, points, middle, top, bottom)])
    column = np.flatnonzero(solid[:, int(middle)])
    hem_y = (points["right_hem"][1] + points["left_hem"][1]) / 2
    centre = float(column[-1]) if len(column) and column[-1] > 0.9 * hem_y else hem_y
    points["hem_centre"] = np.array([middle, centre])
    return {name: (round(float(x), 1), round(float(y), 1)) for name, (x, y) in sorted(points.items())}


def _middle(solid: U8, top: int, bottom: int) -> float:
    """The column about which the outline is symmetric."""
    rows = solid[top : bottom + 1 : max((bottom - top) // 60, 1)] > 0
    first, last = rows.argmax(axis=1), rows.shape[1] - 1 - rows[:, ::-1].argmax(axis=1)
    return float(np.median((first + last) / 2)) + 0.5


def _half(solid: U8, outline: F64, middle: float, sign: float, top: float, bottom: float) -> dict[str, F64]:
    """The points of one side; ``outline`` (n, 2) are its pixels."""
    height = bottom - top
    armpit, sleeved = _armpit(solid, outline, middle, sign, top, height)
    reach = (armpit[0] - middle) * sign
    low = _bottom(solid, middle, sign, reach)
    waist = _waist(solid, middle, sign, armpit[1], low, reach)
    ends = [_side(solid, middle, sign, y, 2.2 * reach) for y in np.arange(low - 0.10 * height, low + 1)]
    hem = max(ends, key=lambda end: float(0.6 * (end[0] - middle) * sign + end[1]))
    upper = outline[outline[:, 1] < armpit[1]]
    upper_out = (upper[:, 0] - middle) * sign
    neck = _neck(upper, upper_out, reach, height)
    found = {"armpit": armpit, "waist": waist, "hem": hem, "neck": neck}
    if sleeved:
        outer, inner = _cuff(solid, outline, armpit, neck, middle, sign)
        found |= {"cuff_outer": outer, "cuff_inner": inner}
        near = upper[np.abs(upper_out - TIP_PER_ARMPIT * reach) < max(0.02 * reach, 1.5)]
        tip = near[near[:, 1].argmin()] if len(near) else neck
    else:
        strap = upper[upper_out > (neck[0] - middle) * sign]
        score = (strap[:, 0] - middle) * sign - 1.2 * strap[:, 1]
        tip = strap[score.argmax()] if len(strap) else neck
    found["shoulder"] = tip
    return found


def _armpit(
    solid: U8, outline: F64, middle: float, sign: float, top: float, height: float
) -> tuple[F64, bool]:
    """Where sleeve and side meet, and whether there is a sleeve: the top of the gap between them. Without one, where
    the armhole ends."""
    out = (outline[:, 0] - middle) * sign
    rows = solid if sign > 0 else solid[:, ::-1]
    outermost = rows.shape[1] - 1 - rows[:, ::-1].argmax(axis=1)
    edge = (outermost if sign > 0 else rows.shape[1] - 1 - outermost)[outline[:, 1].astype(int)]
    beyond = (edge - outline[:, 0]) * sign
    gap = (beyond > SLEEVE_MIN * out.max()) & (out > 0.35 * out.max()) & (outline[:, 1] > top + 0.12 * height)
    # Below, it is the hem that curves.
    gap &= outline[:, 1] < top + 0.75 * height
    if gap.any():
        inside = outline[gap]
        return np.asarray(inside[inside[:, 1].argmin()], np.float64), True
    side = (outline[:, 1] > top + 0.20 * height) & (outline[:, 1] < top + 0.55 * height)
    if not side.any():
        raise BadAsset(
            "No armpits were found in the outline; lay the sleeves out from the body, or give the points."
        )
    # Out to the side, and as high as may be.
    score = out[side] - 0.5 * outline[side, 1]
    return np.asarray(outline[side][score.argmax()], np.float64), False


def _waist(solid: U8, middle: float, sign: float, armpit_y: float, low: float, reach: float) -> F64:
    """Where a waisted garment is narrowest, or half way down."""
    usual = _side(solid, middle, sign, armpit_y + WAIST * (low - armpit_y), 1.5 * reach)
    rows = armpit_y + np.linspace(0.15, 0.65, 26) * (low - armpit_y)
    sides = [_side(solid, middle, sign, float(y), 1.5 * reach) for y in rows]
    narrowest = min(sides, key=lambda side: float(side[0] - middle) * sign)
    waisted = (narrowest[0] - middle) * sign < WAISTED * (usual[0] - middle) * sign
    return narrowest if waisted else usual


def _side(solid: U8, middle: float, sign: float, y: float, limit: float) -> F64:
    """Where the cloth that is nearest the middle ends in a row, within ``limit`` of the middle."""
    row = solid[min(max(int(y), 0), solid.shape[0] - 1)] > 0
    places = np.arange(int(limit)) + 1
    x = np.clip((middle + sign * places).astype(int), 0, len(row) - 1)
    covered = row[x]
    # An open front: begin where cloth begins.
    start = int(covered.argmax())
    gaps = np.flatnonzero(~covered[start:])
    end = start + (int(gaps[0]) if len(gaps) else len(covered) - start) - 1
    return np.array([float(x[max(end, 0)]), float(y)])


def _bottom(solid: U8, middle: float, sign: float, reach: float) -> float:
    """The hem's height at the side: the lowest cloth half way out."""
    x = int(min(max(middle + sign * 0.8 * reach, 0), solid.shape[1] - 1))
    return float(np.flatnonzero(solid[:, x])[-1])


def _neck(upper: F64, out: F64, reach: float, height: float) -> F64:
    """The outermost of the highest points near the middle."""
    near = (out > 0.12 * reach) & (out < 0.75 * reach)
    if not near.any():
        raise BadAsset("No neckline was found in the outline; give the garment's points.")
    close, away = upper[near], out[near]
    highest = close[:, 1].min()
    level = close[:, 1] < highest + 0.004 * height
    return np.asarray(close[level][away[level].argmax()], np.float64)


def _cuff(solid: U8, outline: F64, armpit: F64, neck: F64, middle: float, sign: float) -> tuple[F64, F64]:
    """Outer and inner end of the sleeve: what is farthest from the neck, and what is then farthest from the line that
    runs there from the armpit."""
    out = (outline[:, 0] - middle) * sign
    reach = (armpit[0] - middle) * sign
    sides = {y: _side(solid, middle, sign, y, 3.0 * reach)[0] for y in np.unique(outline[:, 1]).tolist()}
    side_out = np.array([(sides[y] - middle) * sign for y in outline[:, 1].tolist()])
    # Below the armpit: what hangs beside the body, not the body.
    sleeve = outline[(out > reach) & ((outline[:, 1] <= armpit[1]) | (out > side_out + 2))]
    if not len(sleeve):
        raise BadAsset("A sleeve without an end was found; give the garment's points.")
    score = 0.3 * np.hypot(*(sleeve - neck).T) + (sleeve[:, 0] - middle) * sign
    outer = sleeve[score.argmax()]
    line = outer - armpit
    below = np.array([-line[1], line[0]]) * sign / max(float(np.hypot(*line)), 1e-6)
    inner = sleeve[((sleeve - armpit) @ below).argmax()]
    return np.asarray(outer, np.float64), np.asarray(inner, np.float64)


def _neck_front(bgra: U8, points: dict[str, F64], middle: float, top: float, bottom: float) -> float:
    """The front neckline in the middle: the outline's, or where the inside of the back ends."""
    neck_y = float(points["right_neck"][1] + points["left_neck"][1]) / 2
    half = abs(float(points["left_neck"][0] - points["right_neck"][0])) / 2
    x = int(middle)
    strip = bgra[:, max(x - 2, 0) : x + 3].astype(np.float32)
    column = np.flatnonzero(strip[..., 3].mean(axis=1) > 128)
    # An open front has no cloth in the middle.
    if not len(column) or column[0] > top + NECK_WITHIN * (bottom - top):
        return neck_y + half
    if column[0] > neck_y + 0.45 * half:
        return float(column[0])
    colour = strip[..., :3].mean(axis=1)
    colour = (colour[:-2] + 2 * colour[1:-1] + colour[2:]) / 4
    low = int(neck_y + 0.25 * half)
    high = int(min(top + NECK_WITHIN * (bottom - top), neck_y + 2.4 * half))
    step = np.abs(np.diff(colour, axis=0)).sum(axis=1)[low:high]
    return float(low + step.argmax() + 1) if len(step) and step.max() > 4 else neck_y + half


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: print the points of a garment's picture."""
    parser = argparse.ArgumentParser(
        prog="python -m tryon.catalogue.garment_points", description=main.__doc__
    )
    parser.add_argument("picture", type=Path, help="a PNG with alpha")
    parser.add_argument("--cut", choices=get_args(CutName), default="t_shirt", help="what it is")
    told = parser.parse_args(arguments)
    path = told.picture
    try:
        points = find_points(checked(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), path.name), told.cut)  # type: ignore[arg-type]
    except BadAsset as error:
        parser.exit(1, f"{error}\n")
    sys.stdout.write(json.dumps(points, indent=2) + "\n")


if __name__ == "__main__":
    main()
