"""Model pictures: who is in them, what they agreed to, and how long it holds."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Final

from tryon.store import model_pictures
from tryon.store.accounts import SCOPES_OF, list_users
from tryon.store.model_pictures import PICTURES_MAX, ModelPicture
from tryon.store.store import Tenant
from tryon.web.studio.visit import Page, Reply, Visit

HERE: Final = "/studio/models"


def models_page(visit: Visit) -> Reply:
    """What is there, and a form for one more."""

    def look(tenant: Tenant) -> tuple[tuple[ModelPicture, ...], dict[str, str]]:
        return model_pictures.list_pictures(tenant), {user.actor: user.email for user in list_users(tenant)}

    pictures, people = visit.read(look)
    now_ms = visit.store.now_ms()
    values: dict[str, Any] = {
        "title": "Model pictures",
        "models": [
            {
                "id": one.id,
                "release": one.release,
                "width": one.width_px,
                "height": one.height_px,
                "by": people.get(one.actor, ""),
                "at_ms": one.created_ms,
            }
            for one in pictures
        ],
        "most": PICTURES_MAX,
        "room": max(0, PICTURES_MAX - len(pictures)),
        "today": datetime.fromtimestamp(now_ms / 1000, timezone.utc).date().isoformat(),
        "may_write": "write" in SCOPES_OF[visit.who.role],
        "limit_mb": visit.settings.api_upload_mb,
        "now_ms": now_ms,
    }
    return Page("models.html", values)
