"""Run every kernel and network once, so that the first shopper waits for none of it.

The first start on a machine compiles for minutes, on one core: the compiler does one thing at a time in a process. So
a second process compiles the same from the other end, and each finds on disk what the other has done.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Final, Protocol

import numpy as np

from tryon import compiled, preload
from tryon.catalogue.items import BOTTOMS, Product
from tryon.config import Settings, usable_cores
from tryon.frame import U8, Frame
from tryon.geometry.camera import Camera
from tryon.geometry.figure import standing
from tryon.geometry.head import template
from tryon.geometry.marks import Marks, Small
from tryon.geometry.pose import FLIP, apart, solve
from tryon.geometry.steady import Head, HeadFilter
from tryon.looks import LookBook, LookItem
from tryon.overlays.base import Overlay, Scene
from tryon.overlays.front import around
from tryon.overlays.hair import SKIN, HairWatch
from tryon.overlays.light import LightEstimate, LightMeter
from tryon.overlays.lower_watch import LegsWatch
from tryon.overlays.matte import front_of
from tryon.overlays.memory import LOOKS_MIN, FaceMemory
from tryon.overlays.palette import Palette
from tryon.overlays.split import side_by_side
from tryon.overlays.wearer import Wearer
from tryon.perception import landmarks as at
from tryon.perception.body_model import BodyModel
from tryon.perception.calm import Calm
from tryon.perception.face import region_of
from tryon.perception.face_model import FaceModel, Region
from tryon.perception.observation import FaceObservation
from tryon.perception.smoothing import rotation_matrix, rotation_vector
from tryon.render import nearest
from tryon.render.draw import Rasteriser

Progress = Callable[[str, float], None]

# Products of this kind need the body found.
GARMENT: Final = "garment"
# What most people choose first.
FIRST: Final = "eyewear"
YAW_DEG: Final = 25.0
# Of a body's size below a face that fills the picture, and what its legs have on.
AWAY: Final = 0.3
LEGS_BGR: Final = (110, 60, 30)
BODY_REGION: Final = Region(320.0, 400.0, 800.0, 0.0)
# Like a fresh interpreter, but with this one's module path; the end of its input is the end of whoever started it.
_CODE: Final = (
    "import json, os, sys, threading; told = json.loads(sys.stdin.readline()); sys.path[:] = told['path']; "
    "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start(); "
    "from tryon.config import Settings; from tryon.pipeline import Engine; "
    "Engine(Settings(**told['settings'])).warm_up(lambda *_: None, backwards=True)"
)
# What decides which kernels there are; the rest is none of the other process's business.
_TOLD: Final = ("catalogue_dir", "horizontal_fov_deg", "max_faces")


class Heavy(Protocol):
    """What is warmed up: an engine."""

    model: FaceModel
    rasteriser: Rasteriser

    @property
    def body(self) -> BodyModel: ...


def warm_up(
    engine: Heavy,
    settings: Settings,
    process: Callable[[Frame], object],
    progress: Progress,
    *,
    backwards: bool = False,
) -> None:
    """Run everything once. ``process`` is the pipeline's own work on a frame.

    ``progress`` gets what is being done and the share that is done already. ``backwards`` is for the process beside.
    """
    frame, sealed = _pictures()
    progress("finding faces", 0.0)
    _find_faces(engine, process, frame, sealed)
    progress("compiling the pose fit", 0.25)
    head = _fit(settings, frame)
    if backwards:
        _warm_up_front(sealed, head)
    progress("compiling the renderer", 0.5)
    nearest.warm_up()
    book = LookBook(settings.catalogue_dir)
    products = _one_of_each(book)
    # What is worn below takes one place, whatever its cut.
    below = [product for product in products.values() if product.slot == BOTTOMS]
    look = book.resolve([LookItem(product.sku) for product in products.values() if product not in below])
    scene = _scene(engine, frame, head, look.overlays)
    hung = [book.resolve([LookItem(product.sku)]).overlays[0] for product in below]
    legs = _scene(engine, frame, head, hung, AWAY)
    # A split draws what it is of once more.
    parts = side_by_side((look.overlays, ()))
    own = [*((overlay, legs) for overlay in hung), *((overlay, scene) for overlay in look.overlays)]
    steps = [*(reversed(own) if backwards else own), *((part, scene) for part in parts)]
    for number, (overlay, around_it) in enumerate(steps):
        progress(f"compiling {overlay.kind}", 0.5 + 0.5 * number / len(steps))
        overlay.draw(around_it)
    if not backwards:
        _warm_up_front(sealed, head)
        preload.note(products)
    progress("ready", 1.0)


def warm_up_first(
    engine: Heavy, settings: Settings, process: Callable[[Frame], object], progress: Progress
) -> preload.Note | None:
    """Run what a frame with glasses runs, and tell what else is to be loaded; None, and nothing done, where something
    has to be compiled.

    Where there are no glasses, it is a frame with the first product.
    """
    book = LookBook(settings.catalogue_dir)
    products = _one_of_each(book)
    note = preload.noted(products)
    if note is None or not products:
        return None
    frame, sealed = _pictures()
    with ThreadPoolExecutor(1, "tryon-networks") as beside:
        progress("finding faces", 0.0)
        # Networks make themselves ready without the interpreter.
        networks = beside.submit(_find_faces, engine, process, frame, sealed)
        head = _fit(settings, frame)
        look = book.resolve([LookItem(products.get(FIRST, next(iter(products.values()))).sku)])
        progress("drawing a first look", 0.5)
        scene = _scene(engine, frame, head, look.overlays)
        for overlay in look.overlays:
            overlay.draw(scene)
        # Frames are looked at by a memory, until it knows the face and tells what covers it.
        around(head, frame.width_px, frame.height_px)
        memory = FaceMemory()
        for number in range(int(LOOKS_MIN) + 2):
            memory.look(frame.bgr, head, number * 50.0)
        networks.result()
    progress("ready", 1.0)
    return note


def warm_body() -> BodyModel:
    """The body's network, after its first picture, which takes it longer than any other."""
    body = BodyModel()
    body.find(np.full((480, 640, 3), 96, np.uint8), BODY_REGION)
    return body


