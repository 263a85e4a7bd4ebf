"""The body tracker on the portrait: acquired from the face, still on a still picture, dropped with the face."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import U8, Frame
from tryon.perception import aside as aside_module
from tryon.perception import body_landmarks as at
from tryon.perception.aside import Aside
from tryon.perception.body import BodyObservation, BodyTracker, belongs, region_of_face
from tryon.perception.body_model import BodyModel, FoundBody
from tryon.perception.calm import Calm
from tryon.perception.company import Company
from tryon.perception.face_model import Region
from tryon.perception.observation import FaceObservation


@pytest.fixture(scope="module")
def model() -> Iterator[BodyModel]:
    made = BodyModel()
    yield made
    made.close()


def test_a_body_is_found_from_its_face_and_rests_on_a_still_picture(
    astronaut: U8, astronaut_face: FaceObservation, model: BodyModel
) -> None:
    tracker = BodyTracker()
    seen = [tracker.observe(Frame(astronaut, 33.0 * i), [astronaut_face], model) for i in range(8)]
    bodies = [body for body in seen if body is not None]
    assert len(bodies) == 8
    assert bodies[0].face == astronaut_face.track
    # Once the region rests, nothing moves at all.
    assert np.array_equal(bodies[-1].points_px, bodies[-2].points_px)
    shoulders = bodies[-1].points_px[[at.RIGHT_SHOULDER, at.LEFT_SHOULDER], :2]
    assert shoulders[1, 0] - shoulders[0, 0] > 150
    assert belongs(bodies[-1].points_px, astronaut_face)


def test_without_a_face_there_is_no_body(astronaut: U8, model: BodyModel) -> None:
    assert BodyTracker().observe(Frame(astronaut, 0.0), [], model) is None


def test_the_nearest_face_is_dressed_and_no_other(
    astronaut: U8, astronaut_face: FaceObservation, model: BodyModel
) -> None:
    points = astronaut_face.points_px * np.array([0.4, 0.4, 0.4], np.float32)
    far = replace(astronaut_face, points_px=points.astype(np.float32), track=9)
    body = BodyTracker().observe(Frame(astronaut, 0.0), [far, astronaut_face], model)
    assert body is not None
    assert body.face == astronaut_face.track


def test_where_the_nearest_faces_body_is_not_found_that_of_the_face_beside_is_taken(
    astronaut: U8, astronaut_face: FaceObservation, model: BodyModel
) -> None:
    """Somebody's larger face at the picture's edge: nobody was dressed, at three looks a frame."""
    away = np.array([150.0, 30.0, 0.0], np.float32)
    middle = astronaut_face.points_px.mean(axis=0)
    larger = (astronaut_face.points_px - middle) * np.float32(1.15) + middle + away
    beside = replace(astronaut_face, points_px=larger.astype(np.float32), track=9)
    looks = CountedModel(model)
    tracker = BodyTracker()
    for number in range(4):
        body = tracker.observe(Frame(astronaut, 33.0 * number), [beside, astronaut_face], looks)
        assert body is not None
        assert body.face == astronaut_face.track
    # One shows that the larger face's own share of the picture has no body of theirs, three find the other's; then one
    # a frame.
    assert looks.count <= 1 + 3 + 3
    # Who comes nearer is looked for again, and found where their body is.
    nearer = (astronaut_face.points_px - middle) * np.float32(1.6) + middle
    found = tracker.observe(
        Frame(astronaut, 150.0), [replace(beside, points_px=nearer.astype(np.float32)), astronaut_face], looks
    )
    assert found is not None
    assert found.face == 9


@pytest.mark.parametrize("wearer", [0, 1])
def test_among_people_who_stand_close_the_network_stays_with_the_wearer(
    wearer: int, astronaut: U8, astronaut_face: FaceObservation, model: BodyModel
) -> None:
    """Two whose shoulders overlap: what was followed went over to the other, or hung between them."""
    apart = 115
    pair = np.ascontiguousarray(
        np.hstack([astronaut[:, : 222 + apart // 2], astronaut[:, 222 - apart // 2 :]])
    )
    away = np.array([apart, 0.0, 0.0], np.float32)
    other = replace(astronaut_face, points_px=astronaut_face.points_px + away, track=9)
    pair_of_faces = [astronaut_face, other]
    # Who is dressed is a little nearer.
    middle = pair_of_faces[wearer].points_px.mean(axis=0)
    nearer = (pair_of_faces[wearer].points_px - middle) * np.float32(1.05) + middle
    pair_of_faces[wearer] = replace(pair_of_faces[wearer], points_px=nearer.astype(np.float32))
    tracker = BodyTracker()
    for number in range(12):
        body = tracker.observe(Frame(pair, 33.0 * number), pair_of_faces, model)
        assert body is not None
        assert body.face == pair_of_faces[wearer].track
        shoulders = body.points_px[[at.RIGHT_SHOULDER, at.LEFT_SHOULDER], 0]
        assert abs(shoulders.mean() - middle[0]) < 0.5 * astronaut_face.width_px


def test_of_two_side_by_side_one_stays_dressed_while_they_sway(
    astronaut: U8, astronaut_face: FaceObservation, model: BodyModel
) -> None:
    pair = np.ascontiguousarray(np.hstack([astronaut[:, :352], astronaut[:, 92:]]))
    other = replace(
        astronaut_face, points_px=astronaut_face.points_px + np.array([260.0, 0.0, 0.0], np.float32), track=9
    )

    def nearer(face: FaceObservation, by: float) -> FaceObservation:
        middle = face.points_px.mean(axis=0)
        return replace(
            face, points_px=((face.points_px - middle) * np.float32(by) + middle).astype(np.float32)
        )

    tracker, worn = BodyTracker(), []
    for number in range(12):
        faces = [nearer(astronaut_face, (1.08, 1.0)[number % 2]), nearer(other, (1.0, 1.08)[number % 2])]
        body = tracker.observe(Frame(pair, 33.0 * number), faces, model)
        worn.append(None if body is None else body.face)
    assert worn == [astronaut_face.track] * 12
    # Who comes clearly nearer is dressed instead.
    body = tracker.observe(Frame(pair, 400.0), [astronaut_face, nearer(other, 1.3)], model)
    assert body is not None
    assert body.face == 9
    # And a turned head, which is seen narrower, is no further away.
    points = other.points_px.copy()
    points[:, 0] = (points[:, 0] - points[:, 0].mean()) * np.float32(0.6) + points[:, 0].mean()
    turned = replace(other, points_px=points)
    body = tracker.observe(Frame(pair, 433.0), [nearer(astronaut_face, 1.1), turned], model)
    assert body is not None
    assert body.face == 9
    # But who looks this way is dressed first.
    body = BodyTracker().observe(Frame(pair, 0.0), [turned, nearer(astronaut_face, 0.95)], model)
    assert body is not None
    assert body.face == astronaut_face.track


class CountedModel(BodyModel):
    """Counts looks; ``inner`` looks."""

    def __init__(self, inner: BodyModel) -> None:
        self._inner = inner
        self.count = 0

    def find(
        self, bgr: U8, region: Region, calm: Calm | None = None, company: Company | None = None
    ) -> FoundBody:
        self.count += 1
        return self._inner.find(bgr, region, calm, company)


def test_a_face_that_floats_has_no_body(astronaut_face: FaceObservation, model: BodyModel) -> None:
    wall: U8 = np.full((512, 512, 3), 128, np.uint8)
    assert BodyTracker().observe(Frame(wall, 0.0), [astronaut_face], model) is None


def test_the_first_look_is_below_the_face(astronaut_face: FaceObservation) -> None:
    region = region_of_face(astronaut_face)
    assert region.y > astronaut_face.box.y1
    assert region.side > 5 * astronaut_face.box.height


def test_a_body_has_33_points() -> None:
    with pytest.raises(ValueError, match="33"):
        BodyObservation(
            np.zeros((5, 3), np.float32), np.zeros(33, np.float32), np.zeros((256, 256), np.uint8),
            Region(0.0, 0.0, 1.0, 0.0), 1,
        )  # fmt: skip


class Counting(BodyModel):
    """A network that counts how often it runs."""

    runs = 0

    def find(
        self, bgr: U8, region: Region, calm: Calm | None = None, company: Company | None = None
    ) -> FoundBody:
        self.runs += 1
        return super().find(bgr, region, calm, company)


def test_a_resting_body_is_looked_for_on_every_other_frame_and_a_jumping_one_on_each(
    astronaut: U8, astronaut_face: FaceObservation
) -> None:
    model, tracker = Counting(), BodyTracker()
    for number in range(4):
        tracker.observe(Frame(astronaut, 33.0 * number), [astronaut_face], model)
    before = model.runs
    for number in range(4, 12):
        tracker.observe(Frame(astronaut, 33.0 * number), [astronaut_face], model)
    assert model.runs - before == 4
    before = model.runs
    for number in range(12, 16):
        shift = 40 * (number % 2)
        moved: U8 = np.roll(astronaut, shift, axis=1)
        there = astronaut_face.points_px + np.array([shift, 0, 0], np.float32)
        tracker.observe(Frame(moved, 33.0 * number), [replace(astronaut_face, points_px=there)], model)
    assert model.runs - before >= 3
    model.close()


class Moved(BodyModel):
    """A network whose one real answer is moved by what a test says."""

    def __init__(self) -> None:
        super().__init__()
        self.answer: FoundBody | None = None
        self.shift = np.zeros(3, np.float32)

    def find(
        self, bgr: U8, region: Region, calm: Calm | None = None, company: Company | None = None
    ) -> FoundBody:
        self.answer = self.answer or super().find(bgr, region, calm, company)
        return replace(self.answer, points_px=self.answer.points_px + self.shift)


@pytest.fixture(scope="module")
def moved() -> Iterator[Moved]:
    made = Moved()
    yield made
    made.close()


def width(body: BodyObservation) -> float:
    across = body.points_px[at.LEFT_SHOULDER, :2] - body.points_px[at.RIGHT_SHOULDER, :2]
    return float(np.hypot(*across))


def watched(moved: Moved, astronaut: U8, face: FaceObservation, shifts: list[float]) -> list[BodyObservation]:
    """The bodies of frames 33 ms apart, moved to the right by so many pixels."""
    tracker, seen = BodyTracker(), []
    for number, shift in enumerate(shifts):
        moved.shift[0] = shift
        body = tracker.observe(Frame(astronaut, 33.0 * number), [face], moved)
        assert body is not None
        seen.append(body)
    return seen


def test_noise_is_not_carried_on_between_looks(
    moved: Moved, astronaut: U8, astronaut_face: FaceObservation
) -> None:
    # Two looks that differ by 0.3 px, then a frame without a look.
    bodies = watched(moved, astronaut, astronaut_face, [0.0, 0.3, 0.3])
    assert np.array_equal(bodies[2].points_px, bodies[1].points_px)


def test_motion_is_carried_on_between_looks(
    moved: Moved, astronaut: U8, astronaut_face: FaceObservation
) -> None:
    unit = width(watched(moved, astronaut, astronaut_face, [0.0])[0])
    step = 0.6 * unit * 0.033
    bodies = watched(moved, astronaut, astronaut_face, [0.0, step, 2 * step])
    there = bodies[2].points_px[at.LEFT_SHOULDER, 0] - bodies[0].points_px[at.LEFT_SHOULDER, 0]
    assert there == pytest.approx(2 * step, rel=0.01)


class Watched(BodyModel):
    """The real network, keeping the threads that ran it."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[str] = []

    def find(
        self, bgr: U8, region: Region, calm: Calm | None = None, company: Company | None = None
    ) -> FoundBody:
        self.threads.append(threading.current_thread().name)
        return super().find(bgr, region, calm, company)


