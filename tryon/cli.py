"""The ``tryon`` command. ``docs/commands.md`` documents every command and flag; a test compares the two.

What a person did wrong is told in one sentence on the standard error and ends with status 2. Heavy libraries
are imported by the command that needs them, so that ``--help`` is quick.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tryon import __version__, native_stderr
from tryon.config import Settings, load_settings
from tryon.errors import TryOnError

if TYPE_CHECKING:
    from tryon.bench.report import Section
    from tryon.replay.runner import ReplaySummary

FAULT_OF_THE_CALLER = 2
# What a shell reports for a command that Ctrl-C ended.
INTERRUPTED = 128 + signal.SIGINT

app = typer.Typer(
    help="A self-hosted mirror for trying on glasses and lipstick. TRYON_* variables hold the settings.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

CatalogueDir = Annotated[
    Path | None,
    typer.Option("--catalogue", help="Folder of products to use instead of those that come with Tryon."),
]
"""A flag that several commands share."""


def main() -> None:
    """The console script."""
    native_stderr.silence()
    app()


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn an error of ours into its sentence, and Ctrl-C into a quiet end."""
    try:
        yield
    except TryOnError as error:
        typer.echo(f"tryon: {error.sentence}", err=True)
        raise typer.Exit(FAULT_OF_THE_CALLER) from error
    except KeyboardInterrupt as interrupt:
        typer.echo("tryon: stopped.", err=True)
        raise typer.Exit(INTERRUPTED) from interrupt


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tryon {__version__}")
        raise typer.Exit


@app.callback()
def _tryon(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and stop."),
    ] = False,
) -> None:
    pass


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 takes a free one. [default: 8080]")] = None,
    threads: Annotated[
        int | None, typer.Option(help="Worker threads. [default: the number of cores]")
    ] = None,
    max_sessions: Annotated[int | None, typer.Option(help="Shoppers served at once. [default: 32]")] = None,
    reply: Annotated[
        str | None,
        typer.Option(help="Answer with the changed 'rectangle' or the 'whole' frame. [default: rectangle]"),
    ] = None,
    fov: Annotated[
        float | None,
        typer.Option(
            help="The camera's field of view along the picture's longer side, in degrees. [default: 63]"
        ),
    ] = None,
    catalogue: CatalogueDir = None,
) -> None:
    """Start the mirror and print its address. Ctrl-C, or SIGTERM, closes every session and stops it."""
    with _sentences():
        settings = load_settings(
            host=host,
            port=port,
            threads=threads,
            max_sessions=max_sessions,
            reply=reply,
            horizontal_fov_deg=fov,
            catalogue_dir=catalogue,
        )
        from tryon.web.serve import serve as serve_web

        serve_web(settings)


@app.command()
def replay(
    clip: Annotated[
        Path, typer.Argument(metavar="CLIP", help="A video, GIF or picture.", show_default=False)
    ],
    look: Annotated[
        str,
        typer.Option(
            help="What to wear: SKU[:SHADE][@STRENGTH], several with commas between.", show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="The MP4 to write; it appears when it is whole.", show_default=False)
    ],
    fov: Annotated[
        float | None,
        typer.Option(
            help="The camera's field of view along the picture's longer side, in degrees. [default: 63]"
        ),
    ] = None,
    catalogue: CatalogueDir = None,
) -> None:
    """Put products on a recorded clip, through the mirror's own pipeline and on the clip's own clock."""
    with _sentences():
        settings = load_settings(horizontal_fov_deg=fov, catalogue_dir=catalogue)
        from tryon.looks import LookBook
        from tryon.replay.runner import parse_look
        from tryon.replay.runner import replay as run_replay

        resolved = LookBook(settings.catalogue_dir).resolve(parse_look(look))
        with _progress() as bar:
            task = bar.add_task("starting", total=None)

            def frame_done(done: int, total: int | None) -> None:
                bar.update(task, description="frames", completed=done, total=total)

            def warming(step: str, share: float) -> None:
                bar.update(task, description=step, completed=share * 100, total=100)

            summary = run_replay(clip, resolved, out, settings, frame_done, warming)
        _print_summary(summary, out)


@app.command()
def products(catalogue: CatalogueDir = None) -> None:
    """List the catalogue: what 'tryon replay --look' takes."""
    with _sentences():
        settings = load_settings(catalogue_dir=catalogue)
        from tryon.looks import LookBook

        table = Table("sku", "kind", "name", "shades", box=None, pad_edge=False)
        for product in LookBook(settings.catalogue_dir).products():
            shades = ", ".join(shade.id for shade in product.shades)
            table.add_row(product.sku, product.kind, escape(product.name), shades)
        Console().print(table)


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
    with _sentences():
        settings = load_settings()
        _run_bench(settings, json_path, quick=quick)


def _run_bench(settings: Settings, json_path: Path | None, *, quick: bool) -> None:
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
        _print_section(section)


def _print_section(section: Section) -> None:
    console = Console()
    console.print(f"\n[bold]{escape(section.title)}[/bold]", highlight=False)
    table = Table(*section.columns, box=None, pad_edge=False, show_header=any(section.columns))
    for row in section.rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table, highlight=False)
    if section.note:
        console.print(escape(section.note), style="dim", highlight=False)


def _progress() -> Progress:
    """A bar on the standard error, so that the standard output holds the result alone."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _print_summary(summary: ReplaySummary, out: Path) -> None:
    info = summary.clip
    if (info.source_width_px, info.source_height_px) != (info.width_px, info.height_px):
        source, used = f"{info.source_width_px}×{info.source_height_px}", f"{info.width_px}×{info.height_px}"
        typer.echo(f"The clip's {source} pixels were turned or scaled to {used}.")
    typer.echo(f"{out}: frames {summary.frames}, with a face {summary.frames_with_face}")
    table = Table("ms a frame", "half", "95 %", "worst", box=None, pad_edge=False)
    for step, times in summary.ms.items():
        table.add_row(step, f"{times.p50:.2f}", f"{times.p95:.2f}", f"{times.worst:.2f}")
    Console().print(table)
    for hint, frames in summary.hints.items():
        typer.echo(f"{hint}: frames {frames}")
    if summary.frames_failed:
        typer.echo(
            f"tryon: the landmark model failed on {summary.frames_failed} frames; they are as they were.",
            err=True,
        )
    if summary.warning:
        typer.echo(f"tryon: {summary.warning}", err=True)
