"""What a merchant publishes appears in every process of the server, without a restart."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.served import Engine, served
from tryon.config import Settings
from tryon.looks import LookBook, LookItem
from tryon.store.house import HOUSE, open_catalogue
from tryon.store.merchants import SCOPES, find_merchant, make_token
from tryon.web import middle
from tryon.web.app import create_app, make_runner
from tryon.web.keys import MIRROR
from tryon.web.middle import Factories
from tryon.web.mirror import LOOKS_S

PATIENCE_S = 20.0


@asynccontextmanager
async def process(settings: Settings) -> AsyncIterator[str]:
    """A server with the real catalogue; nobody's face is looked at."""
    factories = Factories(
        Engine,
        lambda: None,  # type: ignore[arg-type,return-value]
        lambda: middle._book(settings),
        dict,
        lambda: Path("absent.mp4"),
        middle._refresh,
    )
    async with served(settings, made=factories) as url:
        yield url


async def skus(http: ClientSession, url: str) -> list[str]:
    async with http.get(f"{url}/api/catalogue") as response:
        return [product["sku"] for product in (await response.json())["products"]]


async def until(http: ClientSession, url: str, expected: list[str]) -> None:
    for _ in range(int(PATIENCE_S / 0.05)):
        if await skus(http, url) == expected:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{await skus(http, url)} is not {expected}")


async def test_a_change_appears_in_every_process(store_settings: Settings) -> None:
    settings = store_settings.model_copy(update={"catalogue_poll_s": 0.05})
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession())
        one, two = [await stack.enter_async_context(process(settings)) for _ in range(2)]
        both = ["meridian-gunmetal", "velvet-lipstick"]
        for url in (one, two):
            await until(http, url, both)
        assert bool(settings.database_url) or not (settings.store_dir / "tryon.db").exists()
        store = await asyncio.to_thread(open_catalogue, settings)
        with store.write(find_merchant(store, HOUSE).id) as tenant:
            token = make_token(tenant, "test", SCOPES)[1]
        store.close()
        headers = {"Authorization": f"Bearer {token}"}

        async def ask(method: str, url: str, **more: Any) -> Any:
            async with http.request(
                method, url, headers=headers | more.pop("headers", {}), **more
            ) as response:
                assert response.status < 300, await response.text()
                return await response.json()

        lip = await ask("GET", f"{one}/v1/products/velvet-lipstick")
        renamed = lip["definition"] | {"name": "Velvet Two"}
        await ask(
            "PUT",
            f"{one}/v1/products/velvet-lipstick",
            json={"definition": renamed},
            headers={"If-Match": f'"{lip["version"]}"'},
        )
        await ask("POST", f"{two}/v1/products/velvet-lipstick/publish")
        await ask("POST", f"{one}/v1/products/meridian-gunmetal/unpublish")
        for url in (one, two):
            await until(http, url, ["velvet-lipstick"])
            async with http.get(f"{url}/api/catalogue") as response:
                assert (await response.json())["products"][0]["name"] == "Velvet Two"
            async with http.get(f"{url}/p/velvet-lipstick") as response:
                assert (response.status, response.content_type) == (200, "text/html")
            async with http.get(f"{url}/p/meridian-gunmetal") as response:
                assert (response.status, response.content_type) == (404, "text/html")
            async with http.get(f"{url}/api/catalogue/velvet-lipstick/thumbnail.png") as response:
                assert response.status == 200


async def test_whoever_has_just_published_finds_it_at_once(store_settings: Settings) -> None:
    """In every process, however seldom it asks for news; and who comes to an address that was made up costs little."""
    settings = store_settings.model_copy(update={"catalogue_poll_s": 60.0})
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession())
        one = await stack.enter_async_context(process(settings))
        assert await skus(http, one) == ["meridian-gunmetal", "velvet-lipstick"]
        store = await asyncio.to_thread(open_catalogue, settings)
        with store.write(find_merchant(store, HOUSE).id) as tenant:
            token = make_token(tenant, "test", SCOPES)[1]
        store.close()
        headers = {"Authorization": f"Bearer {token}"}

        async def asked(url: str) -> int:
            async with http.get(url) as response:
                return response.status

        # Not known to a process that starts now.
        async with http.post(f"{one}/v1/products/velvet-lipstick/unpublish", headers=headers) as response:
            assert response.status == 200
        late = await stack.enter_async_context(process(settings))
        assert await asked(f"{late}/p/velvet-lipstick") == 404
        async with http.post(f"{one}/v1/products/velvet-lipstick/publish", headers=headers) as response:
            assert response.status == 200
        assert await asked(f"{late}/p/velvet-lipstick") == 200
        assert await asked(f"{late}/api/catalogue/velvet-lipstick/thumbnail.png") == 200


async def test_many_addresses_that_were_made_up_look_into_the_store_once(tmp_path: Path) -> None:
    settings = Settings(threads=1, store_dir=tmp_path / "s", cache_dir=tmp_path / "c", catalogue_poll_s=60)
    looks: list[float] = []

    def looked(_book: Any) -> None:
        looks.append(time.monotonic())
        time.sleep(0.1)

    factories = Factories(Engine, lambda: None, LookBook, dict, lambda: Path("absent.mp4"), looked)  # type: ignore[arg-type,return-value]
    async with served(settings, made=factories) as url, ClientSession() as http:

        async def asked(number: int) -> int:
            async with http.get(f"{url}/p/nothing-{number}") as response:
                return response.status

        assert set(await asyncio.gather(*(asked(number) for number in range(40)))) == {404}
        # Those who came during the first look need one of their own, together.
        assert 1 <= len(looks) <= 3
        assert all(later - before >= LOOKS_S for before, later in pairwise(looks))


async def test_a_store_that_fails_leaves_the_products_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(threads=1, store_dir=tmp_path / "s", cache_dir=tmp_path / "c", catalogue_poll_s=0.05)
    calls: list[int] = []
    twice = asyncio.Event()
    loop = asyncio.get_running_loop()

    def broken(_book: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            loop.call_soon_threadsafe(twice.set)
        raise OSError("the disk is gone: /secret/path")

    factories = Factories(
        Engine,
        lambda: None,  # type: ignore[arg-type,return-value]
        lambda: middle._book(settings),
        dict,
        lambda: Path("absent.mp4"),
        broken,
    )
    app = create_app(settings, factories)
    runner = make_runner(app, settings)
    await runner.setup()
    await app[MIRROR].started()
    await asyncio.wait_for(twice.wait(), PATIENCE_S)
    assert len(await app[MIRROR].products()) > 2
    await runner.cleanup()
    assert "OSError" in caplog.text
    assert "secret" not in caplog.text


def test_a_book_forgets_what_is_no_longer_offered(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(root / "assets" / "catalogue" / "meridian-gunmetal", folder / "meridian-gunmetal")
    book = LookBook(folder)
    (frame,) = book.products()
    worn = book.resolve([LookItem("meridian-gunmetal")])
    assert book.resolve([LookItem("meridian-gunmetal")]).overlays[0] is worn.overlays[0]
    book.replace([frame])
    assert book.resolve([LookItem("meridian-gunmetal")]).overlays[0] is worn.overlays[0]
    file = folder / "meridian-gunmetal" / "product.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"name": "Other"}))
    book.replace(LookBook(folder).products())
    other = book.resolve([LookItem("meridian-gunmetal")])
    assert other.overlays[0] is not worn.overlays[0]
    assert other.eyewear is not None
    assert other.eyewear.name == "Other"
    book.replace(())
    assert book.products() == ()
