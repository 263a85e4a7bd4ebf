"""Looks: what a shopper chose, resolved to overlays."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tryon import resources
from tryon.catalogue.items import BOTTOMS, Product, Shade, load_catalogue
from tryon.catalogue.look_files import CompleteLook, load_looks
from tryon.catalogue.makeup import Finish
from tryon.errors import BadLook, UnknownProduct
from tryon.overlays.application import Application, Choices
from tryon.overlays.base import Overlay
from tryon.overlays.kinds import KINDS, SHARED, applied, fitted, layered, made_up
from tryon.overlays.split import PARTS_MAX, kinds_of, side_by_side

# Every type of makeup, glasses, and a few that are worn on one side each.
ITEMS_MAX: Final = 16
# Laid-out meshes kept in memory; one of 100,000 triangles takes 6 MB.
LOADED_MAX: Final = 64
_SIDES: Final = ("left", "right")
_SLOTS: Final = {BOTTOMS: "skirt or pair of trousers"}
# Corrective lenses are shown within these dioptres: beyond them a thin lens no longer tells what is seen.
POWER_MAX_D: Final = 12.0
# Photochromic lenses and lens powers are made in such steps, and the latest of them kept.
STRENGTH_STEP: Final = 0.05
POWER_STEP_D: Final = 0.25
FITTED_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class LookItem:
    """One product of a look. ``shade`` None takes the product's first (of eyewear: its first lens), or, where shades
    are those of skin, the one that is nearest to the wearer's; ``strength`` None is 1; ``power`` is that of corrective
    lenses in dioptres, None none. Of makeup: ``finish`` and ``template`` None are the product's own; ``side`` is the
    wearer's left or right, None both."""

    sku: str
    shade: str | None = None
    strength: float | None = None
    power: float | None = None
    finish: str | None = None
    template: str | None = None
    side: str | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """A product, and its shades' ids and colours, in the same order."""

    sku: str
    ids: tuple[str, ...]
    choices: Choices


@dataclass(frozen=True, slots=True)
class Look:
    """Overlays in the order in which they are drawn, and the items that they came from, shades filled in but for those
    that the wearer's skin decides.

    ``eyewear`` is the pair of frames among them, for what its millimetres say. ``beside``: the items of the looks
    beside the first, towards the wearer's left, where the face is split. ``matched``: the products whose shade the
    wearer's skin decides. ``legs`` tells that hips and knees have to be in the picture.
    """

    overlays: tuple[Overlay, ...] = ()
    items: tuple[LookItem, ...] = ()
    eyewear: Product | None = None
    beside: tuple[tuple[LookItem, ...], ...] = ()
    matched: tuple[Matched, ...] = ()
    legs: bool = False

    @property
    def turns(self) -> bool:
        """Whether it matters to half a degree how a head is turned: to glasses, and to who measures a bare look. What
        lies on landmarks need not know."""
        return not self.overlays or "eyewear" in kinds_of(self.overlays)


BARE: Final = Look()


