"""The videos of a report: as they are while they fit into it, else written again smaller, and at last only in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon.errors import BadClip
from tryon.frame import U8, Frame
from tryon.replay.clip import ClipReader, ClipWriter

# Below this many bytes not even ten seconds can be looked at.
SHARE_MIN: Final = 250_000
# Longest side and constant rate factor, tried in this order.
LEVELS: Final = ((640, 26), (480, 30), (360, 33))
# Of a video of which nothing but parts fits: this much before and after each of the worst frames.
PART_MS: Final = 1500.0
PARTS_MIN: Final = 1
THUMB_SIDE_PX: Final = 320
THUMB_QUALITY: Final = 78


@dataclass(frozen=True, slots=True)
class VideoWish:
    """A video that a take has, and the times (ms from its start) that matter most, the worst first."""

    take: int
    role: str
    path: Path
    worst_ms: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Embedded:
    """A video in the report. ``path`` is what to embed, None if it was left out; ``note`` says what is not as it was.

    ``parts`` are the stretches of time (ms) that it shows; empty: all of it.
    """

    wish: VideoWish
    path: Path | None
    note: str | None = None
    parts: tuple[tuple[float, float], ...] = ()


def fit(wishes: Sequence[VideoWish], budget: int, scratch: Path) -> list[Embedded]:
    """Make the videos fit into ``budget`` bytes together; smaller ones are written into the folder ``scratch``.

    What comes first in ``wishes`` matters most: when there are too many for anything to be seen, the last are left out.
    """
    found: list[Embedded] = []
    sized: list[tuple[VideoWish, int]] = []
    for wish in wishes:
        if wish.path.is_file():
            sized.append((wish, wish.path.stat().st_size))
        else:
            found.append(Embedded(wish, None, f"{wish.path.name} is not in the run's folder."))
    while sized and _share([size for _, size in sized], budget) < SHARE_MIN:
        wish, _ = sized.pop()
        found.append(Embedded(wish, None, f"Left out to keep this file small; see {wish.path.name}."))
    share = _share([size for _, size in sized], budget)
    for number, (wish, size) in enumerate(sized):
        if size <= share:
            found.append(Embedded(wish, wish.path))
        else:
            found.append(_smaller(wish, int(share), scratch / f"{number}.mp4"))
    return found


def _share(sizes: Sequence[int], budget: int) -> float:
    """What the largest may take so that all fit: those below it are as large as they are (max-min fairness)."""
    left = float(budget)
    for number, size in enumerate(sorted(sizes)):
        share = left / (len(sizes) - number)
        if size > share:
            return share
        left -= size
    return float("inf")


def _smaller(wish: VideoWish, share: int, out: Path) -> Embedded:
    try:
        for side, crf in LEVELS:
            if _likely(wish.path, side, crf, out) > share * 1.15:
                continue
            _encode(wish.path, out, side, crf)
            if out.stat().st_size <= share:
                return Embedded(
                    wish, out, f"Scaled down to keep this file small; {wish.path.name} is sharper."
                )
        return _parts(wish, share, out)
    except BadClip as error:
        return Embedded(wish, None, error.sentence)


def _parts(wish: VideoWish, share: int, out: Path) -> Embedded:
    """As many of the worst parts as fit, at the last level; the time between them is a standing picture."""
    side, crf = LEVELS[-1]
    moments = wish.worst_ms or (0.0,)
    count = len(moments)
    while count >= PARTS_MIN:
        parts = merged([(max(0.0, at - PART_MS), at + PART_MS) for at in moments[:count]])
        _encode(wish.path, out, side, crf, parts)
        if out.stat().st_size <= share:
            note = f"Only the parts around the worst frames, to keep this file small; all of it is in {wish.path.name}."
            return Embedded(wish, out, note, parts)
        count //= 2
    return Embedded(wish, None, f"Left out to keep this file small; see {wish.path.name}.")


def merged(parts: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """In order, with those that touch joined."""
    joined: list[tuple[float, float]] = []
    for first, last in sorted(parts):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def _likely(path: Path, side: int, crf: int, out: Path) -> float:
    """Bytes that a level would take, judged by the clip's first two seconds."""
    with ClipReader(path, side) as reader:
        duration_ms = reader.info.duration_ms or 0.0
    _encode(path, out, side, crf, ((0.0, 2000.0),), stop=True)
    return out.stat().st_size * max(1.0, duration_ms / 2000.0)


def _encode(
    path: Path,
    out: Path,
    side: int,
    crf: int,
    parts: tuple[tuple[float, float], ...] = (),
    *,
    stop: bool = False,
) -> None:
    """Write again; of ``parts`` only these, and the first frame, so that the clock stays. ``stop`` after the last."""
    with ClipReader(path, side) as reader:
        info = reader.info
        with ClipWriter(out, info.width_px, info.height_px, info.fps, crf) as writer:
            start_ms: float | None = None
            for frame in reader:
                start_ms = frame.t_ms if start_ms is None else start_ms
                at_ms = frame.t_ms - start_ms
                if stop and parts and at_ms > parts[-1][1]:
                    break
                if at_ms == 0 or not parts or any(first <= at_ms <= last for first, last in parts):
                    writer.write(frame.bgr, at_ms)


def thumbnails(path: Path, at_ms: Sequence[float]) -> dict[float, bytes]:
    """JPEGs of the pictures shown at those times (ms from the start); what cannot be read is absent."""
    found: dict[float, bytes] = {}
    try:
        with ClipReader(path, THUMB_SIDE_PX) as reader:
            wanted = sorted(set(at_ms))
            for frame, until_ms in _with_end(reader):
                while wanted and wanted[0] < until_ms:
                    found[wanted.pop(0)] = jpeg(frame.bgr)
                if not wanted:
                    break
    except BadClip:
        return found
    return found


def _with_end(reader: ClipReader) -> Iterator[tuple[Frame, float]]:
    """Each frame with the time at which the next one comes, half a millisecond early; times start at 0."""
    last: Frame | None = None
    start_ms = 0.0
    for frame in reader:
        if last is None:
            start_ms = frame.t_ms
        else:
            yield replace(last, t_ms=last.t_ms - start_ms), frame.t_ms - start_ms - 0.5
        last = frame
    if last is not None:
        yield replace(last, t_ms=last.t_ms - start_ms), float("inf")


def jpeg(bgr: U8) -> bytes:
    """A small picture's JPEG bytes."""
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, THUMB_QUALITY])
    return np.asarray(data, np.uint8).tobytes()
