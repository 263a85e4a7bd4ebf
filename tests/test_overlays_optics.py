"""The camera's blur and noise, found again in pictures that were given them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays.optics import (
    BLUR_MAX_PX,
    BLUR_MIN_PX,
    BLUR_USUAL_PX,
    FOLLOW_MS,
    NOISE_MAX,
    PERIOD_MS,
    OpticsMeter,
    blur_px,
    noise_codes,
)

CAMERA = Camera.from_fov(640, 480, 63.0)
FINE = 8


def discs(blur: float, seed: int = 0) -> F32:
    """Grey discs as a camera of that blur sees them: drawn eight times as fine, blurred, summed pixel by pixel."""
    rng = np.random.default_rng(seed)
    fine: F32 = np.full((60 * FINE, 160 * FINE), 128, np.float32)
    for _ in range(40):
        centre = int(rng.integers(0, fine.shape[1])), int(rng.integers(0, fine.shape[0]))
        cv2.circle(fine, centre, int(rng.integers(20, 60)), (float(rng.integers(30, 225)),), -1)
    blurred = cv2.GaussianBlur(fine, (0, 0), max(blur, 0.01) * FINE)
    return np.asarray(
        cv2.resize(blurred, None, fx=1 / FINE, fy=1 / FINE, interpolation=cv2.INTER_AREA), np.float32
    )


@pytest.mark.parametrize("blur", [0.5, 0.7, 1.0, 1.4])
def test_a_blur_is_found_again(blur: float) -> None:
    # A pixel's own area blurs by 1/√12.
    expected = np.hypot(blur, 12**-0.5)
    assert blur_px(discs(blur)) == pytest.approx(expected, abs=0.12)


def test_more_blur_reads_as_more_within_the_limits() -> None:
    found = [blur_px(discs(blur)) for blur in (0.0, 0.6, 1.0, 1.5, 4.0)]
    values = [value for value in found if value is not None]
    assert values == sorted(values)
    assert values[0] >= BLUR_MIN_PX
    assert values[-1] <= BLUR_MAX_PX


def test_noise_does_not_pass_for_sharpness() -> None:
    noisy = discs(1.0) + np.random.default_rng(1).normal(0, 4, (60, 160))
    assert blur_px(noisy.astype(np.float32)) == pytest.approx(np.hypot(1.0, 12**-0.5), abs=0.2)


def test_a_picture_without_edges_tells_no_blur() -> None:
    assert blur_px(np.full((60, 160), 120, np.float32)) is None
    slope: F32 = np.tile(np.linspace(50, 200, 160, dtype=np.float32), (60, 1))
    assert blur_px(slope) is None


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0, 8.0])
def test_noise_is_found_again_on_slopes_and_among_edges(sigma: float) -> None:
    rng = np.random.default_rng(2)
    slope = np.tile(np.linspace(50, 200, 160), (60, 1))
    assert noise_codes((slope + rng.normal(0, sigma, slope.shape)).astype(np.float32)) == pytest.approx(
        sigma, rel=0.12
    )
    edges = discs(1.0) + rng.normal(0, sigma, (60, 160))
    assert noise_codes(edges.astype(np.float32)) == pytest.approx(sigma, rel=0.25)


def test_noise_has_a_limit_and_tiny_pictures_tell_none() -> None:
    assert noise_codes(np.random.default_rng(3).normal(0, 90, (60, 160)).astype(np.float32)) == NOISE_MAX
    assert noise_codes(np.zeros((10, 10), np.float32)) is None


@pytest.fixture
def head(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> Head:
    return head_at(pose_at(at_mm=(0.0, 0.0, 450.0)), CAMERA)


def scene(head: Head, blur: float, noise: float = 0.0) -> U8:
    """Sharp discs all over a picture, blurred."""
    rng = np.random.default_rng(5)
    grey = np.full((480, 640), 128, np.float32)
    for _ in range(900):
        cv2.circle(
            grey, (int(rng.integers(640)), int(rng.integers(480))), 7, (float(rng.integers(30, 225)),), -1
        )
    grey = cv2.GaussianBlur(grey, (0, 0), blur) + rng.normal(0, noise, grey.shape)
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def test_a_meter_starts_with_what_it_sees_and_follows_slowly(head: Head) -> None:
    meter = OpticsMeter()
    first = meter.read(scene(head, 0.6), head, 0.0)
    assert first.blur_px != BLUR_USUAL_PX
    soft = scene(head, 1.6)
    assert meter.read(soft, head, 33.0) is first, "it looks only now and then"
    t_ms, seen = 0.0, [first.blur_px]
    while t_ms < 6 * FOLLOW_MS:
        t_ms += PERIOD_MS + 1
        seen.append(meter.read(soft, head, t_ms).blur_px)
    assert seen == sorted(seen)
    assert seen[1] - seen[0] < 0.6 * (seen[-1] - seen[0])
    assert seen[-1] == pytest.approx(OpticsMeter().read(soft, head, 0.0).blur_px, rel=0.05)


def test_a_face_without_edges_or_outside_the_picture_keeps_the_last_answer(
    head: Head, head_at: Callable[..., Head], pose_at: Callable[..., Pose]
) -> None:
    meter = OpticsMeter()
    assert meter.read(np.full((480, 640, 3), 90, np.uint8), head, 0.0).blur_px == BLUR_USUAL_PX
    first = meter.read(scene(head, 1.2), head, 1000.0)
    gone = head_at(pose_at(at_mm=(-2000.0, 0.0, 450.0)), CAMERA)
    assert meter.read(scene(head, 0.5), gone, 2000.0) is first
