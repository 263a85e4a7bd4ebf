"""Lip products on the portrait and on made-up faces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tryon.catalogue.makeup import Finish
from tryon.frame import U8, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.head import template
from tryon.geometry.pose import Pose
from tryon.geometry.steady import Head
from tryon.overlays.application import Application, rgb8
from tryon.overlays.base import Scene
from tryon.overlays.front import Front
from tryon.overlays.light import LightEstimate, LightMeter
from tryon.overlays.lip_paint import paint
from tryon.overlays.lip_watch import LipWatch
from tryon.overlays.lips import Lips
from tryon.overlays.lips import lipstick as one_lipstick
from tryon.overlays.mouth import mouth_of
from tryon.overlays.optics import Optics
from tryon.overlays.region import bounds, smooth_contour
from tryon.perception import landmarks as at
from tryon.render import transfer
from tryon.render.colour import de00, lab_from_codes, lab_from_hex
from tryon.render.draw import Rasteriser
from tryon.render.mesh import srgb_to_linear
from tryon.replay.tone import toned

CAMERA = Camera.from_fov(320, 240, 63.0)
RED: tuple[int, int, int] = (190, 20, 40)
HeadAt = Callable[..., Head]
PoseAt = Callable[..., Pose]


@pytest.fixture(scope="module")
def rasteriser() -> Rasteriser:
    return Rasteriser()


@pytest.fixture(scope="module")
def skin() -> U8:
    """A face-coloured picture with a little noise."""
    bgr = np.random.default_rng(1).normal((120, 140, 180), 4, (240, 320, 3))
    return bgr.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def head(head_at: HeadAt, pose_at: PoseAt) -> Head:
    return head_at(pose_at(at_mm=(0.0, 0.0, 300.0)), CAMERA)


def scene(bgr: U8, *heads: Head) -> Scene:
    return Scene(bgr.copy(), heads, CAMERA, LightEstimate((0.9, 0.9, 0.9), 0.4), Rasteriser())


def lipstick(
    strength: float = 1.0, finish: Finish = "satin", color: tuple[int, int, int] = RED, coverage: float = 0.9
) -> Lips:
    return one_lipstick(color, finish, coverage, strength)


def polygon(head: Head, indices: at.Indices) -> NDArray[np.bool_]:
    """The pixels in a contour of the head."""
    filled = np.zeros((240, 320), np.uint8)
    contour = smooth_contour(head.points_px[indices, :2])
    cv2.fillPoly(filled, [np.rint(contour * 16).astype(np.int32)], (1.0,), shift=4)
    return filled.astype(bool)


def eroded(filled: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return cv2.erode(filled.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)


def lips_of(head: Head) -> NDArray[np.bool_]:
    """The pixels wholly within the lips."""
    return eroded(polygon(head, at.LIPS_OUTER) & ~polygon(head, at.LIPS_INNER))


def test_lips_are_painted_and_nothing_outside_the_rectangle_is_touched(skin: U8, head: Head) -> None:
    view = scene(skin, head)
    rect = lipstick().draw(view)
    assert rect is not None
    changed = (view.bgr != skin).any(axis=2)
    assert lips_of(head).sum() > 100
    assert changed[lips_of(head)].mean() > 0.97
    changed[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
    assert not changed.any()
    lip_box = bounds(head.points_px[at.LIPS_OUTER, :2], 5.0)
    assert rect.union(lip_box) == lip_box


def test_an_open_mouth_stays_unpainted(head_at: HeadAt, pose_at: PoseAt, skin: U8) -> None:
    shape = template().points_mm.copy()
    # The jaw drops by 18 mm and takes the lower lip along.
    lower = {146, 91, 181, 84, 17, 314, 405, 321, 375, 95, 88, 178, 87, 14, 317, 402, 318, 324}
    lower |= {180, 85, 16, 315, 404, 179, 86, 15, 316, 403}
    middle = (np.array(sorted(lower)),)
    shape[middle[0], 1] -= 18.0 * (1 - np.abs(shape[middle[0], 0]) / 30.0).clip(0, 1)
    opened = head_at(pose_at(at_mm=(0.0, 0.0, 250.0)), CAMERA, shape)
    view = scene(skin, opened)
    assert lipstick().draw(view) is not None
    inside = eroded(eroded(polygon(opened, at.LIPS_INNER)))
    assert inside.sum() > 100
    assert (view.bgr[inside] == skin[inside]).mean() > 0.97
    assert (view.bgr != skin).any(axis=2)[lips_of(opened)].mean() > 0.97


@pytest.mark.parametrize(("strength", "coverage"), [(0.0, 0.9), (1.0, 0.0)])
def test_no_strength_leaves_every_bit(skin: U8, head: Head, strength: float, coverage: float) -> None:
    view = scene(skin, head)
    assert lipstick(strength, coverage=coverage).draw(view) is None
    assert np.array_equal(view.bgr, skin)


def lip_colour(bgr: U8, head: Head) -> NDArray[np.float64]:
    return np.asarray(bgr[lips_of(head)].astype(np.float64).mean(axis=0))


@pytest.mark.parametrize("finish", ["matte", "satin", "gloss"])
def test_more_strength_is_nearer_to_the_shade(skin: U8, head: Head, finish: Finish) -> None:
    colours = []
    for strength in (0.0, 0.25, 0.5, 0.75, 1.0):
        view = scene(skin, head)
        lipstick(strength, finish).draw(view)
        colours.append(lip_colour(view.bgr, head))
    away = [float(np.linalg.norm(colour - colours[-1])) for colour in colours]
    assert all(near < far for far, near in pairwise(away))
    # A red on this skin takes green first of all.
    assert colours[-1][1] < colours[0][1] - 30


@pytest.mark.parametrize("color", [(190, 20, 40), (90, 20, 60), (230, 150, 130), (20, 20, 20)])
def test_shades_keep_their_hue_in_white_light(skin: U8, head: Head, color: tuple[int, int, int]) -> None:
    view = scene(skin, head)
    lipstick(color=color, finish="matte", coverage=1.0).draw(view)
    seen = srgb_to_linear((lip_colour(view.bgr, head)[::-1] / 255).astype(np.float32))
    wanted = srgb_to_linear(np.array(color, np.float32) / 255)
    assert (seen / seen.sum()).tolist() == pytest.approx((wanted / wanted.sum()).tolist(), abs=0.1)


def test_finishes_differ_where_they_should(head: Head, skin: U8) -> None:
    shaded = skin.copy()
    lips = np.argwhere(lips_of(head))
    middle = lips[len(lips) // 3]
    cv2.circle(shaded, (int(middle[1]), int(middle[0])), 3, (215, 215, 225), -1)  # a highlight
    peaks, means = {}, {}
    finishes: tuple[Finish, ...] = ("matte", "satin", "gloss")
    for finish in finishes:
        view = scene(shaded, head)
        lipstick(finish=finish).draw(view)
        painted = view.bgr[lips_of(head)].astype(float)
        peaks[finish], means[finish] = np.quantile(painted, 0.99), painted.mean()
    assert peaks["matte"] < peaks["satin"] < peaks["gloss"]
    assert means["gloss"] > means["satin"]


def test_a_highlight_is_as_soft_as_the_camera(head: Head, skin: U8) -> None:
    """Of a camera that draws softly a wet lip is a glow, not a white line; and nowhere a step from lip to lip."""
    peaks, steps = [], []
    for blur_px in (0.5, 2.0):
        view = scene(skin, head)
        view = replace(view, light=replace(view.light, optics=Optics(blur_px)))
        bare = view.bgr.astype(float)
        lipstick(finish="gloss").draw(view)
        inside = cv2.erode(lips_of(head).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        shine = view.bgr.astype(float).min(axis=2) - bare.min(axis=2)
        peaks.append(np.quantile(shine[inside], 0.98))
        smooth = cv2.GaussianBlur(view.bgr.astype(np.float32), (0, 0), 1.0)
        steps.append(np.abs(np.diff(smooth, axis=0))[inside[1:]].max())
    assert peaks[1] < 0.8 * peaks[0]
    assert steps[1] < steps[0]


@pytest.mark.parametrize("distance_mm", [200.0, 300.0])
def test_a_wet_lips_highlights_follow_its_form(head_at: HeadAt, pose_at: PoseAt, distance_mm: float) -> None:
    """It was one white line from corner to corner: lips have pillows and creases, which break it up."""
    head = head_at(pose_at(at_mm=(0.0, 0.0, distance_mm)), CAMERA)
    view = scene(np.full((240, 320, 3), (120, 140, 180), np.uint8), head)
    view = replace(view, light=replace(view.light, optics=Optics(0.8)))
    lipstick(finish="gloss", coverage=1.0).draw(view)
    inside = lips_of(head)
    middle_y = head.points_px[[13, 14], 1].mean()
    columns = np.flatnonzero(inside.any(axis=0))
    lower = np.where(inside, view.bgr[..., 1].astype(float), 0.0)[int(middle_y) :]
    ridge = lower.max(axis=0)[columns[0] : columns[-1] + 1]
    # A bow of light in the middle, and one on either side.
    shining = np.concatenate([[False], ridge > 0.85 * ridge.max(), [False]])
    assert (np.diff(shining.astype(int)) == 1).sum() >= 3


def test_lips_stay_bright_where_a_lamp_of_another_colour_shines(head: Head, skin: U8) -> None:
    """More red was taken off than there was: a blue shine became a dark hole in a pale lipstick."""
    shone = skin.copy()
    x, y = ((head.points_px[14, :2] + head.points_px[17, :2]) / 2).astype(int)
    shone[y - 1 : y + 2, x - 3 : x + 4] = (255, 190, 150)
    view = scene(shone, head)
    lipstick(color=(200, 150, 130), finish="matte", coverage=1.0).draw(view)
    spot = view.bgr[y - 1 : y + 2, x - 3 : x + 4].mean()
    beside = view.bgr[y - 1 : y + 2, x - 14 : x - 8].mean()
    assert spot > 0.75 * beside


def test_creases_stay_visible(head: Head, skin: U8) -> None:
    striped = skin.copy()
    striped[:, ::4] = (striped[:, ::4] * 0.75).astype(np.uint8)
    view = scene(striped, head)
    lipstick(coverage=1.0).draw(view)
    lips = lips_of(head)
    dark, light = (view.bgr[..., 2][lips & columns].mean() for columns in (on(0), ~on(0)))
    assert dark < 0.92 * light


@pytest.mark.parametrize("tone", ["very_light", "tan", "dark"])
@pytest.mark.parametrize("color", ["#b3121d", "#c08a76", "#4c1535", "#e08b9b"])
def test_a_shade_that_covers_measures_as_that_shade(
    sitter: tuple[U8, Head, LightEstimate], tone: str, color: str
) -> None:
    bare, worn, _ = sitter
    bgr = toned(bare, worn.points_px.astype(np.float64), tone)
    light = LightMeter().read(bgr, worn, 0.0)
    view = Scene(bgr.copy(), (worn,), worn.camera, light, Rasteriser())
    lipstick(color=rgb8(color), finish="matte", coverage=1.0).draw(view)
    lips = np.zeros(bgr.shape[:2], np.uint8)
    contours = [
        np.rint(smooth_contour(worn.points_px[p, :2])).astype(np.int32)
        for p in (at.LIPS_OUTER, at.LIPS_INNER)
    ]
    cv2.fillPoly(lips, contours[:1], (1.0,))
    cv2.fillPoly(lips, contours[1:], (0.0,))
    core = cv2.erode(lips, np.ones((5, 5), np.uint8)) > 0
    assert core.sum() > 100
    off = de00(lab_from_codes(view.bgr[core]), lab_from_hex(color))
    middle = lab_from_codes(np.median(view.bgr[core], axis=0).astype(np.uint8))
    assert np.median(off) <= 3.2
    assert float(de00(middle, lab_from_hex(color))) <= 3.0


@pytest.mark.parametrize("template_", ["full", "blotted", "ombre", "overlined"])
def test_templates_spread_their_colour(skin: U8, head: Head, template_: str) -> None:
    view = scene(skin, head)
    rect = one_lipstick(RED, "matte", 1.0, template=template_).draw(view)
    assert rect is not None
    reach = int((view.bgr != skin).any(axis=2).sum())
    full = scene(skin, head)
    lipstick(coverage=1.0, finish="matte").draw(full)
    own = int((full.bgr != skin).any(axis=2).sum())
    assert reach > own if template_ == "overlined" else reach <= own
    if template_ in ("blotted", "ombre"):
        assert lip_colour(view.bgr, head)[1] > lip_colour(full.bgr, head)[1] + 5


def test_a_liner_is_a_line_and_two_sides_are_two(skin: U8, head: Head) -> None:
    line = scene(skin, head)
    Lips((Application("lip_liner", (((60, 0, 20), "matte"),), 1.0),)).draw(line)
    changed = (line.bgr != skin).any(axis=2)[lips_of(head)]
    assert 0.05 < changed.mean() < 0.8
    two = scene(skin, head)
    sides = (((200, 0, 0), "left"), ((0, 0, 200), "right"))
    Lips(tuple(Application("lipstick", ((color, "matte"),), 1.0, side=side) for color, side in sides)).draw(
        two
    )
    middle = float(head.points_px[[at.LEFT_MOUTH_CORNER, at.RIGHT_MOUTH_CORNER], 0].mean())
    x = np.arange(320)[None, :] + np.zeros((240, 1))
    left, right = lips_of(head) & (x > middle + 2), lips_of(head) & (x < middle - 2)
    # The wearer's left is on the right of the picture.
    assert two.bgr[left][:, 2].mean() > 2 * two.bgr[left][:, 0].mean()
    assert two.bgr[right][:, 0].mean() > 2 * two.bgr[right][:, 2].mean()


def on(phase: int) -> NDArray[np.bool_]:
    columns = np.zeros((240, 320), bool)
    columns[:, phase::4] = True
    return columns


def test_a_tiny_mouth_is_left_alone(head_at: HeadAt, pose_at: PoseAt, skin: U8) -> None:
    view = scene(skin, head_at(pose_at(at_mm=(0.0, 0.0, 2500.0)), CAMERA))
    assert lipstick().draw(view) is None
    assert np.array_equal(view.bgr, skin)


@pytest.mark.parametrize("x_mm", [-190.0, -175.0, 175.0, 190.0, 400.0])
@pytest.mark.parametrize("y_mm", [0.0, 90.0])
def test_a_mouth_at_the_frames_edge(
    head_at: HeadAt, pose_at: PoseAt, skin: U8, x_mm: float, y_mm: float
) -> None:
    view = scene(skin, head_at(pose_at(at_mm=(x_mm, y_mm, 300.0)), CAMERA))
    rect = lipstick(finish="gloss").draw(view)
    changed = (view.bgr != skin).any(axis=2)
    if rect is not None:
        assert rect == rect.clip(320, 240)
        changed[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
    assert not changed.any()


def test_a_face_turned_far_away_is_left_alone(head: Head, pose_at: PoseAt, skin: U8) -> None:
    view = scene(skin, replace(head, pose=pose_at(80, 0, 0, (0.0, 0.0, 300.0))))
    assert lipstick().draw(view) is None
    assert np.array_equal(view.bgr, skin)


def painted(head_at: HeadAt, pose_at: PoseAt, skin: U8, yaw_deg: float) -> NDArray[np.float64]:
    """How much the lower lip of a turned head changes, along it from one end to the other."""
    head = head_at(pose_at(yaw_deg, 0, 0, (0.0, 0.0, 300.0)), CAMERA)
    view = scene(skin, head)
    lipstick(finish="matte", coverage=1.0).draw(view)
    change = np.abs(view.bgr.astype(float) - skin).sum(axis=2)
    points = head.points_px[at.LIPS_OUTER, :2]
    left, right = (int(end) for end in (points[:, 0].min(), points[:, 0].max() + 1))
    top, low = (int(end) for end in (points[:, 1].mean(), points[:, 1].max() + 2))
    return np.asarray(change[top:low, left:right].max(axis=0), np.float64)


@pytest.mark.parametrize("side", [-1, 1])
def test_turning_lips_fade_from_their_far_end_and_are_gone_in_profile(
    head_at: HeadAt, pose_at: PoseAt, skin: U8, side: int
) -> None:
    ahead = painted(head_at, pose_at, skin, 0.0)
    seen = painted(head_at, pose_at, skin, 40.0 * side)
    # A positive turn brings the right end, on the picture's left, nearer.
    from_near = seen if side > 0 else seen[::-1]
    whole = np.median(ahead)
    assert from_near[5 : len(seen) // 2].min() > 0.8 * whole, "the near half is painted"
    assert from_near[-2:].max() < 0.5 * whole, "the far end is not"
    assert np.abs(np.diff(from_near[3:])).max() < 0.5 * whole, "and nothing is cut off"
    later = [np.median(painted(head_at, pose_at, skin, yaw * side)) for yaw in (42.0, 46.0, 51.0)]
    assert later[0] > later[1] > later[2] == 0


def test_lips_at_a_faces_outline_end_in_bows_and_no_line() -> None:
    """In half profile the far end was cut off upright."""
    bgr: U8 = np.full((60, 120, 3), (120, 140, 180), np.uint8)
    # Lips 12 pixels high each, that meet in a straight line, of a face whose outline crosses them 25 pixels beyond.
    heights = np.repeat(np.array([[-12.0], [0.0], [0.0], [12.0]], np.float32), 96, axis=1)
    place, mouth = (60.0, 30.0, 1.0, 0.0, -40.0, 80.0), (80.0, 0.0)
    outward, light, pose = (0.0, 0.0, -1.0), (0.0, -0.3, -0.95), (1.0, 0.0, 0.0)
    geometry = np.array([*place, *mouth, *outward, *light, *pose, -1e6, 25.0, 0.99, 0.99], np.float32)
    layers = lipstick(finish="matte", coverage=1.0)._layers
    white = np.ones(3, np.float32)
    tables = transfer.to_linear(), transfer.to_srgb()
    paint(bgr, 0, 0, 120, 60, layers, heights, geometry, 0.25, 0.4, white, 0.8, 0.5, 1.0, *tables)
    painted = np.abs(bgr.astype(int) - (120, 140, 180)).sum(axis=2) > 60
    ends = {row: int(np.flatnonzero(painted[30 + row]).max()) - 60 for row in (-11, -6, 0, 6, 11)}
    assert min(ends[-6], ends[6]) > 22
    assert max(ends[-11], ends[11]) < min(ends[-6], ends[6]) - 2
    assert ends[0] < min(ends[-6], ends[6])


def test_lips_behind_a_hand_are_not_painted_on_it(head: Head, skin: U8) -> None:
    view = scene(skin, head)
    share: U8 = np.full((240, 320), 255, np.uint8)
    points = head.points_px[at.LIPS_OUTER, :2]
    whole, beside = (
        Front(Rect(left, 0, 320, 240), share[:, left:]) for left in (0, int(points[:, 0].max()) - 3)
    )
    assert lipstick().draw(replace(view, front={head.track: whole})) is None
    assert lipstick().draw(replace(view, front={head.track: beside})) is not None


def test_lips_are_looked_at_while_only_another_part_of_the_face_is_covered(head: Head, skin: U8) -> None:
    mouth = mouth_of(head)
    assert mouth is not None
    dark: U8 = (skin // 2).astype(np.uint8)
    darker = []
    for place in (Rect(0, 0, 320, 10), Rect(0, 0, 320, 240)):
        watch, levels = LipWatch(), []
        front = {head.track: Front(place, np.full((place.height, place.width), 20, np.uint8))}
        for t_ms, bgr in ((33.0, skin), (66.0, dark)):
            lipstick().draw(replace(scene(bgr, head), front=front, lips={head.track: watch}, t_ms=t_ms))
            levels.append(watch.follow(bgr, mouth, 0.0, t_ms, covered=True)[1][0])
        darker.append(levels[1] < 0.9 * levels[0])
    assert darker == [True, False]


def test_two_mouths_are_both_painted(head_at: HeadAt, pose_at: PoseAt, skin: U8) -> None:
    two = [head_at(pose_at(at_mm=(x, 0.0, 420.0)), CAMERA) for x in (-90.0, 90.0)]
    view = scene(skin, *two)
    rect = lipstick().draw(view)
    assert rect is not None
    for one in two:
        assert (view.bgr != skin).any(axis=2)[lips_of(one)].any()


def test_mirrored_input_gives_mirrored_output(head: Head, skin: U8) -> None:
    mirrored_points = head.points_px[template().mirror].copy()
    mirrored_points[:, 0] = 320 - mirrored_points[:, 0]
    one, two = (
        scene(skin, head),
        scene(np.ascontiguousarray(skin[:, ::-1]), replace(head, points_px=mirrored_points)),
    )
    for view in (one, two):
        lipstick().draw(view)
    difference = np.abs(one.bgr.astype(int) - two.bgr[:, ::-1])
    assert difference.mean() < 0.05
    assert (difference > 12).any(axis=2).sum() < 10


@pytest.mark.parametrize("code", [0, 255])
def test_black_and_white_lips_give_colours_and_no_overflow(head: Head, code: int) -> None:
    flat: U8 = np.full((240, 320, 3), code, np.uint8)
    view = scene(flat, head)
    lipstick(finish="gloss").draw(view)
    blue, green, red = lip_colour(view.bgr, head)
    assert red >= green
    assert red >= blue
