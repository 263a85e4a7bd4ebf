"""The tracker on the real portrait: who is who, from frame to frame."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import F32, U8, Frame
from tryon.perception.face import (
    EMPTY_SEARCH_PERIOD_MS,
    REGION_PER_FACE,
    SEARCH_PERIOD_MS,
    FaceTracker,
    region_of,
    region_of_detection,
)
from tryon.perception.face_model import Calming, Detection, FaceModel, Region
from tryon.perception.observation import FaceObservation, Observation

FRAME_MS = 33.0
# Landmarks of a resting face of 110 px under noise of 6 codes, from frame to frame: 0.18 measured, and 0.26 where the
# network gets each crop with all its noise.
STEP_MAX_PX = 0.22
Watch = Callable[..., list[Observation]]


class CountingModel(FaceModel):
    """The real networks, counting how often each is run and keeping where it looked."""

    def __init__(self) -> None:
        super().__init__()
        self.looked = self.searched = 0
        self.regions: list[Region] = []

    def landmarks(self, bgr: U8, region: Region, calm: Calming | None = None) -> tuple[F32, float]:
        self.looked += 1
        self.regions.append(region)
        return super().landmarks(bgr, region, calm)

    def detect(self, bgr: U8) -> tuple[Detection, ...]:
        self.searched += 1
        return super().detect(bgr)


@pytest.fixture
def watch(face_model: FaceModel) -> Watch:
    """Show pictures to a tracker, a camera's time apart."""

    def show(
        *pictures: U8,
        tracker: FaceTracker | None = None,
        start_ms: float = 0.0,
        step_ms: float = FRAME_MS,
        model: FaceModel = face_model,
    ) -> list[Observation]:
        used = tracker or FaceTracker()
        return [
            used.observe(Frame(picture, start_ms + i * step_ms), model) for i, picture in enumerate(pictures)
        ]

    return show


