"""Synthetic heads: the picture is where the truth says, to a twentieth of a pixel, and repeats to the bit."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from tryon.errors import PerceptionFailed
from tryon.frame import F32, F64, U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.perception import landmarks as at
from tryon.perception.face_model import FaceModel
from tryon.replay import motion
from tryon.replay.motion import Move
from tryon.replay.skin import depth_at
from tryon.replay.synth import FACE_MIDDLE_MM, NECK_MM, Stage, SyntheticHead

pytestmark = pytest.mark.usefixtures("carved_once")

CAMERA = Camera.from_fov(640, 480, 63)
# Landmarks on open skin, seen whole in every pose tested and far enough apart for a dot each.
DOTTED = (151, 9, 168, 4, 33, 263, 205, 425, 117, 346, 199)
DOT_TEXELS = 2.0
# Nearer than any landmark network tells, and than jitter that a test may blame on the tracker.
CENTROID_ERROR_PX = 0.05


@pytest.fixture(scope="module")
def model() -> Iterator[FaceModel]:
    model = FaceModel()
    yield model
    model.close()


@pytest.fixture(scope="module")
def head(astronaut: U8, model: FaceModel) -> SyntheticHead:
    return SyntheticHead.from_portrait(astronaut, model)


@pytest.fixture(scope="module")
def stage(head: SyntheticHead) -> Stage:
    return head.stage(CAMERA)


def texel_places(head: SyntheticHead) -> F64:
    """The centres of the dots, in texels: what the camera saw of the head shows the portrait itself."""
    return head.camera.project(head.portrait.to_camera(head.points_mm[list(DOTTED)])) * head.bust.zoom


def dotted(head: SyntheticHead) -> SyntheticHead:
    """The same head in black, in even light, with a soft white dot on each of DOTTED."""
    y, x = np.indices(head.bust.texels.shape[:2]) + 0.5
    texels = np.zeros_like(head.bust.texels)
    for px, py in texel_places(head):
        dot = 250 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * DOT_TEXELS**2))
        texels[..., :3] = np.maximum(texels[..., :3], dot[..., None])
    texels[..., 3] = 255
    normals = np.zeros_like(head.bust.normals)
    return dataclasses.replace(head, bust=dataclasses.replace(head.bust, texels=texels, normals=normals))


def expected_centroids(head: SyntheticHead, pose: Pose) -> F64:
    """Where the dots' centroids belong: on a slanting, curved surface that is not quite where their centres go."""
    steps = np.linspace(-8, 8, 65)
    dx, dy = np.meshgrid(steps, steps)
    weight = np.exp(-(dx**2 + dy**2) / (2 * DOT_TEXELS**2))
    found = []
    for px, py in texel_places(head):
        pixels = np.column_stack([(px + dx).ravel(), (py + dy).ravel()]) / head.bust.zoom
        z = depth_at(head.bust, pixels, head.portrait, head.camera)[:, None]
        away = (pixels - (head.camera.cx_px, head.camera.cy_px)) * z / head.camera.focal_px
        in_head = (np.column_stack([away, z]) - head.portrait.translation_mm) @ head.portrait.rotation
        seen = CAMERA.project(pose.to_camera(in_head)).reshape(*dx.shape, 2)
        down, across = np.gradient(seen, axis=(0, 1))
        area = np.abs(across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0])
        share = weight * area / (weight * area).sum()
        found.append((seen * share[..., None]).sum(axis=(0, 1)))
    return np.array(found)


def centroid(bgr: U8, near: F64, radius: int = 9) -> F64:
    x0, y0 = int(near[0]) - radius, int(near[1]) - radius
    patch = bgr[y0 : y0 + 2 * radius + 1, x0 : x0 + 2 * radius + 1, 1].astype(float)
    y, x = np.indices(patch.shape)
    mean = np.array([(patch * x).sum(), (patch * y).sum()]) / patch.sum()
    return np.asarray(mean + np.array([x0, y0]) + 0.5, np.float64)


@pytest.mark.parametrize(
    "move", [Move(), Move(yaw_deg=15, pitch_deg=-8, roll_deg=12), Move(-12, 6, -20, 30, -10, 60)]
)
def test_dots_on_the_face_appear_where_the_truth_says(head: SyntheticHead, move: Move) -> None:
    stage = dotted(head).stage(CAMERA)
    pose = stage.pose(move)
    bgr, truth = stage.render(pose), stage.truth(pose)
    expected = expected_centroids(head, pose)
    assert np.abs(expected - truth.points_px[list(DOTTED), :2]).max() < 1.5
    errors = np.hypot(*(np.array([centroid(bgr, place) for place in expected]) - expected).T)
    assert float(errors.mean()) < CENTROID_ERROR_PX
    assert float(errors.max()) < 3 * CENTROID_ERROR_PX


