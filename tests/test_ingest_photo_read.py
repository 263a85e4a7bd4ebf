"""Photos from strangers: what is read, and what is refused with what to do."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.errors import AssetTooLarge, AssetUnsupported, BadAsset
from tryon.frame import U8
from tryon.ingest.photo_read import WORK_PX, read_picture


def encoded(picture: U8, ending: str) -> bytes:
    done, data = cv2.imencode(ending, picture)
    assert done
    return data.tobytes()


def test_a_large_jpeg_is_scaled_down() -> None:
    picture = read_picture(encoded(np.full((1200, 2400, 3), 200, np.uint8), ".jpg"))
    assert picture.bgr.shape == (WORK_PX // 2, WORK_PX, 3)
    assert picture.cover is None


def test_a_png_that_is_cut_out_keeps_its_cover() -> None:
    bgra = np.zeros((40, 80, 4), np.uint8)
    bgra[10:30, 20:60] = (30, 20, 10, 255)
    picture = read_picture(encoded(bgra, ".png"))
    assert picture.cover is not None
    assert picture.cover[20, 40] == 1
    assert picture.cover[5, 5] == 0
    assert picture.bgr[5, 5].tolist() == [255, 255, 255]
    assert picture.bgr[20, 40].tolist() == [30, 20, 10]


def test_a_png_that_hides_nothing_has_none() -> None:
    assert read_picture(encoded(np.full((40, 80, 4), 255, np.uint8), ".png")).cover is None


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"RIFF....WEBP", AssetUnsupported, "neither JPEG nor PNG"),
        (b"", AssetUnsupported, "neither JPEG nor PNG"),
        (b"\xff\xd8\xff", BadAsset, "cannot be decoded"),
        (b"\x89PNG\r\n\x1a\n", BadAsset, "PNG"),
        (encoded(np.zeros((2, 5000, 3), np.uint8), ".jpg"), AssetTooLarge, "scale it down"),
    ],
)
def test_what_is_no_photo(data: bytes, error: type[BadAsset], said: str) -> None:
    with pytest.raises(error, match=said) as told:
        read_picture(data)
    assert told.value.sentence.endswith(".")
