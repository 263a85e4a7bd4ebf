"""In what two versions of a product differ."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tryon.store.differences import differences

RED = {"id": "red", "name": "Red", "color": "#b3121d"}
PLUM = {"id": "plum", "name": "Plum", "color": "#4c1535"}


def document(**more: Any) -> dict[str, Any]:
    definition = {"sku": "velvet", "kind": "makeup", "name": "Velvet", "shades": [RED, PLUM], **more}
    return {
        "definition": definition,
        "tags": ["vegan"],
        "price": {"minor": 1290, "currency": "EUR"},
        "link": "",
        "files": {"thumbnail.png": "a" * 64},
    }


def test_each_thing_that_can_be_changed_is_told_by_itself() -> None:
    before = document(dimensions_mm={"bridge_mm": 19.0}, points={"hem": [1, 2]})
    after = document(
        name="Velvet Two",
        dimensions_mm={"bridge_mm": 20.0, "lens_width_mm": 51.0},
        points={"hem": [1, 3]},
        shades=[{**RED, "color": "#ff0000"}],
    )
    after |= {"price": None, "link": "https://shop.example/v", "files": {"thumbnail.png": "b" * 64}}
    assert {one.field: (one.before, one.after) for one in differences(before, after)} == {
        "name": ("Velvet", "Velvet Two"),
        "price": ({"minor": 1290, "currency": "EUR"}, None),
        "link": (None, "https://shop.example/v"),
        "dimensions_mm.bridge_mm": (19.0, 20.0),
        "dimensions_mm.lens_width_mm": (None, 51.0),
        "points.hem": ([1, 2], [1, 3]),
        "shades.red": (RED, {**RED, "color": "#ff0000"}),
        "shades.plum": (PLUM, None),
        "files.thumbnail.png": ("a" * 64, "b" * 64),
    }


def test_another_order_of_the_same_shades_is_told() -> None:
    (one,) = differences(document(), document(shades=[PLUM, RED]))
    assert (one.field, one.before, one.after) == ("shades order", ["red", "plum"], ["plum", "red"])


NAMES = st.sampled_from(["name", "description", "finish"])
DEFINITIONS = st.dictionaries(NAMES, st.text(max_size=3), max_size=3)


@given(DEFINITIONS, DEFINITIONS)
def test_the_same_differ_in_nothing_and_others_the_other_way_round(
    one: dict[str, str], other: dict[str, str]
) -> None:
    before, after = document(**one), document(**other)
    assert differences(before, before) == ()
    there, back = differences(before, after), differences(after, before)
    assert {(each.field, each.before, each.after) for each in there} == {
        (each.field, each.after, each.before) for each in back
    }
    assert (there == ()) is ({"name": "Velvet", **one} == {"name": "Velvet", **other})


def test_what_was_adjusted_by_hand_is_told_part_by_part() -> None:
    before = document(adjustment={"moved_mm": {"nose": [0, 1, 0]}, "lens": {"type": "clear"}})
    after = document(
        adjustment={"moved_mm": {"nose": [0, 2, 0]}, "sizes_mm": {"bridge_mm": 19}, "lens": {"type": "clear"}}
    )
    assert {one.field: (one.before, one.after) for one in differences(before, after)} == {
        "moved_mm.nose": ([0, 1, 0], [0, 2, 0]),
        "sizes_mm.bridge_mm": (None, 19),
    }
    assert [one.field for one in differences(before, document())] == ["moved_mm.nose", "own_lens"]
