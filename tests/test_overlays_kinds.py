"""From a product and a choice to an overlay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tryon.catalogue.items import Product, Shade
from tryon.catalogue.makeup import Makeup, Tone
from tryon.errors import BadAsset
from tryon.looks import LookBook
from tryon.overlays.application import Application
from tryon.overlays.eyewear import Eyewear
from tryon.overlays.kinds import KINDS, SHARED, applied, made_up


def product(book: LookBook, sku: str) -> Product:
    return next(product for product in book.products() if product.sku == sku)


def test_every_product_of_the_catalogue_has_a_kind(book: LookBook) -> None:
    assert {product.kind for product in book.products()} == {*KINDS, "makeup"}
    assert set(KINDS) >= SHARED


def test_eyewear_is_its_mesh(book: LookBook) -> None:
    overlay = KINDS["eyewear"](product(book, "harbour-black"), None, 0.3)
    assert isinstance(overlay, Eyewear)
    assert (overlay.kind, overlay.order) == ("eyewear", 50)
    assert 55 < overlay.half_width_mm < 80


def test_makeup_is_its_shade_finish_template_and_strength(book: LookBook) -> None:
    lipstick = product(book, "velvet-lipstick")
    shade = lipstick.shade("classic-red")
    assert shade is not None
    assert lipstick.makeup is not None
    own = applied(lipstick, shade, 0.3)
    assert "#{:02x}{:02x}{:02x}".format(*own.color) == shade.swatch
    assert (own.type, own.finish, own.coverage, own.strength) == ("lipstick", "satin", 0.8, 0.3)
    assert (own.template, own.placed, own.region, own.side) == ("full", "full", "lips", None)
    chosen = applied(lipstick, shade, 1.0, "gloss", "ombre", "left")
    assert (chosen.finish, chosen.template, chosen.side) == ("gloss", "ombre", "left")


def test_a_palettes_tones_keep_their_own_finishes_unless_one_is_chosen(book: LookBook) -> None:
    lipstick = product(book, "velvet-lipstick")
    palette = replace(
        lipstick, makeup=Makeup(type="eyeshadow", finish="matte", coverage=0.5, template="smoky")
    )
    tones = (Tone(color="#102030", finish="shimmer"), Tone(color="#405060"))
    shade = Shade(id="dusk", name="Dusk", color="#102030", tones=tones)
    assert applied(palette, shade, 1.0).tones == (((16, 32, 48), "shimmer"), ((64, 80, 96), "matte"))
    assert [finish for _, finish in applied(palette, shade, 1.0, "glitter").tones] == ["glitter"] * 2


def test_makeup_is_drawn_by_regions() -> None:
    lips = Application("lipstick", (((200, 0, 0), "satin"),), 0.8)
    (overlay,) = made_up([lips])
    assert (overlay.kind, overlay.order) == ("makeup", 30)
    assert made_up([]) == ()


def test_products_that_lack_what_their_kind_needs(book: LookBook) -> None:
    frame, lipstick = product(book, "harbour-black"), product(book, "velvet-lipstick")
    with pytest.raises(BadAsset, match="harbour-black has no model"):
        KINDS["eyewear"](replace(frame, model=None), None, 1.0)
    with pytest.raises(BadAsset, match="velvet-lipstick has no shade"):
        applied(lipstick, None, 1.0)
    with pytest.raises(BadAsset, match="harbour-black has no shade"):
        applied(frame, lipstick.shades[0], 1.0)
