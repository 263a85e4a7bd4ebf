"""Tracker, pose and filters against heads whose pose is known: the issue's bars, and what is better than they ask.

Figures are logged (``pytest --log-cli-level=INFO`` shows them), so that a change of tuning shows what it costs
elsewhere.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tryon import jpeg
from tryon.bench.tracking import far, shopper
from tryon.frame import F64, U8, Frame
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head, HeadFilter
from tryon.perception import landmarks as at
from tryon.perception.face import FaceTracker
from tryon.perception.face_model import FaceModel
from tryon.perception.observation import FaceObservation
from tryon.replay import measures, motion
from tryon.replay.motion import Motion, Move
from tryon.replay.synth import FACE_MIDDLE_MM, NECK_MM, Stage, SyntheticHead

pytestmark = pytest.mark.usefixtures("carved_once")

log = logging.getLogger(__name__)

CAMERA = Camera.from_fov(640, 480, 63)
NOISE = 4.0
SETTLE_FRAMES = 30
FRAME_MS = 1000 / 30

JITTER_MAX_PX = 0.35
# A poor uplink's JPEG; 0.06 px from frame to frame where each crop is taken with all its noise.
POOR_QUALITY = 60
POOR_STEP_MAX_PX = 0.045
LAG_MAX_MS = 33.0
ROTATION_MAX_DEG = 2.5
DISTANCE_MAX_PERCENT = 4.0
BRIDGE_MAX_MM = 1.5
TEMPLE_TIP_MAX_MM = 4.0
# With the one turn taken out that this face always gets; a guard, measured 2.1.
CENTRED_MAX_DEG = 3.1

# Jaw and lips: what an opening mouth takes along.
JAW = np.unique(
    np.concatenate(
        [
            at.LIPS_OUTER,
            at.LIPS_INNER,
            [152, 148, 176, 149, 150, 377, 400, 378, 379, 199, 200, 18, 83, 313, 175, 171, 396],
        ]
    )
)


@dataclass(frozen=True)
class Sight:
    """What was seen in one frame, beside the truth."""

    t_ms: float
    truth: Pose
    face: FaceObservation | None
    head: Head | None


@pytest.fixture(scope="module")
def model() -> Iterator[FaceModel]:
    model = FaceModel()
    yield model
    model.close()


@pytest.fixture(scope="module")
def person(astronaut: U8, model: FaceModel) -> SyntheticHead:
    return SyntheticHead.from_portrait(astronaut, model)


@pytest.fixture(scope="module")
def stage(person: SyntheticHead) -> Stage:
    return person.stage(CAMERA)


def watch(
    shots: Iterable[tuple[Frame, Pose]], model: FaceModel, max_faces: int = 1, *, skin: bool = False
) -> Iterator[Sight]:
    """Tracker and filters as the pipeline runs them, for the face tracked longest; with its ``skin`` as for glasses."""
    tracker = FaceTracker(max_faces)
    filters: dict[int, HeadFilter] = {}
    for frame, truth in shots:
        faces = tracker.observe(frame, model).faces
        if not faces:
            filters.clear()
            yield Sight(frame.t_ms, truth, None, None)
            continue
        head = filters.setdefault(faces[0].track, HeadFilter()).update(
            faces[0], CAMERA, frame.t_ms, None, frame.bgr if skin else None
        )
        yield Sight(frame.t_ms, truth, faces[0], head)


def watched(stage: Stage, script: Motion, model: FaceModel, noise: float = NOISE) -> list[Sight]:
    return list(watch(stage.frames(script, noise=noise), model))


def say(figures: str) -> None:
    log.info("%s", figures)


def heads(sights: Iterable[Sight]) -> list[Head]:
    found = [sight.head for sight in sights]
    assert None not in found, "the face was lost on the way"
    return [head for head in found if head is not None]


def corners(seen: Iterable[Head]) -> F64:
    return np.array([measures.frame_corners_px(head.pose, CAMERA) for head in seen])


def test_glasses_on_a_still_face_do_not_tremble(stage: Stage, model: FaceModel) -> None:
    seen = heads(watched(stage, motion.still(11_000, stage.rest), model))[SETTLE_FRAMES:]
    jitter, step = measures.jitter_px(corners(seen)), measures.step_px(corners(seen))
    raw = measures.jitter_px(np.array([measures.frame_corners_px(head.raw_pose, CAMERA) for head in seen]))
    say(
        f"still, noise {NOISE}: jitter {jitter:.3f} px (unfiltered {raw:.3f}), from frame to frame {step:.3f} px"
    )
    assert jitter <= JITTER_MAX_PX
    assert step <= JITTER_MAX_PX / 2


def test_glasses_on_a_still_face_sent_as_a_poor_jpeg_do_not_tremble(stage: Stage, model: FaceModel) -> None:
    shots = (
        (replace(frame, bgr=jpeg.decode(jpeg.encode(frame.bgr, POOR_QUALITY))), pose)
        for frame, pose in stage.frames(motion.still(11_000, stage.rest), noise=NOISE)
    )
    seen = heads(watch(shots, model))[SETTLE_FRAMES:]
    jitter, step = measures.jitter_px(corners(seen)), measures.step_px(corners(seen))
    say(f"still, JPEG of quality {POOR_QUALITY}: jitter {jitter:.3f} px, from frame to frame {step:.3f} px")
    assert jitter <= JITTER_MAX_PX
    assert step <= POOR_STEP_MAX_PX


def test_glasses_on_identical_frames_do_not_move_at_all(stage: Stage, model: FaceModel) -> None:
    seen = heads(watched(stage, motion.still(2000, stage.rest), model, noise=0.0))[SETTLE_FRAMES:]
    assert measures.step_px(corners(seen)) < 0.01


def rotations_deg(stage: Stage, script: Motion, model: FaceModel, about_mm: F64) -> tuple[list[Sight], F64]:
    """After the first look, held to its own skin."""
    sights = list(watch(stage.frames(script, noise=NOISE, about_mm=about_mm), model, skin=True))[
        SETTLE_FRAMES:
    ]
    missed = [
        measures.rotation_error_deg(sight.truth, head.pose)
        for sight, head in zip(sights, heads(sights), strict=True)
    ]
    return sights, np.array(missed)


def test_a_shopper_who_turns_wears_glasses_where_they_belong(stage: Stage, model: FaceModel) -> None:
    sights, missed = rotations_deg(stage, shopper(12.0), model, NECK_MM)
    bridge, tips = (
        np.mean(
            [
                measures.shown_off_mm(sight.truth, head.pose, CAMERA, place)
                for sight, head in zip(sights, heads(sights), strict=True)
            ]
        )
        for place in (measures.BRIDGE_MM, measures.TEMPLE_TIPS_MM)
    )
    say(
        f"a shopper's turns by 35°: {missed.mean():.2f}° off, bridge {bridge:.2f} mm, temples' tips {tips:.2f} mm"
    )
    assert missed.mean() <= 1.5
    assert bridge <= BRIDGE_MAX_MM
    assert tips <= TEMPLE_TIP_MAX_MM
    assert heads(sights)[-1].nod_known > 0.5


def test_a_head_is_seen_right_as_far_as_it_turns(stage: Stage, model: FaceModel) -> None:
    to_and_fro = replace(far(), duration_ms=7000.0)
    sights, missed = rotations_deg(stage, to_and_fro, model, FACE_MIDDLE_MM)
    assert max(abs(sight.truth.yaw_pitch_roll_deg[0]) for sight in sights) > 49
    say(f"turned by 50°: {missed.mean():.2f}° off, at most {missed.max():.2f}°")
    assert missed.mean() <= 1.5
    assert missed.max() <= 4.5


@pytest.mark.parametrize("axis", ["yaw", "pitch", "roll"])
def test_a_turning_head_is_followed_within_a_frame(stage: Stage, model: FaceModel, axis: str) -> None:
    number = ("yaw", "pitch", "roll").index(axis)
    script = {"yaw": motion.yaw, "pitch": motion.pitch, "roll": motion.roll}[axis]
    amplitude = {"yaw": 25.0, "pitch": 14.0, "roll": 20.0}[axis]
    sights = watched(stage, script(amplitude, 60.0, 4000, steady=True), model)
    seen = heads(sights)
    t_ms = np.array([sight.t_ms for sight in sights])
    truth = np.array([sight.truth.yaw_pitch_roll_deg[number] for sight in sights])
    found = np.array([head.pose.yaw_pitch_roll_deg[number] for head in seen])
    raw = np.array([head.raw_pose.yaw_pitch_roll_deg[number] for head in seen])
    lag, overshoot = measures.lag_ms(t_ms, truth, found), measures.overshoot(raw, found)
    slope, offset = measures.gain(truth, found)
    say(
        f"{axis} 60°/s: lag {lag:.1f} ms (unfiltered {measures.lag_ms(t_ms, truth, raw):.1f}), gain {slope:.2f}, "
        f"offset {offset:+.1f}°, beyond the unfiltered extremes {overshoot:.2f}°"
    )
    assert lag <= LAG_MAX_MS
    assert overshoot < 0.3


def test_a_head_that_moves_sideways_and_near_is_followed(stage: Stage, model: FaceModel) -> None:
    for script, axis in ((motion.translate(60, 150, 3000), 0), (motion.approach(60, 120, 3000), 2)):
        sights = watched(stage, script, model)
        seen = heads(sights)
        t_ms = np.array([sight.t_ms for sight in sights])
        truth = np.array([sight.truth.translation_mm[axis] for sight in sights])
        found = np.array([head.pose.translation_mm[axis] for head in seen])
        lag = measures.lag_ms(t_ms, truth, found)
        say(f"{script.name}: lag {lag:.1f} ms, gain {measures.gain(truth, found)[0]:.2f}")
        assert lag <= LAG_MAX_MS


@pytest.fixture(scope="module")
def grid(stage: Stage, model: FaceModel) -> list[tuple[Move, Pose, Pose]]:
    """Each pose of the grid, true and seen, as a face that has just come into view."""
    found = []
    for yaw, pitch, roll in itertools.product((-30, -15, 0, 15, 30), (-15, 0, 15), (-20, 0, 20)):
        move = Move(yaw_deg=yaw, pitch_deg=pitch, roll_deg=roll)
        shots = stage.frames(motion.still(3 * FRAME_MS, move), noise=NOISE, about_mm=FACE_MIDDLE_MM)
        *_, sight = watch(shots, model)
        found.append((move, sight.truth, heads([sight])[0].pose))
    return found


def test_turns_and_distance_change_as_the_head_does(grid: list[tuple[Move, Pose, Pose]]) -> None:
    errors = measures.pose_errors([truth for _, truth, _ in grid], [seen for _, _, seen in grid])
    say(str(errors))
    for name, number in (("yaw_deg", 0), ("pitch_deg", 1)):
        for value in sorted({getattr(move, name) for move, _, _ in grid}):
            off = [
                seen.yaw_pitch_roll_deg[number] - truth.yaw_pitch_roll_deg[number]
                for move, truth, seen in grid
                if getattr(move, name) == value
            ]
            say(f"{name} {value:+.0f}: seen less true {np.mean(off):+.2f} ± {np.std(off):.2f}")
    assert errors.rotation_deg_centred <= CENTRED_MAX_DEG
    assert errors.distance_percent_centred <= DISTANCE_MAX_PERCENT


def test_the_distance_is_that_of_the_head(grid: list[tuple[Move, Pose, Pose]]) -> None:
    errors = measures.pose_errors([truth for _, truth, _ in grid], [seen for _, _, seen in grid])
    assert errors.distance_percent <= DISTANCE_MAX_PERCENT


def test_the_pose_is_that_of_the_head(grid: list[tuple[Move, Pose, Pose]]) -> None:
    errors = measures.pose_errors([truth for _, truth, _ in grid], [seen for _, _, seen in grid])
    assert errors.rotation_deg <= ROTATION_MAX_DEG


def test_a_frame_is_drawn_where_nose_and_ears_are(grid: list[tuple[Move, Pose, Pose]]) -> None:
    bridge, tips = (
        [measures.shown_off_mm(truth, seen, CAMERA, place) for _, truth, seen in grid]
        for place in (measures.BRIDGE_MM, measures.TEMPLE_TIPS_MM)
    )
    say(
        f"bridge {np.mean(bridge):.2f} mm, at most {max(bridge):.2f}; temple tips {np.mean(tips):.2f}, {max(tips):.2f}"
    )
    assert np.mean(bridge) <= BRIDGE_MAX_MM
    assert np.mean(tips) <= TEMPLE_TIP_MAX_MM


@pytest.mark.parametrize("yaw", [0.0, 20.0])
def test_an_opening_mouth_does_not_move_the_pose(stage: Stage, model: FaceModel, yaw: float) -> None:
    *_, sight = watched(stage, motion.still(4 * FRAME_MS, Move(yaw_deg=yaw)), model, noise=0.0)
    face = sight.face
    assert face is not None
    shut = HeadFilter().update(face, CAMERA, 0.0).pose
    points = face.points_px.copy()
    down = -sight.truth.rotation[:, 1] * 15 * CAMERA.focal_px / sight.truth.translation_mm[2]
    points[JAW, :2] += down[:2].astype(np.float32)
    opened = HeadFilter().update(FaceObservation(points, 1.0, 1, 1), CAMERA, 0.0).pose
    turn = measures.rotation_error_deg(shut, opened)
    say(f"mouth open by 15 mm at yaw {yaw}: pose turns {turn:.3f}°")
    assert turn < 0.3
    assert abs(measures.distance_error_percent(shut, opened)) < 0.3


def test_a_face_that_comes_back_is_found_within_three_frames(stage: Stage, model: FaceModel) -> None:
    script = motion.leave(600, leave_ms=500, return_ms=1600, duration_ms=3000, walk_ms=500)
    sights = watched(stage, script, model)
    inside = []
    for sight in sights:
        x = stage.truth(sight.truth).points_px[: at.SURFACE_COUNT, 0]
        inside.append(bool(x.min() > 0 and x.max() < CAMERA.width_px))
    returned = next(i for i in range(len(inside) - 1) if i > 30 and not inside[i] and inside[i + 1]) + 1
    found = next(
        i for i in range(40, len(sights)) if sights[i].face is not None and all(s.face for s in sights[i:])
    )
    assert any(sight.face is None for sight in sights), "it does leave"
    gone = [i for i, sight in enumerate(sights) if sight.face is None]
    say(
        f"out of frame: not seen in frames {gone[0]}-{gone[-1]}, wholly back in {returned}, held from {found}"
    )
    assert found - returned <= 3
    late = heads(sights[found + 3 :])
    centre = np.array([h.points_px[at.NASION, :2] for h in late])
    true = np.array([stage.truth(s.truth).points_px[at.NASION, :2] for s in sights[found + 3 :]])
    assert np.hypot(*(centre - true).T).max() < 12


def test_after_a_cut_the_face_is_found_in_the_first_frame(person: SyntheticHead, model: FaceModel) -> None:
    """Another place, size and turn, and the room with it."""
    first = person.stage(CAMERA, face_px=200, rest_at=(0.3, 0.42))
    second = person.stage(CAMERA, face_px=120, rest_at=(0.75, 0.5))
    before = list(first.frames(motion.still(500), noise=NOISE))
    after = [
        (Frame(frame.bgr, 500 + frame.t_ms, 15 + frame.sequence), pose)
        for frame, pose in second.frames(motion.still(500, Move(yaw_deg=-15)), noise=NOISE, seed=1)
    ]
    sights = list(watch(before + after, model))
    assert all(sight.face for sight in sights[:15])
    true_x = float(second.truth(sights[-1].truth).points_px[at.NASION, 0])
    x = [None if s.face is None else float(s.face.points_px[at.NASION, 0]) for s in sights[15:]]
    found = next(i for i, value in enumerate(x) if value is not None and abs(value - true_x) < 15)
    say(f"cut: found in frame {found} after it")
    assert found <= 1
    assert all(value is not None for value in x[found:])
    corner = corners(heads(sights[15 + found :]))
    assert np.abs(corner - corner[-1]).max() < 8, "no gliding from the old place to the new"


def test_two_faces_keep_their_names(person: SyntheticHead, model: FaceModel) -> None:
    """Two heads side by side, each in its own half of the picture, one of them turning."""
    left = person.stage(CAMERA, face_px=130, rest_at=(0.25, 0.45))
    right = person.stage(CAMERA, face_px=130, rest_at=(0.75, 0.45))
    tracker = FaceTracker(max_faces=2)
    places: dict[int, list[float]] = {}
    both = zip(left.frames(motion.yaw(20, 40, 2000)), right.frames(motion.still(2000)), strict=True)
    for (one, _), (other, _) in both:
        bgr = np.ascontiguousarray(np.hstack([one.bgr[:, :320], other.bgr[:, 320:]]))
        faces = tracker.observe(Frame(bgr, one.t_ms, one.sequence), model).faces
        for face in faces:
            places.setdefault(face.track, []).append(float(face.points_px[at.NASION, 0]))
    log.info("frames seen: %s", [len(found) for found in places.values()])
    assert len(places) == 2
    assert all(len(found) >= 28 for found in places.values())
    for found in places.values():
        assert max(found) < 320 or min(found) > 320, "a name stays with its face, in its own half"
