"""``tryon catalogue …``: a merchant's products from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tryon.cli.listing import Format, FormatOption, show
from tryon.cli.root import app, sentences
from tryon.config import Settings, load_settings

if TYPE_CHECKING:
    from tryon.store.store import Store

catalogue = typer.Typer(
    help="A merchant's products: list, export, import, back up, restore, ingest.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(catalogue, name="catalogue")

MerchantOption = Annotated[
    str | None, typer.Option("--merchant", help="Whose catalogue. [default: TRYON_MERCHANT, house]")
]
_PAGE = 200
_COLUMNS = ("sku", "kind", "name", "state", "variants", "tags", "version")


@catalogue.callback()
def _catalogue() -> None:
    pass


@contextmanager
def opened(merchant: str | None) -> Iterator[tuple[Store, str, Settings]]:
    """The store, the merchant's id and the settings; errors become sentences."""
    with sentences():
        from tryon.store.house import open_catalogue
        from tryon.store.merchants import find_merchant

        settings = load_settings(merchant=merchant)
        store = open_catalogue(settings)
        try:
            yield store, find_merchant(store, settings.merchant).id, settings
        finally:
            store.close()


@catalogue.command("list")
def list_(
    merchant: MerchantOption = None,
    search: Annotated[str, typer.Option(help="Only products in which all these words are found.")] = "",
    kind: Annotated[str, typer.Option(help="Only products of this kind.")] = "",
    tag: Annotated[str, typer.Option(help="Only products with this tag.")] = "",
    form: FormatOption = Format.table,
) -> None:
    """List the products, drafts and live ones alike."""
    rows: list[dict[str, Any]] = []
    with opened(merchant) as (store, merchant_id, _):
        from tryon.store.products import Wanted, page

        wanted, after = Wanted(words=search, kind=kind, tag=tag), None
        while True:
            with store.read(merchant_id) as tenant:
                found = page(tenant, wanted, _PAGE, after)
            if not found:
                break
            after = (found[-1].updated_ms, found[-1].sku)
            for item in found:
                shown = item.definition.get("shades") or item.definition.get("lenses") or ()
                told = {name: getattr(item, name) for name in ("sku", "kind", "name", "state", "version")}
                rows.append({**told, "tags": list(item.tags), "variants": len(shown)})
    show(rows, _COLUMNS, form)


@catalogue.command()
def export(
    archive: Annotated[Path, typer.Argument(help="The ZIP to write.")], merchant: MerchantOption = None
) -> None:
    """Write the whole catalogue, drafts and looks included, as one ZIP."""
    with opened(merchant) as (store, merchant_id, _):
        from tryon.store.archive import export as write

        count = write(store, merchant_id, archive)
    typer.echo(f"{archive} has {count} products.")


@catalogue.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A ZIP of 'catalogue export', or a folder of products.")],
    merchant: MerchantOption = None,
    storefront: Annotated[
        bool,
        typer.Option(
            "--storefront", help="Take the archive's page settings in place of those that are there."
        ),
    ] = False,
) -> None:
    """Take products in; one of a sku that is there takes its place. Status 1 if any was refused."""
    with opened(merchant) as (store, merchant_id, _):
        from tryon.store.archive import bring_in, bring_in_folder

        if source.is_dir():
            found = bring_in_folder(store, merchant_id, source)
        else:
            found = bring_in(store, merchant_id, source, front=storefront)
    for sentence in found.refused:
        typer.echo(f"refused: {sentence}", err=True)
    typer.echo(f"{found.made} products are new, {found.replaced} were there, {found.looks} looks came along.")
    if found.front is not None:
        typer.echo(
            "The page's settings came along."
            if found.front
            else "The page's settings were left as they are; --storefront takes the archive's."
        )
    if found.refused:
        raise typer.Exit(1)


@catalogue.command()
def backup(archive: Annotated[Path, typer.Argument(help="The tar to write.")]) -> None:
    """Back up the embedded store of all merchants, while the server runs."""
    with sentences():
        from tryon.store.backup import back_up

        count = back_up(load_settings(), archive)
    typer.echo(f"{archive} has {count} files.")


@catalogue.command()
def restore(archive: Annotated[Path, typer.Argument(help="A tar of 'catalogue backup'.")]) -> None:
    """Make the store from a backup; there must be none yet."""
    with sentences():
        from tryon.store.backup import restore as bring_back

        settings = load_settings()
        count = bring_back(settings, archive)
    typer.echo(f"{settings.store_dir} has its {count} files again.")


@catalogue.command()
def sweep() -> None:
    """Remove files that nobody needs, as the server does by itself."""
    with opened(None) as (store, _, _settings):
        from tryon.store.sweep import sweep as clean

        swept = clean(store)
    typer.echo(
        f"Removed {swept.blobs} files, {swept.uploads} expired uploads, {swept.scratch} half-written files."
    )
