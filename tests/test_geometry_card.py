"""Cards: corners to a fraction of a pixel and the true distance, in any colour, with fingers on them; else none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tryon.bench.sizes import _on_the_chin, _on_the_forehead
from tryon.frame import F64, U8, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.card import _pose, find_card
from tryon.geometry.head import template
from tryon.geometry.pose import Pose
from tryon.geometry.ruler import CHIN, FOREHEAD, FRAMES_MIN, MISSED_MAX, THICKNESS_MM, CardRuler, Place
from tryon.geometry.steady import Head
from tryon.geometry.wearer import RestShape, ear_root
from tryon.perception.smoothing import rotation_matrix
from tryon.replay import bankcard
from tryon.replay.motion import Move
from tryon.replay.proportions import Proportions
from tryon.replay.recipe import Recipe
from tryon.replay.subject import seat
from tryon.replay.synth import Stage

CAMERA = Camera.from_fov(640, 480, 63.0)
WHOLE = Rect(0, 0, 640, 480)
SKIN = (130, 155, 200)


def held(bgr: U8, colour: str, pose: Pose, *, fingers: bool, seed: int = 0) -> tuple[U8, F64]:
    """The picture with a card at that pose and a sensor's noise, and the card's true corners."""
    picture = bankcard.held(bgr, colour, pose, CAMERA, fingers=fingers)
    noisy = picture + np.random.default_rng(seed).normal(0, 2, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), bankcard.corners_px(pose, CAMERA)


def skin() -> U8:
    return np.full((480, 640, 3), SKIN, np.uint8)


def tilted(yaw: float, pitch: float, roll: float, at_mm: tuple[float, float, float]) -> Pose:
    turn = rotation_matrix(np.radians([pitch, yaw, roll]))
    return Pose(np.asarray(turn, np.float64), np.array(at_mm))


@pytest.mark.parametrize("colour", list(bankcard.COLOURS))
@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (10, -8, 7), (-12, 5, -9)])
def test_a_cards_corners_and_distance_are_found(colour: str, yaw: float, pitch: float, roll: float) -> None:
    pose = tilted(yaw, pitch, roll, (10.0, -40.0, 420.0))
    bgr, corners = held(skin(), colour, pose, fingers=False)
    card = find_card(bgr, WHOLE, CAMERA.focal_px / 420, CAMERA)
    assert card is not None
    assert (
        np.abs(card.corners_px - corners).max() < 0.25
        or np.abs(np.roll(card.corners_px, 2, 0) - corners).max() < 0.25
    )
    assert card.camera_from_card.translation_mm[2] == pytest.approx(420, rel=0.004)
    assert card.depth_at(float(corners[:, 0].mean()), float(corners[:, 1].mean()), CAMERA) == pytest.approx(
        420, rel=0.006
    )


def misses_px(stage: Stage, pose: Pose, colour: str, card_pose: Pose, seeds: int) -> list[float | None]:
    """How far the corners found are from a card's own that is held before a head, of each noisy picture; None of one in
    which it was not found."""
    corners, bare = bankcard.corners_px(card_pose, CAMERA), stage.render(pose)
    x, y = (int(part) for part in corners.mean(axis=0))
    within = Rect(x - 130, y - 130, x + 130, y + 130)
    px_per_mm = CAMERA.focal_px / float(pose.translation_mm[2])
    missed: list[float | None] = []
    for seed in range(seeds):
        bgr, _ = held(bare, colour, card_pose, fingers=True, seed=seed)
        card = find_card(bgr, within, px_per_mm, CAMERA)
        off = [] if card is None else [np.abs(np.roll(card.corners_px, k, 0) - corners).max() for k in (0, 2)]
        missed.append(min((float(one) for one in off), default=None))
    return missed


def test_a_black_card_under_dark_hair_is_found() -> None:
    """Between fingers and before hair a side is in pieces: the other three tell where it must be."""
    stage = seat(Recipe(seconds=1.0)).head.stage(CAMERA, face_px=173)
    pose = stage.pose(Move())
    found = [
        off for off in misses_px(stage, pose, "black", _on_the_forehead(stage, pose), 8) if off is not None
    ]
    assert len(found) >= 6
    assert max(found) < 1.0


def test_a_golden_card_on_the_chin_is_found_among_lines_that_run_beside_it() -> None:
    """The same rectangle in three channels and in pieces left no place for the card among those that were tried."""
    head = seat(Recipe(seconds=1.0)).head.reshaped(Proportions(0.97, 1.04, 1.04, 2.0))
    stage = head.stage(CAMERA, face_px=173)
    pose = stage.pose(Move(yaw_deg=-7, pitch_deg=4, roll_deg=-6))
    found = [off for off in misses_px(stage, pose, "gold", _on_the_chin(stage, pose), 6) if off is not None]
    assert len(found) >= 5
    assert max(found) < 1.0


@pytest.mark.parametrize("colour", ["blue", "black", "white"])
def test_fingers_on_two_edges_do_not_bend_it(colour: str) -> None:
    bgr, _ = held(skin(), colour, tilted(4, 3, -5, (0.0, -30.0, 450.0)), fingers=True)
    card = find_card(bgr, WHOLE, CAMERA.focal_px / 450, CAMERA)
    assert card is not None
    assert card.camera_from_card.translation_mm[2] == pytest.approx(450, rel=0.01)
    assert card.seen < 1.0


@pytest.mark.parametrize("size", [0.6, 1.5])
def test_a_rectangle_of_another_size_is_no_card(size: float) -> None:
    bgr, _ = held(skin(), "blue", tilted(0, 0, 0, (0.0, -30.0, 450.0 / size)), fingers=False)
    assert find_card(bgr, WHOLE, CAMERA.focal_px / 450, CAMERA) is None


def test_without_a_card_there_is_none(astronaut: U8) -> None:
    assert find_card(skin(), WHOLE, 1.1, CAMERA) is None
    assert find_card(np.ascontiguousarray(astronaut), Rect(0, 0, 512, 512), 0.75, CAMERA) is None
    assert find_card(skin(), Rect(600, 440, 700, 500), 1.1, CAMERA) is None


def on(shape: F64, pose: Pose, middle_mm: float, points: Place) -> Pose:
    """A card upright on a head of that shape (478, 3), flat on the foremost of the points it covers."""
    near = [point for point in points.rests if abs(shape[point, 1] - middle_mm) < 26]
    place = np.array([[0.0, middle_mm, float(shape[near, 2].max()) + THICKNESS_MM]])
    return Pose(np.asarray(pose.rotation @ bankcard.UPRIGHT, np.float64), pose.to_camera(place)[0])


@pytest.mark.parametrize(
    "corners",
    [
        [[100.0, 100], [100, 100], [220, 180], [100, 180]],
        [[100.0, 100], [160, 100], [220, 100], [280, 100]],
        [[100.0, 100]] * 4,
    ],
    ids=["two on one another", "on a line", "a point"],
)
def test_corners_of_no_rectangle_are_nowhere(corners: list[list[float]]) -> None:
    """Edges that are fitted to a picture may meet anywhere."""
    assert _pose(np.array(corners), CAMERA).residual_px == np.inf


@pytest.mark.parametrize("size", [0.93, 1.0, 1.08])
def test_a_card_on_the_chin_tells_the_heads_size_less_exactly_until_the_nod_is_known(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose], size: float
) -> None:
    shape, pose = template().points_mm * size, pose_at(3, -5, 2, (5.0, -20.0, 430.0))
    head = head_at(pose, CAMERA, shape)
    # Landmarks that draw the chin back, as they do, don't matter.
    drawn = head.rest.points_mm.copy()
    drawn[CHIN.rests, 2] -= 6.0
    head = replace(head, rest=RestShape(drawn))
    card_pose = on(shape, pose, float(shape[199, 1]), CHIN)
    sigmas = []
    for known in (0.0, 1.0):
        ruler = CardRuler()
        for number in range(FRAMES_MIN):
            bgr, _ = held(skin(), "blue", card_pose, fingers=False, seed=number)
            assert ruler.update(bgr, replace(head, nod_known=known)) is not None
        scale = ruler.scale()
        assert scale is not None
        assert scale.value == pytest.approx(size, rel=0.012)
        sigmas.append(scale.sigma / scale.value)
    assert sigmas == pytest.approx([5.2 / 430, 3.7 / 430], rel=0.15)


def test_a_card_that_is_held_elsewhere_is_looked_for_there_and_counted_anew(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose]
) -> None:
    shape, pose = template().points_mm, pose_at(0, 0, 0, (0.0, 20.0, 430.0))
    head = head_at(pose, CAMERA, shape)
    ruler = CardRuler()

    def look(bgr: U8) -> bool:
        return ruler.update(bgr, head) is not None

    on_brow, _ = held(skin(), "blue", on(shape, pose, 40.0, FOREHEAD), fingers=False)
    on_chin, _ = held(skin(), "blue", on(shape, pose, -105.0, CHIN), fingers=False)
    assert [look(on_brow) for _ in range(FRAMES_MIN)] == [True] * FRAMES_MIN
    exact = ruler.scale()
    assert exact is not None
    # Once found it is looked for in one place, so that a look takes half the time.
    looks = [look(on_chin) for _ in range(MISSED_MAX + 1)]
    assert looks == [False] * MISSED_MAX + [True]
    assert (ruler.looks, ruler.scale()) == (1, None)
    assert all(look(on_chin) for _ in range(FRAMES_MIN))
    told = ruler.scale()
    assert told is not None
    assert told.sigma > 1.5 * exact.sigma


@pytest.mark.parametrize("size", [0.93, 1.0, 1.08])
def test_a_card_on_the_forehead_tells_the_heads_size(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose], size: float
) -> None:
    """The iris says nothing here: the head's own scale is the mean's, and only the card knows better."""
    shape = template().points_mm * size
    head = head_at(pose_at(3, -5, 2, (5.0, 60.0, 430.0)), CAMERA, shape)
    # What the camera sees is the same for a head 1/size as large and as near; the card is not.
    pose = pose_at(3, -5, 2, (5.0, 60.0, 430.0))
    in_head = np.array([[-1.0, 0, 0], [0, 1.0, 0], [0, 0, -1.0]])
    brow = shape[[10, 151, 9, 107, 336, 108, 337, 67, 297], 2].max() + 0.76
    middle = pose.to_camera(np.array([[0.0, 34.0 * size, brow]]))[0]
    card_pose = Pose(np.asarray(pose.rotation @ in_head @ np.diag([-1.0, -1.0, 1.0]), np.float64), middle)
    ruler = CardRuler()
    assert ruler.scale() is None
    for number in range(FRAMES_MIN):
        bgr, _ = held(skin(), "blue", card_pose, fingers=False, seed=number)
        assert ruler.scale() is None
        look = ruler.update(bgr, head)
        assert look is not None
        assert len(look.corners_px) == 4
    scale = ruler.scale()
    assert scale is not None
    assert scale.source == "card"
    assert scale.value == pytest.approx(size, rel=0.012)
    assert scale.sigma < 0.01
    assert np.isfinite(ear_root(head.rest.points_mm, 1)).all()
