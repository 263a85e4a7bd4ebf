"""Frames as a live server meets them: they arrive on the clip's clock, and the newest wins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tryon.frame import Frame


class Arrivals:
    """One worker, one waiting place, as ``wire.pacing.NewestSlot`` and the pool make them.

    A frame that arrives while another is in work waits; a newer one takes its place and it is dropped. The clock is the
    clip's: a frame in work for 50 ms misses what a camera sends in 50 ms, however long the machine really took over
    reading and writing files.
    """

    def __init__(self) -> None:
        self._free_at_ms = float("-inf")

    def worked(self, ms: float) -> None:
        """The frame that was given out last took that long."""
        self._free_at_ms += ms

    def sort(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, bool]]:
        """Every frame in order, and whether it is to be worked on; call ``worked`` for each that is, at once."""
        waiting: Frame | None = None
        for frame in frames:
            if waiting is not None:
                if self._free_at_ms <= frame.t_ms:
                    # It was taken as soon as the worker was free.
                    yield waiting, True
                else:
                    yield waiting, False
                waiting = None
            if self._free_at_ms <= frame.t_ms:
                self._free_at_ms = frame.t_ms
                yield frame, True
            else:
                waiting = frame
        if waiting is not None:
            yield waiting, True


def everything(frames: Iterable[Frame]) -> Iterator[tuple[Frame, bool]]:
    """Every frame, to be worked on."""
    return ((frame, True) for frame in frames)
