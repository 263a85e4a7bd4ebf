"""``python -m tests.planted_table`` prints the table of planted faults that stands in docs/measures.md."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import Final

import cv2
import numpy as np

from tests.test_qa_planted import RIGHT, SETTINGS, Fault, Script, Studio
from tryon.looks import LookBook
from tryon.pipeline import Engine
from tryon.qa.gates import Gate, default_gates, load_gates
from tryon.replay.runner import one_thread
from tryon.resources import portrait

TITLES: Final[dict[Script, str]] = {"turns": "turning ± 25° at 45° a second", "rests": "at rest"}
COLUMNS: Final[dict[Fault, str]] = {
    "tremble": "tremble 0.5 px",
    "late": "one frame late",
    "late whole": "… unfiltered pose, too",
    "grows": "2 % larger",
    "shade up": "shade + 3 %",
    "shade down": "shade − 3 %",
    "lost": "20 frames lost",
}
# At rest nothing comes late.
STILL: Final[frozenset[Fault]] = frozenset({"late", "late whole"})
SEEDS: Final = (1, 2, 3)


def number(value: float, *, signed: bool = False) -> str:
    """Three digits, no more than two of them behind the point; a change that rounds to nothing is not told."""
    text = f"{abs(value):.{2 if abs(value) < 10 else 1 if abs(value) < 100 else 0}f}"
    if signed and float(text) == 0:
        return ""
    sign = "−" if value < 0 and float(text) else "+" if signed else ""
    return sign + text


def row(studio: Studio, script: Script, gate: Gate) -> str | None:
    """A gate's measure under each fault; None where the clip has no such figure."""
    measure = gate.measure
    clean = studio.take(script, "none", 0).figures.get(measure)
    if clean is None:
        return None
    others = [studio.take(script, "none", seed).figures.get(measure, clean) for seed in SEEDS]
    again = max(abs(other - clean) for other in others)
    cells = []
    for fault in COLUMNS:
        told = ""
        if not (script == "rests" and fault in STILL):
            figure = studio.take(script, fault, 0).figures.get(measure)
            # A face that was lost may leave too little of a clip for a figure.
            told = "–" if figure is None else number(figure - clean, signed=True)
            flagged = measure in studio.flagged(script, fault)
            told = f"**{told}**" if flagged and measure.split(".")[0] == RIGHT[fault] else told
        cells.append(told)
    slack = gate.slack(clean)
    return f"| `{measure}` | {number(clean)} | {number(again)} | {' | '.join(cells)} | {number(slack)} |"


def table(studio: Studio) -> str:
    """In Markdown."""
    head = ["measure", "clean", "again", *COLUMNS.values(), "allowed"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    gates = [gate for gate in load_gates(default_gates()).gate if gate.compares]
    for script, title in TITLES.items():
        lines.append(f"| **{title}** |" + " |" * (len(head) - 1))
        lines += [told for gate in gates if (told := row(studio, script, gate)) is not None]
    return "\n".join(lines) + "\n"


def main() -> None:
    """A minute or two."""
    bgr = cv2.imread(str(portrait()))
    with one_thread(), closing(Engine(SETTINGS)) as engine:
        sys.stdout.write(table(Studio(np.asarray(bgr, np.uint8), engine, LookBook())))


if __name__ == "__main__":
    main()
