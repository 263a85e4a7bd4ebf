"""Embed tokens: what holds, and each way in which one does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from tryon.config import Settings
from tryon.errors import EmbedRefused, TokenElsewhere, TokenExpired, TokenUnknown, TokenUsed
from tryon.store import embed_tokens
from tryon.store.embed_keys import EmbedKeys
from tryon.store.embed_tokens import LIFE_S, Claims
from tryon.store.merchants import add_merchant
from tryon.store.store import Store
from tryon.store.sweep import sweep
from tryon.store.tables import spent_embed_tokens

NOW_MS = 1_800_000_000_000
SHOP = "https://shop.example"


@pytest.fixture
def keys(tmp_path: Path) -> EmbedKeys:
    return EmbedKeys(tmp_path)


def test_what_was_said_is_read_until_it_runs_out(keys: EmbedKeys) -> None:
    token, claims = embed_tokens.make(keys, "a" * 32, SHOP, "juniper", NOW_MS)
    assert claims.until_ms == NOW_MS + LIFE_S * 1000
    assert embed_tokens.read(keys, token, claims.until_ms - 1) == claims
    with pytest.raises(TokenExpired, match="open it again"):
        embed_tokens.read(keys, token, claims.until_ms)
    assert len(token) < 400
    assert token.isascii()


def test_no_two_tokens_are_the_same(keys: EmbedKeys) -> None:
    assert len({embed_tokens.make(keys, "a" * 32, SHOP, "juniper", NOW_MS)[0] for _ in range(20)}) == 20


@given(st.data())
def test_a_token_that_was_changed_anywhere_is_none(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    keys = EmbedKeys(tmp_path_factory.getbasetemp() / "keys")
    token, _ = embed_tokens.make(keys, "a" * 32, SHOP, "juniper", NOW_MS)
    at = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.characters().filter(lambda other: other != token[at]))
    with pytest.raises(TokenUnknown):
        embed_tokens.read(keys, token[:at] + sign + token[at + 1 :], NOW_MS)


@pytest.mark.parametrize(
    "token", ["", ".", "..", "tryon-embed..", "tryon-embed.e30.x", "tryon-embed.[].é", "x" * 10_000, "é.é.é"]
)
def test_what_is_no_token_is_told_as_such(keys: EmbedKeys, token: str) -> None:
    keys.newest(NOW_MS)
    with pytest.raises(TokenUnknown, match="not made by this server"):
        embed_tokens.read(keys, token, NOW_MS)


def test_another_servers_token_is_none_of_ours(keys: EmbedKeys, tmp_path: Path) -> None:
    token, _ = embed_tokens.make(EmbedKeys(tmp_path / "other"), "a" * 32, SHOP, "juniper", NOW_MS)
    keys.newest(NOW_MS)
    with pytest.raises(TokenUnknown):
        embed_tokens.read(keys, token, NOW_MS)
    ours, _ = embed_tokens.make(keys, "a" * 32, SHOP, "juniper", NOW_MS)
    keys.renew(NOW_MS)
    with pytest.raises(TokenUnknown, match="its key was changed"):
        embed_tokens.read(keys, ours, NOW_MS)


@pytest.mark.parametrize(
    ("merchant", "origin", "sku", "told"),
    [
        ("b", SHOP, "juniper", "another merchant's"),
        ("a", "https://thief.example", "juniper", f"made for {SHOP}, and this page is https://thief.example"),
        ("a", SHOP, "linden", "for the product 'juniper', not for 'linden'"),
    ],
)
def test_a_token_that_was_made_for_something_else_says_for_what(
    merchant: str, origin: str, sku: str, told: str
) -> None:
    claims = Claims("a", SHOP, "juniper", "0" * 32, NOW_MS)
    embed_tokens.check(claims, "a", SHOP, "juniper")
    with pytest.raises(TokenElsewhere, match=told):
        embed_tokens.check(claims, merchant, origin, sku)


def test_a_token_is_used_once_and_forgotten_when_it_is_too_old_anyway(store: Store, keys: EmbedKeys) -> None:
    acme = add_merchant(store, "acme")
    clock = [NOW_MS]
    store.now_ms = lambda: clock[0]
    _, claims = embed_tokens.make(keys, acme.id, SHOP, "juniper", NOW_MS)
    with store.write(acme.id) as tenant:
        embed_tokens.spend(tenant, claims)
    with pytest.raises(TokenUsed, match="used before"), store.write(acme.id) as tenant:
        embed_tokens.spend(tenant, claims)
    clock[0] = claims.until_ms + 3_600_000
    sweep(store)
    with store.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(spent_embed_tokens)).scalar() == 0


def test_of_several_processes_one_uses_it(store: Store, store_settings: Settings, keys: EmbedKeys) -> None:
    acme = add_merchant(store, "acme")
    _, claims = embed_tokens.make(keys, acme.id, SHOP, "juniper", store.now_ms())
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
