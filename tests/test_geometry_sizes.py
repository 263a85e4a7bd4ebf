"""Sizes: right on heads of known size, with a ± that holds; refused, with the reason, where they cannot be right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.measure import Scale
from tryon.geometry.pose import Pose
from tryon.geometry.sizes import (
    FRAMES_MIN,
    LIMBUS_SIGMA_MM,
    PUPILS_SIGMA_MM,
    Length,
    SizeMeter,
    Sizes,
)
from tryon.geometry.steady import Head
from tryon.geometry.wearer import ear_root
from tryon.perception import landmarks as at
from tryon.replay import irises

CAMERA = Camera.from_fov(1280, 720, 63.0)
HeadAt = Callable[..., Head]
PoseAt = Callable[..., Pose]
EYES = [at.RIGHT_IRIS_CENTRE, at.LEFT_IRIS_CENTRE]


def measured(heads: list[Head], blur_px: float = 0.5, bgr: U8 | None = None) -> Sizes:
    meter = SizeMeter()
    for number in range(FRAMES_MIN):
        assert meter.sizes() is None, "no number before enough frames counted"
        assert meter.update(heads[number % len(heads)], blur_px, 33.3 * number, bgr) is None
    sizes = meter.sizes()
    assert sizes is not None
    return sizes


def known(head: Head, scale: float = 1.0, sigma: float = 0.0) -> Head:
    """The head with its scale known."""
    return replace(head, scale=Scale(scale, sigma, "card"))


def plain() -> U8:
    return np.full((CAMERA.height_px, CAMERA.width_px, 3), (130, 155, 200), np.uint8)


def looking(head: Head, off_mm: tuple[float, float] = (0.0, 0.0), colour: str = "brown") -> U8:
    """A picture of its eyes, irises so far to the wearer's left of the landmarks."""
    px_per_mm = CAMERA.focal_px / float(head.pose.to_camera(head.rest.points_mm[EYES])[:, 2].mean())
    places = head.points_px[EYES, :2].astype(np.float64)
    across = (places[1] - places[0]) / np.linalg.norm(places[1] - places[0])
    shown = places + np.outer(off_mm, across) * px_per_mm
    return irises.painted(plain(), head.points_px, shown, colour, px_per_mm)


def true_pupils(shape: F64) -> float:
    return float(np.linalg.norm(shape[EYES[1]] - shape[EYES[0]]))


@pytest.mark.parametrize("yaw", [0.0, 8.0, -8.0])
@pytest.mark.parametrize("roll", [0.0, 20.0])
def test_the_pupils_distance_is_that_of_the_head_at_any_small_turn(
    head_at: HeadAt, pose_at: PoseAt, yaw: float, roll: float
) -> None:
    head = head_at(pose_at(yaw, -4, roll, (30.0, 10.0, 480.0)), CAMERA)
    sizes = measured([known(head, head.scale.value)])
    true_mm = true_pupils(template().points_mm) * head.scale.value
    assert sizes.pupils.mm == pytest.approx(true_mm, rel=0.02)
    assert sizes.pupils.source == "card"
    assert sizes.distance_mm == pytest.approx(480, rel=0.05)


def test_the_room_for_lenses_is_from_brow_to_cheek(head_at: HeadAt, pose_at: PoseAt) -> None:
    mean = template().points_mm
    head = head_at(pose_at(at_mm=(0.0, 0.0, 480.0)), CAMERA)
    sizes = measured([known(head, 1.1, 0.0)])
    true_mm = float(mean[[105, 334], 1].mean() - mean[[50, 280], 1].mean())
    assert 45 < true_mm < 60, "lenses of adults' frames are 28 to 55 mm high"
    assert sizes.height.mm == pytest.approx(
        float(head.rest.points_mm[105, 1] - head.rest.points_mm[50, 1]), rel=0.02
    )
    assert sizes.height.sigma_mm > 0


def test_for_far_the_pupils_are_a_little_farther_apart(head_at: HeadAt, pose_at: PoseAt) -> None:
    near = measured([head_at(pose_at(at_mm=(0.0, 0.0, 350.0)), CAMERA)])
    away = measured([head_at(pose_at(at_mm=(0.0, 0.0, 700.0)), CAMERA)])
    assert near.pupils_far.mm / near.pupils.mm == pytest.approx(1 + 10.5 / near.distance_mm, rel=1e-6)
    assert near.pupils_far.mm - near.pupils.mm > away.pupils_far.mm - away.pupils.mm > 0.5


