"""Measuring colours in the mirror: only when asked, one face at a time, paper over guesses, refusals in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.painted_face import DARK_SKIN, LIGHT_SKIN, painted
from tryon import toning
from tryon.catalogue.shade_match import ShadeRange
from tryon.frame import U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.looks import LookBook
from tryon.overlays.skintone import FRAMES_MIN, ToneMeter
from tryon.render.colour import de00
from tryon.toning import HELP_AFTER_MS, PAPER_PATIENCE_MS, PERIOD_MS, TEXTS, Toning
from tryon.wire.measure import Measure, MeasureRequest, ToneMode

CAMERA = Camera.from_fov(640, 480, 63.0)
SHARED_TEXTS = {"nobody", "measured", "look_at_the_camera", "come_closer"}


class Watcher:
    """A toning and its clock."""

    def __init__(self, mode: ToneMode = "skin", shades: ShadeRange | None = None) -> None:
        self.toning = Toning(shades)
        self.now_ms = 0.0
        self.toning.ask(MeasureRequest(mode))

    def watch(self, bgr: U8, *heads: Head, frames: int = 1) -> Measure:
        for _ in range(frames):
            told = self.toning.watch(bgr, heads, self.now_ms)
            self.now_ms += PERIOD_MS + 1
        assert told is not None
        assert told.state in TEXTS or told.state in SHARED_TEXTS
        return told


@pytest.fixture(scope="module")
def head(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> Head:
    return head_at(pose_at(0, 0, 0, (0.0, -40.0, 480.0)), CAMERA)


@pytest.fixture(scope="module")
def plain(head: Head) -> U8:
    return painted(head)


@pytest.fixture(scope="module")
def beside_paper(head: Head) -> U8:
    return painted(head, DARK_SKIN, light=(0.9, 0.8, 0.6), paper=0.87)


def test_nothing_is_looked_at_while_nobody_asks(
    head: Head, plain: U8, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the picture was looked at")

    monkeypatch.setattr(toning, "face_colours", never)
    monkeypatch.setattr(ToneMeter, "update", never)
    watching = Toning()
    for mode in ("off", "iris", "card"):
        watching.ask(MeasureRequest(mode))
        assert watching.watch(plain, [head], 0.0) is None


def test_frames_are_counted_until_there_is_a_tone_with_shades(head: Head, plain: U8, book: LookBook) -> None:
    watcher = Watcher(shades=ShadeRange(book.products()))
    for number in range(1, FRAMES_MIN):
        told = watcher.watch(plain, head)
        assert (told.state, told.done, told.needed, told.tone) == ("skin_measuring", number, FRAMES_MIN, None)
    told = watcher.watch(plain, head)
    assert (told.state, told.done) == ("measured", FRAMES_MIN)
    tone = told.tone
    assert tone is not None
    assert (np.abs(np.array(tone.lab) - LIGHT_SKIN) <= tone.plus_minus).all()
    assert tone.light.source == "eyes and room"
    assert int(tone.monk.lightest) <= int(tone.monk.name) <= int(tone.monk.darkest)
    assert 0 < tone.monk.confidence <= 1
    assert [each.role for each in tone.lipsticks] == ["everyday", "polished", "statement"]
    assert len(tone.like_lips) == 3
    assert tone.color.startswith("#")


def test_a_look_in_between_costs_nothing_and_says_the_same(head: Head, plain: U8) -> None:
    watcher = Watcher()
    first = watcher.watch(plain, head)
    again = watcher.toning.watch(plain, [head], watcher.now_ms - 2)
    assert again is first


def test_paper_outweighs_what_was_guessed_before(head: Head, plain: U8, beside_paper: U8) -> None:
    watcher = Watcher("paper")
    assert watcher.watch(plain, head, frames=FRAMES_MIN).state == "show_the_paper"
    told = watcher.watch(beside_paper, head)
    assert (told.state, told.done, told.needed) == ("hold_the_paper", 1, FRAMES_MIN)
    assert told.corners is not None
    assert len(told.corners) == 4
    told = watcher.watch(beside_paper, head, frames=FRAMES_MIN)
    assert (told.state, told.corners) == ("measured", None)
    assert told.tone is not None
    assert told.tone.light.source == "paper"
    assert float(de00(np.array(told.tone.lab), np.array(DARK_SKIN))) < 3
    assert told.tone.ita_plus_minus_deg < 20
    # What comes later without the paper does not dilute it.
    assert watcher.watch(plain, head, frames=5).tone == told.tone


def test_paper_that_does_not_come_is_helped_and_then_given_up(head: Head, plain: U8) -> None:
    watcher = Watcher("paper")
    watcher.watch(plain, head)
    watcher.now_ms += HELP_AFTER_MS
    assert watcher.watch(plain, head).state == "paper_helps"
    watcher.now_ms += PAPER_PATIENCE_MS
    told = watcher.watch(plain, head)
    assert told.state == "paper_lost"


def test_bad_light_is_said_and_what_was_measured_stays(head: Head, plain: U8) -> None:
    watcher = Watcher()
    before = watcher.watch(plain, head, frames=FRAMES_MIN)
    told = watcher.watch(painted(head, light=(0.02, 0.02, 0.02)), head)
    assert told.state == "skin_dark"
    assert told.tone == before.tone
    assert watcher.watch(painted(head, right=0.4), head).state == "skin_uneven"
    assert watcher.watch(painted(head, light=(0.4, 1.0, 0.5)), head).state == "skin_tinted"
    assert watcher.watch(plain).state == "nobody"


def test_another_face_a_lost_one_and_again_begin_anew(head: Head, plain: U8) -> None:
    watcher = Watcher()
    assert watcher.watch(plain, head, frames=4).done == 4
    other = replace(head, track=head.track + 1)
    assert watcher.watch(plain, other, head).done == 5
    assert watcher.watch(plain, other).done == 1
    watcher.toning.lost(head.track)
    assert watcher.watch(plain, other).done == 2
    watcher.toning.lost(other.track)
    assert watcher.watch(plain, other).done == 1
    watcher.toning.ask(MeasureRequest("skin", again=True))
    assert watcher.watch(plain, other).done == 1
    watcher.toning.ask(MeasureRequest("off"))
    watcher.toning.ask(MeasureRequest("skin"))
    assert watcher.watch(plain, other).done == 1
