"""The light meter, on pictures whose light is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays.light import (
    BRIGHT,
    DARK,
    PERIOD_MS,
    WHITE_MAX,
    WHITE_MIN,
    LightEstimate,
    LightMeter,
)
from tryon.render.mesh import linear_to_srgb
from tryon.render.transfer import to_linear

FRAME_MS = 33.0
CAMERA = Camera.from_fov(320, 240, 63.0)


@pytest.fixture(scope="module")
def head(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> Head:
    return head_at(pose_at(), CAMERA)


def plain(code: int | tuple[int, int, int], width: int = 320, height: int = 240) -> U8:
    return np.full((height, width, 3), code, np.uint8)


def lit(bgr: U8, factor: float | F32) -> U8:
    """The same scene under ``factor`` times the light, in linear light."""
    linear = (to_linear()[bgr] * factor).clip(0, 1).astype(np.float32)
    return np.asarray(np.rint(linear_to_srgb(linear) * 255), np.uint8)


def watched(pictures: list[U8], head: Head, step_ms: float = FRAME_MS) -> list[LightEstimate]:
    meter = LightMeter()
    return [meter.read(picture, head, i * step_ms) for i, picture in enumerate(pictures)]


@pytest.fixture(scope="module")
def scene() -> U8:
    """A grey room with something white and something black in it and a face of medium skin."""
    bgr = plain(90)
    bgr[:80, :160] = 235
    bgr[220:, :40] = 0
    bgr[60:200, 90:230] = (110, 140, 180)
    return bgr


def test_constant_frames_have_constant_light(scene: U8, head: Head) -> None:
    estimates = watched([scene] * 20, head)
    assert all(estimate == estimates[0] for estimate in estimates)


def test_a_change_is_followed_within_a_second_and_without_overshoot(scene: U8, head: Head) -> None:
    dim = lit(scene, 0.4)
    wanted = LightMeter().read(dim, head, 0.0).white[1]
    seen = [estimate.white[1] for estimate in watched([scene] * 4 + [dim] * 60, head)]
    assert seen[4 + 31] == pytest.approx(wanted, rel=0.12)
    assert seen[-1] == pytest.approx(wanted, rel=0.02)
    assert (np.diff(seen[4:]) <= 1e-6).all()
    assert seen[5] > 0.6 * seen[3], "no flicker"


def test_half_the_light_is_half_the_white(scene: U8, head: Head) -> None:
    one, half = (LightMeter().read(lit(scene, factor), head, 0.0) for factor in (1.0, 0.5))
    assert np.divide(half.white, one.white).tolist() == pytest.approx([0.5] * 3, rel=0.03)
    assert half.skin / one.skin == pytest.approx(0.5, rel=0.03)


@pytest.mark.parametrize("code", [0, 1, 20, 128, 254, 255, (255, 0, 0), (0, 0, 255), (0, 255, 0)])
def test_white_is_bounded_whatever_the_picture(code: int | tuple[int, int, int], head: Head) -> None:
    estimate = LightMeter().read(plain(code), head, 0.0)
    assert all(np.isfinite(estimate.white))
    assert min(estimate.white) >= WHITE_MIN * 0.75
    assert max(estimate.white) <= WHITE_MAX * 1.35


def test_warm_light_is_warm_and_is_trusted_half(scene: U8, head: Head) -> None:
    warm = lit(scene, np.array([0.6, 0.85, 1.0], np.float32))  # blue, green, red
    red, green, blue = LightMeter().read(warm, head, 0.0).white
    assert red > green > blue
    assert blue / red > 0.7


def test_a_dark_skin_before_a_white_wall_does_not_dim_the_product(head: Head) -> None:
    bgr = plain(235)
    bgr[60:200, 90:230] = (40, 50, 70)
    assert LightMeter().read(bgr, head, 0.0).white[1] > 0.6


@pytest.mark.parametrize("skin", [(40, 50, 70), (140, 170, 210)])
@pytest.mark.parametrize("tint", [(1.0, 1.0, 1.0), (0.66, 1.0, 1.18), (1.22, 1.0, 0.84)])
def test_a_face_before_a_window_is_lit_by_its_own_light(
    head_at: Callable[..., Head],
    pose_at: Callable[..., Pose],
    skin: tuple[int, int, int],
    tint: tuple[float, float, float],
) -> None:
    """The window grows ten times as bright; what falls on the face stays."""
    near = head_at(pose_at(at_mm=(0.0, 0.0, 350.0)), Camera.from_fov(640, 480, 63.0))
    room = plain(205, 640, 480)
    room[90:450, 140:500] = skin
    x, y = near.points_px[[33, 133, 362, 263], :2].T.astype(int)
    room[y.min() - 6 : y.max() + 7, x.min() : x.max()] = (165, 179, 195)  # an eye's white, half of white
    room = lit(room, np.array(tint, np.float32))
    window = room.copy()
    window[:60] = 255
    window[60:100] = 250
    one, other = (LightMeter().read(picture, near, 0.0).white for picture in (room, window))
    assert np.divide(other, one).tolist() == pytest.approx([1.0] * 3, rel=0.2)
    red, _, blue = one
    assert red / blue == pytest.approx(tint[2] / tint[0], rel=0.25)


def test_dark_glasses_are_no_eyes(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> None:
    """Green lenses made white cloth green."""
    near = head_at(pose_at(at_mm=(0.0, 0.0, 350.0)), Camera.from_fov(640, 480, 63.0))
    room = plain(205, 640, 480)
    room[90:450, 140:500] = (110, 140, 200)
    x, y = near.points_px[[33, 133, 362, 263], :2].T.astype(int)
    glasses = room.copy()
    glasses[y.min() - 6 : y.max() + 7, x.min() : x.max()] = (80, 120, 60)
    light = LightMeter().read(glasses, near, 0.0)
    assert light.white[1] < 1.05 * light.white[0]


def test_a_blink_does_not_dim_the_light(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> None:
    near = head_at(pose_at(at_mm=(0.0, 0.0, 350.0)), Camera.from_fov(640, 480, 63.0))
    shut = plain(235, 640, 480)
    shut[90:450, 140:500] = (40, 50, 70)
    opened = shut.copy()
    x, y = near.points_px[[33, 133, 362, 263], :2].T.astype(int)
    opened[y.min() - 6 : y.max() + 7, x.min() : x.max()] = (165, 179, 195)
    whites = [estimate.white[1] for estimate in watched([opened] * 30 + [shut] * 6 + [opened] * 30, near)]
    assert min(whites) > 0.9 * whites[0]


def test_a_lit_face_before_a_dark_wall_does_not_pale_into_it(head: Head) -> None:
    bgr = plain(10)
    bgr[60:200, 90:230] = (120, 150, 200)
    estimate = LightMeter().read(bgr, head, 0.0)
    assert estimate.white[1] > estimate.skin


@pytest.mark.parametrize(
    ("code", "dark", "bright"), [(30, True, False), (128, False, False), (245, False, True)]
)
def test_skin_tells_too_dark_and_too_bright(code: int, dark: bool, bright: bool, head: Head) -> None:
    skin = LightMeter().read(plain(code), head, 0.0).skin
    assert (skin < DARK) is dark
    assert (skin > BRIGHT) is bright


def test_between_looks_the_last_one_stands(scene: U8, head: Head) -> None:
    meter = LightMeter()
    first = meter.read(scene, head, 0.0)
    assert meter.read(plain(255), head, PERIOD_MS - 1) is first
    assert meter.read(plain(255), head, PERIOD_MS + 1) is not first


@pytest.mark.parametrize("t_ms", [-1.0, -1e6, 2001.0, 1e9])
def test_a_jump_in_time_starts_anew(t_ms: float, scene: U8, head: Head) -> None:
    meter = LightMeter()
    meter.read(scene, head, 0.0)
    dim = lit(scene, 0.3)
    assert meter.read(dim, head, t_ms) == LightMeter().read(dim, head, 0.0)


def test_a_face_outside_the_picture_is_read_at_its_edge(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose], scene: U8
) -> None:
    for x, y in ((-400.0, 0.0), (400.0, 300.0)):
        estimate = LightMeter().read(scene, head_at(pose_at(at_mm=(x, y, 500.0)), CAMERA), 0.0)
        assert 0 < estimate.skin < 1


@pytest.mark.parametrize("size", [(3, 3), (12, 3), (6, 6), (7, 7)])
def test_small_pictures(size: tuple[int, int], head: Head) -> None:
    assert LightMeter().read(plain(128, *size), head, 0.0).skin == pytest.approx(0.216, abs=0.01)


def test_what_noise_changes_is_followed_slowly_and_the_first_readings_count_alike(head: Head) -> None:
    meter = LightMeter()
    levels = [100, 104, 100, 104, 100, 104]
    seen = [
        meter.read(np.full((240, 320, 3), level, np.uint8), head, 100.0 * k).white[1]
        for k, level in enumerate(levels)
    ]
    moved = np.abs(np.diff(seen))
    assert moved[-1] < 0.5 * moved[0]
    assert moved[-1] < 0.25 * abs(
        LightMeter().read(np.full((240, 320, 3), 104, np.uint8), head, 0.0).white[1] - seen[0]
    )
