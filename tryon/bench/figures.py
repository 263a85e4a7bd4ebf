"""The whole benchmark: every figure of ``docs/bench.md``, in one nested dictionary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from tryon.bench import behind, environment, garment_anchors, pupils, replay, sizes, stream, tracking
from tryon.bench.bars import judge
from tryon.bench.courses import BODY_FLOOR_STEPS, FLOOR_STEPS, LOOK_STEPS, BodyFloor, Floor, Worn
from tryon.bench.scene import FRAME_COUNT, HEIGHT_PX, LARGE_PX, WIDTH_PX, Scene, moving_portrait
from tryon.bench.server import Server
from tryon.bench.turns import Times, in_turn
from tryon.catalogue.house_range import frames as house_frames
from tryon.catalogue.parametric import build_frame
from tryon.config import Settings
from tryon.looks import BARE, Look, LookBook, LookItem
from tryon.overlays.eyewear import Eyewear
from tryon.pipeline import Engine
from tryon.wire.control import LookItem as WireItem

# The house range's own products; the catalogue that is served may be another.
EYEWEAR_SKU: Final = "meridian-gunmetal"
LIPSTICK_SKU: Final = "velvet-lipstick"
GARMENT_SKU: Final = "linden-tee"
# Every so manieth frame of the scene: shoulders then move by more than their width a second.
LIVELY: Final = 4
# With the lipstick eight products: skin, eyes and lips.
FULL_LOOK: Final = tuple(
    LookItem(sku)
    for sku in (
        "second-skin-foundation", "petal-blush", "halo-highlighter", "feather-brow", "four-seasons-palette",
        "inkwell-eyeliner", "long-story-mascara",
    )
)  # fmt: skip
# In the large frame they are on a face 450 px wide.
FULL_LOOK_NEARER: Final = 1.5
# A hundred thousand triangles before the hidden temple ends are taken away.
DETAIL_100K: Final = 3.2
_RECTANGLE: Final = " rectangle"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure. ``block`` frames a course and round; ``seconds`` a load and round."""

    rounds: int = 40
    large_rounds: int = 25
    block: int = 8
    scene_frames: int = FRAME_COUNT
    stream_rounds: int = 6
    seconds: float = 1.0
    starts: int = 3
    tracking_s: float = 30.0
    sizes_heads: int = 9
    pupils_pictures: int = 12
    replay_rounds: int = 7
    garment_rounds: int = 12
    anchors_s: float = garment_anchors.STILL_S
    grid_step: int = 1
    replay_loops: int = replay.LOOPS


# For tests: every path once, and figures that mean nothing.
QUICK: Final = Effort(
    rounds=2,
    large_rounds=1,
    block=3,
    scene_frames=20,
    stream_rounds=1,
    seconds=0.3,
    starts=1,
    tracking_s=1.0,
    sizes_heads=1,
    pupils_pictures=2,
    replay_rounds=1,
    garment_rounds=1,
    anchors_s=0.2,
    grid_step=9,
    replay_loops=1,
)
FULL: Final = Effort()


def run(settings: Settings, say: Say, effort: Effort = FULL) -> dict[str, Any]:
    """Measure everything; ``say`` gets a line for people now and then. Raises TryOnError where something is missing."""
    settings = settings.model_copy(update={"catalogue_dir": None})
    threads, others = cv2.getNumThreads(), environment.Others()
    cv2.setNumThreads(1)
    try:
        scene = moving_portrait(settings.jpeg_quality, effort.scene_frames)
        figures = _floor_and_overlays(settings, scene, effort, say)
        figures["large"] = _large(settings, effort, say)
        figures["garment"] = _garment(settings, scene, effort, say)
        say("measuring where a garment is drawn")
        with closing(Engine(settings)) as engine:
            figures["anchors"] = garment_anchors.measure(settings, engine, effort.anchors_s)
        figures |= _stream(settings, scene, effort, say)
        figures["replay"] = replay.measure(
            settings, scene, EYEWEAR_SKU, effort.replay_rounds, say, effort.replay_loops
        )
        figures |= _synthetic(settings, effort, say)
    finally:
        cv2.setNumThreads(threads)
    figures["environment"] = environment.describe(settings) | {
        "others_cores": others.cores(),
        "frame_px": [WIDTH_PX, HEIGHT_PX],
        "frame_bytes": float(np.mean([len(picture) for picture in scene.jpegs])),
        "rounds": effort.rounds,
        "stream_rounds": effort.stream_rounds,
    }
    figures["bars"] = judge(figures)
    return figures


