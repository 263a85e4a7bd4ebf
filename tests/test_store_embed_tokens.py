"""Embed tokens: what holds, and each way in which one does not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from tryon.config import Settings
from tryon.errors import EmbedRefused, TokenElsewhere, TokenExpired, TokenUnknown, TokenUsed
from tryon.store import embed_tokens
from tryon.store.embed_keys import renew, signing
from tryon.store.embed_tokens import LIFE_S, Claims
from tryon.store.merchants import add_merchant
from tryon.store.store import Store
from tryon.store.sweep import sweep
from tryon.store.tables import spent_embed_tokens

NOW_MS = 1_800_000_000_000
SHOP = "https://shop.example"


class Shop:
    """A merchant's store at a time that the test sets."""

    def __init__(self, store: Store, slug: str) -> None:
        self.store, self.now_ms = store, NOW_MS
        self.id = add_merchant(store, slug).id
        store.now_ms = lambda: self.now_ms

    def make(self) -> tuple[str, Claims]:
        return embed_tokens.make(signing(self.store, self.id), self.id, SHOP, "juniper", self.now_ms)

    def read(self, token: str) -> Claims:
        with self.store.read(self.id) as tenant:
            return embed_tokens.read(tenant, token)


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store, "acme")


def test_what_was_said_is_read_until_it_runs_out(shop: Shop) -> None:
    token, claims = shop.make()
    assert claims.until_ms == NOW_MS + LIFE_S * 1000
    shop.now_ms = claims.until_ms - 1
    assert shop.read(token) == claims
    shop.now_ms = claims.until_ms
    with pytest.raises(TokenExpired, match="open it again"):
        shop.read(token)
    assert len(token) < 400
    assert token.isascii()


def test_no_two_tokens_are_the_same(shop: Shop) -> None:
    assert len({shop.make()[0] for _ in range(20)}) == 20


@pytest.fixture(scope="module")
def one_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    store = Store.open(Settings(store_dir=tmp_path_factory.mktemp("one")))
    yield Shop(store, "acme")
    store.close()


@given(st.data())
def test_a_token_that_was_changed_anywhere_is_none(one_shop: Shop, data: st.DataObject) -> None:
    token, _ = one_shop.make()
    at = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.characters(codec="utf-8").filter(lambda other: other != token[at]))
    with pytest.raises(TokenUnknown):
        one_shop.read(token[:at] + sign + token[at + 1 :])


@pytest.mark.parametrize(
    "token", ["", ".", "..", "tryon-embed..", "tryon-embed.e30.x", "tryon-embed.[].é", "x" * 10_000, "é.é.é"]
)
def test_what_is_no_token_is_told_as_such(one_shop: Shop, token: str) -> None:
    with pytest.raises(TokenUnknown, match="not made by this server"):
        one_shop.read(token)


def test_half_a_character_is_no_signature(one_shop: Shop) -> None:
    token, _ = one_shop.make()
    with pytest.raises(TokenUnknown):
        one_shop.read(token[:-1] + "\ud800")


def test_a_token_is_its_merchants_and_its_keys(shop: Shop) -> None:
    token, claims = shop.make()
    other = Shop(shop.store, "other")
    with pytest.raises(TokenUnknown):
        other.read(token)
    assert shop.read(token) == claims
    with shop.store.write(shop.id) as tenant:
        renew(tenant)
    with pytest.raises(TokenUnknown, match="its key was changed"):
        shop.read(token)


@pytest.mark.parametrize(
    ("origin", "sku", "told"),
    [
        (
            "https://thief.example",
            "juniper",
            f"made for {SHOP}, and this page is https://thief.example",
        ),
        (SHOP, "linden", "for the product 'juniper', not for 'linden'"),
    ],
)
def test_a_token_that_was_made_for_something_else_says_for_what(origin: str, sku: str, told: str) -> None:
    claims = Claims("a", SHOP, "juniper", "0" * 32, NOW_MS)
    embed_tokens.check(claims, SHOP, "juniper")
    with pytest.raises(TokenElsewhere, match=told):
        embed_tokens.check(claims, origin, sku)


def test_a_token_is_used_once_and_forgotten_when_it_is_too_old_anyway(shop: Shop) -> None:
    _, claims = shop.make()
    with shop.store.write(shop.id) as tenant:
        embed_tokens.spend(tenant, claims)
    with pytest.raises(TokenUsed, match="used before"), shop.store.write(shop.id) as tenant:
        embed_tokens.spend(tenant, claims)
    shop.now_ms = claims.until_ms + 3_600_000
    sweep(shop.store)
    with shop.store.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(spent_embed_tokens)).scalar() == 0


def test_of_several_processes_one_uses_it(store: Store, store_settings: Settings) -> None:
    acme = add_merchant(store, "acme").id
    key = signing(store, acme)
    _, claims = embed_tokens.make(key, acme, SHOP, "juniper", store.now_ms())
    code = (
        "import json, sys; from tryon.config import Settings; from tryon.errors import TokenUsed\n"
        "from tryon.store.store import Store; from tryon.store.embed_tokens import Claims, spend\n"
        "store = Store.open(Settings.model_validate_json(sys.argv[1])); claims = Claims(*json.loads(sys.argv[2]))\n"
        "try:\n"
        "    with store.write(claims.merchant_id) as tenant: spend(tenant, claims)\n"
        "    print('used')\n"
        "except TokenUsed: print('refused')\n"
    )
    told = json.dumps([claims.merchant_id, claims.origin, claims.sku, claims.nonce, claims.until_ms])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, store_settings.model_dump_json(), told],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert sorted(process.communicate(timeout=60)[0].strip() for process in running) == ["refused", "used"]


def test_every_refusal_has_a_code_of_its_own() -> None:
    kinds = (TokenElsewhere, TokenExpired, TokenUnknown, TokenUsed)
    assert len({kind.code for kind in kinds} | {EmbedRefused.code}) == 5