@contextmanager
def beside(settings: Settings) -> Iterator[None]:
    """Have another process compile from the other end, unless all is compiled or there is one core only.

    That process ends with the block, or with this process. Where it cannot be started, this one compiles alone.
    """
    if compiled.is_whole() or usable_cores() < 2:
        yield
        return
    told = {"path": sys.path, "settings": settings.model_dump(mode="json", include=set(_TOLD))}
    try:
        other = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-c", _CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl+C in a terminal is for the first process alone, which ends the others.
            start_new_session=True,
        )
    except OSError:
        yield
        return
    with other:
        try:
            if other.stdin is not None:
                with suppress(OSError):
                    other.stdin.write(json.dumps(told).encode() + b"\n")
                    other.stdin.flush()
            yield
        finally:
            # What it was compiling is compiled here. Files of kernels are written whole or not at all.
            other.kill()


def _pictures() -> tuple[Frame, U8]:
    """An empty picture twice: kernels tell arrays that may be written from those that may not; frames are of both
    kinds."""
    frame = Frame(np.full((480, 640, 3), 96, np.uint8), 0.0)
    sealed = frame.bgr.copy()
    sealed.flags.writeable = False
    return frame, sealed


def _find_faces(engine: Heavy, process: Callable[[Frame], object], frame: Frame, sealed: U8) -> None:
    for picture in (frame, Frame(sealed, 0.0)):
        process(picture)
    # An empty picture never comes as far as the landmarks.
    points, _ = engine.model.landmarks(frame.bgr, Region(320.0, 240.0, 300.0, 0.0), Calm())
    region_of(points)


