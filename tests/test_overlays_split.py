"""Looks side by side: where the seam runs, what lies on either side of it, and what is drawn only once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from tryon.frame import U8, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays.base import Scene
from tryon.overlays.light import LightEstimate
from tryon.overlays.split import Split, kinds_of, side_by_side
from tryon.perception import landmarks as at
from tryon.render.draw import Rasteriser

CAMERA = Camera.from_fov(640, 480, 63.0)
WHOLE = Rect(60, 40, 580, 440)


@dataclass(frozen=True)
class Paint:
    """Fills its rectangle."""

    grey: int
    rect: Rect = WHOLE
    kind: str = "paint"
    order: int = 10
    drawn: list[int] = field(default_factory=list, compare=False)

    def draw(self, scene: Scene) -> Rect | None:
        self.drawn.append(1)
        scene.bgr[self.rect.y0 : self.rect.y1, self.rect.x0 : self.rect.x1] = self.grey
        return self.rect


@pytest.fixture(scope="module")
def head(head_at: Callable[..., Head], pose_at: Callable[..., Pose]) -> Head:
    return head_at(pose_at(0, 0, 0, (0.0, 30.0, 480.0)), CAMERA)


def drawn(split: Split, *heads: Head) -> tuple[U8, U8, Rect | None]:
    before = np.random.default_rng(2).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    after = before.copy()
    light = LightEstimate((0.8, 0.8, 0.8), 0.3)
    rect = split.draw(Scene(after, heads, CAMERA, light, Rasteriser()))
    return before, after, rect


def test_the_wearers_left_is_bare_to_the_bit_and_the_right_is_dressed(head: Head) -> None:
    before, after, rect = drawn(Split(((Paint(255),), ())), head)
    assert rect == WHOLE
    middle = round(float(head.points_px[at.NASION, 0]))
    assert (after[40:440, 60 : middle - 2] == 255).all()
    assert np.array_equal(after[:, middle + 3 :], before[:, middle + 3 :])
    assert np.array_equal(after[:40], before[:40])


@pytest.mark.parametrize("roll", [-35.0, 0.0, 20.0])
@pytest.mark.parametrize("yaw", [-20.0, 0.0, 25.0])
def test_the_seam_follows_the_face(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose], yaw: float, roll: float
) -> None:
    head = head_at(pose_at(yaw, 5, roll, (10.0, 20.0, 480.0)), CAMERA)
    _, after, _ = drawn(Split(((Paint(0),), (Paint(255),))), head)
    down = head.points_px[at.CHIN, :2] - head.points_px[at.FOREHEAD_TOP, :2]
    across = np.array([down[1], -down[0]]) / np.hypot(*down)
    for point in (9, 6, 195, 164, 18, 199):
        x, y = head.points_px[point, :2]
        sides = [after[int(y + way * across[1]), int(x + way * across[0]), 0] for way in (-5.0, 5.0)]
        assert sides == [0, 255], point


def test_three_looks_lie_in_three_bands_with_soft_seams(head: Head) -> None:
    _, after, _ = drawn(Split(((Paint(0),), (Paint(100),), (Paint(200),))), head)
    row = after[int(head.points_px[at.NASION, 1]), 60:580, 0].astype(int)
    assert (np.diff(row) >= 0).all()
    assert {0, 100, 200} <= set(row.tolist())
    between = ((row > 0) & (row < 100)) | ((row > 100) & (row < 200))
    assert 1 <= between.sum() <= 4
    widths = [(row == grey).sum() for grey in (0, 100, 200)]
    assert min(widths) > 30


def test_several_heads_are_split_each_by_its_own_middle(
    head_at: Callable[..., Head], pose_at: Callable[..., Pose]
) -> None:
    heads = [head_at(pose_at(0, 0, 0, (x, 30.0, 600.0)), CAMERA) for x in (-140.0, 140.0)]
    boxes = [Rect(100, 150, 260, 320), Rect(380, 150, 540, 320)]

    @dataclass(frozen=True)
    class Own:
        kind: str = "own"
        order: int = 1

        def draw(self, scene: Scene) -> Rect | None:
            box = boxes[0] if scene.heads[0] is heads[0] else boxes[1]
            scene.bgr[box.y0 : box.y1, box.x0 : box.x1] = 255
            return box

    before, after, rect = drawn(Split(((Own(),), ())), *heads)
    assert rect == boxes[0].union(boxes[1])
    for head, box in zip(heads, boxes, strict=True):
        middle = round(float(head.points_px[at.NASION, 0]))
        assert (after[200, box.x0 : middle - 2] == 255).all()
        assert np.array_equal(after[200, middle + 3 : box.x1], before[200, middle + 3 : box.x1])


def test_nothing_drawn_is_nothing_touched(head: Head) -> None:
    before, after, rect = drawn(Split(((), ())), head)
    assert rect is None
    assert np.array_equal(before, after)


def test_what_all_looks_share_is_drawn_once_for_the_whole_face() -> None:
    base, top, one, other = Paint(1, order=1), Paint(9, order=9), Paint(2), Paint(3)
    merged = side_by_side(((base, one, top), (base, other, top)))
    assert merged == (base, Split(((one,), (other,))), top)
    assert side_by_side(((base, top), (base, top))) == (base, top)
    assert side_by_side(((base, one, top), (base, top))) == (base, Split(((one,), ())), top)
    assert side_by_side(((), ())) == ()
    assert side_by_side(((one,), (), (other,))) == (Split(((one,), (), (other,))),)


def test_kinds_are_those_of_the_bands_too() -> None:
    assert kinds_of((Paint(1), Split(((Paint(2, kind="shirt"),), ())))) == {"paint", "split", "shirt"}
    assert kinds_of(()) == frozenset()
