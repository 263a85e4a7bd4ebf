"""A garment's picture cut into parts: every pixel worn once, the neck open, weights that keep shapes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.frame import U8
from tryon.looks import LookBook
from tryon.overlays.garment_parts import ACROSS, ALONG, CONTROLS, Parts, parts_of


def source(book: LookBook, sku: str) -> tuple[U8, Parts]:
    garment = next(product.garment for product in book.products() if product.sku == sku)
    assert garment is not None
    picture = cv2.imread(str(garment.picture), cv2.IMREAD_UNCHANGED)
    assert picture is not None
    bgra: U8 = np.asarray(picture, np.uint8)
    parts = parts_of(bgra, garment.points)
    # Parts have more room around the garment than the picture.
    left, top = np.rint(
        parts.points["chest"] - (np.array(garment.points["right_armpit"]) + garment.points["left_armpit"]) / 2
    ).astype(int)
    height, width = parts.torso.textures[0].shape[:2]
    around = ((top, height - len(bgra) - top), (left, width - bgra.shape[1] - left), (0, 0))
    return np.pad(bgra, around), parts


@pytest.mark.parametrize("sku", ["linden-tee", "harbour-stripe", "cove-tank"])
def test_the_parts_are_the_picture(book: LookBook, sku: str) -> None:
    bgra, parts = source(book, sku)
    alphas = [parts.torso.textures[0][..., 3]]
    alphas += [sleeve.textures[0][..., 3] for sleeve in parts.sleeves.values()]
    together = np.maximum.reduce(alphas)
    # But for the neck opening, where a neck stands before the inside of the back.
    shown = np.ones(together.shape, bool)
    (right, front, left) = (parts.points[name] for name in ("right_neck", "neck_front", "left_neck"))
    shown[: int(front[1]), int(right[0]) : int(left[0])] = False
    missing = (bgra[..., 3] > 250) & (together < 200) & shown
    assert missing.mean() < 0.004
    assert not ((together > 0) & (bgra[..., 3] == 0)).any()
    x, y = (front - (0, 12)).astype(int)
    assert alphas[0][y, x] == 0
    assert alphas[0][y + 24, x] > 200
    assert set(parts.sleeves) == (set() if sku == "cove-tank" else {"right", "left"})


def close_cut() -> Parts:
    """A red garment, its back's inside black, whose picture ends with its collar and its sides."""
    bgra: U8 = np.zeros((220, 202, 4), np.uint8)
    outline = np.array([(61, 0), (141, 0), (201, 30), (201, 210), (1, 210), (1, 30)])
    cv2.fillPoly(bgra, [outline], (0, 0, 200, 255))
    cv2.ellipse(bgra, (101, 0), (40, 40), 0, 0, 180, (0, 0, 0, 255), -1)
    points: dict[str, tuple[float, float]] = {
        "right_neck": (61, 0), "left_neck": (141, 0), "neck_front": (101, 40), "right_shoulder": (1, 30),
        "left_shoulder": (201, 30), "right_armpit": (1, 90), "left_armpit": (201, 90), "right_waist": (1, 150),
        "left_waist": (201, 150), "right_hem": (1, 210), "left_hem": (201, 210), "hem_centre": (101, 210),
    }  # fmt: skip
    return parts_of(bgra, points)


def test_cloth_may_rise_beside_a_neck_in_its_own_colour_though_the_picture_ends_there() -> None:
    parts = close_cut()
    texture, neck = parts.torso.textures[0], parts.points["left_neck"]
    for out, up in ((2, 12), (10, 8), (52, -16), (66, -24)):
        x, y = int(neck[0]) + out, int(neck[1]) - up
        assert texture[y, x, 4] > 150, (out, up)
        assert texture[y, x, 2] > 150, (out, up)


def test_cloth_may_go_out_to_a_wider_wearer_in_its_own_colour_though_the_picture_ends_there() -> None:
    parts = close_cut()
    texture = parts.torso.textures[0]
    for side, out in (("right", -1), ("left", 1)):
        x, y = (int(value) for value in parts.points[f"{side}_waist"])
        for away in (4, 12, 24):
            assert texture[y, x + out * away, 4] > 200, (side, away)
            assert texture[y, x + out * away, 2] > 150, (side, away)
        # And its mesh goes so far.
        assert (out * parts.torso.texels[:, 0]).max() > out * x + 30


