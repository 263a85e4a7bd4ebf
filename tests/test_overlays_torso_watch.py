"""Which way a torso is turned: a body of known proportions, turned about its own axis."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tryon.frame import F32
from tryon.overlays.torso_watch import FADE_MS, TorsoWatch
from tryon.perception import body_landmarks as at
from tryon.perception import landmarks as face_at
from tryon.perception.body import BodyObservation
from tryon.perception.face_model import Region

WIDTH = 100.0
STEP_MS = 33.0


def face(height: float) -> F32:
    points = np.zeros((478, 3), np.float32)
    points[face_at.FOREHEAD_TOP, :2], points[face_at.CHIN, :2] = (200, 100 - height), (200, 100)
    return points


def body(
    turn_deg: float, *, torso: float = 1.42, hips: float = 1.0, slant_deg: float = 0.0
) -> BodyObservation:
    """Shoulders 100 px wide before they turn; ``torso`` in that unit, ``hips`` how surely they are seen."""
    turn, slant = math.radians(turn_deg), math.radians(slant_deg)
    points = np.zeros((at.POINT_COUNT, 3), np.float32)
    for row, side, half, low in (
        (at.RIGHT_SHOULDER, -1, 0.5, 0.0), (at.LEFT_SHOULDER, 1, 0.5, 0.0),
        (at.RIGHT_HIP, -1, 0.3, torso), (at.LEFT_HIP, 1, 0.3, torso),
    ):  # fmt: skip
        x, z = side * half * math.cos(turn) * WIDTH, side * half * math.sin(turn) * WIDTH
        y = low * WIDTH
        points[row] = (
            200 + x * math.cos(slant) - y * math.sin(slant),
            150 + x * math.sin(slant) + y * math.cos(slant),
            z,
        )
    seen = np.full(at.POINT_COUNT, hips, np.float32)
    return BodyObservation(points, seen, np.zeros((256, 256), np.uint8), Region(200, 200, 400, 0.0), 1)


@pytest.mark.parametrize("slant_deg", [0.0, 25.0])
@pytest.mark.parametrize("hips", [0.1, 1.0])
@pytest.mark.parametrize(
    ("turn_deg", "faces"),
    [(0, True), (30, True), (-45, True), (50, True), (66, False), (-80, False), (180, False)],
)
def test_a_torso_is_turned_beyond_what_people_do_before_a_mirror(
    turn_deg: float, faces: bool, hips: float, slant_deg: float
) -> None:
    watch = TorsoWatch()
    made = body(turn_deg, hips=hips, slant_deg=slant_deg)
    if abs(turn_deg) == 180:
        # Seen from behind; what the network says of depth is not exact.
        made.points_px[at.LEFT_SHOULDER, 2] += 20
    watch.look(made, face(53.0), 0.0)
    assert watch.faces is faces
    assert watch.shown == float(faces)


def test_who_has_a_long_face_or_leans_to_the_camera_is_not_turned() -> None:
    watch = TorsoWatch()
    watch.look(body(40.0), face(70.0), 0.0)
    assert watch.faces


def test_shoulders_that_are_narrow_but_equally_far_are_not_turned() -> None:
    watch = TorsoWatch()
    made = body(66.0)
    made.points_px[:, 2] = 0.0
    watch.look(made, face(53.0), 0.0)
    assert watch.faces


def test_a_torso_bent_to_the_camera_is_seen_short_if_its_hips_are_seen() -> None:
    bent, unseen = TorsoWatch(), TorsoWatch()
    bent.look(body(0.0, torso=0.7), face(53.0), 0.0)
    unseen.look(body(0.0, torso=0.7, hips=0.1), face(53.0), 0.0)
    assert not bent.faces
    assert unseen.faces


def test_cloth_fades_and_comes_back_and_does_not_flicker_between() -> None:
    watch, t_ms, shown, faces = TorsoWatch(), 0.0, [], []
    turns = [0.0] * 5 + [70.0] * 30 + [58.0, 62.0] * 15 + [20.0] * 30
    for turn in turns:
        watch.look(body(turn), face(53.0), t_ms)
        shown.append(watch.shown)
        faces.append(watch.faces)
        t_ms += STEP_MS
    assert shown[4] == 1.0
    assert shown[34] == 0.0
    assert not any(faces[34:65])
    assert shown[-1] == 1.0
    assert np.abs(np.diff(shown)).max() <= STEP_MS / FADE_MS + 1e-9


def test_after_a_gap_it_is_what_is_seen() -> None:
    watch = TorsoWatch()
    watch.look(body(0.0), face(53.0), 0.0)
    watch.look(body(75.0), face(53.0), 5000.0)
    assert watch.shown == 0.0


@pytest.mark.parametrize("slant_deg", [0.0, -30.0])
@pytest.mark.parametrize(
    ("aside", "above", "own"),
    [
        (0.0, 0.4, True),
        (0.3, 0.1, True),
        (-0.3, 0.6, True),
        (0.7, 0.4, False),
        (-0.7, 0.4, False),
        (0.3, -0.5, False),
    ],
)
def test_shoulders_that_carry_no_such_head_are_anothers(
    aside: float, above: float, own: bool, slant_deg: float
) -> None:
    made, slant = body(0.0, slant_deg=slant_deg), math.radians(slant_deg)
    seen = face(53.0)
    middle = (made.points_px[at.LEFT_SHOULDER, :2] + made.points_px[at.RIGHT_SHOULDER, :2]) / 2
    x, y = aside * 53.0, -above * 53.0
    turned = np.array([x * math.cos(slant) - y * math.sin(slant), x * math.sin(slant) + y * math.cos(slant)])
    seen[:, :2] += middle + turned - seen[face_at.CHIN, :2]
    watch = TorsoWatch()
    watch.look(made, seen, 0.0)
    assert watch.faces is own


def test_clothes_are_shown_where_the_picture_goes_on_below_the_shoulders() -> None:
    # The shoulders' joints are at 150.
    for below, in_view in ((-20.0, False), (0.0, False), (20.0, True), (200.0, True)):
        watch = TorsoWatch()
        watch.look(body(0.0, hips=0.1), face(53.0), 0.0, 150.0 + below)
        assert watch.in_view is in_view
        assert watch.shown == float(in_view)
        assert watch.faces


def test_who_sways_at_the_picture_s_end_does_not_flicker() -> None:
    watch, views = TorsoWatch(), []
    for number in range(90):
        low = 150.0 + (-10.0 if number < 30 else (4.0, 8.0)[number % 2] if number < 60 else 30.0)
        watch.look(body(0.0, hips=0.1), face(53.0), number * STEP_MS, low)
        views.append(watch.in_view)
    assert not any(views[:60])
    assert views[-1]
    assert watch.shown == 1.0


@pytest.mark.parametrize("slant_deg", [0.0, 20.0])
@pytest.mark.parametrize(
    ("aside", "along", "before"),
    [
        (0.0, 0.5, True),
        (0.3, 0.2, True),
        (-0.3, 0.8, True),
        (0.6, 0.1, False),  # over the shoulder
        (0.0, -0.4, False),  # the wearer's own height
        (-0.8, 0.5, False),  # beside
        (0.0, 1.3, False),  # somebody who sits before them
    ],
)
def test_a_torso_behind_somebody_elses_face_is_not_dressed(
    aside: float, along: float, before: bool, slant_deg: float
) -> None:
    slant = math.radians(slant_deg)
    x, y = aside * WIDTH, along * 1.42 * WIDTH
    made = body(0.0, slant_deg=slant_deg)
    middle = (made.points_px[at.LEFT_SHOULDER, :2] + made.points_px[at.RIGHT_SHOULDER, :2]) / 2
    place = middle + np.array(
        [x * math.cos(slant) - y * math.sin(slant), x * math.sin(slant) + y * math.cos(slant)]
    )
    watch = TorsoWatch()
    far = np.array([900.0, 100.0, 50.0])
    watch.look(made, face(53.0), 0.0, np.inf, np.array([far, (*place, 40.0)]))
    assert watch.faces is not before
    watch.look(made, face(53.0), 5000.0, np.inf, np.zeros((0, 3)))
    assert watch.faces
