"""Several wearers in one picture: each keeps its own product, place and memory while they meet, come and go."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import pytest

from tryon.config import Settings
from tryon.frame import F32, U8, Frame
from tryon.looks import Look, LookBook, LookItem
from tryon.overlays.base import Scene
from tryon.perception import landmarks as at
from tryon.pipeline import Engine, Pipeline, Rendered

FRAME_MS = 1000 / 30
SIZE = (640, 480)


@pytest.fixture(scope="module")
def glasses(book: LookBook) -> Look:
    return book.resolve((LookItem("harbour-black"),))


@pytest.fixture(scope="module")
def cut_out(astronaut: U8) -> tuple[U8, F32]:
    """Head and shoulders of the portrait, and how much of each pixel is theirs."""
    mask: U8 = np.zeros(astronaut.shape[:2], np.uint8)
    cv2.ellipse(mask, (222, 108), (80, 104), 0, 0, 360, (255.0,), -1)
    cv2.ellipse(mask, (222, 330), (150, 150), 0, 0, 360, (255.0,), -1)
    return astronaut, cv2.GaussianBlur(mask, (0, 0), 2.0).astype(np.float32) / 255


def crowd(cut_out: tuple[U8, F32], places: Sequence[tuple[float, float, float]]) -> U8:
    """One portrait at each (x, y, size) of its nose in a grey room, the later ones before the earlier."""
    bgr, mask = cut_out
    picture: F32 = np.full((SIZE[1], SIZE[0], 3), 120.0, np.float32)
    for x, y, size in places:
        matrix = np.array([[size, 0, x - 222 * size], [0, size, y - 140 * size]], np.float64)
        head = cv2.warpAffine(bgr, matrix, SIZE, flags=cv2.INTER_AREA)
        share = cv2.warpAffine(mask, matrix, SIZE)[..., None]
        picture = np.asarray(picture * (1 - share) + head * share, np.float32)
    return np.asarray(np.clip(picture + 0.5, 0, 255), np.uint8)


def play(
    pipeline: Pipeline, pictures: Iterator[U8] | list[U8], look: Look, engine: Engine
) -> Iterator[tuple[U8, Rendered]]:
    for number, bgr in enumerate(pictures):
        yield bgr, pipeline.process(Frame(bgr, number * FRAME_MS), look, engine)


def noses(rendered: Rendered) -> dict[int, tuple[float, float]]:
    """By track, where the nasion is."""
    return {head.track: tuple(head.points_px[at.NASION, :2].tolist()) for head in rendered.heads}


def drawn_at(bgr: U8, rendered: Rendered, x: float, y: float, reach: float) -> int:
    part = (slice(max(int(y - reach), 0), int(y + reach)), slice(max(int(x - reach), 0), int(x + reach)))
    return int((np.abs(rendered.bgr[part].astype(int) - bgr[part]).max(axis=2) > 30).sum())


def test_four_are_dressed_each_to_its_size(cut_out: tuple[U8, F32], glasses: Look, engine: Engine) -> None:
    places = [(90, 120, 0.55), (240, 130, 0.62), (400, 120, 0.7), (560, 130, 0.8)]
    # A newcomer is looked for once a second, or at once while nobody is there.
    frames = list(play(Pipeline(Settings(max_faces=4)), [crowd(cut_out, places)] * 4, glasses, engine))
    bgr, rendered = frames[-1]
    assert rendered.faces == 4
    found = [drawn_at(bgr, rendered, x, y - 10 * size, 60 * size) for x, y, size in places]
    assert min(found) > 200
    areas = [count / size**2 for count, (_, _, size) in zip(found, places, strict=True)]
    assert max(areas) / min(areas) < 1.3


def test_no_more_are_followed_than_the_setting_says(
    cut_out: tuple[U8, F32], glasses: Look, engine: Engine
) -> None:
    picture = crowd(cut_out, [(110, 130, 0.6), (320, 130, 0.6), (530, 130, 0.6)])
    *_, (_, rendered) = play(Pipeline(Settings(max_faces=2)), [picture] * 3, glasses, engine)
    assert rendered.faces == 2


def test_a_nearer_wearer_hides_what_a_farther_one_wears(
    cut_out: tuple[U8, F32], glasses: Look, engine: Engine
) -> None:
    ways = np.linspace(0, 1, 20)
    pictures = [crowd(cut_out, [(180 + 90 * t, 170, 0.7), (440 - 90 * t, 150, 1.1)]) for t in ways]
    met = 0
    for (bgr, rendered), t in zip(
        play(Pipeline(Settings(max_faces=2)), pictures, glasses, engine), ways, strict=True
    ):
        if t < 0.6 or rendered.faces < 2:
            continue
        assert rendered.light is not None
        far, near = sorted(rendered.heads, key=lambda head: -float(head.pose.translation_mm[2]))
        worn = []
        for head in (far, near):
            alone = bgr.copy()
            scene = Scene(alone, (head,), head.camera, rendered.light, engine.rasteriser)
            glasses.overlays[0].draw(scene)
            worn.append(np.abs(alone.astype(int) - bgr).max(axis=2) > 8)
        own = cv2.dilate(worn[1].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        # Where the near one stands, by the cut-out, and the far one's frame would be drawn.
        x, size = 440 - 90 * t, 1.1
        matrix = np.array([[size, 0, x - 222 * size], [0, size, 150 - 140 * size]], np.float64)
        stands = cv2.erode(cv2.warpAffine(cut_out[1], matrix, SIZE), np.ones((9, 9), np.uint8)) > 0.99
        crossing = worn[0] & stands & ~own
        if crossing.sum() > 100:
            met += 1
            changed = np.abs(rendered.bgr.astype(int) - bgr).max(axis=2) > 25
            assert changed[crossing].mean() < 0.15
    assert met > 1


def test_those_who_pass_one_another_keep_their_names(
    cut_out: tuple[U8, F32], glasses: Look, engine: Engine
) -> None:
    """The nearer one passes below the farther, so that both faces stay in sight."""
    ways = np.linspace(0, 1, 40)
    pictures = [crowd(cut_out, [(150 + 340 * t, 90, 0.5), (490 - 340 * t, 300, 0.8)]) for t in ways]
    named: int | None = None
    for (_, rendered), t in zip(
        play(Pipeline(Settings(max_faces=2)), pictures, glasses, engine), ways, strict=True
    ):
        found = noses(rendered)
        if len(found) < 2:
            continue
        left = min(found, key=lambda track: abs(found[track][1] - 85))
        named = named or left
        assert left == named
        assert abs(found[left][0] - (150 + 340 * t)) < 15
    assert named is not None


def test_one_leaves_another_comes_and_the_third_does_not_notice(
    cut_out: tuple[U8, F32], glasses: Look, engine: Engine
) -> None:
    stays = (480.0, 140.0, 0.7)
    leaving = [crowd(cut_out, [(160 - 18.0 * n, 130, 0.6), stays]) for n in range(16)]
    empty = [crowd(cut_out, [stays])] * 4
    coming = [crowd(cut_out, [(-60 + 30.0 * min(n, 7), 130, 0.6), stays]) for n in range(42)]
    frames = list(
        play(Pipeline(Settings(max_faces=2)), itertools.chain(leaving, empty, coming), glasses, engine)
    )
    at_rest = [noses(rendered) for _, rendered in frames]
    (name,) = [track for track, (x, _) in at_rest[3].items() if x > 320]
    assert all(name in found for found in at_rest)
    places = np.array([found[name] for found in at_rest[5:]])
    assert np.ptp(places, axis=0).max() < 1.5
    assert frames[18][1].faces == 1
    last = at_rest[-1]
    assert len(last) == 2
    assert set(last) != set(at_rest[3]), "whoever comes is nobody who was there before"
