"""Looks: what a shopper may choose, and what it becomes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from tryon import looks
from tryon.catalogue.garment_range import RANGE
from tryon.catalogue.items import Product, Shade
from tryon.catalogue.lower_range import LOWER_RANGE
from tryon.catalogue.makeup import RULES
from tryon.errors import BadAsset, BadLook, TryOnError, UnknownProduct
from tryon.looks import BARE, ITEMS_MAX, LookBook, LookItem
from tryon.overlays.base import Overlay
from tryon.overlays.eyewear import Eyewear
from tryon.overlays.kinds import KINDS

EYEWEAR = ("harbour-black", "juniper-tortoise", "meridian-gunmetal", "nocturne-black-sun", "solstice-gold")


def test_the_catalogue_that_comes_with_it(book: LookBook) -> None:
    assert {product.sku for product in book.products() if product.kind == "eyewear"} == set(EYEWEAR)
    assert {product.sku for product in book.products() if product.kind == "garment"} == {
        *(design.sku for design in RANGE),
        *(design.sku for design in LOWER_RANGE),
    }
    makeup = {product.makeup.type for product in book.products() if product.makeup is not None}
    assert makeup == set(RULES)


def test_no_items_are_a_bare_look(book: LookBook) -> None:
    assert book.resolve(()) == BARE


def test_skin_is_painted_before_frames_are_worn(book: LookBook) -> None:
    for items in (("harbour-black", "velvet-lipstick"), ("velvet-lipstick", "harbour-black")):
        look = book.resolve([LookItem(sku) for sku in items])
        assert [overlay.kind for overlay in look.overlays] == ["makeup", "eyewear"]
        assert tuple(item.sku for item in look.items) == items


@pytest.mark.parametrize(
    ("item", "resolved"),
    [
        (LookItem("velvet-lipstick"), LookItem("velvet-lipstick", "rose-dust", 1.0)),
        (LookItem("velvet-lipstick", "brick"), LookItem("velvet-lipstick", "brick", 1.0)),
        (LookItem("velvet-lipstick", "brick", 0), LookItem("velvet-lipstick", "brick", 0.0)),
        (LookItem("velvet-lipstick", None, 0.25), LookItem("velvet-lipstick", "rose-dust", 0.25)),
        (LookItem("harbour-black"), LookItem("harbour-black", "clear", 1.0)),
        (LookItem("harbour-black", "amber", None, -2.0), LookItem("harbour-black", "amber", 1.0, -2.0)),
    ],
)
def test_what_is_left_open_is_filled_in(book: LookBook, item: LookItem, resolved: LookItem) -> None:
    assert book.resolve((item,)).items == (resolved,)


@pytest.mark.parametrize(
    ("items", "error", "sentence"),
    [
        ([LookItem("no-such-thing")], UnknownProduct, "no product 'no-such-thing'"),
        ([LookItem("x" * 1000)], UnknownProduct, f"no product '{'x' * 64}' "),
        ([LookItem("velvet-lipstick", "green")], BadLook, "no shade 'green'; it has rose-dust, "),
        ([LookItem("harbour-black", "brick")], BadLook, "no shade 'brick'; it has clear, "),
        ([LookItem("velvet-lipstick", None, -0.01)], BadLook, "between 0 and 1, not -0.01"),
        ([LookItem("velvet-lipstick", None, 1.01)], BadLook, "between 0 and 1, not 1.01"),
        ([LookItem("velvet-lipstick", None, float("nan"))], BadLook, "between 0 and 1, not nan"),
        ([LookItem("harbour-black"), LookItem("solstice-gold")], BadLook, "one eyewear at a time"),
        (
            [LookItem("velvet-lipstick"), LookItem("glass-lip-gloss")],
            BadLook,
            "items: a look wears one lipstick at a time, or one on each side; it names both",
        ),
        (
            [LookItem("velvet-lipstick"), LookItem("velvet-lipstick", side="left")],
            BadLook,
            "one lipstick at a time",
        ),
        (
            [LookItem("velvet-lipstick", side="up")],
            BadLook,
            "side of 'velvet-lipstick' is left or right, or absent, not 'up'",
        ),
        ([LookItem("harbour-black", side="left")], BadLook, "'harbour-black' is not makeup and has no side"),
        (
            [LookItem("velvet-lipstick", finish="wet")],
            BadLook,
            "finish of 'velvet-lipstick' is satin, not 'wet'",
        ),
        (
            [LookItem("harbour-black", finish="matte")],
            BadLook,
            "finish of 'harbour-black' is none, not 'matte'",
        ),
        (
            [LookItem("velvet-lipstick", template="winged")],
            BadLook,
            "template of 'velvet-lipstick' is full or blotted or ombre or overlined, not 'winged'",
        ),
        ([LookItem("harbour-black"), LookItem("harbour-black")], BadLook, "one eyewear at a time"),
        ([LookItem("harbour-black")] * (ITEMS_MAX + 1), BadLook, f"at most {ITEMS_MAX} products"),
    ],
)
def test_what_cannot_be_worn(
    book: LookBook, items: list[LookItem], error: type[TryOnError], sentence: str
) -> None:
    with pytest.raises(error) as caught:
        book.resolve(items)
    assert sentence in caught.value.sentence
    assert caught.value.code == {UnknownProduct: "unknown_product", BadLook: "bad_look"}[error]


def test_glasses_and_bare_looks_ask_for_a_heads_turns(book: LookBook) -> None:
    lips, glasses = LookItem("velvet-lipstick"), LookItem("harbour-black")
    assert BARE.turns
    assert book.resolve((lips, glasses)).turns
    assert not book.resolve((lips, LookItem("linden-tee"))).turns
    assert replace(book.resolve((lips, glasses)), eyewear=None).turns


def test_looks_side_by_side_share_what_they_have_in_common(book: LookBook) -> None:
    frame, red = LookItem("harbour-black"), LookItem("velvet-lipstick", "classic-red")
    look = book.resolve((frame, red), ((frame,), (frame, LookItem("velvet-lipstick", "brick"))))
    assert [overlay.kind for overlay in look.overlays] == ["split", "eyewear"]
    assert [item.shade for item in look.items] == ["clear", "classic-red"]
    assert [[item.sku for item in items] for items in look.beside] == [
        ["harbour-black"],
        ["harbour-black", "velvet-lipstick"],
    ]
    assert look.eyewear is not None
    bare = book.resolve((), ((frame,),))
    assert bare.items == ()
    assert bare.eyewear is not None
    with pytest.raises(BadLook, match="at most 3"):
        book.resolve((frame,), ((), (), ()))
    with pytest.raises(UnknownProduct):
        book.resolve((frame,), ((LookItem("no-such"),),))


def test_two_lipsticks_are_worn_on_one_side_each(book: LookBook) -> None:
    items = (
        LookItem("velvet-lipstick", "brick", 1.0, side="left"),
        LookItem("glass-lip-gloss", "fig", 1.0, template="ombre", side="right"),
    )
    look = book.resolve(items)
    assert look.items == items


def test_a_whole_face_is_drawn_by_regions_in_cosmetic_order(book: LookBook) -> None:
    each: dict[str, LookItem] = {}
    for product in book.products():
        if product.makeup is not None:
            each.setdefault(product.makeup.type, LookItem(product.sku))
    look = book.resolve([*reversed(each.values()), LookItem("harbour-black")])
    assert len(look.items) == len(RULES) + 1
    assert [type(overlay).__name__ for overlay in look.overlays] == ["Skin", "Eyes", "Lips", "Eyewear"]


def test_a_strength_at_each_end_is_accepted(book: LookBook) -> None:
    for strength in (0.0, 1.0):
        assert book.resolve((LookItem("velvet-lipstick", None, strength),)).items[0].strength == strength


def test_the_gloss_and_the_lipstick_share_a_slot_by_type(book: LookBook) -> None:
    found = {product.sku: product.makeup for product in book.products()}
    types = [
        makeup.type for makeup in (found["velvet-lipstick"], found["glass-lip-gloss"]) if makeup is not None
    ]
    assert types == ["lipstick", "lipstick"]


def count_makes(monkeypatch: pytest.MonkeyPatch, hold: threading.Event | None = None) -> list[str]:
    """Let the real maker run, and note each product that it makes."""
    made: list[str] = []
    real = KINDS["eyewear"]

    def make(product: Product, shade: Shade | None, strength: float) -> Overlay:
        made.append(product.sku)
        if hold is not None:
            assert hold.wait(10)
        return real(product, shade, strength)

    monkeypatch.setitem(KINDS, "eyewear", make)
    return made


def test_eight_threads_that_want_one_product_load_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, release = LookBook(), threading.Event()
    made = count_makes(monkeypatch, release)
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(fresh.resolve, (LookItem("harbour-black"),)) for _ in range(8)]
        release.set()
        overlays = [future.result(timeout=30).overlays[0] for future in waiting]
    assert made == ["harbour-black"]
    assert all(overlay is overlays[0] for overlay in overlays)


def test_a_product_that_loads_slowly_holds_up_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = LookBook()
    fresh.resolve((LookItem("solstice-gold"),))
    release = threading.Event()
    count_makes(monkeypatch, release)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(fresh.resolve, (LookItem("harbour-black"),))
        assert fresh.resolve((LookItem("solstice-gold"), LookItem("velvet-lipstick"))).items
        assert not slow.done()
        release.set()
        assert slow.result(timeout=30).overlays


def test_the_least_recently_worn_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = LookBook()
    made = count_makes(monkeypatch)
    monkeypatch.setattr(looks, "LOADED_MAX", 2)
    for sku in (EYEWEAR[0], EYEWEAR[1], EYEWEAR[0], EYEWEAR[2], EYEWEAR[0], EYEWEAR[1]):
        fresh.resolve((LookItem(sku),))
    assert made == [EYEWEAR[0], EYEWEAR[1], EYEWEAR[2], EYEWEAR[1]]


def test_a_product_that_failed_to_load_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = LookBook()
    whole = fresh._products["harbour-black"]
    fresh._products["harbour-black"] = replace(whole, model=None)
    for _ in range(2):
        with pytest.raises(BadAsset, match="harbour-black has no model"):
            fresh.resolve((LookItem("harbour-black"),))
    fresh._products["harbour-black"] = whole
    assert fresh.resolve((LookItem("harbour-black"),)).overlays


def test_shades_and_strengths_have_overlays_of_their_own(book: LookBook) -> None:
    one, two = (
        book.resolve((LookItem("velvet-lipstick", shade, strength),)).overlays[0]
        for shade, strength in (("brick", 0.5), ("peony", 0.9))
    )
    assert one != two


def test_lenses_are_fitted_once_and_share_the_frame(book: LookBook) -> None:
    def worn(*choice: str | float | None) -> Overlay:
        (overlay,) = book.resolve([LookItem("harbour-black", *choice)]).overlays  # type: ignore[arg-type]
        return overlay

    clear, dark = worn("clear"), worn("photochromic-grey", 1.0)
    assert isinstance(clear, Eyewear)
    assert isinstance(dark, Eyewear)
    assert worn("clear") is clear
    assert worn("photochromic-grey", 1.0) is dark
    assert worn("photochromic-grey", 0.99) is dark, "steps too small to be seen are one"
    assert dark.model.positions_mm is clear.model.positions_mm
    lenses = list(clear.lenses)
    lens_vertices = np.unique(clear.model.triangles[np.isin(clear.model.triangles[:, 3], lenses), :3])
    colours = [
        worn("photochromic-grey", level).model.attributes[lens_vertices, 3].mean()  # type: ignore[attr-defined]
        for level in (0.0, 0.5, 1.0)
    ]
    assert colours[0] > 2 * colours[1] > 4 * colours[2] > 0.2
    ground = worn("clear", None, -4.0)
    assert isinstance(ground, Eyewear)
    assert ground.correction is not None
    assert ground.correction.power_d == -4.0
    assert clear.correction is None


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (LookItem("harbour-black", "no-lens"), "no shade 'no-lens'"),
        (LookItem("harbour-black", None, None, 12.5), "from -12 to 12"),
        (LookItem("harbour-black", None, None, float("nan")), "from -12 to 12"),
        (LookItem("nocturne-black-sun", None, None, -1.0), "not made with corrective lenses"),
        (LookItem("velvet-lipstick", None, None, -1.0), "not made with corrective lenses"),
    ],
)
def test_lenses_that_are_not_to_be_had(book: LookBook, item: LookItem, says: str) -> None:
    with pytest.raises(BadLook, match=says):
        book.resolve([item])
