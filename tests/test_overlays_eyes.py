"""Lenses, brows, eyeshadow, eyeliner and lashes on the portrait."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tryon.catalogue.makeup import RULES, Finish, MakeupType
from tryon.frame import U8
from tryon.geometry.steady import Head
from tryon.overlays import eyeliner, lashes
from tryon.overlays.application import Application, rgb8
from tryon.overlays.base import Scene
from tryon.overlays.eye_places import TEMPLATES
from tryon.overlays.eye_shape import (
    BROW_HIGH,
    BROW_LOW,
    INNER,
    LINE_HIGH,
    LINE_LOW,
    OUTER,
    STEPS,
    UPPER,
    eye_of,
)
from tryon.overlays.eyes import BROWS, LENSES, Eyes
from tryon.overlays.light import LightEstimate
from tryon.overlays.pigment import linear_bgr
from tryon.perception import landmarks as at
from tryon.render.draw import Rasteriser
from tryon.render.material import srgb_to_linear

Sitter = tuple[U8, Head, LightEstimate]
TONES = ("#a03040", "#603028", "#281418", "#f0d8c8")


def dress(sitter: Sitter, *worn: Application) -> tuple[U8, NDArray[np.bool_]]:
    bgr, head, light = sitter
    view = Scene(bgr.copy(), (head,), head.camera, light, Rasteriser())
    rect = Eyes(worn).draw(view)
    changed = (view.bgr != bgr).any(axis=2)
    if rect is not None:
        outside = changed.copy()
        outside[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
        assert not outside.any()
    return view.bgr, changed


def one(
    type_: MakeupType, template: str = "", finish: Finish = "matte", color: str = "#101010", **more: object
) -> Application:
    tones = tuple((rgb8(tone), finish) for tone in (TONES if type_ == "eyeshadow" else (color,)))
    return Application(type_, tones, 0.9, 1.0, template, **more)  # type: ignore[arg-type]


def filled(sitter: Sitter, indices: at.Indices, shrink: int = 3) -> NDArray[np.bool_]:
    area = np.zeros(sitter[0].shape[:2], np.uint8)
    cv2.fillPoly(area, [np.rint(sitter[1].points_px[indices, :2]).astype(np.int32)], (1.0,))
    return cv2.erode(area, np.ones((shrink, shrink), np.uint8)) > 0


def test_every_template_has_its_numbers() -> None:
    assert set(RULES["eyeshadow"].templates) == set(TEMPLATES)
    assert set(RULES["eyeliner"].templates) == set(eyeliner.STYLES)
    assert set(RULES["mascara"].templates) == set(lashes.STYLES)
    assert set(RULES["brows"].templates) == set(BROWS)
    assert set(RULES["contact_lenses"].templates) == set(LENSES)


@pytest.mark.parametrize("type_", ["eyeshadow", "eyeliner", "mascara", "brows", "contact_lenses"])
def test_each_template_draws_something_of_its_own(sitter: Sitter, type_: MakeupType) -> None:
    seen: list[U8] = []
    for template in RULES[type_].templates:
        made, changed = dress(sitter, one(type_, template, RULES[type_].finishes[-1], "#5070a0"))
        assert changed.sum() > 60, template
        assert all((made != other).any() for other in seen), template
        seen.append(made)


def test_eyes_stay_clean_under_shadow_and_brows(sitter: Sitter) -> None:
    made, _ = dress(sitter, one("eyeshadow", "smoky"), one("brows", "defined"))
    changed = np.abs(made.astype(int) - sitter[0]).max(axis=2) > 2
    for lids in (at.RIGHT_EYE, at.LEFT_EYE):
        assert changed[filled(sitter, lids)].mean() < 0.01


def test_a_brown_shadow_on_a_pale_lid_is_between_the_two_and_no_brick(sitter: Sitter) -> None:
    brown = Application("eyeshadow", ((rgb8("#8a4a4a"), "matte"),), 0.6, 1.0, "wash")
    made, changed = dress(sitter, brown)
    lid = changed & (np.abs(made.astype(int) - sitter[0]).max(axis=2) > 25)
    assert lid.sum() > 60

    def red(bgr: U8) -> float:
        linear = srgb_to_linear(np.median(bgr[lid], axis=0) / 255)
        return float(linear[2] / linear[1])

    powder = linear_bgr(rgb8("#8a4a4a"))
    assert red(sitter[0]) < red(made) < 0.8 * float(powder[2] / powder[1])


def test_a_liner_lies_on_the_lash_line(sitter: Sitter) -> None:
    bgr, head, _ = sitter
    made, _ = dress(sitter, one("eyeliner", "classic"))
    for point in (159, 160, 386, 387):
        x, y = head.points_px[point, :2]
        darkest = made[int(y) - 3 : int(y) + 2, int(x)].astype(int).sum(axis=1).min()
        assert darkest < 0.5 * bgr[int(y) - 6, int(x)].astype(int).sum()


def test_a_wing_goes_beyond_the_corner_and_ends_in_a_tip(sitter: Sitter) -> None:
    eye = eye_of(sitter[1], False)
    assert eye is not None
    eyeliner.lay_lines(eye, eyeliner.STYLES["cat_eye"])
    thick = eye.heights[LINE_HIGH] - eye.heights[LINE_LOW]
    assert (thick >= -1e-3).all()
    assert thick.max() < 0.3 * eye.width_px
    plain = eye_of(sitter[1], False)
    assert plain is not None
    eyeliner.lay_lines(plain, eyeliner.STYLES["classic"])
    assert (thick > 0.05).sum() > (plain.heights[LINE_HIGH] - plain.heights[LINE_LOW] > 0.05).sum() + 10


def test_lashes_grow_from_the_lid_and_turn_down_as_it_closes(sitter: Sitter) -> None:
    eye = eye_of(sitter[1], False)
    assert eye is not None
    style = lashes.STYLES["length"]
    lines = lashes.strokes(eye, style)[: style.count]
    rise = (lines[:, -1, :2] - lines[:, 0, :2]) @ eye.up
    assert (rise > 0).all()
    roots = (lines[:, 0, :2] - eye.origin) @ eye.up
    assert roots.max() <= eye.heights[UPPER].max() + 0.5
    shut = lashes.strokes(replace(eye, opened=0.03), style)[: style.count]
    assert (((shut[:, -1, :2] - shut[:, 0, :2]) @ eye.up) < 0).all()
    assert np.array_equal(lines, lashes.strokes(eye, style)[: style.count]), "the same in each frame"


def test_a_thin_stroke_covers_its_share_of_a_pixel() -> None:
    line = np.array([[[5.0, 10.5, 0.2], [35.0, 10.5, 0.2]]], np.float32)
    cover = np.zeros((20, 40), np.float32)
    lashes.draw_strokes(line, 0, 0, cover, 0.5)
    assert cover[:, 20].sum() == pytest.approx(0.4, abs=0.12)
    assert cover[:5].max() == 0.0


def test_a_lens_keeps_pupil_and_white_and_ends_at_the_lids(sitter: Sitter) -> None:
    bgr, head, _ = sitter
    made, changed = dress(sitter, one("contact_lenses", "vivid", color="#4080c0"))
    for centre, ring, lids in (
        (at.RIGHT_IRIS_CENTRE, at.RIGHT_IRIS, at.RIGHT_EYE),
        (at.LEFT_IRIS_CENTRE, at.LEFT_IRIS, at.LEFT_EYE),
    ):
        x, y = head.points_px[centre, :2]
        radius = float(np.hypot(*(head.points_px[ring, :2] - (x, y)).T).mean())
        yy, xx = np.mgrid[0 : bgr.shape[0], 0 : bgr.shape[1]] + 0.5
        away = np.hypot(xx - x, yy - y) / radius
        assert np.abs(made[away < 0.2].astype(int) - bgr[away < 0.2]).max() < 12
        iris = (away > 0.6) & (away < 0.85) & filled(sitter, lids)
        assert made[iris][:, 0].mean() > made[iris][:, 2].mean() + 8, "blue where it was brown"
        assert not changed[(away > 1.15) & (away < 2.5)].any()


def test_an_iris_of_two_pixels_shows_no_lens(sitter: Sitter) -> None:
    bgr, head, light = sitter
    small: U8 = np.asarray(cv2.resize(bgr, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA), np.uint8)
    far = replace(head, points_px=np.ascontiguousarray(head.points_px * np.float32(0.3)))
    eye = eye_of(far, False)
    assert eye is not None
    assert 1.5 < eye.iris[2] < 2.6
    _, changed = dress((small, far, light), one("contact_lenses", "vivid", color="#4080c0"))
    assert not changed.any()


def test_shut_lids_show_no_lens_between_their_lashes(sitter: Sitter) -> None:
    """A lens's dots lay among the lashes, where the picture parts them a little and landmarks do not."""
    bgr, head, light = sitter
    points, drawn = head.points_px.copy(), bgr.copy()
    for contour in (at.RIGHT_EYE, at.LEFT_EYE):
        outline = points[contour, :2]
        low, high = outline.min(axis=0).astype(int) - 2, outline.max(axis=0).astype(int) + 3
        drawn[low[1] : high[1], low[0] : high[0]] = bgr[high[1] + 6, (low[0] + high[0]) // 2]
        middle = int(outline[:, 1].mean())
        points[contour, 1] = middle + 0.05 * (outline[:, 1] - middle)
        drawn[middle : middle + 4, low[0] : high[0] : 3] = (20, 20, 25)  # lashes
    shut = replace(head, points_px=points)
    eye = eye_of(shut, False)
    assert eye is not None
    assert eye.opened < 0.05
    _, changed = dress((drawn, shut, light), one("contact_lenses", "vivid", color="#20c060"))
    assert not changed.any()


def test_a_wing_leaves_the_lid_before_the_corner_and_never_dips(sitter: Sitter) -> None:
    eye = eye_of(sitter[1], False)
    assert eye is not None
    eyeliner.lay_lines(eye, eyeliner.STYLES["winged"])
    places = np.linspace(INNER, OUTER, STEPS)
    high = eye.heights[LINE_HIGH][(places > 0.45) & (places < 0.75)]
    assert (np.diff(high) > -0.004 * eye.width_px).all()


@pytest.mark.parametrize("left", [False, True])
def test_a_brow_is_of_hairs_and_no_stripe_of_skin_cuts_it(sitter: Sitter, left: bool) -> None:
    bgr, head, _ = sitter
    made, _ = dress(sitter, one("brows", "natural"))
    eye = eye_of(head, left)
    assert eye is not None
    places = np.linspace(0.0, 0.45, 40)
    k = np.rint((places - INNER) / (OUTER - INNER) * (STEPS - 1)).astype(int)
    low, high = eye.heights[BROW_LOW, k], eye.heights[BROW_HIGH, k]
    shown = []
    for part in (0.10, 0.25, 0.40):
        at_px = (
            eye.origin
            + places[:, None] * eye.width_px * eye.out
            + (low + part * (high - low))[:, None] * eye.up
        )
        x, y = at_px.astype(int).T
        shown.append(1 - made[y, x].astype(float).sum(axis=1) / bgr[y, x].astype(float).sum(axis=1))
    darker = np.max(shown, axis=0)
    assert darker.min() > 0.83 * np.median(darker)
    # And it is no flat bar: its tips differ.
    assert np.std(np.diff(shown[-1])) > 0.01


@pytest.mark.parametrize("left", [False, True])
def test_no_brow_is_drawn_on_a_fringe(sitter: Sitter, left: bool) -> None:
    """Dark hair that hangs over the outer half of a brow stays as it is; the inner half is made up."""
    bgr, head, light = sitter
    eye = eye_of(head, left)
    assert eye is not None
    fringe = bgr.copy()
    x0, y0 = eye.origin + 0.30 * eye.width_px * eye.out
    far = np.arange(bgr.shape[1]) > x0 if eye.out[0] > 0 else np.arange(bgr.shape[1]) < x0
    fringe[: int(y0), far] = np.minimum(fringe[: int(y0), far], (18, 22, 26))
    hairs, _ = dress((fringe, head, light), one("brows", "natural", color="#6a4a38"))
    plain, _ = dress(sitter, one("brows", "natural", color="#6a4a38"))

    def drawn(made: U8, bare: U8, where: NDArray[np.bool_]) -> int:
        moved = np.abs(made.astype(int) - bare).max(axis=2) > 6
        return int(moved[:, where].sum())

    out = 1 if eye.out[0] > 0 else -1
    own = out * (np.arange(bgr.shape[1]) - eye.origin[0]) > -0.7 * eye.width_px
    outer = far & (out * (np.arange(bgr.shape[1]) - x0) > 0.1 * eye.width_px)
    inner = own & ~far & (out * (np.arange(bgr.shape[1]) - x0) < -0.1 * eye.width_px)
    other = eye_of(head, not left)
    assert other is not None
    inner &= out * (np.arange(bgr.shape[1]) - 0.5 * (eye.origin[0] + other.origin[0])) > 0
    assert drawn(plain, bgr, outer) > 40
    assert drawn(hairs, fringe, outer) < 0.1 * drawn(plain, bgr, outer)
    assert drawn(hairs, fringe, inner) > 0.8 * drawn(plain, bgr, inner)


def test_one_side_leaves_the_other(sitter: Sitter) -> None:
    _, changed = dress(sitter, one("eyeshadow", side="left"), one("eyeliner", "winged", side="left"))
    middle = int(sitter[1].points_px[168, 0])
    assert changed[:, middle:].sum() > 300
    assert not changed[:, :middle].any()


def test_nothing_worn_nothing_drawn(sitter: Sitter) -> None:
    bare = replace(one("eyeliner"), strength=0.0)
    assert not dress(sitter, bare)[1].any()
    far = (sitter[0], replace(sitter[1], points_px=sitter[1].points_px * np.float32(0.1)), sitter[2])
    assert not dress(far, one("eyeliner"))[1].any()


def test_shadow_on_a_shut_lid_is_round(sitter: Sitter) -> None:
    """It rises less high towards the corners than in the middle, and its pale corner stays a dab."""
    bgr, head, light = sitter
    points = head.points_px.copy()
    upper, lower = [173, 157, 158, 159, 160, 161, 246], [155, 154, 153, 145, 144, 163, 7]
    points[upper] = points[lower] - np.array((0, 0.5, 0), np.float32)
    shut = (bgr, replace(head, points_px=points), light)
    tones = tuple((rgb8(color), "matte") for color in ("#a03040", "#a03040", "#a03040"))
    made, _ = dress(shut, Application("eyeshadow", tones, 1.0, side="right"))  # type: ignore[arg-type]
    eye = eye_of(shut[1], False)
    assert eye is not None
    # How much redder, by the place along the eye, above the lashes.
    redder = (made.astype(float) - bgr) @ (-0.5, -0.5, 1.0)
    rise = []
    for x in (-0.36, 0.05):
        up = np.arange(0.0, 0.7, 0.02) * eye.width_px
        k = np.interp(x, np.linspace(INNER, OUTER, STEPS), np.arange(STEPS))
        base = eye.origin + x * eye.width_px * eye.out + eye.heights[UPPER][int(k)] * eye.up
        places = np.floor(base + up[:, None] * eye.up).astype(int)
        seen = redder[places[:, 1], places[:, 0]]
        rise.append(float(np.sum(seen)))
    assert 0 < rise[0] < 0.6 * rise[1]
    dab = tuple((rgb8(color), "matte") for color in ("#a03040", "#a03040", "#a03040", "#f8f0e8"))
    pale, _ = dress(shut, Application("eyeshadow", dab, 1.0, side="right"))  # type: ignore[arg-type]
    base = eye.origin - 0.5 * eye.width_px * eye.out
    yy, xx = np.mgrid[0 : bgr.shape[0], 0 : bgr.shape[1]] + 0.5
    away = np.hypot(xx - base[0], yy - base[1]) / eye.width_px
    below_brow = (xx - base[0]) * eye.up[0] + (yy - base[1]) * eye.up[1] < 0.35 * eye.width_px
    differs = np.abs(pale.astype(int) - made).max(axis=2) > 8
    inner = (xx - base[0]) * eye.out[0] + (yy - base[1]) * eye.out[1] < 0.3 * eye.width_px
    assert differs[away < 0.1].any()
    assert not differs[(away > 0.3) & below_brow & inner & (away < 1.0)].any()
