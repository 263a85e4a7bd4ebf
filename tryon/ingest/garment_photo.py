"""A garment from one photo: cut out, set upright, its points found, and how sure they are told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from tryon.catalogue.garment import LOWER, PICTURE_FILE_MAX_BYTES, CutName
from tryon.catalogue.garment_check import check_head_up, checked
from tryon.catalogue.garment_points import find_points
from tryon.catalogue.items import PRODUCT_FILE, THUMBNAIL_FILE, load_product
from tryon.catalogue.thumbnails import garment_picture
from tryon.errors import BadAsset
from tryon.frame import F64, U8
from tryon.ingest.garment_cutout import Cutout, cut_out
from tryon.ingest.photo_person import is_worn
from tryon.ingest.photo_read import read_picture
from tryon.ingest.swatches import png
from tryon.ingest.work import Work
from tryon.store.assets import PHOTO_FILES
from tryon.store.definition import PICTURE_FILE, Draft, draft_of, listing, plain

Points = Mapping[str, tuple[float, float]]

POINTS_FILE: Final = "points.jpg"
WORN: Final = (
    "Somebody wears the garment in the photo; photograph it laid flat or on an invisible mannequin, from the front, on "
    "a plain background."
)
# The two sides' points differ by less than this part of the shoulders' width in a garment that lies as it is cut.
UNLIKE: Final = 0.05
# More than this is no garment that can be worn: one point is somewhere else.
WRONG: Final = 0.3
# A garment shorter than so many times its hips' width leaves the ankles free.
SHORT: Final = 1.75
# Shoulders or hips of fewer pixels are coarser than the picture that they are worn in.
COARSE_PX: Final = 180.0
_DOT_BGR: Final = (60, 60, 230)
_PAPER: Final = 246


def garment_photo(work: Work) -> None:
    """``GarmentPhoto``. Raises BadAsset and StoreInvalid with what is wrong with the photo or the points."""
    draft = work.draft("garment")
    source = work.inputs["source"]
    work.progress("reading the photo", 0.05)
    data = source.read_bytes()
    picture = read_picture(data)
    work.progress("cutting it out", 0.15)
    try:
        cutout = cut_out(picture)
        checked(cutout.bgra, "The photo", _cut(draft))
        work.progress("finding its points", 0.6)
        points = _points(draft, work, cutout, picture.scale)
    except BadAsset as error:
        if is_worn(picture.bgr):
            raise BadAsset(WORN, field="upload") from error
        raise
    _tell(work, cutout, points, _cut(draft))
    work.progress("drawing", 0.8)
    definition = plain(draft.definition) | {"picture": PICTURE_FILE, "points": points}
    draft = draft_of({**listing(draft), "definition": definition})
    kind = "png" if data.startswith(b"\x89PNG") else "jpg"
    work.product(draft, _files(work, draft, cutout.bgra, source, PHOTO_FILES[kind]))


def points_picture(bgra: U8, points: Points) -> U8:
    """The garment with its points marked, each with its name: what a merchant looks at."""
    alpha = bgra[..., 3:].astype(np.float32) / 255
    paper = np.rint(bgra[..., :3] * alpha + _PAPER * (1 - alpha)).astype(np.uint8)
    size = max(paper.shape[1] / 900, 0.45)
    letters = cv2.FONT_HERSHEY_SIMPLEX, 0.55 * size
    pad = max(cv2.getTextSize(name, *letters, 1)[0][0] for name in points) + round(14 * size)
    drawn = cv2.copyMakeBorder(paper, 24, 24, pad, pad, cv2.BORDER_CONSTANT, value=(_PAPER,) * 3)
    middle = drawn.shape[1] / 2
    for name, (x, y) in points.items():
        at = round(x + pad), round(y + 24)
        cv2.circle(drawn, at, round(7 * size), (255, 255, 255), -1, cv2.LINE_AA)
        cv2.circle(drawn, at, round(5 * size), _DOT_BGR, -1, cv2.LINE_AA)
        words = name.replace("_", " ")
        (width, height), _ = cv2.getTextSize(words, *letters, 1)
        left = at[0] + round(10 * size) if at[0] >= middle else at[0] - round(10 * size) - width
        for thick, color in ((round(4 * size) + 1, (255, 255, 255)), (1, (40, 40, 40))):
            cv2.putText(drawn, words, (left, at[1] + height // 2), *letters, color, thick, cv2.LINE_AA)
    return np.asarray(drawn, np.uint8)


def _points(draft: Draft, work: Work, cutout: Cutout, scale: float) -> dict[str, tuple[float, float]]:
    """Those that came with the order, where they are now; else found in the outline. ``scale`` is the photo's."""
    given = draft.definition.points if work.order.get("product") else {}
    if not given:
        check_head_up(cutout.bgra, "The photo", _cut(draft))
        return find_points(cutout.bgra, _cut(draft))
    height, width = cutout.bgra.shape[:2]
    moved: dict[str, tuple[float, float]] = {}
    for name, at in sorted(given.items()):
        x, y = (float(value) for value in cutout.from_photo @ np.array([scale * at[0], scale * at[1], 1.0]))
        if not (0 <= x <= width and 0 <= y <= height):
            raise BadAsset(
                f"The point {name} is not on the garment; points are in the pixels of the photo that was sent, its "
                "upper left corner being 0, 0.",
                field=f"product.definition.points.{name}",
            )
        moved[name] = (round(x, 1), round(y, 1))
    return moved