def _fit(settings: Settings, frame: Frame) -> Head:
    camera = Camera.from_fov(frame.width_px, frame.height_px, settings.horizontal_fov_deg)
    filters = HeadFilter()
    # The first update only remembers; the second filters.
    for t_ms in (0.0, 33.0):
        head = filters.update(_template_face(camera), camera, t_ms)
    _warm_up_marks(frame.bgr, head)
    LightMeter().read(frame.bgr, head, 0.0)
    return head


def _warm_up_marks(bgr: U8, head: Head) -> None:
    small = Small.of(bgr, head.pose, head.camera)
    marks = Marks(small, head.points_px, head.pose, head.camera)
    marks.lay(small, head.pose, head.pose, 1, 1)
    marks.shape(small, head.pose, head.pose)
    marks.upright()
    apart(head.pose.rotation, head.pose.rotation)
    rotation_vector(head.pose.rotation)
    solve(np.eye(3), np.zeros(3), np.zeros(3))


def _one_of_each(book: LookBook) -> dict[str, Product]:
    """The first product of each place where one is worn; of those below, of each cut, which has kernels of its own."""
    first: dict[str, Product] = {}
    for product in book.products():
        below = product.garment.cut if product.garment is not None and product.slot == BOTTOMS else ""
        first.setdefault(below or product.slot, product)
    return first


def _scene(engine: Heavy, frame: Frame, head: Head, overlays: Iterable[Overlay], size: float = 1.0) -> Scene:
    """What a look is drawn in; a body of this ``size``, over that of the face."""
    # Bright where the face has skin and dark beside it: hair, which has kernels of its own.
    bgr = np.zeros_like(frame.bgr)
    for x, y in head.points_px[SKIN, :2].astype(int).tolist():
        bgr[y - 2 : y + 3, x - 2 : x + 3] = 160
    light = LightEstimate((0.8, 0.8, 0.8), 0.3)
    wearers = {}
    if any(overlay.kind == GARMENT for overlay in overlays):
        engine.body.find(frame.bgr, BODY_REGION, Calm())
        # Of somebody who is far enough away, legs are in the picture, in another colour than what is above.
        face = head.points_px.copy()
        face[at.CHIN] = face[at.FOREHEAD_TOP] + size * (face[at.CHIN] - face[at.FOREHEAD_TOP])
        figure = standing(face, frame.height_px)
        bgr[int(figure.hips[0][1]) :] = LEGS_BGR
        legs = LegsWatch()
        # As if they were all in the picture.
        legs.look(figure, math.inf, 0.0)
        wearers[head.track] = Wearer(figure, Palette(), legs)
    hair = {head.track: HairWatch()}
    return Scene(bgr, (head,), head.camera, light, engine.rasteriser, hair, 66.0, wearers=wearers)


def _template_face(camera: Camera) -> FaceObservation:
    """The mean head 600 mm away, turned so far that one of its temples shows, as the tracker would report it."""
    turn = rotation_matrix(np.array([0.0, math.radians(YAW_DEG), 0.0]))
    in_camera = template().points_mm @ (FLIP @ turn).T + (0.0, 0.0, 600.0)
    depth = (in_camera[:, 2] - 600.0) * camera.focal_px / 600.0
    points = np.column_stack([camera.project(in_camera), depth]).astype(np.float32)
    return FaceObservation(points, 1.0, 1, 1)


def _warm_up_front(sealed: U8, head: Head) -> None:
    """Let a memory see a face in a picture that must not be written, then something blue before half of it."""
    memory = FaceMemory()
    for number in range(12):
        memory.look(sealed, head, number * 50.0)
    bgr = sealed.copy()
    bgr[:, : bgr.shape[1] // 2] = (200, 90, 30)
    covered = memory.look(bgr, head, 600.0)
    front = (
        None if covered is None else front_of(covered, bgr, head, around(head, bgr.shape[1], bgr.shape[0]))
    )
    if front is not None:
        front.put_back(bgr.copy(), bgr, front.rect)
