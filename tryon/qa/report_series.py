"""A take's records as what a report plots: lines over time, stretches of time, distributions. Bounded by points.

A clip of up to ``points`` frames is kept frame by frame; a longer one as the envelope of its buckets, the least and
the greatest value in each, so that a single bad frame of ten minutes still shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from tryon.frame import F64
from tryon.pipeline import HINTS
from tryon.qa.report_words import define, shown, unit_of
from tryon.replay.records import FaceRecord, FrameRecord, Take

# Wider than any screen has dots for a plot.
POINTS_MAX: Final = 1200
BINS: Final = 40
# A histogram ends where 99.5 % of the values lie below; what is beyond counts into its last bar.
TAIL: Final = 99.5
DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a value a frame, NaN where there is none."""

    name: str
    values: F64


@dataclass(frozen=True, slots=True)
class Plot:
    """Lines that share a unit. ``about`` is a sentence; ``measure`` the id of the definition where there is one."""

    title: str
    unit: str
    about: str
    lines: tuple[Line, ...]
    measure: str | None = None
    zero: bool = False
    histogram: bool = True


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames ``first`` to ``last``, both included, that share what ``kind`` names and ``text`` tells."""

    kind: str
    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Strip:
    """A region's mean colours, (frames, 3) CIE L*a*b*, NaN where it was not seen."""

    name: str
    before: F64
    after: F64


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of one take that runs along its clock. ``t_ms`` starts at 0 with the first frame."""

    t_ms: F64
    indices: tuple[int, ...]
    plots: tuple[Plot, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    strips: tuple[Strip, ...] = field(default=())


def timeline(take: Take, curves: Mapping[str, F64]) -> Timeline:
    """What a take shows: its measures' own curves (one value a frame, by identifier), then what the records tell.

    Where there are several faces, the lines follow the first.
    """
    frames = take.frames
    start_ms = frames[0].t_ms if frames else 0.0
    return Timeline(
        t_ms=np.array([frame.t_ms - start_ms for frame in frames], np.float64),
        indices=tuple(frame.index for frame in frames),
        plots=tuple(replace(plot, lines=lines) for plot in _plots(take, curves) if (lines := _telling(plot))),
        stretches=tuple(_stretches(frames)),
        strips=tuple(_strips(frames)),
    )


def _telling(plot: Plot) -> tuple[Line, ...]:
    """The lines that have a value somewhere."""
    return tuple(line for line in plot.lines if np.isfinite(line.values).any())


def _plots(take: Take, curves: Mapping[str, F64]) -> Iterable[Plot]:
    faces = [_wearer(frame) for frame in take.frames]

    def of(value: Callable[[FaceRecord], float]) -> F64:
        return np.array([np.nan if face is None else value(face) for face in faces], np.float64)

    yield from (_measured(name, values) for name, values in curves.items())
    yield from (_measured(name, values) for name, values in _pixels(take.frames) if name not in curves)
    if "jitter.corner_px" not in curves:
        yield Plot(
            "Restlessness of the anchors",
            "px",
            "How far each anchor lies from the middle of its places one frame before and one after, RMS over the "
            "anchors: what trembles shows, what moves evenly does not.",
            (Line("steady", restlessness(faces)), Line("as seen", restlessness(faces, raw=True))),
            zero=True,
        )
    yield Plot(
        "Head angles",
        "°",
        "Steady pose of the head against the camera.",
        (
            Line("yaw", of(lambda face: face.pose.yaw_deg)),
            Line("pitch", of(lambda face: face.pose.pitch_deg)),
            Line("roll", of(lambda face: face.pose.roll_deg)),
        ),
        histogram=False,
    )
    yield Plot(
        "Distance of the head",
        "mm",
        "From the camera to the root of the nose.",
        (Line("distance", of(lambda face: face.pose.t_mm[2])),),
        histogram=False,
    )
    yield Plot(
        "Size of the head",
        "×",
        "Head over the mean head; a rigid head keeps its size, whatever it does.",
        (Line("size", of(lambda face: face.scale)),),
    )
    if "pose.residual_px" not in curves:
        yield Plot(
            "Residual of the pose",
            "px",
            "RMS distance from the landmarks to the fitted head.",
            (Line("residual", of(lambda face: face.pose.residual_px)),),
            zero=True,
        )
    yield Plot(
        "Confidence",
        "",
        "How sure the landmark model was of the face, 0 to 1.",
        (Line("confidence", of(lambda face: face.confidence)),),
        zero=True,
    )
    yield _times_plot(take)


def _times_plot(take: Take) -> Plot:
    at = {time.index: time.ms for time in take.times}
    steps = list(dict.fromkeys(step for ms in at.values() for step in ms))
    lines = tuple(
        Line(step, np.array([at.get(frame.index, {}).get(step, np.nan) for frame in take.frames], np.float64))
        for step in steps
    )
    total = np.array(
        [sum(at[f.index].values()) if f.index in at else np.nan for f in take.frames], np.float64
    )
    lines = (Line("total", total), *lines)
    return Plot(
        "Time per step", "ms", "How long each step of a frame took, and all together.", lines, zero=True
    )


def _measured(name: str, values: F64) -> Plot:
    known = define(name)
    return Plot(
        title=known.title if known else name,
        unit=unit_of(known) if known else "",
        about=known.formula if known else "",
        lines=(Line(name, values),),
        measure=name if known else None,
        zero=not bool((values < 0).any()),
    )


def _pixels(frames: Sequence[FrameRecord]) -> Iterable[tuple[str, F64]]:
    """The measures that were read off the pictures. What is only a step on the way to a measure is left out."""
    for name in dict.fromkeys(name for frame in frames for name in frame.pixels if define(name)):
        yield name, np.array([frame.pixels.get(name, np.nan) for frame in frames], np.float64)


def restlessness(faces: Sequence[FaceRecord | None], *, raw: bool = False) -> F64:
    """By frame, the RMS over anchors of |p(i) − (p(i−1) + p(i+1)) / 2|, px; NaN without both neighbours."""
    found = np.full(len(faces), np.nan)
    for at in range(1, len(faces) - 1):
        before, here, after = faces[at - 1], faces[at], faces[at + 1]
        if before is None or here is None or after is None or not before.track == here.track == after.track:
            continue
        names = before.anchors.keys() & here.anchors.keys() & after.anchors.keys()
        places = np.array(
            [
                [face.anchors[name].raw_px if raw else face.anchors[name].px for name in sorted(names)]
                for face in (before, here, after)
            ],
            np.float64,
        )
        if names:
            away = places[1] - (places[0] + places[2]) / 2
            found[at] = np.sqrt((away**2).sum(axis=-1).mean())
    return found


def _wearer(frame: FrameRecord) -> FaceRecord | None:
    """Of several faces the first, as in ``series.py``: it has been followed longest."""
    return frame.faces[0] if frame.faces else None


def _stretches(frames: Sequence[FrameRecord]) -> Iterable[Stretch]:
    yield from _runs("failed", "The landmark model failed.", [frame.failed for frame in frames])
    yield from _runs(
        "dropped", "Dropped: the live server would not have answered.", [f.dropped for f in frames]
    )
    yield from _runs("lost", "No face was found.", [not (f.faces or f.failed or f.dropped) for f in frames])
    for code in dict.fromkeys(code for frame in frames for code in frame.hints):
        if code != "no_face":
            yield from _runs("hint", HINTS.get(code, code), [code in frame.hints for frame in frames])


def _runs(kind: str, text: str, flags: Sequence[bool]) -> Iterable[Stretch]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.array(flags, bool), [False]])))
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield Stretch(kind, text, first, after - 1)


def _strips(frames: Sequence[FrameRecord]) -> Iterable[Strip]:
    nowhere = (np.nan, np.nan, np.nan)
    for name in dict.fromkeys(name for frame in frames for name in frame.regions):
        seen = [frame.regions.get(name) for frame in frames]
        yield Strip(
            name,
            np.array([nowhere if region is None else region.lab_before for region in seen], np.float64),
            np.array([nowhere if region is None else region.lab_after for region in seen], np.float64),
        )


def envelope(values: F64, points: int) -> tuple[list[float | None], list[float | None] | None]:
    """The values themselves (and None) where there are at most ``points``, else each bucket's least and greatest."""
    if len(values) <= points:
        return _plain(values), None
    starts = bucket_starts(len(values), points)
    return _plain(np.fmin.reduceat(values, starts)), _plain(np.fmax.reduceat(values, starts))


