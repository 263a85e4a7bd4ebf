"""A merchant's whole catalogue as one ZIP: a folder of product folders, with a list of names, sizes and SHA-256; and
the page's settings.

What comes in is a stranger's: names are matched against what they may be, sizes are counted while they are unpacked,
checksums compared, and every product read as any product's folder is. Nothing is written where a name says.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tryon import __version__
from tryon.catalogue.items import MODEL_FILE_MAX_BYTES, PRODUCT_FILE
from tryon.errors import BadAsset, StoreInvalid, StoreTooLarge
from tryon.render.gltf_limits import IMAGE_MAX_BYTES
from tryon.store import front_archive, looks, products, storefront
from tryon.store.assets import SOURCE_FILES, add_files, current_files, record_blob
from tryon.store.blobs import copy_in, disk_faults_named
from tryon.store.definition import Draft, draft_of
from tryon.store.folder import PLAIN_NAME, read_folder
from tryon.store.merchants import merchant_of
from tryon.store.products import Item, Wanted
from tryon.store.store import Store, Tenant

MANIFEST: Final = "catalogue.json"
VERSION: Final = 2
# Archives of version 1 have no page settings.
VERSIONS: Final = (1, VERSION)
ENTRIES_MAX: Final = 200_000
MANIFEST_MAX_BYTES: Final = 256 * 1024 * 1024
# The largest file of a product.
FILE_MAX_BYTES: Final = 2 * MODEL_FILE_MAX_BYTES
# Texts are squeezed well and pictures hardly; more than this is a bomb.
RATIO_MAX: Final = 200
_PIECE_BYTES: Final = 1 << 20
_PAGE: Final = 200
# ZIP's own earliest time: the same catalogue makes the same archive.
_TIME: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Imported:
    """``refused`` holds a sentence for each product that did not come in. ``front``: whether the page's settings were
    taken; None: the archive has none."""

    made: int
    replaced: int
    looks: int
    refused: tuple[str, ...]
    front: bool | None = None


def export(store: Store, merchant_id: str, path: Path) -> int:
    """Write the archive, which appears under its name when it is whole; how many products it has."""
    half = path.with_name(f".{path.name}.half")
    try:
        with disk_faults_named(), zipfile.ZipFile(half, "w", zipfile.ZIP_STORED) as archive:
            with store.read(merchant_id) as tenant:
                listed = [_entry(tenant, item) for item in _all(tenant)]
                saved = [
                    {"name": look.name, "items": list(look.items)}
                    for look in looks.list_looks(tenant, 10_000)
                ]
                slug = merchant_of(tenant).slug
                front = front_archive.told(storefront.get(tenant))
            for entry in listed:
                for name, told in entry["files"].items():
                    inside = zipfile.ZipInfo(f"{entry['sku']}/{name}", _TIME)
                    source = store.blobs.path(merchant_id, told["sha256"])
                    with archive.open(inside, "w") as target, source.open("rb") as content:
                        shutil.copyfileobj(content, target, _PIECE_BYTES)
            if front is not None and front["logo"] is not None:
                picture = store.blobs.path(merchant_id, front["logo"]).read_bytes()
                archive.writestr(zipfile.ZipInfo(front_archive.LOGO, _TIME), picture)
            manifest = {
                "version": VERSION,
                "tryon": __version__,
                "merchant": slug,
                "products": listed,
                "looks": saved,
                **({} if front is None else {"storefront": front}),
            }
            text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
            archive.writestr(zipfile.ZipInfo(MANIFEST, _TIME), text, zipfile.ZIP_DEFLATED)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return len(listed)


def bring_in(store: Store, merchant_id: str, path: Path, *, front: bool = False) -> Imported:
    """Take the products and looks of an archive in; those of a sku that is there take its place.

    Its page settings come where there are none yet, or, with ``front``, in place of those.

    Raises StoreInvalid, StoreTooLarge where the archive as a whole is wrong; a product that is wrong costs itself only.
    """
    made = replaced = kept_looks = 0
    refused: list[str] = []
    with _opened(path) as archive:
        manifest = _manifest(archive)
        for entry in manifest["products"]:
            with _noted(refused, f"{str(entry.get('sku', '?'))[:64]}: "):
                if _take(store, merchant_id, archive, entry):
                    made += 1
                else:
                    replaced += 1
        for look in manifest.get("looks", []):
            with _noted(refused, "A look: "):
                kept_looks += _take_look(store, merchant_id, look)
        taken = None
        if manifest.get("storefront") is not None:
            with _noted(refused, "The page's settings: "):
                taken = front_archive.take(
                    store,
                    merchant_id,
                    dict(manifest["storefront"]),
                    lambda: _logo(archive, manifest["storefront"]["logo"]),
                    replace=front,
                )
    return Imported(made, replaced, kept_looks, tuple(refused), taken)


def _logo(archive: zipfile.ZipFile, sha256: str) -> bytes:
    try:
        info = archive.getinfo(front_archive.LOGO)
    except KeyError as error:
        raise StoreInvalid("the archive lacks the logo.") from error
    data = b"".join(_content(archive, info, IMAGE_MAX_BYTES))
    if hashlib.sha256(data).hexdigest() != sha256:
        raise StoreInvalid("the logo is not what the archive's list says: it is damaged.")
    return data


@contextmanager
def _noted(refused: list[str], who: str = "") -> Iterator[None]:
    """What is wrong with one thing costs that thing only."""
    try:
        yield
    except (StoreInvalid, BadAsset) as error:
        refused.append(f"{who}{error.sentence}")
    except (KeyError, TypeError, AttributeError):
        refused.append(f"{who}it cannot be read.")


def bring_in_folder(store: Store, merchant_id: str, folder: Path) -> Imported:
    """Take a catalogue folder's products in, live. One that is wrong costs itself only."""
    made = replaced = 0
    refused: list[str] = []
    for place in sorted(entry for entry in folder.iterdir() if entry.is_dir() and entry.name[0] not in "._"):
        with _noted(refused):
            draft, files, _ = read_folder(place)
            if _land(store, merchant_id, draft, files, publish=True):
                made += 1
            else:
                replaced += 1
    return Imported(made, replaced, 0, tuple(refused))