def test_at_rest_the_picture_is_the_portrait(head: SyntheticHead, astronaut: U8) -> None:
    """Seen from as far away as the portrait was taken, nothing is displaced or recoloured."""
    camera = head.camera
    nasion = (camera.cx_px / camera.width_px, camera.cy_px / camera.height_px)
    stage = head.stage(
        camera, rest_at=nasion, face_px=camera.focal_px * head.face_mm / head.portrait.translation_mm[2]
    )
    bgr = stage.render(head.portrait)
    low, high = (
        edge(head.truth(head.portrait, camera).points_px[:468, :2], axis=0) for edge in (np.min, np.max)
    )
    inner = np.s_[int(low[1]) + 10 : int(high[1]) - 10, int(low[0]) + 12 : int(high[0]) - 12]
    assert np.abs(bgr[inner].astype(int) - astronaut[inner]).mean() < 3.0


def test_millimetres_come_from_the_iris(head: SyntheticHead, astronaut: U8, model: FaceModel) -> None:
    for iris in (at.RIGHT_IRIS, at.LEFT_IRIS):
        across = head.points_mm[iris[0]] - head.points_mm[iris[2]]
        assert np.linalg.norm(across[:2]) == pytest.approx(11.7, abs=0.6)
    pupils = head.truth(head.portrait, head.camera).pupillary_mm
    assert 50 < pupils < 75
    larger = SyntheticHead.from_portrait(astronaut, model, iris_mm=12.87)
    assert larger.truth(larger.portrait, CAMERA).pupillary_mm == pytest.approx(1.1 * pupils, rel=1e-3)


def test_the_face_has_the_depth_of_a_face(head: SyntheticHead) -> None:
    tip, nasion = head.points_mm[at.NOSE_TIP], head.points_mm[at.NASION]
    sides = head.points_mm[[at.RIGHT_TRAGUS, at.LEFT_TRAGUS]]
    assert 12 < tip[2] - nasion[2] < 32
    assert np.all(sides[:, 2] < nasion[2] - 45)
    assert np.linalg.norm(nasion) < 6, "head space begins at the nasion"


def test_a_turned_head_leaves_the_room_alone(stage: Stage) -> None:
    still, turned = (stage.render(stage.pose(move)) for move in (Move(), Move(yaw_deg=20)))
    assert np.array_equal(still[:, :80], turned[:, :80])
    assert np.array_equal(still[:, -80:], turned[:, -80:])


def test_a_pose_is_where_the_move_says(stage: Stage) -> None:
    pose = stage.pose(Move(yaw_deg=17, pitch_deg=-6))
    yaw, pitch, _ = pose.yaw_pitch_roll_deg
    assert (yaw, pitch) == pytest.approx((17, -6))
    near, far = (stage.truth(stage.pose(Move(z_mm=z))).points_px for z in (-100, 100))
    assert np.ptp(near[:468, 0]) > 1.3 * np.ptp(far[:468, 0])


def test_turned_about_its_middle_a_face_stays_in_its_place(stage: Stage) -> None:
    on_neck, about_itself = (
        [stage.truth(stage.pose(Move(yaw_deg=yaw), about)).points_px[:468, 0].mean() for yaw in (-30, 30)]
        for about in (NECK_MM, FACE_MIDDLE_MM)
    )
    assert np.ptp(on_neck) > 80
    assert np.ptp(about_itself) < 25
    assert stage.pose(Move(yaw_deg=20), FACE_MIDDLE_MM).rotation == pytest.approx(
        stage.pose(Move(yaw_deg=20)).rotation
    )


def test_the_face_rests_at_its_size_in_its_place(stage: Stage) -> None:
    truth = stage.truth(stage.pose(stage.rest))
    assert np.ptp(truth.points_px[:468, 0]) == pytest.approx(200, rel=0.01)
    assert truth.points_px[at.NASION, :2] == pytest.approx((320, 480 * 0.415), abs=3)


def test_out_of_frame_only_the_room_is_left(stage: Stage) -> None:
    gone = stage.render(stage.pose(Move(x_mm=2000)))
    assert gone.shape == (480, 640, 3)
    assert np.all(stage.truth(stage.pose(Move(x_mm=2000))).points_px[:, 0] > 640)