def looks() -> dict[str, Look]:
    """What is measured, by the name that the figures use."""
    book = LookBook()
    eyewear, lipstick = LookItem(EYEWEAR_SKU), LookItem(LIPSTICK_SKU)
    fine = Eyewear.from_mesh(build_frame(house_frames()[EYEWEAR_SKU][2], DETAIL_100K))
    return {
        "bare": BARE,
        "eyewear": book.resolve([eyewear]),
        "eyewear_100k": Look((fine,)),
        "lipstick": book.resolve([lipstick]),
        "eyewear+lipstick": book.resolve([eyewear, lipstick]),
        "full_look": book.resolve([*FULL_LOOK, lipstick]),
    }


def _floor_and_overlays(settings: Settings, scene: Scene, effort: Effort, say: Say) -> dict[str, Any]:
    say("compiling the kernels")
    worn = looks()
    engine = Engine(settings)
    floor = Floor(settings.jpeg_quality)
    try:
        engine.warm_up(lambda _step, _share: None)
        courses = [
            course
            for name, look in worn.items()
            for course in (
                Worn(name, look, "whole", settings, engine),
                Worn(name + _RECTANGLE, look, "rectangle", settings, engine),
            )
        ]
        say(f"measuring the floor and {len(worn)} looks, {effort.rounds} rounds")
        times = in_turn(
            floor, courses, scene, rounds=effort.rounds, block=effort.block, done=_told(say, effort.rounds)
        )
    finally:
        floor.close()
        engine.close()
    return {
        "floor": _summary(times[floor.name], FLOOR_STEPS),
        "overlays": {name: _overlay(name, look, times, courses) for name, look in worn.items()},
    }


def _large(settings: Settings, effort: Effort, say: Say) -> dict[str, Any]:
    """The floor, the glasses, and eight makeup products on a near face at 1280×720."""
    scene = moving_portrait(settings.jpeg_quality, effort.scene_frames, LARGE_PX)
    near = moving_portrait(settings.jpeg_quality, effort.scene_frames, LARGE_PX, FULL_LOOK_NEARER)
    book = LookBook()
    look = book.resolve([LookItem(EYEWEAR_SKU)])
    made_up = book.resolve([*FULL_LOOK, LookItem(LIPSTICK_SKU)])
    engine, floor = Engine(settings), Floor(settings.jpeg_quality)
    try:
        worn = Worn("eyewear", look, "whole", settings, engine)
        say(f"measuring {LARGE_PX[0]}x{LARGE_PX[1]}, {effort.large_rounds} rounds")
        times = in_turn(floor, [worn], scene, rounds=effort.large_rounds, block=effort.block)
        face = Worn("full_look", made_up, "whole", settings, engine)
        on_face = in_turn(floor, [face], near, rounds=effort.large_rounds, block=effort.block)
    finally:
        floor.close()
        engine.close()
    return {
        "floor": _summary(times[floor.name], FLOOR_STEPS),
        "eyewear": _against_floor(times[worn.name]),
        "full_look": _against_floor(on_face[face.name]),
    }


def _garment(settings: Settings, scene: Scene, effort: Effort, say: Say) -> dict[str, Any]:
    """A T-shirt against the floor of bodies: on one that sways, on one that moves so fast that the body's network runs
    on each frame, and at 1280×720."""
    scenes = {
        "calm": scene,
        "lively": Scene(scene.jpegs[::LIVELY], scene.quality),
        "large": moving_portrait(settings.jpeg_quality, effort.scene_frames, LARGE_PX),
    }
    look = LookBook().resolve([LookItem(GARMENT_SKU)])
    engine = Engine(settings)
    found: dict[str, Any] = {}
    try:
        say(f"measuring a garment, {effort.garment_rounds} rounds each")
        for name, seen in scenes.items():
            worn = Worn(name, look, "whole", settings, engine)
            # The stock pose keeps to one size of picture.
            with closing(BodyFloor(settings.jpeg_quality)) as floor:
                times = in_turn(
                    floor, [worn], seen, rounds=effort.garment_rounds, block=effort.block, middle=np.mean
                )
            found[name] = _against_floor(times[name]) | {
                "mean_ms": float(np.mean(times[name].frames_ms)),
                "floor": _summary(times[floor.name], BODY_FLOOR_STEPS),
            }
    finally:
        engine.close()
    return found


