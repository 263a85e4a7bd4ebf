"""Tables as spreadsheets write them, and those that are none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import StoreInvalid
from tryon.ingest import table as module
from tryon.ingest.table import CELL_MAX, read_rows

Refused = list[tuple[int, str, str]]


def read(data: bytes | str) -> tuple[list[tuple[int, dict[str, str]]], Refused]:
    refused: Refused = []
    content = data if isinstance(data, bytes) else data.encode()
    rows = list(read_rows(content, ("sku", "shade_name"), ("sku",), lambda *row: refused.append(row)))
    return rows, refused


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_each_way_of_dividing_cells(mark: str) -> None:
    rows, refused = read(f"\ufeffSKU{mark}Shade Name\r\na{mark} b \r\n")
    assert refused == []
    assert rows == [(2, {"sku": "a", "shade_name": "b"})]


def test_a_row_that_is_none_costs_itself() -> None:
    rows, refused = read(f'sku\na\n\nb,c\n"{"x" * (CELL_MAX + 1)}"\n"two\nlines"\nd\n')
    assert [(line, row["sku"]) for line, row in rows] == [(2, "a"), (7, "two\nlines"), (8, "d")]
    assert [(line, sku) for line, sku, _ in refused] == [(4, "b"), (5, "")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"name\n", "'name'"),
        (b"sku,sku\n", "twice"),
        (b"\xff\xfes\x00", "UTF-8"),
    ],
)
def test_what_is_no_table(data: bytes, said: str) -> None:
    with pytest.raises(StoreInvalid, match=said):
        read(data)


def test_the_last_row_that_may_be_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_MAX", 3)
    assert len(read("sku\na\nb\nc\n")[0]) == 3
    with pytest.raises(StoreInvalid, match="more than 3 rows"):
        read("sku\na\nb\nc\nd\n")


@given(st.binary(max_size=200))
def test_any_bytes_are_rows_or_a_sentence(data: bytes) -> None:
    with suppress(StoreInvalid):
        assert all(set(row) == {"sku"} for _, row in read(b"sku\n" + data)[0])
