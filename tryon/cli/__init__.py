"""The ``tryon`` command. ``docs/commands.md`` documents every command and flag; a test compares the two.

One module a command, registered by being imported here. What a person did wrong is told in one sentence on the
standard error and ends with status 2. Heavy libraries are imported by the command that needs them, so that
``--help`` is quick.
"""

from __future__ import annotations

from tryon import native_stderr
from tryon.cli import (  # noqa: F401 - they register themselves
    bench,
    catalogue,
    catalogue_ingest,
    merchant,
    products,
    qa,
    qa_baseline,
    qa_gate,
    qa_synth,
    replay,
    serve,
    shop,
)
from tryon.cli.root import app

__all__ = ["app", "main"]


def main() -> None:
    """The console script."""
    native_stderr.silence()
    app()
