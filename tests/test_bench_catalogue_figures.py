"""The command that measures how a catalogue is filled and searched: what it asks, and what it tells."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.test_web_api import opened
from tryon.bench.catalogue_figures import BARS, MEASURES, Client, Figure, fill, lists
from tryon.config import Settings
from tryon.errors import ConfigError


@pytest.fixture
def config(tmp_path: Path) -> Settings:
    (tmp_path / "none").mkdir()
    return Settings(
        threads=1,
        store_dir=tmp_path / "store",
        cache_dir=tmp_path / "cache",
        catalogue_dir=tmp_path / "none",
        api_requests_per_second=100_000,
    )


async def test_lists_of_every_kind_are_timed(config: Settings) -> None:
    async with opened(config) as site:
        fill(site.store, 230, "acme")
        found: list[Figure] = []

        def measure() -> None:
            with closing(Client(site.url, site.token)) as client:
                found.append(lists(client, 2))

        thread = threading.Thread(target=measure)
        thread.start()
        while thread.is_alive():
            await site.ask("GET", "/v1/merchant")
        page = (await site.ask("GET", "/v1/products?q=harbour&limit=200")).body["items"]
        assert 0 < len(page) < 200
    assert len(found[0].all) == 2 * 13
    assert found[0].value == pytest.approx(np.percentile(found[0].all, 95), abs=0.01)


async def test_a_refusal_ends_it_with_the_answer(config: Settings) -> None:
    async with opened(config) as site:
        refused: list[str] = []

        def ask() -> None:
            with (
                closing(Client(site.url, "tryon_x")) as client,
                pytest.raises(ConfigError, match="401") as caught,
            ):
                client.ask("GET", "/v1/merchant")
            refused.append(caught.value.sentence)

        thread = threading.Thread(target=ask)
        thread.start()
        while thread.is_alive():
            await site.ask("GET", "/v1/merchant")
    assert "token_invalid" in refused[0]


def test_every_bar_has_its_measure_and_a_missed_one_is_told() -> None:
    assert BARS.keys() == MEASURES.keys()
    assert "MISSED" not in Figure("glb", BARS["glb"], (), "x").line()
    assert "MISSED" in Figure("glb", BARS["glb"] + 0.1, (), "x").line()
