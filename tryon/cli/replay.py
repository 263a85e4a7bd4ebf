"""``tryon replay``: recorded video through the mirror's own pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from tryon.cli.root import CatalogueDir, FieldOfView, app, progress_bar, sentences
from tryon.config import load_settings

if TYPE_CHECKING:
    from tryon.replay.runner import ReplaySummary


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
    fov: FieldOfView = None,
    catalogue: CatalogueDir = None,
) -> None:
    """Put products on a recorded clip, through the mirror's own pipeline and on the clip's own clock."""
    with sentences():
        settings = load_settings(horizontal_fov_deg=fov, catalogue_dir=catalogue)
        from tryon.looks import LookBook
        from tryon.replay.runner import parse_look
        from tryon.replay.runner import replay as run_replay

        resolved = LookBook(settings.catalogue_dir).resolve(parse_look(look))
        with progress_bar() as bar:
            task = bar.add_task("starting", total=None)

            def frame_done(done: int, total: int | None) -> None:
                bar.update(task, description="frames", completed=done, total=total)

            def warming(step: str, share: float) -> None:
                bar.update(task, description=step, completed=share * 100, total=100)

            summary = run_replay(clip, resolved, out, settings, frame_done, warming)
        _print_summary(summary, out)


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
