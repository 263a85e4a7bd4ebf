"""Probes on pictures of which it is known what changed where: leaks, colours, shades and occluders."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from tryon.config import Settings
from tryon.frame import U8, Frame
from tryon.looks import Look, LookBook, LookItem
from tryon.overlays.lips import Lips
from tryon.perception import landmarks as at
from tryon.pipeline import Engine, Pipeline, Rendered
from tryon.render.colour import de00, lab_from_linear
from tryon.replay import shade
from tryon.replay.probes import Probes
from tryon.replay.reach import Reach
from tryon.replay.records import XY

GLASSES, LIPSTICK = LookItem("harbour-black"), LookItem("velvet-lipstick", "classic-red")


@pytest.fixture(scope="module")
def picture(astronaut: U8) -> U8:
    """The portrait's face, 160 px wide."""
    return np.ascontiguousarray(
        cv2.resize(astronaut[:340, 60:400], None, fx=1.6, fy=1.6, interpolation=cv2.INTER_CUBIC)
    )


@pytest.fixture(scope="module")
def look(book: LookBook) -> Look:
    return book.resolve((GLASSES, LIPSTICK))


def dress(picture: U8, look: Look, engine: Engine) -> Rendered:
    pipeline = Pipeline(Settings(threads=1))
    for number in range(2):
        rendered = pipeline.process(Frame(picture, number * 33.0, number), look, engine)
    return rendered


@pytest.fixture(scope="module")
def rendered(picture: U8, look: Look, engine: Engine) -> Rendered:
    return dress(picture, look, engine)


def with_pixels(rendered: Rendered, *places: tuple[int, int]) -> Rendered:
    """The same with these pixels (x, y) changed by one code."""
    bgr = rendered.bgr.copy()
    for x, y in places:
        bgr[y, x, 1] ^= 1
    return dataclasses.replace(rendered, bgr=bgr)


def test_every_product_of_the_catalogue_keeps_to_its_reach(
    picture: U8, book: LookBook, engine: Engine
) -> None:
    for product in book.products():
        worn = book.resolve((LookItem(product.sku),))
        seen = Probes(worn).see(picture, dress(picture, worn, engine), 0)
        assert seen.pixels["leak.px"] == 0, product.sku
        assert seen.pixels["leak.outside_dirty_px"] == 0, product.sku


