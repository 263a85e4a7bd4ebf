"""A server with a studio, and browsers of people who are signed in to it; engines and mirror stand in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, CookieJar
from argon2 import PasswordHasher

from tests.served import served
from tryon.config import Settings
from tryon.store.accounts import Role, User, add_user
from tryon.store.house import open_catalogue
from tryon.store.merchants import find_merchant
from tryon.store.store import Store

KEY = "key-of-the-first-owner-in-tests"
PASSWORD = "four words that belong"
# Cheap: what is proved here is not how long hashing takes.
_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass
class Said:
    status: int
    headers: Any
    text: str

    @property
    def to(self) -> str:
        """Where it leads."""
        return str(self.headers.get("Location", ""))

    @property
    def csrf(self) -> str:
        found = re.search(r'<meta name="csrf" content="([0-9a-f]{64})">', self.text)
        return "" if found is None else found[1]


class Person:
    """One browser."""

    def __init__(self, http: ClientSession, url: str) -> None:
        self.http, self.url = http, url
        self.csrf = ""

    async def ask(self, method: str, path: str, data: Any = None, **headers: str) -> Said:
        sent = {"User-Agent": FIREFOX} | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(
            method, self.url + path, data=data, headers=sent, allow_redirects=False
        ) as response:
            return Said(response.status, response.headers, await response.text())

    async def get(self, path: str, **headers: str) -> Said:
        said = await self.ask("GET", path, **headers)
        self.csrf = said.csrf or self.csrf
        return said

    async def post(self, path: str, form: dict[str, str] | None = None, **headers: str) -> Said:
        """As a form of our own page sends it."""
        sent = {"csrf": self.csrf} | (form or {})
        headers = {
            "Content_Type": "application/x-www-form-urlencoded",
            "Origin": self.url,
            "Sec_Fetch_Site": "same-origin",
        } | headers
        return await self.ask("POST", path, urlencode(sent), **headers)

    async def call(self, method: str, path: str, json_text: str | None = None, **headers: str) -> Said:
        """As a script of our own page calls the API."""
        headers = {"X_CSRF_Token": self.csrf, "Origin": self.url} | headers
        if json_text is not None:
            headers["Content_Type"] = "application/json"
        return await self.ask(method, path, json_text, **headers)

    async def sign_in(self, email: str, password: str = PASSWORD) -> Said:
        said = await self.post("/studio/sign-in", {"email": email, "password": password})
        if said.status == 303 and "second-factor" not in said.to:
            await self.get("/studio/account")
        return said

    @property
    def cookie(self) -> str:
        return next((morsel.value for morsel in self.http.cookie_jar), "")


@dataclass
class Studio:
    url: str
    store: Store
    settings: Settings
    stack: AsyncExitStack

    async def browser(self) -> Person:
        """A new one, without cookies."""
        http = await self.stack.enter_async_context(ClientSession(cookie_jar=CookieJar(unsafe=True)))
        return Person(http, self.url)

    def add(self, name: str, role: Role, slug: str = "house") -> User:
        """Somebody with the usual password."""
        with self.store.write(find_merchant(self.store, slug).id) as tenant:
            return add_user(tenant, f"{name}@shop.example", role, _HASH)

    async def signed_in(self, name: str, role: Role) -> Person:
        self.add(name, role)
        person = await self.browser()
        assert (await person.sign_in(f"{name}@shop.example")).status == 303
        return person

    @property
    def house(self) -> str:
        return find_merchant(self.store, "house").id


@asynccontextmanager
async def studio_at(tmp_path: Path, **settings: Any) -> AsyncIterator[Studio]:
    (tmp_path / "none").mkdir(exist_ok=True)
    made = Settings(
        threads=1,
        store_dir=tmp_path / "store",
        cache_dir=tmp_path / "cache",
        catalogue_dir=tmp_path / "none",
        studio_key=KEY,
        **settings,
    )
    store = open_catalogue(made)
    async with AsyncExitStack() as stack:
        stack.callback(store.close)
        url = await stack.enter_async_context(served(made))
        yield Studio(url, store, made, stack)
