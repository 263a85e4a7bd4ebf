"""Skin colour against faces of known colour in known light, and whether the doubt that is told holds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.painted_face import DARK_SKIN, LIGHT_SKIN, LIPS, painted
from tryon.config import Settings
from tryon.frame import U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head, HeadFilter
from tryon.overlays.skinlight import FaceColours, face_colours
from tryon.overlays.skintone import FRAMES_MIN, PAPER, ToneMeter, skin_tone
from tryon.perception.observation import FaceObservation
from tryon.render.colour import de00, ita_deg
from tryon.replay.lighting import Light, lit
from tryon.replay.tone import TONES, toned

CAMERA = Camera.from_fov(640, 480, 63.0)
# Half of what a black body at 3000 K and at 8000 K looks like beside one at 6500 K: the camera balances the rest.
LIGHTS = {"3000 K": (1.48, 1.0, 0.57), "6500 K": (1.0, 1.0, 1.0), "8000 K": (0.93, 1.0, 1.13)}


@pytest.fixture(scope="module")
def head(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> Head:
    return head_at(pose_at(0, 0, 0, (0.0, 30.0, 480.0)), CAMERA)


def seen(bgr: U8, head: Head) -> FaceColours:
    found = face_colours(bgr, head)
    assert isinstance(found, FaceColours), found
    return found


@pytest.mark.parametrize("skin", [LIGHT_SKIN, DARK_SKIN])
@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)
@pytest.mark.parametrize("exposure", [0.4, 0.8])
def test_beside_paper_skin_is_told_in_any_light(
    head: Head, skin: tuple[float, float, float], light: tuple[float, float, float], exposure: float
) -> None:
    red, green, blue = (exposure * part for part in light)
    face = seen(painted(head, skin, light=(red, green, blue)), head)
    tone = skin_tone(face, PAPER * np.array([blue, green, red]))
    truth = np.array(skin)
    assert float(de00(tone.lab, truth)) < 2.5
    assert abs(tone.ita_deg - ita_deg(truth)) < 2 * tone.ita_sigma_deg
    assert (np.abs(tone.lab - truth) < 2 * tone.sigma).all()
    assert tone.ita_sigma_deg < 9
    assert float(de00(tone.lips_lab, np.array(LIPS))) < 5
    assert tone.paper


def test_without_paper_the_light_is_half_known_and_the_doubt_says_so(head: Head) -> None:
    tones = {name: skin_tone(seen(painted(head, light=light), head)) for name, light in LIGHTS.items()}
    for tone in tones.values():
        assert (np.abs(tone.lab - LIGHT_SKIN) < 2 * tone.sigma).all()
        assert tone.ita_sigma_deg > 5
    assert [tones[name].light for name in LIGHTS] == ["warm", "neutral", "neutral"]
    warm, cold = tones["3000 K"].lab, tones["8000 K"].lab
    assert float(de00(warm, cold)) < 5
    darker = skin_tone(seen(painted(head, DARK_SKIN), head))
    assert darker.lab[0] < tones["6500 K"].lab[0] - 15


def test_a_coloured_lamp_is_refused_and_paper_makes_it_usable(head: Head) -> None:
    for light in ((0.45, 1.0, 0.5), (1.0, 0.45, 1.0), (1.0, 0.6, 0.12)):
        bgr = painted(head, light=light)
        assert ToneMeter().update(bgr, head) == "skin_tinted"
        assert ToneMeter().update(bgr, head, PAPER * np.array(light[::-1])) is None


def test_frames_are_counted_and_paper_speaks_only_for_its_own(head: Head) -> None:
    meter = ToneMeter()
    for number in range(FRAMES_MIN):
        assert meter.frames == number
        assert meter.tone() is None
        assert meter.update(painted(head), head) is None
    first = meter.tone()
    assert first is not None
    assert not first.paper
    dim = painted(head, light=(0.5, 0.5, 0.5))
    for _ in range(FRAMES_MIN):
        assert meter.update(dim, head, 0.5 * PAPER) is None
    second = meter.tone()
    assert second is not None
    assert second.paper
    assert float(de00(second.lab, np.array(LIGHT_SKIN))) < 1.5


def test_a_portrait_in_six_tones_is_told_from_light_to_dark(
    astronaut: U8, astronaut_face: FaceObservation
) -> None:
    camera = Camera.from_fov(512, 512, Settings().horizontal_fov_deg)
    head = HeadFilter().update(astronaut_face, camera, 0.0)
    points = astronaut_face.points_px.astype(np.float64)
    off = []
    for name in ("light", "tan", "dark"):
        picture = toned(astronaut, points, name)
        for light in LIGHTS.values():
            face = seen(lit(picture, Light(light, 0.6), points), head)
            tone = skin_tone(face, PAPER * 0.6 * np.array(light[::-1]))
            off.append(float(de00(tone.lab, np.array(TONES[name]))))
            assert abs(tone.ita_deg - ita_deg(np.array(TONES[name]))) < 2 * tone.ita_sigma_deg
    assert float(np.median(off)) < 3.5
