"""What a picture of a garment has to be, checked before anything is looked for in it."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from tryon.catalogue.garment import LOWER, CutName
from tryon.errors import BadAsset
from tryon.frame import U8

SIDE_MIN_PX: Final = 200
# More than this part of the picture is transparent round any garment.
CLEAR_MIN: Final = 0.04
# A background is plain if its border's colours differ by no more than this many codes.
PLAIN_CODES: Final = 14
# A second piece this large beside the first is a second garment, not a button.
SECOND_PIECE: Final = 0.2
# A side of the picture may touch the garment along this part of its length.
TOUCHES: Final = 0.04
# How much better the upper half has to mirror the lower than the left the right, for a garment to lie on its side.
SIDEWAYS: Final = 0.08
# A neck leaves the middle of a garment's upper end open and a hem fills its lower one: so much fuller is the upper end,
# as a part of the middle's width, of one that is upside down. Of the garments that come with Tryon none is fuller
# above; turned round eight of ten are by 0.3 and more, but not the dress and the open jacket. Ends are this part of the
# height.
UPSIDE_DOWN: Final = 0.25
MIDDLE: Final = (0.3, 0.7)
END: Final = 0.05


def checked(picture: U8 | None, what: str, cut: CutName = "t_shirt") -> U8:
    """BGRA with the garment cut out. A plain background is taken away.

    Raises BadAsset that says what is wrong and what to do; ``what`` names the picture, ``cut`` is the garment's.
    """
    if picture is None or picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (3, 4):
        raise BadAsset(f"{what} is not a picture with eight bits a colour; save it as a PNG with alpha.")
    height, width = picture.shape[:2]
    if min(height, width) < SIDE_MIN_PX:
        raise BadAsset(
            f"{what} has {width}×{height} pixels; a garment needs at least {SIDE_MIN_PX} on the shorter side."
        )
    bgra = picture if picture.shape[2] == 4 else np.dstack([picture, np.full((height, width), 255, np.uint8)])
    if (bgra[..., 3] < 128).mean() < CLEAR_MIN:
        bgra = _cut_out(bgra, what)
    solid = (bgra[..., 3] >= 128).astype(np.uint8)
    if not solid.any():
        raise BadAsset(f"{what} is empty: all of it is transparent.")
    check_pieces(solid, what)
    check_edges(solid, what)
    _check_upright(solid, what, cut)
    return np.ascontiguousarray(bgra)


def _cut_out(bgra: U8, what: str) -> U8:
    border = np.concatenate([bgra[0, :, :3], bgra[-1, :, :3], bgra[:, 0, :3], bgra[:, -1, :3]]).astype(int)
    middle = np.median(border, axis=0)
    if np.percentile(np.abs(border - middle).max(axis=1), 97) > PLAIN_CODES:
        raise BadAsset(
            f"{what} has no transparent background, and what is behind the garment is not plain; "
            "cut the garment out and save it as a PNG with alpha."
        )
    height, width = bgra.shape[:2]
    flooded: U8 = np.zeros((height + 2, width + 2), np.uint8)
    bgr = np.ascontiguousarray(bgra[..., :3])
    step = (PLAIN_CODES // 2,) * 3
    flags = 4 | (255 << 8) | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE
    for corner in ((0, 0), (width - 1, 0), (0, height - 1), (width - 1, height - 1)):
        cv2.floodFill(bgr, flooded, corner, (0.0,), step, step, flags)
    alpha = cv2.GaussianBlur(255 - flooded[1:-1, 1:-1], (3, 3), 0)
    return np.dstack([bgr, alpha])


def check_pieces(solid: U8, what: str) -> None:
    """Raises BadAsset where there is more than one garment (1) in a picture."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    areas = np.sort(stats[1:, cv2.CC_STAT_AREA])[::-1]
    if len(areas) > 1 and areas[1] > SECOND_PIECE * areas[0]:
        # The two fronts of an open jacket may be apart: they lie side by side, and neither is a garment of its own.
        order = np.argsort(stats[1:, cv2.CC_STAT_AREA])[::-1] + 1
        tops, heights = stats[order[:2], cv2.CC_STAT_TOP], stats[order[:2], cv2.CC_STAT_HEIGHT]
        halves = areas[1] > 0.7 * areas[0] and abs(int(tops[0]) - int(tops[1])) < 0.1 * heights[0]
        whole = _mirrors((labels == order[0]).astype(np.uint8), 1) > 0.9
        if not halves or whole or _mirrors(solid, 1) < 0.9:
            raise BadAsset(f"{what} shows more than one garment; use one picture for each.")


def check_edges(solid: U8, what: str) -> None:
    """Raises BadAsset where a garment (1) leaves its picture."""
    for name, line in (
        ("left", solid[:, 0]), ("right", solid[:, -1]), ("lower", solid[-1]), ("upper", solid[0]),
    ):  # fmt: skip
        if line.mean() > TOUCHES:
            raise BadAsset(
                f"{what} cuts the garment off at its {name} edge; use a picture that shows all of it, with some room."
            )


def _check_upright(solid: U8, what: str, cut: CutName) -> None:
    if _mirrors(solid, 0) > _mirrors(solid, 1) + SIDEWAYS:
        raise BadAsset(
            f"{what} shows the garment lying on its side; turn the picture so that the {_top(cut)} is above."
        )


def check_head_up(bgra: U8, what: str, cut: CutName = "t_shirt") -> None:
    """Raises BadAsset for what seems to stand on its head: of new pictures whose points are to be found, because an
    open front or a pointed hem may look so, too, and must be wearable by its points."""
    solid = (bgra[..., 3] >= 128).astype(np.uint8)
    above, below = _ends(solid)
    if cut == "trousers":
        # It is their lower end whose middle is open.
        above, below = below, above
    elif cut == "skirt":
        # A waist is the narrowest of a skirt, whose hem goes round two legs.
        above, below = _breadths(solid)
    if above > below + UPSIDE_DOWN:
        raise BadAsset(
            f"{what} shows the garment upside down; turn the picture so that the {_top(cut)} is above, or, if it is, "
            "send the garment's points along."
        )


def _top(cut: CutName) -> str:
    return "waist" if cut in LOWER else "neck"


def _breadths(solid: U8) -> tuple[float, float]:
    """How broad the upper and the lower end of a shape are, over its greatest breadth."""
    rows = np.flatnonzero(solid.any(axis=1))
    high = max(round(END * len(rows)), 1)
    widths = solid[rows].sum(axis=1) / max(int(solid.sum(axis=1).max()), 1)
    return float(np.median(widths[:high])), float(np.median(widths[-high:]))


def _ends(solid: U8) -> tuple[float, float]:
    """How full the upper and the lower end of a shape's middle are, 0..1."""
    columns = np.flatnonzero(solid.any(axis=0))
    left, width = int(columns[0]), len(solid[0, columns[0] : columns[-1] + 1])
    middle = solid[:, left + int(MIDDLE[0] * width) : left + int(MIDDLE[1] * width) + 1]
    rows = np.flatnonzero(middle.any(axis=1))
    if not len(rows):
        return 0.0, 0.0
    high = max(round(END * len(rows)), 1)
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return float(middle[top : top + high].mean()), float(middle[bottom - high : bottom].mean())


def _mirrors(solid: U8, axis: int) -> float:
    """How much of a shape its mirror image covers; axis 1 mirrors left and right."""
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    box = solid[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] > 0
    mirrored = np.flip(box, axis)
    return float((box & mirrored).sum() / max(int((box | mirrored).sum()), 1))
