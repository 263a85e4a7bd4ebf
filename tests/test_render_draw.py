"""Drawing products into pictures: what is seen, and what is left alone to the bit."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.catalogue.house_range import frames
from tryon.catalogue.parametric import build_frame
from tryon.frame import F32, F64, U8, Rect
from tryon.geometry.pose import FLIP
from tryon.render.draw import Light, Occluder, Rasteriser, View
from tryon.render.levels import levels
from tryon.render.material import Material, Texture, linear_to_srgb, srgb_to_linear
from tryon.render.mesh import Mesh, Part
from tryon.render.model import Model, prepare
from tryon.render.veil import Veil

# From 500 mm with this focal length a millimetre is a pixel, and the axis meets the middle of a 320×240 picture.
VIEW = View(500.0, 160.0, 120.0)
UNSHADED = Light((1.0, 1.0, 1.0), shadow=0.0)
PAINT = Material("paint", base_color=(0.2, 0.2, 0.2, 1.0), unlit=True)
OTHER = Material("other", base_color=(0.8, 0.1, 0.1, 1.0), unlit=True)
CLEAR = Material("clear", roughness=0.0, transmission=1.0)


def card(
    material: Material = PAINT, width_mm: float = 60.0, height_mm: float = 40.0, z_mm: float = 0.0
) -> Mesh:
    """A rectangle around the origin that faces +z, with the whole of a texture on it."""
    x, y = width_mm / 2, height_mm / 2
    return Mesh(
        positions_mm=np.array([(-x, y, z_mm), (-x, -y, z_mm), (x, -y, z_mm), (x, y, z_mm)], np.float32),
        normals=np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
        uvs=np.array([(0, 0), (0, 1), (1, 1), (1, 0)], np.float32),
        triangles=np.array([(0, 1, 2), (0, 2, 3)], np.int32),
        triangle_material=np.zeros(2, np.int16),
        materials=(material,),
        parts=(Part("card", 0, 2),),
    )


def placed(x: float = 0.0, y: float = 0.0, z: float = 500.0) -> F64:
    """camera_from_product: upright before the camera, its middle at this place of camera space."""
    matrix = np.eye(4)
    matrix[:3, :3] = FLIP
    matrix[:3, 3] = x, y, z
    return matrix


def noise(width: int = 320, height: int = 240) -> U8:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def grey(code: int, width: int = 320, height: int = 240) -> U8:
    return np.full((height, width, 3), code, np.uint8)


def coded(linear: float) -> float:
    return float(linear_to_srgb(np.array([linear], np.float32))[0]) * 255


def linear_of(bgr: U8) -> F32:
    return srgb_to_linear(bgr.astype(np.float32) / np.float32(255))


def occluder(z_mm: float, half_mm: float = 400.0) -> Occluder:
    """A wall at this distance that faces the camera."""
    points = np.array(
        [
            (-half_mm, -half_mm, z_mm),
            (-half_mm, half_mm, z_mm),
            (half_mm, half_mm, z_mm),
            (half_mm, -half_mm, z_mm),
        ],
        np.float32,
    )
    return Occluder(points, np.array([(0, 1, 2, 0), (0, 2, 3, 0)], np.int32))


@pytest.fixture(scope="module")
def rasteriser() -> Rasteriser:
    return Rasteriser()


def drawn(
    rasteriser: Rasteriser,
    bgr: U8,
    model: Model,
    place: F64 | None = None,
    light: Light = UNSHADED,
    occluders: tuple[Occluder, ...] = (),
    opacity: float = 1.0,
) -> tuple[U8, Rect | None]:
    out = bgr.copy()
    rect = rasteriser.draw(out, model, placed() if place is None else place, VIEW, light, occluders, opacity)
    return out, rect


def untouched_outside(before: U8, after: U8, rect: Rect | None) -> bool:
    changed = (before != after).any(axis=2)
    if rect is not None:
        changed[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
    return not changed.any()


def test_a_card_is_drawn_where_it_is_and_in_its_colour(rasteriser: Rasteriser) -> None:
    before = noise()
    after, rect = drawn(rasteriser, before, prepare(card()))
    assert rect is not None
    assert untouched_outside(before, after, rect)
    inner = after[102:138, 132:188]
    assert np.abs(inner - coded(0.2)).max() <= 1
    # Room for the shadow below, which may fall elsewhere on another day.
    assert (rect.x0, rect.y0, rect.x1, rect.y1) == pytest.approx((130, 100, 190, 143), abs=4)


def test_half_a_pixel_is_half_covered_in_linear_light(rasteriser: Rasteriser) -> None:
    after, _ = drawn(rasteriser, grey(255), prepare(card(width_mm=61.0)))
    share = (linear_of(after)[120, :, 1] - 0.2) / 0.8
    # 61 mm from 129.5 to 190.5, in all; sensors blur the edge, and light is kept.
    assert 320 - float(share.sum()) == pytest.approx(61.0, abs=0.35)


@pytest.mark.parametrize(
    "place", [placed(), placed(-150), placed(140, 100), placed(-165, -125), placed(z=120.0), placed(z=2500.0)]
)
@pytest.mark.parametrize(
    "light",
    [
        UNSHADED,
        Light((0.9, 0.8, 0.7)),
        Light((0.9, 0.8, 0.7), direction=(0.8, -0.8), blur_px=2.0),
        Light((0.9, 0.8, 0.7), shadow=0.0, direction=(-0.8, 0.8), blur_px=1.2),
    ],
)
def test_outside_the_rectangle_nothing_is_touched(rasteriser: Rasteriser, place: F64, light: Light) -> None:
    before = noise()
    after, rect = drawn(rasteriser, before, prepare(card()), place, light, (occluder(2510.0, 3000.0),))
    assert rect is not None
    assert rect == rect.clip(320, 240)
    assert not rect.empty
    assert (before != after).any()
    assert untouched_outside(before, after, rect)


@pytest.mark.parametrize(
    "place",
    [
        placed(400),
        placed(-400),
        placed(0, 300),
        placed(0, -300),
        placed(z=-500.0),
        placed(z=0.0),
        placed(z=19.0),
    ],
)
def test_what_is_out_of_view_is_none_and_changes_nothing(rasteriser: Rasteriser, place: F64) -> None:
    before = noise()
    after, rect = drawn(rasteriser, before, prepare(card()), place)
    assert rect is None
    assert np.array_equal(before, after)


def test_a_product_larger_than_the_frame_fills_it(rasteriser: Rasteriser) -> None:
    after, rect = drawn(rasteriser, noise(), prepare(card(width_mm=4000, height_mm=4000)))
    assert rect == Rect(0, 0, 320, 240)
    assert np.abs(after - coded(0.2)).max() <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (7, 240), (320, 1)])
def test_frames_of_any_size(rasteriser: Rasteriser, size: tuple[int, int]) -> None:
    bgr = grey(50, *size)
    big = prepare(card(width_mm=4000, height_mm=4000))
    after, rect = drawn(rasteriser, bgr, big)
    assert rect == Rect(0, 0, *size)
    assert np.abs(after - coded(0.2)).max() <= 1


def test_the_same_drawing_gives_the_same_bytes_whatever_was_drawn_before() -> None:
    model = prepare(card(replace(CLEAR, tint=(0.3, 0.5, 0.7))))
    used = Rasteriser()
    first, _ = drawn(used, noise(), model)
    drawn(used, noise(), prepare(card(width_mm=900)), placed(z=60.0), occluders=(occluder(55.0),))
    again, _ = drawn(used, noise(), model)
    fresh, _ = drawn(Rasteriser(), noise(), model)
    assert np.array_equal(first, again)
    assert np.array_equal(first, fresh)


@pytest.mark.parametrize("material", [PAINT, CLEAR, Material("matt")])
def test_no_opacity_leaves_every_bit(rasteriser: Rasteriser, material: Material) -> None:
    before = noise()
    light = Light((1.0, 1.0, 1.0))
    after, _ = drawn(
        rasteriser, before, prepare(card(material)), None, light, (occluder(520.0),), opacity=0.0
    )
    assert np.array_equal(before, after)


@pytest.mark.parametrize("mode", ["MASK", "BLEND"])
def test_a_surface_with_no_alpha_leaves_every_bit(rasteriser: Rasteriser, mode: str) -> None:
    nothing = Material("nothing", base_color=(0.0, 0.0, 0.0, 0.0), alpha_mode=mode)  # type: ignore[arg-type]
    before = noise()
    after, _ = drawn(rasteriser, before, prepare(card(nothing)))
    assert np.array_equal(before, after)


@pytest.mark.parametrize("opacity", [0.25, 0.5, 0.75])
def test_opacity_mixes_in_linear_light(rasteriser: Rasteriser, opacity: float) -> None:
    after, _ = drawn(rasteriser, grey(255), prepare(card()), opacity=opacity)
    assert linear_of(after)[120, 160, 1] == pytest.approx(1 - 0.8 * opacity, abs=0.01)


def test_blending_shows_what_is_behind(rasteriser: Rasteriser) -> None:
    film = Material("film", base_color=(0.2, 0.2, 0.2, 0.5), alpha_mode="BLEND", unlit=True)
    after, _ = drawn(rasteriser, grey(255), prepare(card(film)))
    assert linear_of(after)[120, 160, 1] == pytest.approx(0.6, abs=0.01)


def joined(one: Mesh, two: Mesh) -> Model:
    from tryon.render.mesh import concatenate

    return prepare(concatenate([one, two]))


@pytest.mark.parametrize(("near", "far"), [(PAINT, OTHER), (OTHER, PAINT)])
def test_the_nearer_surface_hides_the_farther(rasteriser: Rasteriser, near: Material, far: Material) -> None:
    model = joined(card(far, z_mm=-10.0), card(near, 30, 20, z_mm=10.0))
    after, _ = drawn(rasteriser, grey(0), model)
    assert after[120, 160, 2] == pytest.approx(coded(near.base_color[0]), abs=1)
    assert after[105, 135, 2] == pytest.approx(coded(far.base_color[0]), abs=1)


def test_its_back_is_seen_only_if_it_has_two_sides(rasteriser: Rasteriser) -> None:
    behind = placed()
    behind[:3, :3] = np.eye(3)  # +z away from the camera
    for material, seen in ((PAINT, False), (replace(PAINT, double_sided=True), True)):
        after, _ = drawn(rasteriser, grey(255), prepare(card(material)), behind)
        assert (after[120, 160] != 255).all() == seen


def rasteriser_draws(
    rasteriser: Rasteriser, veils: tuple[Veil, ...], occluders: tuple[Occluder, ...], light: Light
) -> U8:
    bgr = grey(255)
    rasteriser.draw(bgr, prepare(card()), placed(), VIEW, light, occluders, 1.0, veils)
    return bgr


@pytest.mark.parametrize(("z_mm", "seen"), [(480.0, False), (520.0, True)])
def test_an_occluder_hides_what_is_behind_it(rasteriser: Rasteriser, z_mm: float, seen: bool) -> None:
    before = noise()
    after, _ = drawn(rasteriser, before, prepare(card()), occluders=(occluder(z_mm),))
    assert (before != after).any() == seen


def test_an_occluder_hides_the_part_that_is_behind_it(rasteriser: Rasteriser) -> None:
    half = occluder(480.0)
    half = Occluder(half.points_mm - np.array([400, 0, 0], np.float32), half.triangles)
    after, _ = drawn(rasteriser, grey(255), prepare(card()), occluders=(half,))
    assert (after[120, :158] == 255).all()
    assert np.abs(after[120, 163:188] - coded(0.2)).max() <= 1


def test_no_shadow_falls_on_a_veil(rasteriser: Rasteriser) -> None:
    """A wall beside hair is as unlike skin as hair is: a shadow's steps were seen on it."""
    whole = Rect(0, 0, 320, 240)
    veil = Veil(whole, np.full((240, 320), 255, np.uint8), (0.0, 0.0, 1 / 520))
    lit = Light((1.0, 1.0, 1.0), shadow=0.8)
    after, beside = (
        rasteriser_draws(rasteriser, veils, occluders, lit)
        for veils, occluders in (((veil,), ()), ((), (occluder(520.0),)))
    )
    assert (after[142:, :] == 255).all(), "below the card"
    assert (beside[142:, 140:180] < 255).any(), "on a face there is one"