def bucket_starts(frames: int, points: int) -> Any:
    """The first frame of each bucket; bucket ``b`` starts at floor(b · frames / points)."""
    return np.arange(points) * frames // points


def histogram(values: F64) -> dict[str, Any] | None:
    """Counts in bins from the least value to the tail, with the median and the 95th percentile; None without values."""
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    low = float(values.min())
    high = float(np.percentile(values, TAIL))
    if high <= low:
        high = low + max(abs(low) * 1e-3, 1e-9)
    counts, _ = np.histogram(np.minimum(values, high), BINS, (low, high))
    p50, p95 = np.percentile(values, (50, 95))
    return {
        "low": _short(low),
        "high": _short(high),
        "max": _short(float(values.max())),
        "counts": counts.tolist(),
        "p50": _short(float(p50)),
        "p95": _short(float(p95)),
        "n": len(values),
    }


def as_data(line: Timeline, points: int = POINTS_MAX) -> dict[str, Any]:
    """Plain values for the page: times in tenths of a millisecond, one after another as differences."""
    ticks = np.rint(line.t_ms * 10).astype(np.int64)
    count = len(ticks)
    first = line.indices[0] if count else 0
    return {
        "frames": count,
        "points": min(count, points),
        "deltas": np.diff(ticks, prepend=0).tolist(),
        "indices": None if line.indices == tuple(range(first, first + count)) else line.indices,
        "first": first,
        "plots": [_plot_data(plot, points) for plot in line.plots if not _still(plot)],
        "still": [_still_data(plot) for plot in line.plots if _still(plot)],
        "stretches": [
            {"kind": s.kind, "text": s.text, "first": s.first, "last": s.last}
            for s in line.stretches[:points]
        ],
        "strips": [
            {
                "name": strip.name,
                "before": _colours(strip.before, points),
                "after": _colours(strip.after, points),
            }
            for strip in line.strips
        ],
    }


