"""``tryon qa baseline``: keep runs that were good enough, and hold later ones against them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tryon.cli.qa import qa
from tryon.cli.qa_gate import (
    GatesFile,
    JunitFile,
    RunFolder,
    ShowAll,
    StepSummary,
    SummaryFile,
    read_gates,
    tell,
)
from tryon.cli.root import progress_bar, sentences
from tryon.errors import TryOnError

baseline = typer.Typer(
    help="Keep runs that were good enough, and hold later ones against them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
qa.add_typer(baseline, name="baseline")

BaselineFolder = Annotated[
    Path, typer.Argument(metavar="BASELINE_FOLDER", help="The baseline's own folder.", show_default=False)
]


@baseline.command("save")
def save(run_folder: RunFolder, baseline_folder: BaselineFolder) -> None:
    """Keep a run as a baseline, in place of the one that is there."""
    with sentences():
        from tryon.qa.baseline import save_baseline

        saved = save_baseline(run_folder, baseline_folder)
        megabytes = saved.bytes_total / 1e6
        typer.echo(
            f"{baseline_folder}: takes {len(saved.run.takes)}, {megabytes:.1f} MB, Tryon {saved.version}"
        )


@baseline.command("compare")
def compare(
    run_folder: RunFolder,
    baseline_folder: BaselineFolder,
    gates: GatesFile = None,
    junit: JunitFile = None,
    summary: SummaryFile = None,
    step_summary: StepSummary = False,
    show_all: ShowAll = False,
) -> None:
    """Hold a run against all gates and a baseline, its pictures too. Ends with status 1 if a gate fails."""
    with sentences():
        from tryon.qa.comparison import compare_run

        wanted = read_gates(gates)
        with progress_bar() as bar:
            task = bar.add_task("comparing pictures", total=None)

            def seen(take: str, number: int, of: int) -> None:
                bar.update(task, description=escape(take), completed=number - 1, total=of)

            run = compare_run(run_folder, baseline_folder, wanted, seen)
        tell(run, junit, summary, step_summary=step_summary, show_all=show_all)


@baseline.command("list")
def list_(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder that holds baselines.", show_default=False)
    ],
) -> None:
    """List the baselines in a folder."""
    with sentences():
        from tryon.qa.baseline import list_baselines

        table = Table("baseline", "Tryon", "takes", "frames", "MB", box=None, pad_edge=False)
        for found in list_baselines(folder):
            if isinstance(found, TryOnError):
                typer.echo(f"tryon: {found.sentence}", err=True)
                continue
            frames = sum(take.frames for take in found.run.takes)
            table.add_row(
                escape(found.name),
                escape(found.version),
                str(len(found.run.takes)),
                str(frames),
                f"{found.bytes_total / 1e6:.1f}",
            )
        Console().print(table)


@baseline.command("show")
def show(baseline_folder: BaselineFolder) -> None:
    """Show a baseline's takes and where it was measured."""
    with sentences():
        from tryon.qa.baseline import open_baseline

        found = open_baseline(baseline_folder)
        console = Console()
        table = Table("take", "frames", "tags", box=None, pad_edge=False)
        for take in found.run.takes:
            table.add_row(escape(take.key), str(take.frames), escape(", ".join(take.tags)))
        console.print(table, highlight=False)
        for key, value in found.run.environment.items():
            console.print(f"[dim]{escape(key)}[/] {escape(value)}", highlight=False)
