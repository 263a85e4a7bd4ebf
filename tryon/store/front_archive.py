"""A merchant's page settings in an archive of the catalogue: origins, theme and texts, and the logo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from tryon.store import logo, storefront
from tryon.store.assets import record_blob
from tryon.store.blobs import keep_bytes
from tryon.store.definition import invalid
from tryon.store.store import Store
from tryon.store.storefront import Kept, Logo, Storefront

# No sku begins so.
LOGO: Final = "_storefront/logo.png"


def told(kept: Kept) -> dict[str, Any] | None:
    """As the archive's list has it; None where nothing was ever set."""
    if kept.version == 0:
        return None
    sha256 = None if kept.logo is None else kept.logo.sha256
    return {**kept.front.model_dump(mode="json"), "logo": sha256}


def take(
    store: Store,
    merchant_id: str,
    listed: Mapping[str, Any],
    read_logo: Callable[[], bytes],
    *,
    replace: bool,
) -> bool:
    """Whether they were taken: settings that are there stay, unless ``replace``. Raises StoreInvalid."""
    with store.read(merchant_id) as tenant:
        if storefront.get(tenant).version and not replace:
            return False
    try:
        front = Storefront.model_validate({name: told for name, told in listed.items() if name != "logo"})
    except ValidationError as error:
        raise invalid(error) from error
    made: Logo | None = None
    size = 0
    if listed.get("logo") is not None:
        # The archive is a stranger's: its picture is made anew, as any upload is.
        png, width, height = logo.rebuild(read_logo())
        sha256, size = keep_bytes(store.blobs, merchant_id, png)
        made = Logo(sha256, width, height)

    with store.write(merchant_id, "cli") as tenant:
        if made is not None:
            record_blob(store.database, store.blobs, tenant, made.sha256, size)
        kept = storefront.replace(tenant, front, storefront.get(tenant).version)
        if made != kept.logo:
            storefront.set_logo(tenant, made, kept.version)
    return True
