"""How a merchant's pages look and what they say, and whose pages may embed the mirror.

One document a merchant, with a version of its own. Without one the mirror's own looks and words hold, and nobody
embeds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import select, update

from tryon.errors import StoreConflict
from tryon.store.assets import insert_new
from tryon.store.definition import Link
from tryon.store.events import note
from tryon.store.languages import MirrorLanguage
from tryon.store.origins import ORIGINS_MAX, read_origin
from tryon.store.store import Tenant
from tryon.store.tables import storefronts

Font: TypeAlias = Literal["system", "serif", "humanist", "rounded", "mono"]
LANGUAGES_MAX: Final = 20
RADIUS_PX_MAX: Final = 32
_CONTROL: Final = {number for number in range(32) if number != 10} | {127}

Color = Annotated[str, StringConstraints(pattern=r"^(#[0-9a-fA-F]{6})?$", to_lower=True)]
# A part of BCP 47: language, script, region.
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$")]


def _plain(text: str) -> str:
    if any(ord(sign) in _CONTROL for sign in text):
        raise ValueError("a text has no control characters but line ends")
    return text


def _plain_line(text: str) -> str:
    if "\n" in text:
        raise ValueError("this text is one line")
    return _plain(text)


Title = Annotated[str, StringConstraints(max_length=40, strip_whitespace=True), AfterValidator(_plain_line)]
Lead = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(_plain_line)]
Paragraphs = Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True), AfterValidator(_plain)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Theme(_Part):
    """Empty colours are the mirror's own. ``radius_px`` is that of a large card; smaller parts follow."""

    accent: Color = ""
    background: Color = ""
    font: Font = "system"
    radius_px: Annotated[int, Field(ge=0, le=RADIUS_PX_MAX)] = 22


class Words(_Part):
    """The merchant's words in one language. ``consent`` comes below the mirror's own four promises."""

    language: Language
    title: Title = ""
    lead: Lead = ""
    consent: Paragraphs = ""
    privacy_link: Link = ""


def _once(texts: tuple[Words, ...]) -> tuple[Words, ...]:
    languages = [words.language for words in texts]
    if len(set(languages)) < len(languages):
        raise ValueError("each language comes once")
    return texts


Texts = Annotated[tuple[Words, ...], Field(max_length=LANGUAGES_MAX), AfterValidator(_once)]


def _origins(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read_origin(text)[0] for text in given))


class Storefront(_Part):
    """``origins`` may embed the mirror. The first of ``texts`` is for whoever speaks none of the languages.
    ``language`` is that of the mirror's own consent; empty: as the shopper's browser has it."""

    language: MirrorLanguage | Literal[""] = ""
    origins: Annotated[tuple[str, ...], Field(max_length=ORIGINS_MAX), AfterValidator(_origins)] = ()
    theme: Theme = Theme()
    texts: Texts = ()


@dataclass(frozen=True, slots=True)
class Logo:
    """A PNG of ours among the blobs."""

    sha256: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Kept:
    """``version`` 0: nothing was ever set."""

    front: Storefront
    logo: Logo | None
    version: int
    updated_ms: int


def notes_on(origins: tuple[str, ...]) -> tuple[str, ...]:
    """Which origins are kept in other words than they were written in, as sentences. Raises StoreInvalid."""
    return tuple(note for _, note in map(read_origin, origins) if note)


def get(tenant: Tenant) -> Kept:
    """What is set, or the defaults."""
    row = tenant.connection.execute(
        select(storefronts).where(storefronts.c.merchant_id == tenant.merchant_id)
    ).one_or_none()
    if row is None:
        return Kept(Storefront(), None, 0, 0)
    logo = None if row.logo_sha256 is None else Logo(row.logo_sha256, row.logo_width_px, row.logo_height_px)
    return Kept(Storefront.model_validate(row.document), logo, row.version, row.updated_ms)


def replace(tenant: Tenant, front: Storefront, version: int) -> Kept:
    """Put ``front`` in place of the one at ``version``. Raises StoreConflict."""
    kept = _write(tenant, version, {"document": front.model_dump(mode="json")})
    note(tenant, "storefront.changed", "storefront")
    return kept


def set_logo(tenant: Tenant, logo: Logo | None, version: int) -> Kept:
    """The logo's blob is recorded already. Raises StoreConflict."""
    values = {
        "logo_sha256": None if logo is None else logo.sha256,
        "logo_width_px": None if logo is None else logo.width_px,
        "logo_height_px": None if logo is None else logo.height_px,
    }
    kept = _write(tenant, version, values)
    note(tenant, "storefront.logo", "removed" if logo is None else "set")
    return kept


def _write(tenant: Tenant, version: int, values: Mapping[str, Any]) -> Kept:
    if version == 0:
        defaults = {"document": Storefront().model_dump(mode="json")}
        row = {
            **defaults,
            **values,
            "merchant_id": tenant.merchant_id,
            "version": 1,
            "updated_ms": tenant.now_ms,
        }
        written = insert_new(tenant, storefronts, row)
    else:
        written = (
            tenant.connection.execute(
                update(storefronts)
                .where(storefronts.c.merchant_id == tenant.merchant_id, storefronts.c.version == version)
                .values(**values, version=version + 1, updated_ms=tenant.now_ms)
            ).rowcount
            > 0
        )
    kept = get(tenant)
    if not written:
        raise StoreConflict(
            f"The page's settings are at version {kept.version}, not {version}; read them again and repeat the change.",
            given_version=version,
            current_version=kept.version,
        )
    return kept
