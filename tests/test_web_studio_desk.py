"""Who may: a matrix made from the studio's own table; forms of other pages; sessions that ended; the API by cookie."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from sqlalchemy import select
from yarl import URL

from tests.published import lipstick
from tests.studio_site import Person, Studio, studio_at
from tryon.store import products
from tryon.store.accounts import ROLES, add_user, set_role
from tryon.store.jobs import submit
from tryon.store.links import invite
from tryon.store.merchants import add_merchant, make_token
from tryon.store.sessions import close_others, open_session, session_of
from tryon.store.tables import metadata
from tryon.web.studio.desk import may
from tryon.web.studio.pages import Pages
from tryon.web.studio.table import WAYS, Way
from tryon.web.studio.visit import Page, Visit


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio_at(tmp_path) as made:
        with made.store.write(made.house) as tenant:
            products.create(tenant, lipstick())
        yield made


def address(way: Way) -> str:
    values = {"id": "0" * 32, "sku": "velvet", "secret": "x" * 43}
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})+\}", lambda found: values[found[1]], way.path)


async def ask(person: Person, way: Way) -> int:
    method = person.get if way.method == "GET" else person.post
    said = await method(address(way))
    assert said.status < 500, f"{way.method} {way.path}"
    return said.status if said.to.split("?")[0] != "/studio/sign-in" else 401


async def test_every_address_is_for_its_role_and_those_above(studio: Studio) -> None:
    stranger = await studio.browser()
    people = {role: await studio.signed_in(f"a-{role}", role) for role in ROLES}
    # What signs somebody out, or changes who they are, would end the test.
    kept = [way for way in WAYS if "sign-out" not in way.path]
    for way in kept:
        if way.needs == "anyone":
            continue
        assert await ask(stranger, way) == 401, f"{way.method} {way.path} answers a stranger"
        if way.needs == "half":
            continue
        for role, person in people.items():
            status = await ask(person, way)
            assert (status == 403) is not may(role, way.needs), (
                f"{way.method} {way.path}: {role} gets {status}"
            )


async def test_another_merchants_owner_reaches_nothing(studio: Studio) -> None:
    with studio.store.write(studio.house) as tenant:
        ann = add_user(tenant, "ann@shop.example", "owner", "x")
        bea = add_user(tenant, "bea@shop.example", "editor", "x")
        session, _ = open_session(tenant, bea, "Firefox", proved=True)
        token, _ = make_token(tenant, "Secret", ("read",))
        ids = {
            "people": ann.id,
            "sessions": session.id,
            "links": invite(tenant, "viewer", "new@shop.example")[0].id,
            "tokens": token.id,
            "jobs": submit(tenant, "makeup-shades", {"sku": "velvet"}).id,
        }
    add_merchant(studio.store, "other")
    studio.add("eve", "owner", "other")
    eve = await studio.browser()
    assert (await eve.sign_in("eve@shop.example")).status == 303
    before = rows_of(studio)
    asked = [way for way in WAYS if "{id" in way.path or "{sku" in way.path]
    assert len(asked) >= 8
    for way in asked:
        values = {"sku": "velvet", "id": next((own for part, own in ids.items() if part in way.path), "?")}
        path = re.sub(r"\{(\w+):(?:[^{}]|\{[^{}]*\})+\}", lambda found, v=values: v[found[1]], way.path)  # type: ignore[misc]
        said = await (eve.get(path) if way.method == "GET" else eve.post(path, {"role": "viewer"}))
        # To end what is not there is no fault.
        ending = way.path.endswith(("/withdraw", "/end"))
        assert said.status == 404 or (ending and said.status == 303), (
            f"{way.method} {way.path} answers another merchant with {said.status}"
        )
        assert "Velvet" not in said.text
    assert rows_of(studio) == before


def rows_of(studio: Studio) -> list[str]:
    """All that the house has, as text."""
    with studio.store.database.read() as connection:
        return [
            str(
                sorted(map(str, connection.execute(select(table).where(table.c.merchant_id == studio.house))))
            )
            for table in metadata.sorted_tables
            if "merchant_id" in table.c
        ]


def test_owners_may_all_and_viewers_little() -> None:
    assert may("owner", "viewer")
    assert may("editor", "editor")
    assert not may("viewer", "editor")
    assert not may("editor", "owner")
    # Nothing that changes things is for strangers, but the door itself.
    open_doors = {way.path.split("/")[2] for way in WAYS if way.method == "POST" and way.needs == "anyone"}
    assert open_doors == {"sign-in", "join"}


async def test_forms_of_other_pages_change_nothing(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "owner")
    form = {"email": "eve@x.example", "role": "owner"}
    for headers in (
        {"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        said = await ann.post("/studio/people", form, **headers)
        assert (said.status, "from another page" in said.text) == (403, True)
    for csrf in ("", "0" * 64, "é"):
        said = await ann.post("/studio/people", {**form, "csrf": csrf})
        assert (said.status, "earlier session" in said.text) == (403, True)
    assert (await ann.post("/studio/people", form)).status == 200


async def test_a_session_that_ended_leads_to_the_door_and_back(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "owner")
    found = session_of(studio.store, ann.cookie)
    assert found is not None
    with studio.store.write(studio.house) as tenant:
        close_others(tenant, found[1].id)
    page = await ann.get("/studio/log")
    assert page.to == "/studio/sign-in?next=%2Fstudio%2Flog&why=ended"
    assert "signed out meanwhile" in (await ann.get(page.to)).text
    # A form leads back to the page that it stood on.
    posted = await ann.post("/studio/account/password", {"password": "x", "new": "y"})
    assert posted.to == "/studio/sign-in?next=%2Fstudio%2Faccount&why=ended"


async def test_a_role_that_is_taken_away_counts_at_once(studio: Studio) -> None:
    ann, bob = await studio.signed_in("ann", "owner"), await studio.signed_in("bob", "owner")
    found = session_of(studio.store, bob.cookie)
    assert found is not None
    with studio.store.write(studio.house) as tenant:
        set_role(tenant, found[1].id, "viewer")
    said = await bob.get("/studio/people")
    assert (said.status, "You are a viewer here" in said.text) == (403, True)
    assert (await ann.get("/studio/people")).status == 200
    assert (await bob.call("POST", "/v1/products/velvet/publish")).status == 403


async def test_the_api_takes_the_cookie_with_the_pages_token(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "editor")
    draft = json.dumps(
        {"definition": lipstick("new").definition.model_dump(mode="json", by_alias=True, exclude_none=True)}
    )
    assert (await ann.call("GET", "/v1/products")).status == 200
    assert (await ann.call("POST", "/v1/products", draft)).status == 201
    for headers in ({"X_CSRF_Token": ""}, {"X_CSRF_Token": "0" * 64}, {"Origin": "https://evil.example"}):
        said = await ann.call("DELETE", "/v1/products/new", If_Match='"1"', **headers)
        assert (said.status, json.loads(said.text)["error"]["code"]) == (403, "csrf")
    # An editor has no tokens to give; a token that is sent counts, not the cookie.
    assert (await ann.call("POST", "/v1/tokens", '{"name": "x", "scopes": ["read"]}')).status == 403
    assert (await ann.call("GET", "/v1/products", Authorization="Bearer tryon_x")).status == 401
    events = json.loads((await ann.call("GET", "/v1/events")).text)["items"]
    assert events[0]["actor"].startswith("user:")


async def test_what_is_not_there_has_words(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "viewer")
    assert (await ann.get("/studio/nothing")).status == 404
    assert "There is nothing here" in (await ann.get("/studio/nothing")).text
    said = await ann.ask("DELETE", "/studio/account/password")
    assert (said.status, said.headers["Allow"]) == (405, "POST")
    assert (await ann.post("/studio/sign-out", Content_Type="application/json")).status == 415
    assert (await ann.ask("HEAD", "/studio/account")).status == 200
    assert (await ann.get("/studio/account/")).status == 200


async def test_a_page_that_cannot_be_drawn_is_told_as_a_page(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ann = await studio.signed_in("ann", "owner")
    render = Pages.render

    def torn(pages: Pages, visit: Visit, page: Page) -> bytes:
        if page.template == "log.html":
            raise UndefinedError("'actor' is undefined")
        return render(pages, visit, page)

    monkeypatch.setattr(Pages, "render", torn)
    said = await ann.get("/studio/log")
    assert (said.status, "The server failed at this" in said.text) == (500, True)
    assert "UndefinedError" in caplog.text
    assert "actor" not in caplog.text


async def test_headers_that_are_no_text_are_those_of_a_stranger(studio: Studio) -> None:
    # As a client without manners sends them: aiohttp's own would not.
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(studio.url).port)
    for path, name in (
        ("/studio/log", b"Cookie: tryon-studio=\xff"),
        ("/v1/products", b"Cookie: tryon-studio=\xff"),
    ):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode() + name + b"\r\n\r\n")
        status = (await reader.readline()).split()[1]
        assert status == (b"303" if path.startswith("/studio") else b"401")
        headers = await reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"Content-Length: (\d+)", headers)
        await reader.readexactly(0 if found is None else int(found[1]))
    writer.close()
    await writer.wait_closed()


async def test_forms_that_cannot_be_read_have_words(studio: Studio) -> None:
    ann = await studio.signed_in("ann", "owner")
    stranger = await studio.browser()
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    for body, charset, status in (
        (b"email=\xff", "", 400),
        (b"email=x", "; charset=none-such", 400),
        (b"email=" + b"x" * 70_000, "", 413),
        # Half of a character beyond the first 65,536.
        (rb"email=\ud800&password=\ud800", "; charset=unicode_escape", 401),
    ):
        said = await stranger.ask(
            "POST", "/studio/sign-in", body, Content_Type=kind["Content_Type"] + charset
        )
        assert said.status == status, body[:20]
        assert "<h1>" in said.text
    assert (await ann.post("/studio/people", {"email": "x" * 600_000, "role": "viewer"})).status == 413


async def test_pages_say_where_they_may_be_shown_and_what_may_run(studio: Studio) -> None:
    said = await (await studio.browser()).get("/studio/sign-in")
    policy = said.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "form-action 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert said.headers["Cache-Control"] == "no-store"
    assert said.headers["Referrer-Policy"] == "same-origin"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", said.text)
