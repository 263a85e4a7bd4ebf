"""Contact sheets for the documentation: what the mirror makes of heads of known pose, in many lights and products.

Every picture is made from the portrait in scikit-image's wheel (NASA, public domain) and the house's own frames,
through the mirror's own pipeline; nothing is retouched.

``python -m tryon.replay.sheets docs`` writes ``eyewear.jpg`` and ``eyewear-turns.jpg``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon import jpeg
from tryon.config import Settings
from tryon.errors import PerceptionFailed
from tryon.frame import U8, Frame
from tryon.geometry.camera import Camera
from tryon.looks import BARE, Look, LookBook, LookItem
from tryon.pipeline import Engine, Pipeline
from tryon.replay.lighting import LIGHTS, lit
from tryon.replay.motion import Move, still
from tryon.replay.recipe import Recipe
from tryon.replay.subject import seat
from tryon.replay.synth import Grain, Stage, SyntheticHead

WIDTH_PX, HEIGHT_PX = 640, 480
FOV_DEG: Final = 63.0
FACE_PX: Final = 250.0
FPS: Final = 30.0
# The mirror knows a wearer after a few frames: seat, light and sharpness settle.
FRAMES: Final = 10
NOISE: Final = 2.0
# What of a frame a tile shows, around the nasion, and how large it is in the sheet.
CROP_PX: Final = (400, 300)
TILE_PX: Final = (320, 240)
COLUMNS: Final = 4
QUALITY: Final = 82
TURNS_DEG: Final = (-40.0, -20.0, 0.0, 20.0, 40.0)
TURNED: Final = "harbour-black"


@dataclass(frozen=True, slots=True)
class Shot:
    """One tile: who (skin tone, None the portrait's own), in which light, in what pose, wearing what."""

    sku: str
    lens: str | None = None
    tone: str | None = None
    light: str = "neutral"
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0


SHOTS: Final = (
    Shot("harbour-black", "clear", None, "neutral", -18.0, -4.0),
    Shot("juniper-tortoise", "clear", "brown", "neutral", 22.0, 0.0, 5.0),
    Shot("meridian-gunmetal", "clear-violet-coat", "dark", "warm", -28.0, 3.0),
    Shot("nocturne-black-sun", "grey", "tan", "neutral", 14.0, -6.0, -4.0),
    Shot("solstice-gold", "brown-fade", "brown", "warm", -10.0, -3.0),
    Shot("harbour-black", "clear", "dark", "back", 16.0),
    Shot("nocturne-black-sun", "blue-mirror", None, "cold", -24.0, -2.0),
    Shot("juniper-tortoise", "rose", "tan", "cold", 8.0, 4.0, 8.0),
    Shot("meridian-gunmetal", "clear-violet-coat", None, "dim", 25.0, -3.0),
    Shot("solstice-gold", "gold-mirror", "dark", "neutral", 26.0, -4.0, -6.0),
    Shot("juniper-tortoise", "bottle-green", None, "warm", -34.0),
    Shot("nocturne-black-sun", "silver-mirror", "brown", "dim", -15.0, 2.0, 4.0),
)


class Studio:
    """The heads, the catalogue and one engine. Close it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.model_copy(update={"catalogue_dir": None, "horizontal_fov_deg": FOV_DEG})
        self._book = LookBook()
        self._engine = Engine(self._settings)

    def worn(self, shot: Shot) -> U8:
        """The shot's tile, shape (240, 320, 3). Raises PerceptionFailed where the mirror sees no face."""
        return self._tile(shot, self._book.resolve((LookItem(shot.sku, shot.lens),)))

    def bare(self, shot: Shot) -> U8:
        """The same without the product."""
        return self._tile(shot, BARE)

    def close(self) -> None:
        self._engine.close()

    def _tile(self, shot: Shot, look: Look) -> U8:
        pipeline = Pipeline(self._settings)
        for frame in _frames(shot, _stage(shot.tone)):
            rendered = pipeline.process(frame, look, self._engine)
        if not rendered.heads:
            raise PerceptionFailed(f"The mirror lost the head that wears {shot.sku}.")
        x, y = (float(value) for value in rendered.heads[0].points_px[168, :2])
        return tile(rendered.bgr, x, y)


def tile(bgr: U8, x: float, y: float) -> U8:
    """What lies around (x, y), as large as a tile; beyond the frame its edge goes on."""
    width, height = CROP_PX
    part = cv2.getRectSubPix(bgr, (width, height), (x, y + 0.08 * height))
    return np.asarray(cv2.resize(part, TILE_PX, interpolation=cv2.INTER_AREA), np.uint8)


def sheet(tiles: Sequence[U8], columns: int) -> U8:
    """Tiles of one size in rows; the last row is filled up with white."""
    blank = np.full_like(tiles[0], 255)
    filled = [*tiles, *[blank] * (-len(tiles) % columns)]
    rows = [np.hstack(filled[at : at + columns]) for at in range(0, len(filled), columns)]
    return np.ascontiguousarray(np.vstack(rows))


def write_sheets(folder: Path, settings: Settings) -> None:
    """Write both sheets into ``folder``."""
    studio = Studio(settings)
    try:
        tiles = [studio.worn(shot) for shot in SHOTS]
        turns = [Shot(TURNED, yaw_deg=yaw) for yaw in TURNS_DEG]
        turned = [studio.bare(shot) for shot in turns] + [studio.worn(shot) for shot in turns]
    finally:
        studio.close()
    (folder / "eyewear.jpg").write_bytes(jpeg.encode(sheet(tiles, COLUMNS), QUALITY))
    (folder / "eyewear-turns.jpg").write_bytes(jpeg.encode(sheet(turned, len(TURNS_DEG)), QUALITY))


@cache
def _head(tone: str | None) -> SyntheticHead:
    return seat(Recipe(seconds=1.0, tone=tone)).head


@cache
def _stage(tone: str | None) -> Stage:
    camera = Camera.from_fov(WIDTH_PX, HEIGHT_PX, FOV_DEG)
    return _head(tone).stage(camera, face_px=FACE_PX)


def _frames(shot: Shot, stage: Stage) -> Iterator[Frame]:
    """A few frames of the head holding still, lit, with another noise in each."""
    move = Move(yaw_deg=shot.yaw_deg, pitch_deg=shot.pitch_deg, roll_deg=shot.roll_deg)
    grain = Grain(WIDTH_PX, HEIGHT_PX, NOISE, seed=0)
    for frame, pose in stage.frames(still(FRAMES * 1000 / FPS, move), FPS):
        picture = lit(frame.bgr, LIGHTS[shot.light], stage.truth(pose).points_px)
        yield Frame(grain.on(picture), frame.t_ms)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the documentation's contact sheets of eyewear."""
    parser = argparse.ArgumentParser(prog="python -m tryon.replay.sheets", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="where to write them")
    write_sheets(parser.parse_args(arguments).folder, Settings())


if __name__ == "__main__":
    main()
