"""What every command shares: the app itself, how errors become sentences, how progress and tables are shown."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tryon import __version__
from tryon.errors import TryOnError

FAULT_OF_THE_CALLER: Final = 2
# What a shell reports for a command that Ctrl-C ended.
INTERRUPTED: Final = 128 + signal.SIGINT

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
FieldOfView = Annotated[
    float | None,
    typer.Option(
        "--fov", help="The camera's field of view along the picture's longer side, in degrees. [default: 63]"
    ),
]
"""Flags that several commands share."""


@contextmanager
def sentences() -> Iterator[None]:
    """Turn an error of ours into its sentence, and Ctrl-C into a quiet end."""
    try:
        yield
    except TryOnError as error:
        typer.echo(f"tryon: {error.sentence}", err=True)
        raise typer.Exit(FAULT_OF_THE_CALLER) from error
    except KeyboardInterrupt as interrupt:
        typer.echo("tryon: stopped.", err=True)
        raise typer.Exit(INTERRUPTED) from interrupt


def progress_bar() -> Progress:
    """A bar on the standard error, so that the standard output holds the result alone; none where nobody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


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
