"""What clips a person means: files, folders, globs, and numbered pictures."""

from __future__ import annotations

import glob
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tryon.errors import BadClip, TryOnError

# What a folder is searched for. A file that is named may have any ending.
VIDEO_ENDINGS: Final = frozenset(
    [
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".mpg",
        ".mpeg",
        ".m2v",
        ".ts",
        ".mts",
        ".m2ts",
        ".wmv",
        ".asf",
        ".flv",
        ".f4v",
        ".ogv",
        ".3gp",
        ".3g2",
        ".gif",
        ".mxf",
        ".mjpeg",
        ".mjpg",
        ".h264",
        ".h265",
        ".hevc",
        ".ivf",
        ".y4m",
        ".vob",
        ".nut",
        ".apng",
    ]
)
PICTURE_ENDINGS: Final = frozenset(
    [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".exr", ".jp2", ".avif", ".ppm", ".tga"]
)
SEQUENCE_FPS: Final = 30.0
# A run of more clips is a mistake in a pattern sooner than a plan.
SOURCES_MAX: Final = 10_000
PICTURES_MAX: Final = 1_000_000
_PIECE_BYTES: Final = 1 << 20
_PRINTF: Final = re.compile(r"%0?(\d*)d")
_NUMBER: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Source:
    """One clip: a file, or the pictures of a sequence with its frame rate.

    ``name`` is what records and reports call it: the file's name, with as much of its folders as makes it the only
    one in a run. Truth, tags and labels lie beside ``path``.
    """

    paths: tuple[Path, ...]
    name: str
    fps: float | None = None

    @property
    def path(self) -> Path:
        """The clip's file; of a sequence its folder."""
        return self.paths[0] if self.fps is None else self.paths[0].parent

    @property
    def is_sequence(self) -> bool:
        return self.fps is not None

    def sha256(self) -> str:
        """Of the file's bytes; of all pictures' bytes, in order. Raises BadClip where one cannot be read."""
        digest = hashlib.sha256()
        try:
            for path in self.paths:
                with path.open("rb") as file:
                    while piece := file.read(_PIECE_BYTES):
                        digest.update(piece)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise BadClip(f"{self.name} cannot be read: {reason}.") from error
        return digest.hexdigest()


def find_sources(
    texts: Sequence[str], fps: float | None = None, problems: list[TryOnError] | None = None
) -> tuple[Source, ...]:
    """The clips that these files, folders, globs and patterns (``shot_%04d.png``, ``shot_*.png``) name, in that order.

    A folder gives its videos, sorted by name, or, holding only pictures, is one sequence. ``fps`` is that of sequences
    (30 unless given). A clip named twice is taken once. Raises BadClip for a text that names nothing; with
    ``problems`` it goes there, and the other texts count.
    """
    if fps is not None and not 0 < fps <= 1000:
        raise BadClip(f"The frame rate of an image sequence lies between 0 and 1000, not at {fps:g}.")
    found: dict[tuple[Path, ...], Source] = {}
    for text in texts:
        found |= {source.paths: source for source in _tried(text, fps or SEQUENCE_FPS, problems)}
    if len(found) > SOURCES_MAX:
        raise BadClip(f"More than {SOURCES_MAX} clips are named; take fewer at a time.")
    return _told_apart(tuple(found.values()))


def _tried(text: str, fps: float, problems: list[TryOnError] | None) -> list[Source]:
    try:
        return list(_named(text, fps))
    except BadClip as problem:
        if problems is None:
            raise
        problems.append(problem)
        return []


def _named(text: str, fps: float) -> Iterator[Source]:
    path = Path(text).absolute()
    if path.is_dir():
        yield from _in_folder(path, fps)
    elif path.exists():
        yield Source((path,), path.name)
    elif _PRINTF.search(path.name):
        yield _sequence(_by_pattern(path), text, path.name, fps)
    elif glob.has_magic(text):
        yield from _globbed(text, fps)
    else:
        raise BadClip(f"There is no clip at {text}; check the name.")


