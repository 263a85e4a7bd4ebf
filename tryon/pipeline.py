"""One frame through the house: perception, geometry, overlays.

``Engine`` holds what is heavy and remembers nothing: the networks and the scratch buffers, one a worker thread.
``Pipeline`` holds what one session remembers and is light: regions, filters, the light. Replay, the live server and
the benchmark all run this module and no other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final

from tryon import compiled, preload, warmup
from tryon.attendance import Attendance
from tryon.catalogue.shade_match import ShadeRange
from tryon.config import Settings
from tryon.frame import U8, Frame, Rect
from tryon.geometry.camera import Camera
from tryon.geometry.steady import Head
from tryon.looks import BARE, Look
from tryon.overlays.base import Scene
from tryon.overlays.front import Front, around, joined, nearer_heads, put_back_part
from tryon.overlays.hands import hands_front
from tryon.overlays.light import BRIGHT, DARK, LightEstimate
from tryon.overlays.matte import front_of
from tryon.overlays.split import kinds_of
from tryon.overlays.wearer import Wearer, WearerWatch, body_hints
from tryon.perception.aside import Aside
from tryon.perception.body_model import BodyModel
from tryon.perception.face import FaceTracker
from tryon.perception.face_model import FaceModel, Region
from tryon.perception.hand_model import HandModel
from tryon.render.draw import Rasteriser
from tryon.sizing import Sizing
from tryon.toning import Toning
from tryon.warmup import GARMENT
from tryon.wire.measure import Measure, MeasureRequest

# A face narrower than this has no lips to paint; one wider or higher than this part of the frame leaves it.
TOO_FAR_PX: Final = 45.0
TOO_CLOSE_PART: Final = 0.8
TURNED_DEG: Final = 60.0
DARK_FRAME: Final = 12.0  # mean grey code below which a frame without a face is too dark to find one

HINTS: Final[dict[str, str]] = {
    "no_face": "No face in the picture. Look into the camera, with your whole face in view.",
    "too_dark": "It is too dark to see well. Turn on a light in front of you.",
    "too_bright": "The picture is too bright. Move out of direct light.",
    "too_far": "You are far away. Come closer to the camera.",
    "too_close": "You are very close. Move back a little.",
    "at_the_edge": "Your face leaves the picture. Move towards the middle.",
    "no_legs": "Step back so that your hips and knees are in view.",
    "no_shoulders": "Step back so that your shoulders are in view.",
    "no_front": "Clothes are shown from the front. Turn your shoulders towards the camera, and stand or sit upright.",
    "turned_away": "You are turned far to the side. Turn back towards the camera.",
}


class Engine:
    """The networks and buffers of one worker thread.

    One that is ``hurried`` is warm as soon as a frame with glasses is, where nothing has to be compiled, and goes on in
    the background.
    """

    def __init__(self, settings: Settings, *, hurried: bool = False) -> None:
        self._settings = settings
        self._hurried = hurried
        self.model = FaceModel()
        self._body: BodyModel | None = None
        self._making_body = threading.Lock()
        self._hands: HandModel | None = None
        self._closed = threading.Event()
        self.aside = Aside()
        self.rasteriser = Rasteriser()

    @property
    def body(self) -> BodyModel:
        """The body's network; made when a garment is first worn, or by ``warm_up``."""
        with self._making_body:
            if self._body is None:
                self._body = BodyModel()
            return self._body

    @property
    def hands(self) -> HandModel:
        """The hands' networks; made when a hand is first suspected before a face."""
        if self._hands is None:
            self._hands = HandModel()
        return self._hands

    def warm_up(self, progress: Callable[[str, float], None], *, backwards: bool = False) -> None:
        """Run every kernel and network once, so that the first shopper waits for none of it.

        ``progress`` gets what is being done and the share that is done already. ``backwards`` is for the process that
        compiles beside another.
        """

        def process(frame: Frame) -> Rendered:
            return Pipeline(self._settings).process(frame, BARE, self)

        note = warmup.warm_up_first(self, self._settings, process, progress) if self._hurried else None
        if note is not None:
            threading.Thread(target=self._go_on, args=(note,), name="tryon-preload", daemon=True).start()
            return
        with nullcontext() if backwards else warmup.beside(self._settings):
            warmup.warm_up(self, self._settings, process, progress, backwards=backwards)
        compiled.mark_whole()

    def _go_on(self, note: preload.Note) -> None:
        preload.load(note.types, self._closed.wait)
        if self._closed.is_set() or warmup.GARMENT not in note.kinds:
            return
        body: BodyModel | None = warmup.warm_body()
        with self._making_body:
            if self._body is None and not self._closed.is_set():
                self._body, body = body, None
        if body is not None:
            body.close()

    def close(self) -> None:
        """Release the networks; may be called twice."""
        self._closed.set()
        self.aside.close()
        self.model.close()
        if self._hands is not None:
            self._hands.close()
        with self._making_body:
            if self._body is not None:
                self._body.close()


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A dressed frame. Outside ``dirty`` no bit differs from the frame that came in; None: nothing differs.

    ``timings_ms`` names the steps: perceive, geometry, front, body, and each overlay's kind. ``measured`` is what
    is known of the wearer's sizes or colours, while somebody asks. ``fading`` are heads that are seen no longer and
    are undressed gradually; ``shown`` tells, by track, how strongly each head's products show, where it is not wholly.
    ``shades``: of what is worn without a chosen shade, the sku, and the id of the shade that the first wearer's skin
    or brows decide.
    """

    bgr: U8
    dirty: Rect | None
    hints: tuple[str, ...]
    faces: int
    heads: tuple[Head, ...] = ()
    light: LightEstimate | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    measured: Measure | None = None
    fading: tuple[Head, ...] = ()
    shown: dict[int, float] = field(default_factory=dict)
    shades: tuple[tuple[str, str], ...] = ()


class Pipeline:
    """One session's memory: which faces, how they move, what light they stand in. ``shades`` are those that a
    shopper's colours are compared with, when they ask."""

    def __init__(self, settings: Settings, shades: ShadeRange | None = None) -> None:
        self._settings = settings
        self._tracker = FaceTracker(settings.max_faces)
        self._light: LightEstimate | None = None
        self._sizing = Sizing()
        self._wearer = WearerWatch()
        self._toning = Toning(shades)
        self._attendance = Attendance(self._sizing, self._toning)

    def measure(self, request: MeasureRequest) -> None:
        """Tell the wearer's sizes or colours from the next frame on, or no longer."""
        self._sizing.ask(request)
        self._toning.ask(request)

    def reset(self) -> None:
        """Forget the faces and the light, as for another scene."""
        self._tracker.reset()
        self._attendance.reset()
        self._light = None
        self._wearer.reset()

    def process(self, frame: Frame, look: Look, engine: Engine) -> Rendered:
        """Dress one frame. Raises PerceptionFailed; ``frame.bgr`` itself is written only where the frame is spent."""
        if GARMENT in kinds_of(look.overlays):
            self._wearer.ahead(frame, engine.body, engine.aside)
        try:
            return self._dressed(frame, look, engine)
        finally:
            self._wearer.settle()

    def _dressed(self, frame: Frame, look: Look, engine: Engine) -> Rendered:
        started = time.perf_counter()
        seen = self._tracker.observe(frame, engine.model)
        observed = time.perf_counter()
        heads, fading = self._attendance.follow(
            seen, _camera(frame, self._settings), frame.bgr, turns=look.turns
        )
        # Each face stands in a light of its own: a friend's may be the lamp's, or the window's.
        for head in heads if look.overlays else heads[:1]:
            self._attendance[head.track].see_light(frame.bgr, head, frame.t_ms)
        light = self._attendance[heads[0].track].light if heads else None
        now = time.perf_counter()
        timings = {"perceive": (observed - started) * 1e3, "geometry": (now - observed) * 1e3}
        doubted = bool(heads and look.overlays) and self._attendance[heads[0].track].shown <= 0.0
        hints = _hints(frame, heads, light, doubted=doubted)
        self._light = light or self._light
        # Before anything is drawn over the face.
        measured = self._sizing.watch(frame.bgr, heads, frame.t_ms, look.eyewear) or self._toning.watch(
            frame.bgr, heads, frame.t_ms
        )
        if measured is not None:
            before, now = now, time.perf_counter()
            timings["measure"] = (now - before) * 1e3
        dirty: Rect | None = None
        bgr = frame.bgr
        shown = {head.track: self._attendance[head.track].shown for head in (*heads, *fading)}
        worn_by = tuple(head for head in (*heads, *fading) if shown[head.track] > 0.0)
        if worn_by and self._light is not None and look.overlays:
            # Garments are drawn beside the face, and tell by themselves what hands and arms hide.
            front = self._front(frame, worn_by, engine, on_face=kinds_of(look.overlays) != {GARMENT})
            bare = frame.bgr.copy() if front and frame.spent else frame.bgr
            bgr = frame.bgr if frame.spent else frame.bgr.copy()
            before, now = now, time.perf_counter()
            timings["front"] = (now - before) * 1e3
            wearers: dict[int, Wearer] = {}
            # It costs more than all else.
            if heads and GARMENT in kinds_of(look.overlays):
                wearers = self._wearer.look(frame, seen, engine.body, legs=look.legs)
                before, now = now, time.perf_counter()
                timings["body"] = (now - before) * 1e3
                hints = body_hints(hints, wearers, legs=look.legs, missed=self._wearer.missed)
            hair = {head.track: self._attendance[head.track].hair for head in worn_by}
            lips = {head.track: self._attendance[head.track].lips for head in worn_by}
            skins = {head.track: self._attendance[head.track].skin for head in worn_by}
            brows = {head.track: self._attendance[head.track].brows for head in worn_by}
            # A head is dressed whole before the next nearer one.
            for head in sorted(worn_by, key=lambda head: -float(head.pose.translation_mm[2])):
                scene = Scene(
                    bgr,
                    (head,),
                    head.camera,
                    self._attendance[head.track].light or self._light,
                    engine.rasteriser,
                    hair,
                    frame.t_ms,
                    front,
                    wearers,
                    lips,
                    skins,
                    brows,
                )
                undressed = bgr.copy() if shown[head.track] < 1.0 else bgr
                worn: Rect | None = None
                for overlay in look.overlays:
                    worn = _joined(worn, overlay.draw(scene))
                    before, now = now, time.perf_counter()
                    timings[overlay.kind] = timings.get(overlay.kind, 0.0) + (now - before) * 1e3
                if worn is not None and shown[head.track] < 1.0:
                    put_back_part(bgr, undressed, worn, 1.0 - shown[head.track])
                if worn is not None and head.track in front:
                    front[head.track].put_back(bgr, bare, worn)
                    before, now = now, time.perf_counter()
                    timings["front"] += (now - before) * 1e3
                dirty = _joined(dirty, worn)
        partly = {track: share for track, share in shown.items() if share < 1.0}
        shades = self._matched(heads, look)
        return Rendered(
            bgr, dirty, hints, len(heads), heads, light, timings, measured, fading, partly, shades
        )

    def _matched(self, heads: tuple[Head, ...], look: Look) -> tuple[tuple[str, str], ...]:
        if not heads or not look.matched:
            return ()
        known = self._attendance[heads[0].track]
        found = [
            (each, watch.number(each.choices)) for each in look.matched for watch in (known.skin, known.brows)
        ]
        return tuple((each.sku, each.ids[number]) for each, number in found if number is not None)

    def _front(
        self, frame: Frame, heads: tuple[Head, ...], engine: Engine, *, on_face: bool
    ) -> dict[int, Front]:
        """What covers each head that something covers, by track. Unless something is drawn ``on_face`` that is nearer
        heads alone: what else comes before a face is not looked for."""
        found = {}
        for head in heads:
            rect = around(head, frame.width_px, frame.height_px)
            covers = self._covers(frame, head, rect, engine) if on_face else None
            front = joined(covers, nearer_heads(head, heads, rect))
            if front is not None:
                found[head.track] = front
        return found

    def _covers(self, frame: Frame, head: Head, rect: Rect, engine: Engine) -> Front | None:
        """The hands and things before a face, within ``rect``."""
        known = self._attendance[head.track]
        hands = None
        if known.memory.suspected or not known.hands.rests(frame.t_ms):
            # What the memory suspected in the frame before is looked for in this one.
            points = known.hands.observe(frame, _region(head), known.memory.suspected, engine.hands)
            hands = hands_front(points, frame.bgr, rect)
        covered = known.memory.look(frame.bgr, head, frame.t_ms, hands)
        thing = None if covered is None else front_of(covered, frame.bgr, head, rect)
        covers = joined(hands, thing)
        if not head.coasting:
            known.hold.see(head, covers, frame.t_ms)
        return covers


