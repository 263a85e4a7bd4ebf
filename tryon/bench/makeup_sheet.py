"""A contact sheet of makeup on the portrait, in several skin tones, and on its head as it moves: docs/makeup.jpg.

``python -m tryon.bench.makeup_sheet --out docs/makeup.jpg`` draws it from the portrait in scikit-image's wheel (Eileen
Collins, NASA, public domain), re-toned by ``tryon.replay.tone``, with the products of the catalogue.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon.bench.makeup_places import Instant, Studio
from tryon.config import Settings
from tryon.frame import U8, Frame
from tryon.looks import BARE, Look, LookBook, LookItem
from tryon.pipeline import Engine, Pipeline
from tryon.replay.motion import Move
from tryon.replay.tone import toned
from tryon.resources import portrait

TONES: Final = ("light", "tan", "dark")
# The head and shoulders in the portrait, how much they are enlarged, and the face in them that a tile shows.
CROP: Final = np.s_[20:260, 110:350]
ENLARGED: Final = 3.0
FACE: Final = np.s_[87:507, 141:531]
TILE_PX: Final = (286, 308)
# The moving head's pictures: the whole face, wherever it is turned to.
HEAD: Final = np.s_[98:398, 181:459]
MOMENTS: Final = {
    "yaw -30": Instant(Move(yaw_deg=-30.0)),
    "yaw -15": Instant(Move(yaw_deg=-15.0)),
    "mouth closed": Instant(parted=0.0),
    "mouth open": Instant(parted=0.2),
    "eyes half shut": Instant(shut=0.55),
    "yaw 15": Instant(Move(yaw_deg=15.0)),
    "yaw 30": Instant(Move(yaw_deg=30.0)),
}
QUALITY: Final = 86
SETTLE_FRAMES: Final = 3
# What suits the re-toned faces: foundation, blush, highlighter, eyeshadow. Pale powders are ashy on dark skin, as they
# are in life.
_SUITS: Final = {
    "light": ("sand-neutral", "wild-rose", "champagne", "plum-night"),
    "tan": ("caramel-neutral", "brick-rose", "gold-dust", "plum-night"),
    "dark": ("mocha-neutral", "cranberry", "copper-glow", "old-gold"),
}


def columns(tone: str) -> dict[str, tuple[LookItem, ...]]:
    """Title and items of each column, for a face of that tone."""
    foundation, blush, highlighter, shadow = _SUITS[tone]
    skin = LookItem("second-skin-foundation", foundation, 0.9)
    eyes = (
        LookItem("four-seasons-palette", shadow, 0.9),
        LookItem("inkwell-eyeliner", "ink", 1.0, template="winged"),
        LookItem("long-story-mascara", "black", 1.0),
        LookItem("feather-brow", "dark-brown", 0.6),
    )
    cheeks = (
        LookItem("petal-blush", blush, 0.8, template="lifted"),
        LookItem("halo-highlighter", highlighter),
    )
    return {
        "bare": (),
        "foundation": (skin,),
        "cheeks": (*cheeks, LookItem("shadow-play-contour", "tan" if tone == "dark" else "light", 0.7)),
        "eyes": eyes,
        "matte": (LookItem("powder-matte-lip", "signal", 1.0),),
        "gloss": (LookItem("glass-lip-gloss", "cherry", 1.0),),
        "eight products": (skin, *cheeks, *eyes, LookItem("velvet-lipstick", "raspberry", 0.9)),
    }


def sheet(engine: Engine, settings: Settings) -> U8:
    """BGR: a row for each tone and a column for each look; and the whole look on a head that moves."""
    book = LookBook()
    source = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
    large = cv2.resize(source[CROP], None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
    picture = np.asarray(large, np.uint8)
    points = _dressed(picture, BARE, engine, settings)[1]
    rows = []
    for tone in TONES:
        skin = toned(picture, points, tone)
        tiles = [
            _tile(
                _dressed(skin, book.resolve(items), engine, settings)[0][FACE],
                title if tone == TONES[0] else "",
            )
            for title, items in columns(tone).items()
        ]
        rows.append(np.hstack(tiles))
    studio, whole = Studio(settings, engine), book.resolve(columns(TONES[0])["eight products"])
    rows.append(
        np.hstack(
            [
                _tile([shown.rendered.bgr for shown in studio.shoot([moment], whole)][-1][HEAD], title)
                for title, moment in MOMENTS.items()
            ]
        )
    )
    return np.asarray(np.vstack(rows), np.uint8)


def _dressed(bgr: U8, look: Look, engine: Engine, settings: Settings) -> tuple[U8, np.ndarray]:  # type: ignore[type-arg]
    pipeline = Pipeline(settings)
    for number in range(SETTLE_FRAMES):
        rendered = pipeline.process(Frame(bgr, number * 33.0), look, engine)
    return rendered.bgr, rendered.heads[0].points_px.astype(np.float64)


def _tile(bgr: U8, title: str) -> U8:
    tile = cv2.resize(bgr, TILE_PX, interpolation=cv2.INTER_AREA)
    for color, width in (((255, 255, 255), 3), ((30, 30, 30), 1)):
        cv2.putText(tile, title, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, color, width, cv2.LINE_AA)
    return np.asarray(tile, np.uint8)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: write the sheet as a JPEG."""
    parser = argparse.ArgumentParser(prog="python -m tryon.bench.makeup_sheet", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the JPEG to write")
    out = parser.parse_args(arguments).out
    settings = Settings(threads=1)
    engine = Engine(settings)
    try:
        done, jpeg = cv2.imencode(".jpg", sheet(engine, settings), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    finally:
        engine.close()
    if not done:
        raise ValueError("OpenCV could not encode the sheet")
    out.write_bytes(jpeg.tobytes())


if __name__ == "__main__":
    main()
