"""Rows for people and programs: a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table


class Format(str, Enum):
    """How rows are printed."""

    table = "table"
    csv = "csv"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="Print as a table, as CSV, or as JSON.")]


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], how: Format) -> None:
    """Print the rows' columns in this order."""
    if how is Format.json:
        typer.echo(
            json.dumps([{name: row[name] for name in columns} for row in rows], indent=2, ensure_ascii=False)
        )
    elif how is Format.csv:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row[name]) for name in columns] for row in rows)
        typer.echo(text.getvalue(), nl=False)
    else:
        table = Table(*(name.replace("_", " ") for name in columns), box=None, pad_edge=False)
        for row in rows:
            table.add_row(*(escape(_cell(row[name])) for name in columns))
        Console().print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