def _region(head: Head) -> Region:
    left, top, right, bottom = head.box_px
    return Region((left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top), 0.0)


def _joined(one: Rect | None, other: Rect | None) -> Rect | None:
    return one if other is None else other if one is None else one.union(other)


def _camera(frame: Frame, settings: Settings) -> Camera:
    return Camera.from_fov(frame.width_px, frame.height_px, settings.horizontal_fov_deg)


def _hints(
    frame: Frame, heads: tuple[Head, ...], light: LightEstimate | None, *, doubted: bool = False
) -> tuple[str, ...]:
    """What stands in the way of a good picture, the most pressing first; a face that is ``doubted`` is seen aside."""
    if not heads or light is None:
        dark = float(frame.bgr[::16, ::16].mean()) < DARK_FRAME
        return ("too_dark",) if dark else ("no_face",)
    head = heads[0]
    found = []
    left, top, right, bottom = head.box_px
    if light.skin < DARK:
        found.append("too_dark")
    elif light.skin > BRIGHT:
        found.append("too_bright")
    width, height = right - left, bottom - top
    if width < TOO_FAR_PX:
        found.append("too_far")
    elif width > TOO_CLOSE_PART * frame.width_px or height > TOO_CLOSE_PART * frame.height_px:
        found.append("too_close")
    elif left < 0 or top < 0 or right > frame.width_px or bottom > frame.height_px:
        found.append("at_the_edge")
    if abs(head.pose.yaw_pitch_roll_deg[0]) > TURNED_DEG or doubted:
        found.append("turned_away")
    return tuple(found)
