"""Times and sizes in words."""

from __future__ import annotations

import pytest

from tryon.web.studio.pages import day, moment, size

NOW_MS = 1_800_000_000_000


@pytest.mark.parametrize(
    ("passed_s", "words"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (7200, "2 hours ago"),
        (13 * 86400, "13 days ago"),
        (14 * 86400, "1 January 2027"),
    ],
)
def test_how_long_ago(passed_s: int, words: str) -> None:
    assert day(NOW_MS - passed_s * 1000, NOW_MS) == words


def test_a_moment_for_machines() -> None:
    assert moment(NOW_MS) == "2027-01-15T08:00:00Z"


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 bytes"), (999, "999 bytes"), (12_345, "12 KB"), (2_500_000, "2.5 MB")]
)
def test_bytes(count: int, words: str) -> None:
    assert size(count) == words
