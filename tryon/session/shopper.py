"""One shopper's session, on the event loop; only ``_work`` runs in a worker thread.

A session holds the shopper's last picture and landmarks (inside its pipeline) for as long as it lives,
and nothing else does.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tryon import jpeg
from tryon.config import Settings
from tryon.errors import BadFrame, ConsentMissing, OverBudget, ProtocolError, TryOnError
from tryon.session.answer import NOT_ASKED, Answer, Answerer, FrameJob, ItemLike, LookLike, PipelineLike
from tryon.wire.control import (
    Bye,
    Consent,
    Dropped,
    Failure,
    Hello,
    LookAnswer,
    LookItem,
    LookRequest,
    Ready,
    ReplyMode,
    ReplyRequest,
    Status,
    parse_shopper,
)
from tryon.wire.measure import Measure, MeasureRequest
from tryon.wire.messages import VERSION, parse_frame
from tryon.wire.outbox import Outbox
from tryon.wire.pacing import MAX_IN_FLIGHT, Budget, Paced, TokenBucket
from tryon.workers import Failed, WorkerPool

_log = logging.getLogger(__name__)

# Of the text in templates/mirror.html; a new text needs a new version, and every shopper's new consent.
CONSENT_VERSION: Final = 2

CLOSE_NORMAL: Final = 1000
CLOSE_GOING_AWAY: Final = 1001
CLOSE_POLICY: Final = 1008

# Sixteen bad messages end a session; one is forgiven every ten seconds.
_STRIKES: Final = 16
_STRIKES_FORGIVEN_PER_S: Final = 0.1

# The writer is behind when one answer still waits while another one is being sent.
_PICTURES_UNSENT_MAX: Final = 2


@dataclass(frozen=True, slots=True)
class Services:
    """What all sessions share: workers, products, and how to begin. None of it knows a shopper."""

    settings: Settings
    pool: WorkerPool[Any]
    make_pipeline: Callable[[], PipelineLike]
    resolve: Callable[[Sequence[LookItem], Sequence[Sequence[LookItem]]], LookLike]
    bare_look: LookLike
    hint_texts: Mapping[str, str]


class Session:
    """One shopper's socket, from hello to close. ``clock`` is monotonic, in seconds."""

    def __init__(self, services: Services, clock: Callable[[], float]) -> None:
        settings = services.settings
        now_s = clock()
        self._services = services
        self._clock = clock
        self.outbox = Outbox(clock)
        self._lane = services.pool.lane(self._work, self._deliver)
        self._budget = Budget(settings.frames_per_second_max, settings.bytes_per_second_max, now_s)
        self._strikes = TokenBucket(_STRIKES_FORGIVEN_PER_S, _STRIKES, now_s)
        self._status: Paced[Status] = Paced()
        self._asked = NOT_ASKED
        self._measured: Paced[Measure] = Paced()
        self._heard_s = now_s
        self._told_budget_s = float("-inf")
        self._consented = False
        self._mode: ReplyMode = settings.reply
        self._look: LookLike | None = services.bare_look
        self._wanted: LookRequest | None = None
        self._loading: asyncio.Task[None] | None = None
        self._answerer: Answerer | None = None
        self._hints: tuple[str, ...] = ()
        self._faces = 0
        self._shades: tuple[tuple[str, str], ...] = ()
        self._closed = False
        self.dropped = 0
        self.refused = 0

    # From the socket.

    def open(self) -> None:
        """Greet the shopper."""
        settings, limits = self._services.settings, jpeg.LIVE_FRAME
        self._say(
            Hello(
                protocol=VERSION,
                consent_version=CONSENT_VERSION,
                reply=self._mode,
                max_in_flight=MAX_IN_FLIGHT,
                max_width=limits.max_width_px,
                max_height=limits.max_height_px,
                max_bytes=limits.max_bytes,
                max_fps=settings.frames_per_second_max,
                hint_texts=dict(self._services.hint_texts),
            )
        )

    def text(self, text: str) -> None:
        """A text message arrived."""
        self._heard_s = now_s = self._clock()
        try:
            self._budget.admit_text(len(text), now_s)
            message = parse_shopper(text)
            if isinstance(message, Consent):
                self._consent(message)
            elif isinstance(message, LookRequest):
                self._wear(message)
            elif isinstance(message, ReplyRequest):
                self._mode = message.mode
            elif isinstance(message, MeasureRequest):
                self._measure(message)
            else:
                self.outbox.close(CLOSE_NORMAL)
        except ProtocolError as error:
            self._refuse(error)

    def binary(self, data: bytes) -> None:
        """A binary message arrived. Before consent nothing but its header is read."""
        self._heard_s = now_s = self._clock()
        try:
            message = parse_frame(data)
        except ProtocolError as error:
            sequence = error.details.get("sequence")
            self._refuse(error, sequence if isinstance(sequence, int) else None)
            return
        try:
            if not self._consented:
                raise ConsentMissing("A frame came before consent and was not looked at. Send consent first.")
            self._budget.admit_frame(len(data), now_s)
        except ProtocolError as error:
            self._refuse(error, message.sequence)
            return
        replaced = self._lane.offer(FrameJob(message, now_s))
        if replaced is not None:
            self._drop(replaced.message.sequence)

    def tick(self) -> None:
        """Call some times a second: tells what is due, and ends a session that has gone silent."""
        now_s = self._clock()
        self._tell_status(now_s)
        if now_s - self._heard_s > self._services.settings.idle_timeout_s:
            self.leave("idle")

    def leave(self, reason: str) -> None:
        """Say why the server closes ("draining" or "idle"), and close."""
        self._say(Bye("idle" if reason == "idle" else "draining"))
        self.outbox.close(CLOSE_GOING_AWAY)

    def sent(self) -> None:
        """A message left the outbox."""
        self._pace()

    def close(self) -> None:
        """Let go of every picture and landmark. Idempotent."""
        self._closed = True
        self._lane.close()
        self.outbox.clear()
        if self._loading is not None:
            self._loading.cancel()
        self._answerer = None
        self._look = self._wanted = None

    # Control.

    def _consent(self, message: Consent) -> None:
        if message.version != CONSENT_VERSION:
            raise ConsentMissing(
                f"The consent is for text version {message.version}, which is now {CONSENT_VERSION}. "
                "Reload the page and read it again."
            )
        if not self._consented:
            self._answerer = self._new_answerer()
            self._consented = True
        self._say(Ready())

    def _wear(self, request: LookRequest) -> None:
        """Load the look beside the frames; while one loads, only the newest wish is kept."""
        self._wanted = request
        if self._loading is None:
            self._loading = asyncio.get_running_loop().create_task(self._load_looks())

    def _measure(self, request: MeasureRequest) -> None:
        """Measure as asked from the next frame on. What an older request found is told no more."""
        answerer, before = self._answerer, self._asked
        # A request that no frame has met yet is not forgotten over the next one.
        unmet = answerer is None or answerer.asked is not before
        self._asked = replace(request, again=request.again or (unmet and before.again))
        self._measured = Paced()

    async def _load_looks(self) -> None:
        try:
            while (request := self._wanted) is not None:
                self._wanted = None
                await self._load_look(request)
        finally:
            self._loading = None

    async def _load_look(self, request: LookRequest) -> None:
        try:
            look = await self._services.pool.load(self._services.resolve, request.items, request.beside)
        except TryOnError as error:
            self._say(Failure(error.code, error.sentence, id=request.id))
        except Exception as error:  # noqa: BLE001 - a product that cannot be loaded costs this look only
            _log.error("a look could not be loaded: %s", type(error).__name__)
            self._say(Failure("error", "This product could not be loaded; choose another.", id=request.id))
        else:
            self._look = look
            beside = tuple(_asked(items) for items in look.beside)
            self._say(LookAnswer(request.id, _asked(look.items), beside))

    # Frames.

    def _new_answerer(self) -> Answerer:
        services = self._services
        return Answerer(services.make_pipeline, services.settings.jpeg_quality, self._clock)

    def _work(self, engine: Any, job: FrameJob) -> Answer:
        """In a worker thread. The look is the newest one at the moment when the work begins."""
        answerer = self._answerer
        if answerer is None:
            raise ConsentMissing("The session has ended.")
        return answerer.answer(engine, job, self._look, self._mode, self._asked)

    def _deliver(self, job: FrameJob, outcome: Answer | Failed) -> None:
        now_s = self._clock()
        if isinstance(outcome, Failed):
            if outcome.broken:
                self._answerer = self._new_answerer()
            self._refuse(outcome.error, job.message.sequence)
        else:
            self._budget.charge_decode(outcome.decode_ms, now_s)
            self._hints, self._faces, self._shades = outcome.hints, outcome.faces, outcome.shades
            if outcome.measured is not None and outcome.asked is self._asked:
                self._measured.set(outcome.measured)
            self.outbox.put(outcome.reply, picture=True)
        self._tell_status(now_s)
        self._pace()

    def _pace(self) -> None:
        """Work on no further frame while the shopper has not read the answers."""
        if self.outbox.pictures >= _PICTURES_UNSENT_MAX:
            self._lane.hold()
        else:
            self._lane.release()

    # To the socket.

    def _say(self, message: Any) -> None:
        self.outbox.put(message.serialize())

    def _tell_status(self, now_s: float) -> None:
        self._status.set(Status(self._hints, self._faces, self.dropped, self._shades))
        due = self._status.due(now_s) if self._consented else None
        if due is not None:
            self._say(due)
        measured = self._measured.due(now_s)
        if measured is not None:
            self._say(measured)

    def _drop(self, sequence: int) -> None:
        self.dropped += 1
        self._say(Dropped(sequence))

    def _refuse(self, error: TryOnError, sequence: int | None = None) -> None:
        """Say what was wrong; close when it happens too often. A frame over budget is told once a second."""
        self.refused += 1
        now_s = self._clock()
        if not isinstance(error, OverBudget) or now_s - self._told_budget_s >= 1:
            self._told_budget_s = now_s if isinstance(error, OverBudget) else self._told_budget_s
            self._say(Failure(error.code, error.sentence, sequence=sequence))
            # The model's own failures are not the shopper's.
            if isinstance(error, BadFrame | ProtocolError):
                self._strikes.take(1, now_s)
        if sequence is not None:
            self._drop(sequence)
        if self._strikes.level(now_s) < 1:
            self.outbox.close(CLOSE_POLICY)


def _asked(items: Sequence[ItemLike]) -> tuple[LookItem, ...]:
    return tuple(
        LookItem(item.sku, item.shade, item.strength, item.power, item.finish, item.template, item.side)
        for item in items
    )
