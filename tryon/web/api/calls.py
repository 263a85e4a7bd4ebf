"""One request to the API, as its handler sees it: who asks, what for, and the merchant's rows.

Handlers run in a thread, never on the event loop. They take a ``Call`` and return an ``Answer``.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel

from tryon.config import Settings
from tryon.errors import StoreInvalid, StoreRefused
from tryon.store.answers import Answered, answered, remember
from tryon.store.house import open_catalogue
from tryon.store.merchants import Token
from tryon.store.store import Store, Tenant

if TYPE_CHECKING:
    from tryon.web.api.easel import Easel

Value = TypeVar("Value")
KEY_MAX: Final = 200


class ScopeMissing(StoreRefused):
    """A token that may not do this."""

    code = "scope_missing"


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` None has no content. ``etag`` is without its quotes."""

    body: BaseModel | Mapping[str, Any] | None = None
    status: int = 200
    etag: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any] | None:
        """The body as JSON."""
        if isinstance(self.body, BaseModel):
            return self.body.model_dump(mode="json")
        return None if self.body is None else dict(self.body)


class Office:
    """What the API holds: the settings; the store and the easel, which the first call that needs one makes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store: Store | None = None
        self._easel: Easel | None = None
        self._lock = threading.Lock()

    def store(self) -> Store:
        """In a thread: opening takes time. Raises TryOnError."""
        with self._lock:
            if self._store is None:
                self._store = open_catalogue(self.settings)
            return self._store

    def easel(self) -> Easel:
        """Where frames are drawn. In a thread: it brings the mirror's own libraries."""
        from tryon.web.api.easel import Easel

        with self._lock:
            if self._easel is None:
                self._easel = Easel(self.settings)
            return self._easel

    def close(self) -> None:
        """Idempotent."""
        with self._lock:
            if self._easel is not None:
                self._easel.close()
                self._easel = None
            if self._store is not None:
                self._store.close()
                self._store = None


@dataclass(frozen=True, slots=True)
class Call:
    """``path`` has the address's parts, ``query`` and ``body`` what the route's models made of the rest.

    ``version`` is that of If-Match. ``key`` is the Idempotency-Key and ``digest`` the request's own.
    """

    office: Office
    store: Store
    token: Token
    path: Mapping[str, str]
    query: Any = None
    body: Any = None
    version: int | None = None
    key: str | None = None
    digest: str = ""

    def read(self, work: Callable[[Tenant], Value]) -> Value:
        """``work`` on the merchant's rows, to look at."""
        with self.store.read(self.token.merchant_id) as tenant:
            return work(tenant)

    def write(self, work: Callable[[Tenant], Answer]) -> Answer:
        """``work`` on the merchant's rows, once for each Idempotency-Key: then its first answer comes back."""
        with self.store.write(self.token.merchant_id, self.token.prefix) as tenant:
            if self.key is None:
                return work(tenant)
            before = answered(self.store.database, tenant, self.key, self.digest)
            if before is not None:
                headers = dict(before.headers)
                etag = headers.pop("ETag", None)
                return Answer(
                    before.body or None, before.status, etag, {**headers, "Idempotent-Replay": "true"}
                )
            answer = work(tenant)
            tag = {} if answer.etag is None else {"ETag": answer.etag}
            told = Answered(answer.status, {**answer.headers, **tag}, answer.plain() or {})
            remember(tenant, self.key, self.digest, told)
            return answer


def cursor(*parts: int | str) -> str:
    """Where a list goes on, as one word."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def parts_of(text: str, *kinds: type) -> tuple[Any, ...] | None:
    """What ``cursor`` was made of; None for the beginning. Raises StoreInvalid."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        parts = json.loads(raw)
        # Half of a character is no text.
        json.dumps(parts, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
        raise StoreInvalid("cursor: it is none of ours; take the answer's 'next'.", field="cursor")
    for part in parts:
        if (isinstance(part, int) and not 0 <= part < 2**63) or (isinstance(part, str) and "\0" in part):
            raise StoreInvalid("cursor: it is none of ours; take the answer's 'next'.", field="cursor")
    return tuple(parts)


def split(
    rows: tuple[Value, ...], limit: int, name: Callable[[Value], str]
) -> tuple[tuple[Value, ...], str | None]:
    """The page, and the cursor after it, of ``limit`` + 1 rows that were asked for."""
    shown = rows[:limit]
    return shown, (name(shown[-1]) if len(rows) > limit else None)
