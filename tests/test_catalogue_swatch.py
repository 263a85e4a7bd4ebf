"""Colours read from photos: of swatches in several lights, and of nothing in particular."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon import jpeg
from tryon.catalogue.shade_match import ShadeRange
from tryon.catalogue.swatch import find_swatch, read_swatch
from tryon.errors import BadFrame, NotAJpeg, PictureTooLarge
from tryon.frame import U8
from tryon.looks import LookBook
from tryon.render import transfer
from tryon.render.colour import de00, lab_from_hex

RED = "#9c1c33"


def photo(color: str = RED, ground: float = 0.87, light: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> U8:
    """A swatch on a ground, with a glint and some noise; ``light`` is linear red, green, blue."""
    bgr = np.array([int(color[at : at + 2], 16) for at in (5, 3, 1)], np.uint8)
    linear = np.full((240, 320, 3), ground)
    linear[70:170, 90:230] = transfer.to_linear()[bgr]
    linear[90:95, 100:200] += 0.3
    linear *= np.array(light[::-1])
    linear *= 1 + 0.03 * np.random.default_rng(1).normal(size=linear.shape)
    steps = np.rint(np.clip(linear, 0, 1) * transfer.TO_SRGB_STEPS).astype(np.int32)
    return np.asarray(transfer.to_srgb()[steps], np.uint8)


@pytest.mark.parametrize("color", [RED, "#d98a74", "#5a2030", "#e05a40"])
@pytest.mark.parametrize("light", [(1.0, 1.0, 1.0), (0.95, 0.8, 0.55), (0.6, 0.7, 0.8)])
def test_on_white_paper_a_swatch_is_told_in_any_light(color: str, light: tuple[float, float, float]) -> None:
    found = find_swatch(photo(color, light=light))
    assert found.white
    assert float(de00(found.lab, lab_from_hex(color))) < 3
    assert found.plus_minus < 7


def test_without_white_it_is_told_with_more_doubt() -> None:
    found = find_swatch(photo(ground=0.1))
    assert not found.white
    assert found.plus_minus > 8
    assert float(de00(found.lab, lab_from_hex(RED))) < 4


def test_a_bullet_among_other_colours_is_the_one_in_the_middle() -> None:
    bgr = photo()
    bgr[:, :40] = (160, 60, 20)
    assert float(de00(find_swatch(bgr).lab, lab_from_hex(RED))) < 4


@pytest.mark.parametrize("grey", [0, 120, 255])
def test_a_picture_without_colour_is_refused_with_what_to_do(grey: int) -> None:
    with pytest.raises(BadFrame, match="white paper"):
        find_swatch(np.full((100, 100, 3), grey, np.uint8))


def test_what_is_told_of_a_jpeg(book: LookBook) -> None:
    told = read_swatch(jpeg.encode(photo("#a81c2c"), 90), ShadeRange(book.products()))
    assert set(told) == {"color", "lab", "plus_minus", "white", "matches"}
    matches = told["matches"]
    assert isinstance(matches, dict)
    best = matches["lipstick"]
    assert len(best) == 3
    assert best[0]["de00"] <= best[1]["de00"]
    assert best[0]["de00"] < 10


def test_what_is_no_small_jpeg_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(NotAJpeg):
        read_swatch(b"\x89PNG not a jpeg", ShadeRange(()))
    done, data = cv2.imencode(".jpg", np.zeros((20, 1281, 3), np.uint8))
    assert done
    with pytest.raises(PictureTooLarge):
        read_swatch(data.tobytes(), ShadeRange(()))
