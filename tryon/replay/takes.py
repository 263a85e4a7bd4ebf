"""Takes: one clip with one look, planned as values that any process can run alone, and what came of them."""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from tryon.errors import BadClip, BadLook
from tryon.looks import LookItem
from tryon.pipeline import Rendered
from tryon.replay.records import EndRecord, TakeRecord, times_path
from tryon.replay.sources import Source

# In file names; the rest becomes a dash.
_PLAIN: Final = re.compile(r"[^A-Za-z0-9._+-]+")
_NAME_MAX: Final = 120


@dataclass(frozen=True, slots=True)
class TakeTask:
    """One clip × one look, and where what comes of it goes: all that a worker needs to know; it can be pickled.

    ``video`` is the dressed MP4, ``before`` one of the camera's own frames, ``records`` a ``.jsonl``, ``.jsonl.gz`` or
    ``.parquet``; what is None is not made. ``probes``: look at the pixels as well (``FrameRecord.pixels`` and
    ``.regions``). ``realtime``: drop what the live server would drop.
    """

    source: Source
    look: str
    video: Path | None = None
    before: Path | None = None
    records: Path | None = None
    realtime: bool = False
    probes: bool = False
    tags: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """As ``TakeRecord.key``."""
        return f"{self.source.name} × {self.look}"

    @property
    def outputs(self) -> tuple[Path, ...]:
        """What is written under the names that were asked for."""
        return tuple(path for path in (self.video, self.before, self.records) if path is not None)

    @property
    def times(self) -> tuple[Path, ...]:
        """What is written beside the records."""
        return () if self.records is None else (times_path(self.records),)


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Percentiles of one step's milliseconds over a take's frames."""

    p50: float
    p95: float
    worst: float


@dataclass(frozen=True, slots=True)
class TakeOutcome:
    """What came of a take. ``head`` is None where it never began, and ``end.error`` then tells why.

    ``hints`` counts frames by hint code, most frequent first; ``ms`` is by step in the order in which they run;
    ``peak_mb`` is the process's, where the system tells.
    """

    task: TakeTask
    head: TakeRecord | None
    end: EndRecord
    frames_with_face: int = 0
    frames_failed: int = 0
    frames_dropped: int = 0
    hints: dict[str, int] = field(default_factory=dict)
    ms: dict[str, StepTimes] = field(default_factory=dict)
    wall_s: float = 0.0
    peak_mb: float | None = None


class Tally:
    """Counts what the pipeline says, in 8 bytes a step and frame."""

    def __init__(self) -> None:
        self.frames = self.with_face = self.failed = self.dropped = 0
        self.hints: Counter[str] = Counter()
        self._ms: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))

    def add(self, rendered: Rendered | None) -> None:
        """A frame that was worked on; None where the landmark model failed."""
        self.frames += 1
        if rendered is None:
            self.failed += 1
            return
        self.with_face += rendered.faces > 0
        self.hints.update(rendered.hints)

    def add_dropped(self) -> None:
        self.frames += 1
        self.dropped += 1

    def add_times(self, ms: dict[str, float]) -> None:
        for step, value in ms.items():
            self._ms[step].append(value)

    def times(self) -> dict[str, StepTimes]:
        return {
            step: StepTimes(*(float(value) for value in np.percentile(values, (50, 95, 100))))
            for step, values in self._ms.items()
        }


def plan_folder(
    sources: Sequence[Source],
    looks: Sequence[str],
    folder: Path,
    *,
    video: bool = True,
    before: bool = False,
    realtime: bool = False,
    probes: bool = True,
    tags: dict[str, tuple[str, ...]] | None = None,
) -> tuple[TakeTask, ...]:
    """Every clip with every look, clip by clip, each with file names of its own in ``folder``.

    ``tags`` are by the source's name.
    """
    names: set[str] = set()
    tasks = []
    for source in sources:
        for look in looks:
            stem = _free_name(f"{_stem_of(source)}--{look}", names)
            tasks.append(
                TakeTask(
                    source,
                    look,
                    video=folder / f"{stem}.mp4" if video else None,
                    before=folder / f"{stem}.before.mp4" if before else None,
                    records=folder / f"{stem}.jsonl",
                    realtime=realtime,
                    probes=probes,
                    tags=(tags or {}).get(source.name, ()),
                )
            )
    check_outputs(tasks)
    return tuple(tasks)


def check_outputs(tasks: Iterable[TakeTask]) -> None:
    """Raises BadClip where an output is one of the clips, or of two takes."""
    tasks = tuple(tasks)
    inputs = {_identity(path) for task in tasks for path in task.source.paths}
    taken: dict[object, TakeTask] = {}
    for task in tasks:
        for path in task.outputs:
            identity = _identity(path)
            if identity in inputs:
                raise BadClip(f"{path.name} is the clip itself; choose another name for the replay.")
            other = taken.setdefault(identity, task)
            if other is not task:
                raise BadClip(f"{path} would be written by {other.key} and by {task.key}; give a folder.")


def _identity(path: Path) -> object:
    """The same for two names of one file."""
    try:
        stat = path.stat()
    except OSError:
        return path.absolute()
    return stat.st_dev, stat.st_ino


def _stem_of(source: Source) -> str:
    return (
        source.name.replace("/", "-") if source.is_sequence else source.name.rpartition(".")[0] or source.name
    )


def _free_name(wanted: str, taken: set[str]) -> str:
    """A plain file name that is not taken yet, whatever the case of its letters; then it is."""
    plain = _PLAIN.sub("-", wanted.replace(",", "+")).strip("-.")[:_NAME_MAX]
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        name = f"{plain}-{number}"
    taken.add(name.lower())
    return name


def look_text(items: Sequence[LookItem]) -> str:
    """``parse_look`` backwards."""
    return ",".join(_item_text(item) for item in items)


def _item_text(item: LookItem) -> str:
    shade = f":{item.shade}" if item.shade is not None else ""
    strength = f"@{item.strength:g}" if item.strength is not None else ""
    return f"{item.sku}{shade}{strength}"


def parse_look(text: str) -> tuple[LookItem, ...]:
    """``SKU[:SHADE][@STRENGTH]``, several with commas between. Raises BadLook for what is not of that form.

    >>> parse_look("aviator,velvet:rose@0.6")[1].shade
    'rose'
    """
    return tuple(_parse_item(part.strip()) for part in text.split(","))


def _parse_item(text: str) -> LookItem:
    name, at, strength_text = text.partition("@")
    sku, colon, shade = name.partition(":")
    strength: float | None = None
    try:
        if at:
            strength = float(strength_text)
    except ValueError:
        sku = ""
    if not sku or (colon and not shade):
        raise BadLook(
            f"The look {text!r} is not SKU, SKU:SHADE or SKU:SHADE@STRENGTH; 'tryon products' lists them."
        )
    return LookItem(sku=sku, shade=shade or None, strength=strength)
