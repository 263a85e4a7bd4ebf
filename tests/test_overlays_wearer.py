"""The wearer of a garment: remembered while their face is, forgotten with it."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.config import Settings
from tryon.frame import U8, Frame
from tryon.geometry.figure import standing
from tryon.looks import LookBook, LookItem
from tryon.overlays.lower_watch import LegsWatch
from tryon.overlays.palette import Palette
from tryon.overlays.torso_watch import TorsoWatch
from tryon.overlays.wearer import MISSED_MS, Wearer, WearerWatch, body_hints
from tryon.perception import landmarks as at
from tryon.perception.observation import FaceObservation, Observation
from tryon.pipeline import Engine, Pipeline


def test_a_wearer_keeps_their_colours_until_they_leave(
    astronaut: U8, astronaut_face: FaceObservation, engine: Engine
) -> None:
    watch = WearerWatch()

    def look(t_ms: float, *faces: FaceObservation) -> dict[int, object]:
        seen = Observation(faces, t_ms, astronaut.shape[1], astronaut.shape[0])
        found = watch.look(Frame(astronaut, t_ms), seen, engine.body)
        return {track: wearer.palette for track, wearer in found.items()}

    first = look(0.0, astronaut_face)
    assert set(first) == {astronaut_face.track}
    assert look(33.0, astronaut_face) == first
    assert look(66.0) == {}
    assert look(99.0, astronaut_face) != first
    watch.reset()
    assert set(look(132.0, astronaut_face)) == {astronaut_face.track}


@pytest.mark.parametrize(
    ("faces", "in_view", "seen", "legs", "told"),
    [
        (True, True, False, False, ("too_far",)),
        (False, True, False, False, ("no_front", "too_far")),
        (True, False, False, False, ("no_shoulders", "too_far")),
        # Turning comes first: then the shoulders are told of that are out of view.
        (False, False, False, False, ("no_front", "too_far")),
        (True, True, True, True, ()),
        (False, True, True, True, ("no_front",)),
        (False, True, False, True, ("no_legs", "no_front")),
        (True, False, False, True, ("no_legs", "no_shoulders")),
    ],
)
def test_what_keeps_clothes_from_being_shown_is_told_first(
    faces: bool, in_view: bool, seen: bool, legs: bool, told: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TorsoWatch, "faces", property(lambda _: faces))
    monkeypatch.setattr(LegsWatch, "seen", property(lambda _: seen))
    face = np.zeros((478, 3), np.float32)
    face[at.CHIN, :2], face[at.FOREHEAD_TOP, :2] = (300, 200), (300, 150)
    wearer = Wearer(standing(face, 480), Palette())
    wearer.torso.in_view = in_view
    assert body_hints(("too_far",), {7: wearer}, legs=legs) == told
    assert body_hints(("too_far",), {}, legs=legs) == (("no_legs",) if legs else ("too_far",))


@pytest.mark.parametrize(
    ("hints", "legs", "told"),
    [
        ((), False, ("no_shoulders",)),
        (("too_dark",), False, ("no_shoulders", "too_dark")),
        # Who is far away would be sent further.
        (("too_far",), False, ("too_far",)),
        ((), True, ("no_legs",)),
    ],
)
def test_whose_body_is_not_found_is_told_why_nothing_is_worn(
    hints: tuple[str, ...], legs: bool, told: tuple[str, ...]
) -> None:
    assert body_hints(hints, {}, legs=legs, missed=True) == told


def test_a_body_is_missed_at_once_in_a_photo_and_after_a_moment_before_a_camera(
    astronaut: U8, astronaut_face: FaceObservation, engine: Engine
) -> None:
    watch = WearerWatch()

    def look(bgr: U8, t_ms: float) -> bool:
        seen = Observation((astronaut_face,), t_ms, bgr.shape[1], bgr.shape[0])
        watch.look(Frame(bgr, t_ms), seen, engine.body)
        return watch.missed

    # A face before a wall.
    wall = np.full_like(astronaut, 128)
    assert look(wall, 0.0)
    assert not look(astronaut, 33.0)
    assert not look(wall, 66.0)
    assert not look(wall, 33.0 + MISSED_MS)
    assert look(wall, 34.0 + MISSED_MS)
    assert not look(astronaut, 70.0 + MISSED_MS)
    watch.reset()
    assert look(wall, 80.0 + MISSED_MS)


@pytest.mark.parametrize(
    ("rows", "told"),
    [(512, ()), (215, ("no_shoulders",))],
)
def test_whose_picture_ends_at_the_shoulders_wears_nothing_and_is_told(
    rows: int, told: tuple[str, ...], astronaut: U8, engine: Engine
) -> None:
    picture = np.ascontiguousarray(astronaut[:rows])
    look = LookBook().resolve((LookItem("linden-tee"),))
    photo = Pipeline(Settings()).process(Frame(picture, 0.0), look, engine)
    assert photo.hints == told
    assert np.array_equal(photo.bgr, picture) is bool(told)


def test_who_fills_the_picture_with_their_face_is_told_to_step_back(astronaut: U8, engine: Engine) -> None:
    picture = np.ascontiguousarray(np.kron(astronaut[40:220, 130:320], np.ones((3, 3, 1), np.uint8)))
    look = LookBook().resolve((LookItem("linden-tee"),))
    photo = Pipeline(Settings()).process(Frame(picture, 0.0), look, engine)
    assert photo.faces == 1
    assert photo.hints == ("no_shoulders",)
    assert photo.dirty is None
