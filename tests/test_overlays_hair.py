"""Hair over temples: told from skin whatever its colour, only on the side that shows, and without flicker."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tryon.frame import F64, U8
from tryon.geometry.camera import Camera
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.geometry.wearer import ear_root
from tryon.looks import LookBook
from tryon.overlays.base import Scene
from tryon.overlays.eyewear import Eyewear
from tryon.overlays.hair import FOLLOW_MS, HairWatch
from tryon.overlays.light import LightEstimate
from tryon.perception import landmarks as at
from tryon.render.draw import Rasteriser
from tryon.render.gltf import load_glb

CAMERA = Camera.from_fov(640, 480, 63.0)
HeadAt = Callable[..., Head]
PoseAt = Callable[..., Pose]
PALE, DARK = (150, 170, 215), (45, 60, 95)
BLACK, BLOND, GREY = (30, 28, 32), (95, 150, 180), (120, 122, 125)


def picture(head: Head, skin: tuple[int, int, int], hair: tuple[int, int, int], *, from_mm: float) -> U8:
    """Skin everywhere, and hair over both sides of the head from ``from_mm`` back; camera noise."""
    bgr = np.full((480, 640, 3), skin, np.uint8)
    for sign, beside in ((-1, at.RIGHT_TRAGUS), (1, at.LEFT_TRAGUS)):
        x = head.rest.points_mm[beside, 0] + sign * 5
        corners: F64 = np.array([[x, 70, from_mm], [x, -90, from_mm], [x, -90, -160], [x, 70, -160]])
        if -head.pose.rotation[2, 0] * sign > 0:
            polygon = np.rint(head.camera.project(head.pose.to_camera(corners))).astype(np.int32)
            cv2.fillPoly(bgr, [polygon], hair)
    noise = np.random.default_rng(3).normal(0, 4, bgr.shape)
    return np.clip(bgr + noise, 0, 255).astype(np.uint8)


@pytest.fixture
def turned(head_at: HeadAt, pose_at: PoseAt) -> Head:
    """Turned to the wearer's left: the right side shows."""
    return head_at(pose_at(35, 0, 0, (0.0, 0.0, 450.0)), CAMERA)


@pytest.mark.parametrize(
    ("skin", "hair"), [(PALE, BLACK), (PALE, BLOND), (PALE, GREY), (DARK, BLACK), (DARK, GREY)]
)
def test_hair_over_the_ear_hangs_a_veil_from_the_hairline_on(
    turned: Head, skin: tuple[int, int, int], hair: tuple[int, int, int]
) -> None:
    bgr = picture(turned, skin, hair, from_mm=-55.0)
    (veil,) = HairWatch().veils(bgr, turned, 0.0)
    covered = veil.mask >= 128
    shown = bgr[veil.rect.y0 : veil.rect.y1, veil.rect.x0 : veil.rect.x1].astype(int)
    is_hair = np.abs(shown - hair).sum(axis=2) < np.abs(shown - skin).sum(axis=2)
    assert is_hair.mean() > 0.2
    assert covered[is_hair].mean() > 0.9
    assert covered[~is_hair].mean() < 0.1


@pytest.mark.parametrize("skin", [PALE, DARK])
def test_an_ear_that_shows_hangs_no_veil_whatever_grows_above_it(
    turned: Head, skin: tuple[int, int, int]
) -> None:
    bgr = picture(turned, skin, BLACK, from_mm=-130.0)
    root = ear_root(turned.rest.points_mm, -1) - (4.0, 0.0, 0.0)
    # Sideburns before the ear and short hair above it.
    burn = root + np.array([[0, 40, 20], [0, 4, 20], [0, 4, 5], [0, 40, 5]])
    cv2.fillPoly(bgr, [np.rint(CAMERA.project(turned.pose.to_camera(burn))).astype(np.int32)], BLACK)
    assert HairWatch().veils(bgr, turned, 0.0) == ()


