"""The kind table: how a catalogue's product and a shopper's choice become an overlay.

A new kind is one module in this package and one row here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tryon.catalogue.arrangement import load_frame
from tryon.catalogue.items import Product, Shade
from tryon.errors import BadAsset
from tryon.overlays.base import Overlay
from tryon.overlays.eyewear import Eyewear
from tryon.overlays.makeup import Lipstick

# From a product, the chosen shade (None where it has none) and the strength 0..1 to what is drawn. Eyewear is made of
# the product alone, and then ``fitted``.
Maker = Callable[[Product, Shade | None, float], Overlay]


def _eyewear(product: Product, _shade: Shade | None, _strength: float) -> Overlay:
    return Eyewear.from_mesh(load_frame(product).mesh)


def _makeup(product: Product, shade: Shade | None, strength: float) -> Overlay:
    if product.makeup is None or shade is None:
        raise BadAsset(f"The product {product.sku} has no shade to apply.")
    red, green, blue = (int(shade.swatch[i : i + 2], 16) for i in (1, 3, 5))
    return Lipstick((red, green, blue), product.makeup.finish, product.makeup.coverage, strength)


def fitted(
    overlay: Overlay, product: Product, shade: Shade | None, strength: float, power_d: float
) -> Overlay:
    """A shared overlay as one shopper chose it: a frame with these lenses. ``strength`` is how dark photochromic ones
    are, 0 indoors, 1 outdoors."""
    if not isinstance(overlay, Eyewear):
        return overlay
    lens = None if shade is None else product.lens(shade.id)
    return overlay.with_lenses(None if lens is None else lens.glazing(strength), power_d)


KINDS: Final[dict[str, Maker]] = {"eyewear": _eyewear, "makeup": _makeup}
# Kinds whose overlay depends on the product alone, so one copy serves every session.
SHARED: Final = frozenset({"eyewear"})
