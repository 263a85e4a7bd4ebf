"""What stays before a garment: a painted person whose skin, hair and clothes are known."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.frame import F32, U8, Rect
from tryon.geometry.figure import Figure, standing
from tryon.overlays.palette import Palette
from tryon.overlays.worn import Worn, cell_px, look
from tryon.perception import body_landmarks as body_at
from tryon.perception import landmarks as at

SKIN, HAIR, CLOTH, WALL = (110, 140, 200), (30, 35, 45), (150, 90, 40), (210, 210, 210)
RECT = Rect(100, 60, 500, 460)


@pytest.fixture(scope="module")
def face() -> F32:
    points = np.zeros((478, 3), np.float32)
    points[:, 0], points[:, 1] = 300.0, 110.0
    angle = np.linspace(0, 2 * np.pi, len(at.FACE_OVAL), endpoint=False)
    points[at.FACE_OVAL, 0] = 300 + 30 * np.sin(angle)
    points[at.FACE_OVAL, 1] = 110 - 40 * np.cos(angle)
    points[at.RIGHT_TRAGUS, :2], points[at.LEFT_TRAGUS, :2] = (270, 110), (330, 110)
    return points


@pytest.fixture(scope="module")
def figure(face: F32) -> Figure:
    stands = standing(face, 480)
    points = stands.points_px.copy()
    # The left hand is before the chest.
    points[body_at.LEFT_ELBOW] = (390, 290)
    points[body_at.LEFT_WRIST] = (330, 260)
    points[body_at.LEFT_INDEX] = points[body_at.LEFT_PINKY] = (305, 250)
    depth = stands.depth_px.copy()
    depth[body_at.LEFT_WRIST] = -80.0
    return replace(stands, points_px=points, depth_px=depth)


@pytest.fixture(scope="module")
def seen(face: F32, figure: Figure) -> tuple[Worn, Worn]:
    """Under short sleeves and under long ones."""
    bgr: U8 = np.full((480, 640, 3), WALL, np.uint8)
    cv2.ellipse(bgr, (300, 90), (45, 55), 0, 0, 360, HAIR, -1)
    cv2.rectangle(bgr, (200, 170), (400, 479), CLOTH, -1)
    cv2.ellipse(bgr, (300, 110), (30, 40), 0, 0, 360, SKIN, -1)
    cv2.line(bgr, (390, 290), (300, 250), SKIN, 20)
    # A fold in the cloth.
    cv2.line(bgr, (240, 220), (240, 440), (110, 64, 28), 5)
    inside: U8 = np.where((bgr != np.array(WALL)).any(axis=-1), 255, 0).astype(np.uint8)
    mask: U8 = np.zeros((256, 256), np.uint8)
    back = cv2.invertAffineTransform(figure.picture_from_mask)
    mask = np.asarray(cv2.warpAffine(inside, back, (256, 256)), np.uint8)
    known = replace(figure, mask=mask)
    palette = Palette()
    torso = np.stack(np.meshgrid(np.linspace(210, 290, 6), np.linspace(300, 420, 6)), axis=-1).reshape(-1, 2)
    palette.learn(bgr, face, torso, 0.0)
    short, long = (look(bgr, RECT, known, face, palette, long=long) for long in (False, True))
    return short, long


def at_px(picture: U8 | F32, x: int, y: int) -> float:
    return float(picture[y - RECT.y0, x - RECT.x0])


def test_face_and_hair_stay_in_front(seen: tuple[Worn, Worn]) -> None:
    for worn in seen:
        assert at_px(worn.front, 300, 120) > 240
        assert at_px(worn.front, 262, 100) > 240
        assert at_px(worn.front, 240, 400) < 10


def test_a_hand_stays_in_front_of_both_and_a_bare_forearm_of_short_sleeves_only(
    seen: tuple[Worn, Worn],
) -> None:
    short, long = seen
    assert at_px(short.front, 312, 254) > 200
    assert at_px(long.front, 312, 254) > 200
    assert at_px(short.front, 370, 280) > 200
    assert at_px(long.front, 370, 280) < 40


def pointed(figure: Figure, face: F32, length: float) -> Worn:
    """A left fist before the chest, 24 px in radius about (300, 260), at the end of a forearm that is seen so long."""
    bgr = suit()
    cv2.circle(bgr, (300, 260), 24, SKIN, -1)
    points = figure.points_px.copy()
    points[body_at.LEFT_WRIST] = (300, 262)
    points[body_at.LEFT_ELBOW] = (300, 262 + length)
    points[body_at.LEFT_INDEX] = points[body_at.LEFT_PINKY] = (300, 256)
    return dressed(replace(figure, points_px=points), face, bgr, long=True)


def test_a_hand_that_points_at_the_camera_is_before_its_own_long_sleeve(face: F32, figure: Figure) -> None:
    here, down = pointed(figure, face, 8.0), pointed(figure, face, 90.0)
    assert at_px(here.front, 300, 276) > 200
    assert at_px(here.front, 300, 250) > 200
    assert at_px(down.front, 300, 276) < 40
    assert at_px(down.front, 300, 250) > 200


def test_a_short_sleeve_lies_on_a_bare_arm_down_to_its_own_end(face: F32, figure: Figure) -> None:
    points = figure.points_px.copy()
    shoulder = points[body_at.LEFT_SHOULDER]
    elbow = shoulder + np.array([0.0, 90.0])
    points[body_at.LEFT_ELBOW], points[body_at.LEFT_WRIST] = elbow, elbow + np.array([0.0, 80.0])
    points[body_at.LEFT_INDEX] = points[body_at.LEFT_PINKY] = elbow + np.array([0.0, 100.0])
    bgr = suit()
    x, top = int(shoulder[0]), int(shoulder[1])
    cv2.line(bgr, (x, top + 20), (x, top + 160), SKIN, 24)
    inside: U8 = np.zeros(bgr.shape[:2], np.uint8)
    inside[170:, 200 : x + 20] = 255
    known = replace(
        figure,
        points_px=points,
        mask=np.asarray(
            cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256)), np.uint8
        ),
    )
    palette = Palette()
    palette.learn(bgr, face, np.array([(float(x), 400.0) for x in (250, 300, 350)]), 0.0)
    short, shorter = (
        look(bgr, RECT, known, face, palette, long=False, covered=(reach, reach)) for reach in (0.95, 0.4)
    )
    assert at_px(short.front, x, top + 75) < 40
    assert at_px(shorter.front, x, top + 75) > 200
    assert at_px(short.front, x, top + 110) > 200


def test_clothes_are_to_be_covered_and_the_wall_is_not(seen: tuple[Worn, Worn]) -> None:
    for worn in seen:
        assert at_px(worn.cloth, 250, 400) > 220
        assert at_px(worn.cloth, 150, 300) == 0
        assert at_px(worn.cloth, 300, 120) < 30


def test_folds_are_darker_and_even_cloth_is_as_it_was(seen: tuple[Worn, Worn]) -> None:
    folds = seen[0].folds
    assert at_px(folds, 240, 350) < 0.93
    assert at_px(folds, 280, 420) == pytest.approx(1.0, abs=0.06)
    assert folds.min() > 0.5
    assert folds.max() < 1.7


def hung(face: F32, figure: Figure, *, x: int, line: int) -> Worn:
    """Dark hair at ``x``, as thick as ``line``, over clothes that were learnt where it hangs over them, too."""
    bgr: U8 = np.full((480, 640, 3), WALL, np.uint8)
    cv2.ellipse(bgr, (300, 90), (45, 55), 0, 0, 360, HAIR, -1)
    cv2.rectangle(bgr, (200, 170), (400, 479), CLOTH, -1)
    cv2.rectangle(bgr, (285, 130), (315, 180), SKIN, -1)
    cv2.line(bgr, (x, 100), (x, 200), HAIR, line)
    cv2.ellipse(bgr, (300, 110), (30, 40), 0, 0, 360, SKIN, -1)
    inside: U8 = np.where((bgr != np.array(WALL)).any(axis=-1), 255, 0).astype(np.uint8)
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256))
    known = replace(figure, mask=np.asarray(mask, np.uint8))
    palette = Palette()
    torso = np.array([(x, y) for x in (310, 326, 350, 370) for y in (185, 195, 240, 260)], np.float64)
    for number in range(4):
        palette.learn(bgr, face, torso, 150.0 * number, known)
    return look(bgr, RECT, known, face, palette, long=False)


def test_long_hair_hangs_before_the_garment(face: F32, figure: Figure) -> None:
    worn = hung(face, figure, x=326, line=22)
    assert at_px(worn.front, 328, 180) > 200
    assert at_px(worn.front, 328, 192) > 200
    assert at_px(worn.front, 370, 200) < 20


def test_a_lanyard_of_the_hairs_colour_does_not(face: F32, figure: Figure) -> None:
    worn = hung(face, figure, x=320, line=3)
    assert at_px(worn.front, 320, 192) < 40


def dressed(figure: Figure, face: F32, bgr: U8, *, long: bool = False) -> Worn:
    """Who wears what is painted into the rectangle 200…400, 170…480."""
    inside: U8 = np.zeros(bgr.shape[:2], np.uint8)
    inside[170:, 200:400] = 255
    cv2.ellipse(inside, (300, 110), (30, 40), 0, 0, 360, (255.0,), -1)
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256))
    known = replace(figure, mask=np.asarray(mask, np.uint8))
    palette = Palette()
    torso = np.stack(np.meshgrid(np.linspace(210, 390, 12), np.linspace(190, 470, 12)), axis=-1).reshape(
        -1, 2
    )
    palette.learn(bgr, face, torso, 0.0)
    return look(bgr, RECT, known, face, palette, long=long)


def suit() -> U8:
    bgr: U8 = np.full((480, 640, 3), WALL, np.uint8)
    cv2.rectangle(bgr, (200, 170), (400, 479), CLOTH, -1)
    cv2.ellipse(bgr, (300, 110), (30, 40), 0, 0, 360, SKIN, -1)
    return bgr


def leaning(figure: Figure, face: F32, hair: tuple[int, int, int]) -> Worn:
    """Who leans to the camera in a dark shirt: their shoulders are beside their chin, or long hair is."""
    bgr: U8 = np.full((480, 640, 3), WALL, np.uint8)
    cv2.ellipse(bgr, (300, 90), (45, 55), 0, 0, 360, HAIR, -1)
    cv2.rectangle(bgr, (220, 128), (380, 479), HAIR, -1)
    cv2.rectangle(bgr, (245, 90), (355, 136), hair, -1)
    cv2.ellipse(bgr, (300, 110), (30, 40), 0, 0, 360, SKIN, -1)
    inside: U8 = np.where((bgr != np.array(WALL)).any(axis=-1), 255, 0).astype(np.uint8)
    points = figure.points_px.copy()
    points[body_at.RIGHT_SHOULDER], points[body_at.LEFT_SHOULDER] = (235, 162), (365, 162)
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256))
    known = replace(figure, mask=np.asarray(mask, np.uint8), points_px=points, width_px=130.0)
    palette = Palette()
    torso = np.array([(x, y) for x in (240, 300, 350) for y in (180, 195, 240, 260)], np.float64)
    palette.learn(bgr, face, torso, 0.0, known)
    return look(bgr, RECT, known, face, palette, long=False)


def test_shoulders_beside_a_chin_are_no_head(face: F32, figure: Figure) -> None:
    worn = leaning(figure, face, WALL)
    for x in (254, 346):
        assert at_px(worn.front, x, 144) < 20
    # The head itself is.
    assert at_px(worn.front, 300, 140) > 200
    assert at_px(worn.front, 264, 70) > 200


def test_in_the_air_nobody_is_near(face: F32, figure: Figure) -> None:
    air = dressed(figure, face, suit()).air
    assert at_px(air, 390, 400) == 0.0
    assert at_px(air, 403, 400) < 160
    assert at_px(air, 440, 400) > 250


def test_an_arm_beside_the_torso_is_as_wide_as_its_sleeve(face: F32, figure: Figure) -> None:
    """A sleeve twice as thick as an arm: to the outside all of it stays, towards the torso what its bones tell."""
    unit = figure.width_px
    points = standing(face, 480).points_px.copy()
    middle = (points[body_at.LEFT_SHOULDER] + points[body_at.RIGHT_SHOULDER]) / 2
    elbow, wrist = middle + unit * np.array([0.62, 0.7]), middle + unit * np.array([0.62, 1.4])
    points[body_at.LEFT_ELBOW], points[body_at.LEFT_WRIST] = elbow, wrist
    depth = figure.depth_px.copy()
    depth[body_at.LEFT_WRIST] = -0.5 * unit
    bgr = suit()
    x, y = (int(value) for value in (elbow + wrist) / 2)
    bgr[170:, 400 : x + int(0.22 * unit)] = CLOTH
    inside = np.where((bgr == np.array(CLOTH)).all(axis=-1), 255, 0).astype(np.uint8)
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256))
    known = replace(figure, mask=np.asarray(mask, np.uint8), points_px=points, depth_px=depth)
    palette = Palette()
    palette.learn(bgr, face, np.array([(250.0, 300.0), (350.0, 300.0)]), 0.0)
    rect = Rect(100, 60, 600, 460)
    sleeved = look(bgr, rect, known, face, palette, long=False).sleeved
    assert sleeved[y - rect.y0, x - rect.x0 + int(0.16 * unit)] > 230
    assert sleeved[y - rect.y0, x - rect.x0 - int(0.16 * unit)] < 30


def unseen(figure: Figure) -> Figure:
    """Elbows and wrists are out of the picture, and guessed to be before the chest."""
    sure = figure.visibility.copy()
    sure[[body_at.LEFT_ELBOW, body_at.RIGHT_ELBOW, body_at.LEFT_WRIST, body_at.RIGHT_WRIST]] = 0.1
    return replace(figure, visibility=sure)


def test_a_forearm_at_the_edge_of_the_picture_is_never_half_before_the_garment(
    face: F32, figure: Figure
) -> None:
    """Wrists that are hardly sure are what they were before: nobody is seen through."""
    bgr = suit()
    cv2.line(bgr, (330, 260), (295, 246), SKIN, 30)
    palette = Palette()
    palette.learn(bgr, face, np.array([(x, 400.0) for x in (250, 300, 350)]), 0.0)
    for sure, before in ((0.18, False), (0.3, True), (0.18, True), (0.1, False), (0.18, False)):
        doubted = figure.visibility.copy()
        doubted[[body_at.LEFT_WRIST, body_at.RIGHT_WRIST]] = sure
        worn = look(bgr, RECT, replace(figure, visibility=doubted), face, palette, long=False)
        assert (at_px(worn.sleeved, 370, 280) > 200) is before
        assert worn.sleeved.any() == before


def test_a_forearm_that_is_not_seen_hides_nothing(face: F32, figure: Figure) -> None:
    """A bare chest of skin's colour where a hand is only guessed to be, and clothes where its forearm is."""
    bgr = suit()
    cv2.line(bgr, (345, 270), (300, 250), SKIN, 20)
    seen, guessed = dressed(figure, face, bgr), dressed(unseen(figure), face, bgr)
    assert at_px(seen.front, 312, 254) > 200
    assert at_px(seen.sleeved, 370, 280) > 200
    assert at_px(guessed.front, 312, 254) < 20
    assert guessed.sleeved.max() == 0