class LookBook:
    """A catalogue's products, loaded when first worn. Safe for use from several threads."""

    def __init__(self, catalogue_dir: Path | None = None) -> None:
        folder = catalogue_dir if catalogue_dir is not None else resources.folder("assets") / "catalogue"
        self._products = {product.sku: product for product in load_catalogue(folder)}
        self._complete = load_looks(folder, self.products())
        self._loaded: OrderedDict[str, Overlay] = OrderedDict()
        self._fitted: OrderedDict[tuple[str, str | None, float, float], Overlay] = OrderedDict()
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}

    def products(self) -> tuple[Product, ...]:
        """Every product, by sku."""
        return tuple(self._products.values())

    def replace(self, products: Iterable[Product]) -> None:
        """Offer these from now on. Who wears something else goes on wearing it until the next choice."""
        found = {product.sku: product for product in products}
        with self._lock:
            stale = {sku for sku, product in self._products.items() if found.get(sku) != product}
            self._products = found
            for sku in stale:
                self._loaded.pop(sku, None)
            for key in [key for key in self._fitted if key[0] in stale]:
                del self._fitted[key]

    def _offers(self, product: Product) -> bool:
        """Whether this very edition is still offered; one that is not is not remembered."""
        return self._products.get(product.sku) == product

    def looks(self) -> tuple[CompleteLook, ...]:
        """The complete looks that come with the catalogue and can still be worn, in its order."""
        return tuple(
            look for look in self._complete if all(item.sku in self._products for item in look.items)
        )

    def resolve(self, items: Sequence[LookItem], beside: Sequence[Sequence[LookItem]] = ()) -> Look:
        """The look of these items, or several side by side: ``items`` on the wearer's right, ``beside`` further left.

        Raises UnknownProduct, BadLook or BadAsset; loads meshes on first use.
        """
        first = self._whole(items)
        if not beside:
            return first
        if len(beside) >= PARTS_MAX:
            raise BadLook(f"A face is split into at most {PARTS_MAX} looks; these are {len(beside) + 1}.")
        looks = (first, *(self._whole(each) for each in beside))
        eyewear = next((look.eyewear for look in looks if look.eyewear is not None), None)
        overlays = side_by_side(tuple(look.overlays for look in looks))
        matched = tuple(dict.fromkeys(each for look in looks for each in look.matched))
        legs = any(look.legs for look in looks)
        return Look(overlays, first.items, eyewear, tuple(look.items for look in looks[1:]), matched, legs)

    def _whole(self, items: Sequence[LookItem]) -> Look:
        if len(items) > ITEMS_MAX:
            raise BadLook(f"A look has at most {ITEMS_MAX} products; this one has {len(items)}.")
        overlays: list[Overlay] = []
        makeup: list[Application] = []
        worn: list[LookItem] = []
        eyewear: Product | None = None
        matched: list[Matched] = []
        slots = _Slots()
        for item in items:
            product = self._products.get(item.sku)
            if product is None:
                raise UnknownProduct(
                    f"There is no product {item.sku[:64]!r} in this catalogue.", sku=item.sku[:64]
                )
            slots.take(product, item)
            eyewear = product if product.kind == "eyewear" else eyewear
            shade = _shade(product, item.shade)
            strength = 1.0 if item.strength is None else float(item.strength)
            if not 0.0 <= strength <= 1.0:
                raise BadLook(f"The strength of {item.sku!r} is between 0 and 1, not {item.strength}.")
            power_d = _power_d(product, item)
            finish, template = _finish(product, item), _template(product, item)
            if product.makeup is None:
                overlay = self._overlay(product, shade, strength)
                overlays.append(self._fit(overlay, product, shade, strength, power_d))
            else:
                made = applied(product, shade, strength, finish, template, item.side)
                makeup.append(made)
                if made.choices:
                    ids = tuple(each.id for each in product.shades)
                    matched.append(Matched(product.sku, ids, made.choices))
            worn.append(replace(item, shade=shade.id if shade else None, strength=strength))
        overlays = [*layered(overlays), *made_up(makeup)]
        overlays.sort(key=lambda overlay: overlay.order)
        return Look(tuple(overlays), tuple(worn), eyewear, matched=tuple(matched), legs=slots.holds(BOTTOMS))

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
                self._loading.pop(product.sku, None)
                if not self._offers(product):
                    return overlay
                self._loaded[product.sku] = overlay
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
            if not self._offers(product):
                return made
            # Of several who fitted the same at once, all wear the first one's.
            made = self._fitted.setdefault(key, made)
            while len(self._fitted) > FITTED_MAX:
                self._fitted.popitem(last=False)
        return made


class _Slots:
    """What is worn where: one pair of glasses, one garment above and one below, of each type of makeup one, or one on
    each side of the face."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], str] = {}

    def take(self, product: Product, item: LookItem) -> None:
        """Raises BadLook where somebody sits already, or where there is no such place."""
        slot = product.slot
        if item.side is not None and item.side not in _SIDES:
            raise BadLook(f"The side of {item.sku!r} is left or right, or absent, not {item.side[:64]!r}.")
        if item.side is not None and product.makeup is None:
            raise BadLook(f"{item.sku!r} is not makeup and has no side.", sku=product.sku)
        for side in _SIDES if item.side is None else (item.side,):
            other = self._taken.get((slot, side))
            if other is not None:
                also = "" if product.makeup is None else ", or one on each side"
                what = _SLOTS.get(slot, slot)
                raise BadLook(
                    f"items: a look wears one {what} at a time{also}; it names both {other!r} and {item.sku!r}."
                )
            self._taken[slot, side] = item.sku

    def holds(self, slot: str) -> bool:
        return (slot, _SIDES[0]) in self._taken


def _finish(product: Product, item: LookItem) -> Finish | None:
    if item.finish is None:
        return None
    offered: tuple[Finish, ...] = product.makeup.finishes if product.makeup is not None else ()
    for finish in offered:
        if finish == item.finish:
            return finish
    raise BadLook(f"The finish of {item.sku!r} is {_or(offered)}, not {item.finish[:64]!r}.", sku=product.sku)


def _template(product: Product, item: LookItem) -> str | None:
    if item.template is None:
        return None
    offered = product.makeup.rule.templates if product.makeup is not None else ()
    if item.template not in offered:
        raise BadLook(
            f"The template of {item.sku!r} is {_or(offered)}, not {item.template[:64]!r}.", sku=product.sku
        )
    return item.template


def _or(names: Sequence[str]) -> str:
    return " or ".join(names) or "none"


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
        return product.shades[0] if product.shades and not product.is_matched else None
    shade = product.shade(wanted)
    if shade is None:
        known = ", ".join(shade.id for shade in product.shades) or "none"
        raise BadLook(f"{product.sku!r} has no shade {wanted[:64]!r}; it has {known}.", sku=product.sku)
    return shade