def _still(plot: Plot) -> bool:
    """Whether it never changes: a sentence then tells it better than a straight line."""
    return all(float(np.nanmax(line.values)) == float(np.nanmin(line.values)) for line in plot.lines)


def _still_data(plot: Plot) -> dict[str, Any]:
    values = [shown(float(np.nanmin(line.values)), plot.unit) for line in plot.lines]
    return {"title": plot.title, "measure": plot.measure, "text": ", ".join(values)}


def _plot_data(plot: Plot, points: int) -> dict[str, Any]:
    lines = []
    for line in plot.lines:
        low, high = envelope(line.values, points)
        told = histogram(line.values) if plot.histogram else None
        shape = told if told and told["low"] < told["max"] else None
        lines.append({"name": line.name, "low": low, "high": high, "histogram": shape})
    return {
        "title": plot.title,
        "unit": plot.unit,
        "about": plot.about,
        "measure": plot.measure,
        "zero": plot.zero,
        "lines": lines,
    }


def _colours(lab: F64, points: int) -> list[list[float] | None]:
    """One colour a point: of a bucket's, the first."""
    rows = lab if len(lab) <= points else lab[bucket_starts(len(lab), points)]
    return [[_short(value) for value in row] if np.isfinite(row).all() else None for row in rows.tolist()]


def _plain(values: F64) -> list[float | None]:
    return [_short(value) if np.isfinite(value) else None for value in values.tolist()]


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
