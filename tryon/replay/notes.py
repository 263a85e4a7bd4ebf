"""What people say of a clip: tags and labels, in ``CLIP.mp4.toml`` beside it.

::

    tags = ["dark_skin", "dim", "yaw"]

    [[label]]                      # what hides the face in one frame; pixels of the clip's own frames
    index = 12
    kind = "hand"
    polygon = [[310, 200], [355, 190], [360, 260]]
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tryon.errors import BadRecords
from tryon.replay.records import XY
from tryon.tomlfile import parse_toml

BYTES_MAX: Final = 8 * 1024 * 1024
LABELS_MAX: Final = 20_000
POLYGON_POINTS_MAX: Final = 1_000
TAGS_MAX: Final = 32
# Nearer to a known tag than this (difflib's ratio), an unknown one is taken for a slip of the keys.
LIKE: Final = 0.8

# What the measures and gates know. Others may be used and form strata of their own.
KNOWN_TAGS: Final = {
    "light_skin": "skin of an individual typology angle (ITA°) above 41°",
    "medium_skin": "skin of an ITA° of 10° to 41°",
    "dark_skin": "skin of an ITA° below 10°",
    "warm": "light of a lamp",
    "cold": "light of a cloudy sky",
    "dim": "a dark room",
    "back": "light from behind",
    "still": "a head that rests",
    "yaw": "a head that turns left and right",
    "pitch": "a head that nods",
    "roll": "a head that tilts",
    "approach": "a head that comes nearer and goes back",
    "translate": "a head that moves sideways",
    "leave": "a face that leaves the picture and comes back",
    "cut": "a cut from one picture to another",
    "motion": "anything that moves fast",
    "noise": "a noisy sensor",
    "talk": "a mouth that speaks",
    "blink": "eyes that blink",
    "glasses": "a face that wears glasses already",
    "beard": "a beard",
    "hair": "hair over the face or temples",
    "hand": "hands before the face",
    "headwear": "a hat, scarf or veil",
    "makeup": "a face that wears makeup already",
    "two_faces": "more than one face",
    "synthetic": "made by tryon qa synth",
}
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


Polygon: TypeAlias = Annotated[tuple[XY, ...], Field(min_length=3, max_length=POLYGON_POINTS_MAX)]


@dataclass(frozen=True, slots=True)
class Label:
    """What hides part of the face in frame ``index``: a closed ``polygon`` in pixels of the clip's frames."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    index: Annotated[int, Field(ge=0)]
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class ClipNotes:
    """What people say of a clip. Empty where they say nothing."""

    tags: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()

    def by_frame(self) -> dict[int, tuple[Label, ...]]:
        """The labels of each frame that has any."""
        ordered = sorted(self.labels, key=lambda label: label.index)
        return {index: tuple(group) for index, group in groupby(ordered, key=lambda label: label.index)}


class _NotesFile(BaseModel):
    """The TOML file's keys."""

    model_config = ConfigDict(extra="forbid")

    tags: Annotated[tuple[str, ...], Field(max_length=TAGS_MAX)] = ()
    label: Annotated[tuple[Label, ...], Field(max_length=LABELS_MAX)] = ()


def notes_path(clip: Path) -> Path:
    """Where a clip's tags and labels lie: ``walk.mp4`` has ``walk.mp4.toml``."""
    return clip.with_name(f"{clip.name}.toml")


def write_notes(clip: Path, notes: ClipNotes) -> Path:
    """Write the clip's tags and labels, in place of what was there. Raises BadRecords where it cannot."""
    path = notes_path(clip)
    quoted = ", ".join(f'"{tag}"' for tag in notes.tags)
    lines = [f"tags = [{quoted}]"]
    for label in notes.labels:
        points = ", ".join(f"[{x!r}, {y!r}]" for x, y in label.polygon)
        lines += [
            "",
            "[[label]]",
            f"index = {label.index}",
            f'kind = "{label.kind}"',
            f"polygon = [{points}]",
        ]
    try:
        path.write_text("\n".join(lines) + "\n", "utf-8")
    except OSError as error:
        raise BadRecords(f"{path} cannot be written: {(error.strerror or str(error)).lower()}.") from error
    return path


def read_notes(clip: Path) -> ClipNotes:
    """The tags and labels beside a clip; empty where there is no such file.

    Raises BadRecords, which names file and key, for what cannot be read, and for a tag that looks like a misspelt one
    of ``KNOWN_TAGS``: it would silently leave its clip out of a stratum.
    """
    path = notes_path(clip)
    if not path.exists():
        return ClipNotes()
    keys = parse_toml(path, BYTES_MAX)
    try:
        stored = _NotesFile.model_validate(keys)
    except ValidationError as error:
        raise BadRecords(f"{path.name}: {_why(error)}.") from error
    for tag in stored.tags:
        _check_tag(tag, path)
    return ClipNotes(tuple(dict.fromkeys(stored.tags)), stored.label)


def _check_tag(tag: str, path: Path) -> None:
    if tag in KNOWN_TAGS:
        return
    like = difflib.get_close_matches(tag.lower().replace("-", "_").replace(" ", "_"), KNOWN_TAGS, 1, LIKE)
    if like:
        raise BadRecords(f"{path.name}: there is no tag {tag[:60]!r}; did you mean {like[0]!r}?")
    if not _NAME.fullmatch(tag):
        raise BadRecords(
            f"{path.name}: the tag {tag[:60]!r} is not of small letters, digits and underscores, at most 40, "
            "as in 'dark_skin'."
        )


def _why(error: ValidationError) -> str:
    first: Any = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])} {first['msg'].lower()}".strip()
