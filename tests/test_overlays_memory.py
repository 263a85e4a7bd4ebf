"""What comes before a face is told from the face itself: cups and hands are, light, shadows and lids are not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.config import Settings
from tryon.frame import F32, U8, Frame, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.steady import Head
from tryon.looks import LookBook, LookItem
from tryon.overlays.base import Scene
from tryon.overlays.front import Front, around
from tryon.overlays.matte import front_of
from tryon.overlays.memory import PATCH_MIN, STAYS_MIN_MS, FaceMemory
from tryon.perception import landmarks as at
from tryon.pipeline import Engine, Pipeline
from tryon.replay.motion import yaw
from tryon.replay.synth import SyntheticHead

FRAME_MS = 75.0
BLUE, SKIN = (190, 120, 60), (150, 175, 215)


@pytest.fixture(scope="module")
def head(astronaut: U8, engine: Engine) -> Head:
    pipeline = Pipeline(Settings(max_faces=1))
    look = LookBook().resolve(())
    for number in range(4):
        rendered = pipeline.process(Frame(astronaut, number * 33.0), look, engine)
    return rendered.heads[0]


def noisy(bgr: U8, seed: int) -> U8:
    noise = np.random.default_rng(seed).normal(0, 3, bgr.shape)
    return np.clip(bgr + noise, 0, 255).astype(np.uint8)


def held(
    bgr: U8, colour: tuple[int, int, int], left: int, top: int, right: int, bottom: int
) -> tuple[U8, F32]:
    """Something round-cornered before the picture, soft at its edges and darker there, and where it is."""
    shape = np.zeros(bgr.shape[:2], np.uint8)
    cv2.rectangle(shape, (left, top), (right, bottom), 255, -1)
    inside = np.minimum(cv2.distanceTransform(shape, cv2.DIST_L2, 3) / 6, 1.0)[..., None]
    share = cv2.GaussianBlur(shape, (0, 0), 0.8).astype(np.float32)[..., None] / 255
    thing = np.array(colour) * (0.7 + 0.3 * inside)
    return np.clip(bgr * (1 - share) + thing * share, 0, 255).astype(np.uint8), share[..., 0]


def remembered(bgr: U8, head: Head, looks: int = 24) -> tuple[FaceMemory, float]:
    """A memory that has seen the face so often, and the time of its next look."""
    memory = FaceMemory()
    for number in range(looks):
        assert memory.look(noisy(bgr, number), head, number * FRAME_MS) is None
    return memory, looks * FRAME_MS


def before(memory: FaceMemory, bgr: U8, head: Head, t_ms: float) -> Front | None:
    covered = memory.look(bgr, head, t_ms)
    return None if covered is None else front_of(covered, bgr, head, around(head, bgr.shape[1], bgr.shape[0]))


@pytest.mark.parametrize(("colour", "agrees"), [(BLUE, 0.9), (SKIN, 0.75), ((35, 35, 38), 0.9)])
def test_what_covers_an_eye_is_found_where_it_is(
    astronaut: U8, head: Head, colour: tuple[int, int, int], agrees: float
) -> None:
    memory, t_ms = remembered(astronaut, head)
    x, y = head.points_px[at.LEFT_EYE, :2].mean(axis=0).astype(int)
    bgr, truth = held(noisy(astronaut, 99), colour, x - 18, y - 22, x + 60, y + 26)
    front = before(memory, bgr, head, t_ms)
    assert front is not None
    # Judged where the face is: a hand goes on beyond it.
    face: U8 = np.zeros(truth.shape, np.uint8)
    cv2.fillPoly(face, [head.points_px[at.FACE_OVAL, :2].astype(np.int32)], (1.0,))
    face = np.asarray(cv2.erode(face, np.ones((9, 9), np.uint8)), np.uint8)
    seen = np.zeros(truth.shape, np.float32)
    rect = front.rect
    seen[rect.y0 : rect.y1, rect.x0 : rect.x1] = front.share / np.float32(255)
    both = (np.minimum(seen, truth) * face).sum() / (np.maximum(seen, truth) * face).sum()
    assert both > agrees


@pytest.mark.parametrize("name", ["darker", "warmer", "from the side", "half in shadow", "blinking"])
def test_light_shadow_and_lids_are_nothing_in_front(astronaut: U8, head: Head, name: str) -> None:
    memory, t_ms = remembered(astronaut, head)
    across = np.linspace(-1, 1, astronaut.shape[1])[None, :, None]
    middle = float(head.points_px[at.NASION, 0]) / astronaut.shape[1] * 2 - 1
    factor: dict[str, object] = {
        "darker": 0.5,
        "warmer": np.array([0.8, 1.0, 1.15]),
        "from the side": 0.8 + 0.6 * (across - middle),
        "half in shadow": 1.0 - 0.35 / (1 + np.exp(-(across - middle) * 80)),
        "blinking": 1.0,
    }
    for number in range(8):
        share = min((number + 1) / 4, 1.0)
        bgr = astronaut.copy()
        if name == "blinking" and number in (3, 4):
            for eye, lid in ((at.LEFT_EYE, 27), (at.RIGHT_EYE, 257)):
                skin = astronaut[tuple(head.points_px[lid, 1::-1].astype(int))]
                cv2.fillPoly(bgr, [head.points_px[eye, :2].astype(np.int32)], skin.tolist())
        lit = bgr * (1 + share * (np.asarray(factor[name]) - 1))
        lit = np.clip(lit, 0, 255).astype(np.uint8)
        front = before(memory, noisy(lit, 50 + number), head, t_ms + number * FRAME_MS)
        assert front is None or front.share.mean() < 2


def blocks(bgr: U8, seed: int) -> U8:
    """A dim picture out of a stream whose colours are coarse: each block of 8 pixels is off by some codes."""
    dim = bgr * np.array([0.35, 0.5, 0.7])
    rows, columns = -(-bgr.shape[0] // 8), -(-bgr.shape[1] // 8)
    blue, red = np.random.default_rng(seed).normal(0, 3.0, (2, rows, columns))
    off = np.stack([1.77 * blue, -0.34 * blue - 0.71 * red, 1.4 * red], axis=2)
    coarse = off.repeat(8, axis=0).repeat(8, axis=1)[: bgr.shape[0], : bgr.shape[1]]
    return np.asarray(np.clip(dim + coarse, 0, 255), np.uint8)


def test_colours_of_a_coarse_stream_that_come_and_go_are_nothing_in_front_but_a_cup_is(
    astronaut: U8, head: Head
) -> None:
    # The stream's first picture stays for some frames, while the face is learnt.
    memory = FaceMemory()
    for number in range(7):
        assert memory.look(blocks(astronaut, 0), head, number * FRAME_MS) is None
    for number in range(7, 27):
        assert before(memory, blocks(astronaut, number), head, number * FRAME_MS) is None
    x, y = head.points_px[17, :2].astype(int)
    bgr, _ = held(blocks(astronaut, 99), BLUE, x - 30, y - 35, x + 30, y + 25)
    front = before(memory, bgr, head, 27 * FRAME_MS)
    assert front is not None
    assert front.over(Rect(x - 20, y - 25, x + 20, y + 15)).mean() > 200


@pytest.mark.parametrize(
    ("colour", "parted", "covered"),
    [
        ((92, 88, 158), 0.3, False),
        ((92, 88, 158), 0.1, True),
        (BLUE, 0.3, True),
        ((205, 215, 235), 0.3, True),
    ],
)
def test_a_tongue_where_landmarks_of_a_wide_mouth_have_a_lip_is_nothing_in_front(
    astronaut: U8, head: Head, colour: tuple[int, int, int], parted: float, covered: bool
) -> None:
    points = head.points_px.copy()
    upper, lower = points[at.LIPS_INNER[15], :2], points[at.LIPS_INNER[5], :2]
    width = float(np.ptp(points[at.LIPS_INNER, 0]))
    lower[0], lower[1] = upper[0], upper[1] + parted * width
    wide = replace(head, points_px=points)
    memory, t_ms = remembered(astronaut, wide)
    x, y = points[17, :2].astype(int)
    half = int(0.4 * width)
    bgr, _ = held(noisy(astronaut, 99), colour, x - half, y - half // 2, x + half, y + half)
    assert (before(memory, bgr, wide, t_ms) is not None) == covered


def test_it_fades_when_the_thing_is_gone_and_is_forgotten_in_the_end(astronaut: U8, head: Head) -> None:
    memory, t_ms = remembered(astronaut, head)
    x, y = head.points_px[at.NOSE_TIP, :2].astype(int)
    bgr, _ = held(astronaut, BLUE, x - 20, y - 25, x + 20, y + 20)
    assert before(memory, bgr, head, t_ms) is not None
    shares = []
    for number in range(1, 8):
        front = before(memory, astronaut, head, t_ms + number * FRAME_MS)
        shares.append(0.0 if front is None else float(front.share.max()))
    assert shares[-1] == 0.0
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize(("amplitude_deg", "deg_per_s"), [(8.0, 15.0), (20.0, 40.0)])
def test_a_head_that_turns_is_nothing_in_front(
    astronaut: U8, engine: Engine, amplitude_deg: float, deg_per_s: float
) -> None:
    stage = SyntheticHead.from_portrait(astronaut, engine.model).stage(Camera.from_fov(640, 480, 63.0))
    pipeline, memory, look = Pipeline(Settings(max_faces=1)), FaceMemory(), LookBook().resolve(())
    turns = yaw(amplitude_deg, deg_per_s, 3000, steady=True)
    found = []
    for frame, _ in stage.frames(turns, noise=2.0):
        head = pipeline.process(frame, look, engine).heads[0]
        found.append(memory.look(frame.bgr, head, frame.t_ms) is not None)
    assert len(found) > 80
    assert not any(found)


def test_of_a_hand_that_is_known_in_part_nothing_is_learnt(astronaut: U8, head: Head) -> None:
    memory, t_ms = remembered(astronaut, head)
    x, y = head.points_px[at.NASION, :2].astype(int)
    rect = Rect(x - 30, y, x + 30, y + 40)
    hand = Front(rect, np.full((rect.height, rect.width), 255, np.uint8))
    face = memory._mean.copy()
    for number in range(30):
        bgr, _ = held(noisy(astronaut, number), SKIN, x - 45, y - 30, x + 45, y + 120)
        memory.look(bgr, head, t_ms + number * 33.0, hand)
    np.testing.assert_array_equal(memory._mean, face)
    for number in range(30, 36):
        gone = before(memory, noisy(astronaut, number), head, t_ms + number * 33.0)
    assert gone is None


def test_what_stays_becomes_part_of_the_face(astronaut: U8, head: Head) -> None:
    memory, t_ms = remembered(astronaut, head)
    x, y = head.points_px[at.NOSE_TIP, :2].astype(int)
    bgr, _ = held(astronaut, BLUE, x - 20, y - 25, x + 20, y + 20)
    looks = int(2 * STAYS_MIN_MS / FRAME_MS)
    found = [before(memory, noisy(bgr, i), head, t_ms + i * FRAME_MS) is not None for i in range(looks)]
    assert all(found[:10])
    assert not any(found[-10:])


def test_a_gap_forgets_what_was_in_front_but_not_the_face(astronaut: U8, head: Head) -> None:
    memory, t_ms = remembered(astronaut, head)
    x, y = head.points_px[at.NOSE_TIP, :2].astype(int)
    bgr, _ = held(astronaut, BLUE, x - 20, y - 25, x + 20, y + 20)
    assert before(memory, bgr, head, t_ms) is not None
    assert before(memory, astronaut, head, t_ms + 1000) is None
    assert before(memory, bgr, head, t_ms + 2000) is not None


def test_a_cup_hides_the_frame_and_lipstick_and_nothing_else(
    astronaut: U8, engine: Engine, book: LookBook, head: Head
) -> None:
    look = book.resolve((LookItem("harbour-black"), LookItem("velvet-lipstick", "classic-red")))
    pipeline = Pipeline(Settings(max_faces=1))
    for number in range(24):
        pipeline.process(Frame(noisy(astronaut, number), number * FRAME_MS), look, engine)
    x, y = head.points_px[at.NOSE_TIP, :2].astype(int)
    bgr, truth = held(astronaut, BLUE, x - 15, y - 60, x + 22, y + 45)
    covered = pipeline.process(Frame(bgr, 24 * FRAME_MS), look, engine)
    changed = np.abs(covered.bgr.astype(int) - bgr).max(axis=2)
    assert covered.light is not None
    uncovered = bgr.copy()
    scene = Scene(uncovered, covered.heads, covered.heads[0].camera, covered.light, engine.rasteriser)
    for overlay in look.overlays:
        overlay.draw(scene)
    product = np.abs(uncovered.astype(int) - bgr).max(axis=2) > 40
    inner = cv2.erode((truth > 0.99).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    outer = cv2.dilate((truth > 0.01).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert (product & inner).sum() > 150
    assert (changed[product & inner] > 25).mean() < 0.05
    assert (changed[product & outer] > 25).mean() > 0.9


def smiling(bgr: U8, head: Head) -> U8:
    """The cheeks brighter and redder, with a dark fold beside each of them, as a smile has them."""
    y, x = np.mgrid[0 : bgr.shape[0], 0 : bgr.shape[1]]
    unit = float(np.hypot(*(head.points_px[33, :2] - head.points_px[263, :2])))
    change = np.zeros(bgr.shape)
    for cheek, wing, corner in ((205, 129, 61), (425, 358, 291)):
        middle = head.points_px[cheek, :2]
        bulge = np.exp(-((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / (2 * (0.14 * unit) ** 2))
        change += bulge[..., None] * np.array([0.0, 0.12, 0.42])
        fold = np.zeros(bgr.shape[:2], np.float32)
        ends = [tuple(int(v) for v in head.points_px[point, :2]) for point in (wing, corner)]
        cv2.line(fold, ends[0], ends[1], (1.0,), max(round(0.05 * unit), 2))
        change -= cv2.GaussianBlur(fold, (0, 0), 0.02 * unit)[..., None] * np.array([0.55, 0.55, 0.5])
    return np.asarray(np.clip(bgr * np.exp(change), 0, 255), np.uint8)


def test_a_bare_hand_before_pale_lips_that_nobody_knows_of_is_found(astronaut: U8, head: Head) -> None:
    lips = head.points_px[at.LIPS_OUTER, :2]
    own = np.median([astronaut[int(y), int(x)] for x, y in head.points_px[[50, 280, 205, 425], :2]], axis=0)
    shape: F32 = np.zeros(astronaut.shape[:2], np.float32)
    cv2.fillPoly(shape, [lips.astype(np.int32)], (1.0,))
    share = 0.35 * cv2.GaussianBlur(shape, (0, 0), 1.0)[..., None]
    pale = np.asarray(astronaut * (1 - share) + own * share, np.uint8)
    memory, t_ms = remembered(pale, head)
    # The wearer's own skin: no colour that is strange here, and no brow, lid or nostril behind it.
    (left, top), (right, bottom) = lips.min(axis=0).astype(int) - 6, lips.max(axis=0).astype(int) + 6
    shape[top:bottom, left:right] = 1.0
    covers = cv2.GaussianBlur(shape, (0, 0), 3.0)[..., None]
    bgr = noisy(np.asarray(pale * (1 - covers) + own * covers, np.uint8), 99)
    front = before(memory, bgr, head, t_ms)
    assert front is not None
    inside = front.over(Rect(left + 6, top + 6, right - 6, bottom - 6))
    assert inside.mean() > 0.6 * 255


def test_a_smile_is_suspected_and_hides_nothing(astronaut: U8, head: Head) -> None:
    memory, t_ms = remembered(astronaut, head)
    smile = smiling(astronaut, head)
    suspected = []
    for number in range(8):
        assert before(memory, noisy(smile, 60 + number), head, t_ms + number * FRAME_MS) is None
        suspected.append(memory.suspected)
    assert max(suspected) > PATCH_MIN


def test_hair_that_a_turned_head_had_by_its_outline_is_no_feature_of_the_face(
    astronaut: U8, head: Head
) -> None:
    # What landmarks of a cheek have shown was hair, and now is skin.
    haired = astronaut.copy()
    cheek = head.points_px[[93, 132, 58, 177, 215, 213, 147, 123, 227], :2].astype(np.int32)
    cv2.fillPoly(haired, [cheek], (22, 26, 34))
    memory, t_ms = remembered(haired, head)
    for number in range(8):
        assert before(memory, noisy(astronaut, 60 + number), head, t_ms + number * FRAME_MS) is None
