"""A recipe refuses what cannot be made, names the flag, and its head moves as told."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from tryon.errors import ConfigError
from tryon.replay.recipe import COURSES, Recipe


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"seconds": 0.0}, "--seconds 0 is outside"),
        ({"seconds": 3601.0}, "--seconds 3601 is outside"),
        ({"seconds": float("nan")}, "--seconds nan is outside"),
        ({"seconds": 0.01}, "not one frame"),
        ({"fps": 241.0}, "--fps 241"),
        ({"width_px": 641}, "both sides must be even"),
        ({"width_px": 1282}, "--size 1282 is outside"),
        ({"height_px": 158}, "--size 158 is outside"),
        ({"noise": -1.0}, "--noise -1"),
        ({"motion": "dance"}, "--motion 'dance' is none of still, yaw"),
        ({"light": "disco"}, "--light 'disco' is none of neutral"),
        ({"tone": "blue"}, "--tone 'blue' is none of very_light"),
        ({"pd_mm": 20.0}, "--pd 20 is outside"),
        ({"pd_mm": 63.0, "head_width_mm": 140.0}, "give one"),
        ({"motion": "still", "speed": 10.0}, "--speed says nothing of the motion 'still'"),
        ({"motion": "leave", "amplitude": 10.0}, "--amplitude says nothing of the motion 'leave'"),
        ({"motion": "yaw", "amplitude": 41.0}, "--amplitude 41 is outside 0.1 to 40"),
        ({"motion": "yaw", "speed": 0.0}, "--speed 0 is outside"),
    ],
)
def test_what_cannot_be_made_is_refused(choices: dict[str, object], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        Recipe(**{"seconds": 1.0, **choices})  # type: ignore[arg-type]


def test_nearer_than_the_camera_is_refused() -> None:
    with pytest.raises(ConfigError, match="rests 320 mm before the camera"):
        Recipe(seconds=1, motion="approach", amplitude=300).script(320, 500)


@pytest.mark.parametrize("name", COURSES)
def test_no_motion_jumps_but_the_cut(name: str) -> None:
    script = Recipe(seconds=4, motion=name).script(320, 400)
    assert script.duration_ms == 4000
    path = np.array([list(asdict(script.at(float(t))).values()) for t in np.arange(0, 4000, 5)])
    steps = np.abs(np.diff(path, axis=0)).max(axis=1)
    if name == "cut":
        assert (steps > 1).sum() == 1
    elif name == "leave":
        assert path.max() == pytest.approx(400)
        assert path[-1].max() == 0
    else:
        assert steps.max() < 3


def test_mixed_does_everything_in_turn() -> None:
    script = Recipe(seconds=12, motion="mixed").script(320, 400)
    path = np.array([list(asdict(script.at(float(t))).values()) for t in np.arange(0, 12_000, 5)])
    assert np.abs(path[:400]).max() == 0, "it begins at rest"
    reached = np.abs(path).max(axis=0)
    # Where a swing ends within its leg is chance; it never exceeds what the leg is for, and comes near it.
    full = np.array([20, 10, 16, 60, 0, 100])
    assert np.all(reached <= full)
    assert np.all(reached >= 0.65 * full)
    assert (np.abs(path) > 1e-9).sum(axis=1).max() == 1, "one after another"
    assert path[:, 5].max() <= 0, "only nearer, never further than at rest"


def test_the_face_fits_upright_pictures_too() -> None:
    assert Recipe(seconds=1).face_px == 200
    assert Recipe(seconds=1, width_px=480, height_px=640).face_px == 150