def _in_folder(folder: Path, fps: float) -> Iterator[Source]:
    files = [entry for entry in _sorted(folder.iterdir()) if entry.is_file() and entry.name[0] != "."]
    videos = [file for file in files if file.suffix.lower() in VIDEO_ENDINGS]
    if videos:
        yield from (Source((file,), file.name) for file in videos)
        return
    pictures = [file for file in files if file.suffix.lower() in PICTURE_ENDINGS]
    if not pictures:
        raise BadClip(f"{folder} holds neither videos nor pictures; choose another folder.")
    yield _sequence(pictures, str(folder), folder.name, fps)


def _globbed(text: str, fps: float) -> Iterator[Source]:
    paths = [Path(name).absolute() for name in glob.glob(text, recursive=True)]  # noqa: PTH207 - a whole path
    files = _sorted(path for path in paths if path.is_file())
    if not files:
        raise BadClip(f"Nothing matches {text}; check the pattern.")
    if all(file.suffix.lower() in PICTURE_ENDINGS for file in files):
        folders: defaultdict[Path, list[Path]] = defaultdict(list)
        for file in files:
            folders[file.parent].append(file)
        yield from (_sequence(pictures, text, Path(text).name, fps) for pictures in folders.values())
        return
    # What lies beside clips (truth, tags) matches as well.
    videos = [file for file in files if file.suffix.lower() in VIDEO_ENDINGS]
    if not videos:
        raise BadClip(f"No video is among what matches {text}; check the pattern.")
    yield from (Source((file,), file.name) for file in videos)


def _by_pattern(path: Path) -> list[Path]:
    """The files of a printf pattern, by their number."""
    match = _PRINTF.search(path.name)
    if match is None or not path.parent.is_dir():
        return []
    digits = rf"(\d{{{match[1]},}})" if match[1] else r"(\d+)"
    shape = re.compile(re.escape(path.name[: match.start()]) + digits + re.escape(path.name[match.end() :]))
    numbered = [
        (int(fits[1]), entry) for entry in path.parent.iterdir() if (fits := shape.fullmatch(entry.name))
    ]
    return [entry for _, entry in sorted(numbered)]


def _sequence(pictures: list[Path], text: str, name: str, fps: float) -> Source:
    if not pictures:
        raise BadClip(f"No picture matches {text}; check the pattern.")
    if len(pictures) > PICTURES_MAX:
        raise BadClip(f"{text} has more than {PICTURES_MAX} pictures; take fewer at a time.")
    return Source(tuple(pictures), name, fps)


def _sorted(paths: Iterable[Path]) -> list[Path]:
    """By name with numbers as numbers, so that shot_9 comes before shot_10."""
    return sorted(paths, key=lambda path: (path.parent, _natural(path.name)))


def _natural(name: str) -> list[tuple[str, int]]:
    numbers = [int(number) for number in _NUMBER.findall(name)]
    return list(zip(_NUMBER.split(name), [*numbers, -1], strict=True))


def _told_apart(sources: tuple[Source, ...]) -> tuple[Source, ...]:
    """Names with as many folders before them as it takes."""
    by_name: defaultdict[str, list[Source]] = defaultdict(list)
    for source in sources:
        by_name[source.name].append(source)
    names: dict[tuple[Path, ...], str] = {}
    for name, alike in by_name.items():
        depth = 0
        tails = [name]
        while len(alike) > 1 and len(set(tails)) < len(alike):
            depth += 1
            folders = [source.paths[0].parent.parts for source in alike]
            if depth > max(len(parts) for parts in folders):
                tails = [f"{name}#{number}" for number in range(1, len(alike) + 1)]
                break
            tails = ["/".join((*parts[-depth:], name)) for parts in folders]
        names |= {source.paths: tail for source, tail in zip(alike, tails, strict=True)}
    return tuple(replace(source, name=names[source.paths]) for source in sources)
