"""A run's verdicts as the Markdown that GitHub shows beside a job: what failed first, the rest folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from tryon.qa.results import RunResult, Verdict
from tryon.qa.verdicts import state_of

# GitHub takes 1 MiB a step; a row may take 1 KB with a long clip's name.
_ROWS_MAX: Final = 400
_CELL_CHARACTERS_MAX: Final = 1000
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]()#+!|~-])")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;"}


def summary(run: RunResult) -> str:
    """The whole page."""
    failed = [verdict for verdict in run.verdicts if not verdict.passed]
    lines = [f"## Tryon QA: {headline(run)}", ""]
    if run.baseline is not None:
        lines += [f"Held against the baseline {_text(run.baseline)}.", ""]
    lines += _list("What did not run", broken(run))
    lines += _table("What failed", ("gate", "where", "why"), map(_row, failed), len(failed))
    lines += _list("Notes", run.notes)
    lines += _folded(f"All {len(run.verdicts)} verdicts", _verdicts(run.verdicts))
    lines += _folded("Where it ran", _rows(("", ""), run.environment.items()))
    return "\n".join(lines) + "\n"


def headline(run: RunResult) -> str:
    """The outcome in a few words: ``1 of 17 gates failed, in 4 of 30 groups``."""
    stopped = len(broken(run))
    parts = [_gates(run.verdicts)]
    if stopped:
        parts.append(f"{stopped} of {stopped + _whole(run)} takes did not run")
    return "; ".join(parts)


def _gates(verdicts: Sequence[Verdict]) -> str:
    """What became of the gates. One whose figure no group has was not held at all."""
    failed = [verdict for verdict in verdicts if not verdict.passed]
    held = {verdict.gate for verdict in verdicts if verdict.value is not None}
    tried = held | {verdict.gate for verdict in failed}
    idle = len({verdict.gate for verdict in verdicts} - tried)
    without = f", {idle} had no figure" if idle else ""
    if not tried:
        return f"no gate was held{without}"
    if not failed:
        return f"all {len(tried)} gates held{without}" if len(tried) > 1 else f"the gate held{without}"
    gates = len({verdict.gate for verdict in failed})
    groups, every = (
        len({verdict.stratum for verdict in failed}),
        len({verdict.stratum for verdict in verdicts}),
    )
    return f"{gates} of {len(tried)} gates failed, in {groups} of {every} groups{without}"


def broken(run: RunResult) -> list[str]:
    """Why takes broke off and clips never began, one sentence each."""
    return [*run.problems, *(f"{take.key}: {take.error}" for take in run.takes if take.error is not None)]


def _whole(run: RunResult) -> int:
    return sum(take.error is None for take in run.takes)


def _row(verdict: Verdict) -> tuple[str, str, str]:
    return verdict.gate, verdict.stratum, verdict.sentence


def _verdicts(verdicts: Sequence[Verdict]) -> list[str]:
    shown = ((state_of(verdict), *_row(verdict)) for verdict in verdicts)
    return _rows(("", "gate", "where", "why"), shown, len(verdicts))


def _list(title: str, items: Sequence[str]) -> list[str]:
    if not items:
        return []
    more = [f"- … and {len(items) - _ROWS_MAX} more"] if len(items) > _ROWS_MAX else []
    return [f"### {title}", "", *(f"- {_text(item)}" for item in items[:_ROWS_MAX]), *more, ""]


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], count: int) -> list[str]:
    return [f"### {title}", "", *_rows(head, rows, count), ""] if count else []


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]], count: int = 0) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    shown = (f"| {' | '.join(map(_text, row))} |" for row in rows)
    lines += [line for line, _ in zip(shown, range(_ROWS_MAX), strict=False)]
    return [*lines, "", f"… and {count - _ROWS_MAX} more."] if count > _ROWS_MAX else lines


def _folded(title: str, lines: Sequence[str]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *lines, "", "</details>", ""]


def _text(text: str) -> str:
    """Text as it is: no markup of its own, no line break, nobody addressed, and not endless."""
    flat = " ".join(text[:_CELL_CHARACTERS_MAX].split())
    escaped = _SPECIAL.sub(r"\\\1", "".join(filter(str.isprintable, flat)))
    return "".join(_ENTITIES.get(character, character) for character in escaped)
