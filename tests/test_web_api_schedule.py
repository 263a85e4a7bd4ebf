"""Plans and differences over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.served import bare_settings
from tests.test_web_api import AVIATOR, LIPSTICK, Site, opened, token_for

HOUR_MS = 3600 * 1000


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    settings = bare_settings(tmp_path)
    async with opened(settings) as made:
        yield made


async def test_a_publication_is_planned_shown_and_cancelled(site: Site) -> None:
    await site.ask("POST", "/v1/products", LIPSTICK)
    at_ms = site.store.now_ms() + HOUR_MS
    path = "/v1/products/velvet/schedule"
    said = await site.ask("PUT", f"{path}/publish", {"at_ms": at_ms}, If_Match='"1"')
    assert said.status == 200
    assert (said.body["act"], said.body["at_ms"], said.body["outcome"]) == ("publish", at_ms, "pending")
    await site.ask("PUT", f"{path}/unpublish", {"at_ms": at_ms + HOUR_MS})
    listed = (await site.ask("GET", path)).body["items"]
    assert [one["act"] for one in listed] == ["publish", "unpublish"]
    stale = await site.ask("PUT", f"{path}/publish", {"at_ms": at_ms}, If_Match='"7"')
    assert (stale.status, stale.body["error"]["current_version"]) == (409, 1)
    past = await site.ask("PUT", f"{path}/publish", {"at_ms": 1})
    assert (past.status, past.body["error"]["field"]) == (422, "at_ms")
    assert (await site.ask("PUT", f"{path}/delete", {"at_ms": at_ms})).status == 404
    # Who may not publish may not plan it.
    writer = token_for(site.store, "acme", "read", "write")
    said = await site.ask("PUT", f"{path}/publish", {"at_ms": at_ms}, token=writer)
    assert said.status == 403
    assert (await site.ask("DELETE", f"{path}/publish")).status == 204
    assert (await site.ask("DELETE", f"{path}/publish")).status == 404


async def test_what_lacks_a_file_is_not_planned(site: Site) -> None:
    await site.ask("POST", "/v1/products", AVIATOR)
    at_ms = site.store.now_ms() + HOUR_MS
    said = await site.ask("PUT", "/v1/products/aviator/schedule/publish", {"at_ms": at_ms})
    assert (said.status, said.body["error"]["field"]) == (422, "files")


async def test_versions_are_compared(site: Site) -> None:
    await site.ask("POST", "/v1/products", LIPSTICK)
    first = (await site.ask("POST", "/v1/products/velvet/publish")).body
    named = {**LIPSTICK, "definition": {**LIPSTICK["definition"], "name": "Velvet Two"}}
    await site.ask("PUT", "/v1/products/velvet", named, If_Match=f'"{first["version"]}"')
    path = "/v1/products/velvet/differences"
    found = (await site.ask("GET", f"{path}?before={first['live_version']}")).body["items"]
    assert found == [{"field": "name", "before": "Velvet", "after": "Velvet Two"}]
    assert (await site.ask("GET", path)).body["items"] == []
    assert (await site.ask("GET", f"{path}?before=99")).status == 404
