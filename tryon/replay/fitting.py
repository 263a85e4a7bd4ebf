"""Fits products on people's still pictures: what a merchant looks at before anybody else sees the product.

Nothing here is asynchronous and nothing waits for a database. What takes an ``Engine`` runs in a worker's thread,
the rest anywhere.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon.config import Settings
from tryon.errors import ConfigError
from tryon.frame import F64, U8
from tryon.looks import Look, LookBook, LookItem
from tryon.pipeline import Engine
from tryon.replay.sitters import SITTERS, Sitter
from tryon.replay.sitting import Framing, Sitting, face_of, framed
from tryon.replay.subject import with_irises
from tryon.replay.tone import toned
from tryon.resources import portrait

# The landmark network finds redrawn irises less changed than they are. Redrawn by this power of the head's width, the
# mirror takes a head of 0.9 for 5 % narrower and one of 1.1 for 8 % wider than the portrait's (measured).
IRISES: Final = 2.0
_SITTERS: Final = {sitter.id: sitter for sitter in SITTERS}


class Fitter:
    """Holds the portrait, its landmarks, and the sample people that were made of it: six pictures of 0.8 MB."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._portrait: tuple[U8, F64] | None = None
        self._people: dict[str, tuple[U8, F64]] = {}

    def look(self, folder: Path, sku: str, shade: str | None) -> Look:
        """The product of a folder of products, as it is worn. Raises BadAsset, BadLook."""
        return LookBook(folder).resolve((LookItem(sku, shade),))

    def framing(self, look: Look) -> Framing:
        """How much of a person the look needs."""
        return "whole" if any(overlay.kind == "garment" for overlay in look.overlays) else "face"

    def find_portrait(self, engine: Engine) -> None:
        """Has to come before the first ``sample``. Raises ConfigError where the portrait is missing."""
        with self._lock:
            if self._portrait is None:
                bgr = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
                if bgr is None:
                    raise ConfigError("The sample portrait cannot be read; install scikit-image anew.")
                picture: U8 = np.asarray(bgr, np.uint8)
                self._portrait = picture, face_of(self._settings, picture, engine)

    def sample(self, name: str, framing: Framing) -> Sitting:
        """One of ``SITTERS`` by its id."""
        if self._portrait is None:
            raise LookupError("find_portrait comes first")
        if name not in self._people:
            self._people[name] = make(_SITTERS[name], *self._portrait)
        return Sitting(self._settings, framed(*self._people[name], framing))

    def model(self, bgr: U8, framing: Framing, engine: Engine) -> Sitting:
        """Somebody's own picture. Raises BadFrame with what to do."""
        return Sitting(self._settings, framed(bgr, face_of(self._settings, bgr, engine), framing))


def make(sitter: Sitter, bgr: U8, points_px: F64) -> tuple[U8, F64]:
    """The sitter's picture and where its face is in it, of the portrait and its face's landmarks (478, 2 or more).

    On a head of another width the irises change the other way: they are what the mirror takes its millimetres from, so
    that a product of true size is larger on the narrower head.
    """
    if sitter.tone is not None:
        bgr = toned(bgr, points_px, sitter.tone)
    points = points_px[:, :2]
    if sitter.width == 1.0:
        return bgr, points
    height, width = bgr.shape[:2]
    across = round(width * sitter.width)
    wide = cv2.resize(bgr, (across, height), interpolation=cv2.INTER_CUBIC)
    points = points * (across / width, 1.0)
    return with_irises(np.asarray(wide, np.uint8), points, (width / across) ** IRISES), points
