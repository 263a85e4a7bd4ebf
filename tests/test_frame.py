"""Frame checks its picture at the border; Rect is plain geometry, tested by its properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.frame import U8, Frame, Rect

coordinates = st.integers(-4000, 4000)
sizes = st.integers(1, 2000)


@st.composite
def rects(draw: st.DrawFn) -> Rect:
    """Any rectangle that holds at least one pixel."""
    x0, y0 = draw(coordinates), draw(coordinates)
    return Rect(x0, y0, x0 + draw(sizes), y0 + draw(sizes))


def holds(outer: Rect, inner: Rect) -> bool:
    return outer.x0 <= inner.x0 and outer.y0 <= inner.y0 and outer.x1 >= inner.x1 and outer.y1 >= inner.y1


def test_a_frame_knows_its_size() -> None:
    frame = Frame(np.zeros((480, 640, 3), np.uint8), t_ms=33.5, sequence=7)
    assert (frame.width_px, frame.height_px, frame.t_ms, frame.sequence) == (640, 480, 33.5, 7)


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 8, 3), np.uint8)[:, ::2],
        np.zeros((4, 4, 3), np.uint8)[..., ::-1],
    ],
    ids=["grey", "alpha", "float", "strided", "rgb view"],
)
def test_a_frame_refuses_what_is_no_picture(picture: U8) -> None:
    with pytest.raises(ValueError, match="a frame is"):
        Frame(picture, t_ms=0)


def test_a_rectangle_is_half_open() -> None:
    rect = Rect(2, 3, 5, 7)
    assert (rect.width, rect.height, rect.empty) == (3, 4, False)
    assert Rect(2, 3, 2, 7).empty
    assert Rect(2, 3, 5, 3).empty
    assert Rect(5, 3, 2, 7).empty


@given(rects(), rects())
def test_a_union_is_the_smallest_that_holds_both(a: Rect, b: Rect) -> None:
    both = a.union(b)
    assert holds(both, a)
    assert holds(both, b)
    assert both == b.union(a)
    assert both.x0 in {a.x0, b.x0}
    assert both.y1 in {a.y1, b.y1}


@given(rects(), sizes, sizes)
def test_a_clipped_rectangle_lies_in_the_picture(rect: Rect, width: int, height: int) -> None:
    clipped = rect.clip(width, height)
    outside = rect.x1 <= 0 or rect.y1 <= 0 or rect.x0 >= width or rect.y0 >= height
    assert clipped.empty is outside
    if not clipped.empty:
        assert holds(Rect(0, 0, width, height), clipped)
        assert holds(rect, clipped)
        assert clipped.clip(width, height) == clipped


@given(rects(), st.integers(0, 100))
def test_growing_and_shrinking_undo_each_other(rect: Rect, margin: int) -> None:
    grown = rect.grow(margin)
    assert holds(grown, rect)
    assert grown.width == rect.width + 2 * margin
    assert grown.grow(-margin) == rect


@given(rects(), st.integers(1, 64))
def test_alignment_grows_by_less_than_a_step(rect: Rect, step: int) -> None:
    aligned = rect.align(step)
    assert holds(aligned, rect)
    assert all(edge % step == 0 for edge in (aligned.x0, aligned.y0, aligned.x1, aligned.y1))
    assert aligned.width - rect.width < 2 * step
    assert aligned.align(step) == aligned
