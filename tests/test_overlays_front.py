"""What is in front of a head hides what the head wears, and nothing else; a nearer head does so by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.frame import U8, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays.front import Front, around, joined, nearer_heads, solid_mm, solid_triangles
from tryon.perception import landmarks as at

CAMERA = Camera.from_fov(640, 480, 63.0)
HeadAt = Callable[..., Head]
PoseAt = Callable[..., Pose]


def rects() -> st.SearchStrategy[Rect]:
    side = st.integers(1, 9)
    place = st.integers(0, 20)
    return st.builds(lambda x, y, w, h: Rect(x, y, x + w, y + h), place, place, side, side)


def drawn(seed: int) -> U8:
    return np.random.default_rng(seed).integers(0, 256, (30, 30, 3)).astype(np.uint8)


@settings(deadline=None)  # the first example compiles the kernel
@given(rects(), rects(), st.integers(0, 255))
def test_covered_pixels_get_the_picture_back_and_others_keep_their_bits(
    covered: Rect, touched: Rect, share: int
) -> None:
    bare, dressed = drawn(1), drawn(2)
    before = dressed.copy()
    Front(covered, np.full((covered.height, covered.width), share, np.uint8)).put_back(dressed, bare, touched)
    inside = np.zeros((30, 30), bool)
    inside[covered.y0 : covered.y1, covered.x0 : covered.x1] = True
    outside = np.ones((30, 30), bool)
    outside[touched.y0 : touched.y1, touched.x0 : touched.x1] = False
    both = inside & ~outside
    wanted = before + (bare.astype(float) - before) * share / 255
    assert np.abs(dressed[both] - wanted[both]).max(initial=0) <= 0.5
    assert np.array_equal(dressed[~both], before[~both])


@given(rects(), rects())
def test_the_share_over_another_rectangle_is_free_beyond_its_own(covered: Rect, other: Rect) -> None:
    share = np.random.default_rng(3).integers(1, 256, (covered.height, covered.width)).astype(np.uint8)
    seen = Front(covered, share).over(other)
    assert seen.shape == (other.height, other.width)
    whole = np.zeros((30, 30), np.uint8)
    whole[covered.y0 : covered.y1, covered.x0 : covered.x1] = share
    assert np.array_equal(seen, whole[other.y0 : other.y1, other.x0 : other.x1])


@given(rects(), rects())
def test_joined_covers_what_either_does(one: Rect, other: Rect) -> None:
    fronts = [
        Front(rect, np.full((rect.height, rect.width), share, np.uint8))
        for rect, share in ((one, 90), (other, 200))
    ]
    both, whole = joined(*fronts), Rect(0, 0, 40, 40)
    assert both is not None
    assert np.array_equal(both.over(whole), np.maximum(fronts[0].over(whole), fronts[1].over(whole)))
    assert joined(fronts[0], None) is joined(None, fronts[0]) is fronts[0]
    assert joined(None, None) is None


def test_the_reach_of_a_head_holds_its_points_and_ends_at_the_picture(
    head_at: HeadAt, pose_at: PoseAt
) -> None:
    head = head_at(pose_at(0, 0, 0, (0.0, 0.0, 500.0)), CAMERA)
    rect = around(head, 640, 480)
    low, high = (
        head.points_px[: at.SURFACE_COUNT, :2].min(axis=0),
        head.points_px[: at.SURFACE_COUNT, :2].max(axis=0),
    )
    assert rect.x0 < low[0] - 20
    assert rect.x1 > high[0] + 20
    assert rect.y0 < low[1] - 20
    assert rect.y1 > high[1] + 20
    assert around(head, 300, 200) == Rect(rect.x0, rect.y0, 300, 200)


def test_the_solid_head_is_closed(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = head_at(pose_at(), CAMERA)
    assert solid_mm(head).shape[1] == 3
    assert solid_triangles()[:, :3].max() < len(solid_mm(head))


@pytest.fixture
def two(head_at: HeadAt, pose_at: PoseAt) -> tuple[Head, Head]:
    """The second stands nearer, half before the first."""
    far = head_at(pose_at(0, 0, 0, (0.0, 0.0, 900.0)), CAMERA)
    near = replace(head_at(pose_at(0, 0, 0, (70.0, 0.0, 600.0)), CAMERA), track=2)
    return far, near


def test_a_nearer_head_covers_a_farther_one_and_not_the_other_way_round(two: tuple[Head, Head]) -> None:
    far, near = two
    rect = around(far, 640, 480)
    shown = nearer_heads(far, two, rect)
    assert shown is not None
    assert shown.rect == rect
    for head, covered in ((near, 255), (far, 0)):
        # The nose of the near one, and the far one's cheek on the side that stays free.
        x, y = head.points_px[at.NASION if head is near else at.RIGHT_TRAGUS, :2].astype(int)
        here = shown.over(Rect(x, y, x + 1, y + 1))
        assert here[0, 0] == covered
    assert nearer_heads(near, two, around(near, 640, 480)) is None


def test_heads_apart_cover_nothing(head_at: HeadAt, pose_at: PoseAt) -> None:
    far = head_at(pose_at(0, 0, 0, (-200.0, 0.0, 900.0)), CAMERA)
    near = replace(head_at(pose_at(0, 0, 0, (150.0, 0.0, 600.0)), CAMERA), track=2)
    assert nearer_heads(far, (far, near), around(far, 640, 480)) is None