def test_sleeves_are_the_ends_of_the_arms(book: LookBook) -> None:
    _, parts = source(book, "harbour-stripe")
    for side in ("right", "left"):
        alpha = parts.sleeves[side].textures[0][..., 3]
        middle = (parts.points[f"{side}_cuff_outer"] + parts.points[f"{side}_cuff_inner"]) / 2
        middle += 0.1 * (parts.points[f"{side}_shoulder"] - middle)
        assert alpha[int(middle[1]), int(middle[0])] == 255
        assert parts.torso.textures[0][int(middle[1]), int(middle[0]), 3] == 0
        assert parts.sleeves[side].texels.shape == (ALONG * len(ACROSS), 2)


def test_the_weights_keep_what_does_not_move_and_follow_what_does(book: LookBook) -> None:
    _, parts = source(book, "linden-tee")
    controls = np.stack([parts.points[name] for name in CONTROLS])
    assert np.abs(parts.weights @ controls - parts.torso.texels).max() < 1e-6 * np.abs(controls).max()
    turned = controls @ np.array([[0.8, 0.3], [-0.2, 1.1]]) + (5.0, 7.0)
    expected = parts.torso.texels @ np.array([[0.8, 0.3], [-0.2, 1.1]]) + (5.0, 7.0)
    assert np.abs(parts.weights @ turned - expected).max() < 1e-3
    moved = controls.copy()
    moved[CONTROLS.index("left_hem"), 0] += 40.0
    shift = parts.weights @ moved - parts.torso.texels
    near = np.hypot(*(parts.torso.texels - controls[CONTROLS.index("left_hem")]).T).argmin()
    far = np.hypot(*(parts.torso.texels - controls[CONTROLS.index("right_shoulder")]).T).argmin()
    assert shift[near, 0] > 20
    assert abs(shift[far, 0]) < 8


def test_an_open_front_is_not_drawn_out_over(book: LookBook) -> None:
    _, parts = source(book, "ridge-jacket")
    x, y = (parts.points["right_waist"] + parts.points["left_waist"]) / 2
    assert parts.torso.textures[0][int(y), int(x), 3] == 0
    assert parts.torso.textures[0][int(y), int(x), 4] == 0


def test_no_rim_of_a_sleeve_stays_on_the_body(book: LookBook) -> None:
    """Of an open front, whose middle is no cloth, either."""
    _, parts = source(book, "ridge-jacket")
    points = parts.points
    beside = int(points["right_waist"][0] - 0.08 * parts.shoulder_px)
    low = int(points["right_waist"][1])
    assert not parts.torso.textures[0][low:, :beside, 3].any()


def test_smaller_levels_for_smaller_garments(book: LookBook) -> None:
    _, parts = source(book, "linden-tee")
    assert parts.torso.level(1.0) == 0
    assert parts.torso.level(0.4) == 1
    assert parts.torso.level(0.01) == len(parts.torso.textures) - 1


def test_a_stripe_across_a_sleeve_stays_across_it(book: LookBook) -> None:
    _, parts = source(book, "harbour-stripe")
    at = parts.points
    unit = parts.shoulder_px
    for side in ("right", "left"):
        along = at[f"{side}_cuff_outer"] + at[f"{side}_cuff_inner"]
        along = along - at[f"{side}_shoulder"] - at[f"{side}_armpit"]
        along /= np.hypot(*along)
        rows = (parts.sleeves[side].texels @ along).reshape(ALONG, len(ACROSS))
        alpha = parts.sleeves[side].textures[0][..., 3]
        for rail in (0.0, 1.0):
            edge = int(np.flatnonzero(rail == ACROSS)[0])
            # Down the sleeve as evenly as the rows are, wherever the outline bulges.
            even = np.linspace(rows[0, edge], rows[-1, edge], ALONG)
            assert np.abs(rows[:, edge] - even).max() < 0.01 * unit
            # And on the outline.
            x, y = parts.sleeves[side].texels.reshape(ALONG, len(ACROSS), 2)[8:16, edge].T
            inward = -4 if (rail == 0.0) == (side == "left") else 4
            assert (alpha[y.astype(int), (x + inward).astype(int)] > 128).all()
            assert (alpha[y.astype(int), (x - inward).astype(int)] < 128).all()


def test_stripes_go_on_beside_the_torso(book: LookBook) -> None:
    _, parts = source(book, "harbour-stripe")
    color = parts.torso.textures[0][..., :3].astype(int)
    row = slice(int(parts.points["right_waist"][1]), int(parts.points["right_hem"][1]) - 12)
    for side, outward in (("right", -1), ("left", 1)):
        x = int(parts.points[f"{side}_waist"][0])
        inside, outside = color[row, x - 12 * outward], color[row, x + 12 * outward]
        assert np.corrcoef(inside[:, 2], outside[:, 2])[0, 1] > 0.95
