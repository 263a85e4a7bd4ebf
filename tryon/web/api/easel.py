"""Where frames are drawn for their merchants: one at a time, on what the mirror leaves, and nothing is kept of it."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from tryon.catalogue.arrangement import arranged, load_frame
from tryon.catalogue.frame_views import jpeg_of
from tryon.catalogue.items import THUMBNAIL_FILE, Product
from tryon.catalogue.thumbnails import frame_picture
from tryon.config import Settings
from tryon.errors import BadAsset, ConfigError, ServerBusy
from tryon.frame import U8, Frame
from tryon.ingest.turntable import FILE as TURNTABLE_FILE
from tryon.ingest.turntable import turntable
from tryon.looks import Look
from tryon.overlays.eyewear import Eyewear
from tryon.pipeline import Engine, Pipeline
from tryon.render.draw import Rasteriser
from tryon.render.gltf import read_glb
from tryon.render.mesh import Mesh
from tryon.resources import portrait

# Meshes kept in memory between one picture and the next; one of 100,000 triangles takes 10 MB.
KEPT_MAX: Final = 3
# Who waits behind so many others is told to come back: they would hold the threads that the rest of the API needs.
WAITING_MAX: Final = 4
_RETRY_S: Final = 2
# Of the portrait: the head and some of what is around it (left, top, side), enlarged to what a camera would show.
_HEAD_PX: Final = (130, 10, 190)
SITTER_PX: Final = 640


class Easel:
    """Used by threads; the networks for the sitter are made when somebody first sits."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._drawing = threading.Lock()
        self._places = threading.BoundedSemaphore(WAITING_MAX + 1)
        self._meshes: OrderedDict[str, Mesh] = OrderedDict()
        self._engine: Engine | None = None
        self._sitter: U8 | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One's turn to draw. Raises ServerBusy where too many wait."""
        if not self._places.acquire(blocking=False):
            raise ServerBusy(
                "Too many pictures are being drawn; try again in a moment.", retry_after_s=_RETRY_S
            )
        try:
            with self._drawing:
                yield
        finally:
            self._places.release()

    def found(self, path: Path, sha256: str, declared_mm: Mapping[str, float]) -> Mesh:
        """The mesh of a file, as the pipeline found it, within a turn. Raises BadAsset, StoreDown."""
        key = sha256 + json.dumps(dict(declared_mm), sort_keys=True)
        mesh = self._meshes.pop(key, None)
        if mesh is None:
            mesh = arranged(read_glb(path.read_bytes()).mesh, declared_mm).mesh
        self._meshes[key] = mesh
        while len(self._meshes) > KEPT_MAX:
            self._meshes.popitem(last=False)
        return mesh

    def worn(self, eyewear: Eyewear) -> bytes | None:
        """The frame on the portrait that comes along, a JPEG by the mirror's own pipeline, within a turn; None where
        this installation has no portrait."""
        if self._sitter is None:
            try:
                self._sitter = _sitter()
            except ConfigError:
                return None
        if self._engine is None:
            self._engine = Engine(self._settings)
        # A pipeline of its own for each picture: what it knew of the last one would blend into this.
        pipeline = Pipeline(self._settings)
        return jpeg_of(pipeline.process(Frame(self._sitter, 0.0), Look((eyewear,)), self._engine).bgr)

    def pictures(self, product: Product) -> dict[str, bytes]:
        """The thumbnail and the turntable of a product as it says it is, by file name. Raises BadAsset."""
        with self.turn():
            done, png = cv2.imencode(
                ".png", frame_picture(product, Rasteriser()), [cv2.IMWRITE_PNG_COMPRESSION, 9]
            )
            if not done:
                raise BadAsset("The thumbnail could not be written.")
            return {THUMBNAIL_FILE: png.tobytes(), TURNTABLE_FILE: turntable(load_frame(product).mesh)}

    def close(self) -> None:
        """Idempotent."""
        with self._drawing:
            self._meshes.clear()
            if self._engine is not None:
                self._engine.close()
                self._engine = None


def _sitter() -> U8:
    """The portrait's head. Raises ConfigError where this installation has no portrait."""
    bgr = cv2.imread(str(portrait()), cv2.IMREAD_COLOR)
    left, top, side = _HEAD_PX
    head = bgr[top : top + side, left : left + side]
    large = cv2.resize(head, (SITTER_PX, SITTER_PX), interpolation=cv2.INTER_CUBIC)
    return np.ascontiguousarray(large, np.uint8)
