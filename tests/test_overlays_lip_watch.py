"""Lips from frame to frame."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.frame import F32, U8
from tryon.overlays.lip_watch import LipWatch
from tryon.overlays.mouth import STEPS, Mouth

SKIN, LIP, THROAT = (120, 145, 195), (105, 95, 165), (15, 12, 25)
ALONG = np.array([1.0, 0.0], np.float32)


def seen(low: float = 82.0, opened: float = 0.2, wide: float = 100.0) -> tuple[U8, Mouth]:
    """A mouth whose slit ends at row ``low``, and landmarks that have it end ``opened`` widths below row 65."""
    bgr = np.zeros((150, 160, 3), np.uint8) + np.array(SKIN, np.uint8)
    bgr[40 : round(low) + 28] = LIP
    bgr[65 : round(low)] = THROAT
    heights = np.repeat(np.array([[-30], [-5], [-5 + opened * wide], [40]], np.float32), STEPS, axis=1)
    return bgr, Mouth(np.array([80.0, 70.0], np.float32), ALONG, wide, heights, -wide / 2, wide)


def low(mouth: Mouth) -> float:
    return 70 + float(mouth.heights[2, STEPS // 2])


def test_a_first_frame_is_followed_at_once_and_noise_at_rest_slowly() -> None:
    watch = LipWatch()
    first = low(watch.follow(*seen(90.0), 0.0, 0.0)[0])
    assert first == pytest.approx(90, abs=1)
    # A landmark that has not moved: what the picture shows for a frame is taken up little by little.
    second = low(watch.follow(*seen(86.0), 0.0, 33.0)[0])
    assert 88 < second < first


def test_a_mouth_that_opens_is_followed_at_once() -> None:
    watch = LipWatch()
    for number in range(6):
        wide = 0.1 + 0.05 * number
        end = 65 + 100 * wide + 3 * number
        found = low(watch.follow(*seen(end, wide), 0.0, 33.0 * number)[0])
    assert found == pytest.approx(end, abs=2)


def test_a_jaw_that_goes_on_where_landmarks_stop_is_followed() -> None:
    watch = LipWatch()
    for number in range(8):
        watch.follow(*seen(96.0, 0.3), 0.0, 33.0 * number)
    for number in range(8, 13):
        found = low(watch.follow(*seen(104.0, 0.3), 0.0, 33.0 * number)[0])
    assert found == pytest.approx(104, abs=1.5)


def test_a_mouth_that_stands_still_in_a_word_is_followed_as_one_that_talks() -> None:
    talks, rests = LipWatch(), LipWatch()
    for number in range(8):
        for watch, wide in ((talks, 0.01 + 0.02 * number), (rests, 0.15)):
            watch.follow(*seen(65 + 100 * wide, wide), 0.0, 33.0 * number)
    # Both stand where they are, and the picture shows the lip three pixels further down.
    moved = [low(watch.follow(*seen(83.0, 0.15), 0.0, 264.0)[0]) for watch in (talks, rests)]
    assert moved[0] > moved[1] + 0.5


def test_one_frame_is_looked_at_once() -> None:
    watch = LipWatch()
    first, _ = watch.follow(*seen(90.0), 0.0, 5.0)
    again, _ = watch.follow(*seen(80.0), 0.0, 5.0)
    assert np.array_equal(first.heights, again.heights)


def test_while_something_covers_the_face_the_last_edges_hold() -> None:
    watch = LipWatch()
    first, _ = watch.follow(*seen(90.0), 0.0, 0.0)
    hidden: U8 = np.full((150, 160, 3), 60, np.uint8)
    again, _ = watch.follow(hidden, seen(90.0)[1], 0.0, 33.0, covered=True)
    assert np.array_equal(first.heights, again.heights)


def test_a_hidden_mouth_stays_hidden_until_it_has_been_seen_for_a_while_or_nothing_is_in_front() -> None:
    watch = LipWatch()
    assert not watch.hidden(None, 0.0)
    assert not watch.hidden(0.1, 33.0), "a finger at the corner of the mouth"
    assert watch.hidden(0.5, 66.0)
    assert watch.hidden(0.0, 100.0), "what comes and goes within a hand's stay is a guess"
    assert not watch.hidden(0.0, 500.0), "a hand at the cheek"
    assert watch.hidden(0.3, 533.0)
    assert watch.hidden(None, 566.0), "a hand that moves is lost for a frame"
    assert not watch.hidden(None, 766.0)
    assert not watch.hidden(0.3, 800.0, opened=0.3), "a tongue where landmarks have lips"
    assert watch.hidden(0.5, 833.0, opened=0.3)


@pytest.mark.parametrize(("yaw_deg", "wide"), [(45.0, 100.0), (-45.0, 100.0), (0.0, 18.0)])
def test_turned_and_tiny_mouths_stay_with_the_landmarks(yaw_deg: float, wide: float) -> None:
    bgr, mouth = seen(82.0, 0.2, wide)
    own: F32 = mouth.heights.copy()
    assert np.array_equal(LipWatch().follow(bgr, mouth, yaw_deg, 0.0)[0].heights, own)
