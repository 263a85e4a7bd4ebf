"""What is true of a clip that was made: ``CLIP.mp4.truth.jsonl``, which ``tryon qa synth`` writes beside it.

::

    {"kind": "truth", "clip": "yaw.mp4", "width_px": 640, …, "pd_mm": 63.0, "iris_mm": 11.7, …, "schema": 1}
    {"index": 0, "t_ms": 0.0, "visible": true, "pose": {"yaw_deg": 0.0, …, "t_mm": [0.0, -20.1, 610.2]}, …}

A file that is there and cannot be read is refused with a sentence: a measure that silently ran without its truth would
pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from tryon.errors import BadRecords
from tryon.replay.records import XY, XYZ
from tryon.replay.unfinished import unfinished

SCHEMA: Final = 1
# A frame with its anchors takes 1 KB.
LINE_BYTES_MAX: Final = 16 * 1024
# Ten hours at 30 frames a second; also what bounds memory (a frame takes some 2 KB).
FRAMES_MAX: Final = 1_080_000


@dataclass(frozen=True, slots=True)
class TruePose:
    """``camera_from_head``: angles as ``Pose.yaw_pitch_roll_deg`` reads them, translation in millimetres."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    t_mm: XYZ


@dataclass(frozen=True, slots=True)
class TrueFrame:
    """One frame.

    ``visible``: at least half of the face's points lie inside the picture. ``anchors_px`` are named points of the face
    in the frame's pixels, whether or not something hides them. ``mouth_mm`` is how far the lips part.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    index: Annotated[int, Field(ge=0)]
    t_ms: float
    visible: bool
    pose: TruePose
    anchors_px: dict[str, XY] = field(default_factory=dict)
    mouth_mm: float | None = None


@dataclass(frozen=True, slots=True)
class TruthHead:
    """How a clip was made, and what is true of all of it.

    ``pd_mm`` is the distance of the two irises' centres, ``iris_mm`` their horizontal diameter. ``white`` and
    ``exposure`` are the factors that linear light was multiplied by (``white`` red, green, blue; green is 1). ``noise``
    is the sensor's, σ in codes of 255. ``ita_deg`` is the cheeks' individual typology angle before the light, and
    ``quality`` how the frames were kept.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Literal["truth"]
    clip: str
    width_px: Annotated[int, Field(gt=0)]
    height_px: Annotated[int, Field(gt=0)]
    fov_deg: Annotated[float, Field(gt=0, lt=180)]
    fps: Annotated[float, Field(gt=0)]
    pd_mm: float
    iris_mm: float
    motion: str
    noise: float
    light: str
    white: XYZ
    exposure: float
    ita_deg: float
    quality: str
    seed: int
    portrait: str
    version: str
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True)
class ClipTruth:
    """A clip's truth, whole."""

    head: TruthHead
    frames: tuple[TrueFrame, ...]

    def at(self, index: int) -> TrueFrame | None:
        """That frame's truth; None past the end."""
        return self.frames[index] if 0 <= index < len(self.frames) else None


_HEAD: Final = TypeAdapter(TruthHead)
_FRAME: Final = TypeAdapter(TrueFrame)
T = TypeVar("T")


def truth_path(clip: Path) -> Path:
    """Where a clip's truth lies: ``walk.mp4`` has ``walk.mp4.truth.jsonl``."""
    return clip.with_name(f"{clip.name}.truth.jsonl")


def write_truth(clip: Path, head: TruthHead, frames: Iterable[TrueFrame]) -> Path:
    """Write the clip's truth, in place of what was there; it appears under its name when it is whole.

    Raises BadRecords where it cannot be written.
    """
    path = truth_path(clip)
    partial = unfinished(path)
    try:
        with partial.open("wb") as file:
            file.write(_HEAD.dump_json(head) + b"\n")
            file.writelines(_FRAME.dump_json(frame) + b"\n" for frame in frames)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadRecords(f"{path} cannot be written: {_said(error)}.") from error
    return path


def read_truth(clip: Path) -> ClipTruth | None:
    """The truth beside a clip; None where there is none.

    Raises BadRecords, which names file and line, for one that cannot be read, is of another format, or skips a frame.
    """
    path = truth_path(clip)
    if not path.exists():
        return None
    head: TruthHead | None = None
    frames: list[TrueFrame] = []
    try:
        with path.open("rb") as file:
            while line := file.readline(LINE_BYTES_MAX):
                number = len(frames) + (head is not None) + 1
                if head is None:
                    head = _truth_head(line, path)
                    continue
                frame = _validated(_FRAME, line, f"{path.name}, line {number}")
                if frame.index != len(frames):
                    raise BadRecords(
                        f"{path.name}, line {number}: frame {frame.index} stands where frame {len(frames)} belongs."
                    )
                if len(frames) == FRAMES_MAX:
                    raise BadRecords(f"{path.name} has more than {FRAMES_MAX} frames; cut the clip.")
                frames.append(frame)
    except OSError as error:
        raise BadRecords(f"{path} cannot be read: {_said(error)}.") from error
    if head is None:
        raise BadRecords(f"{path.name} is empty; make the clip again, or remove the file.")
    return ClipTruth(head, tuple(frames))


def _truth_head(line: bytes, path: Path) -> TruthHead:
    head = _validated(_HEAD, line, f"{path.name}, line 1")
    if head.schema != SCHEMA:
        raise BadRecords(
            f"{path.name} was written in format {head.schema}, this version reads format {SCHEMA}; "
            "make the clip again with 'tryon qa synth'."
        )
    return head


def _validated(adapter: TypeAdapter[T], line: bytes, where: str) -> T:
    try:
        return adapter.validate_json(line)
    except ValidationError as error:
        raise BadRecords(f"{where}: {_why(error)}.") from error


def _why(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])} {first['msg'].lower()}".strip()


def _said(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
