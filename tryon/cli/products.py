"""``tryon products``: what the catalogue has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tryon.cli.root import CatalogueDir, app, sentences
from tryon.config import load_settings
from tryon.errors import BadAsset

if TYPE_CHECKING:
    from tryon.catalogue.items import Product


@app.command()
def products(
    catalogue: CatalogueDir = None,
    check: Annotated[
        bool, typer.Option("--check", help="Load every frame too, and say what was corrected or is refused.")
    ] = False,
) -> None:
    """List the catalogue: what 'tryon replay --look' takes."""
    with sentences():
        settings = load_settings(catalogue_dir=catalogue)
        from tryon.looks import LookBook

        found = LookBook(settings.catalogue_dir).products()
    table = Table("sku", "kind", "name", "shades or lenses", box=None, pad_edge=False)
    for product in found:
        shades = ", ".join(shade.id for shade in product.shades)
        table.add_row(product.sku, product.kind, escape(product.name), shades)
    Console().print(table)
    if check:
        fine = [_checked(product) for product in found if product.kind == "eyewear"]
        if not all(fine):
            raise typer.Exit(1)


def _checked(product: Product) -> bool:
    """Say what loading the frame tells; whether it can be worn."""
    from tryon.catalogue.arrangement import load_frame

    console = Console()
    try:
        notes = load_frame(product).notes
    except BadAsset as error:
        console.print(f"{product.sku}: refused. {escape(error.sentence)}", soft_wrap=True)
        return False
    for note in notes or ("fine.",):
        console.print(f"{product.sku}: {escape(note)}", soft_wrap=True)
    return True