def test_straight_on_neither_side_is_judged(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = head_at(pose_at(3, 0, 0, (0.0, 0.0, 450.0)), CAMERA)
    assert HairWatch().veils(np.full((480, 640, 3), BLACK, np.uint8), head, 0.0) == ()


def bent(head: Head, *, from_mm: float, down_to_mm: int = -60) -> U8:
    """A head bent to the camera, hair hanging down beside it from ``from_mm`` back."""
    bgr = np.full((480, 640, 3), PALE, np.uint8)
    for sign in (-1, 1):
        root = ear_root(head.rest.points_mm, sign)
        places = np.array(
            [
                (root[0] + sign * out, root[1] + up, z)
                for out in (-8, 0, 8, 16)
                for up in range(down_to_mm, 41, 5)
                for z in np.arange(from_mm, -140.0, -5.0)
            ]
        )
        for x, y in np.rint(head.camera.project(head.pose.to_camera(places))).astype(int).tolist():
            cv2.circle(bgr, (x, y), 7, BLACK, -1)
    noise = np.random.default_rng(5).normal(0, 4, bgr.shape)
    return np.clip(bgr + noise, 0, 255).astype(np.uint8)


def test_a_bent_head_that_never_turned_wears_temples_beneath_the_hair_at_its_sides(
    head_at: HeadAt, pose_at: PoseAt
) -> None:
    head = head_at(pose_at(0, -28, 0, (0.0, 0.0, 450.0)), CAMERA)
    assert len(HairWatch().veils(bent(head, from_mm=-40.0), head, 0.0)) == 2
    assert HairWatch().veils(bent(head, from_mm=-115.0, down_to_mm=15), head, 0.0) == ()


def test_a_turn_that_shows_an_ear_ends_the_guess(turned: Head, head_at: HeadAt, pose_at: PoseAt) -> None:
    head = head_at(pose_at(0, -28, 0, (0.0, 0.0, 450.0)), CAMERA)
    watch = HairWatch()
    assert len(watch.veils(bent(head, from_mm=-40.0), head, 0.0)) == 2
    assert watch.veils(picture(turned, PALE, BLACK, from_mm=-140.0), turned, 33.0) == ()
    assert watch.veils(bent(head, from_mm=-40.0), head, 66.0) == ()


def test_what_shines_through_behind_the_hair_lets_no_piece_of_a_temple_float(turned: Head) -> None:
    bgr = picture(turned, PALE, BLACK, from_mm=-45.0)
    root = ear_root(turned.rest.points_mm, -1)
    gap = np.array(
        [(root[0] - 5, root[1] + up, z) for up, z in ((14, -82), (-6, -82), (-6, -110), (14, -110))]
    )
    cv2.fillPoly(bgr, [np.rint(CAMERA.project(turned.pose.to_camera(gap))).astype(np.int32)], PALE)
    (veil,) = HairWatch().veils(bgr, turned, 0.0)
    x, y = CAMERA.project(turned.pose.to_camera(gap.mean(axis=0)[None]))[0].astype(int)
    assert np.abs(bgr[y, x].astype(int) - PALE).max() < 25, "skin is seen there"
    assert veil.mask[y - veil.rect.y0, x - veil.rect.x0] == 255
    hairline = np.array([[root[0] - 5, root[1], -30.0]])
    x, y = CAMERA.project(turned.pose.to_camera(hairline))[0].astype(int)
    assert veil.mask[y - veil.rect.y0, x - veil.rect.x0] < 128, "before the hairline it shows"


def test_what_a_turn_has_shown_holds_straight_on_and_on_the_other_side(
    turned: Head, head_at: HeadAt, pose_at: PoseAt
) -> None:
    head = head_at(pose_at(3, 0, 0, (0.0, 0.0, 450.0)), CAMERA)
    for from_mm, count in ((-55.0, 2), (-140.0, 0)):
        watch = HairWatch()
        watch.veils(picture(turned, PALE, BLACK, from_mm=from_mm), turned, 0.0)
        straight_on = picture(head, PALE, BLACK, from_mm=from_mm)
        assert len(watch.veils(straight_on, head, 33.0)) == count


def test_a_slight_turn_shows_cheek_and_changes_no_mind(
    turned: Head, head_at: HeadAt, pose_at: PoseAt
) -> None:
    slightly = head_at(pose_at(10, 0, 0, (0.0, 0.0, 450.0)), CAMERA)
    watch = HairWatch()
    watch.veils(picture(turned, PALE, BLACK, from_mm=-55.0), turned, 0.0)
    cheek = picture(slightly, PALE, BLACK, from_mm=-140.0)
    for number in range(30):
        watch.veils(cheek, slightly, 33.0 * (number + 1))
    assert watch._sides[-1].hidden


def test_each_side_is_believed_itself_once_it_has_been_seen(
    turned: Head, head_at: HeadAt, pose_at: PoseAt
) -> None:
    other = head_at(pose_at(-35, 0, 0, (0.0, 0.0, 450.0)), CAMERA)
    straight_on = head_at(pose_at(0, 0, 0, (0.0, 0.0, 450.0)), CAMERA)
    watch = HairWatch()
    watch.veils(picture(turned, PALE, BLACK, from_mm=-55.0), turned, 0.0)
    watch.veils(picture(other, PALE, BLACK, from_mm=-140.0), other, 33.0)
    assert len(watch.veils(picture(straight_on, PALE, BLACK, from_mm=-55.0), straight_on, 66.0)) == 1


def test_an_ear_outside_the_picture_is_not_judged(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = head_at(pose_at(35, 0, 0, (-250.0, 0.0, 450.0)), CAMERA)
    assert HairWatch().veils(np.full((480, 640, 3), BLACK, np.uint8), head, 0.0) == ()


def test_one_frame_of_something_else_changes_nothing(turned: Head) -> None:
    bare, long = picture(turned, PALE, BLACK, from_mm=-140.0), picture(turned, PALE, BLACK, from_mm=-55.0)
    watch = HairWatch()
    assert watch.veils(bare, turned, 0.0) == ()
    assert watch.veils(long, turned, 33.0) == (), "a hand at the ear for one frame"
    t_ms = 33.0
    seen = []
    for _ in range(60):
        t_ms += 33.0
        seen.append(len(watch.veils(long, turned, t_ms)))
    assert seen == sorted(seen), "it changes its mind once"
    assert seen[-1] == 1
    assert seen.index(1) * 33 < 4 * FOLLOW_MS


def test_the_temple_goes_under_the_hair_and_the_front_stays(book: LookBook, turned: Head) -> None:
    product = next(product for product in book.products() if product.sku == "harbour-black")
    assert product.model is not None
    eyewear, rasteriser = Eyewear.from_mesh(load_glb(product.model.read_bytes())), Rasteriser()
    bgr = picture(turned, PALE, GREY, from_mm=-45.0)
    drawn = []
    for hair in ({}, {turned.track: HairWatch()}):
        worn = bgr.copy()
        eyewear.draw(Scene(worn, (turned,), CAMERA, LightEstimate((0.9, 0.9, 0.9), 0.4), rasteriser, hair))
        drawn.append(np.abs(worn.astype(int) - bgr).max(axis=2) > 40)
    without, under = drawn
    gone = without & ~under
    assert gone.sum() > 60
    # The very edge of the hair that ``picture`` hangs there.
    edge = np.array([[turned.rest.points_mm[at.RIGHT_TRAGUS, 0] - 5, 5.0, -45.0]])
    behind = turned.camera.project(turned.pose.to_camera(edge))[0, 0]
    rows, columns = np.nonzero(gone)
    # The wearer's right is the picture's left; the temple runs from the front to the left.
    assert columns.max() < behind + 8
    assert (under & ~without).sum() < 30
    assert rows.size
