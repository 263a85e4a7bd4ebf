"""Products come and go gradually, and what is known of a face is kept for that face and for two seconds alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from tryon.attendance import FADE_IN_MS, FADE_OUT_MS, KEPT_MS, Attendance
from tryon.bench.tracking import shopper
from tryon.config import Settings
from tryon.frame import F32, U8, Frame
from tryon.geometry.camera import Camera
from tryon.geometry.measure import Scale
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.looks import Look, LookBook, LookItem
from tryon.perception.face import FaceTracker
from tryon.perception.face_model import Calming, FaceModel, Region
from tryon.perception.observation import FaceObservation, Observation
from tryon.pipeline import Engine, Pipeline, Rendered
from tryon.replay.measures import frame_corners_px, rotation_error_deg
from tryon.replay.motion import yaw
from tryon.replay.synth import SyntheticHead
from tryon.sizing import Sizing
from tryon.toning import Toning

CAMERA = Camera.from_fov(640, 480, 63.0)
FRAME_MS = 1000 / 30
PoseAt = Callable[..., Pose]
LandmarksAt = Callable[..., F32]

pytestmark = pytest.mark.usefixtures("carved_once")


@dataclass
class Room:
    """Faces as a tracker tells of them, and what the attendance makes of them."""

    told: Callable[[float, float], F32]
    sizing: Sizing = field(default_factory=Sizing)
    t_ms: float = 0.0
    heads: tuple[Head, ...] = ()
    fading: tuple[Head, ...] = ()

    def __post_init__(self) -> None:
        self.attendance = Attendance(self.sizing, Toning())

    def show(
        self, *faces: tuple[int, float, float], frames: int = 1, confidence: float = 1.0, cut: bool = False
    ) -> list[float]:
        """Faces (track, x in millimetres, distance) for some frames; how strongly the first one, or else the first that
        fades, shows in each."""
        shown = []
        for _ in range(frames):
            seen = tuple(FaceObservation(self.told(x, z), confidence, track, 9) for track, x, z in faces)
            self.heads, self.fading = self.attendance.follow(
                Observation(seen, self.t_ms, 640, 480, cut), CAMERA
            )
            there = (*self.heads, *self.fading)
            shown.append(self.attendance[there[0].track].shown if there else 0.0)
            self.t_ms += FRAME_MS
        return shown

    def known(self, track: int) -> bool:
        """Whether that face has the size that a card gave to face 1."""
        return self.sizing.known_scale(track) is not None


@pytest.fixture
def room(pose_at: PoseAt, landmarks_at: LandmarksAt) -> Room:
    """Face 1 has been before the camera for a second; a card told its size."""

    def told(x: float, z: float) -> F32:
        return landmarks_at(pose_at(0, 0, 0, (x, 0.0, z)), CAMERA)

    made = Room(told)
    made.sizing._track, made.sizing._scale = 1, Scale(1.07, 0.005, "a card")
    made.show((1, 0.0, 600.0), frames=30)
    return made


def test_who_is_there_at_first_is_dressed_at_once(room: Room) -> None:
    again = Room(room.told)
    assert again.show((1, 0.0, 600.0), frames=2) == [1.0, 1.0]


def test_who_comes_later_and_who_goes_is_dressed_gradually(room: Room) -> None:
    going = room.show(frames=8)
    assert going[0] == pytest.approx(1 - FRAME_MS / FADE_OUT_MS)
    assert max(-np.diff(going)) <= FRAME_MS / FADE_OUT_MS + 1e-9
    assert going[-1] == 0.0
    assert room.fading == ()
    coming = room.show((2, 0.0, 600.0), frames=8)
    assert coming[0] == pytest.approx(FRAME_MS / FADE_IN_MS)
    assert max(np.diff(coming)) <= FRAME_MS / FADE_IN_MS + 1e-9
    assert coming[-1] == 1.0


def test_one_missed_frame_is_hardly_seen(room: Room) -> None:
    shown = room.show() + room.show((2, 0.0, 600.0), frames=3)
    assert min(shown) > 0.8


def test_a_slow_camera_shows_no_ghosts(room: Room) -> None:
    room.t_ms += 2000
    assert room.show() == [0.0]
    room.t_ms += 2000
    assert room.show((2, 0.0, 600.0)) == [1.0]


def test_landmarks_that_are_not_believed_show_nothing(room: Room) -> None:
    assert room.show((1, 0.0, 600.0), frames=8, confidence=0.7)[-1] == 0.0
    part = room.show((1, 0.0, 600.0), frames=8, confidence=0.985)[-1]
    assert 0.1 < part < 0.9
    assert room.show((1, 0.0, 600.0), frames=8, confidence=0.9999)[-1] == 1.0


@pytest.mark.parametrize("confidence", [0.9, 0.97, 0.98, 0.985, 0.992, 0.997])
def test_a_photo_shows_products_whole_or_not_at_all(room: Room, confidence: float) -> None:
    alone = Room(room.told)
    first = alone.show((1, 0.0, 600.0), confidence=confidence)
    assert first == [float(confidence > 0.987)]
    # A camera's next frames tell how sure it is.
    assert alone.show((1, 0.0, 600.0), frames=20, confidence=0.985)[-1] == pytest.approx(0.4, abs=0.1)


def test_the_same_face_is_known_again_for_two_seconds(room: Room) -> None:
    before = room.heads[0]
    room.show(frames=45)
    room.show((2, 20.0, 620.0))
    after = room.heads[0]
    assert room.known(2)
    assert after.track == 2
    assert after.scale == before.scale
    assert np.abs(after.rest.points_mm - before.rest.points_mm).max() < 0.2


def test_it_keeps_its_size_by_irises(room: Room) -> None:
    room.sizing.lost(1)
    room.show((1, 0.0, 600.0), frames=30)
    before = room.heads[0]
    room.show(frames=30)
    room.show((2, 0.0, 600.0))
    assert room.heads[0].scale.value == pytest.approx(before.scale.value, rel=0.002)
    assert room.heads[0].scale.source == "iris size"


@pytest.mark.parametrize(
    ("x", "z", "away_ms"), [(0.0, 600.0, KEPT_MS + 50), (150.0, 600.0, 300.0), (0.0, 430.0, 300.0)]
)
def test_another_time_another_place_or_another_size_is_nobody_who_was_there(
    room: Room, x: float, z: float, away_ms: float
) -> None:
    room.show(frames=round(away_ms / FRAME_MS))
    room.show((2, x, z))
    assert not room.known(2)


def test_nobody_is_known_longer_than_that(room: Room) -> None:
    room.show(frames=round(KEPT_MS / FRAME_MS) + 2)
    assert not room.known(1)
    assert room.attendance._away == {}
    with pytest.raises(KeyError):
        room.attendance[1]


def test_who_left_by_the_edge_is_nobody_when_they_come_back(room: Room) -> None:
    room.show(*[(1, 330.0, 600.0)], frames=3)
    room.show(frames=2)
    assert room.fading, "but what they wore goes with them"
    assert room.fading[0].pose.translation_mm[0] > 300
    room.show((2, 330.0, 600.0))
    assert not room.known(2)


def test_one_face_takes_what_one_face_left(room: Room) -> None:
    room.show(frames=2)
    room.show((2, 90.0, 600.0), (3, 5.0, 600.0))
    assert room.known(3) != room.known(2)


def test_after_a_cut_there_is_nobody_who_was_there(room: Room) -> None:
    assert room.show((2, 0.0, 600.0), cut=True) == [1.0]
    assert room.fading == ()
    assert not room.known(2)
    room.show((2, 0.0, 600.0))
    room.show(cut=True)
    assert room.fading == ()


# The whole pipeline, with a network that misses a turning head for some frames.


class Blinking(FaceModel):
    """The real networks, which see nothing while ``blind``."""

    blind = False

    def landmarks(self, bgr: U8, region: Region, calm: Calming | None = None) -> tuple[F32, float]:
        points, confidence = super().landmarks(bgr, region, calm)
        return points, 0.0 if self.blind else confidence


@pytest.fixture(scope="module")
def glasses(book: LookBook) -> Look:
    return book.resolve((LookItem("harbour-black"),))


@pytest.fixture(scope="module")
def shots(astronaut: U8, engine: Engine) -> list[tuple[Frame, Pose]]:
    stage = SyntheticHead.from_portrait(astronaut, engine.model).stage(CAMERA)
    return list(stage.frames(yaw(20, 60, 2000, steady=True), noise=2.0))


@pytest.fixture(scope="module")
def blinking() -> Iterator[Engine]:
    made = Engine(Settings(threads=1))
    made.model.close()
    made.model = Blinking()
    yield made
    made.close()


def test_a_shoppers_turns_are_told_by_their_skin_too(astronaut: U8, engine: Engine) -> None:
    """Landmarks alone tell them by 2.6° wrong."""
    stage = SyntheticHead.from_portrait(astronaut, engine.model).stage(CAMERA)
    tracker, attendance, off = FaceTracker(1), Attendance(Sizing(), Toning()), []
    for frame, truth in stage.frames(shopper(9.0), noise=4.0):
        (head,), _ = attendance.follow(tracker.observe(frame, engine.model), CAMERA, frame.bgr)
        off.append(rotation_error_deg(truth, head.pose))
    assert np.mean(off[30:]) < 1.8
    assert np.mean(off[150:]) < 1.6


def test_turns_are_sought_for_what_needs_them(
    shots: list[tuple[Frame, Pose]], book: LookBook, engine: Engine
) -> None:
    """For glasses; lips are where the landmarks are."""
    settings, ends = Settings(max_faces=1), {}
    for sku, turns in (("harbour-black", True), ("velvet-lipstick", False)):
        pipeline, look = Pipeline(settings), book.resolve((LookItem(sku),))
        tracker, attendance = FaceTracker(1), Attendance(Sizing(), Toning())
        for frame, _ in shots[:45]:
            camera = Camera.from_fov(frame.width_px, frame.height_px, settings.horizontal_fov_deg)
            rendered = pipeline.process(frame, look, engine)
            seen = tracker.observe(frame, engine.model)
            (head,), _ = attendance.follow(seen, camera, frame.bgr, turns=turns)
        ends[turns] = rendered.heads[0].pose.rotation
        assert ends[turns] == pytest.approx(head.pose.rotation, abs=1e-4)
    assert np.abs(ends[True] - ends[False]).max() > 2e-3


def worn(
    shots: list[tuple[Frame, Pose]], look: Look, engine: Engine, missed: range
) -> list[tuple[Frame, Rendered]]:
    pipeline, model = Pipeline(Settings(max_faces=1)), engine.model
    assert isinstance(model, Blinking)
    frames = []
    for frame, _ in shots:
        model.blind = frame.sequence in missed
        frames.append((frame, pipeline.process(frame, look, engine)))
    model.blind = False
    return frames


def drawn(frame: Frame, rendered: Rendered) -> float:
    """How much the product changes the picture."""
    return float(np.abs(rendered.bgr.astype(int) - frame.bgr).sum())


@pytest.mark.parametrize("missed", [range(30, 31), range(30, 33), range(28, 46)])
def test_a_gap_makes_no_pop(
    shots: list[tuple[Frame, Pose]], glasses: Look, blinking: Engine, missed: range
) -> None:
    frames = worn(shots, glasses, blinking, missed)
    whole = worn(shots, glasses, blinking, range(0))
    # While nobody is there a face is looked for every other frame.
    found = {frame.sequence for frame, rendered in frames if rendered.faces}
    assert not found & set(missed)
    again = min(number for number in found if number >= missed.stop)
    assert again <= missed.stop + 1
    parts = np.array([drawn(*one) / drawn(*other) for one, other in zip(frames, whole, strict=True)])
    assert np.abs(np.diff(parts)).max() < 0.25
    assert (parts[again + 8 :] > 0.97).all()
    # Where anything is drawn it is where the head truly is.
    for (_, rendered), (_, truly) in zip(frames, whole, strict=True):
        for head in (*rendered.heads, *rendered.fading):
            away = frame_corners_px(head.pose, CAMERA) - frame_corners_px(truly.heads[0].pose, CAMERA)
            share = rendered.shown.get(head.track, 1.0)
            assert np.hypot(*away.T).max() * share < 7.0
    sizes = [frames[number][1].heads[0].scale.value for number in (missed.start - 1, again)]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.004)


def test_a_frame_that_fades_tells_where_it_was_changed(
    shots: list[tuple[Frame, Pose]], glasses: Look, blinking: Engine
) -> None:
    for spent in (False, True):
        given = [(replace(frame, bgr=frame.bgr.copy(), spent=spent), pose) for frame, pose in shots[:36]]
        bare = [frame.bgr.copy() for frame, _ in given]
        for (frame, rendered), before in zip(
            worn(given, glasses, blinking, range(30, 34)), bare, strict=True
        ):
            if frame.sequence not in range(30, 34):
                continue
            changed = (rendered.bgr != before).any(axis=2)
            assert changed.any()
            assert rendered.dirty is not None
            part = rendered.dirty
            changed[part.y0 : part.y1, part.x0 : part.x1] = False
            assert not changed.any()
            assert rendered.heads == ()
            assert rendered.hints == ("no_face",)
