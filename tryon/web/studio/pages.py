"""The studio's templates, and the words that they share."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import jinja2

from tryon.errors import TryOnError
from tryon.store.merchants import merchant_of
from tryon.web.studio.visit import Page, Visit

# What a page says after something was done, by the word in its address.
DONE: Final = {
    "welcome": "Welcome. This is your studio; the products that come with Tryon are yours to change or delete.",
    "password": "Your password is changed, and every other browser of yours is signed out.",
    "session": "That browser is signed out.",
    "sessions": "Every other browser of yours is signed out.",
    "factor": "From now on, signing in takes a code of your app, too.",
    "factor-off": "Signing in takes your password alone again.",
    "role": "Their role is changed; it counts from their next click on.",
    "removed": "They can sign in no more. What they did stays in the log.",
    "withdrawn": "That link lets nobody in any more.",
    "revoked": "That token is refused from now on.",
    "deleted": "Deleted: the product, its files, and its pictures in the mirror. The log keeps that it was done.",
    "shop": "Saved. Shoppers see it with their next page.",
    "rekeyed": "Tokens are signed with a new key from now on.",
    "out": "You are signed out.",
}
WHY: Final = {
    "ended": "You were signed out meanwhile, or the server was restarted. Sign in, and you are back where you were."
}
_UNITS: Final = ((60, "minute"), (3600, "hour"), (86400, "day"))


class Pages:
    """Rendered in threads."""

    def __init__(self, templates: Path) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(templates),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(day=day, moment=moment, size=size, utc=utc)

    def render(self, visit: Visit, page: Page) -> bytes:
        """As UTF-8."""
        values: dict[str, Any] = {
            "user": visit.user if visit.session is not None and visit.session.proved else None,
            "shop": "",
            "csrf": visit.csrf,
            "here": visit.here,
            "done": DONE.get(visit.query.get("done", ""), ""),
            "again": "",
            "title": "",
        }
        if values["user"] is not None:
            try:
                values["shop"] = visit.read(merchant_of).name
            except TryOnError:
                # The page itself may well be about that.
                values["shop"] = ""
        return (
            self._environment.get_template(f"studio/{page.template}")
            .render({**values, **page.values})
            .encode()
        )


def moment(at_ms: int) -> str:
    """As HTML's time element takes it; a page shows it in the reader's own zone."""
    return datetime.fromtimestamp(at_ms / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc(at_ms: int) -> str:
    """A moment for people whose zone nobody knows yet."""
    at = datetime.fromtimestamp(at_ms / 1000, timezone.utc)
    return f"{at.day} {at.strftime('%B %Y, %H:%M')} UTC"


def day(at_ms: int, now_ms: int) -> str:
    """How long ago it was, in words; days that are far are named."""
    passed_s = max(0, now_ms - at_ms) // 1000
    if passed_s < 60:
        return "just now"
    if passed_s >= 14 * 86400:
        at = datetime.fromtimestamp(at_ms / 1000, timezone.utc)
        return f"{at.day} {at.strftime('%B %Y')}"
    unit_s, name = next((unit for unit in reversed(_UNITS) if passed_s >= unit[0]), _UNITS[0])
    count = passed_s // unit_s
    return f"{count} {name}{'' if count == 1 else 's'} ago"


def size(count: int) -> str:
    """Bytes for people."""
    if count < 1_000:
        return f"{count} bytes"
    if count < 1_000_000:
        return f"{count / 1_000:.0f} KB"
    return f"{count / 1_000_000:.1f} MB"
