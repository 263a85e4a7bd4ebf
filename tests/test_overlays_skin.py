"""Foundation, concealer, contour, blush, highlighter and face paint on the portrait."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tryon.bench.makeup_colours import relit
from tryon.catalogue.makeup import RULES, Finish, MakeupType
from tryon.catalogue.paint_textures import textures
from tryon.errors import BadAsset
from tryon.frame import U8
from tryon.geometry.steady import Head
from tryon.overlays.application import Application, rgb8
from tryon.overlays.base import Scene
from tryon.overlays.light import LightEstimate, LightMeter
from tryon.overlays.skin import Skin, own_colour
from tryon.perception import landmarks as at
from tryon.render import transfer
from tryon.render.colour import de00, hex_from_lab, lab_from_codes, lab_from_hex
from tryon.render.draw import Rasteriser
from tryon.replay.tone import TONES, toned

Sitter = tuple[U8, Head, LightEstimate]


def dress(sitter: Sitter, *worn: Application) -> tuple[U8, NDArray[np.bool_]]:
    """The picture made up, and what of it changed."""
    bgr, head, light = sitter
    view = Scene(bgr.copy(), (head,), head.camera, light, Rasteriser())
    rect = Skin(worn).draw(view)
    changed = (view.bgr != bgr).any(axis=2)
    if rect is None:
        assert not changed.any()
    else:
        outside = changed.copy()
        outside[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
        assert not outside.any()
    return view.bgr, changed


def one(
    type_: MakeupType,
    color: str,
    coverage: float,
    finish: Finish = "matte",
    template: str = "",
    side: str | None = None,
) -> Application:
    return Application(type_, ((rgb8(color), finish),), coverage, 1.0, template, side)


def filled(sitter: Sitter, indices: at.Indices) -> NDArray[np.bool_]:
    bgr, head, _ = sitter
    area = np.zeros(bgr.shape[:2], np.uint8)
    cv2.fillPoly(area, [np.rint(head.points_px[indices, :2]).astype(np.int32)], (1.0,))
    return area > 0


def cheek(sitter: Sitter) -> tuple[slice, slice]:
    x, y = sitter[1].points_px[50, :2].astype(int).tolist()
    return np.s_[y - 8 : y + 9, x - 8 : x + 9]


def toned_sitter(sitter: Sitter, tone: str) -> Sitter:
    bgr, head, _ = sitter
    skin = toned(bgr, head.points_px.astype(np.float64), tone)
    return skin, head, LightMeter().read(skin, head, 0.0)


@pytest.mark.parametrize("tone", ["light", "tan", "dark"])
def test_a_foundation_of_full_cover_measures_as_its_shade_on_every_skin(sitter: Sitter, tone: str) -> None:
    own = toned_sitter(sitter, tone)
    shade = hex_from_lab(np.add(TONES[tone], (2.0, 1.0, 2.0)))
    made, _ = dress(own, one("foundation", shade, 1.0))
    middle = lab_from_codes(np.median(made[cheek(own)].reshape(-1, 3), axis=0).astype(np.uint8))
    # The cheek is not lit as the face is on the whole: its lightness may differ.
    off = lab_from_hex(shade) - middle
    assert np.hypot(off[1], off[2]) < 3.0
    assert float(de00(middle, lab_from_hex(shade))) < 5.0


@pytest.mark.parametrize(("tone", "shade"), [("light", "#d2a584"), ("dark", "#6f4a38")])
def test_fine_detail_survives_a_foundation(sitter: Sitter, tone: str, shade: str) -> None:
    own = toned_sitter(sitter, tone)
    bgr, _, _ = own
    made, _ = dress(own, one("foundation", shade, 0.5))

    def detail(picture: U8) -> NDArray[np.float64]:
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float64)
        return np.asarray((grey - cv2.GaussianBlur(grey, (0, 0), 3.0))[cheek(sitter)].ravel(), np.float64)

    assert np.corrcoef(detail(bgr), detail(made))[0, 1] > 0.9


def test_eyes_lips_teeth_and_what_is_around_the_face_stay(sitter: Sitter) -> None:
    _, changed = dress(
        sitter,
        one("foundation", "#b07a58", 1.0),
        one("blush", "#c03050", 0.6),
        one("highlighter", "#ffeecc", 0.6, "shimmer"),
    )
    assert changed[filled(sitter, at.FACE_OVAL)].mean() > 0.5
    for clean in (at.RIGHT_EYE, at.LEFT_EYE, at.LIPS_INNER):
        inner = cv2.erode(filled(sitter, clean).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        assert changed[inner].mean() < 0.01
    beyond = cv2.dilate(filled(sitter, at.FACE_OVAL).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert not changed[beyond].any()


def test_in_blue_light_skin_is_no_grey_and_foundation_has_no_holes(sitter: Sitter) -> None:
    bgr, head, _ = sitter
    blue = relit(bgr, (0.30, 0.40, 0.58))
    light = LightMeter().read(blue, head, 0.0)
    _, changed = dress((blue, head, light), one("foundation", "#7a4a30", 0.9))
    for shaded in (230, 450, 205, 425):
        x, y = head.points_px[shaded, :2].astype(int).tolist()
        assert changed[y - 4 : y + 5, x - 4 : x + 5].mean() > 0.98
    # No pale skin in a dim picture: what is lighter than the sitter is so by as much as in white light.
    pale = one("foundation", "#e3c7b3", 0.55)
    lifted = [
        transfer.to_linear()[dress((picture, head, lit), pale)[0][cheek(sitter)]].mean()
        / transfer.to_linear()[picture[cheek(sitter)]].mean()
        for picture, lit in ((blue, light), (bgr, sitter[2]))
    ]
    assert lifted[0] < 1.25 * lifted[1]


def test_what_is_blown_out_stays_white_under_a_foundation_and_ends_without_an_edge(sitter: Sitter) -> None:
    bgr, head, light = sitter
    x, y = head.points_px[50, :2].astype(int).tolist()
    lit = bgr.astype(np.float32)
    yy, xx = np.mgrid[0 : bgr.shape[0], 0 : bgr.shape[1]]
    lit += 260 * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (2 * 12.0**2))[..., None]
    blown = np.asarray(lit.clip(0, 255), np.uint8)
    made, _ = dress((blown, head, light), one("foundation", "#7a4a30", 0.9))
    assert made[y - 2 : y + 3, x - 2 : x + 3].min() > 245
    around = np.s_[y - 30 : y + 31, x - 30 : x + 31]
    steps = [
        np.abs(np.diff(cv2.GaussianBlur(picture, (0, 0), 1.0)[around].astype(float), axis=1)).max()
        for picture in (blown, made)
    ]
    assert steps[1] < 2.2 * steps[0]


def test_another_lamps_colour_on_the_nose_is_no_hole(sitter: Sitter) -> None:
    """Blue light from one side made grey of a nose, and a foundation had a hole there."""
    bgr, head, light = sitter
    x, y = head.points_px[4, :2].astype(int).tolist()
    blue = bgr.copy()
    blue[y - 8 : y + 9, x - 8 : x + 9] = (150, 110, 105)
    _, changed = dress((blue, head, light), one("foundation", "#7a4a30", 0.9))
    assert changed[y - 4 : y + 5, x - 4 : x + 5].mean() > 0.98


def test_folds_and_shadows_beside_the_nose_are_no_holes(sitter: Sitter) -> None:
    bgr, head, light = sitter
    folded = bgr.copy()
    for fold in (206, 426):
        x, y = head.points_px[fold, :2].astype(int).tolist()
        part = np.s_[y - 3 : y + 4, x - 2 : x + 3]
        # A third of the light: dark, and as red as skin is.
        folded[part] = (bgr[part] * np.array((0.52, 0.55, 0.6))).astype(np.uint8)
    made, changed = dress((folded, head, light), one("foundation", "#7a4a30", 1.0))
    for fold in (206, 426):
        x, y = head.points_px[fold, :2].astype(int).tolist()
        assert changed[y - 2 : y + 3, x - 1 : x + 2].mean() > 0.9
        # Still darker than the cheek beside it.
        assert made[y, x].astype(int).sum() < made[cheek(sitter)].reshape(-1, 3).mean(axis=0).sum()


def test_hair_over_the_forehead_is_left_alone(sitter: Sitter) -> None:
    bgr, head, light = sitter
    fringe = bgr.copy()
    x, y = head.points_px[9, :2].astype(int).tolist()
    band = np.s_[y - 22 : y - 12, x - 40 : x + 40]
    fringe[band] = (22, 26, 34)
    _, changed = dress((fringe, head, light), one("foundation", "#b07a58", 0.9))
    assert changed[band].mean() < 0.02
    assert changed[y - 6 : y + 6, x - 5 : x + 5].mean() > 0.9


@pytest.mark.parametrize(
    ("type_", "place", "elsewhere"), [("blush", 50, 9), ("contour", 147, 9), ("concealer", 230, 9)]
)
def test_products_change_their_place_and_no_other(
    sitter: Sitter, type_: MakeupType, place: int, elsewhere: int
) -> None:
    bgr, head, _ = sitter
    made, _ = dress(sitter, one(type_, "#904040", 0.5))

    def moved(point: int) -> float:
        x, y = head.points_px[point, :2].astype(int).tolist()
        part = np.s_[y - 3 : y + 4, x - 3 : x + 4]
        return float(np.abs(made[part].astype(float) - bgr[part]).mean())

    assert moved(place) > 4
    assert moved(elsewhere) < 1


def test_a_pearl_shines_more_than_a_powder(sitter: Sitter) -> None:
    matte, pearl = (
        dress(sitter, one("highlighter", "#e8c8a8", 0.3, finish, "full_glow"))[0].astype(float)
        for finish in ("satin", "metallic")
    )
    assert (pearl - matte).max() > 6
    assert (pearl - matte).mean() > 0


@pytest.mark.parametrize("tone", ["very_light", "tan", "dark"])
def test_a_highlighter_is_light_and_no_stain(sitter: Sitter, tone: str) -> None:
    """Gold on the cheekbones: it brightens them, and the skin keeps its hue."""
    own = toned_sitter(sitter, tone)
    made, changed = dress(own, one("highlighter", "#d6a868", 0.26, "shimmer"))
    away = lab_from_codes(made[changed]).mean(axis=0) - lab_from_codes(own[0][changed]).mean(axis=0)
    assert away[0] > 1.0
    assert np.hypot(*away[1:]) < 1.3 * away[0]


def test_one_side_leaves_the_other(sitter: Sitter) -> None:
    bgr, head, _ = sitter
    _, changed = dress(sitter, one("foundation", "#b07a58", 0.9, side="left"))
    middle = float(head.points_px[4, 0])
    columns = np.arange(bgr.shape[1])
    # The wearer's left is on the right of the picture.
    assert changed[:, columns > middle + 12].sum() > 5000
    assert changed[:, columns < middle - 12].sum() < 50


def test_no_strength_and_small_or_turned_faces_are_left_alone(sitter: Sitter) -> None:
    bgr, head, light = sitter
    for own in (
        (sitter, one("blush", "#c03050", 0.0)),
        (
            (bgr, replace(head, points_px=head.points_px * np.float32(0.05)), light),
            one("blush", "#c03050", 1.0),
        ),
    ):
        assert not dress(*own)[1].any()


def test_a_still_face_with_noise_flickers_no_more_made_up_than_bare(sitter: Sitter) -> None:
    bgr, head, light = sitter
    random = np.random.default_rng(3)
    bare, made = [], []
    for _ in range(8):
        noisy = np.clip(bgr + random.normal(0, 4, bgr.shape), 0, 255).astype(np.uint8)
        own = (noisy, head, light)
        bare.append(noisy[cheek(sitter)].reshape(-1, 3).mean(axis=0))
        made.append(
            dress(own, one("foundation", "#d2a584", 0.6), one("blush", "#c03050", 0.3))[0][cheek(sitter)]
            .reshape(-1, 3)
            .mean(axis=0)
        )
    assert np.std(made, axis=0).mean() <= 1.1 * np.std(bare, axis=0).mean() + 0.02


def test_glitter_lies_in_the_skin(sitter: Sitter) -> None:
    bgr, head, light = sitter
    worn = one("highlighter", "#f0d8c0", 0.4, "glitter", "full_glow")
    first, _ = dress(sitter, worn)
    shifted = np.roll(bgr, 7, axis=1)
    moved = head.points_px.copy()
    moved[:, 0] += 7
    second, _ = dress((shifted, replace(head, points_px=moved), light), worn)
    assert np.abs(np.roll(second, -7, axis=1).astype(int) - first)[:, 10:-10].max() <= 12


def test_a_face_paint_is_its_texture(sitter: Sitter, tmp_path: Path) -> None:
    path = tmp_path / "butterfly.png"
    path.write_bytes(textures()["butterfly.png"])
    paint = Application("face_paint", (((60, 110, 210), "matte"),), 0.9, texture=path)
    made, changed = dress(sitter, paint)
    x, y = sitter[1].points_px[117, :2].astype(int).tolist()
    wing = made[y - 6 : y + 7, x - 6 : x + 7].reshape(-1, 3).astype(float).mean(axis=0)
    assert wing[0] > wing[2] + 40, "blue wings beneath the eyes"
    assert changed.sum() > 3000
    inner = cv2.erode(filled(sitter, at.RIGHT_EYE).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert not changed[inner].any()
    path.write_bytes(b"no picture")
    with pytest.raises(BadAsset, match=r"butterfly\.png cannot be read"):
        Skin((paint,))


def test_the_faces_own_colour(sitter: Sitter) -> None:
    blue, green, red = own_colour(sitter[0], sitter[1]).tolist()
    assert red > green > blue > 0.05


def test_every_skin_type_can_be_worn_in_every_template(sitter: Sitter) -> None:
    kinds = [
        (name, placed)
        for name, rule in RULES.items()
        if rule.region == "skin" and not rule.textured
        for placed in rule.templates
    ]
    for name, placed in kinds:
        assert dress(sitter, one(name, "#703030", 0.6, RULES[name].finishes[-1], placed))[1].sum() > 100, (
            name,
            placed,
        )


def test_no_blocks_show_where_a_foundation_ends(sitter: Sitter) -> None:
    """On a large face, whose blocks are many pixels wide, about the lips."""
    bgr, head, light = sitter
    large: U8 = np.asarray(cv2.resize(bgr, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)
    near = replace(head, points_px=head.points_px * np.float32(2))
    made, _ = dress((large, near, light), one("foundation", "#3a2418", 1.0))
    gain = made.astype(np.float64).sum(axis=2) / np.maximum(large.astype(np.float64).sum(axis=2), 1.0)
    x, y = near.points_px[at.LIPS_OUTER, :2].T
    about = np.s_[int(y.min()) - 30 : int(y.max()) + 30, int(x.min()) : int(x.max())]
    steps = np.abs(np.diff(cv2.medianBlur(gain.astype(np.float32), 3)[about], axis=1))
    assert gain[about].min() < 0.5
    assert gain[about].max() > 0.99
    assert float(np.quantile(steps, 0.995)) < 0.12


@pytest.mark.parametrize(("tone", "shade"), [("dark", "#e3c7b3"), ("very_light", "#755342")])
def test_a_foundation_far_from_the_skins_own_is_neither_ashen_nor_brick(
    sitter: Sitter, tone: str, shade: str
) -> None:
    bare = toned_sitter(sitter, tone)
    made, _ = dress(bare, one("foundation", shade, 0.55, "satin"))
    before, after = (
        lab_from_codes(np.median(picture[cheek(sitter)].reshape(-1, 3), axis=0).astype(np.uint8))
        for picture in (bare[0], made)
    )
    there = lab_from_hex(shade)
    assert min(before[0], there[0]) + 4 < after[0] < max(before[0], there[0]) - 4
    low, high = sorted(float(np.hypot(*lab[1:])) for lab in (before, there))
    assert low - 1.5 < float(np.hypot(*after[1:])) < high + 3.5
    hues = [float(np.degrees(np.arctan2(lab[2], lab[1]))) for lab in (before, there, after)]
    assert min(hues[:2]) - 4 < hues[2] < max(hues[:2]) + 4