def _cut(draft: Draft) -> CutName:
    return draft.definition.cut or "t_shirt"


def _tell(work: Work, cutout: Cutout, points: Points, cut: CutName) -> None:
    at = {name: np.array(point) for name, point in points.items()}
    what = "hips" if cut in LOWER else "shoulders"
    across = float(np.hypot(*(at[f"left_{what[:-1]}"] - at[f"right_{what[:-1]}"])))
    height, width = cutout.bgra.shape[:2]
    work.note("found", f"A garment of {width} × {height} pixels, {across:.0f} across the {what}.")
    if cut in LOWER:
        _tell_length(work, at, across)
    else:
        _tell_sleeves(work, at, across)
    if cutout.turned_deg:
        work.note("fixed", f"The garment lay askew by {abs(cutout.turned_deg):.1f}°; it is upright now.")
    if cutout.uneven:
        work.note(
            "fixed",
            f"The light on the background fell off by {100 * cutout.uneven:.0f} %; it is even on the garment now.",
        )
    if across < COARSE_PX:
        work.note(
            "advice", f"{what.title()} of {across:.0f} pixels look coarse when worn; use a larger photo."
        )
    name, share = most_unlike(at, across)
    if share > WRONG:
        raise BadAsset(
            f"The {name} could not be found: right and left differ by {100 * share:.0f} % of the {what}' width. Lay "
            "both sides out alike on a background that contrasts with the whole garment, or give its points.",
            field="upload",
        )
    if share > UNLIKE:
        work.note(
            "advice",
            f"The points of the {name} differ between right and left by {100 * share:.0f} % of the {what}' width; "
            f"look at {POINTS_FILE}, and lay the garment out alike or correct the points.",
        )
    else:
        work.note(
            "found",
            f"{len(at)} points, alike on both sides within {100 * share:.1f} % of the {what}' width.",
        )


def _tell_sleeves(work: Work, at: Mapping[str, F64], shoulders: float) -> None:
    if "left_cuff_outer" in at:
        sleeves = [
            float(
                np.hypot(
                    *((at[f"{side}_cuff_outer"] + at[f"{side}_cuff_inner"]) / 2 - at[f"{side}_shoulder"])
                )
            )
            for side in ("right", "left")
        ]
        length = sum(sleeves) / 2 / shoulders
        work.note("found", f"Sleeves {length:.2f} times as long as the shoulders are wide.")
        if length < 1.0:
            work.note(
                "advice",
                "Short sleeves are shown over the shopper's own; say so where the product is described.",
            )
    else:
        work.note("found", "No sleeves.")
        work.note(
            "advice", "It is shown over the shopper's own sleeves; say so where the product is described."
        )


def _tell_length(work: Work, at: Mapping[str, F64], hips: float) -> None:
    names = ("right_leg_outer", "left_leg_outer") if "crotch" in at else ("right_hem", "left_hem")
    waist = float(at["right_waist"][1] + at["left_waist"][1]) / 2
    length = (sum(float(at[name][1]) for name in names) / 2 - waist) / hips
    work.note("found", f"It is {length:.2f} times as long as the hips are wide.")
    work.note(
        "advice", "It is shown while the shopper's hips and knees are in view; say so where it is described."
    )
    if length < SHORT:
        work.note("advice", "What the shopper wears shows below it; say so where the product is described.")


def most_unlike(at: Mapping[str, F64], shoulders: float) -> tuple[str, float]:
    """Which pair of points mirrors worst about the garment's middle, and by what part of the ``shoulders``' width; of a
    garment that hangs from the hips, of theirs."""
    pairs = [name.removeprefix("right_") for name in at if name.startswith("right_")]
    axis = float(np.median([(at[f"right_{name}"][0] + at[f"left_{name}"][0]) / 2 for name in pairs]))

    def off(name: str) -> float:
        right, left = at[f"right_{name}"], at[f"left_{name}"]
        return float(np.hypot(right[0] + left[0] - 2 * axis, right[1] - left[1])) / shoulders

    worst = max(pairs, key=off)
    return worst.replace("_", " "), off(worst)


def _files(work: Work, draft: Draft, bgra: U8, source: Path, source_name: str) -> dict[str, Path]:
    """The product's files, written and read again as the mirror reads them; name to path."""
    place = work.folder / draft.definition.sku
    place.mkdir()
    picture = png(bgra)
    if len(picture) > PICTURE_FILE_MAX_BYTES:
        raise BadAsset(
            f"The garment's picture has {len(picture) >> 20} MB and may have {PICTURE_FILE_MAX_BYTES >> 20}; use a "
            "smoother photo."
        )
    (place / PICTURE_FILE).write_bytes(picture)
    told: dict[str, Any] = plain(draft.definition)
    (place / PRODUCT_FILE).write_text(json.dumps(told), "utf-8")
    product = load_product(place)
    (place / THUMBNAIL_FILE).write_bytes(png(garment_picture(product)))
    marked = points_picture(bgra, {str(name): at for name, at in draft.definition.points.items()})
    done, jpeg = cv2.imencode(".jpg", marked, [cv2.IMWRITE_JPEG_QUALITY, 88])
    if not done:
        raise BadAsset("The picture of the points could not be written.")
    (place / POINTS_FILE).write_bytes(jpeg.tobytes())
    shutil.copyfile(source, place / source_name)
    return {name: place / name for name in (PICTURE_FILE, THUMBNAIL_FILE, POINTS_FILE, source_name)}
