"""Newest frame wins, on the clip's clock."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from tryon.frame import Frame
from tryon.replay.arrivals import Arrivals, everything

PIXELS = np.zeros((1, 1, 3), np.uint8)


def frames(times_ms: Iterable[float]) -> list[Frame]:
    return [Frame(PIXELS, t_ms, number) for number, t_ms in enumerate(times_ms)]


def worked_on(times_ms: Iterable[float], work_ms: float) -> list[int]:
    """The numbers of the frames that a server of that speed answers; every frame comes out once, in order."""
    arrivals, found, seen = Arrivals(), [], []
    for frame, wanted in arrivals.sort(frames(times_ms)):
        seen.append(frame.sequence)
        if wanted:
            found.append(frame.sequence)
            arrivals.worked(work_ms)
    assert seen == sorted(set(seen))
    return found


@pytest.mark.parametrize(
    ("work_ms", "expected"),
    [
        (0, [0, 1, 2, 3, 4, 5, 6]),
        (10, [0, 1, 2, 3, 4, 5, 6]),
        # 0 to 15, 1 waits from 10 to 15 and is in work until 30, 2 gives way to 3 at 30 …
        (15, [0, 1, 2, 4, 5, 6]),
        (25, [0, 2, 4, 6]),
        (1000, [0, 6]),
    ],
)
def test_what_a_server_answers(work_ms: float, expected: list[int]) -> None:
    assert worked_on(range(0, 70, 10), work_ms) == expected


def test_a_pause_lets_the_server_catch_up() -> None:
    assert worked_on([0, 10, 500, 510, 520], 100) == [0, 1, 2, 4]


def test_nothing_comes_of_nothing() -> None:
    assert worked_on([], 10) == []


def test_without_a_clock_everything_is_worked_on() -> None:
    assert [(frame.sequence, wanted) for frame, wanted in everything(frames([0, 1]))] == [
        (0, True),
        (1, True),
    ]
