"""A contact sheet of your own recordings: each person in each garment, with arms down, raised, crossed, and turned.

``python -m tryon.replay.people_sheet FOLDER PERSON…`` writes ``people.jpg`` there. A PERSON is a clip, a picture, or a
folder of clips and pictures of one person; the frames that show each pose best are looked for in them. Everything goes
through the mirror's own pipeline, and nothing is retouched.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon import jpeg
from tryon.config import Settings
from tryon.errors import BadClip, BadLook, TryOnError
from tryon.frame import U8, Frame
from tryon.geometry.figure import Figure, FigureFilter
from tryon.looks import BARE, Look, LookBook, LookItem
from tryon.perception.body import BodyTracker
from tryon.perception.face import FaceTracker
from tryon.pipeline import Engine, Pipeline
from tryon.replay.body_poses import POSES, poses_of
from tryon.replay.clip import ClipReader
from tryon.replay.sheets import sheet
from tryon.replay.sources import PICTURE_ENDINGS, VIDEO_ENDINGS

# Unless others are named: three with short sleeves, three with long ones, of the house's own.
GARMENTS: Final = (
    "linden-tee", "regatta-polo", "meadow-dress", "harbour-stripe", "oxford-shirt", "campus-hoodie",
)  # fmt: skip
# The mirror knows a wearer and their colours after about a second; a picture is shown to it as often.
FRAMES: Final = 24
PERIOD_MS: Final = 1000 / 30
# Nor is a pose believed before points and filters have settled.
SETTLED: Final = 8
TILE_PX: Final = 400
HEADING_PX: Final = 26
QUALITY: Final = 88
_ENDINGS: Final = VIDEO_ENDINGS | PICTURE_ENDINGS


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Frames that lead up to the one that shows a pose, which is the last."""

    frames: tuple[Frame, ...]
    score: float


def takes(person: Path) -> list[Path]:
    """A person's files. Raises BadClip where there are none."""
    if not person.exists():
        raise BadClip(f"There is nothing at {person}; check the name.")
    files = sorted(person.iterdir()) if person.is_dir() else [person]
    found = [
        file for file in files if file.is_file() and (not person.is_dir() or file.suffix.lower() in _ENDINGS)
    ]
    if not found:
        raise BadClip(f"{person} holds no clip and no picture; name a folder that does.")
    return found


def named(people: Sequence[Path]) -> dict[str, list[Path]]:
    """Each person's files by the person's name, that of the file or folder. Raises BadClip."""
    found: dict[str, list[Path]] = {}
    for person in people:
        name = person.name if person.is_dir() else person.stem
        if name in found:
            raise BadClip(f"Two people are called {name}; name one otherwise.")
        found[name] = takes(person)
    return found


def moments(files: Sequence[Path], engine: Engine, settings: Settings) -> dict[str, Moment]:
    """The best moment of each pose that the files show, by pose. Raises BadClip."""
    best: dict[str, Moment] = {}
    for file in files:
        faces, bodies, filters = FaceTracker(settings.max_faces), BodyTracker(), FigureFilter()
        before: list[Frame] = []
        for number, frame in enumerate(_frames(file)):
            before = [*before[1 - FRAMES :], frame]
            body = bodies.observe(frame, faces.observe(frame, engine.model).faces, engine.body)
            if body is None:
                filters = FigureFilter()
                continue
            figure: Figure = filters.update(body, frame.height_px, frame.t_ms)
            if number < SETTLED:
                continue
            for pose, score in poses_of(figure, (frame.width_px, frame.height_px)).items():
                if pose not in best or score > best[pose].score:
                    best[pose] = Moment(tuple(before), score)
    return best


def _frames(file: Path) -> Iterator[Frame]:
    """A clip's frames; a picture again and again."""
    with ClipReader(file) as clip:
        frames = iter(clip)
        first = next(frames, None)
        if first is None:
            return
        second = next(frames, None)
        if second is None:
            yield from (Frame(first.bgr, PERIOD_MS * number) for number in range(FRAMES))
            return
        yield first
        yield second
        yield from frames


def worn(moment: Moment, look: Look, engine: Engine, settings: Settings) -> U8:
    """The moment's last frame in the look, as large as it is."""
    pipeline = Pipeline(settings)
    for frame in moment.frames:
        rendered = pipeline.process(frame, look, engine)
    return rendered.bgr


def tile(bgr: U8 | None, heading: str) -> U8:
    """A picture in a square of ``TILE_PX`` below its heading; None: grey."""
    made: U8 = np.full((TILE_PX + HEADING_PX, TILE_PX, 3), 235, np.uint8)
    if bgr is not None:
        scale = TILE_PX / max(bgr.shape[:2])
        size = (max(round(bgr.shape[1] * scale), 1), max(round(bgr.shape[0] * scale), 1))
        small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
        top, left = HEADING_PX + (TILE_PX - size[1]) // 2, (TILE_PX - size[0]) // 2
        made[top : top + size[1], left : left + size[0]] = small
    cv2.putText(made, heading, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (40.0, 40.0, 40.0), 1, cv2.LINE_AA)
    return made


def looks_of(book: LookBook, skus: Sequence[str]) -> dict[str, Look]:
    """What is worn, bare first. Raises UnknownProduct, BadAsset, and BadLook for what is no garment."""
    looks = {"bare": BARE}
    for sku in skus:
        looks[sku] = book.resolve((LookItem(sku),))
        if any(overlay.kind != "garment" for overlay in looks[sku].overlays):
            raise BadLook(f"{sku} is no garment; name garments.")
    return looks


def write(
    folder: Path,
    people: Mapping[str, Sequence[Path]],
    looks: Mapping[str, Look],
    settings: Settings,
    *,
    cells: bool,
) -> list[str]:
    """Write the sheet of people's files by name, with ``cells`` each picture in its own size as well; what was not
    found, in words. Raises BadClip."""
    folder.mkdir(parents=True, exist_ok=True)
    tiles, missing = [], []
    with closing(Engine(settings)) as engine:
        for person, files in people.items():
            found = moments(files, engine, settings)
            for pose in POSES:
                if pose not in found:
                    missing.append(f"{person}: no frame with the pose '{pose}'.")
                    tiles += [tile(None, f"{person}: no frame {pose}")] * len(looks)
                    continue
                for name, look in looks.items():
                    bgr = worn(found[pose], look, engine, settings)
                    tiles.append(tile(bgr, f"{person}, {pose}: {name}"))
                    if cells:
                        cv2.imwrite(str(folder / f"{person}-{pose}-{name}.png"), bgr)
    (folder / "people.jpg").write_bytes(jpeg.encode(sheet(tiles, len(looks)), QUALITY))
    return missing


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a contact sheet of people, garments and poses."""
    parser = argparse.ArgumentParser(prog="python -m tryon.replay.people_sheet", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="where to write it")
    parser.add_argument("person", type=Path, nargs="+", help="a clip, a picture, or a folder of one person's")
    parser.add_argument("--garment", action="append", metavar="SKU", help="what to wear (may be repeated)")
    parser.add_argument("--catalogue", type=Path, help="whose garments (those that come with Tryon)")
    parser.add_argument("--cells", action="store_true", help="write each picture in its own size, too")
    given = parser.parse_args(arguments)
    try:
        people = named(given.person)
        looks = looks_of(LookBook(given.catalogue), given.garment or GARMENTS)
        missing = write(given.folder, people, looks, Settings(), cells=given.cells)
    except TryOnError as error:
        parser.error(str(error))
    for line in missing:
        print(line, file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