def moved(bgr: U8, dx: float, dy: float = 0.0, size: tuple[int, int] = (512, 512)) -> U8:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
    return np.asarray(cv2.warpAffine(bgr, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.fixture(scope="module")
def empty(astronaut: U8) -> U8:
    """A wall of the portrait's own brightness, so that leaving is no cut."""
    wall: U8 = np.full_like(astronaut, 0)
    wall[:] = astronaut.mean(axis=(0, 1)).astype(np.uint8)
    return wall


@pytest.fixture(scope="module")
def pair(astronaut: U8) -> U8:
    return np.ascontiguousarray(np.hstack([astronaut[:, 60:400], astronaut[:, 60:400]]))


def tracks(observation: Observation) -> list[int]:
    return [face.track for face in observation.faces]


def middle(face: FaceObservation) -> F32:
    return np.asarray(face.points_px[:, :2].mean(axis=0), np.float32)


def test_on_identical_frames_nothing_moves_once_it_has_settled(watch: Watch, astronaut: U8) -> None:
    seen = watch(*[astronaut] * 12)
    assert [tracks(observation) for observation in seen] == [[1]] * 12
    assert [observation.faces[0].frames_tracked for observation in seen] == list(range(1, 13))
    for observation in seen[3:]:
        assert np.array_equal(observation.faces[0].points_px, seen[2].faces[0].points_px)


@pytest.mark.parametrize(("sides", "follows"), [(0.008, False), (0.02, True)])
def test_a_face_at_rest_keeps_its_region_until_it_has_left(
    watch: Watch, astronaut: U8, sides: float, follows: bool
) -> None:
    model, tracker = CountingModel(), FaceTracker()
    try:
        watch(*[astronaut] * 12, tracker=tracker, model=model)
        rested = model.regions[-1]
        shifted = moved(astronaut, sides * rested.side)
        # As slowly as one sways: nothing that hurries the region.
        way = [moved(astronaut, sides * rested.side * step / 60) for step in range(60)]
        watch(*way, *[shifted] * 40, tracker=tracker, start_ms=12 * FRAME_MS, model=model)
        assert (model.regions[-1] != rested) == follows
        assert model.regions[-1] == model.regions[-2]
    finally:
        model.close()


def test_a_resting_face_sees_less_of_the_cameras_noise(watch: Watch, astronaut: U8) -> None:
    noise = np.random.default_rng(3)
    noisy = [
        np.clip(astronaut + noise.normal(0, 6, astronaut.shape), 0, 255).astype(np.uint8) for _ in range(40)
    ]
    points = np.stack([seen.faces[0].points_px[:, :2] for seen in watch(*noisy)])[15:]
    steps = float(np.sqrt((np.diff(points, axis=0) ** 2).sum(axis=-1).mean()))
    assert steps < STEP_MAX_PX


def test_an_observation_carries_its_frames_time_and_size(watch: Watch, astronaut: U8) -> None:
    (seen,) = watch(np.ascontiguousarray(astronaut[:300, :400]), start_ms=1234.5)
    assert (seen.t_ms, seen.width_px, seen.height_px) == (1234.5, 400, 300)


def test_a_moving_face_is_followed_under_its_name(watch: Watch, astronaut: U8) -> None:
    shifts = [6.0 * i for i in range(20)]
    seen = watch(*[moved(astronaut, dx) for dx in shifts])
    assert [tracks(observation) for observation in seen] == [[1]] * len(shifts)
    start = middle(seen[0].faces[0])
    for dx, observation in zip(shifts, seen, strict=True):
        assert np.hypot(*(middle(observation.faces[0]) - start - (dx, 0))) < 2.0


def test_a_jump_of_a_fifth_of_a_face_is_followed(watch: Watch, astronaut: U8) -> None:
    seen = watch(astronaut, astronaut, moved(astronaut, 20, 8), moved(astronaut, 20, 8))
    assert [tracks(observation) for observation in seen[2:]] == [[1], [1]]
    start = middle(seen[1].faces[0])
    # The network's points lag in a crop that is off the face; the next crop is not.
    assert np.hypot(*(middle(seen[2].faces[0]) - start - (20, 8))) < 5.0
    assert np.hypot(*(middle(seen[3].faces[0]) - start - (20, 8))) < 1.0


def test_two_faces_keep_their_names_and_places(watch: Watch, pair: U8) -> None:
    seen = watch(*[pair] * 8, tracker=FaceTracker(2))
    for observation in seen[1:]:
        assert sorted(tracks(observation)) == [1, 2]
        by_name = {face.track: middle(face) for face in observation.faces}
        assert abs(abs(by_name[1][0] - by_name[2][0]) - 340) < 5
        before = {face.track: middle(face) for face in seen[1].faces}
        assert all(np.hypot(*(by_name[name] - before[name])) < 2 for name in (1, 2))


@pytest.mark.parametrize("room", [1, 2, 3])
def test_no_more_faces_than_asked_for(watch: Watch, pair: U8, room: int) -> None:
    for observation in watch(*[pair] * 4, tracker=FaceTracker(room)):
        assert len(observation.faces) == min(room, 2)


def test_the_face_tracked_longest_comes_first(watch: Watch, astronaut: U8, pair: U8) -> None:
    tracker = FaceTracker(2)
    alone = pair.copy()
    alone[:, :340] = alone[:, :340].mean(axis=(0, 1)).astype(np.uint8)
    watch(*[alone] * 3, tracker=tracker)
    (both,) = watch(pair, tracker=tracker, start_ms=3 * FRAME_MS + SEARCH_PERIOD_MS)
    assert tracks(both) == [1, 2]
    assert both.faces[0].frames_tracked == 4
    assert middle(both.faces[0])[0] > 340


def test_a_face_that_comes_back_is_another_track(watch: Watch, astronaut: U8, empty: U8) -> None:
    seen = watch(*[astronaut] * 3, *[empty] * 3, *[astronaut] * 5)
    assert [len(observation.faces) for observation in seen[:6]] == [1, 1, 1, 0, 0, 0]
    assert tracks(seen[-1]) == [2]


def test_after_a_cut_the_face_is_found_at_once_and_is_another(watch: Watch, astronaut: U8) -> None:
    other_scene = np.ascontiguousarray(255 - moved(astronaut, 120, 30))
    other_scene[30:300, 210:460] = moved(astronaut, 120, 30)[30:300, 210:460]
    seen = watch(astronaut, astronaut, other_scene)
    assert tracks(seen[2]) == [2]


def test_reset_forgets_the_faces_and_not_the_names(watch: Watch, astronaut: U8) -> None:
    tracker = FaceTracker()
    watch(astronaut, astronaut, tracker=tracker)
    tracker.reset()
    (seen,) = watch(astronaut, tracker=tracker, start_ms=70.0)
    assert tracks(seen) == [2]


def test_another_frame_size_in_mid_stream(watch: Watch, astronaut: U8) -> None:
    half = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA).astype(np.uint8)
    seen = watch(*[astronaut] * 3, *[half] * 6, *[astronaut] * 6)
    for big, small in ((seen[2], seen[8]), (seen[14], seen[8])):
        assert len(big.faces) == len(small.faces) == 1
        assert np.hypot(*(middle(big.faces[0]) / 2 - middle(small.faces[0]))) < 2.0


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (1, 640), (640, 1), (24, 24)])
def test_tiny_frames_have_no_face(watch: Watch, size: tuple[int, int]) -> None:
    grey = np.full((*size, 3), 128, np.uint8)
    assert all(observation.faces == () for observation in watch(grey, grey))


