"""Numbered pictures read as a clip, at a frame rate that the caller names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from typing_extensions import Self

from tryon.errors import BadClip
from tryon.frame import Frame
from tryon.replay.clip.picture import SIDE_MAX_PX
from tryon.replay.clip.reader import ClipReader
from tryon.replay.clip.sound import Sound


class StillsReader:
    """As ``ClipReader``, over pictures in the order given. One that cannot be read costs that frame, and is told in
    ``warning``; its time passes. Raises BadClip at once if the first cannot be read."""

    def __init__(
        self, paths: Sequence[Path], fps: float, side_max_px: int = SIDE_MAX_PX, *, spent: bool = False
    ) -> None:
        if not paths:
            raise BadClip("An image sequence needs at least one picture.")
        self._paths = tuple(paths)
        self._fps = fps
        self._side_max_px = side_max_px
        self._spent = spent
        self.warning: str | None = None
        self.sound: Sound | None = None
        with ClipReader(self._paths[0], side_max_px) as first:
            self.info = replace(
                first.info, fps=fps, frames=len(self._paths), duration_ms=len(self._paths) * 1000 / fps
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is open between two pictures."""

    def __iter__(self) -> Iterator[Frame]:
        sequence, unread = 0, []
        for number, path in enumerate(self._paths):
            try:
                with ClipReader(path, self._side_max_px, spent=self._spent) as picture:
                    still = next(iter(picture))
            except BadClip:
                unread.append(path.name)
                continue
            yield Frame(still.bgr, number * 1000 / self._fps, sequence, spent=still.spent)
            sequence += 1
        if unread:
            self.warning = (
                f"{len(unread)} of {len(self._paths)} pictures could not be read, {unread[0]} first; "
                f"the rest was used (frames: {sequence})."
            )