def test_clear_glass_leaves_the_picture_within_a_few_codes(rasteriser: Rasteriser) -> None:
    before = noise()
    dim = Light((0.2, 0.2, 0.2), shadow=0.0)
    after, _ = drawn(rasteriser, before, prepare(card(CLEAR)), light=dim)
    # Four percent are reflected at each face: bright codes lose some ten.
    bright = before > 100
    bright[(before == after).all(axis=2)] = False
    inside = cv2.erode(np.any(before != after, axis=2).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert np.abs(after.astype(int) - before)[bright & inside[..., None]].max() < 14
    # The bevel loses more.
    rim = bright & ~inside[..., None]
    assert 14 < np.abs(after.astype(int) - before)[rim].max() < 60


def test_a_tint_multiplies_what_is_behind(rasteriser: Rasteriser) -> None:
    dark_room = Light((1e-4, 1e-4, 1e-4), shadow=0.0)
    tinted = prepare(card(replace(CLEAR, tint=(0.5, 0.25, 0.1))))
    after, _ = drawn(rasteriser, grey(200), tinted, light=dark_room)
    factor = linear_of(after)[120, 160] / linear_of(grey(200))[120, 160]
    assert factor[::-1].tolist() == pytest.approx((0.5 * 0.92, 0.25 * 0.92, 0.1 * 0.92), abs=0.01)


def test_what_is_opaque_shows_through_a_lens_before_it(rasteriser: Rasteriser) -> None:
    dark_room = Light((1e-4, 1e-4, 1e-4), shadow=0.0)
    half = replace(CLEAR, tint=(0.5, 0.5, 0.5))
    glowing = Material("lamp", base_color=(0, 0, 0, 1), emissive=(5000.0, 5000.0, 5000.0))
    before, _ = drawn(rasteriser, grey(0), prepare(card(glowing, z_mm=-10)), light=dark_room)
    after, _ = drawn(
        rasteriser, grey(0), joined(card(glowing, z_mm=-10), card(half, z_mm=10)), light=dark_room
    )
    passed = linear_of(after)[120, 160] / linear_of(before)[120, 160]
    assert passed.tolist() == pytest.approx([0.5 * 0.92] * 3, abs=0.02)


def test_what_is_opaque_hides_a_lens_behind_it(rasteriser: Rasteriser) -> None:
    alone, _ = drawn(rasteriser, grey(255), prepare(card(z_mm=10)))
    both, _ = drawn(
        rasteriser, grey(255), joined(card(z_mm=10), card(replace(CLEAR, tint=(0, 0, 0)), 40, 30, z_mm=-10))
    )
    assert np.array_equal(alone[105:135, 135:185], both[105:135, 135:185])


def test_a_texture_is_upright_and_not_mirrored(rasteriser: Rasteriser) -> None:
    corners = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)
    rgba = np.dstack([np.repeat(np.repeat(corners, 8, 0), 8, 1), np.full((16, 16), 255, np.uint8)])
    picture = Texture(np.ascontiguousarray(rgba), srgb=True)
    after, _ = drawn(rasteriser, grey(90), prepare(card(Material("label", base_texture=picture, unlit=True))))
    for (y, x), rgb in (
        ((108, 140), (255, 0, 0)),
        ((108, 180), (0, 255, 0)),
        ((132, 140), (0, 0, 255)),
        ((132, 180), (255, 255, 255)),
    ):
        assert after[y, x, ::-1].tolist() == list(rgb)


