"""What a replay writes down about every frame: plain values, one JSON line each, the same bytes for the same input.

A records file holds one take after another; a take is one clip with one look::

    {"kind": "take", "schema": 1, "version": "0.1.0", "clip": {…}, "look": "aviator-gold", "tags": [], …}
    {"kind": "frame", "index": 0, "t_ms": 0.0, "faces": [{…}], "pixels": {…}, "picture": "9f2c…"}
    …
    {"kind": "end", "frames": 61, "warning": null}

Clocks have no place in it: how long a frame took differs from run to run, and goes into a file of its own
(``TimesRecord``), so that two runs of one version can be compared byte by byte.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator, TypeAdapter, ValidationError

from tryon.errors import BadRecords

SCHEMA: Final = 1
# A frame with four faces takes 8 KB; a longer line is not one of ours.
LINE_BYTES_MAX: Final = 256 * 1024

# Decimal places of what records tell; finer than any of it is known.
PX_DIGITS: Final = 3
MM_DIGITS: Final = 3
DEG_DIGITS: Final = 4
PART_DIGITS: Final = 5
MS_DIGITS: Final = 3

XY: TypeAlias = tuple[float, float]
XYZ: TypeAlias = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """The clip of a take. ``sha256`` is that of the file's bytes (of all files' of an image sequence, in order)."""

    name: str
    sha256: str
    width_px: int
    height_px: int
    source_width_px: int
    source_height_px: int
    fps: float | None
    frames: int | None
    duration_ms: float | None


@dataclass(frozen=True, slots=True)
class PoseRecord:
    """``camera_from_head``: angles as ``Pose.yaw_pitch_roll_deg`` reads them, translation in millimetres."""

    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    t_mm: XYZ
    residual_px: float


@dataclass(frozen=True, slots=True)
class AnchorRecord:
    """A named point: steady and as the network saw it (pixels of the frame), and steady in camera space (mm)."""

    px: XY
    raw_px: XY
    mm: XYZ


@dataclass(frozen=True, slots=True)
class FaceRecord:
    """One wearer in one frame. ``scale`` is the head over the mean head, ± one standard deviation ``scale_sigma``."""

    track: int
    confidence: float
    frames_tracked: int
    pose: PoseRecord
    raw_pose: PoseRecord
    scale: float
    scale_sigma: float
    px_per_mm: float
    interpupillary_px: float
    anchors: dict[str, AnchorRecord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RegionRecord:
    """A named region's mean colour, CIE L*a*b* (D65), in the camera's picture and in the dressed one."""

    lab_before: XYZ
    lab_after: XYZ


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One frame of a take.

    ``picture`` is the XXH64 of the dressed frame's bytes (empty where the frame was dropped). ``pixels`` holds
    the measures that need the picture, by the names of ``docs/measures.md``. ``dropped``: the live server, too slow
    for the clip's clock, would not have answered it (only with ``--realtime``). ``failed``: the landmark model did.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Literal["frame"] = field(default="frame", kw_only=True)
    index: int
    t_ms: float
    width_px: int
    height_px: int
    faces: tuple[FaceRecord, ...] = ()
    hints: tuple[str, ...] = ()
    light_white: XYZ | None = None
    light_skin: float | None = None
    dirty: tuple[int, int, int, int] | None = None
    regions: dict[str, RegionRecord] = field(default_factory=dict)
    pixels: dict[str, float] = field(default_factory=dict)
    picture: str = ""
    dropped: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class TakeRecord:
    """How a take begins. ``settings`` are those that change the picture; ``tags`` come from the clip's side file."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Literal["take"] = field(default="take", kw_only=True)
    version: str
    clip: ClipRecord
    look: str
    settings: dict[str, float | int | str | bool | None]
    tags: tuple[str, ...] = ()
    realtime: bool = False
    schema: int = SCHEMA

    @property
    def key(self) -> str:
        """What names a take in a run, a baseline and a report."""
        return f"{self.clip.name} × {self.look}"


