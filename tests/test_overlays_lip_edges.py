"""Where lips end, on mouths drawn with known edges."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.overlays.lip_edges import CLOSED, COLUMNS, find_edges, move_edges
from tryon.overlays.mouth import STEPS
from tryon.render import transfer

# A mouth 100 px wide: borders at rows 40 and 100, and the landmarks' slit from 65 to 75.
WIDTH_PX = 100.0
MIDDLE = 70
HEIGHTS = np.repeat(np.array([[-30.0], [-5.0], [5.0], [30.0]], np.float32), STEPS, axis=1)
PLACE = np.array([80.0, MIDDLE, 1.0, 0.0, -50.0, 100.0, WIDTH_PX, 0.1], np.float32)
SKIN, LIP = (120, 145, 195), (105, 95, 165)
TOOTH, THROAT, TONGUE = (205, 215, 225), (15, 12, 25), (60, 52, 105)


def drawn(
    rows: tuple[int, int, int, int],
    inside: tuple[int, int, int],
    noise: float = 0.0,
    skin: tuple[int, ...] = SKIN,
) -> U8:
    """Lips from the first to the last row, with what is within from the second to the third."""
    bgr = np.zeros((150, 160, 3)) + skin
    bgr[rows[0] : rows[3]] = LIP
    bgr[rows[1] : rows[2]] = inside
    bgr += np.random.default_rng(1).normal(0, noise, bgr.shape)
    return np.asarray(bgr.clip(0, 255), np.uint8)


def edges(bgr: U8, heights: F32 = HEIGHTS, lips: F32 | None = None, opened: float = 0.1) -> list[float]:
    """Rows of the four curves in their middle."""
    offsets = np.zeros((4, COLUMNS), np.float32)
    place = PLACE.copy()
    place[7] = opened
    known = np.zeros((2, 8), np.float32) if lips is None else lips
    assert find_edges(bgr, heights, place, known, transfer.to_linear(), offsets, 0.0)
    found = heights.copy()
    move_edges(found, offsets, 1.0)
    assert (np.diff(found, axis=0) >= 0).all()
    return [MIDDLE + float(row[STEPS // 2]) for row in found]


@pytest.mark.parametrize("inside", [TOOTH, THROAT, TONGUE])
@pytest.mark.parametrize("noise", [0.0, 5.0])
def test_a_slit_goes_where_lips_begin(inside: tuple[int, int, int], noise: float) -> None:
    assert edges(drawn((40, 61, 80, 100), inside, noise))[1:3] == pytest.approx((61, 80), abs=0.8)
    assert edges(drawn((40, 61, 82, 100), inside, noise))[1:3] == pytest.approx((61, 82), abs=1.0)
    # A tooth's light spreads: an edge beside it is told a pixel too far out rather than on it.
    assert edges(drawn((40, 67, 72, 100), inside, noise))[1:3] == pytest.approx((67, 72), abs=1.5)


def test_edges_that_are_right_stay() -> None:
    for skin in (SKIN, (40, 55, 85)):
        found = edges(drawn((40, 65, 75, 100), TOOTH, skin=skin))
        assert found[1:3] == pytest.approx((65, 75), abs=0.3)
        assert found == pytest.approx((40, 65, 75, 100), abs=0.6)
    assert edges(drawn((40, 70, 70, 100), TOOTH))[1:3] == [65, 75]


def test_borders_go_where_lips_end() -> None:
    assert edges(drawn((43, 65, 75, 106), THROAT, 3.0)) == pytest.approx((43, 65, 75, 106), abs=1.0)
    assert edges(drawn((36, 65, 75, 96), THROAT, 3.0)) == pytest.approx((36, 65, 75, 96), abs=1.0)


def test_a_shine_on_the_lip_is_no_tooth() -> None:
    bgr = drawn((40, 65, 75, 100), THROAT)
    bgr[79:82, 70:86] = (225, 225, 240)
    assert edges(bgr)[1:3] == pytest.approx((65, 75), abs=0.5)


@pytest.mark.parametrize("rows", [(0, 0, 150, 150), (40, 40, 100, 100)])
def test_a_lip_is_never_taken_whole(rows: tuple[int, int, int, int]) -> None:
    _, top, low, _ = edges(drawn(rows, THROAT))
    assert 47 < top <= 65
    assert 75 <= low < 93


def test_lips_that_have_been_seen_are_told_from_a_tongue() -> None:
    """Landmarks of a mouth wide open put the lower lip on the tongue: both of its curves are found beneath."""
    lips = np.zeros((2, 8), np.float32)
    edges(drawn((40, 70, 70, 100), THROAT), lips=lips, opened=0.0)
    assert (lips[:, 0] == CLOSED).all()
    heights = np.repeat(np.array([[-40.0], [-20.0], [5.0], [20.0]], np.float32), STEPS, axis=1)
    found = edges(drawn((30, 50, 86, 104), TONGUE), heights, lips, opened=0.25)
    assert found == pytest.approx((30, 50, 86, 104), abs=1.5)


def test_a_closed_mouth_has_a_line() -> None:
    bgr = drawn((40, 68, 72, 100), THROAT)
    assert edges(bgr, opened=0.0)[1:3] == [65.0, 75.0]


@pytest.mark.parametrize("opened", [0.01, 0.04])
def test_lips_that_touch_are_closed_though_landmarks_part_them(opened: float) -> None:
    """Between them lies a line as red as they are, in its own shade: not bare lips, a pale seam in a lipstick."""
    line = (64, 54, 116)
    assert edges(drawn((40, 68, 72, 100), line, 3.0), opened=opened)[1:3] == [70.0, 70.0]
    # Not what is so wide open that it is no line, nor teeth and throats however little lips part.
    top, low = edges(drawn((40, 66, 74, 100), line), opened=0.1)[1:3]
    assert low - top > 4
    for inside in (TOOTH, THROAT):
        top, low = edges(drawn((40, 66, 74, 100), inside), opened=opened)[1:3]
        assert low - top > 7


def test_nothing_is_told_of_lips_without_a_place_to_see() -> None:
    offsets = np.zeros((4, COLUMNS), np.float32)
    flat = np.repeat(np.array([[0.0], [0.3], [0.3], [0.6]], np.float32), STEPS, axis=1)
    known = np.zeros((2, 8), np.float32)
    assert not find_edges(
        drawn((40, 65, 75, 100), THROAT), flat, PLACE, known, transfer.to_linear(), offsets, 0.0
    )
    assert not offsets.any()


def test_moved_curves_keep_their_ends_and_do_not_cross() -> None:
    heights = HEIGHTS.copy()
    offsets = np.repeat(np.array([[2.0], [3.0], [-20.0], [-4.0]], np.float32), COLUMNS, axis=1)
    move_edges(heights, offsets, 1.0)
    assert heights[[0, 3]][:, [0, -1]] == pytest.approx(HEIGHTS[[0, 3]][:, [0, -1]])
    assert heights[0, STEPS // 2] == pytest.approx(-32.0)
    assert (np.diff(heights, axis=0) >= 0).all()
