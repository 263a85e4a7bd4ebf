"""The wearer of a garment: remembered while their face is, forgotten with it."""

from __future__ import annotations

from tryon.frame import U8, Frame
from tryon.overlays.wearer import WearerWatch
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
