"""What a hand covers, from its landmarks: its fingers and palm, up to the picture's edges, and nothing between them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from tests.painted_hand import held, open_hand
from tryon.config import Settings
from tryon.frame import F32, F64, U8, Frame, Rect
from tryon.geometry.camera import Camera
from tryon.looks import Look, LookBook, LookItem
from tryon.overlays.base import Scene
from tryon.overlays.hands import FINGER_MM, KNUCKLES_MM, hands_front
from tryon.perception import landmarks as at
from tryon.pipeline import Engine, Pipeline, Rendered
from tryon.replay.measures import frame_corners_px
from tryon.replay.motion import still
from tryon.replay.synth import SyntheticHead

PX_PER_MM = 1.5
WHOLE = Rect(0, 0, 400, 400)


def points(x: float = 200.0, y: float = 320.0) -> F32:
    """An open hand, fingers up, its wrist there; bones as long as an adult's."""
    found = np.zeros((21, 2))
    for number, across in enumerate((-1.0, -0.33, 0.33, 1.0)):
        for joint, up in enumerate((95.0, 135.0, 160.0, 180.0)):
            found[5 + 4 * number + joint] = (across * KNUCKLES_MM / 2 * (1 + 0.25 * joint), -up)
    for joint, (across, up) in enumerate(((-25, 25), (-45, 50), (-58, 75), (-66, 95))):
        found[1 + joint] = (across, -up)
    return np.asarray(found * PX_PER_MM + (x, y), np.float32)


def photographed(hand: F32, thicker_mm: float = 0.0) -> tuple[U8, U8]:
    """A hand somewhat thicker than its bones tell, before a wall of nearly its colour, and where it is."""
    truth: U8 = np.zeros((400, 400), np.uint8)
    width = round(2 * (np.mean(FINGER_MM) + thicker_mm) * PX_PER_MM)
    for finger in range(4):
        ends = hand[5 + 4 * finger : 9 + 4 * finger].round().astype(np.int32)
        cv2.polylines(truth, [ends], False, (255.0,), width)
    cv2.polylines(truth, [hand[1:5].round().astype(np.int32)], False, (255.0,), round(21 * PX_PER_MM))
    palm = cv2.convexHull(hand[[0, 1, 5, 9, 13, 17]].round().astype(np.int32))
    cv2.fillConvexPoly(truth, palm, (255.0,))
    cv2.polylines(truth, [palm], True, (255.0,), round(20 * PX_PER_MM))
    share = cv2.GaussianBlur(truth, (0, 0), 1.0).astype(np.float32)[..., None] / 255
    noise = np.random.default_rng(1).normal(0, 3, (400, 400, 3))
    bgr = np.array((120, 140, 180)) * share + np.array((145, 165, 200)) * (1 - share) + noise
    return np.clip(bgr, 0, 255).astype(np.uint8), truth


def test_it_covers_fingers_and_palm_and_nothing_between_them() -> None:
    hand = points()
    bgr, truth = photographed(hand)
    front = hands_front((hand,), bgr, WHOLE)
    assert front is not None
    above_wrist = np.arange(400)[:, None] < 300
    seen, true = (front.over(WHOLE) > 127) & above_wrist, (truth > 127) & above_wrist
    assert (seen & true).sum() / (seen | true).sum() > 0.9
    gap = ((hand[7] + hand[11]) / 2).astype(int)
    assert front.over(WHOLE)[gap[1], gap[0]] < 16
    assert front.over(WHOLE)[int(hand[10, 1]), int(hand[10, 0])] == 255


def test_edges_are_the_pictures() -> None:
    hand = points()
    bgr, truth = photographed(hand, 2.5)
    front = hands_front((hand,), bgr, WHOLE)
    plain = hands_front((hand,), np.full_like(bgr, 128), WHOLE)
    assert front is not None
    assert plain is not None
    part = np.s_[40:170, 100:300]
    true = truth[part] > 127
    agree = [((one.over(WHOLE)[part] > 127) == true).mean() for one in (front, plain)]
    assert agree[0] > agree[1]
    assert agree[0] > 0.95


def test_no_hand_and_one_elsewhere_cover_nothing() -> None:
    bgr: U8 = np.full((400, 400, 3), 128, np.uint8)
    assert hands_front((), bgr, WHOLE) is None
    assert hands_front((points(2000.0, 320.0),), bgr, WHOLE) is None
    assert hands_front((points(),), bgr, Rect(0, 0, 0, 0)) is None
    assert hands_front((np.full((21, 2), np.nan, np.float32),), bgr, WHOLE) is None


def test_two_hands_cover_what_each_does() -> None:
    one, other = points(120.0), points(290.0)
    bgr: U8 = np.full((400, 400, 3), 128, np.uint8)
    both = hands_front((one, other), bgr, WHOLE)
    assert both is not None
    for hand in (one, other):
        assert both.over(WHOLE)[int(hand[6, 1]), int(hand[6, 0])] == 255


# The whole way, on a head of known skin: a bare hand of that very skin comes up before the eyes and goes again.

