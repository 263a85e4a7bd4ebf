"""Whoever chooses no shade of foundation wears that of their own skin, and it is the same from frame to frame."""

from __future__ import annotations

import numpy as np
import pytest

from tests.test_overlays_skin import Sitter, cheek, toned_sitter
from tryon.config import Settings
from tryon.frame import F32, F64, Frame
from tryon.looks import Look, LookBook, LookItem
from tryon.overlays.application import Application, Rgb8, rgb8
from tryon.overlays.base import Scene
from tryon.overlays.pigment import linear_bgr
from tryon.overlays.skin import Skin
from tryon.overlays.skin_watch import CHANGE_MS, SkinWatch
from tryon.pipeline import Engine, Pipeline
from tryon.render.colour import de00, lab_from_codes, lab_from_linear, linear_from_lab
from tryon.render.draw import Rasteriser
from tryon.replay.tone import TONES

FOUNDATION = "second-skin-foundation"
RANGE: tuple[Rgb8, ...] = tuple(rgb8(code) for code in ("#f0d5c0", "#c89b78", "#8a5a40", "#4a2e22"))
WHITE: F32 = np.ones(3, np.float32)
FRAME_MS = 33.0


def seen(watch: SkinWatch, color: Rgb8, frames: int, start_ms: float = 0.0, light: F32 = WHITE) -> float:
    for number in range(frames):
        watch.see(linear_bgr(color) * light, light, start_ms + number * FRAME_MS)
    return start_ms + frames * FRAME_MS


def worn(look: Look) -> list[Application]:
    return [one for overlay in look.overlays if isinstance(overlay, Skin) for one in overlay.worn]


@pytest.mark.parametrize("own", RANGE)
def test_the_shade_is_the_skins_in_any_light(own: Rgb8) -> None:
    for light in (WHITE, np.array((0.3, 0.5, 0.8), np.float32)):
        watch = SkinWatch()
        seen(watch, own, 3, light=light)
        assert np.array_equal(watch.color(RANGE), own)


def test_a_skin_between_two_shades_does_not_go_from_one_to_the_other() -> None:
    watch, random, shown = SkinWatch(), np.random.default_rng(3), set()
    one, other = (lab_from_linear(linear_bgr(shade).astype(np.float64)) for shade in RANGE[1:3])
    between = linear_from_lab((one + other) / 2)
    for number in range(300):
        watch.see((between * random.normal(1, 0.05)).astype(np.float32), WHITE, number * FRAME_MS)
        color = watch.color(RANGE)
        # In the first second it may find out that it was the other.
        if number * FRAME_MS > 1000:
            shown.add(color)
    assert len(shown) == 1


def test_another_face_is_another_shade_at_once_and_another_look_of_one_comes_by_and_by() -> None:
    watch = SkinWatch()
    t_ms = seen(watch, RANGE[0], 30)
    assert np.array_equal(watch.color(RANGE), RANGE[0])
    # The skin of the same face, as it seems, darkens for long: through shades in between, and stays there.
    steps = [watch.color(RANGE)]
    for number in range(900):
        watch.see(linear_bgr(RANGE[2]), WHITE, t_ms + number * FRAME_MS)
        steps.append(watch.color(RANGE))
    assert np.array_equal(steps[-1], RANGE[2])
    largest = np.abs(np.diff(np.array(steps), axis=0)).max()
    assert 0 < largest < np.abs(np.subtract(RANGE[0], RANGE[2])).max() * 2 * FRAME_MS / CHANGE_MS
    # Gone for longer than a light is remembered: nothing is left of who was here.
    watch.see(linear_bgr(RANGE[3]), WHITE, t_ms + 900 * FRAME_MS + 5000)
    assert np.array_equal(watch.color(RANGE), RANGE[3])


def test_the_same_frame_counts_once() -> None:
    watch = SkinWatch()
    watch.see(linear_bgr(RANGE[1]), WHITE, 0.0)
    for _ in range(5):
        watch.see(linear_bgr(RANGE[3]), WHITE, 0.0)
    assert np.array_equal(watch.color(RANGE), RANGE[1])


