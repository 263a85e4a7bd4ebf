"""What ``tryon replay`` prints about its takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tryon.qa.run import TakeDone
from tryon.replay.records import TakeRecord
from tryon.replay.takes import TakeOutcome


def print_takes(takes: Sequence[TakeDone], folder: Path | None) -> None:
    """The takes that ran: one in full, several as a table. Warnings go to the standard error."""
    ran = [take.outcome for take in takes if take.outcome.end.error is None]
    if folder is not None and ran:
        _print_table(ran, folder)
    else:
        for outcome in ran:
            _print_one(outcome)
    for outcome in ran:
        if outcome.frames_failed:
            typer.echo(
                f"tryon: {outcome.task.key}: the landmark model failed on {outcome.frames_failed} frames; "
                "they are as they were.",
                err=True,
            )
        if outcome.end.warning:
            typer.echo(f"tryon: {outcome.end.warning}", err=True)


def _print_table(outcomes: Sequence[TakeOutcome], folder: Path) -> None:
    table = Table("take", "frames", "with a face", "dropped", "frames/s", box=None, pad_edge=False)
    for outcome in outcomes:
        table.add_row(
            escape(outcome.task.key),
            str(outcome.end.frames),
            str(outcome.frames_with_face),
            str(outcome.frames_dropped),
            f"{outcome.end.frames / max(outcome.wall_s, 1e-9):.0f}",
        )
    Console().print(table, highlight=False)
    typer.echo(f"{folder}: takes {len(outcomes)}")


def _print_one(outcome: TakeOutcome) -> None:
    task = outcome.task
    if outcome.head is not None:
        _print_size(outcome.head)
    dropped = f", dropped {outcome.frames_dropped}" if task.realtime else ""
    name = task.video or task.records or task.source.name
    typer.echo(f"{name}: frames {outcome.end.frames}, with a face {outcome.frames_with_face}{dropped}")
    table = Table("ms a frame", "half", "95 %", "worst", box=None, pad_edge=False)
    for step, times in outcome.ms.items():
        table.add_row(step, f"{times.p50:.2f}", f"{times.p95:.2f}", f"{times.worst:.2f}")
    Console().print(table)
    for hint, frames in outcome.hints.items():
        typer.echo(f"{hint}: frames {frames}")


def _print_size(head: TakeRecord) -> None:
    clip = head.clip
    if (clip.source_width_px, clip.source_height_px) != (clip.width_px, clip.height_px):
        source, used = f"{clip.source_width_px}×{clip.source_height_px}", f"{clip.width_px}×{clip.height_px}"
        typer.echo(f"The clip's {source} pixels were turned or scaled to {used}.")