def test_a_shadow_falls_below_on_the_face_and_nowhere_else(rasteriser: Rasteriser) -> None:
    model, light = prepare(card(height_mm=10.0)), Light((1.0, 1.0, 1.0))
    before = grey(200)
    on_face, rect = drawn(rasteriser, before, model, light=light, occluders=(occluder(505.0),))
    in_air, _ = drawn(rasteriser, before, model, light=light)
    assert untouched_outside(before, on_face, rect)
    assert on_face[127, 160, 1] < 190
    assert on_face[127, 160, 1] < on_face[111, 160, 1], "below, not above"
    assert (in_air[128:, 160] == 200).all()
    unshaded, _ = drawn(rasteriser, before, model, occluders=(occluder(505.0),))
    assert (unshaded[128:, 160] == 200).all()


@pytest.mark.parametrize("side", [-1, 1])
def test_a_light_from_the_side_throws_the_shadow_to_the_other(rasteriser: Rasteriser, side: int) -> None:
    model, light = (
        prepare(card(width_mm=30.0, height_mm=10.0)),
        Light((1.0, 1.0, 1.0), direction=(0.7 * side, -0.35)),
    )
    after, rect = drawn(rasteriser, grey(200), model, light=light, occluders=(occluder(505.0),))
    dark = 200 - after[128:140, :, 1].astype(int).sum(axis=0) / 12
    middle = float((dark * (np.arange(320) + 0.5)).sum() / dark.sum())
    assert (middle - 160) * side < -1.0
    assert untouched_outside(grey(200), after, rect)


