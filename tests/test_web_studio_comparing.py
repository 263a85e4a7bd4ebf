"""Two versions of a product beside each other; and what is planned for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.published import lipstick
from tests.studio_site import Studio, studio_at
from tryon.store import products, timetable
from tryon.web.studio.comparing import _value


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio_at(tmp_path) as made:
        with made.store.write(made.house, "cli") as tenant:
            products.create(tenant, lipstick("velvet", "Velvet", tags=["vegan"]))
        yield made


async def test_versions_stand_beside_each_other_with_what_differs(studio: Studio) -> None:
    vi = await studio.signed_in("vi", "viewer")
    page = (await vi.get("/studio/products/velvet/compare")).text
    assert "only one version yet" in page
    with studio.store.write(studio.house) as tenant:
        first = products.publish(tenant, "velvet", None, {}).live_version
        price = {"minor": 129900, "currency": "EUR"}
        products.replace(tenant, "velvet", lipstick("velvet", "<b>Two</b>", price=price), None)
    page = (await vi.get("/studio/products/velvet/compare")).text
    assert '<option value="draft" selected>The draft</option>' in page
    assert f'<option value="{first}" selected>' in page
    assert "&lt;b&gt;Two&lt;/b&gt;" in page
    assert "<b>Two" not in page
    assert "1,299.00 EUR" in page
    same = (await vi.get("/studio/products/velvet/compare?before=draft&after=draft")).text
    assert "the two are the same" in same
    odd = await vi.get("/studio/products/velvet/compare?before=999&after=x")
    assert odd.status == 200
    assert (await vi.get("/studio/products/none/compare")).status == 404


async def test_what_is_planned_is_shown_with_what_became_of_it(studio: Studio) -> None:
    ed, vi = await studio.signed_in("ed", "editor"), await studio.signed_in("vi", "viewer")
    with studio.store.write(studio.house) as tenant:
        timetable.plan(tenant, "velvet", "publish", tenant.now_ms + 10**7, None, {})
        products.replace(tenant, "velvet", lipstick("velvet", "Two"), None)
    page = (await ed.get("/studio/products/velvet")).text
    assert 'data-cancel="publish"' in page
    assert "It has changed since; plan it anew" in page
    assert "Publishes <time data-moment" in (await vi.get("/studio/products")).text
    seen = (await vi.get("/studio/products/velvet")).text
    assert "data-cancel" not in seen
    assert 'id="plan"' not in seen
    assert "As the draft was when this was planned" in seen


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", None, "–"),
        ("tags", ["a", "b"], "a, b"),
        ("price", {"minor": 500, "currency": "JPY"}, "500 JPY"),
        ("dimensions_mm.bridge_mm", 19.0, "19 mm"),
        ("points.hem", [10.5, 3], "10.5 × 3"),
        ("files.model.glb", "abcdef0123456789", "file abcdef01"),
        ("lenses.grey", {"id": "grey", "name": "Grey", "type": "tint"}, "Grey (type tint)"),
    ],
)
def test_values_in_words(field: str, value: object, words: str) -> None:
    assert _value(field, value)["words"] == words


def test_a_shade_shows_its_colour() -> None:
    shade = {"id": "red", "name": "Red", "color": "#b3121d"}
    assert _value("shades.red", shade) == {"words": "Red", "colour": "#b3121d"}


def test_what_was_adjusted_by_hand_is_told_in_words() -> None:
    assert _value("moved_mm.nose", [0, 1.5, 0])["words"] == "0 × 1.5 × 0 mm"
    assert _value("sizes_mm.bridge_mm", 19)["words"] == "19 mm"
    assert _value("materials.gold", {"color": "#b8860b", "roughness": 0.3}) == {
        "words": "color #b8860b, roughness 0.3",
        "colour": "#b8860b",
    }
    assert _value("own_lens", {"type": "clear"}) == {"words": "type clear", "colour": ""}