def test_pixels_elsewhere_are_leaks(picture: U8, look: Look, rendered: Rendered) -> None:
    dirty = rendered.dirty
    assert dirty is not None
    assert dirty.x0 > 0
    nose_x, nose_y = (int(value) for value in rendered.heads[0].points_px[at.NASION, :2])
    area = Reach(look.overlays).allowed(dirty, rendered.heads)
    free = np.argwhere(area == 0)
    assert len(free) > 100, "the told rectangle is larger than the products"
    y, x = (int(value) for value in free[len(free) // 2])
    spoilt = with_pixels(rendered, (0, 0), (dirty.x0 + x, dirty.y0 + y), (nose_x, nose_y))
    pixels = Probes(look).see(picture, spoilt, 0).pixels
    assert pixels["leak.outside_dirty_px"] == 1
    base = Probes(look).see(picture, rendered, 0).pixels
    assert pixels["leak.px"] - base["leak.px"] == 2


def test_without_a_face_or_a_product_only_leaks_are_told(picture: U8, look: Look, rendered: Rendered) -> None:
    nobody = Rendered(picture, None, (), 0)
    assert Probes(look).see(picture, nobody, 0).pixels == {"leak.px": 0.0, "leak.outside_dirty_px": 0.0}
    stray = with_pixels(nobody, (3, 4))
    assert Probes(look).see(picture, stray, 0).pixels["leak.outside_dirty_px"] == 1
    bare = dataclasses.replace(rendered, bgr=picture, dirty=None)
    seen = Probes(Look()).see(picture, bare, 0)
    assert set(seen.regions) == {"lips", "cheeks", "forehead"}
    for region in seen.regions.values():
        assert region.lab_before == region.lab_after
    assert not any(name.startswith(("edge.", "colour.")) for name in seen.pixels)


def test_a_second_frame_tells_steps_and_edges(picture: U8, look: Look, rendered: Rendered) -> None:
    probes = Probes(look)
    first, second = (probes.see(picture, rendered, index).pixels for index in (0, 1))
    assert set(second) - set(first) == {
        *(
            f"{place}.{what}_{axis}_px"
            for place in ("bone", "lips")
            for what in ("skin", "ahead")
            for axis in "xy"
        ),
        *(f"edge.{place}_{what}" for place in ("frame", "lips") for what in ("change", "added")),
    }
    assert second["bone.skin_x_px"] == pytest.approx(0, abs=1e-3)
    assert second["edge.frame_change"] == 0
    assert second["edge.frame_added"] > 10_000
    probes.skip()
    assert set(probes.see(picture, rendered, 3).pixels) == set(first)


def test_the_pictures_are_left_alone(picture: U8, look: Look, rendered: Rendered) -> None:
    before, after = picture.copy(), rendered.bgr.copy()
    sealed = picture.copy()
    sealed.flags.writeable = False
    probes = Probes(look, {0: [[(300.0, 100.0), (380.0, 100.0), (340.0, 300.0)]]})
    for index in (0, 1):
        probes.see(sealed, rendered, index)
    assert np.array_equal(picture, before)
    assert np.array_equal(rendered.bgr, after)


@pytest.mark.parametrize("shade_id", ["classic-red", "bare-almond"])
def test_a_shade_comes_out_as_itself_and_another_does_not(
    picture: U8, book: LookBook, engine: Engine, shade_id: str
) -> None:
    worn = book.resolve((LookItem("velvet-lipstick", shade_id),))
    right = Probes(worn).see(picture, dress(picture, worn, engine), 0).pixels
    assert right["colour.shade_de00"] < 3
    (lips,) = worn.overlays
    assert isinstance(lips, Lips)
    assert lips.lipstick is not None
    red, green, blue = lips.lipstick.color
    other = (red, min(green + 40, 255), min(blue + 40, 255)), lips.lipstick.finish
    brighter = Look((Lips((dataclasses.replace(lips.lipstick, tones=(other,)),)),))
    wrong = Probes(worn).see(picture, dress(picture, brighter, engine), 0).pixels
    assert wrong["colour.shade_de00"] > right["colour.shade_de00"] + 2
    assert wrong["colour.lighter"] > right["colour.lighter"] + 1
    assert wrong["colour.redder"] < right["colour.redder"] - 1


def test_the_expected_colour_follows_the_light(picture: U8, look: Look, rendered: Rendered) -> None:
    head, light = rendered.heads[0], rendered.light
    lipstick = next(worn.lipstick for worn in look.overlays if isinstance(worn, Lips))
    lips = shade.lips(picture, rendered.bgr, head)
    assert lips is not None
    assert light is not None
    assert lipstick is not None
    wanted = shade.expected(lipstick, lips, light, head)
    none = shade.expected(dataclasses.replace(lipstick, strength=0.0), lips, light, head)
    assert none == pytest.approx(lips.before)
    red, green, blue = light.shade
    warm = dataclasses.replace(light, shade=(red, green, 0.5 * blue))
    assert shade.expected(lipstick, lips, warm, head)[0] < wanted[0]
    whole = dataclasses.replace(lipstick, coverage=1.0, tones=(((255, 255, 255), "satin"),))
    white = shade.expected(whole, dataclasses.replace(lips, brighter=1.0), light, head)
    assert white / np.array([blue, green, red]) == pytest.approx(np.full(3, white[0] / blue), rel=1e-3)


def test_a_face_out_of_view_has_no_colours(picture: U8, look: Look, rendered: Rendered) -> None:
    head = rendered.heads[0]
    away = dataclasses.replace(head, points_px=head.points_px + np.float32(5000))
    assert shade.lips(picture, rendered.bgr, away) is None
    seen = Probes(look).see(picture, dataclasses.replace(rendered, heads=(away,)), 0)
    assert seen.regions == {}


def box(x0: float, y0: float, x1: float, y1: float) -> Sequence[XY]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def test_products_over_what_hides_them_and_missing_ones_are_counted(
    picture: U8, look: Look, rendered: Rendered
) -> None:
    x = float(rendered.heads[0].points_px[at.NASION, 0])
    hand = box(0, 0, x, picture.shape[0])
    probes = Probes(look, {7: [hand]})
    assert not any(name.startswith("occlusion.") for name in probes.see(picture, rendered, 6).pixels)
    over = probes.see(picture, rendered, 7).pixels
    assert over["occlusion.inside_px"] > 1000
    assert over["occlusion.over_px"] > 0.97 * over["occlusion.inside_px"]
    assert over["occlusion.missing_px"] < 0.03 * over["occlusion.outside_px"]
    behind = rendered.bgr.copy()
    behind[:, : int(x)] = picture[:, : int(x)]
    right = Probes(look, {7: [hand]}).see(picture, dataclasses.replace(rendered, bgr=behind), 7).pixels
    assert right["occlusion.over_px"] < 0.02 * right["occlusion.inside_px"]
    assert right["occlusion.inside_px"] == over["occlusion.inside_px"]
    behind[:, int(x) :] = picture[:, int(x) :]
    gone = Probes(look, {7: [hand]}).see(picture, dataclasses.replace(rendered, bgr=behind), 7).pixels
    assert gone["occlusion.missing_px"] == gone["occlusion.outside_px"] > 1000
    nobody = Probes(look, {7: [hand]}).see(picture, Rendered(picture, None, (), 0), 7).pixels
    assert "occlusion.over_px" not in nobody


def test_lab_of_regions_is_that_of_their_mean_light(picture: U8, look: Look, rendered: Rendered) -> None:
    flat = np.full_like(picture, (90, 110, 160))
    seen = Probes(look).see(flat, dataclasses.replace(rendered, bgr=flat, dirty=None), 0)
    wanted = lab_from_linear(shade.mean_linear(flat.reshape(-1, 3)))
    for region in seen.regions.values():
        assert float(de00(np.array(region.lab_after), wanted)) < 1e-3
