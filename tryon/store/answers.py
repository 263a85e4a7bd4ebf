"""Answers that were given under an Idempotency-Key, so that a request that is sent again does nothing again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from tryon.errors import StoreRefused
from tryon.store.database import Database
from tryon.store.store import Tenant
from tryon.store.tables import answers


class KeyReused(StoreRefused):
    """An Idempotency-Key that came before with another request."""

    code = "idempotency_key_reused"


@dataclass(frozen=True, slots=True)
class Answered:
    """As it was given the first time."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]


def answered(database: Database, tenant: Tenant, key: str, request: str) -> Answered | None:
    """What this key was answered before; None the first time, and others with the same key then wait for its end.

    ``request`` is the request's SHA-256. Raises KeyReused where it is another one.
    """
    told = hashlib.sha256(f"{tenant.merchant_id} {key}".encode()).digest()
    database.lock(tenant.connection, int.from_bytes(told[:7], "big"))
    row = tenant.connection.execute(
        select(answers).where(answers.c.merchant_id == tenant.merchant_id, answers.c.key == key)
    ).one_or_none()
    if row is None:
        return None
    if row.request != request:
        raise KeyReused(
            "This Idempotency-Key came before with another request; take a new key for a new request."
        )
    return Answered(row.status, row.headers, row.body)


def remember(tenant: Tenant, key: str, request: str, answer: Answered) -> None:
    """Part of the transaction that does what the answer tells."""
    tenant.connection.execute(
        insert(answers).values(
            merchant_id=tenant.merchant_id,
            key=key,
            request=request,
            status=answer.status,
            headers=dict(answer.headers),
            body=dict(answer.body),
            created_ms=tenant.now_ms,
        )
    )
