"""What a shop's rows say is to be made, and what is wrong with those that say nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.shop_zips import lipstick, table
from tryon.errors import StoreInvalid
from tryon.ingest.bundle_rows import Unit, draft_of_row, units_of

Refused = list[tuple[int, str, str]]


def read(*rows: Mapping[str, str]) -> tuple[list[Unit], Refused]:
    refused: Refused = []
    return units_of(table(*rows), lambda *row: refused.append(row)), refused


def test_kinds_are_told_by_what_a_row_has() -> None:
    units, refused = read(
        {"sku": "a", "file": "a.glb"},
        {"sku": "b", "file": "b.jpg", "size": "52-18-140"},
        {"sku": "c", "file": "c.jpg", "cut": "t_shirt"},
        lipstick("d"),
        {"sku": "d", "color": "#111"},
        {"sku": "e", "kind": "Garment", "file": "e.png", "cut": "polo"},
    )
    assert refused == []
    assert [(unit.sku, unit.kind, unit.lines) for unit in units] == [
        ("a", "eyewear", [2]),
        ("b", "eyewear", [3]),
        ("c", "garment", [4]),
        ("d", "makeup", [5, 6]),
        ("e", "garment", [7]),
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"sku": "", "file": "a.glb"}, "sku: it is empty"),
        ({"sku": "a", "file": "b.glb"}, "line 2 has 'a' already"),
        ({"sku": "a", **{k: v for k, v in lipstick("a").items() if k != "sku"}}, "line 2 has 'a' already"),
        ({"sku": "b", "kind": "hat"}, "'hat' is none of"),
        ({"sku": "b"}, "file: it is empty"),
        ({"sku": "b", "cut": "polo"}, "file: it is empty"),
        ({"sku": "b", "kind": "eyewear", "file": "b.glb", "color": "#fff"}, "color: this is eyewear"),
        ({**lipstick("b"), "file": "b.glb"}, "file: this is makeup"),
        ({"sku": "b", "file": "b.jpg", "cut": "polo", "size": "52-18-140"}, "size: this is a garment"),
    ],
)
def test_a_row_that_cannot_be_is_told_with_its_line(row: dict[str, str], said: str) -> None:
    units, refused = read({"sku": "a", "file": "a.glb"}, row, lipstick("z"))
    assert [unit.sku for unit in units] == ["a", "z"]
    assert [line for line, _, _ in refused] == [3]
    assert said in refused[0][2]


def test_a_makeup_row_that_contradicts_costs_itself() -> None:
    units, refused = read(
        lipstick("a"), {**lipstick("a", "#111"), "name": "Other"}, lipstick("a", "#222", "X")
    )
    assert [unit.lines for unit in units] == [[2, 4]]
    assert refused[0][0] == 3


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"width_mm": "14.2"}, "in millimetres, 60 to 250"),
        ({"width_mm": '"5,6"'}, "in millimetres"),
        ({"width_mm": "wide"}, "no number"),
        ({"width_mm": "nan"}, "in millimetres"),
        ({"price": "12.999", "currency": "EUR"}, "decimals"),
        # As whole numbers these take minutes, or more digits than there are.
        ({"price": "1e99999", "currency": "EUR"}, "no number such as"),
        ({"price": "9e999999999999999999", "currency": "EUR"}, "no number such as"),
        ({"price": "nan", "currency": "EUR"}, "no number such as"),
        ({"price": "cheap", "currency": "EUR"}, "no number such as"),
        ({"cut": "cape", "file": "a.jpg"}, "cut"),
        ({"sku": "Not A Sku"}, "sku"),
    ],
)
def test_what_a_row_says_wrongly_is_named(more: dict[str, str], said: str) -> None:
    units, _ = read({"sku": "a", "file": "a.glb", **more})
    with pytest.raises(StoreInvalid, match=said) as caught:
        draft_of_row(units[0])
    assert not caught.value.sentence.startswith("definition")


def test_what_a_row_says_is_a_draft() -> None:
    told = {"name": "Aviator", "width_mm": "142,5 mm", "tags": "New|gold", "price": "129", "currency": "EUR"}
    units, _ = read({"sku": "a", "file": "a.glb", **{k: f'"{v}"' for k, v in told.items()}})
    draft = draft_of_row(units[0])
    assert draft.definition.dimensions_mm == {"total_width_mm": 142.5}
    assert (draft.definition.name, draft.tags) == ("Aviator", ("new", "gold"))
    assert draft.price is not None
    assert draft.price.minor == 12900


def test_the_table_in_the_documentation_is_a_shop(root: Path) -> None:
    lines = [line.strip() for line in (root / "docs" / "catalogue.md").read_text("utf-8").splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("sku,name,file"))
    content = "\n".join(lines[start : lines.index("", start)])
    refused: Refused = []
    units = units_of(content.encode(), lambda *row: refused.append(row))
    assert refused == []
    assert [unit.kind for unit in units] == ["eyewear", "eyewear", "garment", "makeup"]
    assert [draft_of_row(unit).price is not None for unit in units[:3]] == [True] * 3
