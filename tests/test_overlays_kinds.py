"""From a product and a choice to an overlay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tryon.catalogue.items import Product
from tryon.errors import BadAsset
from tryon.looks import LookBook
from tryon.overlays.eyewear import Eyewear
from tryon.overlays.kinds import KINDS, SHARED
from tryon.overlays.makeup import Lipstick


def product(book: LookBook, sku: str) -> Product:
    return next(product for product in book.products() if product.sku == sku)


def test_every_product_of_the_catalogue_has_a_kind(book: LookBook) -> None:
    assert {product.kind for product in book.products()} == set(KINDS)
    assert set(KINDS) >= SHARED


def test_eyewear_is_its_mesh(book: LookBook) -> None:
    overlay = KINDS["eyewear"](product(book, "harbour-black"), None, 0.3)
    assert isinstance(overlay, Eyewear)
    assert (overlay.kind, overlay.order) == ("eyewear", 50)
    assert 55 < overlay.half_width_mm < 80


def test_lipstick_is_its_shade_finish_and_strength(book: LookBook) -> None:
    lipstick = product(book, "velvet-lipstick")
    shade = lipstick.shade("classic-red")
    assert shade is not None
    overlay = KINDS["makeup"](lipstick, shade, 0.3)
    assert isinstance(overlay, Lipstick)
    assert "#{:02x}{:02x}{:02x}".format(*overlay.color) == shade.swatch.lower()
    assert lipstick.makeup is not None
    assert (overlay.finish, overlay.coverage, overlay.strength) == (
        lipstick.makeup.finish, lipstick.makeup.coverage, 0.3,
    )  # fmt: skip
    assert (overlay.kind, overlay.order) == ("makeup", 20)


def test_products_that_lack_what_their_kind_needs(book: LookBook) -> None:
    frame, lipstick = product(book, "harbour-black"), product(book, "velvet-lipstick")
    with pytest.raises(BadAsset, match="harbour-black has no model"):
        KINDS["eyewear"](replace(frame, model=None), None, 1.0)
    with pytest.raises(BadAsset, match="velvet-lipstick has no shade"):
        KINDS["makeup"](lipstick, None, 1.0)
    with pytest.raises(BadAsset, match="harbour-black has no shade"):
        KINDS["makeup"](frame, lipstick.shades[0], 1.0)
