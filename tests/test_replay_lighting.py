"""Light multiplies linear light, clips at white, and from behind tells the person from the room."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.perception.observation import FaceObservation
from tryon.render import transfer
from tryon.replay.lighting import LIGHTS, Light, lit


@pytest.fixture(scope="module")
def points(astronaut_face: FaceObservation) -> F64:
    return astronaut_face.points_px.astype(np.float64)


def test_neutral_light_changes_nothing(astronaut: U8, points: F64) -> None:
    assert np.array_equal(lit(astronaut, LIGHTS["neutral"], points), astronaut)


@pytest.mark.parametrize("name", ["warm", "cold", "dim"])
def test_light_multiplies_linear_light(points: F64, name: str) -> None:
    codes = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(16, 16, 3)
    light = LIGHTS[name]
    gain = light.exposure * np.array(light.white[::-1])
    expected = np.minimum(transfer.to_linear()[codes] * gain, 1)
    seen = transfer.to_linear()[lit(codes, light, points)]
    # Half a code, where the curve is steepest.
    assert np.abs(seen - expected).max() < 0.5 / 255 * 2.3


def test_the_three_lights_are_what_their_names_say() -> None:
    assert LIGHTS["warm"].white[0] > 1 > LIGHTS["warm"].white[2]
    assert LIGHTS["cold"].white[0] < 1 < LIGHTS["cold"].white[2]
    assert LIGHTS["dim"].exposure < 0.25


def test_light_from_behind(points: F64) -> None:
    grey = np.full((512, 512, 3), 120, np.uint8)
    out = lit(grey, LIGHTS["back"], points)
    x, y = points[4, :2].astype(int)
    linear = transfer.to_linear()
    light = LIGHTS["back"]
    assert linear[out[y, x, 0]] == pytest.approx(linear[120] * light.exposure + light.veil, abs=0.01)
    assert light.behind is not None
    assert linear[out[20, 20, 0]] == pytest.approx(min(1, linear[120] * light.behind + light.veil), abs=0.01)


@pytest.mark.parametrize("shift", [1e7, -1e7, 3000.0])
def test_a_person_out_of_the_picture_leaves_the_room(points: F64, shift: float) -> None:
    grey = np.full((64, 64, 3), 120, np.uint8)
    out = lit(grey, Light(exposure=0.1, behind=1.0), points + np.array([shift, 0, 0]))
    assert np.abs(out.astype(int) - 120).max() <= 1
