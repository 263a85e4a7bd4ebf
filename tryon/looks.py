"""Looks: what a shopper chose, resolved to overlays."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tryon import resources
from tryon.catalogue.items import Product, Shade, load_catalogue
from tryon.errors import BadLook, UnknownProduct
from tryon.overlays.base import Overlay
from tryon.overlays.kinds import KINDS, SHARED, fitted

ITEMS_MAX: Final = 8
# Laid-out meshes kept in memory; one of 100,000 triangles takes 6 MB.
LOADED_MAX: Final = 64
# Corrective lenses are shown within these dioptres: beyond them a thin lens no longer tells what is seen.
POWER_MAX_D: Final = 12.0
# Photochromic lenses and lens powers are made in such steps, and the latest of them kept.
STRENGTH_STEP: Final = 0.05
POWER_STEP_D: Final = 0.25
FITTED_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class LookItem:
    """One product of a look. ``shade`` None takes the product's first (of eyewear: its first lens); ``strength`` None
    is 1; ``power`` is that of corrective lenses in dioptres, None none."""

    sku: str
    shade: str | None = None
    strength: float | None = None
    power: float | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Overlays in the order in which they are drawn, and the items that they came from, shades filled in.

    ``eyewear`` is the pair of frames among them, for what its millimetres say.
    """

    overlays: tuple[Overlay, ...] = ()
    items: tuple[LookItem, ...] = ()
    eyewear: Product | None = None


BARE: Final = Look()


class LookBook:
    """A catalogue's products, loaded when first worn. Safe for use from several threads."""

    def __init__(self, catalogue_dir: Path | None = None) -> None:
        folder = catalogue_dir if catalogue_dir is not None else resources.folder("assets") / "catalogue"
        self._products = {product.sku: product for product in load_catalogue(folder)}
        self._loaded: OrderedDict[str, Overlay] = OrderedDict()
        self._fitted: OrderedDict[tuple[str, str | None, float, float], Overlay] = OrderedDict()
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}

    def products(self) -> tuple[Product, ...]:
        """Every product, by sku."""
        return tuple(self._products.values())

    def resolve(self, items: Sequence[LookItem]) -> Look:
        """The look of these items. Raises UnknownProduct, BadLook or BadAsset; loads meshes on first use."""
        if len(items) > ITEMS_MAX:
            raise BadLook(f"A look has at most {ITEMS_MAX} products; this one has {len(items)}.")
        worn: list[tuple[Overlay, LookItem]] = []
        eyewear: Product | None = None
        kinds: dict[str, str] = {}
        for item in items:
            product = self._products.get(item.sku)
            if product is None:
                raise UnknownProduct(
                    f"There is no product {item.sku[:64]!r} in this catalogue.", sku=item.sku[:64]
                )
            slot = product.makeup.type if product.makeup is not None else product.kind
            if slot in kinds:
                raise BadLook(
                    f"A look wears one {slot} at a time; it names both {kinds[slot]!r} and {item.sku!r}."
                )
            kinds[slot] = item.sku
            eyewear = product if product.kind == "eyewear" else eyewear
            shade = _shade(product, item.shade)
            strength = 1.0 if item.strength is None else float(item.strength)
            if not 0.0 <= strength <= 1.0:
                raise BadLook(f"The strength of {item.sku!r} is between 0 and 1, not {item.strength}.")
            power_d = _power_d(product, item)
            overlay = self._fit(self._overlay(product, shade, strength), product, shade, strength, power_d)
            worn.append((overlay, LookItem(item.sku, shade.id if shade else None, strength, item.power)))
        overlays = sorted((overlay for overlay, _ in worn), key=lambda overlay: overlay.order)
        return Look(tuple(overlays), tuple(item for _, item in worn), eyewear)

    def _overlay(self, product: Product, shade: Shade | None, strength: float) -> Overlay:
        make = KINDS[product.kind]
        if product.kind not in SHARED:
            return make(product, shade, strength)
        with self._lock:
            if product.sku in self._loaded:
                self._loaded.move_to_end(product.sku)
                return self._loaded[product.sku]
            loading = self._loading.setdefault(product.sku, threading.Lock())
        # Two shoppers who pick the same new product load it once, and nobody else waits for them.
        with loading:
            with self._lock:
                if product.sku in self._loaded:
                    return self._loaded[product.sku]
            overlay = make(product, shade, strength)
            with self._lock:
                self._loaded[product.sku] = overlay
                self._loading.pop(product.sku, None)
                while len(self._loaded) > LOADED_MAX:
                    self._loaded.popitem(last=False)
            return overlay

    def _fit(
        self, overlay: Overlay, product: Product, shade: Shade | None, strength: float, power_d: float
    ) -> Overlay:
        if product.kind not in SHARED:
            return overlay
        lens = None if shade is None else product.lens(shade.id)
        graded = lens is not None and lens.type == "photochromic"
        stepped = round(strength / STRENGTH_STEP) * STRENGTH_STEP if graded else 1.0
        key = product.sku, None if lens is None else lens.id, stepped, power_d
        with self._lock:
            if key in self._fitted:
                self._fitted.move_to_end(key)
                return self._fitted[key]
        made = fitted(overlay, product, shade, stepped, power_d)
        with self._lock:
            # Of several who fitted the same at once, all wear the first one's.
            made = self._fitted.setdefault(key, made)
            while len(self._fitted) > FITTED_MAX:
                self._fitted.popitem(last=False)
        return made


def _power_d(product: Product, item: LookItem) -> float:
    if item.power is None:
        return 0.0
    if not -POWER_MAX_D <= item.power <= POWER_MAX_D:
        raise BadLook(
            f"The power of {item.sku!r} is from -{POWER_MAX_D:g} to {POWER_MAX_D:g} dioptres.",
            sku=product.sku,
        )
    if item.power and not product.prescription:
        raise BadLook(f"{product.sku!r} is not made with corrective lenses.", sku=product.sku)
    return round(item.power / POWER_STEP_D) * POWER_STEP_D


def _shade(product: Product, wanted: str | None) -> Shade | None:
    if wanted is None:
        return product.shades[0] if product.shades else None
    shade = product.shade(wanted)
    if shade is None:
        known = ", ".join(shade.id for shade in product.shades) or "none"
        raise BadLook(f"{product.sku!r} has no shade {wanted[:64]!r}; it has {known}.", sku=product.sku)
    return shade