def test_a_look_ahead_finds_what_a_look_in_time_does(
    astronaut: U8, astronaut_face: FaceObservation, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However full the machine is.
    monkeypatch.setattr(aside_module, "OWN_CORE", 0.0)
    noise = np.random.default_rng(5)
    # It moves too fast to rest, and so it is looked at in each frame.
    frames = [
        Frame(
            np.clip(np.roll(astronaut, 9 * i, axis=1) + noise.normal(0, 3, astronaut.shape), 0, 255).astype(
                np.uint8
            ),
            33.0 * i,
        )
        for i in range(6)
    ]
    faces = [
        replace(astronaut_face, points_px=astronaut_face.points_px + np.array([9 * i, 0, 0], np.float32))
        for i in range(6)
    ]
    model, aside = Watched(), Aside()
    alone, helped = BodyTracker(), BodyTracker()
    try:
        for number, (frame, face) in enumerate(zip(frames, faces, strict=True)):
            expected = alone.observe(frame, [face], model)
            helped.ahead(frame, model, aside)
            found = helped.observe(frame, [face], model)
            helped.settle()
            assert expected is not None
            assert found is not None
            assert np.array_equal(found.points_px, expected.points_px), number
            assert np.array_equal(found.mask, expected.mask), number
        assert model.threads.count("tryon-aside") >= 4
    finally:
        aside.close()
        model.close()


def test_a_look_ahead_that_nobody_asks_for_leaves_no_trace(
    astronaut: U8, astronaut_face: FaceObservation
) -> None:
    noise = np.random.default_rng(6)
    frames = [
        Frame(np.clip(astronaut + noise.normal(0, 4, astronaut.shape), 0, 255).astype(np.uint8), 400.0 * i)
        for i in range(5)
    ]
    model, aside = Watched(), Aside()
    alone, helped = BodyTracker(), BodyTracker()
    try:
        for tracker in (alone, helped):
            tracker.observe(frames[0], [astronaut_face], model)
            tracker.observe(frames[1], [astronaut_face], model)
        model.threads.clear()
        helped.ahead(frames[2], model, aside)
        helped.settle()
        assert model.threads == ["tryon-aside"]
        for frame in frames[3:]:
            expected = alone.observe(frame, [astronaut_face], model)
            found = helped.observe(frame, [astronaut_face], model)
            assert expected is not None
            assert found is not None
            assert np.array_equal(found.points_px, expected.points_px)
    finally:
        aside.close()
        model.close()


def test_nothing_is_looked_at_ahead_before_a_body_is_known_or_while_every_core_is_busy(
    astronaut: U8, astronaut_face: FaceObservation
) -> None:
    model, aside = Watched(), Aside()
    tracker = BodyTracker()
    try:
        tracker.ahead(Frame(astronaut, 0.0), model, aside)
        tracker.settle()
        assert model.threads == []
        tracker.observe(Frame(astronaut, 0.0), [astronaut_face], model)
        model.threads.clear()
        aside.noted(shared=True)
        tracker.ahead(Frame(astronaut, 400.0), model, aside)
        tracker.settle()
        assert model.threads == []
    finally:
        aside.close()
        model.close()