@pytest.mark.parametrize(
    ("elbow", "wrist", "hand", "before"),
    [
        pytest.param((230, 300), (250, 230), True, True, id="a hand is seen"),
        pytest.param((230, 300), (250, 230), False, False, id="none is seen"),
        pytest.param((230, 300), (340, 290), False, True, id="crossed"),
        pytest.param((230, 500), (340, 290), False, False, id="crossed out of the picture"),
        pytest.param((240, 300), (260, 380), False, True, id="in a pocket"),
    ],
)
def test_a_sleeved_forearm_is_before_the_torso_if_its_hand_is_seen_or_need_not_be(
    face: F32, figure: Figure, elbow: tuple[int, int], wrist: tuple[int, int], hand: bool, before: bool
) -> None:
    """Networks put hands that they cannot see before the chest: the old sleeve would be shown there."""
    bgr = suit()
    along = np.subtract(wrist, elbow) / np.hypot(*np.subtract(wrist, elbow))
    knuckles = wrist + 30 * along
    if hand:
        cv2.line(bgr, wrist, (int(knuckles[0]), int(knuckles[1])), SKIN, 26)
    points, depth = figure.points_px.copy(), figure.depth_px.copy()
    points[body_at.RIGHT_ELBOW], points[body_at.RIGHT_WRIST] = elbow, wrist
    points[body_at.RIGHT_INDEX] = points[body_at.RIGHT_PINKY] = knuckles
    depth[body_at.RIGHT_WRIST] = -80.0
    # The other arm hangs.
    points[body_at.LEFT_ELBOW], points[body_at.LEFT_WRIST] = (395, 290), (395, 380)
    points[body_at.LEFT_INDEX] = points[body_at.LEFT_PINKY] = (395, 400)
    worn = dressed(replace(figure, points_px=points, depth_px=depth), face, bgr)
    x, y = np.rint(np.array(wrist) - 18 * along).astype(int)
    assert (at_px(worn.sleeved, x, y) > 200) == before
    if not before:
        assert at_px(worn.sleeved, x, y) == 0


