"""The kind table: how a catalogue's product and a shopper's choice become an overlay.

A new kind is one module in this package and one row here. Makeup is drawn by regions of the face, not by product: what
is worn on one region goes over its pixels in one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tryon.catalogue.arrangement import load_frame
from tryon.catalogue.garment import LOWER
from tryon.catalogue.items import Product, Shade
from tryon.catalogue.makeup import Finish
from tryon.errors import BadAsset
from tryon.overlays.application import Application, rgb8
from tryon.overlays.base import Overlay
from tryon.overlays.eyes import Eyes
from tryon.overlays.eyewear import Eyewear
from tryon.overlays.garment import Garment, load_garment
from tryon.overlays.lips import Lips
from tryon.overlays.lower import Lower, load_lower
from tryon.overlays.skin import Skin

# From a product, the chosen shade (None where it has none) and the strength 0..1 to what is drawn. Eyewear is made of
# the product alone, and then ``fitted``.
Maker = Callable[[Product, Shade | None, float], Overlay]


def _eyewear(product: Product, _shade: Shade | None, _strength: float) -> Overlay:
    return Eyewear.from_mesh(load_frame(product).mesh, product.adjustment)


def _garment(product: Product, _shade: Shade | None, _strength: float) -> Overlay:
    if product.garment is None:
        raise BadAsset(f"The product {product.sku} has no picture to wear.")
    if product.garment.cut in LOWER:
        return load_lower(product.garment, product.sku)
    return load_garment(product.garment, product.sku)


def applied(
    product: Product,
    shade: Shade | None,
    strength: float,
    finish: Finish | None = None,
    template: str | None = None,
    side: str | None = None,
) -> Application:
    """A makeup product as chosen; finish and template None are the product's own, shade None its wearer's. Raises
    BadAsset."""
    makeup = product.makeup
    choices = tuple(rgb8(each.swatch) for each in product.shades) if shade is None else ()
    if shade is None and product.is_matched:
        shade = product.shades[0]
    if makeup is None or shade is None:
        raise BadAsset(f"The product {product.sku} has no shade to apply.")
    own = makeup.finish if finish is None else finish
    tones = [(rgb8(tone.color), finish or tone.finish or own) for tone in shade.tones]
    return Application(
        makeup.type,
        tuple(tones) or ((rgb8(shade.swatch), own),),
        makeup.coverage,
        strength,
        template or makeup.template,
        side,
        None if shade.texture is None else product.path / shade.texture,
        choices,
    )


def made_up(applications: Sequence[Application]) -> tuple[Overlay, ...]:
    """What draws these, one overlay for a region. Raises BadAsset for a texture that cannot be read."""
    ordered = sorted(applications, key=lambda application: application.order)
    made: list[Overlay] = []
    for region, make in REGIONS.items():
        own = [application for application in ordered if application.region == region]
        made += make(own) if own else []
    return tuple(made)


def _lips(applications: Sequence[Application]) -> list[Overlay]:
    return [Lips(tuple(applications))]


def _skin(applications: Sequence[Application]) -> list[Overlay]:
    return [Skin(tuple(applications))]


def _eyes(applications: Sequence[Application]) -> list[Overlay]:
    return [Eyes(tuple(applications))]


REGIONS: Final[dict[str, Callable[[Sequence[Application]], list[Overlay]]]] = {
    "skin": _skin,
    "eyes": _eyes,
    "lips": _lips,
}


def fitted(
    overlay: Overlay, product: Product, shade: Shade | None, strength: float, power_d: float
) -> Overlay:
    """A shared overlay as one shopper chose it: a frame with these lenses. ``strength`` is how dark photochromic ones
    are, 0 indoors, 1 outdoors."""
    if not isinstance(overlay, Eyewear):
        return overlay
    lens = None if shade is None else product.lens(shade.id)
    return overlay.with_lenses(None if lens is None else lens.glazing(strength), power_d)


def layered(overlays: Sequence[Overlay]) -> list[Overlay]:
    """What is worn together: trousers know of the garment that hangs over them."""
    over = any(isinstance(overlay, Garment) for overlay in overlays)
    return [replace(each, under=over) if isinstance(each, Lower) else each for each in overlays]


KINDS: Final[dict[str, Maker]] = {"eyewear": _eyewear, "garment": _garment}
# Kinds whose overlay depends on the product alone, so one copy serves every session.
SHARED: Final = frozenset({"eyewear", "garment"})
