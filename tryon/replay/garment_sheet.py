"""A contact sheet of garments: the portrait in scikit-image's wheel in garments of the house, on many
skins and in many lights, through the mirror's own pipeline; nothing is retouched.

``python -m tryon.replay.garment_sheet FOLDER`` writes ``garments.jpg`` there.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon import jpeg
from tryon.config import Settings
from tryon.errors import PerceptionFailed
from tryon.frame import U8, Frame
from tryon.looks import BARE, Look, LookBook, LookItem
from tryon.pipeline import Engine, Pipeline, Rendered
from tryon.replay.lighting import LIGHTS, lit
from tryon.replay.sheets import sheet
from tryon.replay.tone import toned
from tryon.resources import portrait

# What of the portrait a tile shows: its upper left, where the wearer is.
CROP_PX: Final = 384
TILE_PX: Final = 288
COLUMNS: Final = 4
QUALITY: Final = 84
# The mirror knows a wearer, their colours and their light after a few frames; so far apart they are, in milliseconds.
FRAMES: Final = 12
PERIOD_MS: Final = 50.0


@dataclass(frozen=True, slots=True)
class Shot:
    """One tile: in what (None bare), on which skin (None the portrait's own), in which light, mirrored or not."""

    sku: str | None
    tone: str | None = None
    light: str = "neutral"
    mirrored: bool = False


# Garments with long sleeves: bare arms are not invented, and a T-shirt over a space suit is no picture of one.
SHOTS: Final = (
    Shot(None),
    Shot("harbour-stripe", "tan", "neutral", True),
    Shot("oxford-shirt"),
    Shot("isla-blouse", None, "warm", True),
    Shot("fjord-sweater", "tan", "cold"),
    Shot("campus-hoodie", "brown", "warm", True),
    Shot("harbour-stripe", "brown"),
    Shot("oxford-shirt", "dark", "neutral", True),
)


class Fitting:
    """The portrait, the catalogue and one engine. Close it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.model_copy(update={"catalogue_dir": None})
        self._book = LookBook()
        self._engine = Engine(self._settings)
        picture = cv2.imread(str(portrait()))
        self._portrait: U8 = np.ascontiguousarray(picture, np.uint8)
        self._points_px = self._seen(self._portrait, BARE, 1).heads[0].points_px[:, :2].astype(np.float64)

    def worn(self, shot: Shot) -> U8:
        """The shot's tile, (TILE_PX, TILE_PX, 3). Raises PerceptionFailed where the mirror sees no face."""
        bgr = self._portrait
        if shot.tone is not None:
            bgr = toned(bgr, self._points_px, shot.tone)
        bgr = lit(bgr, LIGHTS[shot.light], self._points_px)
        if shot.mirrored:
            bgr = np.ascontiguousarray(bgr[:, ::-1])
        look = BARE if shot.sku is None else self._book.resolve((LookItem(shot.sku),))
        rendered = self._seen(bgr, look, FRAMES)
        return np.asarray(
            cv2.resize(rendered.bgr, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA), np.uint8
        )

    def close(self) -> None:
        self._engine.close()

    def _seen(self, bgr: U8, look: Look, frames: int) -> Rendered:
        pipeline = Pipeline(self._settings)
        for number in range(frames):
            rendered = pipeline.process(Frame(bgr.copy(), PERIOD_MS * number), look, self._engine)
        if not rendered.heads:
            raise PerceptionFailed("The mirror sees no face in the portrait.")
        return rendered


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the documentation's contact sheet of garments."""
    parser = argparse.ArgumentParser(prog="python -m tryon.replay.garment_sheet", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="where to write it")
    folder = parser.parse_args(arguments).folder
    fitting = Fitting(Settings())
    try:
        tiles = [fitting.worn(shot) for shot in SHOTS]
    finally:
        fitting.close()
    (folder / "garments.jpg").write_bytes(jpeg.encode(sheet(tiles, COLUMNS), QUALITY))


if __name__ == "__main__":
    main()