def _against_floor(own: Times) -> dict[str, Any]:
    return _summary(own, LOOK_STEPS) | {
        "ratio": float(np.median(own.ratios)),
        "ratio_quartiles": [float(value) for value in np.percentile(own.ratios, (25, 75))],
        "cpu_ratio": float(np.median(own.cpu_ratios)),
    }


def _overlay(name: str, look: Look, times: dict[str, Times], courses: Sequence[Worn]) -> dict[str, Any]:
    whole, rectangle = times[name], times[name + _RECTANGLE]
    reply = {course.name: float(np.mean(course.reply_bytes)) for course in courses}
    return _summary(whole, LOOK_STEPS) | {
        "ratio": float(np.median(whole.ratios)),
        "ratio_quartiles": [float(value) for value in np.percentile(whole.ratios, (25, 75))],
        "cpu_ratio": float(np.median(whole.cpu_ratios)),
        "ms_rectangle": float(np.median(rectangle.frames_ms)),
        "ratio_rectangle": float(np.median(rectangle.ratios)),
        "encode_rectangle_ms": rectangle.step_medians(LOOK_STEPS)["encode"],
        "bytes_whole": reply[name],
        "bytes_rectangle": reply[name + _RECTANGLE],
        "triangles": sum(
            overlay.model.triangle_count for overlay in look.overlays if isinstance(overlay, Eyewear)
        ),
    }


def _summary(times: Times, steps: Sequence[str]) -> dict[str, Any]:
    frames = times.frames_ms
    return {
        "ms": float(np.median(frames)),
        "ms_min": float(min(frames)),
        "ms_p95": float(np.percentile(frames, 95)),
        "cpu_ms": float(np.median(times.cpu_ms)),
        "steps": times.step_medians(steps),
    }


def _stream(settings: Settings, scene: Scene, effort: Effort, say: Say) -> dict[str, Any]:
    sessions = 2 * max(stream.CLIENTS)
    starts = []
    for number in range(effort.starts - 1):
        say(f"starting a server, {number + 1} of {effort.starts}")
        with Server(settings, sessions) as server:
            starts.append(server.start_s)
    say(f"starting a server, {effort.starts} of {effort.starts}")
    with Server(settings, sessions) as server:
        starts.append(server.start_s)
        say(f"measuring the stream with {', '.join(map(str, stream.CLIENTS))} clients")
        measured = stream.measure(
            server,
            settings,
            scene,
            [WireItem(EYEWEAR_SKU)],
            rounds=effort.stream_rounds,
            seconds=effort.seconds,
            done=_told(say, effort.stream_rounds),
        )
    return {
        "stream": measured.by_clients,
        "memory_mb_per_session": measured.memory_mb_per_session,
        "memory_mb_idle": measured.memory_mb_idle,
        "memory_mb_peak": measured.memory_mb_peak,
        "warm_start_s": float(np.median(starts)),
    }


def _synthetic(settings: Settings, effort: Effort, say: Say) -> dict[str, Any]:
    """What is measured on heads of which everything is known."""
    engine = Engine(settings)
    try:
        say("making a head of known pose and size")
        head = tracking.portrait_head(engine)
        return {
            "tracking": tracking.measure(settings, head, engine, effort.tracking_s, say, effort.grid_step),
            "behind": behind.measure(settings, head, engine, say, effort.grid_step),
            "sizes": {
                **sizes.measure(settings, head, engine, effort.sizes_heads, say),
                **pupils.measure(settings, head, engine, effort.pupils_pictures, say),
            },
        }
    finally:
        engine.close()


def _told(say: Say, rounds: int) -> Callable[[int], None]:
    """Say at each quarter of the way."""
    quarter = max(rounds // 4, 1)

    def done(number: int) -> None:
        if number % quarter == 0 or number == rounds:
            say(f"  {number} of {rounds} rounds")

    return done
