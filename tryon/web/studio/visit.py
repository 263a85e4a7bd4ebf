"""One request to the studio, as its handler sees it, and what the handler answers with.

Handlers run in a thread, never on the event loop. They take a ``Visit`` and return a ``Page`` or a ``Go``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urlencode

from tryon.config import Settings
from tryon.store.accounts import User
from tryon.store.place import exists
from tryon.store.sessions import Session
from tryon.store.store import Store, Tenant
from tryon.web.api.calls import Office
from tryon.web.visitor import csrf_of

Value = TypeVar("Value")
HOME: Final = "/studio/products"
# Where a sign-in may lead back to: our own pages, and never a host.
_NEXT: Final = re.compile(r"/studio/[A-Za-z0-9_-][A-Za-z0-9/_.~%?=&+,-]{0,400}")


@dataclass(frozen=True, slots=True)
class Page:
    """A template below ``templates/studio`` and what it shows."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Go:
    """To another page of ours. ``cookie`` is the session's secret from now on; empty ends it, None leaves it."""

    to: str
    cookie: str | None = None


Reply: TypeAlias = Page | Go


@dataclass(frozen=True, slots=True)
class Visit:
    """``path`` has the address's parts, ``query`` and ``form`` what was sent; ``here`` is the address itself.

    ``address`` is a digest that tells clients apart, ``base`` scheme and host as the browser has them. ``session`` and
    ``user`` are None for strangers.
    """

    settings: Settings
    office: Office
    here: str
    base: str
    address: str
    agent: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    session: Session | None = None
    user: User | None = None

    @property
    def store(self) -> Store:
        """Made unless it is there."""
        return self.office.store()

    @property
    def has_store(self) -> bool:
        """A stranger shall not make one."""
        return exists(self.settings)

    @property
    def csrf(self) -> str:
        """The token for this session's forms; empty for strangers."""
        return csrf_of(self.secret) if self.session is not None else ""

    @property
    def who(self) -> User:
        """Whoever is signed in: routes for strangers do not ask."""
        if self.user is None:
            raise LookupError("nobody is signed in")
        return self.user

    @property
    def now(self) -> Session:
        """The session that asks."""
        if self.session is None:
            raise LookupError("nobody is signed in")
        return self.session

    def read(self, work: Callable[[Tenant], Value]) -> Value:
        """``work`` on the merchant's rows, to look at."""
        with self.store.read(self.who.merchant_id) as tenant:
            return work(tenant)

    def write(self, work: Callable[[Tenant], Value]) -> Value:
        """``work`` on the merchant's rows, in this user's name."""
        with self.store.write(self.who.merchant_id, self.who.actor) as tenant:
            return work(tenant)

    def field(self, name: str) -> str:
        """One field of the form; empty where it was not sent."""
        return self.form.get(name, "")


def safe_next(told: str) -> str:
    """Where to go after signing in: ``told`` where it is a page of the studio, else the products."""
    return told if _NEXT.fullmatch(told) and "//" not in told and ".." not in told else HOME


def sign_in_address(here: str, why: str = "") -> str:
    """The sign-in page that leads back to ``here``."""
    back = safe_next(here)
    asked = {} if back == HOME and not why else {"next": back}
    if why:
        asked["why"] = why
    return "/studio/sign-in" + (f"?{urlencode(asked)}" if asked else "")
