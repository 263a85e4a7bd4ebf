"""What is timed, one frame at a time: the floor, and a look through the worker's own code.

Each course takes a frame's bytes and returns the milliseconds of its steps; their sum is the whole frame.
"""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any, Final, Protocol

import cv2
import numpy as np

from tryon import jpeg
from tryon.bench.scene import FRAME_MS
from tryon.config import Settings
from tryon.errors import PerceptionFailed
from tryon.frame import Frame
from tryon.looks import Look
from tryon.perception.stock import StockFaceMesh, StockPose, to_points
from tryon.pipeline import Engine, Pipeline, Rendered
from tryon.session.answer import Answerer, FrameJob
from tryon.wire.control import ReplyMode
from tryon.wire.measure import MeasureRequest
from tryon.wire.messages import FrameMessage

FLOOR_STEPS: Final = ("decode", "face_mesh", "landmarks", "encode")
BODY_FLOOR_STEPS: Final = ("decode", "pose", "encode")
LOOK_STEPS: Final = ("decode", "perceive", "geometry", "draw", "encode")

Steps = tuple[float, ...]


class Course(Protocol):
    """One way to treat a frame."""

    name: str

    def frame(self, number: int, picture: bytes) -> Steps:
        """Milliseconds of each step; numbers grow. Raises PerceptionFailed where no face was seen."""


class Floor:
    """Decode, MediaPipe's face mesh with irises, its landmarks as an array, encode: the least a server can do."""

    name = "floor"

    def __init__(self, quality: int) -> None:
        self._quality = quality
        self._mesh = StockFaceMesh()

    def frame(self, number: int, picture: bytes) -> Steps:
        del number
        begin = time.perf_counter()
        bgr: Any = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
        decoded = time.perf_counter()
        face = self._mesh.find(bgr)
        seen = time.perf_counter()
        if face is None:
            raise PerceptionFailed("The stock face mesh lost the face of the benchmark's frames.")
        to_points(face, bgr.shape[1], bgr.shape[0])
        converted = time.perf_counter()
        jpeg.encode(bgr, self._quality)
        done = time.perf_counter()
        marks = (begin, decoded, seen, converted, done)
        return tuple((after - before) * 1e3 for before, after in pairwise(marks))

    def close(self) -> None:
        self._mesh.close()


class BodyFloor:
    """Decode, MediaPipe's full pose with the person's mask, encode: the least a server of garments can do."""

    name = "body floor"

    def __init__(self, quality: int) -> None:
        self._quality = quality
        self._pose = StockPose()

    def frame(self, number: int, picture: bytes) -> Steps:
        del number
        begin = time.perf_counter()
        bgr: Any = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
        decoded = time.perf_counter()
        if self._pose.find(bgr) is None:
            raise PerceptionFailed("The stock pose lost the body of the benchmark's frames.")
        seen = time.perf_counter()
        jpeg.encode(bgr, self._quality)
        done = time.perf_counter()
        return (decoded - begin) * 1e3, (seen - decoded) * 1e3, (done - seen) * 1e3

    def close(self) -> None:
        self._pose.close()


class Worn:
    """A look from the shopper's bytes to the reply's bytes, as a worker thread does it."""

    def __init__(self, name: str, look: Look, mode: ReplyMode, settings: Settings, engine: Engine) -> None:
        self.name = name
        self._look = look
        self._mode = mode
        self._engine = engine
        self._pipeline = _Listening(settings)
        self._answerer = Answerer(lambda: self._pipeline, settings.jpeg_quality, time.perf_counter)
        self.reply_bytes: list[int] = []

    def frame(self, number: int, picture: bytes) -> Steps:
        begin = time.perf_counter()
        message = FrameMessage(number, number * FRAME_MS, picture)
        answer = self._answerer.answer(self._engine, FrameJob(message, begin), self._look, self._mode)
        whole = (time.perf_counter() - begin) * 1e3
        if answer.faces == 0:
            raise PerceptionFailed("The mirror lost the face of the benchmark's frames.")
        self.reply_bytes.append(len(answer.reply))
        timings = self._pipeline.timings_ms
        perceive, geometry = timings["perceive"], timings["geometry"]
        draw = self._pipeline.whole_ms - perceive - geometry
        # The rest of the worker's time is the encoder's, but for the reply's header.
        encode = whole - answer.decode_ms - self._pipeline.whole_ms
        return answer.decode_ms, perceive, geometry, draw, encode


class _Listening:
    """A pipeline that remembers how long its last frame took."""

    def __init__(self, settings: Settings) -> None:
        self._pipeline = Pipeline(settings)
        self.timings_ms: dict[str, float] = {}
        self.whole_ms = 0.0

    def process(self, frame: Frame, look: Any, engine: Any, /) -> Rendered:
        begin = time.perf_counter()
        rendered = self._pipeline.process(frame, look, engine)
        self.whole_ms = (time.perf_counter() - begin) * 1e3
        self.timings_ms = rendered.timings_ms
        return rendered

    def reset(self) -> None:
        self._pipeline.reset()

    def measure(self, request: MeasureRequest, /) -> None:
        self._pipeline.measure(request)
