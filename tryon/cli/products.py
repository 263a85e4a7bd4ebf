"""``tryon products``: what the catalogue has."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tryon.cli.root import CatalogueDir, app, sentences
from tryon.config import load_settings


@app.command()
def products(catalogue: CatalogueDir = None) -> None:
    """List the catalogue: what 'tryon replay --look' takes."""
    with sentences():
        settings = load_settings(catalogue_dir=catalogue)
        from tryon.looks import LookBook

        table = Table("sku", "kind", "name", "shades", box=None, pad_edge=False)
        for product in LookBook(settings.catalogue_dir).products():
            shades = ", ".join(shade.id for shade in product.shades)
            table.add_row(product.sku, product.kind, escape(product.name), shades)
        Console().print(table)
