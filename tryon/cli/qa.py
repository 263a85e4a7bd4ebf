"""``tryon qa …``: the commands around replays. Each lives in a module of its own and registers itself with ``qa``."""

from __future__ import annotations

import typer

from tryon.cli.root import app

qa = typer.Typer(
    help="Baselines, gates and clips with known truth, for the replays of 'tryon replay'.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(qa, name="qa")


@qa.callback()
def _qa() -> None:
    pass
