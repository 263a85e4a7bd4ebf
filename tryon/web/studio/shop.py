"""The shop's page: who may embed the mirror, how its pages look, what they say, and the logo."""

from __future__ import annotations

from typing import Any, Final, get_args

from pydantic import ValidationError

from tryon.errors import StoreConflict, StoreInvalid
from tryon.store import embed_keys, products, storefront
from tryon.store.definition import invalid
from tryon.store.merchants import merchant_of
from tryon.store.products import Wanted
from tryon.store.store import Tenant
from tryon.store.storefront import (
    LANGUAGES_MAX,
    RADIUS_PX_MAX,
    Font,
    Kept,
    Storefront,
    notes_on,
)
from tryon.web.studio.visit import Go, Page, Reply, Visit

HERE: Final = "/studio/shop"
# What the colour fields show while the mirror's own colours hold.
_OWN: Final = {"accent": "#1c3d36", "background": "#f6f5f2"}
_FONT_WORDS: Final[dict[str, str]] = {
    "system": "As the shopper's system",
    "serif": "Serif",
    "humanist": "Humanist",
    "rounded": "Rounded",
    "mono": "Monospaced",
}
_MIRROR_LANGUAGES: Final[dict[str, str]] = {
    "": "As the shopper's browser",
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
}
_TEXTS: Final = ("language", "title", "lead", "consent", "privacy_link")


def shop_page(visit: Visit) -> Reply:
    kept = visit.read(storefront.get)
    return _page(visit, kept, kept.front.model_dump(mode="json"))


def change(visit: Visit) -> Reply:
    asked = _asked(visit)
    try:
        front = Storefront.model_validate(asked)
        notes = notes_on(tuple(asked["origins"]))
        kept = visit.write(lambda tenant: storefront.replace(tenant, front, _version(visit)))
    except ValidationError as error:
        return _page(visit, visit.read(storefront.get), asked, wrong=invalid(error).sentence)
    except StoreConflict as error:
        kept = visit.read(storefront.get)
        sentence = (
            f"Somebody else has saved meanwhile (version {error.details['current_version']}). What you see is yours; "
            "save again to put it in place of theirs, or load the page anew to see theirs."
        )
        return _page(visit, kept, asked, wrong=sentence)
    except StoreInvalid as error:
        return _page(visit, visit.read(storefront.get), asked, wrong=error.sentence)
    if notes:
        return _page(visit, kept, front.model_dump(mode="json"), notes=notes)
    return Go(f"{HERE}?done=shop")


def rekey(visit: Visit) -> Reply:
    visit.write(embed_keys.renew)
    return Go(f"{HERE}?done=rekeyed")


def _version(visit: Visit) -> int:
    told = visit.field("version")
    return int(told) if told.isdecimal() and len(told) < 10 else -1


def _asked(visit: Visit) -> dict[str, Any]:
    """The form as a storefront says it."""
    texts = []
    for number in range(LANGUAGES_MAX):
        words = {name: visit.field(f"{name}-{number}").replace("\r\n", "\n") for name in _TEXTS}
        if any(value.strip() for value in words.values()):
            texts.append({**words, "language": words["language"].strip()})
    radius = visit.field("radius_px")
    return {
        "language": visit.field("mirror_language"),
        "origins": visit.field("origins").split(),
        "theme": {
            **{name: "" if visit.field(f"own-{name}") else visit.field(name) for name in _OWN},
            "font": visit.field("font"),
            "radius_px": int(radius) if radius.isdecimal() and len(radius) < 4 else -1,
        },
        "texts": texts,
    }


def _page(
    visit: Visit, kept: Kept, shown: dict[str, Any], *, wrong: str = "", notes: tuple[str, ...] = ()
) -> Page:
    def look(tenant: Tenant) -> tuple[str, str]:
        live = products.page(tenant, Wanted(live=True), 1)
        return merchant_of(tenant).slug, live[0].sku if live else "your-sku"

    slug, sku = visit.read(look)
    texts = shown["texts"]
    blank = dict.fromkeys(_TEXTS, "")
    values = {
        "title": "Shop",
        "mirror_language": shown["language"],
        "mirror_languages": _MIRROR_LANGUAGES,
        "origins": shown["origins"],
        "theme": shown["theme"],
        "texts": [{**blank, **words} for words in texts]
        + ([{**blank, "language": "" if texts else "en"}] if len(texts) < LANGUAGES_MAX else []),
        "own": _OWN,
        "fonts": [(name, _FONT_WORDS[name]) for name in get_args(Font)],
        "radius_max": RADIUS_PX_MAX,
        "logo": kept.logo,
        "version": kept.version,
        "base": visit.base,
        "sku": sku,
        "in_mirror": slug == visit.settings.merchant,
        "notes": notes,
        "wrong": wrong,
    }
    return Page("shop.html", values, 422 if wrong else 200)
