"""Products between the store and folders: a folder is how the mirror, the command line and archives know them.

A product in the store is what a product's folder is, a ``product.json`` and named files, so the same reader checks both
and a new kind of product is stored, published and shown without a word here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from tryon.catalogue.items import PRODUCT_FILE, Product, load_product
from tryon.errors import BadAsset, StoreInvalid
from tryon.store.assets import SOURCE_FILES
from tryon.store.blobs import PRIVATE, Blobs, disk_faults_named
from tryon.store.definition import Draft, draft_of

# Half of SHA-256: names, not secrets.
_DIGITS: Final = 32
PLAIN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\.[a-z0-9]{1,5}")
# A product has a mesh or pictures, a thumbnail and previews.
FILES_MAX: Final = 64


def shelve(blobs: Blobs, merchant_id: str, root: Path, live: Mapping[str, Any]) -> Path:
    """The folder of a live document, made unless it is there; its name is the sku. Raises StoreMissing, StoreDown."""
    digest = shelf_name(merchant_id, live)
    sku = str(live["definition"]["sku"])
    place = root / digest
    if (place / sku / PRODUCT_FILE).is_file():
        # Used anew: its age begins again, or another process might tidy it away meanwhile.
        with suppress(OSError):
            os.utime(place)
        return place / sku
    half = root / f".{digest}-{secrets.token_hex(4)}"
    try:
        with disk_faults_named():
            _lay_out(blobs, merchant_id, half / sku, live)
            # Another process may have been quicker, with the same content.
            with suppress(OSError):
                half.rename(place)
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return place / sku


def shelf_name(merchant_id: str, live: Mapping[str, Any]) -> str:
    """Under which name ``shelve`` keeps a document's folder."""
    told = json.dumps(live, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(merchant_id.encode() + told).hexdigest()[:_DIGITS]


def _lay_out(blobs: Blobs, merchant_id: str, folder: Path, live: Mapping[str, Any]) -> None:
    folder.mkdir(parents=True, mode=PRIVATE)
    for name, sha256 in live["files"].items():
        if name not in SOURCE_FILES and PLAIN_NAME.fullmatch(name):
            kept = blobs.path(merchant_id, sha256)
            try:
                os.link(kept, folder / name)
            except OSError:
                # Another disk, or one that has no hard links.
                shutil.copyfile(kept, folder / name)
    (folder / PRODUCT_FILE).write_text(json.dumps(live["definition"]), "utf-8")


@contextmanager
def laid_out(blobs: Blobs, merchant_id: str, live: Mapping[str, Any]) -> Iterator[Path]:
    """The folder of a document for a while, wherever it stands."""
    place = blobs.scratch()
    folder = place / str(live["definition"]["sku"])
    try:
        with disk_faults_named():
            _lay_out(blobs, merchant_id, folder, live)
        yield folder
    finally:
        shutil.rmtree(place, ignore_errors=True)


def check_whole(blobs: Blobs, merchant_id: str, live: Mapping[str, Any]) -> None:
    """Raises StoreInvalid where the product lacks a file, as the mirror would find out."""
    with laid_out(blobs, merchant_id, live) as folder:
        try:
            load_product(folder)
        except BadAsset as error:
            raise StoreInvalid(f"It cannot be published yet. {error.sentence}", field="files") from error


def read_folder(folder: Path) -> tuple[Draft, dict[str, Path], Product]:
    """A product's folder: what it says, its files, and the product. Raises BadAsset, StoreInvalid."""
    product = load_product(folder)
    draft = draft_of({"definition": json.loads((folder / PRODUCT_FILE).read_bytes())})
    files = {
        entry.name: entry
        for entry in sorted(folder.iterdir())
        if entry.is_file() and entry.name != PRODUCT_FILE and PLAIN_NAME.fullmatch(entry.name)
    }
    if len(files) > FILES_MAX:
        raise StoreInvalid(f"{folder.name} has {len(files)} files; a product may have {FILES_MAX}.")
    return draft, files, product


def fingerprint(folder: Path) -> str:
    """SHA-256 over the names and contents of a product folder's files."""
    digest = hashlib.sha256()
    for entry in sorted(folder.iterdir()):
        if entry.is_file():
            digest.update(entry.name.encode() + b"\0")
            digest.update(hashlib.sha256(entry.read_bytes()).digest())
    return digest.hexdigest()
