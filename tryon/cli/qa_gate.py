"""``tryon qa gate``: a run held against tolerances; how verdicts are shown, written down and end the command."""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tryon.cli.qa import qa
from tryon.cli.root import sentences
from tryon.errors import ConfigError

if TYPE_CHECKING:
    from tryon.qa.gates import Gates
    from tryon.qa.results import RunResult, Verdict

GATE_FAILED: Final = 1
# Where a GitHub job's step finds the file that its summary is appended to.
_STEP_SUMMARY: Final = "GITHUB_STEP_SUMMARY"

RunFolder = Annotated[
    Path,
    typer.Argument(
        metavar="RUN_FOLDER", help="A folder that 'tryon replay … --out FOLDER/' made.", show_default=False
    ),
]
GatesFile = Annotated[
    Path | None,
    typer.Option("--gates", help="The tolerances, a TOML file. [default: those that come with Tryon]"),
]
JunitFile = Annotated[
    Path | None, typer.Option("--junit", help="Also write the verdicts here, as JUnit XML.")
]
SummaryFile = Annotated[
    Path | None, typer.Option("--summary", help="Also write the verdicts here, as Markdown.")
]
StepSummary = Annotated[
    bool, typer.Option("--step-summary", help="Also append the Markdown to the summary of a GitHub job.")
]
ShowAll = Annotated[bool, typer.Option("--all", help="Print every verdict, not only what failed.")]


@qa.command("gate")
def gate(
    run_folder: RunFolder,
    gates: GatesFile = None,
    junit: JunitFile = None,
    summary: SummaryFile = None,
    step_summary: StepSummary = False,
    show_all: ShowAll = False,
) -> None:
    """Hold a run against the absolute limits of the gates. Ends with status 1 if one fails or a take broke off."""
    with sentences():
        from tryon.qa.comparison import gate_run

        run = gate_run(run_folder, read_gates(gates))
        tell(run, junit, summary, step_summary=step_summary, show_all=show_all)


@qa.command("gates")
def gates(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A TOML file to check. [default: the one of Tryon]"),
    ] = None,
) -> None:
    """Check a file of gates and print it: Tryon's own without an argument, as a start for yours."""
    with sentences():
        from tryon.qa.gates import default_gates

        read_gates(file)
        typer.echo((file or default_gates()).read_text("utf-8"), nl=False)


def read_gates(file: Path | None) -> Gates:
    """The file's gates, or those that come with Tryon."""
    from tryon.qa.gates import default_gates, load_gates

    return load_gates(file or default_gates())


def tell(
    run: RunResult, junit: Path | None, summary: Path | None, *, step_summary: bool, show_all: bool
) -> None:
    """Print a judged run, write what was asked for, and end with status 1 if it did not pass."""
    from tryon.qa import junit as xml
    from tryon.qa import summary as markdown

    page = markdown.summary(run).encode()
    if junit is not None:
        _write(junit, xml.junit(run, datetime.now(timezone.utc)))
    if summary is not None:
        _write(summary, page)
    if step_summary:
        _append_to_step(page)
    _print(run, show_all=show_all)
    if not run.passed:
        raise typer.Exit(GATE_FAILED)


def _print(run: RunResult, *, show_all: bool) -> None:
    from tryon.qa.summary import broken, headline

    console = Console()
    console.print(_counts(run), highlight=False)
    shown = [verdict for verdict in run.verdicts if show_all or not verdict.passed]
    if shown:
        table = Table("", "gate", "where", "why", box=None, pad_edge=False)
        for verdict in shown:
            style, mark = _mark(verdict)
            where = escape(verdict.stratum)
            table.add_row(f"[{style}]{mark}[/]", escape(verdict.gate), where, escape(verdict.sentence))
        console.print()
        console.print(table, highlight=False)
    for told in broken(run):
        console.print(f"[red]{escape(told)}[/]", highlight=False)
    for told in run.notes:
        console.print(escape(told), style="dim", highlight=False)
    console.print(f"[bold {'green' if run.passed else 'red'}]{escape(headline(run))}[/]", highlight=False)


def _counts(run: RunResult) -> Table:
    """How many gates held in each group; takes in which all did are left out."""
    from tryon.qa.verdicts import state_of

    groups: dict[str, Counter[str]] = {}
    for verdict in run.verdicts:
        groups.setdefault(verdict.stratum, Counter())[state_of(verdict)] += 1
    table = Table("group", "held", "failed", "no figure", box=None, pad_edge=False)
    for name, counts in groups.items():
        if counts["failed"] or not name.startswith("take:"):
            table.add_row(escape(name), *(str(counts[state]) for state in ("held", "failed", "no figure")))
    return table


def _mark(verdict: Verdict) -> tuple[str, str]:
    from tryon.qa.verdicts import state_of

    state = state_of(verdict)
    return {"held": "green", "failed": "red"}.get(state, "dim"), state


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise _unwritable(path, error) from error


def _append_to_step(page: bytes) -> None:
    place = os.environ.get(_STEP_SUMMARY)
    if not place:
        raise ConfigError(f"--step-summary needs {_STEP_SUMMARY}, which GitHub sets in a job's steps.")
    try:
        with Path(place).open("ab") as file:
            file.write(page)
    except OSError as error:
        raise _unwritable(Path(place), error) from error


def _unwritable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.")