COMES, STAYS, GOES, FRAMES = 24, 32, 44, 58


@dataclass(frozen=True)
class Shot:
    """``share`` is how much of each pixel the hand is; ``worn`` where the glasses are without regard to it."""

    number: int
    bgr: U8
    share: F32
    rendered: Rendered
    worn: U8


@pytest.fixture(scope="module")
def glasses(book: LookBook) -> Look:
    return book.resolve((LookItem("harbour-black"),))


@pytest.fixture(scope="module")
def shots(astronaut: U8, engine: Engine, glasses: Look) -> list[Shot]:
    stage = SyntheticHead.from_portrait(astronaut, engine.model).stage(Camera.from_fov(640, 480, 63.0))
    frames = [frame for frame, _ in stage.frames(still(FRAMES * 1000 / 30, stage.rest), noise=2.0)]
    plain = Pipeline(Settings(max_faces=1))
    points = [plain.process(frame, glasses, engine) for frame in frames[:11]][-1].heads[0].points_px
    cheeks = points[[50, 280], :2].astype(int)
    skin = np.mean(
        [frames[10].bgr[y - 2 : y + 3, x - 2 : x + 3].mean(axis=(0, 1)) for x, y in cheeks], axis=0
    )
    hand, pipeline, found = open_hand(skin), Pipeline(Settings(max_faces=1)), []
    width = float(np.ptp(points[: at.SURFACE_COUNT, 0]))
    for frame in frames:
        number = frame.sequence
        there = min((number - COMES) / (STAYS - COMES), 1.0, 1 - (number - GOES) / (STAYS - COMES))
        bgr, share = frame.bgr, np.zeros(frame.bgr.shape[:2], np.float32)
        if there > 0:
            middle: F64 = (
                points[at.NASION, :2] + np.array([0.15 * (1 - there), 0.32 + 1.4 * (1 - there)]) * width
            )
            bgr, share = held(bgr, hand, middle, 1.2 * width)
        rendered = pipeline.process(Frame(bgr, frame.t_ms, number), glasses, engine)
        found.append(Shot(number, bgr, share, rendered, worn(bgr, rendered, glasses, engine)))
    return found


def worn(bgr: U8, rendered: Rendered, look: Look, engine: Engine) -> U8:
    """Where frames are drawn on this frame's head, with nothing before it."""
    assert rendered.light is not None
    drawn = bgr.copy()
    scene = Scene(drawn, rendered.heads, rendered.heads[0].camera, rendered.light, engine.rasteriser)
    look.overlays[0].draw(scene)
    return np.asarray(np.abs(drawn.astype(int) - bgr).max(axis=2) > 40, np.uint8)


def test_glasses_go_behind_a_bare_hand_and_are_whole_beside_it(shots: list[Shot]) -> None:
    over, behind, missing, beside = 0, 0, 0, 0
    for shot in shots[STAYS + 1 : GOES]:
        drawn = np.abs(shot.rendered.bgr.astype(int) - shot.bgr).max(axis=2) > 25
        hidden = (shot.worn > 0) & (shot.share > 0.99)
        free = (shot.worn > 0) & (cv2.dilate(shot.share, np.ones((7, 7), np.uint8)) < 0.01)
        over, behind = over + int((drawn & hidden).sum()), behind + int(hidden.sum())
        missing, beside = missing + int((~drawn & free).sum()), beside + int(free.sum())
    assert behind > 5000
    assert beside > 20000
    assert over / behind < 0.45
    assert missing / beside < 0.06


def test_glasses_stay_where_they_are_while_a_hand_passes(shots: list[Shot]) -> None:
    rest = shots[COMES - 1].rendered.heads[0]
    places = frame_corners_px(rest.pose, rest.camera)
    off = [
        float(np.linalg.norm(frame_corners_px(head.pose, head.camera) - places, axis=1).mean())
        for head in (shot.rendered.heads[0] for shot in shots[STAYS : GOES + 1])
    ]
    width = float(np.ptp(rest.points_px[: at.SURFACE_COUNT, 0]))
    assert np.mean(off) < 0.004 * width
    assert max(off) < 0.01 * width


def test_before_and_after_the_hand_glasses_are_whole(shots: list[Shot]) -> None:
    for shot in (*shots[:COMES], *shots[-3:]):
        drawn = np.abs(shot.rendered.bgr.astype(int) - shot.bgr).max(axis=2) > 25
        assert drawn[shot.worn > 0].mean() > 0.97


def test_where_no_hand_comes_no_network_looks_for_one(astronaut: U8, glasses: Look) -> None:
    engine, pipeline = Engine(Settings(threads=1)), Pipeline(Settings(max_faces=1))
    noise = np.random.default_rng(2)
    for number in range(40):
        bgr = np.clip(astronaut + noise.normal(0, 3, astronaut.shape), 0, 255).astype(np.uint8)
        pipeline.process(Frame(bgr, number * 1000 / 30), glasses, engine)
    assert engine._hands is None
    engine.close()