def test_sleeves_cover_a_bare_upper_arm_and_a_garment_without_does_not(face: F32, figure: Figure) -> None:
    bgr = suit()
    points = figure.points_px
    shoulder, elbow = points[body_at.RIGHT_SHOULDER], points[body_at.RIGHT_ELBOW]
    arm = [tuple(int(value) for value in point) for point in (shoulder, elbow)]
    cv2.line(bgr, arm[0], arm[1], SKIN, 30)
    inside = np.where((bgr != np.array(WALL)).any(axis=-1), 255, 0).astype(np.uint8)
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256))
    known = replace(figure, mask=np.asarray(mask, np.uint8))
    palette = Palette()
    palette.learn(bgr, face, np.array([(250.0, 300.0), (350.0, 300.0)]), 0.0)
    covered, bare = (
        look(bgr, RECT, known, face, palette, long=False, covered=(share, share)).cloth
        for share in (0.6, 0.0)
    )
    x, y = (int(value) for value in shoulder + 0.4 * (elbow - shoulder) - (10, 0))
    assert at_px(covered, x, y) > 200
    assert at_px(bare, x, y) < 60


def test_hair_of_the_clothes_colour_goes_behind_the_garment_and_is_not_painted_over(
    face: F32, figure: Figure
) -> None:
    bgr: U8 = np.full((480, 640, 3), WALL, np.uint8)
    cv2.ellipse(bgr, (300, 90), (45, 55), 0, 0, 360, HAIR, -1)
    cv2.rectangle(bgr, (200, 170), (400, 479), HAIR, -1)
    cv2.rectangle(bgr, (285, 130), (315, 180), SKIN, -1)
    cv2.line(bgr, (326, 100), (326, 200), HAIR, 22)
    cv2.ellipse(bgr, (300, 110), (30, 40), 0, 0, 360, SKIN, -1)
    inside = np.where((bgr != np.array(WALL)).any(axis=-1), 255, 0).astype(np.uint8)
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256))
    known = replace(figure, mask=np.asarray(mask, np.uint8))
    palette = Palette()
    torso = np.array([(x, y) for x in (250, 326, 350, 370) for y in (185, 195, 240, 260)], np.float64)
    for number in range(4):
        palette.learn(bgr, face, torso, 150.0 * number, known)
    worn = look(bgr, RECT, known, face, palette, long=False)
    x, y = 328, 162
    assert at_px(worn.front, x, y) < 20
    assert worn.kept[(y - RECT.y0) // 2, (x - RECT.x0) // 2] > 200
    assert at_px(worn.cloth, x, y) < 40
    assert at_px(worn.cloth, 250, 400) > 220


def test_a_print_of_skins_colour_beside_a_hand_is_covered_and_the_hand_is_not(
    face: F32, figure: Figure
) -> None:
    bgr = suit()
    cv2.line(bgr, (390, 290), (300, 250), SKIN, 20)
    # Within a hand's reach of its bones, but apart from it, and another one that is thin.
    cv2.circle(bgr, (285, 291), 9, SKIN, -1)
    cv2.line(bgr, (300, 215), (330, 215), SKIN, 3)
    short = dressed(figure, face, bgr)
    assert at_px(short.front, 312, 254) > 200
    assert at_px(short.front, 345, 270) > 200
    assert at_px(short.front, 285, 291) < 20
    assert at_px(short.front, 315, 215) < 60


def test_beside_a_sleeve_the_torso_is_not_hidden_by_the_arm(face: F32, figure: Figure) -> None:
    bgr = suit()
    points, depth = figure.points_px.copy(), figure.depth_px.copy()
    for side, x in (("RIGHT", 215.0), ("LEFT", 385.0)):
        points[getattr(body_at, f"{side}_ELBOW")] = (x, 290.0)
        points[getattr(body_at, f"{side}_WRIST")] = (x, 380.0)
        depth[getattr(body_at, f"{side}_WRIST")] = -80.0
    inside = np.where((bgr != np.array(WALL)).any(axis=-1), 255, 0).astype(np.uint8)
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256))
    known = replace(figure, points_px=points, depth_px=depth, mask=np.asarray(mask, np.uint8))
    palette = Palette()
    palette.learn(bgr, face, np.array([(280.0, 300.0), (320.0, 300.0)]), 0.0)
    shoulder, elbow = points[body_at.RIGHT_SHOULDER], points[body_at.RIGHT_ELBOW]
    above, below = (
        tuple(int(value) for value in shoulder + share * (elbow - shoulder)) for share in (0.74, 0.95)
    )
    long, short = (
        look(bgr, RECT, known, face, palette, long=False, covered=(end, end)).sleeved for end in (0.85, 0.5)
    )
    assert at_px(short, *above) > 200
    assert at_px(long, *above) < 20
    assert at_px(long, *below) > 200


