"""The steady figure: size, turn, hips that nobody sees, and rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.geometry.figure import ARM_HALF, TORSO_PER_WIDTH, Figure, FigureFilter, standing
from tryon.perception import body_landmarks as at
from tryon.perception import landmarks as face_at
from tryon.perception.body import BodyObservation
from tryon.perception.face_model import Region

WIDTH = 100.0


def body(points: F32, visible: float = 1.0) -> BodyObservation:
    seen = np.full(at.POINT_COUNT, visible, np.float32)
    mask: U8 = np.zeros((256, 256), np.uint8)
    return BodyObservation(points, seen, mask, Region(0.0, 0.0, 256.0, 0.0), 1)


@pytest.fixture
def points() -> F32:
    face = np.zeros((478, 3), np.float32)
    face[face_at.CHIN, :2] = 300.0, 200.0
    face[face_at.FOREHEAD_TOP, :2] = 300.0, 200.0 - WIDTH / 1.9
    figure = standing(face, 480)
    return np.column_stack([figure.points_px, figure.depth_px]).astype(np.float32)


def test_somebody_who_stands_is_as_wide_as_their_shoulders(points: F32) -> None:
    figure = FigureFilter().update(body(points), 480, 0.0)
    assert figure.width_px == pytest.approx(WIDTH, rel=0.01)
    assert figure.yaw == pytest.approx(0.0, abs=1e-6)
    assert figure.down == pytest.approx((0.0, 1.0), abs=1e-6)
    right, left = figure.shoulders
    assert left[0] > right[0]
    assert figure.arm("left").shape == (4, 2)
    assert figure.arm("left")[1, 0] > left[0]


def test_turned_shoulders_are_nearer_but_the_figure_is_no_smaller(points: F32) -> None:
    middle = points[[at.LEFT_SHOULDER, at.RIGHT_SHOULDER], 0].mean()
    for row, depth in ((at.LEFT_SHOULDER, 30.0), (at.RIGHT_SHOULDER, -30.0)):
        points[row, 0] = middle + 0.6 * (points[row, 0] - middle)
        points[row, 2] = depth
    figure = FigureFilter().update(body(points), 480, 0.0)
    assert figure.yaw > 0.2
    assert figure.width_px > 0.75 * WIDTH


def test_hips_that_are_not_seen_hang_below_the_shoulders(points: F32) -> None:
    points[[at.LEFT_HIP, at.RIGHT_HIP], 0] += 80.0
    seen = FigureFilter().update(body(points), 480, 0.0)
    guessed = FigureFilter().update(body(points, 0.0), 480, 0.0)
    assert guessed.down[1] > seen.down[1]
    hips = sum(hip[1] for hip in guessed.hips) / 2 - sum(s[1] for s in guessed.shoulders) / 2
    assert hips == pytest.approx(TORSO_PER_WIDTH * WIDTH, rel=0.1)


def outlined(points: F32, edge: float, visible: float) -> BodyObservation:
    """Somebody whose left side ends at x = ``edge``, and whose elbows are seen as surely as ``visible``."""
    seen = np.ones(at.POINT_COUNT, np.float32)
    seen[[at.LEFT_ELBOW, at.RIGHT_ELBOW, at.LEFT_WRIST, at.RIGHT_WRIST]] = visible
    mask: U8 = np.zeros((256, 256), np.uint8)
    region = Region(300.0, 300.0, 512.0, 0.0)
    mask[:, : int((edge - (300 - 256)) / 2)] = 255
    return BodyObservation(points, seen, mask, region, 1)


@pytest.mark.parametrize("aside", [-0.15, 0.0, 0.2])
def test_an_unseen_arm_is_where_the_outline_shows_it(points: F32, aside: float) -> None:
    shoulder, elbow = points[at.LEFT_SHOULDER, :2], points[at.LEFT_ELBOW, :2].copy()
    height = int(shoulder[1] + 0.8 * (elbow[1] - shoulder[1]))
    edge = float(elbow[0]) + (ARM_HALF + aside) * WIDTH
    arm = FigureFilter().update(outlined(points, edge, 0.0), height, 0.0).arm("left")
    # Where the picture ends, the arm's middle is half its width inside the outline.
    part = (height - 0.04 * WIDTH - arm[0, 1]) / (arm[1, 1] - arm[0, 1])
    across = arm[0, 0] + part * (arm[1, 0] - arm[0, 0])
    assert across == pytest.approx(edge - ARM_HALF * WIDTH, abs=2.5)
    hand = points[[at.LEFT_INDEX, at.LEFT_PINKY], 0].mean()
    assert arm[3, 0] - hand == pytest.approx(arm[1, 0] - elbow[0], abs=0.1)


def test_an_arm_that_is_seen_stays_where_it_is(points: F32) -> None:
    elbow = points[at.LEFT_ELBOW, :2].copy()
    figure = FigureFilter().update(outlined(points, float(elbow[0]) + 40.0, 1.0), 480, 0.0)
    assert figure.arm("left")[1] == pytest.approx(elbow, abs=1e-3)


def test_an_outline_that_tells_nothing_moves_no_arm(points: F32) -> None:
    """Nobody at all in the mask, and somebody who fills it."""
    elbow = points[at.LEFT_ELBOW, :2].copy()
    for edge in (45.0, 555.0):
        figure = FigureFilter().update(outlined(points, edge, 0.0), 480, 0.0)
        assert figure.arm("left")[1] == pytest.approx(elbow, abs=1e-3)


def test_a_resting_body_trembles_less_than_what_is_seen_of_it(points: F32) -> None:
    random, filters = np.random.default_rng(1), FigureFilter()
    raw: list[float] = []
    steady: list[float] = []
    for number in range(60):
        noisy = points + random.normal(0, 1.0, points.shape).astype(np.float32)
        figure: Figure = filters.update(body(noisy), 480, number * 33.3)
        raw.append(float(noisy[at.LEFT_SHOULDER, 0]))
        steady.append(float(figure.points_px[at.LEFT_SHOULDER, 0]))
    assert np.std(steady[20:]) < 0.55 * np.std(raw[20:])


def test_the_mask_tells_where_the_person_is_seen() -> None:
    face = np.zeros((478, 3), np.float32)
    face[face_at.CHIN, :2], face[face_at.FOREHEAD_TOP, :2] = (300.0, 150.0), (300.0, 90.0)
    stands = standing(face, 480)
    mask: U8 = np.zeros((256, 256), np.uint8)
    mask[:, 128:] = 255
    middle = stands.picture_from_mask @ np.array([128.0, 128.0, 1.0])
    figure = replace(stands, mask=mask)
    places = middle + np.array([(-20.0, 0.0), (20.0, 0.0), (1e5, 0.0)])
    assert figure.shows(places).tolist() == [0.0, 1.0, 0.0]


def hem(figure: Figure) -> float:
    """Two widths below the shoulders, where a T-shirt ends."""
    right, left = figure.shoulders
    return float((right[1] + left[1]) / 2 + 2.0 * figure.width_px * figure.down[1])


def test_a_hem_below_a_resting_body_holds_still(points: F32) -> None:
    """Width and guessed hips wander slowly, as a network's do from one sensor's noise to the next."""
    random, figures = np.random.default_rng(3), FigureFilter()
    wander = np.cumsum(random.normal(0.0, 0.01, (300, at.POINT_COUNT, 3)), axis=0)
    wander -= wander.mean(axis=0)
    hems, told = [], []
    for number in range(300):
        seen = body((points + wander[number] + random.normal(0.0, 0.2, points.shape)).astype(np.float32), 0.3)
        if number >= 60:
            hems.append(hem(figures.update(seen, 480, number * 33.0)))
            told.append(hem(FigureFilter().update(seen, 480, 0.0)))
        else:
            figures.update(seen, 480, number * 33.0)
    assert np.std(hems) < 0.36 * np.std(told)
    assert np.diff(hems).std() < 0.05


def test_a_body_that_comes_nearer_takes_its_hem_along(points: F32) -> None:
    figures = FigureFilter()
    top = points[[at.LEFT_SHOULDER, at.RIGHT_SHOULDER], :2].mean(axis=0)
    for number in range(90):
        grown = points.copy()
        grown[:, :2] = top + (points[:, :2] - top) * (1 + 0.3 * min(max(number - 30, 0) / 40, 1.0))
        grown[:, 1] += 40 * min(max(number - 30, 0) / 40, 1.0)
        steady = figures.update(body(grown), 480, number * 33.0)
        told = FigureFilter().update(body(grown), 480, number * 33.0)
        assert abs(hem(steady) - hem(told)) < 0.09 * told.width_px
    assert hem(steady) == pytest.approx(hem(told), abs=0.02 * told.width_px)


def test_hips_hang_from_the_shoulders_wherever_these_go(points: F32) -> None:
    figures = FigureFilter()
    for number in range(20):
        moved = points + np.array([6.0 * number, 0.0, 0.0], np.float32)
        figure = figures.update(body(moved), 480, number * 33.0)
    right, left = figure.shoulders
    hip_right, hip_left = figure.hips
    assert (hip_right + hip_left)[0] == pytest.approx((right + left)[0], abs=0.6)


@pytest.mark.parametrize(("wrist_seen", "hangs"), [(0.3, True), (0.9, False)])
def test_an_arm_of_which_nothing_is_in_the_picture_hangs(points: F32, wrist_seen: float, hangs: bool) -> None:
    # A lamp beside somebody whose picture ends at the collar: its foot would be an elbow, surely, its shade a hand.
    shoulder = points[at.RIGHT_SHOULDER, :2].copy()
    points[at.RIGHT_ELBOW, :2] = shoulder + np.array([-0.6, 0.0]) * WIDTH
    points[[at.RIGHT_WRIST, at.RIGHT_INDEX, at.RIGHT_PINKY], :2] = shoulder + np.array([-0.55, -0.6]) * WIDTH
    found = body(points)
    found.visibility[[at.RIGHT_WRIST, at.RIGHT_INDEX, at.RIGHT_PINKY]] = wrist_seen
    _, elbow, wrist, _ = FigureFilter().update(found, int(shoulder[1]) - 4, 0.0).arm("right")
    assert bool(elbow[1] > shoulder[1] + 0.4 * WIDTH) is hangs
    assert bool(wrist[1] > elbow[1]) is hangs
    # In a picture that shows the shoulder a raised arm is believed.
    _, elbow, wrist, _ = FigureFilter().update(found, int(shoulder[1]) + 50, 0.0).arm("right")
    assert wrist[1] < elbow[1]


def raised(points: F32) -> None:
    """Fold the left arm up to the jaw, in place."""
    shoulder = points[at.LEFT_SHOULDER, :2].copy()
    points[at.LEFT_ELBOW, :2] = shoulder + np.array([0.1, -0.4]) * WIDTH
    points[[at.LEFT_WRIST, at.LEFT_INDEX, at.LEFT_PINKY], :2] = shoulder + np.array([-0.35, -0.65]) * WIDTH


@pytest.mark.parametrize(
    ("visible", "there", "hangs"), [(0.05, True, 1.0), (0.5, True, 0.0), (0.9, True, 0.0), (0.35, False, 1.0)]
)
def test_an_arm_that_is_raised_by_a_mere_guess_hangs(
    points: F32, visible: float, there: bool, hangs: float
) -> None:
    """By what the network says, and by nobody being at the elbow."""
    raised(points)
    found = outlined(points, 550.0 if there else 100.0, visible)
    shoulder, elbow, wrist, _ = FigureFilter().update(found, 480, 0.0).arm("left")
    expected = points[at.LEFT_ELBOW, :2] if not hangs else shoulder + np.array([0.0, 0.5 * WIDTH])
    assert elbow == pytest.approx(expected, abs=0.5)
    assert bool(wrist[1] > shoulder[1] + 0.9 * WIDTH) is bool(hangs)


def test_a_guess_becomes_a_raised_arm_without_a_step(points: F32) -> None:
    raised(points)
    heights = [
        FigureFilter().update(outlined(points, 550.0, visible), 480, 0.0).arm("left")[1, 1]
        for visible in np.linspace(0.0, 0.7, 71)
    ]
    assert heights[0] - heights[-1] > 0.8 * WIDTH
    assert np.abs(np.diff(heights)).max() < 0.06 * WIDTH


@pytest.mark.parametrize(("wrist_seen", "hangs"), [(0.5, True), (0.95, False)])
def test_a_hand_before_the_chest_whose_elbow_is_below_the_picture_has_to_be_seen(
    points: F32, wrist_seen: float, hangs: bool
) -> None:
    chest = points[[at.LEFT_SHOULDER, at.RIGHT_SHOULDER], :2].mean(axis=0)
    chest = chest + np.array([0.0, 0.4 * WIDTH])
    points[[at.LEFT_WRIST, at.LEFT_INDEX, at.LEFT_PINKY], :2] = chest
    found = body(points)
    found.visibility[[at.LEFT_WRIST, at.LEFT_INDEX, at.LEFT_PINKY]] = wrist_seen
    ends = int(points[at.LEFT_ELBOW, 1]) - 10
    _, elbow, wrist, _ = FigureFilter().update(found, ends, 0.0).arm("left")
    assert bool(wrist[1] > elbow[1]) is hangs
