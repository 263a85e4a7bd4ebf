"""Hands are looked for while somebody suspects one, ever more rarely while there is none, and followed when found."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tryon.frame import F32, U8, Frame
from tryon.perception.face_model import Region
from tryon.perception.hand import SEARCH_MS, HandTracker
from tryon.perception.hand_model import FROM_POINTS, HandModel, region_of

FACE = Region(320.0, 200.0, 120.0, 0.0)
FRAME_MS = 1000 / 30
BLACK: U8 = np.zeros((480, 640, 3), np.uint8)


def hand_at(x: float, y: float, size: float = 60.0, roll: float = 0.0) -> F32:
    """An open hand whose fingers point along ``roll``, clockwise from up."""
    found = np.zeros((21, 2))
    for finger in range(4):
        for joint in range(4):
            found[5 + 4 * finger + joint] = (finger / 3 - 0.5, -1.0 - 0.35 * joint)
    found[1:5] = [(-0.3, -0.25), (-0.5, -0.5), (-0.65, -0.7), (-0.75, -0.9)]
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    return np.asarray(found @ turn * size + (x, y), np.float32)


class Scripted(HandModel):
    """Networks that see what they are told, where they look for it."""

    def __init__(self) -> None:
        self.hands: list[F32] = []
        self.presence = 1.0
        self.searched = self.looked = 0

    def detect(self, bgr: U8, region: Region) -> tuple[Region, ...]:
        del bgr, region
        self.searched += 1
        return tuple(region_of(hand) for hand in self.hands)

    def points(self, bgr: U8, region: Region) -> tuple[F32, float]:
        del bgr
        self.looked += 1
        near = [
            hand for hand in self.hands
            if np.hypot(region_of(hand).x - region.x, region_of(hand).y - region.y) < 0.4 * region.side
        ]  # fmt: skip
        return (near[0], self.presence) if near else (hand_at(0, 0), 0.0)


def watch(
    tracker: HandTracker, model: Scripted, frames: int, *, suspected: bool = False, start_ms: float = 0.0
) -> list[int]:
    return [
        len(tracker.observe(Frame(BLACK, start_ms + number * FRAME_MS), FACE, suspected, model))
        for number in range(frames)
    ]


def test_without_a_suspicion_no_network_runs() -> None:
    model = Scripted()
    model.hands = [hand_at(320, 260)]
    assert watch(HandTracker(), model, 60) == [0] * 60
    assert model.searched == model.looked == 0


def test_a_suspected_hand_is_found_and_followed_when_nobody_suspects_it_any_more() -> None:
    model, tracker = Scripted(), HandTracker()
    model.hands = [hand_at(320, 260)]
    assert watch(tracker, model, 1, suspected=True) == [1]
    assert not tracker.idle
    for number in range(1, 30):
        model.hands = [hand_at(320 + 3 * number, 260)]
        assert watch(tracker, model, 1, start_ms=number * FRAME_MS) == [1]
    assert model.searched == 1


def test_a_suspicion_that_finds_nothing_costs_ever_less() -> None:
    model = Scripted()
    watch(HandTracker(), model, 300, suspected=True)
    # Ten seconds: a few at first, then one each second and a half.
    assert 6 <= model.searched <= 12


def test_a_new_suspicion_is_looked_after_at_once() -> None:
    model, tracker = Scripted(), HandTracker()
    watch(tracker, model, 120, suspected=True)
    watch(tracker, model, 60, start_ms=120 * FRAME_MS)
    model.hands = [hand_at(320, 260)]
    found = watch(tracker, model, 6, suspected=True, start_ms=180 * FRAME_MS)
    assert found[-1] == 1
    assert found.index(1) <= SEARCH_MS / FRAME_MS + 1


def test_a_hand_that_is_blurred_as_it_comes_is_looked_for_again_at_once() -> None:
    model, tracker = Scripted(), HandTracker()
    assert not any(watch(tracker, model, 7, suspected=True))
    model.hands = [hand_at(320, 260)]
    assert watch(tracker, model, 3, suspected=True, start_ms=7 * FRAME_MS)[-1] == 1


def test_it_is_looked_for_a_moment_after_the_last_suspicion_and_after_it_was_lost() -> None:
    model, tracker = Scripted(), HandTracker()
    watch(tracker, model, 1, suspected=True)
    assert not tracker.rests(FRAME_MS)
    model.hands = [hand_at(320, 260)]
    assert watch(tracker, model, 4, start_ms=FRAME_MS)[-1] == 1
    model.hands = []
    assert watch(tracker, model, 1, start_ms=5 * FRAME_MS) == [0]
    model.hands = [hand_at(320, 260)]
    assert watch(tracker, model, 4, start_ms=6 * FRAME_MS)[-1] == 1
    model.hands = []
    watch(tracker, model, 12, start_ms=10 * FRAME_MS)
    assert tracker.rests(22 * FRAME_MS)


def test_who_suspects_far_more_is_believed_at_once() -> None:
    model, tracker = Scripted(), HandTracker()
    for number in range(90):
        tracker.observe(Frame(BLACK, number * FRAME_MS), FACE, 0.01, model)
    searched = model.searched
    tracker.observe(Frame(BLACK, 90 * FRAME_MS), FACE, 0.05, model)
    tracker.observe(Frame(BLACK, 94 * FRAME_MS), FACE, 0.05, model)
    assert model.searched >= searched + 1


@pytest.mark.parametrize(
    ("hand", "found"),
    [
        (hand_at(320, 260), 1),
        (hand_at(40, 460), 0),
        (hand_at(320, 260, 5.0), 0),
        (hand_at(320, 400, 240.0), 0),
    ],
)
def test_only_a_hand_near_the_face_and_of_its_size_counts(hand: F32, found: int) -> None:
    model = Scripted()
    model.hands = [hand]
    assert watch(HandTracker(), model, 1, suspected=True) == [found]


def test_a_doubtful_hand_is_followed_but_not_found() -> None:
    model, tracker = Scripted(), HandTracker()
    model.hands, model.presence = [hand_at(320, 260)], 0.5
    assert watch(tracker, model, 4, suspected=True)[-1] == 0
    model.presence = 0.9
    assert watch(tracker, model, 10, suspected=True, start_ms=2000.0)[-1] == 1
    model.presence = 0.5
    assert watch(tracker, model, 3, start_ms=2000.0 + 10 * FRAME_MS) == [1, 1, 1]
    model.presence = 0.2
    assert watch(tracker, model, 1, start_ms=2000.0 + 13 * FRAME_MS) == [0]
    assert tracker.idle


def test_two_hands_are_two_and_never_one_twice() -> None:
    model, tracker = Scripted(), HandTracker()
    model.hands = [hand_at(260, 260), hand_at(390, 260)]
    assert watch(tracker, model, 3, suspected=True) == [2, 2, 2]
    model.hands = [hand_at(320, 260), hand_at(322, 260)]
    assert watch(HandTracker(), model, 2, suspected=True) == [1, 1]


def test_after_a_gap_a_hand_is_looked_for_anew() -> None:
    model, tracker = Scripted(), HandTracker()
    model.hands = [hand_at(320, 260)]
    watch(tracker, model, 3, suspected=True)
    assert watch(tracker, model, 1, start_ms=1000.0) == [0]


@pytest.mark.parametrize("roll", [0.0, 0.6, -1.2, 2.5])
def test_the_crop_turns_with_the_hand(roll: float) -> None:
    upright, turned = region_of(hand_at(0, 0)), region_of(hand_at(0, 0, roll=roll))
    assert math.remainder(turned.roll - upright.roll - roll, math.tau) == pytest.approx(0, abs=1e-5)
    assert turned.side == pytest.approx(upright.side, rel=1e-5)
    assert np.hypot(turned.x, turned.y) == pytest.approx(np.hypot(upright.x, upright.y), rel=1e-4)
    assert upright.y < -0.5 * 60, "over palm and knuckles"
    assert FROM_POINTS[0] * 60 < upright.side < 4 * 60