@pytest.mark.parametrize("tone", list(TONES))
def test_an_unchosen_foundation_changes_no_skins_colour_by_much(sitter: Sitter, tone: str) -> None:
    """And somebody else's does: that of the palest is a mask on the darkest."""
    bgr, head, light = toned_sitter(sitter, tone)
    book = LookBook()

    def off(item: LookItem) -> float:
        made = bgr.copy()
        scene = Scene(made, (head,), head.camera, light, Rasteriser())
        for overlay in book.resolve((item,)).overlays:
            overlay.draw(scene)
        before, after = (
            np.median(view[cheek((bgr, head, light))].reshape(-1, 3), axis=0) for view in (bgr, made)
        )
        return float(de00(*(lab_from_codes(each.astype(np.uint8)) for each in (before, after))))

    assert off(LookItem(FOUNDATION)) < 4.0
    if tone == "dark":
        assert off(LookItem(FOUNDATION, "porcelain-neutral")) > 15.0


def lighter(sitter: Sitter, item: LookItem) -> F64:
    """By how much L* is more where this changes anything, pixel by pixel."""
    bgr, head, light = sitter
    made = bgr.copy()
    scene = Scene(made, (head,), head.camera, light, Rasteriser())
    for overlay in LookBook().resolve((item,)).overlays:
        overlay.draw(scene)
    changed = np.abs(made.astype(int) - bgr).max(axis=2) > 1
    assert changed.sum() > 1000
    return np.asarray(lab_from_codes(made[changed])[:, 0] - lab_from_codes(bgr[changed])[:, 0])


@pytest.mark.parametrize("sku", ["shadow-play-contour", "sunday-bronzer"])
@pytest.mark.parametrize("tone", list(TONES))
def test_an_unchosen_contour_is_a_shadow_on_any_skin(sitter: Sitter, tone: str, sku: str) -> None:
    change = lighter(toned_sitter(sitter, tone), LookItem(sku))
    assert -9 < np.percentile(change, 5) < -2
    assert (change > 1.5).mean() < 0.05


def test_a_fair_ones_contour_is_a_pale_stripe_on_the_darkest(sitter: Sitter) -> None:
    assert (
        np.percentile(lighter(toned_sitter(sitter, "dark"), LookItem("shadow-play-contour", "fair")), 95) > 3
    )


def test_an_unchosen_blush_is_one_that_suits(sitter: Sitter) -> None:
    """Pale pink is chalk on the darkest skin."""
    dark = toned_sitter(sitter, "dark")
    assert np.percentile(lighter(dark, LookItem("petal-blush")), 95) < 2
    assert np.percentile(lighter(dark, LookItem("petal-blush", "first-blush")), 95) > 4


def test_what_was_not_chosen_stays_so_and_what_was_is_worn() -> None:
    book = LookBook()
    unchosen, chosen = (book.resolve((LookItem(FOUNDATION, shade),)) for shade in (None, "honey-warm"))
    assert unchosen.items[0].shade is None
    assert chosen.items[0].shade == "honey-warm"
    offered = next(product for product in book.products() if product.sku == FOUNDATION).shades
    assert [one.choices for one in worn(unchosen)] == [tuple(rgb8(shade.swatch) for shade in offered)]
    assert [one.choices for one in worn(chosen)] == [()]
    # Of everything else the first shade is worn.
    assert book.resolve((LookItem("velvet-lipstick"),)).items[0].shade is not None


def test_the_mirror_tells_whose_skin_it_is_while_a_face_is_there(sitter: Sitter, engine: Engine) -> None:
    bgr, _, _ = sitter
    look, pipeline = LookBook().resolve((LookItem(FOUNDATION),)), Pipeline(Settings(threads=1))
    rendered = [pipeline.process(Frame(bgr, n * FRAME_MS, n), look, engine) for n in range(20)]
    ((sku, shade),) = rendered[-1].shades
    assert sku == FOUNDATION
    assert shade in look.matched[0].ids
    assert np.abs(rendered[-1].bgr.astype(int) - rendered[-2].bgr).max() <= 2
    gone = [pipeline.process(Frame(np.zeros_like(bgr), n * FRAME_MS, n), look, engine) for n in range(20, 24)]
    assert gone[-1].shades == ()
