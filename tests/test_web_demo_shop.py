"""The demo shop: its page, its policy, and that its origin is registered while it runs."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tryon.config import Settings
from tryon.errors import ConfigError
from tryon.store import storefront
from tryon.store.merchants import add_merchant
from tryon.store.store import Store
from tryon.store.storefront import Storefront
from tryon.web.demo_shop import open_shop, policy

MIRROR = "http://localhost:8080"


async def test_the_shop_loads_the_mirrors_tag_and_otherwise_its_own_files() -> None:
    async with open_shop(MIRROR, "127.0.0.1", 0) as address, ClientSession() as http:
        async with http.get(address) as response:
            text = await response.text()
            assert response.headers["Content-Security-Policy"] == policy(MIRROR)
        assert f'<script src="{MIRROR}/static/embed.js" defer>' in text
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text) == []
        named = set(re.findall(r'(?:src|href)="(/[^"#]+)"', text))
        assert len(named) > 8
        for path in named:
            async with http.get(address + path) as response:
                assert response.status == 200, path
        for path in ("/index.html", "/pictures/nothing.png", "/..%2f..%2fpyproject.toml"):
            async with http.get(address + path) as response:
                assert response.status == 404, path


def test_the_policy_is_what_the_docs_tell_shops_to_send(root: Path) -> None:
    told = (root / "docs" / "embed.md").read_text("utf-8")
    for directive in ("script-src", "frame-src", "connect-src"):
        assert re.search(rf"^    {directive} +MIRROR", told, re.MULTILINE), directive
        assert re.search(rf"{directive} [^;]*{MIRROR}", policy(MIRROR)), directive
    assert "unsafe" not in policy(MIRROR)


async def test_a_port_that_is_taken_is_told() -> None:
    async with open_shop(MIRROR, "127.0.0.1", 0) as address:
        port = int(address.rsplit(":", 1)[1])
        with pytest.raises(ConfigError, match="--port"):
            async with open_shop(MIRROR, "127.0.0.1", port):
                pass


def test_its_origin_is_registered_while_it_runs_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    settings = Settings(threads=1, store_dir=tmp_path / "store", catalogue_dir=tmp_path / "none")
    store = Store.open(settings)
    house = add_merchant(store, "house")
    with store.write(house.id) as tenant:
        storefront.replace(tenant, Storefront(origins=("https://shop.example",)), 0)

    def origins() -> tuple[str, ...]:
        with store.read(house.id) as tenant:
            return storefront.get(tenant).front.origins

    code = (
        "import sys; from tryon.config import Settings; from tryon.web.demo_shop import serve_shop; "
        "serve_shop(Settings.model_validate_json(sys.argv[1]), 'http://localhost:8080', 0, "
        "lambda address: print(address, flush=True))"
    )
    command = [sys.executable, "-c", code, settings.model_dump_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        address = running.stdout.readline().strip()
        assert origins() == ("https://shop.example", address)
        running.send_signal(signal.SIGTERM)
        assert running.wait(20) == 0
    assert origins() == ("https://shop.example",)
    store.close()