def test_noise_is_seeded_and_as_strong_as_asked(stage: Stage) -> None:
    script = motion.still(200)
    clean = [frame.bgr for frame, _ in stage.frames(script)]
    one, again, other = (
        [frame.bgr for frame, _ in stage.frames(script, noise=4, seed=seed)] for seed in (1, 1, 2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0], other[0])
    assert not np.array_equal(one[0], one[1])
    middle = (clean[0] > 30) & (clean[0] < 225)
    difference = (one[0].astype(float) - clean[0])[middle]
    assert difference.std() == pytest.approx(4, rel=0.03)
    assert difference.mean() == pytest.approx(0, abs=0.05)


def test_frames_come_at_the_rate_with_their_poses(stage: Stage) -> None:
    frames = list(stage.frames(motion.yaw(20, 60, 500)))
    assert [frame.sequence for frame, _ in frames] == list(range(15))
    assert frames[3][0].t_ms == pytest.approx(100)
    assert frames[3][1].yaw_pitch_roll_deg[0] == pytest.approx(motion.yaw(20, 60, 500).at(100).yaw_deg)


def test_a_picture_without_a_face_is_refused(model: FaceModel) -> None:
    with pytest.raises(PerceptionFailed, match="No face"):
        SyntheticHead.from_portrait(np.full((300, 300, 3), 90, np.uint8), model)


@pytest.mark.parametrize("steady", [False, True])
def test_a_turn_reaches_its_speed_and_its_ends(steady: bool) -> None:
    script = motion.yaw(25, 60, 20_000, steady=steady)
    t_ms = np.arange(0, 20_000, 2.0)
    angle = np.array([script.at(float(t)).yaw_deg for t in t_ms])
    speed = np.abs(np.gradient(angle, t_ms / 1000))
    assert angle.max() == pytest.approx(25, abs=0.01)
    assert angle.min() == pytest.approx(-25, abs=0.01)
    assert speed.max() == pytest.approx(60, rel=0.01)
    assert angle[0] == pytest.approx(0, abs=1e-9)
    # Nothing jumps, not even the speed.
    assert np.abs(np.diff(speed)).max() < 4
    if steady:
        assert (speed > 59.9).mean() > 0.6


def test_scripts_move_what_they_name() -> None:
    scripts = (motion.pitch, motion.roll, motion.translate, motion.approach)
    fields = ("pitch_deg", "roll_deg", "x_mm", "z_mm")
    for script, field in zip(scripts, fields, strict=True):
        move = script(10, 20, 5000).at(700)
        moved = {name for name, value in dataclasses.asdict(move).items() if value}
        assert moved == {field}
    gone = motion.leave(900, leave_ms=1000, return_ms=3000, duration_ms=5000)
    assert [round(gone.at(t).x_mm) for t in (0, 999, 1500, 2999, 3500, 4999)] == [0, 0, 900, 900, 0, 0]
    there = motion.cut(Move(), Move(x_mm=80), 1000, 2000)
    assert (there.at(999).x_mm, there.at(1000).x_mm) == (0, 80)


def test_rendering_repeats_to_the_bit(stage: Stage) -> None:
    pose: Pose = stage.pose(Move(yaw_deg=10))
    assert np.array_equal(stage.render(pose), stage.render(pose))


def test_sub_pixel_moves_show(head: SyntheticHead) -> None:
    """No snapping to whole pixels: a tenth of a pixel moves every dot by a tenth of a pixel."""
    stage = dotted(head).stage(CAMERA)
    places: list[F64] = []
    for step in range(5):
        pose = stage.pose(Move(x_mm=step * 0.07))
        truth, bgr = stage.truth(pose), stage.render(pose)
        places.append(np.array([centroid(bgr, truth.points_px[point, :2])[0] for point in DOTTED]))
    steps: list[F32 | F64] = [b - a for a, b in itertools.pairwise(places)]
    expected = 0.07 * CAMERA.focal_px / float(stage.pose(Move()).translation_mm[2])
    assert np.median(steps, axis=1) == pytest.approx(np.full(4, expected), abs=0.02)


def test_a_portrait_is_cut_out_alike_every_time(astronaut: U8, head: SyntheticHead, model: FaceModel) -> None:
    cv2.setRNGSeed(77)
    again = SyntheticHead.from_portrait(astronaut, model)
    assert np.array_equal(again.bust.texels, head.bust.texels)
    assert np.array_equal(again.vertices_mm, head.vertices_mm)
