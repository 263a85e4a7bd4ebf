"""A look at an uploaded clip, in a process that may be killed: what it is, whether it is whole, and a picture of it.

Files are hostile; what reads them is neither the server nor anything that could not be done without.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from tryon.config import Settings
from tryon.errors import BadClip
from tryon.qa.desk.child import Child, Command, command
from tryon.qa.desk.shelf import Upload
from tryon.qa.desk.values import Probe, read_probe

POSTER: Final = "poster.jpg"
# A longer clip is looked at as far as it comes in this time; what is wrong further on is told by its run.
LOOK_S: Final = 20.0
# The first frame alone may take its time on a busy machine; beyond this the file was made to.
KILL_S: Final = 60.0
# A clip has a handful of kinds of boxes at its top.
_BOXES_MAX: Final = 64
# They name other files of this machine, which nobody uploaded.
_PLAYLISTS: Final = (b"#EXTM3U", b"ffconcat", b"\xef\xbb\xbf#EXTM3U")
_POSTER_PX: Final = 320
_POSTER_QUALITY: Final = 80
# Faces are rarely there yet in the very first picture.
_POSTER_MS: Final = 1000.0


def look_at(
    upload: Upload, settings: Settings, make_command: Command = command, kill_s: float = KILL_S
) -> Probe:
    """What the clip is. Raises BadClip with the sentence that refuses it."""
    told = {"path": str(upload.path), "name": upload.name, "memory_mb": settings.qa_memory_mb}
    child = Child("intake", told, make_command)
    try:
        said = child.output(kill_s)
    except TimeoutError as error:
        raise BadClip(
            f"{upload.name} could not be read within {kill_s:.0f} s; export it again as MP4 and upload that."
        ) from error
    finally:
        child.close()
    try:
        return read_probe(said)
    except ValidationError as error:
        sentence = said.decode("utf-8", "replace").strip('"') if said.startswith(b'"') else ""
        raise BadClip(
            sentence or f"{upload.name} breaks what reads videos; export it again as MP4 and upload that."
        ) from error


def look(told: dict[str, Any]) -> dict[str, Any] | str:
    """In the process: the probe's fields, or the sentence that refuses the clip. Writes the poster beside it."""
    path, name = Path(told["path"]), str(told["name"])
    try:
        with path.open("rb") as file:
            if file.read(16).startswith(_PLAYLISTS):
                return f"{name} is a list of other files; upload one of those."
        return asdict(_probe(path, name))
    except BadClip as error:
        if lacks_index(path):
            return f"{name} was cut: it ends before it tells what is in it. Upload the whole file."
        return error.sentence.replace(path.name, name)
    except MemoryError:
        return f"{name} needs more memory than a clip may; scale it down first."


def _probe(path: Path, name: str) -> Probe:
    from tryon.replay.clip import ClipReader

    began_s = time.monotonic()
    frames: int | None = 0
    first_ms = last_ms = 0.0
    with ClipReader(path) as reader:
        info = reader.info
        for frame in reader:
            if frames == 0:
                first_ms = frame.t_ms
                _write_poster(path.with_name(POSTER), frame.bgr)
            elif last_ms - first_ms < _POSTER_MS <= frame.t_ms - first_ms:
                _write_poster(path.with_name(POSTER), frame.bgr)
            last_ms = frame.t_ms
            frames = (frames or 0) + 1
            if time.monotonic() - began_s > LOOK_S:
                frames = info.frames
                break
        warning = reader.warning
    if warning is not None and " breaks off " in warning:
        sentence = warning.replace(path.name, name).partition(";")[0]
        raise BadClip(f"{sentence}: it was cut. Upload the whole file.")
    counted_ms = (last_ms - first_ms) * (1 + 1 / max(1, (frames or 1) - 1))
    return Probe(
        info.width_px,
        info.height_px,
        info.fps,
        frames,
        info.duration_ms or counted_ms or None,
        warning.replace(path.name, name) if warning else None,
    )


def lacks_index(path: Path) -> bool:
    """Whether an MP4 or MOV ends before the whole of its ``moov``, the box that tells of its tracks.

    Boxes: ISO/IEC 14496-12, 4.2.
    """
    size = path.stat().st_size
    at = boxes = 0
    with path.open("rb") as file:
        while at + 8 <= size and boxes < _BOXES_MAX:
            file.seek(at)
            head = file.read(16)
            length, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if length == 1:
                length = int.from_bytes(head[8:16], "big")
            if not boxes and kind != b"ftyp":
                return False
            end = size if length == 0 else at + max(8, length)
            if kind == b"moov" and end <= size:
                return False
            at, boxes = end, boxes + 1
    return boxes > 0


def _write_poster(path: Path, bgr: Any) -> None:
    import cv2

    height, width = bgr.shape[:2]
    scale = min(1.0, _POSTER_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _POSTER_QUALITY])
    if done:
        path.write_bytes(data.tobytes())