def test_a_tiny_frame_in_mid_stream_loses_the_face_for_that_frame_only(watch: Watch, astronaut: U8) -> None:
    tiny = np.full((16, 16, 3), 128, np.uint8)
    seen = watch(astronaut, astronaut, tiny, *[astronaut] * 4)
    assert seen[2].faces == ()
    assert len(seen[-1].faces) == 1


@pytest.mark.parametrize("times", [(0, 0, 0), (100, 50, 0), (0, 33, 33, 20, 66), (0, 1e9, 5)])
def test_a_clock_that_does_not_advance_costs_nothing(
    face_model: FaceModel, astronaut: U8, times: tuple[float, ...]
) -> None:
    tracker = FaceTracker()
    for t_ms in times:
        assert tracks(tracker.observe(Frame(astronaut, t_ms), face_model)) == [1]


def test_a_clock_that_went_back_does_not_stop_the_search(
    face_model: FaceModel, astronaut: U8, empty: U8
) -> None:
    tracker = FaceTracker()
    tracker.observe(Frame(empty, 1e9), face_model)
    assert tracks(tracker.observe(Frame(astronaut, 0.0), face_model)) == [1]


@pytest.mark.parametrize("cut_px", [180, 225])
def test_a_face_half_outside_gives_finite_points_near_the_edge(
    watch: Watch, astronaut: U8, cut_px: int
) -> None:
    half = np.ascontiguousarray(astronaut[:, cut_px:])
    for observation in watch(*[half] * 3):
        for face in observation.faces:
            assert np.isfinite(face.points_px).all()
            assert abs(middle(face)[0] - (225 - cut_px)) < 60


def test_the_detector_rests_while_the_only_face_asked_for_is_tracked(astronaut: U8) -> None:
    model, tracker = CountingModel(), FaceTracker(1)
    for i in range(60):
        tracker.observe(Frame(astronaut, i * FRAME_MS), model)
    assert model.searched == 1
    assert model.looked <= 62
    model.close()


@pytest.mark.parametrize(
    ("picture", "period_ms"), [("astronaut", SEARCH_PERIOD_MS), ("empty", EMPTY_SEARCH_PERIOD_MS)]
)
def test_looking_for_more_faces_is_rationed(
    picture: str, period_ms: float, request: pytest.FixtureRequest
) -> None:
    bgr: U8 = request.getfixturevalue(picture)
    model, tracker = CountingModel(), FaceTracker(2)
    for i in range(100):
        tracker.observe(Frame(bgr, i * 20.0), model)
    # Fewer where a period is no whole number of frames.
    assert 0.6 * 2000 / period_ms <= model.searched <= 2000 / period_ms + 1
    model.close()


@settings(max_examples=50)
@given(st.floats(-3, 3), st.floats(0.2, 4), st.floats(-300, 300), st.floats(-300, 300))
def test_the_region_of_a_face_moves_with_it(
    astronaut_face: FaceObservation, turn: float, scale: float, dx: float, dy: float
) -> None:
    still = region_of(astronaut_face.points_px)
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    points = astronaut_face.points_px.copy()
    points[:, :2] = points[:, :2] @ np.array([[c, s], [-s, c]], np.float32) + np.array([dx, dy], np.float32)
    region = region_of(points)
    x, y = c * still.x - s * still.y + dx, s * still.x + c * still.y + dy
    assert math.hypot(region.x - x, region.y - y) < 0.02 * region.side
    assert region.side == pytest.approx(still.side * scale, rel=0.01)
    assert math.remainder(region.roll - still.roll - turn, math.tau) == pytest.approx(0, abs=0.01)


def test_a_detections_region_is_square_and_half_as_large_again() -> None:
    region = region_of_detection(Detection(100, 120, 60, 80, 0.3, 0.9))
    assert (region.x, region.y, region.roll) == (100, 120, 0.3)
    assert region.side == 80 * REGION_PER_FACE
