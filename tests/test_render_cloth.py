"""Cloth kernels: what is drawn, hidden, drawn out and blended."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.render import transfer
from tryon.render.cloth import CHANNELS, U64, bare, channels, lay, packed, wear
from tryon.render.mesh import I32

SIZE = 24
TRIANGLES: I32 = np.array([[0, 1, 2], [1, 3, 2]], np.int32)


@pytest.fixture
def sheet() -> F32:
    return np.zeros((SIZE, SIZE, 4), np.float32)


@pytest.fixture
def nothing() -> U8:
    return np.zeros((SIZE, SIZE), np.uint8)


def square(low: float, high: float, light: float = 1.0) -> F32:
    """A square of the picture that shows texels 0 … 16."""
    rows = [(x, y, 16 * (x - low) / (high - low), 16 * (y - low) / (high - low), light)
            for y in (low, high) for x in (low, high)]  # fmt: skip
    return np.array(rows, np.float32)


def texture(alpha: int = 255, reach: int = 255, bgr: tuple[int, int, int] = (40, 80, 200)) -> U64:
    codes = np.array([*bgr, alpha, reach], np.uint8)
    return packed(np.tile(codes, (17, 17, 1)).reshape(17, 17, CHANNELS))


def test_a_packed_texture_keeps_each_channel() -> None:
    codes = np.random.default_rng(5).integers(0, 256, (7, 9, CHANNELS), np.uint8)
    assert np.array_equal(channels(packed(codes)), codes)


def test_texels_are_mixed_by_how_near_they_are(sheet: F32, nothing: U8) -> None:
    # The brightest beside the darkest: sums of neighbouring channels must not run into one another.
    codes = np.zeros((17, 17, CHANNELS), np.uint8)
    codes[..., 3:] = 255
    codes[:, ::2, :3] = 255
    codes[1::2, :, 1] = 0
    # A texel is four pixels wide.
    corners = square(0.0, 64.0)
    lay(sheet, 0, 0, corners, TRIANGLES, packed(codes), nothing, nothing)
    places = (np.arange(2, SIZE - 2) + 0.5) / 4 - 0.5
    first = np.floor(places).astype(int)
    share = places - first
    blue = codes[2, :, 0].astype(float)
    across = blue[first] * (1 - share) + blue[first + 1] * share
    down = np.where(first % 2 == 0, 1 - share, share)
    drawn = sheet[2 : SIZE - 2, 2 : SIZE - 2] * 255
    assert drawn[..., 0] == pytest.approx(np.tile(across, (len(share), 1)), abs=1.5)
    assert drawn[..., 1] == pytest.approx(np.outer(down, across), abs=2.0)
    assert drawn[..., 2] == pytest.approx(drawn[..., 0], abs=1e-3)
    assert drawn[..., 3] == pytest.approx(255.0, abs=1e-3)


def test_each_pixel_is_drawn_once(sheet: F32, nothing: U8) -> None:
    half = texture(128)
    lay(sheet, 0, 0, square(4.0, 20.0), TRIANGLES, half, nothing, nothing)
    inside = sheet[6:18, 6:18]
    # The diagonal, too: were it drawn twice it would be more opaque.
    assert inside[..., 3] == pytest.approx(128 / 255, abs=0.01)
    assert inside[..., 2] / inside[..., 3] == pytest.approx(200 / 255, abs=0.01)
    assert not sheet[:3].any()


def test_what_is_hidden_is_not_drawn(sheet: F32, nothing: U8) -> None:
    hidden = nothing.copy()
    hidden[:, :12] = 255
    lay(sheet, 0, 0, square(4.0, 20.0), TRIANGLES, texture(), hidden, nothing)
    assert not sheet[:, :12].any()
    assert sheet[8:16, 14:18, 3] == pytest.approx(1.0)


def test_cloth_is_drawn_out_over_what_it_has_to_cover_only(sheet: F32, nothing: U8) -> None:
    worn = nothing.copy()
    worn[:, :12] = 255
    lay(sheet, 0, 0, square(4.0, 20.0), TRIANGLES, texture(0, 255), nothing, worn)
    assert sheet[8:16, 6:12, 3] == pytest.approx(1.0)
    assert not sheet[:, 12:].any()


def test_later_cloth_lies_over_earlier(sheet: F32, nothing: U8) -> None:
    lay(sheet, 0, 0, square(2.0, 22.0), TRIANGLES, texture(), nothing, nothing)
    lay(sheet, 0, 0, square(2.0, 22.0, 0.5), TRIANGLES, texture(), nothing, nothing)
    assert sheet[10, 10, 2] == pytest.approx(100 / 255, abs=0.01)


def test_cloth_takes_the_light_of_the_room_and_of_the_folds_below(sheet: F32, nothing: U8) -> None:
    sheet[..., :3], sheet[..., 3] = 0.5, 1.0
    sheet[:, :4] = 0.0
    bgr: U8 = np.full((SIZE, SIZE, 3), 90, np.uint8)
    folds = np.ones((SIZE, SIZE), np.float32)
    folds[12:] = 0.5
    hidden = nothing.copy()
    hidden[:, 20:] = 255
    quiet = np.zeros((4, 4), np.float32)
    tables = transfer.to_linear(), transfer.to_srgb()
    wear(bgr, 0, 0, sheet, hidden, nothing, folds, (1.0, 1.0, 0.5), quiet, 0.0, *tables)
    assert (bgr[:, :4] == 90).all()
    assert (bgr[:, 20:] == 90).all()
    lit, shaded = bgr[4, 10].astype(int), bgr[16, 10].astype(int)
    assert lit[1] == lit[2] == pytest.approx(128, abs=1)
    assert lit[0] < lit[1]
    assert (shaded < lit - 20).all()


def test_beside_the_cloth_its_shadow_falls_but_not_on_what_is_before_it(sheet: F32, nothing: U8) -> None:
    sheet[..., :3], sheet[..., 3] = 0.5, 1.0
    sheet[12:] = 0.0
    bgr: U8 = np.full((SIZE, SIZE, 3), 90, np.uint8)
    shadow, hidden = nothing.copy(), nothing.copy()
    shadow[:, :16] = 64
    hidden[:, 8:] = 255
    plain = np.ones((SIZE, SIZE), np.float32), (1.0, 1.0, 1.0), np.zeros((4, 4), np.float32), 0.0
    wear(bgr, 0, 0, sheet, hidden, shadow, *plain, transfer.to_linear(), transfer.to_srgb())
    assert bgr[4, 4] == pytest.approx(128, abs=1)
    # A quarter of the light.
    assert (transfer.to_linear()[bgr[16, 4]] / transfer.to_linear()[90]) == pytest.approx(
        1 - 64 / 255, abs=0.02
    )
    assert (bgr[:, 8:] == 90).all()


def test_skin_is_put_only_where_it_is_asked_for() -> None:
    bgr: U8 = np.full((SIZE, SIZE, 3), 30, np.uint8)
    share = np.zeros((SIZE, SIZE), np.float32)
    share[:, 12:] = 1.0
    skin = np.tile(transfer.to_linear()[np.array([120, 140, 190])], (SIZE, SIZE, 1)).astype(np.float32)
    quiet = np.zeros((4, 4), np.float32)
    bare(bgr, 0, 0, share, skin, quiet, 0.0, transfer.to_linear(), transfer.to_srgb())
    assert (bgr[:, :12] == 30).all()
    assert np.abs(bgr[:, 13:].astype(int) - (120, 140, 190)).max() <= 1


def test_cloth_is_not_drawn_out_over_cloth_that_is_there(sheet: F32, nothing: U8) -> None:
    worn = np.full_like(nothing, 255)
    lay(sheet, 0, 0, square(4.0, 20.0), TRIANGLES, texture(), nothing, worn)
    before = sheet.copy()
    other = texture(0, 255, (250, 250, 250))
    lay(sheet, 0, 0, square(4.0, 20.0, 0.6), TRIANGLES, other, nothing, worn)
    assert np.array_equal(sheet, before)
    # Where cloth that is there ends softly, nothing shows through between the two.
    soft = np.zeros_like(sheet)
    lay(soft, 0, 0, square(4.0, 20.0), TRIANGLES, texture(128, 0), nothing, nothing)
    lay(soft, 0, 0, square(4.0, 20.0), TRIANGLES, other, nothing, worn)
    assert soft[8:16, 8:16, 3] == pytest.approx(1.0, abs=0.01)
    assert soft[8, 8, 2] == pytest.approx((128 * 200 + 127 * 250) / 255 / 255, abs=0.01)
    # And over bare places it is.
    lay(sheet, 0, 0, square(0.0, 24.0), TRIANGLES, other, nothing, worn)
    assert sheet[2, 2, 3] == pytest.approx(1.0)