def test_the_lit_side_of_a_product_is_the_lighter(rasteriser: Rasteriser) -> None:
    """Two matte cards like a roof, turned to either side."""
    matte = Material("matte", base_color=(0.5, 0.5, 0.5, 1.0), roughness=1.0, double_sided=True)
    flat = card(matte, 20.0, 20.0)
    shades = []
    for turn in (-1, 1):
        normals = np.tile(np.array([turn * 0.7071, 0, 0.7071], np.float32), (4, 1))
        light = Light((1.0, 1.0, 1.0), shadow=0.0, direction=(0.6, -0.35))
        after, _ = drawn(rasteriser, grey(0), prepare(replace(flat, normals=normals)), light=light)
        shades.append(float(linear_of(after)[120, 160].mean()))
    # Product space's +x is the picture's right here, where the light comes from: 1 ± 0.6 · 0.7071.
    assert shades[1] / shades[0] == pytest.approx(1.42 / 0.58, rel=0.25)


@pytest.mark.parametrize("blur_px", [0.4, 0.65, 1.0, 1.8])
def test_edges_are_as_soft_as_the_cameras(rasteriser: Rasteriser, blur_px: float) -> None:
    light = Light((1.0, 1.0, 1.0), shadow=0.0, blur_px=blur_px)
    after, _ = drawn(rasteriser, grey(200), prepare(card()), light=light)
    edge = after[120, 180:200, 1].astype(float)
    ink = (edge - edge.min()) / np.ptp(edge)
    slope = np.diff(ink)
    place = np.arange(len(slope)) + 1.0
    centre = (slope * place).sum()
    spread = float(np.sqrt((slope * (place - centre) ** 2).sum()))
    # The pixel's own area adds 1/12, and the blur fades in where less than a third around is product.
    assert spread == pytest.approx(np.hypot(blur_px, 12**-0.5), abs=0.25)