def test_clothes_that_go_on_past_the_mask_are_covered_and_a_wall_that_looks_like_them_is_not(
    face: F32, figure: Figure
) -> None:
    for wall, covered in ((WALL, True), (CLOTH, False)):
        bgr: U8 = np.full((480, 640, 3), wall, np.uint8)
        cv2.ellipse(bgr, (300, 110), (30, 40), 0, 0, 360, SKIN, -1)
        cv2.rectangle(bgr, (200, 170), (400, 479), CLOTH, -1)
        inside: U8 = np.zeros((480, 640), np.uint8)
        # The mask's sides lie some pixels inside the clothes'.
        inside[170:, 206:395] = inside[70:170, 270:330] = 255
        mask = cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256))
        known = replace(figure, mask=np.asarray(mask, np.uint8))
        palette = Palette()
        torso = np.stack(np.meshgrid(np.linspace(220, 380, 6), np.linspace(300, 420, 6)), axis=-1)
        palette.learn(bgr, face, torso.reshape(-1, 2), 0.0)
        worn = look(bgr, RECT, known, face, palette, long=False)
        assert (at_px(worn.cloth, 205, 350) > 200) is covered
        assert at_px(worn.cloth, 190, 350) == 0


def test_a_mask_that_ends_in_steps_gives_cloth_a_smooth_outline(face: F32, figure: Figure) -> None:
    bgr: U8 = np.full((480, 640, 3), WALL, np.uint8)
    cv2.ellipse(bgr, (300, 110), (30, 40), 0, 0, 360, SKIN, -1)
    inside: U8 = np.zeros((480, 640), np.uint8)
    for row in range(170, 480):
        # Steps of 8 px out and in, every 10 px.
        inside[row, 200 - 8 * (row // 10 % 2) : 400] = 255
    inside[70:170, 270:330] = 255
    bgr[170:][inside[170:] > 0] = CLOTH
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256))
    known = replace(figure, mask=np.asarray(mask, np.uint8))
    palette = Palette()
    torso = np.stack(np.meshgrid(np.linspace(220, 380, 6), np.linspace(300, 420, 6)), axis=-1)
    palette.learn(bgr, face, torso.reshape(-1, 2), 0.0)
    cloth = look(bgr, RECT, known, face, palette, long=False).cloth
    side = (cloth[300 - RECT.y0 : 420 - RECT.y0] > 127).argmax(axis=1) + RECT.x0
    assert np.ptp(side) <= 5
    assert 186 <= side.mean() <= 197


