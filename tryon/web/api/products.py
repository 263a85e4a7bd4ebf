"""Products over the API: drafts, publishing, and their files."""

from __future__ import annotations

from collections.abc import Iterable

from tryon.errors import StoreMissing
from tryon.store import editions, products, rollback
from tryon.store.assets import Asset, add_files, all_files, current_files, current_of_many
from tryon.store.editions import Edition
from tryon.store.erase import erase
from tryon.store.folder import check_whole
from tryon.store.products import Item, Wanted
from tryon.store.store import Tenant
from tryon.web.api.calls import Answer, Call, cursor, parts_of, split
from tryon.web.api.drawings import record, redrawn
from tryon.web.api.models import EditionOut, EditionsOut, FileOut, FilesOut, ProductOut, ProductsOut


def list_products(call: Call) -> Answer:
    """Search and page through the products."""
    query = call.query
    archived = None if query.state == "archived" else False
    wanted = Wanted(
        query.q, query.kind, query.tag, query.swatch, query.live, archived, query.state, query.order
    )
    after = parts_of(query.cursor, int, str)

    def work(tenant: Tenant) -> ProductsOut:
        rows = products.page(tenant, wanted, query.limit + 1, after)
        shown, following = split(rows, query.limit, lambda item: cursor(item.updated_ms, item.sku))
        files = current_of_many(tenant, [item.id for item in shown])
        return ProductsOut(items=tuple(told(item, files[item.id]) for item in shown), next=following)

    return Answer(call.read(work))


def create_product(call: Call) -> Answer:
    """Make a product."""

    def work(tenant: Tenant) -> Answer:
        return _one(tenant, products.create(tenant, call.body), status=201)

    return call.write(work)


def get_product(call: Call) -> Answer:
    """Read a product."""
    return call.read(lambda tenant: _one(tenant, products.get(tenant, call.path["sku"])))


def replace_product(call: Call) -> Answer:
    """Put another draft in a product's place; a frame that is adjusted otherwise is drawn anew."""
    pictures = redrawn(call, call.body)

    def work(tenant: Tenant) -> Answer:
        item = products.replace(tenant, call.path["sku"], call.body, call.version)
        record(call, tenant, pictures)
        add_files(tenant, item.id, pictures)
        return _one(tenant, item)

    return call.write(work)


def delete_product(call: Call) -> Answer:
    """Delete a product for good: its rows, its files, and what the mirror keeps of it."""
    settings, token = call.office.settings, call.token
    erase(settings, call.store, token.merchant_id, token.prefix, call.path["sku"], call.version)
    return Answer(status=204)


def publish_product(call: Call) -> Answer:
    """Let shoppers see the draft as it is now."""
    item, files = call.read(lambda tenant: products.get_with_files(tenant, call.path["sku"]))
    version = item.version if call.version is None else call.version
    if version == item.version:
        check_whole(call.store.blobs, call.token.merchant_id, {**item.as_draft(), "files": files})

    def work(tenant: Tenant) -> Answer:
        return _one(tenant, products.publish(tenant, item.sku, version, files))

    return call.write(work)


def unpublish_product(call: Call) -> Answer:
    """Take a product from the mirror; the draft stays."""

    def work(tenant: Tenant) -> Answer:
        return _one(tenant, products.unpublish(tenant, call.path["sku"], call.version))

    return call.write(work)


def archive_product(call: Call) -> Answer:
    """Put a product away: from the mirror, and out of the lists."""
    return call.write(lambda tenant: _one(tenant, products.archive(tenant, call.path["sku"], call.version)))


def restore_product(call: Call) -> Answer:
    """Take a product out again that was put away, as a draft."""
    return call.write(lambda tenant: _one(tenant, products.restore(tenant, call.path["sku"], call.version)))


def list_editions(call: Call) -> Answer:
    """List what shoppers were shown of a product, the newest first."""

    def work(tenant: Tenant) -> EditionsOut:
        item = products.get(tenant, call.path["sku"])
        files = all_files(tenant, item.id)
        return EditionsOut(
            items=tuple(edition_told(item, one, files) for one in editions.list_editions(tenant, item.id))
        )

    return Answer(call.read(work))


def roll_back(call: Call) -> Answer:
    """Make the draft what shoppers were shown earlier; publish it to show it again."""
    return call.write(
        lambda tenant: _one(
            tenant, rollback.roll_back(tenant, call.path["sku"], call.body.edition, call.version)
        )
    )


def list_files(call: Call) -> Answer:
    """List a product's files in all their versions."""

    def work(tenant: Tenant) -> FilesOut:
        item = products.get(tenant, call.path["sku"])
        return FilesOut(items=tuple(file_told(item.sku, asset) for asset in all_files(tenant, item.id)))

    return Answer(call.read(work))


def find_file(call: Call) -> tuple[Asset, str]:
    """A file's row and its merchant, for whoever streams it. Raises StoreMissing."""

    def work(tenant: Tenant) -> Asset:
        item = products.get(tenant, call.path["sku"])
        for asset in all_files(tenant, item.id):
            if asset.name == call.path["name"] and call.query.version in (None, asset.version):
                return asset
        raise StoreMissing(f"{item.sku!r} has no such file, or not in that version.")

    return call.read(work), call.token.merchant_id


def told(item: Item, files: Iterable[Asset]) -> ProductOut:
    """A product as the API tells it."""
    draft = item.as_draft()
    return ProductOut(
        sku=item.sku,
        kind=item.kind,
        name=item.name,
        state=item.state,
        version=item.version,
        live_version=item.live_version,
        created_ms=item.created_ms,
        updated_ms=item.updated_ms,
        definition=draft["definition"],
        tags=item.tags,
        price=draft["price"],
        link=item.link,
        files=tuple(file_told(item.sku, asset) for asset in files),
    )


def edition_told(item: Item, edition: Edition, files: Iterable[Asset]) -> EditionOut:
    """An edition as the API tells it."""
    shown = edition.document["files"]
    named = {(asset.name, asset.sha256): asset for asset in files}
    return EditionOut(
        number=edition.number,
        name=edition.document["definition"]["name"],
        created_ms=edition.created_ms,
        actor=edition.actor,
        current=item.live_version == edition.number,
        files=tuple(
            file_told(item.sku, named[name, sha256])
            for name, sha256 in shown.items()
            if (name, sha256) in named
        ),
    )


def file_told(sku: str, asset: Asset) -> FileOut:
    """A file as the API tells it."""
    return FileOut(
        name=asset.name,
        version=asset.version,
        sha256=asset.sha256,
        bytes=asset.bytes,
        created_ms=asset.created_ms,
        href=f"/v1/products/{sku}/files/{asset.name}?version={asset.version}",
    )


def _one(tenant: Tenant, item: Item, status: int = 200) -> Answer:
    location = {"Location": f"/v1/products/{item.sku}"} if status == 201 else {}
    return Answer(told(item, current_files(tenant, item.id)), status, str(item.version), location)
