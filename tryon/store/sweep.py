"""What nobody needs any more: orphaned blobs, uploads and releases that expired, remembered answers, used tokens,
half-written files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, exists, select

from tryon.store.account_tables import attempts, sessions
from tryon.store.attempts import KEPT_MS
from tryon.store.database import BLOBS_LOCK
from tryon.store.jobs import is_awaited
from tryon.store.schedule_tables import schedules
from tryon.store.sessions import IDLE_MS
from tryon.store.store import Store
from tryon.store.tables import (
    answers,
    assets,
    blobs,
    model_pictures,
    previews,
    spent_embed_tokens,
    storefronts,
    uploads,
)
from tryon.store.timetable import NEWS_MS

# A blob without a row may be about to get one: an upload takes no longer than this.
ORPHAN_S: Final = 3600.0
UPLOAD_MS: Final = 7 * 24 * 3600 * 1000
ANSWER_MS: Final = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of each were removed."""

    uploads: int = 0
    rows: int = 0
    blobs: int = 0
    scratch: int = 0


def sweep(
    store: Store,
    *,
    orphan_s: float = ORPHAN_S,
    upload_ms: int = UPLOAD_MS,
    answer_ms: int = ANSWER_MS,
) -> Swept:
    """Safe beside a running server. The ages are arguments for tests."""
    expired, rows = _forget(store, orphan_s, upload_ms, answer_ms)
    gone = 0
    for kept in store.blobs.every():
        if kept.age_s >= orphan_s and _remove_orphan(store, kept.merchant_id, kept.sha256):
            gone += 1
    return Swept(expired, rows, gone, store.blobs.sweep_scratch(orphan_s))


def _forget(store: Store, orphan_s: float, upload_ms: int, answer_ms: int) -> tuple[int, int]:
    now_ms = store.now_ms()
    # The whole store's housekeeping, so no merchant is named; each condition stays within a row's own merchant.
    used = [
        exists(
            select(column).where(column.table.c.merchant_id == blobs.c.merchant_id, column == blobs.c.sha256)
        )
        for column in (assets.c.sha256, uploads.c.sha256, storefronts.c.logo_sha256, model_pictures.c.sha256)
    ]
    with store.database.write() as connection:
        store.database.lock(connection, BLOBS_LOCK)
        connection.execute(delete(attempts).where(attempts.c.last_ms <= now_ms - KEPT_MS))
        connection.execute(
            delete(sessions).where(
                (sessions.c.expires_ms <= now_ms) | (sessions.c.seen_ms <= now_ms - IDLE_MS)
            )
        )
        connection.execute(delete(previews).where(previews.c.until_ms <= now_ms))
        connection.execute(delete(model_pictures).where(model_pictures.c.until_ms <= now_ms))
        connection.execute(delete(schedules).where(schedules.c.ended_ms <= now_ms - NEWS_MS))
        connection.execute(delete(answers).where(answers.c.created_ms <= now_ms - answer_ms))
        connection.execute(delete(spent_embed_tokens).where(spent_embed_tokens.c.until_ms <= now_ms))
        expired = connection.execute(
            delete(uploads).where(uploads.c.created_ms <= now_ms - upload_ms, ~is_awaited())
        ).rowcount
        rows = connection.execute(
            delete(blobs).where(blobs.c.created_ms <= now_ms - int(orphan_s * 1000), *(~one for one in used))
        ).rowcount
    return expired, rows


def _remove_orphan(store: Store, merchant_id: str, sha256: str) -> bool:
    """Under the lock that whoever writes a blob's row holds, so that neither misses the other."""
    with store.database.write() as connection:
        store.database.lock(connection, BLOBS_LOCK)
        known = connection.execute(
            select(blobs.c.sha256).where(blobs.c.merchant_id == merchant_id, blobs.c.sha256 == sha256)
        ).first()
        if known is not None:
            return False
        store.blobs.remove(merchant_id, sha256)
    return True
