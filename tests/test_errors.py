"""The error tree: stable codes, sentences, and the drawing in the docstring."""

from __future__ import annotations

import inspect
import re

import pytest

from tryon import errors
from tryon.errors import ServerBusy, TryOnError

TREE = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, TryOnError)]


def test_every_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in TREE]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", code) for code in codes)
    assert all("code" in vars(error) for error in TREE), "a code that is inherited names the parent"


# A page, a script or a dashboard may look for these: a change is a break.
def test_codes_are_stable() -> None:
    assert {"config", "not_a_jpeg", "picture_too_large", "consent_missing", "unknown_product", "bad_clip"} < {
        error.code for error in TREE
    }


@pytest.mark.parametrize("error", TREE, ids=lambda error: error.__name__)
def test_the_docstring_draws_it_under_its_parent(error: type[TryOnError]) -> None:
    row = re.compile(r"    (?P<rails>[│ ├└─]*)(?P<name>[A-Z]\w+)")
    drawn = [row.match(line) for line in (errors.__doc__ or "").splitlines()]
    rows = [(len(found["rails"]) // 4, found["name"]) for found in drawn if found]
    place = [name for _, name in rows].index(error.__name__)
    depth = rows[place][0]
    assert depth == len(error.__mro__) - len(TryOnError.__mro__)
    if depth:
        above = [name for level, name in rows[:place] if level == depth - 1]
        assert above[-1] == error.__bases__[0].__name__


def test_an_error_carries_sentence_and_data() -> None:
    error = errors.PictureTooLarge("The picture is 9 px wide; at most 4 are taken.", width_px=9)
    assert str(error) == error.sentence == "The picture is 9 px wide; at most 4 are taken."
    assert error.details == {"width_px": 9}


def test_a_busy_server_says_when_to_come_back() -> None:
    error = ServerBusy("All 32 mirrors are in use; try again in a few seconds.", retry_after_s=5, sessions=32)
    assert error.retry_after_s == 5
    assert error.details == {"retry_after_s": 5, "sessions": 32}
