"""Eyewear on heads of known pose: where it sits, what hides it, and when it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tryon.catalogue.adjustment import Adjustment
from tryon.frame import U8, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.looks import LookBook
from tryon.overlays.base import Scene
from tryon.overlays.eyewear import (
    FADE_TO_MM,
    FADE_YAW_DEG,
    SPLAY_MAX_MM,
    SPLAY_STEP_MM,
    TEMPLE_FRONT_MM,
    Eyewear,
    _occluder,
    visibility,
)
from tryon.overlays.front import solid_mm, solid_triangles
from tryon.overlays.light import LightEstimate
from tryon.perception import landmarks as at
from tryon.render.draw import Rasteriser
from tryon.render.gltf import load_glb
from tryon.render.mesh import Mesh, Part

CAMERA = Camera.from_fov(640, 480, 63.0)
HeadAt = Callable[..., Head]
PoseAt = Callable[..., Pose]
SKUS = ("harbour-black", "juniper-tortoise", "meridian-gunmetal", "nocturne-black-sun", "solstice-gold")


@pytest.fixture(scope="module")
def rasteriser() -> Rasteriser:
    return Rasteriser()


@pytest.fixture(scope="module")
def meshes(book: LookBook) -> dict[str, Mesh]:
    return {
        product.sku: load_glb(product.model.read_bytes())
        for product in book.products()
        if product.model is not None
    }


@pytest.fixture(scope="module")
def black(meshes: dict[str, Mesh]) -> Eyewear:
    return Eyewear.from_mesh(meshes["harbour-black"])


def skin() -> U8:
    return np.full((480, 640, 3), (120, 140, 180), np.uint8)


def dressed(
    eyewear: Eyewear, rasteriser: Rasteriser, *heads: Head
) -> tuple[NDArray[np.bool_], Rect | None, U8]:
    """Which pixels changed, the rectangle, and the picture."""
    bgr = skin()
    light = LightEstimate((0.9, 0.9, 0.9), 0.4)
    rect = eyewear.draw(Scene(bgr, heads, CAMERA, light, rasteriser))
    return (bgr != skin()).any(axis=2), rect, bgr


def inked(bgr: U8) -> NDArray[np.bool_]:
    """Where something much darker than skin and its shadows was drawn: a black frame."""
    return np.asarray(bgr.max(axis=2) < 90)


def colourless(bgr: U8) -> NDArray[np.bool_]:
    """Where a black frame was drawn, its gloss included: the room is not its own mirror image, skin has a colour."""
    return np.asarray(bgr.max(axis=2).astype(int) - bgr.min(axis=2) < 30)


def face_of(head: Head, erode_px: int = 9) -> NDArray[np.bool_]:
    """The picture of the face, less its rim."""
    filled = np.zeros((480, 640), np.uint8)
    points = np.rint(head.points_px[:, :2]).astype(np.int32)
    for corners in points[template().triangles[:, :3]]:
        cv2.fillConvexPoly(filled, corners, (1.0,))
    return np.asarray(cv2.erode(filled, np.ones((erode_px, erode_px), np.uint8)).astype(bool))


@pytest.mark.parametrize("sku", SKUS)
@pytest.mark.parametrize("distance", [250.0, 500.0, 900.0])
def test_outside_its_rectangle_nothing_is_touched(
    meshes: dict[str, Mesh],
    rasteriser: Rasteriser,
    head_at: HeadAt,
    pose_at: PoseAt,
    sku: str,
    distance: float,
) -> None:
    head = head_at(pose_at(15, -5, 8, (20.0, 10.0, distance)), CAMERA)
    changed, rect, _ = dressed(Eyewear.from_mesh(meshes[sku]), rasteriser, head)
    assert rect is not None
    assert changed.any()
    changed[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
    assert not changed.any()


@pytest.mark.parametrize("size", [0.9, 1.0, 1.1])
def test_it_sits_on_the_bridge_of_the_nose(
    black: Eyewear, head_at: HeadAt, pose_at: PoseAt, size: float
) -> None:
    head = head_at(pose_at(10, 5, 0), CAMERA, template().points_mm * size)
    seat = black.head_from_product(head)
    nasion = head.shape_mm[at.NASION]
    assert seat[0, 3] == 0.0
    assert abs(seat[1, 3] - nasion[1]) < 6.0
    assert -3.0 < seat[2, 3] - nasion[2] < 6.0
    assert np.allclose(seat[:3, :3] @ seat[:3, :3].T, np.eye(3))


def test_in_the_picture_it_bridges_the_nose_and_is_as_wide_as_it_is(
    black: Eyewear, rasteriser: Rasteriser, head_at: HeadAt, pose_at: PoseAt
) -> None:
    head = head_at(pose_at(at_mm=(0.0, 0.0, 450.0)), CAMERA)
    _, _, bgr = dressed(black, rasteriser, head)
    rows, columns = np.nonzero(inked(bgr))
    assert (columns.min() + columns.max() + 1) / 2 == pytest.approx(320, abs=1.5)
    wide_mm = (columns.max() - columns.min()) / head.px_per_mm
    assert wide_mm == pytest.approx(2 * black.half_width_mm, rel=0.06)
    bridge = rows[np.abs(columns - 320) < 2]
    nose = head.points_px[[at.NASION, 6], 1]
    assert bridge.min() - 6 < nose.mean() < bridge.max() + 6


@pytest.mark.parametrize(("yaw", "pitch", "roll"), [(0, 0, 0), (20, 0, 0), (-35, 5, 0), (10, -10, 15)])
def test_a_mirrored_head_wears_it_mirrored(
    meshes: dict[str, Mesh],
    rasteriser: Rasteriser,
    head_at: HeadAt,
    pose_at: PoseAt,
    yaw: float,
    pitch: float,
    roll: float,
) -> None:
    # The room's window stands in one lens only.
    black = Eyewear.from_mesh(unglazed(meshes["harbour-black"]))
    one, two = (
        colourless(
            dressed(
                black, rasteriser, head_at(pose_at(s * yaw, pitch, s * roll, (s * 30.0, 0.0, 450.0)), CAMERA)
            )[2]
        )
        for s in (1, -1)
    )
    both, either = (one & two[:, ::-1]).sum(), (one | two[:, ::-1]).sum()
    assert one.sum() > 1000
    assert both / either > 0.88


def unglazed(mesh: Mesh) -> Mesh:
    """A frame without its lenses."""
    clear = np.array([material.transparent for material in mesh.materials])
    keep = ~clear[mesh.triangle_material]
    return replace(
        mesh,
        triangles=np.ascontiguousarray(mesh.triangles[keep]),
        triangle_material=np.ascontiguousarray(mesh.triangle_material[keep]),
        parts=(Part("frame", 0, int(keep.sum())),),
    )


def only(mesh: Mesh, left: bool) -> Eyewear:
    """One temple of a pair, from a little behind the hinge."""
    corner = mesh.positions_mm[mesh.triangles]
    behind = (corner[:, :, 2] < TEMPLE_FRONT_MM - 8).all(axis=1)
    side = (corner[:, :, 0] > 0).all(axis=1) if left else (corner[:, :, 0] < 0).all(axis=1)
    keep = behind & side
    temple = replace(
        mesh,
        triangles=np.ascontiguousarray(mesh.triangles[keep]),
        triangle_material=np.ascontiguousarray(mesh.triangle_material[keep]),
        parts=(Part("temple", 0, int(keep.sum())),),
    )
    return replace(Eyewear.from_mesh(temple), half_width_mm=Eyewear.from_mesh(mesh).half_width_mm)


@pytest.mark.parametrize("yaw", [35.0, -35.0, 50.0, -50.0])
def test_the_far_temple_is_behind_the_face_and_the_near_one_before_it(
    meshes: dict[str, Mesh], rasteriser: Rasteriser, head_at: HeadAt, pose_at: PoseAt, yaw: float
) -> None:
    head = head_at(pose_at(yaw, 0, 0, (0.0, 0.0, 450.0)), CAMERA)
    # Turned to the wearer's left, the left side is the far one.
    far, near = (
        inked(dressed(only(meshes["harbour-black"], left), rasteriser, head)[2])
        for left in (yaw > 0, yaw < 0)
    )
    assert (far & face_of(head)).sum() == 0
    assert near.sum() > 100


def test_brows_that_move_bite_nothing_out_of_a_frame_close_to_them(
    black: Eyewear, rasteriser: Rasteriser, head_at: HeadAt, pose_at: PoseAt
) -> None:
    head = head_at(pose_at(25, -8, 0, (0.0, 0.0, 450.0)), CAMERA)
    shape = head.shape_mm.copy()
    over_the_nose = [8, 9, 55, 107, 108, 151, 285, 336, 337]
    shape[over_the_nose, 2] += 5.5
    _, _, still = dressed(black, rasteriser, head)
    _, _, moved = dressed(black, rasteriser, replace(head, shape_mm=shape))
    lost = inked(still) & ~inked(moved)
    assert inked(still).sum() > 1000
    assert lost.sum() < 5


def test_looking_straight_the_temples_hide_behind_the_front_and_the_head(
    meshes: dict[str, Mesh], rasteriser: Rasteriser, head_at: HeadAt, pose_at: PoseAt
) -> None:
    head = head_at(pose_at(at_mm=(0.0, 0.0, 450.0)), CAMERA)
    for left in (True, False):
        _, _, bgr = dressed(only(meshes["harbour-black"], left), rasteriser, head)
        assert (inked(bgr) & face_of(head)).sum() == 0


@pytest.mark.parametrize(
    ("yaw", "pitch", "shown"),
    [
        (0, 0, 1.0),
        (61, 0, 1.0),
        (-61, 0, 1.0),
        (68.5, 0, 0.5),
        (-68.5, 0, 0.5),
        (76, 0, 0.0),
        (0, 41, 1.0),
        (0, -48.5, 0.5),
        (0, 56, 0.0),
    ],
)
def test_it_fades_where_landmarks_are_guesses(
    head_at: HeadAt, pose_at: PoseAt, yaw: float, pitch: float, shown: float
) -> None:
    head = replace(head_at(pose_at(), CAMERA), pose=pose_at(yaw, pitch))
    assert visibility(head) == pytest.approx(shown, abs=0.01)


def test_beyond_the_fade_every_bit_stays(
    black: Eyewear, rasteriser: Rasteriser, head_at: HeadAt, pose_at: PoseAt
) -> None:
    straight = head_at(pose_at(), CAMERA)
    changed, rect, _ = dressed(black, rasteriser, replace(straight, pose=pose_at(FADE_YAW_DEG[1] + 1)))
    assert rect is None
    assert not changed.any()


def test_fading_it_takes_less_and_less_light(
    black: Eyewear, rasteriser: Rasteriser, head_at: HeadAt, pose_at: PoseAt
) -> None:
    straight = head_at(pose_at(), CAMERA)
    darkest = [
        int(dressed(black, rasteriser, replace(straight, pose=pose_at(yaw)))[2].min())
        for yaw in (60.0, sum(FADE_YAW_DEG) / 2, FADE_YAW_DEG[1] - 0.5)
    ]
    assert darkest[0] < darkest[1] < darkest[2]


def widened(head: Head, by_mm: float) -> Head:
    shape = head.shape_mm.copy()
    shape[at.LEFT_TRAGUS, 0] += by_mm / 2
    shape[at.RIGHT_TRAGUS, 0] -= by_mm / 2
    return replace(head, shape_mm=shape)


def test_temples_bend_to_the_head_in_few_steps_and_no_further_than_hinges_do(
    meshes: dict[str, Mesh], head_at: HeadAt, pose_at: PoseAt
) -> None:
    eyewear = Eyewear.from_mesh(meshes["harbour-black"])
    head = head_at(pose_at(), CAMERA)
    straight = eyewear.levels.at(head.px_per_mm).positions_mm
    front = straight[:, 2] > TEMPLE_FRONT_MM
    reaches = []
    for by_mm in np.linspace(-60, 60, 240):
        bent = eyewear._splayed(widened(head, float(by_mm)))
        outwards = (bent.positions_mm - straight)[:, 0] * np.sign(straight[:, 0])
        assert np.array_equal(bent.positions_mm[front], straight[front])
        assert np.array_equal(bent.positions_mm[:, 1:], straight[:, 1:])
        assert np.abs(outwards).max() <= 1.3 * SPLAY_MAX_MM + 1e-4
        reaches.append(float(outwards[np.argmin(straight[:, 2])]))
    assert reaches == sorted(reaches), "a wider head opens them further"
    assert reaches[0] < -5
    assert reaches[-1] > 5
    assert len(eyewear._bent) <= 2 * SPLAY_MAX_MM / SPLAY_STEP_MM + 1


def test_a_bend_is_made_once(black: Eyewear, head_at: HeadAt, pose_at: PoseAt) -> None:
    head = head_at(pose_at(), CAMERA)
    assert black._splayed(head) is black._splayed(widened(head, 0.01))


@pytest.mark.parametrize("sku", SKUS)
def test_temple_ends_fade_and_what_is_hidden_is_dropped(meshes: dict[str, Mesh], sku: str) -> None:
    model = Eyewear.from_mesh(meshes[sku]).model
    z = model.positions_mm[:, 2]
    assert (model.attributes[z <= FADE_TO_MM, 5] == 0).all()
    assert (model.attributes[z >= TEMPLE_FRONT_MM, 5] > 0).all()
    assert (z[model.triangles[:, :3]].max(axis=1) > FADE_TO_MM).all()
    assert model.triangle_count < len(meshes[sku].triangles)
    transmits = model.materials[model.triangles[:, 3], 6] > 0
    assert not transmits[: model.opaque_count].any()
    assert transmits[model.opaque_count :].any()


def test_two_wearers(black: Eyewear, rasteriser: Rasteriser, head_at: HeadAt, pose_at: PoseAt) -> None:
    heads = [head_at(pose_at(at_mm=(x, 0.0, 700.0)), CAMERA) for x in (-160.0, 160.0)]
    changed, rect, _ = dressed(black, rasteriser, *heads)
    assert rect is not None
    assert changed[:, :320].sum() == pytest.approx(changed[:, 320:].sum(), rel=0.1)


@pytest.mark.parametrize(
    "at_mm", [(-270.0, 0.0, 450.0), (0.0, 260.0, 450.0), (900.0, 0.0, 450.0), (0.0, 0.0, 120.0)]
)
def test_heads_at_the_edge_and_very_near(
    black: Eyewear,
    rasteriser: Rasteriser,
    head_at: HeadAt,
    pose_at: PoseAt,
    at_mm: tuple[float, float, float],
) -> None:
    changed, rect, _ = dressed(black, rasteriser, head_at(pose_at(at_mm=at_mm), CAMERA))
    if rect is not None:
        assert rect == rect.clip(640, 480)
        changed[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
    assert not changed.any()


def test_the_head_that_hides_frames_stands_behind_the_wearers_own(head_at: HeadAt, pose_at: PoseAt) -> None:
    head = head_at(pose_at(yaw=4.0, pitch=-8.0), CAMERA)
    hides, own = _occluder(head), head.pose.to_camera(solid_mm(head))
    assert hides.triangles is solid_triangles()
    face = at.SURFACE_COUNT + len(at.FACE_OVAL)
    assert np.allclose(hides.points_mm[face:], own[face:], atol=1e-3)
    # In head space, where it is narrower and farther back, and no other.
    back = (hides.points_mm[:face] - own[:face]) @ head.pose.rotation
    x = solid_mm(head)[:face, 0]
    assert np.allclose(back[:, 0], -0.025 * x, atol=1e-3)
    assert np.allclose(back[:, 1], 0.0, atol=1e-3)
    assert (back[:, 2] > -5.001).all()
    assert (back[:, 2] < -2.499).all()


@pytest.mark.parametrize("yaw", [25.0, -25.0])
def test_the_far_side_keeps_its_outline_and_gives_way_along_the_view(
    head_at: HeadAt, pose_at: PoseAt, yaw: float
) -> None:
    head = head_at(pose_at(yaw=yaw, pitch=-8.0), CAMERA)
    hides, own = _occluder(head).points_mm, head.pose.to_camera(solid_mm(head))
    x = solid_mm(head)[:, 0] * np.sign(yaw)
    x[at.SURFACE_COUNT + len(at.FACE_OVAL) :] = 0.0
    far, near = x > 15.0, x < -15.0
    assert np.allclose(CAMERA.project(hides[far]), CAMERA.project(own[far]), atol=0.01)
    farther = np.linalg.norm(hides[far], axis=1) - np.linalg.norm(own[far], axis=1)
    assert (farther > 2.49).all()
    assert (farther < 5.01).all()
    assert np.abs(CAMERA.project(hides[near]) - CAMERA.project(own[near])).max() > 1.0


def inked_middle(bgr: U8) -> tuple[float, float]:
    rows, columns = np.nonzero(inked(bgr))
    return float(columns.mean()), float(rows.mean())


def test_a_nose_point_moved_by_hand_moves_the_worn_frame_by_as_many_millimetres(
    meshes: dict[str, Mesh], rasteriser: Rasteriser, head_at: HeadAt, pose_at: PoseAt
) -> None:
    head = head_at(pose_at(0, 0, 0, (0.0, 0.0, 500.0)), CAMERA)
    mesh = meshes["harbour-black"]
    middles = []
    for up in (0.0, 4.0):
        moved = Adjustment(moved_mm={"nose": (0.0, up, 0.0)})
        bgr = dressed(Eyewear.from_mesh(mesh, moved, whole=True), rasteriser, head)[2]
        # The front alone: temples stay on the ears.
        bgr[:, :250] = bgr[:, 390:] = skin()[0, 0]
        middles.append(inked_middle(bgr))
    lower_px = middles[1][1] - middles[0][1]
    assert lower_px / head.px_per_mm == pytest.approx(4.0, abs=0.3)
    assert middles[1][0] == pytest.approx(middles[0][0], abs=0.3)


def test_an_adjustment_of_nothing_changes_no_pixel(
    meshes: dict[str, Mesh], rasteriser: Rasteriser, head_at: HeadAt, pose_at: PoseAt
) -> None:
    head = head_at(pose_at(20, -5, 4, (0.0, 0.0, 480.0)), CAMERA)
    mesh = meshes["solstice-gold"]
    as_found = dressed(Eyewear.from_mesh(mesh), rasteriser, head)[2]
    still = Adjustment(moved_mm={"left_hinge": (0.0, 0.0, 0.0)}, sizes_mm={"bridge_mm": 16.0})
    assert (dressed(Eyewear.from_mesh(mesh, still), rasteriser, head)[2] == as_found).all()


def test_a_hinge_moved_back_bends_its_temple_later(
    meshes: dict[str, Mesh], head_at: HeadAt, pose_at: PoseAt
) -> None:
    head = head_at(pose_at(0, 0, 0, (0.0, 0.0, 500.0)), CAMERA)
    mesh = meshes["harbour-black"]
    found = Eyewear.from_mesh(mesh, whole=True)
    later = Eyewear.from_mesh(mesh, Adjustment(moved_mm={"left_hinge": (0.0, 0.0, -15.0)}), whole=True)
    wider = Eyewear.from_mesh(mesh, Adjustment(moved_mm={"right_hinge": (-2.0, 0.0, 0.0)}), whole=True)
    points, after, splayed = (one._splayed(head).positions_mm for one in (found, later, wider))
    own = mesh.positions_mm
    beside = (own[:, 0] > 0) & (own[:, 2] < TEMPLE_FRONT_MM) & (own[:, 2] > TEMPLE_FRONT_MM - 15)
    assert np.abs(points - own)[beside, 0].max() > 0.1, "this head bends the temples"
    assert (after[beside] == own[beside]).all()
    assert (after[own[:, 0] <= 0] == points[own[:, 0] <= 0]).all()
    tip = (own[:, 0] < 0) & (own[:, 2] < -88)
    assert (splayed - points)[tip, 0].min() > 1.9, "a hinge farther out leaves less to splay"
    assert (splayed[own[:, 0] > 0] == points[own[:, 0] > 0]).all()


def test_lens_points_are_where_the_eyes_look_and_lenses_are_ground(
    meshes: dict[str, Mesh], head_at: HeadAt, pose_at: PoseAt
) -> None:
    head = head_at(pose_at(0, 0, 0, (0.0, 0.0, 500.0)), CAMERA)
    mesh = meshes["harbour-black"]
    higher = Adjustment(moved_mm={"left_lens": (1.0, 4.0, 0.0), "right_lens": (0.0, 4.0, 0.0)})
    found, moved = Eyewear.from_mesh(mesh, whole=True), Eyewear.from_mesh(mesh, higher, whole=True)
    assert moved.head_from_product(head)[1, 3] < found.head_from_product(head)[1, 3] - 0.5
    before, after = (one.with_lenses(None, -4.0).correction for one in (found, moved))
    assert before is not None
    assert after is not None
    assert after.centres_mm - before.centres_mm == pytest.approx(np.array([[0, 4, 0], [1, 4, 0]]), abs=1e-5)