def test_the_light_scales_what_is_drawn(rasteriser: Rasteriser) -> None:
    dim = Light((0.5, 0.25, 0.125), shadow=0.0)
    after, _ = drawn(rasteriser, grey(0), prepare(card()), light=dim)
    assert linear_of(after)[120, 160, ::-1].tolist() == pytest.approx([0.1, 0.05, 0.025], abs=0.003)


def test_thin_rims_far_away_are_no_dashes(rasteriser: Rasteriser) -> None:
    """A wire of 1 mm that is half a pixel wide and lies across the pixels' rows."""
    wire = card(width_mm=200.0, height_mm=1.0)
    place = placed(z=1000.0)
    angle = np.radians(3.0)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    place[:3, :3] = turn @ place[:3, :3]
    after, _ = drawn(rasteriser, grey(255), prepare(wire), place)
    taken = (1 - linear_of(after)[:, 115:205, 1]).sum(axis=0)
    assert taken.min() > 0.25
    assert taken.max() < 0.6


def rim_light(rasteriser: Rasteriser, model: Model, fine: int, shift: float) -> F32:
    """A frame before grey at 0.6 pixels a millimetre, in linear light; drawn ``fine`` times as large and averaged."""
    bgr = grey(150, 130 * fine, 60 * fine)
    view = View(500 * 0.6 * fine, 65.0 * fine, 30.0 * fine)
    place = placed(0.31 + shift / 0.6, 0.17 + 0.7 * shift / 0.6)
    turn = np.radians(7)
    place[:2, :2] = place[:2, :2] @ [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    rasteriser.draw(bgr, model, place, view, Light((0.9, 0.9, 0.9), shadow=0.0, blur_px=0.45))
    light: F32 = linear_of(bgr).reshape(60, fine, 130, fine, 3).mean(axis=(1, 3))
    return light


@pytest.mark.parametrize(("lenses", "most"), [(False, 0.03), (True, 0.018)])
def test_a_rim_thinner_than_a_pixel_is_as_it_is_seen_close_by(
    rasteriser: Rasteriser, lenses: bool, most: float
) -> None:
    """Even along its way, wherever pixels lie: it was dashed, and went out beside dark lenses."""
    detail = levels(build_frame(frames()["solstice-gold"][2], 0.7), prepare)
    if not lenses:
        detail = detail.map(lambda model: replace(model, triangles=model.triangles[: model.opaque_count]))
    far = []
    for shift in (0.0, 0.33, 0.66):
        small, truth = (rim_light(rasteriser, detail.at(0.6 * fine), fine, shift) for fine in (1, 8))
        # Less what a sensor blurs.
        far.append(cv2.GaussianBlur(small, (0, 0), 0.6) - cv2.GaussianBlur(truth, (0, 0), 0.75))
    there = np.abs(truth - linear_of(grey(150, 130, 60))).max(axis=2) > 0.02
    assert np.sqrt(np.mean(np.square([one[there] for one in far]))) < most
