"""The merchant's page settings over the API: origins, theme, texts, logo; and tokens for its shop's pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from tryon.catalogue.items import Sku
from tryon.errors import StoreInvalid, StoreMissing
from tryon.render.gltf_limits import IMAGE_MAX_BYTES
from tryon.store import assets, embed_keys, embed_tokens, logo, merchants, products, storefront
from tryon.store.blobs import disk_faults_named, keep_bytes
from tryon.store.languages import MirrorLanguage
from tryon.store.origins import ORIGINS_MAX, read_origin
from tryon.store.store import Tenant
from tryon.store.storefront import Kept, Logo, Storefront, Texts, Theme, Words, notes_on
from tryon.web.api.calls import Answer, Call
from tryon.web.api.models import Asked, Told

Written = Annotated[str, StringConstraints(max_length=400)]


class StorefrontIn(Asked):
    """``origins`` may embed the mirror. The first of ``texts`` is for whoever speaks none of the languages.
    ``language`` is that of the mirror's own consent; empty: as the shopper's browser has it."""

    language: MirrorLanguage | Literal[""] = ""
    origins: Annotated[tuple[Written, ...], Field(max_length=ORIGINS_MAX)] = ()
    theme: Theme = Theme()
    texts: Texts = ()


class LogoIn(Asked):
    """A PNG or JPEG that was uploaded."""

    upload: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class LogoOut(Told):
    """The PNG that was made of it."""

    width_px: int
    height_px: int
    href: str


class StorefrontOut(Told):
    """``notes`` tell which origins are kept in other words than they were written in."""

    language: MirrorLanguage | Literal[""]
    origins: tuple[str, ...]
    theme: Theme
    texts: tuple[Words, ...]
    languages: tuple[str, ...]
    logo: LogoOut | None
    version: int
    updated_ms: int
    notes: tuple[str, ...] = ()


class EmbedTokenIn(Asked):
    """For one opening of one product's mirror in a page of ``origin``, within ``seconds``."""

    sku: Sku
    origin: Written
    seconds: Annotated[int, Field(ge=5, le=embed_tokens.LIFE_S_MAX)] = embed_tokens.LIFE_S


class EmbedTokenOut(Told):
    """``until_ms`` is when it runs out."""

    token: str
    origin: str
    sku: str
    until_ms: int


class EmbedKeyOut(Told):
    """The key that signs from now on; its secret is told to nobody."""

    id: str
    made_ms: int


LOGO_HREF: Final = "/v1/storefront/logo"


def get_storefront(call: Call) -> Answer:
    """Read the page's settings."""
    return _answer(call.read(storefront.get))


def replace_storefront(call: Call) -> Answer:
    """Put other settings in place of the page's; shoppers see them at once."""
    notes = notes_on(call.body.origins)
    front = Storefront(**{name: getattr(call.body, name) for name in StorefrontIn.model_fields})

    def work(tenant: Tenant) -> Answer:
        return _answer(storefront.replace(tenant, front, call.version or 0), notes)

    return call.write(work)


def set_logo(call: Call) -> Answer:
    """Make an uploaded picture the logo. It is made anew from its pixels."""
    upload = call.read(lambda tenant: assets.get_upload(tenant, call.body.upload))
    if upload.bytes > IMAGE_MAX_BYTES:
        raise StoreInvalid(
            f"The logo has {upload.bytes} bytes; a picture may have {IMAGE_MAX_BYTES >> 20} MB.",
            field="upload",
        )
    merchant_id = call.token.merchant_id
    with disk_faults_named():
        data = call.store.blobs.path(merchant_id, upload.sha256).read_bytes()
    png, width, height = logo.rebuild(data)
    sha256, size = keep_bytes(call.store.blobs, merchant_id, png)

    def work(tenant: Tenant) -> Answer:
        assets.record_blob(call.store.database, call.store.blobs, tenant, sha256, size)
        return _answer(storefront.set_logo(tenant, Logo(sha256, width, height), call.version or 0))

    return call.write(work)


def remove_logo(call: Call) -> Answer:
    """Take the logo away; the page shows the title in its place."""
    return call.write(lambda tenant: _answer(storefront.set_logo(tenant, None, call.version or 0)))


def find_logo(call: Call) -> tuple[Path, str]:
    """The logo's file and name, for whoever streams it. Raises StoreMissing."""
    kept = call.read(storefront.get)
    if kept.logo is None:
        raise StoreMissing("There is no logo; upload a picture and PUT it.")
    return call.store.blobs.path(call.token.merchant_id, kept.logo.sha256), "logo.png"


def make_embed_token(call: Call) -> Answer:
    """Make a token with which one page of the shop opens one product's mirror, once."""
    settings = call.office.settings
    origin, _ = read_origin(call.body.origin)

    def look(tenant: Tenant) -> tuple[bool, bool, bool]:
        item = products.find(tenant, call.body.sku)
        shown = merchants.merchant_of(tenant).slug == settings.merchant
        return (
            shown,
            origin in storefront.get(tenant).front.origins,
            item is not None and item.live is not None,
        )

    shown, registered, live = call.read(look)
    if not shown:
        raise StoreInvalid(
            "This server's mirror shows another merchant (TRYON_MERCHANT); its pages embed it."
        )
    if not registered:
        raise StoreInvalid(
            f"{origin} is not among the registered origins; add it to the storefront first.", field="origin"
        )
    if not live:
        raise StoreMissing(f"Shoppers see no product {call.body.sku!r}; publish it first.", field="sku")
    key = embed_keys.signing(call.store, call.token.merchant_id)
    token, claims = embed_tokens.make(
        key, call.token.merchant_id, origin, call.body.sku, call.store.now_ms(), call.body.seconds
    )
    return Answer(EmbedTokenOut(token=token, origin=origin, sku=claims.sku, until_ms=claims.until_ms), 201)


def renew_embed_key(call: Call) -> Answer:
    """Make a new key for embed tokens: every token that is out is refused from now on."""

    def work(tenant: Tenant) -> Answer:
        key = embed_keys.renew(tenant)
        return Answer(EmbedKeyOut(id=key.id, made_ms=key.made_ms), 201)

    return call.write(work)


def _answer(kept: Kept, notes: tuple[str, ...] = ()) -> Answer:
    made = kept.logo
    told: dict[str, Any] = {
        "language": kept.front.language,
        "origins": kept.front.origins,
        "theme": kept.front.theme,
        "texts": kept.front.texts,
        "languages": tuple(words.language for words in kept.front.texts),
        "logo": None
        if made is None
        else LogoOut(width_px=made.width_px, height_px=made.height_px, href=LOGO_HREF),
        "version": kept.version,
        "updated_ms": kept.updated_ms,
        "notes": notes,
    }
    return Answer(StorefrontOut(**told), etag=str(kept.version))
