"""From a frame's bytes to its reply's bytes: all of a frame's pixel work, done in a worker thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tryon import jpeg
from tryon.frame import U8, Frame, Rect
from tryon.wire.control import ReplyMode
from tryon.wire.measure import Measure, MeasureRequest
from tryon.wire.messages import FrameMessage, Reply, ReplyKind

# The blocks of a JPEG with halved chroma; a rectangle on their grid codes no pixel twice.
_BLOCK_PX: Final = 16
# Unchanged pixels around the change, over which the browser can blend the picture into its own.
_MARGIN_PX: Final = 8
# From this share of the frame on, the whole frame costs no more and shows no edge.
_WHOLE_FROM: Final = 0.7

NOT_ASKED: Final = MeasureRequest("off")


class RenderedLike(Protocol):
    """What the session reads of a rendered frame; pixels outside ``dirty`` are the frame's own."""

    @property
    def bgr(self) -> U8: ...
    @property
    def dirty(self) -> Rect | None: ...
    @property
    def hints(self) -> tuple[str, ...]: ...
    @property
    def faces(self) -> int: ...
    @property
    def measured(self) -> Measure | None: ...
    @property
    def shades(self) -> tuple[tuple[str, str], ...]: ...


class ItemLike(Protocol):
    """A product of a look, its shade, strength and lens filled in."""

    @property
    def sku(self) -> str: ...
    @property
    def shade(self) -> str | None: ...
    @property
    def strength(self) -> float | None: ...
    @property
    def power(self) -> float | None: ...
    @property
    def finish(self) -> str | None: ...
    @property
    def template(self) -> str | None: ...
    @property
    def side(self) -> str | None: ...


class LookLike(Protocol):
    """What the session reads of a look."""

    @property
    def items(self) -> Sequence[ItemLike]: ...
    @property
    def beside(self) -> Sequence[Sequence[ItemLike]]: ...


class PipelineLike(Protocol):
    """One face's tracking state, used by one thread at a time."""

    def process(self, frame: Frame, look: Any, engine: Any, /) -> RenderedLike: ...
    def measure(self, request: MeasureRequest, /) -> None: ...
    def reset(self) -> None: ...


@dataclass(frozen=True, slots=True)
class FrameJob:
    """A frame and when it was received."""

    message: FrameMessage
    received_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A frame's reply, ready to be sent, and what is told beside it: the status, and sizes for who ``asked``."""

    reply: bytes
    hints: tuple[str, ...]
    faces: int
    decode_ms: float
    asked: MeasureRequest
    measured: Measure | None
    shades: tuple[tuple[str, str], ...]


def answer_rect(dirty: Rect, width: int, height: int) -> Rect | None:
    """What to send of a frame whose pixels changed inside ``dirty``; None for the whole frame."""
    rect = dirty.grow(_MARGIN_PX).align(_BLOCK_PX).clip(width, height)
    return None if rect.width * rect.height >= _WHOLE_FROM * width * height else rect


class Answerer:
    """One shopper's pipeline and how its frames are answered. Used by one worker thread at a time."""

    def __init__(
        self, make_pipeline: Callable[[], PipelineLike], quality: int, clock: Callable[[], float]
    ) -> None:
        self._make_pipeline = make_pipeline
        self._pipeline = make_pipeline()
        self._quality = quality
        self._clock = clock
        self._last_t_ms = float("-inf")
        self.asked = NOT_ASKED

    def answer(
        self, engine: Any, job: FrameJob, look: Any, mode: ReplyMode, asked: MeasureRequest = NOT_ASKED
    ) -> Answer:
        """Decode, render, encode. Raises BadFrame and whatever the pipeline raises."""
        message = job.message
        begun_s = self._clock()
        bgr = jpeg.decode(message.jpeg)
        decode_ms = (self._clock() - begun_s) * 1000
        frame = Frame(bgr, message.t_ms, message.sequence, spent=True)
        pipeline = self._pipeline_for(message)
        if asked is not self.asked:
            self._pipeline.measure(asked)
            self.asked = asked
        rendered = pipeline.process(frame, look, engine)
        kind, rect = _extent(rendered, frame, mode)
        view = rendered.bgr[rect.y0 : rect.y1, rect.x0 : rect.x1]
        payload = b"" if kind is ReplyKind.UNCHANGED else jpeg.encode(view, self._quality)
        reply = Reply(
            kind,
            message.sequence,
            message.t_ms,
            rect,
            frame.width_px,
            frame.height_px,
            round((self._clock() - job.received_s) * 1e6),
            payload,
        )
        measured = rendered.measured
        if message.still and asked.mode != "off":
            measured = Measure(asked.mode, "still_photo", 0, 1)
        return Answer(
            reply.serialize(), rendered.hints, rendered.faces, decode_ms, asked, measured, rendered.shades
        )

    def _pipeline_for(self, message: FrameMessage) -> PipelineLike:
        """A photo gets tracking of its own; a clock that steps back begins a new scene."""
        if message.still:
            return self._make_pipeline()
        if message.t_ms <= self._last_t_ms:
            self._pipeline.reset()
        self._last_t_ms = message.t_ms
        return self._pipeline


def _extent(rendered: RenderedLike, frame: Frame, mode: ReplyMode) -> tuple[ReplyKind, Rect]:
    whole = ReplyKind.WHOLE, Rect(0, 0, frame.width_px, frame.height_px)
    if mode == "whole":
        return whole
    if rendered.dirty is None or rendered.dirty.empty:
        return ReplyKind.UNCHANGED, Rect(0, 0, 0, 0)
    part = answer_rect(rendered.dirty, frame.width_px, frame.height_px)
    return whole if part is None else (ReplyKind.RECTANGLE, part)
