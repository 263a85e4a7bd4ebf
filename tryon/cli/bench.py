"""``tryon bench``: measure this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tryon.cli.root import app, sentences
from tryon.config import Settings, load_settings

if TYPE_CHECKING:
    from tryon.bench.report import Section


@app.command()
def bench(
    json_path: Annotated[
        Path | None,
        typer.Option("--json", help="Also write the figures to this file; '-' prints them alone."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Run everything once: shows that it works, measures nothing well.")
    ] = False,
) -> None:
    """Measure this machine: the floor, each product's whole frame against it, the live stream, the tracker."""
    with sentences():
        settings = load_settings()
        _run(settings, json_path, quick=quick)


def _run(settings: Settings, json_path: Path | None, *, quick: bool) -> None:
    from tryon.bench.figures import FULL, QUICK, run
    from tryon.bench.report import report

    figures = run(settings, lambda step: typer.echo(f"tryon: {step}", err=True), QUICK if quick else FULL)
    text = json.dumps(figures, indent=2)
    if json_path == Path("-"):
        typer.echo(text)
        return
    if json_path is not None:
        json_path.write_text(text + "\n", "utf-8")
    for section in report(figures):
        _print(section)


def _print(section: Section) -> None:
    console = Console()
    console.print(f"\n[bold]{escape(section.title)}[/bold]", highlight=False)
    table = Table(*section.columns, box=None, pad_edge=False, show_header=any(section.columns))
    for row in section.rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table, highlight=False)
    if section.note:
        console.print(escape(section.note), style="dim", highlight=False)