@dataclass(frozen=True, slots=True)
class EndRecord:
    """How a take ends. ``error`` tells what stopped it half-way; ``warning`` what was wrong with the clip."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Literal["end"] = field(default="end", kw_only=True)
    frames: int
    warning: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class TimesRecord:
    """How long one frame took, in milliseconds by step: decode, the pipeline's own steps, encode."""

    index: int
    ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Take:
    """A take, read back or just made. ``times`` is empty where nobody kept them."""

    head: TakeRecord
    frames: tuple[FrameRecord, ...]
    end: EndRecord
    times: tuple[TimesRecord, ...] = ()

    @property
    def key(self) -> str:
        return self.head.key


Line: TypeAlias = TakeRecord | FrameRecord | EndRecord

_LINE: Final[TypeAdapter[Line]] = TypeAdapter(Annotated[Line, Discriminator("kind")])
_TIMES: Final[TypeAdapter[TimesRecord]] = TypeAdapter(TimesRecord)


def to_line(record: Line | TimesRecord) -> bytes:
    """One line of JSON, with its line feed; keys in the order of the fields, mappings in the order given."""
    adapter: TypeAdapter[Any] = _TIMES if isinstance(record, TimesRecord) else _LINE
    return adapter.dump_json(record) + b"\n"


def read_takes(path: Path) -> Iterator[Take]:
    """Every take of a records file, with its times where they lie beside it (``times_path``).

    Raises BadRecords, which names the line, for a file that is none of ours or of another schema; a file that breaks
    off in the middle of a take is refused too.
    """
    times = iter(_read_times(times_path(path)))
    head: TakeRecord | None = None
    frames: list[FrameRecord] = []
    for number, line in enumerate(_lines(path), 1):
        record = _parse(line, path, number)
        if isinstance(record, TakeRecord) and head is None:
            head, frames = record, []
        elif isinstance(record, FrameRecord) and head is not None:
            frames.append(record)
        elif isinstance(record, EndRecord) and head is not None:
            kept = tuple(time for _, time in zip(range(record.frames), times, strict=False))
            yield Take(head, tuple(frames), record, kept)
            head = None
        else:
            raise BadRecords(f"{path.name}, line {number}: a {record.kind!r} line does not belong here.")
    if head is not None:
        raise BadRecords(f"{path.name} breaks off inside {head.key}; run the replay again.")


def times_path(records: Path) -> Path:
    """Where the times of a records file lie: ``worn.jsonl`` (or ``.jsonl.gz``) has ``worn.times.jsonl``."""
    return records.with_name(f"{records.name.removesuffix('.gz').rpartition('.')[0]}.times.jsonl")


def _read_times(path: Path) -> Iterator[TimesRecord]:
    if path.is_file():
        for number, line in enumerate(_lines(path), 1):
            yield _parse_times(line, path, number)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            while line := file.readline(LINE_BYTES_MAX):
                yield line
    except EOFError as error:
        raise BadRecords(f"{path.name} breaks off; run the replay again.") from error
    except (OSError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadRecords(f"{path} cannot be read: {reason.lower()}.") from error


def _parse_times(line: bytes, path: Path, number: int) -> TimesRecord:
    try:
        return _TIMES.validate_json(line)
    except ValidationError as error:
        raise BadRecords(f"{path.name}, line {number}: {_why(error)}.") from error


def _parse(line: bytes, path: Path, number: int) -> Line:
    try:
        record = _LINE.validate_json(line)
    except ValidationError as error:
        raise BadRecords(
            f"{path.name}, line {number}, is no line of a replay's records: {_why(error)}."
        ) from error
    if isinstance(record, TakeRecord) and record.schema != SCHEMA:
        raise BadRecords(
            f"{path.name} was written in format {record.schema}, this version reads format {SCHEMA}; "
            "run the replay again."
        )
    return record


def _why(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])} {first['msg'].lower()}".strip()


def write_takes(path: Path, takes: Iterable[Take]) -> None:
    """Write takes as one records file and their times beside it, in place of what was there."""
    with path.open("wb") as file, times_path(path).open("wb") as times:
        for take in takes:
            lines: tuple[Line, ...] = (take.head, *take.frames, take.end)
            file.writelines(to_line(record) for record in lines)
            times.writelines(to_line(record) for record in take.times)


def as_json(record: Line) -> dict[str, Any]:
    """The line as plain values, for reports."""
    value: dict[str, Any] = json.loads(to_line(record))
    return value
