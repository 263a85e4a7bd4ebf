"""Embed tokens: with one of these a shop's page opens the mirror in a frame, once.

A token is ``tryon-embed.PAYLOAD.SIGNATURE``, both parts in URL-safe base64: it names merchant, origin and product, and
when it runs out, signed with HMAC-SHA256. Making one writes nothing down. Using one does, so that it is used once in
all processes, and after a restart.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete

from tryon.errors import TokenElsewhere, TokenExpired, TokenUnknown, TokenUsed
from tryon.store.assets import insert_new
from tryon.store.embed_keys import Key, named
from tryon.store.store import Tenant
from tryon.store.tables import spent_embed_tokens

LIFE_S: Final = 60
LIFE_S_MAX: Final = 600
TOKEN_MAX: Final = 2000
_PREFIX: Final = "tryon-embed"
# Between machines that serve one shop.
_CLOCKS_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says."""

    merchant_id: str
    origin: str
    sku: str
    nonce: str
    until_ms: int


def make(
    key: Key, merchant_id: str, origin: str, sku: str, now_ms: int, life_s: int = LIFE_S
) -> tuple[str, Claims]:
    """The token and what it says."""
    claims = Claims(merchant_id, origin, sku, secrets.token_hex(16), now_ms + life_s * 1000)
    told = [key.id, claims.merchant_id, claims.origin, claims.sku, claims.nonce, claims.until_ms]
    payload = _text(json.dumps(told, separators=(",", ":")).encode())
    return f"{_PREFIX}.{payload}.{_text(_signature(key, payload))}", claims


def read(tenant: Tenant, token: str) -> Claims:
    """What a token of this merchant's says, while it holds. Raises TokenUnknown, TokenExpired."""
    prefix, _, rest = token.partition(".")
    payload, _, signature = rest.partition(".")
    parts = _parts(payload) if prefix == _PREFIX and len(token) <= TOKEN_MAX else None
    key = None if parts is None else named(tenant, parts[0])
    # Compared as written: base64 has several spellings of the same bytes, and one token shall be one text.
    signed = b"" if key is None else _text(_signature(key, payload)).encode()
    if parts is None or key is None or not hmac.compare_digest(signed, signature.encode("utf-8", "replace")):
        raise TokenUnknown(
            "This token was not made by this server, or its key was changed. Reload the shop's page and try again."
        )
    claims = Claims(*parts[1:])
    if claims.until_ms <= tenant.now_ms:
        raise TokenExpired("This token has run out. Close the mirror and open it again for a new one.")
    return claims


def spend(tenant: Tenant, claims: Claims) -> None:
    """Use it, once and for all. Raises TokenUsed where that was done before."""
    tenant.connection.execute(
        delete(spent_embed_tokens).where(
            spent_embed_tokens.c.merchant_id == tenant.merchant_id,
            spent_embed_tokens.c.until_ms <= tenant.now_ms,
        )
    )
    row = {
        "merchant_id": tenant.merchant_id,
        "nonce": claims.nonce,
        "until_ms": claims.until_ms + _CLOCKS_MS,
    }
    if not insert_new(tenant, spent_embed_tokens, row):
        raise TokenUsed(
            "This token was used before; one token opens the mirror once. Close it and open it again for a new one.",
        )


def check(claims: Claims, origin: str, sku: str) -> None:
    """Whether the token is for this page and product. Raises TokenElsewhere saying which it is not."""
    if claims.origin != origin:
        raise TokenElsewhere(
            f"This token was made for {claims.origin}, and this page is {origin}. Ask for one for this page.",
        )
    if claims.sku != sku:
        raise TokenElsewhere(
            f"This token is for the product {claims.sku!r}, not for {sku!r}. Ask for one for this product.",
        )


def _signature(key: Key, payload: str) -> bytes:
    return hmac.new(key.secret, f"{_PREFIX}.{payload}".encode(), hashlib.sha256).digest()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _parts(payload: str) -> list[Any] | None:
    try:
        parts = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return None
    kinds = [str, str, str, str, str, int]
    return parts if isinstance(parts, list) and [type(part) for part in parts] == kinds else None