def _all(tenant: Tenant) -> Iterator[Item]:
    after = None
    while page := products.page(tenant, Wanted(), _PAGE, after):
        yield from page
        after = (page[-1].updated_ms, page[-1].sku)


def _entry(tenant: Tenant, item: Item) -> dict[str, Any]:
    """The draft, its newest files, and whether it is live as it is."""
    files = {
        asset.name: {"sha256": asset.sha256, "bytes": asset.bytes} for asset in current_files(tenant, item.id)
    }
    return {"sku": item.sku, "live": item.live is not None, **item.as_draft(), "files": files}


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > ENTRIES_MAX:
                raise StoreTooLarge(f"The archive has more than {ENTRIES_MAX} files.")
            yield archive
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise StoreInvalid(f"{path.name} is no archive of a catalogue, or is damaged.") from error
    except FileNotFoundError as error:
        raise StoreInvalid(f"{path} does not exist.") from error
    except OSError as error:
        raise StoreInvalid(f"{path} cannot be read.") from error


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        info = archive.getinfo(MANIFEST)
    except KeyError as error:
        raise StoreInvalid(
            f"The archive has no {MANIFEST}: it was not made by 'catalogue export'."
        ) from error
    text = b"".join(_content(archive, info, MANIFEST_MAX_BYTES))
    try:
        told = json.loads(text)
        version, listed = told["version"], told["products"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreInvalid(f"{MANIFEST} cannot be read.") from error
    if version not in VERSIONS:
        raise StoreInvalid(f"The archive has version {version!r}; this Tryon reads {VERSION} and older.")
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise StoreInvalid(f"{MANIFEST} cannot be read.")
    manifest: dict[str, Any] = told
    return manifest


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> Iterator[bytes]:
    """Counted while it is unpacked: a header may lie. Raises StoreTooLarge."""
    size = 0
    with archive.open(info) as file:
        while piece := file.read(_PIECE_BYTES):
            size += len(piece)
            if size > limit or size > RATIO_MAX * (info.compress_size + 1024):
                raise StoreTooLarge(f"{info.filename[-80:]!r} unpacks to more than it may.")
            yield piece


def _take(store: Store, merchant_id: str, archive: zipfile.ZipFile, entry: dict[str, Any]) -> bool:
    """Whether the product is a new one."""
    draft = draft_of(
        {name: entry.get(name) for name in ("definition", "tags", "price", "link") if name in entry}
    )
    folder = store.blobs.scratch()
    try:
        place = folder / draft.definition.sku
        with disk_faults_named():
            place.mkdir(parents=True)
        (place / PRODUCT_FILE).write_text(json.dumps(entry["definition"]), "utf-8")
        _unpack(archive, entry, place)
        if not entry.get("live"):
            # A draft may lack what a live product needs.
            return _land(store, merchant_id, draft, _plain_files(place), publish=False)
        _, files, _ = read_folder(place)
        return _land(store, merchant_id, draft, files, publish=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _plain_files(place: Path) -> dict[str, Path]:
    return {entry.name: entry for entry in place.iterdir() if entry.name != PRODUCT_FILE}


def _unpack(archive: zipfile.ZipFile, entry: dict[str, Any], place: Path) -> None:
    files = entry.get("files", {})
    if not isinstance(files, dict):
        raise StoreInvalid("'files' cannot be read.")
    for name, told in files.items():
        if not PLAIN_NAME.fullmatch(name) or name == PRODUCT_FILE:
            raise StoreInvalid(f"{name[:80]!r} is no name of a product's file.")
        try:
            info = archive.getinfo(f"{place.name}/{name}")
        except KeyError as error:
            raise StoreInvalid(f"The archive lacks its {name}.") from error
        digest = hashlib.sha256()
        with disk_faults_named(), (place / name).open("xb") as target:
            for piece in _content(archive, info, FILE_MAX_BYTES):
                digest.update(piece)
                target.write(piece)
        if not isinstance(told, dict) or digest.hexdigest() != told.get("sha256"):
            raise StoreInvalid(f"Its {name} is not what the archive's list says: it is damaged.")


def _land(store: Store, merchant_id: str, draft: Draft, files: dict[str, Path], *, publish: bool) -> bool:
    kept = {name: copy_in(store.blobs, merchant_id, path) for name, path in files.items()}
    sku = draft.definition.sku
    with store.write(merchant_id, "cli") as tenant:
        for sha256, size in kept.values():
            record_blob(store.database, store.blobs, tenant, sha256, size)
        item = products.find(tenant, sku)
        new = item is None
        if item is None:
            item = products.create(tenant, draft)
        elif draft_of(item.as_draft()) != draft:
            item = products.replace(tenant, sku, draft, None)
        add_files(tenant, item.id, kept)
        if publish:
            shown = {name: sha256 for name, (sha256, _) in kept.items() if name not in SOURCE_FILES}
            products.publish(tenant, sku, None, shown)
    return new


def _take_look(store: Store, merchant_id: str, look: dict[str, Any]) -> int:
    with store.write(merchant_id, "cli") as tenant:
        same = {"name": look["name"], "items": look["items"]}
        for saved in looks.list_looks(tenant, 10_000):
            if {"name": saved.name, "items": list(saved.items)} == same:
                return 0
        looks.save(tenant, str(look["name"])[:120], look["items"])
    return 1
