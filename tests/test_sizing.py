"""Measuring in the mirror: only when asked, one face at a time, a card over the irises, and every refusal in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tryon.catalogue.items import Product
from tryon.frame import U8
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.measure import Scale
from tryon.geometry.pose import Pose
from tryon.geometry.sizes import FRAMES_MIN
from tryon.geometry.steady import Head
from tryon.overlays.optics import OpticsMeter
from tryon.perception import landmarks as at
from tryon.replay import bankcard, irises
from tryon.sizing import (
    CARD_LOOKS,
    CARD_PATIENCE_MS,
    CARD_PERIOD_MS,
    HELP_AFTER_MS,
    OUTLINE_MS,
    TEXTS,
    Sizing,
)
from tryon.wire.measure import Measure, MeasureRequest, SizeMode

HeadAt = Callable[..., Head]
PoseAt = Callable[..., Pose]
CAMERA = Camera.from_fov(640, 480, 63.0)
FRAME_MS = 40.0
FRAMES = Product("harbour", "eyewear", "Harbour", Path(), dimensions_mm={"total_width_mm": 250.0})
IRIS = Scale(1.0, 0.03, "iris size")


def skin() -> U8:
    return np.full((480, 640, 3), (130, 155, 200), np.uint8)


def looking(head: Head, off_mm: float = 0.0) -> U8:
    """A picture of its eyes, each iris so far outside of its landmark."""
    places = head.points_px[[at.RIGHT_IRIS_CENTRE, at.LEFT_IRIS_CENTRE], :2].astype(np.float64)
    places[:, 0] += np.array([-off_mm, off_mm]) * head.px_per_mm
    return irises.painted(skin(), head.points_px, places, "brown", head.px_per_mm)


class Watcher:
    """A sizing and its clock."""

    def __init__(self, mode: SizeMode = "iris") -> None:
        self.sizing = Sizing()
        self.now_ms = 0.0
        self.sizing.ask(MeasureRequest(mode))

    def watch(
        self, *heads: Head, bgr: U8 | None = None, frames: int = 1, worn: Product | None = None
    ) -> Measure:
        for _ in range(frames):
            told = self.sizing.watch(skin() if bgr is None else bgr, heads, self.now_ms, worn)
            self.now_ms += FRAME_MS
        assert told is not None
        assert told.state in TEXTS
        return told


@pytest.fixture
def head(head_at: HeadAt, pose_at: PoseAt) -> Head:
    """The mean head, near the camera and straight, as irises would scale it."""
    return replace(head_at(pose_at(0, 0, 0, (0.0, 60.0, 430.0)), CAMERA), scale=IRIS)


@pytest.fixture
def carded(head: Head) -> U8:
    """A picture of a card on a forehead that is 5 % larger and farther away than the head says."""
    larger = template().points_mm * 1.05
    brow = larger[[10, 151, 9, 107, 336, 108, 337, 109, 338, 67, 297], 2].max() + 0.76
    pose = head.pose.scaled(1.05)
    middle = pose.to_camera(np.array([[0.0, 34.0 * 1.05, brow]]))[0]
    return bankcard.held(skin(), "blue", Pose(pose.rotation @ bankcard.UPRIGHT, middle), CAMERA)


def pupils_mm(told: Measure) -> float:
    assert told.sizes is not None
    return told.sizes.pupils.mm


def test_nothing_is_measured_while_nobody_asks(head: Head, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the picture was looked at")

    monkeypatch.setattr(OpticsMeter, "read", never)
    sizing = Sizing()
    assert sizing.watch(skin(), [head], 0.0, None) is None
    sizing.ask(MeasureRequest("iris"))
    sizing.ask(MeasureRequest("off"))
    assert sizing.watch(skin(), [head], 40.0, None) is None


def test_frames_are_counted_until_there_are_numbers(head: Head) -> None:
    watcher = Watcher()
    for number in range(1, FRAMES_MIN):
        told = watcher.watch(head)
        assert (told.state, told.done, told.needed, told.sizes) == ("measuring", number, FRAMES_MIN, None)
    told = watcher.watch(head)
    assert (told.state, told.done) == ("measured", FRAMES_MIN)
    assert told.sizes is not None
    mean = template().points_mm
    true_mm = np.linalg.norm(mean[at.LEFT_IRIS_CENTRE] - mean[at.RIGHT_IRIS_CENTRE])
    assert told.sizes.pupils.mm == pytest.approx(true_mm, abs=0.5)
    assert told.sizes.pupils.plus_minus_mm == pytest.approx(0.087 * true_mm, rel=0.1)
    assert told.sizes.pupils.source == "iris size"
    assert told.sizes.pupils_far.mm > told.sizes.pupils.mm


def test_the_pupils_are_where_the_picture_shows_them(head: Head) -> None:
    told = [Watcher().watch(head, bgr=looking(head, off_mm), frames=FRAMES_MIN) for off_mm in (-0.5, 0.5)]
    narrow, wide = (pupils_mm(one) for one in told)
    assert wide - narrow == pytest.approx(2.0, abs=0.2)


def test_what_stands_in_the_way_is_said_and_what_was_measured_stays(
    head: Head, head_at: HeadAt, pose_at: PoseAt
) -> None:
    watcher = Watcher()
    before = watcher.watch(head, frames=FRAMES_MIN)
    aside = replace(head_at(pose_at(20, 0, 0, (0.0, 60.0, 430.0)), CAMERA), scale=IRIS)
    told = watcher.watch(aside)
    assert told.state == "look_at_the_camera"
    assert told.sizes == before.sizes
    assert watcher.watch().state == "nobody"


def test_advice_follows_the_worn_product(head: Head) -> None:
    watcher = Watcher()
    assert watcher.watch(head, frames=FRAMES_MIN, worn=FRAMES).fit is not None
    told = watcher.watch(head, worn=FRAMES).fit
    assert told is not None
    assert (told.sku, told.frame_mm) == ("harbour", 250.0)
    assert [(one.aspect, one.verdict, one.sure) for one in told.advice] == [("width", "too_large", True)]
    assert "mm too wide" in told.advice[0].sentence
    unknown = watcher.watch(head, worn=replace(FRAMES, dimensions_mm={})).fit
    assert unknown is not None
    assert unknown.advice == ()
    assert watcher.watch(head).fit is None


def test_another_face_begins_anew_and_the_first_one_is_kept_among_many(head: Head) -> None:
    watcher = Watcher()
    other = replace(head, track=head.track + 1)
    assert watcher.watch(head, other, frames=4).done == 4
    assert watcher.watch(other, head).done == 5
    assert watcher.watch(other).done == 1
    assert watcher.watch(other, head).done == 2


def test_a_lost_face_is_forgotten_and_so_is_one_that_is_measured_again(head: Head) -> None:
    watcher = Watcher()
    watcher.watch(head, frames=5)
    watcher.sizing.lost(head.track + 1)
    assert watcher.watch(head).done == 6
    watcher.sizing.lost(head.track)
    assert watcher.watch(head).done == 1
    watcher.sizing.ask(MeasureRequest("iris"))
    assert watcher.watch(head).done == 2
    watcher.sizing.ask(MeasureRequest("iris", again=True))
    assert watcher.watch(head).done == 1


def test_a_card_tells_more_exactly_and_scales_the_face_from_then_on(head: Head, carded: U8) -> None:
    watcher = Watcher("card")
    rough = watcher.watch(head, bgr=looking(head), frames=FRAMES_MIN)
    assert watcher.watch(head).state == "show_the_card"
    assert watcher.sizing.known_scale(head.track) is None
    told = watcher.watch(head, bgr=carded, frames=int(CARD_PERIOD_MS / FRAME_MS) + 1)
    assert told.state == "hold_the_card"
    assert 0 < told.done < told.needed == CARD_LOOKS
    assert told.corners is not None
    assert len(told.corners) == 4
    told = watcher.watch(head, bgr=carded, frames=int(CARD_LOOKS * (CARD_PERIOD_MS + FRAME_MS) / FRAME_MS))
    assert (told.state, told.corners) == ("measured", None)
    assert told.sizes is not None
    assert told.sizes.pupils.source == "card"
    assert told.sizes.pupils.mm == pytest.approx(1.05 * pupils_mm(rough), rel=0.01)
    assert told.sizes.pupils.plus_minus_mm < 1.5
    scale = watcher.sizing.known_scale(head.track)
    assert scale is not None
    assert scale.value == pytest.approx(1.05, rel=0.01)
    assert watcher.sizing.known_scale(head.track + 1) is None
    # Taking the card away and turning changes nothing; closing neither; losing the face does.
    watcher.sizing.ask(MeasureRequest("off"))
    watcher.sizing.ask(MeasureRequest("iris"))
    assert watcher.watch(head).sizes == told.sizes
    watcher.sizing.lost(head.track)
    assert watcher.sizing.known_scale(head.track) is None


def test_a_card_that_never_comes_is_waited_for_with_help_and_not_for_ever(head: Head) -> None:
    watcher = Watcher("card")
    watcher.watch(head, frames=FRAMES_MIN)
    assert watcher.watch(head).state == "show_the_card"
    watcher.now_ms += HELP_AFTER_MS
    assert watcher.watch(head).state == "card_helps"
    watcher.now_ms += CARD_PATIENCE_MS
    told = watcher.watch(head)
    assert told.state == "card_lost"
    assert told.sizes is not None, "what the irises told stays"
    watcher.sizing.ask(MeasureRequest("card"))
    assert watcher.watch(head).state == "show_the_card"


def test_the_outline_goes_with_the_card(head: Head, carded: U8) -> None:
    watcher = Watcher("card")
    watcher.watch(head, frames=FRAMES_MIN)
    assert watcher.watch(head, bgr=carded).corners is not None
    told = watcher.watch(head, frames=int(OUTLINE_MS / FRAME_MS) + 1)
    assert (told.state, told.corners) == ("show_the_card", None)


def test_a_card_is_not_looked_for_more_often_than_it_may(
    head: Head, carded: U8, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = Watcher("card")
    watcher.watch(head, frames=FRAMES_MIN)
    looks = []
    monkeypatch.setattr("tryon.sizing.CardRuler.update", lambda *_: looks.append(watcher.now_ms))
    watcher.watch(head, bgr=carded, frames=50)
    assert len(looks) == pytest.approx(50 * FRAME_MS / CARD_PERIOD_MS, abs=1)
    assert min(np.diff(looks)) >= CARD_PERIOD_MS


def test_far_away_or_aside_a_card_is_not_waited_for(head_at: HeadAt, pose_at: PoseAt, head: Head) -> None:
    watcher = Watcher("card")
    watcher.watch(head, frames=FRAMES_MIN)
    far = replace(head_at(pose_at(0, 0, 0, (0.0, 0.0, 900.0)), CAMERA), scale=IRIS)
    assert watcher.watch(far).state == "come_closer"
    aside = replace(head_at(pose_at(20, 0, 0, (0.0, 60.0, 430.0)), CAMERA), scale=IRIS)
    assert watcher.watch(aside).state == "look_at_the_camera"


@pytest.mark.parametrize("sentence", list(TEXTS.values()))
def test_what_is_said_is_a_sentence(sentence: str) -> None:
    assert sentence[0].isupper()
    assert sentence.endswith(".")
