"""A recorded clip through the mirror's own pipeline, frame by frame on the clip's clock, into an MP4."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tryon.config import Settings
from tryon.errors import BadClip, BadLook, PerceptionFailed
from tryon.frame import U8, Frame
from tryon.looks import Look, LookItem
from tryon.pipeline import Engine, Pipeline, Rendered
from tryon.replay.clip import ClipInfo, ClipReader, ClipWriter

# Called with the frames done, and how many there will be where the clip tells.
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class StepTimes:
    """Percentiles of one step's milliseconds over the clip's frames."""

    p50: float
    p95: float
    worst: float


@dataclass(frozen=True, slots=True)
class ReplaySummary:
    """What a replay saw. ``hints`` counts frames by hint code; ``ms`` is by step, in the pipeline's order."""

    clip: ClipInfo
    frames: int
    frames_with_face: int
    frames_failed: int
    hints: Mapping[str, int]
    ms: Mapping[str, StepTimes]
    warning: str | None


class Tally:
    """Counts what the pipeline says, in 8 bytes a step and frame."""

    def __init__(self) -> None:
        self.frames = self.with_face = self.failed = 0
        self.hints: Counter[str] = Counter()
        self._ms: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))

    def add(self, rendered: Rendered) -> None:
        self.frames += 1
        self.with_face += rendered.faces > 0
        self.hints.update(rendered.hints)
        for step, ms in rendered.timings_ms.items():
            self._ms[step].append(ms)

    def add_failure(self) -> None:
        self.frames += 1
        self.failed += 1

    def times(self) -> dict[str, StepTimes]:
        return {
            step: StepTimes(*(float(value) for value in np.percentile(values, (50, 95, 100))))
            for step, values in self._ms.items()
        }


def _silent(*_: object) -> None:
    """For callers who do not watch."""


def replay(
    clip: Path,
    look: Look,
    out: Path,
    settings: Settings,
    progress: Progress = _silent,
    warm_up: Callable[[str, float], None] = _silent,
) -> ReplaySummary:
    """Put ``look`` on every frame of ``clip`` and write ``out``, an MP4 with the clip's own times.

    A frame on which the landmark model fails is written as it was and counted. Raises BadClip if the clip
    cannot be read or ``out`` cannot be written; ``out`` then stays as it was.
    """
    if out.exists() and clip.exists() and out.samefile(clip):
        raise BadClip(f"{out.name} is the clip itself; choose another name for the replay.")
    with ClipReader(clip) as reader:
        info = reader.info
        with (
            ClipWriter(out, info.width_px, info.height_px, info.fps) as writer,
            closing(Engine(settings)) as engine,
        ):
            engine.warm_up(warm_up)
            pipeline, tally = Pipeline(settings), Tally()
            for frame in reader:
                writer.write(dressed(pipeline, frame, look, engine, tally), frame.t_ms)
                progress(tally.frames, info.frames)
    return ReplaySummary(
        clip=info,
        frames=tally.frames,
        frames_with_face=tally.with_face,
        frames_failed=tally.failed,
        hints=dict(tally.hints.most_common()),
        ms=tally.times(),
        warning=reader.warning,
    )


def dressed(pipeline: Pipeline, frame: Frame, look: Look, engine: Engine, tally: Tally) -> U8:
    """The frame's picture with the look on it, counted; as it was where the landmark model fails."""
    try:
        rendered = pipeline.process(frame, look, engine)
    except PerceptionFailed:
        tally.add_failure()
        return frame.bgr
    tally.add(rendered)
    return rendered.bgr


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
