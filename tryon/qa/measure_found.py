"""Whether faces are found, for how long they are lost, and what the server left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tryon.qa.measure_motion import usual_step_ms
from tryon.qa.results import Figures
from tryon.qa.series import Series
from tryon.replay.truth import ClipTruth

Mask = NDArray[np.bool_]


def found(series: Series, truth: ClipTruth | None) -> Figures:
    """``detect.`` and ``drops.``; frames that were dropped count for neither side of detection."""
    figures: Figures = {}
    if series.frames == 0:
        return figures
    dropped, failed = series.column("dropped") > 0, series.column("failed") > 0
    figures["drops.percent"] = 100 * float(dropped.mean())
    figures["drops.failed_percent"] = 100 * float(failed.mean())
    kept = ~dropped
    t_ms, seen = series.column("t_ms")[kept], (series.column("faces") > 0)[kept]
    visible = np.ones(len(seen), np.bool_)
    if truth is not None:
        shown = [truth.at(int(index)) for index in series.column("index")[kept]]
        visible = np.array([frame is None or frame.visible for frame in shown], np.bool_)
    if visible.any():
        figures["detect.rate"] = 100 * float(seen[visible].mean())
    if not visible.all():
        figures["detect.false_percent"] = 100 * float(seen[~visible].mean())
    if seen.any():
        losses = _losses_ms(t_ms, seen, visible)
        figures["detect.losses"] = float(len(losses))
        figures["detect.longest_loss_ms"] = max((gone for gone, _ in losses), default=0.0)
        back = [again for _, again in losses if again is not None]
        if back:
            figures["detect.reacquire_ms"] = float(np.median(back))
    return figures


def _losses_ms(t_ms: NDArray[np.float64], seen: Mask, visible: Mask) -> list[tuple[float, float | None]]:
    """Each loss: how long a face that is there went unseen, and how long it took to be seen again, if it was.

    A face that has left the picture is not lost; one that is back and not seen yet is.
    """
    step_ms = usual_step_ms(t_ms)
    first = int(np.argmax(seen))
    losses: list[tuple[float, float | None]] = []
    frame = first + 1
    while frame < len(seen):
        if seen[frame] or not visible[frame]:
            frame += 1
            continue
        end = frame
        while end < len(seen) and not seen[end] and visible[end]:
            end += 1
        back = end < len(seen) and bool(seen[end])
        gone_ms = (
            float(t_ms[end] - t_ms[frame]) if end < len(seen) else float(t_ms[-1] - t_ms[frame]) + step_ms
        )
        losses.append((gone_ms, gone_ms if back else None))
        frame = end + 1
    return losses