def test_the_scales_doubt_is_every_lengths(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = head_at(pose_at(at_mm=(0.0, 0.0, 480.0)), CAMERA)
    sharp = measured([known(head, 1.0, 0.0)])
    assert sharp.pupils.sigma_mm == pytest.approx(PUPILS_SIGMA_MM, abs=0.02)
    sharp, doubtful = (measured([known(head, 1.0, sigma)], bgr=looking(head)) for sigma in (0.0, 0.04))
    assert sharp.pupils.sigma_mm == pytest.approx(LIMBUS_SIGMA_MM, abs=0.02)
    assert doubtful.pupils.sigma_mm == pytest.approx(0.04 * doubtful.pupils.mm, rel=0.05)
    assert doubtful.face.sigma_mm > sharp.face.sigma_mm > 0
    assert doubtful.pupils.told().endswith("mm, from card")


def test_a_scale_that_is_known_better_tells_what_was_measured_before(
    head_at: HeadAt, pose_at: PoseAt
) -> None:
    meter = SizeMeter()
    meter.rescale(Scale(1.1, 0.005, "card"))
    assert meter.sizes() is None
    for number in range(FRAMES_MIN):
        head = known(head_at(pose_at(at_mm=(0.0, 0.0, 480.0)), CAMERA), 1.0, 0.04)
        meter.update(head, 0.5, 33.3 * number, looking(head))
    before = meter.sizes()
    meter.rescale(Scale(1.1, 0.005, "card"))
    after = meter.sizes()
    assert before is not None
    assert after is not None
    assert after.pupils.source == "card"
    for name in ("pupils", "face"):
        assert getattr(after, name).mm == pytest.approx(1.1 * getattr(before, name).mm, rel=1e-6)
    assert after.distance_mm == pytest.approx(1.1 * before.distance_mm)
    assert after.pupils.sigma_mm < before.pupils.sigma_mm / 3


def test_noise_widens_the_doubt_and_many_frames_narrow_it(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = known(head_at(pose_at(at_mm=(0.0, 0.0, 480.0)), CAMERA))
    rng = np.random.default_rng(0)
    meter, doubts = SizeMeter(), []
    for number in range(80):
        points = head.points_px.copy()
        points[EYES, :2] += rng.normal(0, 0.6, (2, 2)).astype(np.float32)
        meter.update(replace(head, points_px=points), 0.5, 33.3 * number)
        sizes = meter.sizes()
        if sizes is not None:
            doubts.append(sizes.pupils.sigma_mm)
    assert doubts[0] > doubts[-1] > PUPILS_SIGMA_MM
    final = meter.sizes()
    assert final is not None
    assert abs(final.pupils.mm - true_pupils(template().points_mm)) < 4 * final.pupils.sigma_mm + 0.6


@pytest.mark.parametrize("yaw", [0.0, 8.0, -8.0])
def test_the_pupils_are_where_the_picture_shows_them(head_at: HeadAt, pose_at: PoseAt, yaw: float) -> None:
    head = known(head_at(pose_at(yaw, -4, 10, (30.0, 10.0, 480.0)), CAMERA))
    by_landmarks = measured([head])
    for off_mm in ((-0.6, 0.7), (0.8, -0.5)):
        shown = measured([head], bgr=looking(head, off_mm))
        # A turned face is painted as the picture has it: its millimetres across are shorter.
        wider = (off_mm[1] - off_mm[0]) / np.cos(np.radians(yaw))
        assert shown.pupils.mm - by_landmarks.pupils.mm == pytest.approx(wider, abs=0.12)


def test_where_no_iris_shows_the_landmarks_tell_with_more_doubt(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = known(head_at(pose_at(at_mm=(0.0, 0.0, 480.0)), CAMERA))
    by_landmarks, hidden = measured([head]), measured([head], bgr=plain())
    assert hidden.pupils == by_landmarks.pupils
    assert hidden.pupils.sigma_mm > 3 * measured([head], bgr=looking(head)).pupils.sigma_mm


def test_frames_that_show_the_irises_outweigh_those_that_do_not(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = known(head_at(pose_at(at_mm=(0.0, 0.0, 480.0)), CAMERA))
    shown = measured([head], bgr=looking(head, (-0.6, 0.7)))
    meter = SizeMeter()
    for number in range(2 * FRAMES_MIN):
        meter.update(head, 0.5, 33.3 * number, looking(head, (-0.6, 0.7)) if number % 3 == 2 else plain())
    mixed = meter.sizes()
    assert mixed is not None
    assert mixed.pupils.mm == pytest.approx(shown.pupils.mm, abs=0.12)
    assert LIMBUS_SIGMA_MM < mixed.pupils.sigma_mm < PUPILS_SIGMA_MM / 2


def test_the_doubt_is_as_large_as_the_errors(head_at: HeadAt, pose_at: PoseAt) -> None:
    rng = np.random.default_rng(5)
    shares = []
    for number, colour in enumerate(list(irises.COLOURS) * 4):
        away = 480.0 + 60.0 * (number % 4)
        head = known(head_at(pose_at(*rng.uniform(-6, 6, 3), (0.0, 0.0, away)), CAMERA))
        off_mm = rng.uniform(-1.0, 1.0, 2)
        bgr = looking(head, tuple(off_mm), colour)
        noisy = np.clip(bgr + rng.normal(0, 3.0, bgr.shape), 0, 255).astype(np.uint8)
        told = measured([head], bgr=noisy).pupils
        true_mm = measured([head]).pupils.mm + (off_mm[1] - off_mm[0])
        assert told.sigma_mm < 2 * LIMBUS_SIGMA_MM, "it was seen"
        shares.append(abs(told.mm - true_mm) / told.sigma_mm)
    assert np.mean(np.array(shares) < 2) > 0.95


def test_face_nose_and_ears_follow_the_head(head_at: HeadAt, pose_at: PoseAt) -> None:
    def of(shape: F64) -> Sizes:
        return measured([known(head_at(pose_at(at_mm=(0.0, 0.0, 480.0)), CAMERA, shape))])

    mean = template().points_mm
    wide = mean * (1.1, 1.0, 1.0)
    assert of(mean).face.mm == pytest.approx(mean[at.LEFT_TRAGUS, 0] - mean[at.RIGHT_TRAGUS, 0], rel=0.04)
    assert of(mean).ear.mm == pytest.approx(-ear_root(mean, +1)[2], rel=0.04)
    assert 8 < of(mean).nose.mm < 26
    assert of(wide).nose.mm > of(mean).nose.mm


@pytest.mark.parametrize(
    ("yaw", "pitch", "z_mm", "blur_px", "why"),
    [
        (14, 0, 480, 0.5, "look_at_the_camera"),
        (0, 20, 480, 0.5, "look_at_the_camera"),
        (0, 0, 2200, 0.3, "come_closer"),
        (0, 0, 480, 6.0, "too_blurred"),
    ],
)
def test_a_frame_that_cannot_be_measured_is_refused_with_the_reason(
    head_at: HeadAt, pose_at: PoseAt, yaw: float, pitch: float, z_mm: float, blur_px: float, why: str
) -> None:
    meter = SizeMeter()
    head = head_at(pose_at(yaw, pitch, 0, (0.0, 0.0, float(z_mm))), CAMERA)
    for number in range(2 * FRAMES_MIN):
        assert meter.update(head, blur_px, 33.3 * number) == why
    assert meter.sizes() is None


def test_a_squint_is_refused(head_at: HeadAt, pose_at: PoseAt) -> None:
    shape = template().points_mm.copy()
    for upper, lower in ((159, 145), (386, 374)):
        shape[upper, 1] = shape[lower, 1] + 1.5
    head = head_at(pose_at(at_mm=(0.0, 0.0, 480.0)), CAMERA, shape)
    assert SizeMeter().update(head, 0.5, 0.0) == "open_your_eyes"


def test_a_head_that_rushes_by_is_asked_to_hold_still(head_at: HeadAt, pose_at: PoseAt) -> None:
    meter = SizeMeter()
    places = [head_at(pose_at(at_mm=(x, 0.0, 480.0)), CAMERA) for x in (0.0, 20.0)]
    assert meter.update(places[0], 0.5, 0.0) is None
    assert meter.update(places[1], 0.5, 33.0) == "hold_still"
    assert meter.update(places[1], 0.5, 66.0) is None


def test_a_length_is_told_with_two_standard_deviations() -> None:
    assert Length(62.53, 1.2, "iris size").told() == "62.5 ± 2.4 mm, from iris size"
