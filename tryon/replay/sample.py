"""The sample clip: what a shopper without a camera looks at, made on this machine from the astronaut portrait.

A portrait turns its head, nods, tilts it and leans towards the camera; the end runs into the beginning.
"""

from __future__ import annotations

import hashlib
import inspect
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Final

import cv2
import numpy as np

from tryon.config import Settings
from tryon.errors import BadClip, ConfigError
from tryon.frame import U8
from tryon.geometry.camera import Camera
from tryon.perception.face_model import FaceModel
from tryon.replay import bust, cutout, motion, skin, synth, texture
from tryon.replay.clip import ClipWriter
from tryon.replay.motion import Motion, Move
from tryon.replay.synth import SyntheticHead
from tryon.resources import portrait

WIDTH_PX: Final = 640
HEIGHT_PX: Final = 480
FPS: Final = 30.0
FACE_PX: Final = 185.0
LOOP_MS: Final = 9000.0
# Sensor noise would cost the clip's bytes and tell nobody anything; this much keeps skin from looking like plastic.
NOISE: Final = 1.0


def sample_clip(settings: Settings, progress: Callable[[float], None] | None = None) -> Path:
    """The sample's path in the cache; made first where it is not there yet, which takes some seconds.

    ``progress`` gets the share that is done. Call it off any event loop. Raises ConfigError if the cache cannot be
    written, and what ``resources.portrait`` raises.
    """
    path = settings.cache_dir / f"sample-{_version(settings)}.mp4"
    if path.is_file():
        return path
    try:
        settings.cache_dir.mkdir(parents=True, exist_ok=True)
        _make(path, settings, progress or (lambda _: None))
    except (OSError, BadClip) as error:
        raise ConfigError(
            f"The sample clip cannot be kept in {settings.cache_dir}: {error}. "
            "Set TRYON_CACHE_DIR to a folder that can be written.",
            setting="cache_dir",
        ) from error
    return path


def gentle() -> Motion:
    """Somebody who looks at their glasses from both sides: turns to ±22°, a nod, a tilt, a lean; a seamless loop."""

    def at(t_ms: float) -> Move:
        turn = 2 * math.pi * t_ms / LOOP_MS
        # A sine dwells at its ends; a little of its third harmonic lets the head rest there and in front.
        yaw = 22.5 * math.sin(turn) + 2.5 * math.sin(3 * turn)
        return Move(
            yaw_deg=yaw,
            pitch_deg=-2.5 + 4.0 * math.sin(2 * turn + 0.9) - 1.5 * math.cos(turn),
            roll_deg=-1.5 - 3.5 * math.sin(turn + 0.5) + 1.5 * math.sin(2 * turn),
            x_mm=7.0 * math.sin(turn + 0.4),
            y_mm=2.0 * math.sin(2 * turn),
            z_mm=-22.0 * (1 - math.cos(2 * turn)) / 2 * (1 + 0.4 * math.sin(turn)),
        )

    return Motion("gentle", LOOP_MS, at)


def _make(path: Path, settings: Settings, progress: Callable[[float], None]) -> None:
    model = FaceModel()
    try:
        head = SyntheticHead.from_portrait(_portrait(), model)
    finally:
        model.close()
    camera = Camera.from_fov(WIDTH_PX, HEIGHT_PX, settings.horizontal_fov_deg)
    stage = head.stage(camera, face_px=FACE_PX)
    script = gentle()
    count = round(script.duration_ms * FPS / 1000)
    with ClipWriter(path, WIDTH_PX, HEIGHT_PX, FPS) as clip:
        for frame, _ in stage.frames(script, FPS, noise=NOISE):
            clip.write(frame.bgr, frame.t_ms)
            progress((frame.sequence + 1) / count)


def _portrait() -> U8:
    bgr = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
    return np.asarray(bgr, np.uint8)


def _version(settings: Settings) -> str:
    """Changes with whatever makes the clip, so that an update never shows yesterday's."""
    digest = hashlib.sha256(f"{settings.horizontal_fov_deg}".encode())
    modules: tuple[ModuleType, ...] = (bust, cutout, motion, skin, synth, texture)
    for module in modules:
        digest.update(inspect.getsource(module).encode())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()[:12]