def test_of_a_wearer_who_is_near_coarser_maps_tell_as_much(figure: Figure) -> None:
    palette, bgr = Palette(), np.zeros((480, 640, 3), np.uint8)
    widths = (250.0, 320.0, 350.0, 320.0, 290.0, 320.0)
    cells = [cell_px(replace(figure, width_px=width), palette, bgr) for width in widths]
    assert cells == [2, 2, 4, 4, 2, 2]
    # A picture that is no whole number of larger cells keeps its last pixels.
    assert cell_px(replace(figure, width_px=500.0), palette, np.zeros((480, 642, 3), np.uint8)) == 2


def test_maps_of_larger_cells_tell_the_same(face: F32, figure: Figure) -> None:
    bgr: U8 = np.full((480, 640, 3), WALL, np.uint8)
    cv2.ellipse(bgr, (300, 110), (30, 40), 0, 0, 360, SKIN, -1)
    cv2.rectangle(bgr, (200, 170), (400, 479), CLOTH, -1)
    cv2.line(bgr, (390, 290), (300, 250), SKIN, 20)
    inside = np.where((bgr != np.array(WALL)).any(axis=-1), 255, 0).astype(np.uint8)
    mask = cv2.warpAffine(inside, cv2.invertAffineTransform(figure.picture_from_mask), (256, 256))
    known = replace(figure, mask=np.asarray(mask, np.uint8))
    palette = Palette()
    torso = np.stack(np.meshgrid(np.linspace(210, 290, 6), np.linspace(300, 420, 6)), axis=-1)
    palette.learn(bgr, face, torso.reshape(-1, 2), 0.0)
    fine, coarse = (look(bgr, RECT, known, face, palette, long=False, cell=cell) for cell in (2, 4))
    for one, other in ((fine.front, coarse.front), (fine.cloth, coarse.cloth)):
        assert one.shape == other.shape
        assert np.mean(np.abs(one.astype(float) - other) > 100) < 0.01
