"""The wearer of a garment: remembered while their face is, forgotten with it."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import U8, Frame
from tryon.geometry.figure import standing
from tryon.overlays.lower_watch import LegsWatch
from tryon.overlays.palette import Palette
from tryon.overlays.torso_watch import TorsoWatch
from tryon.overlays.wearer import Wearer, WearerWatch, body_hints
from tryon.perception import landmarks as at
from tryon.perception.observation import FaceObservation, Observation
from tryon.pipeline import Engine


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
    ("faces", "seen", "legs", "told"),
    [
        (True, False, False, ("too_far",)),
        (False, False, False, ("no_front", "too_far")),
        (True, True, True, ()),
        (False, True, True, ("no_front",)),
        (False, False, True, ("no_legs", "no_front")),
    ],
)
def test_what_keeps_clothes_from_being_shown_is_told_first(
    faces: bool, seen: bool, legs: bool, told: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TorsoWatch, "faces", property(lambda _: faces))
    monkeypatch.setattr(LegsWatch, "seen", property(lambda _: seen))
    face = np.zeros((478, 3), np.float32)
    face[at.CHIN, :2], face[at.FOREHEAD_TOP, :2] = (300, 200), (300, 150)
    wearer = Wearer(standing(face, 480), Palette())
    assert body_hints(("too_far",), {7: wearer}, legs=legs) == told
    assert body_hints(("too_far",), {}, legs=legs) == (("no_legs",) if legs else ("too_far",))
