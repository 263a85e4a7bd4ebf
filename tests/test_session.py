from __future__ import annotations

import asyncio
import gc
import math
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon import jpeg
from tryon.config import Settings
from tryon.errors import PerceptionFailed, UnknownProduct
from tryon.frame import U8, Frame, Rect
from tryon.session import CONSENT_VERSION, Services, Session, answer_rect
from tryon.wire.control import (
    Bye,
    Consent,
    Dropped,
    Failure,
    Hello,
    Leave,
    LookAnswer,
    LookItem,
    LookRequest,
    Ready,
    ReplyRequest,
    ServerMessage,
    Status,
    parse_server,
)
from tryon.wire.measure import Measure, MeasureRequest
from tryon.wire.messages import FrameMessage, Reply, ReplyKind, parse_reply
from tryon.workers import WorkerPool

PICTURE: U8 = np.full((96, 128, 3), 120, np.uint8)
JPEG = jpeg.encode(PICTURE, 90)
M = TypeVar("M", bound="Reply | ServerMessage")


class Engine:
    def warm_up(self, progress: Callable[[str, float], None]) -> None: ...
    def close(self) -> None: ...


@dataclass
class Painted:
    bgr: U8
    dirty: Rect | None
    hints: tuple[str, ...] = ()
    faces: int = 1
    measured: Measure | None = None
    shades: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Look:
    """Paints ``grey`` into ``dirty``; ``step`` runs first."""

    dirty: Rect | None = None
    grey: int = 200
    hints: tuple[str, ...] = ()
    shades: tuple[tuple[str, str], ...] = ()
    step: Callable[[], None] = lambda: None
    items: tuple[LookItem, ...] = ()
    beside: tuple[tuple[LookItem, ...], ...] = ()


class Painter:
    """A pipeline that does what the look says, and remembers the last picture as a real one does."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.resets = 0
        self.asked: list[MeasureRequest] = []

    def process(self, frame: Frame, look: Look, _engine: Engine, /) -> Painted:
        self.frames.append(frame)
        look.step()
        bgr = frame.bgr.copy()
        if look.dirty is not None:
            bgr[look.dirty.y0 : look.dirty.y1, look.dirty.x0 : look.dirty.x1] = look.grey
        return Painted(bgr, look.dirty, look.hints, 0 if look.hints else 1, self._measured(), look.shades)

    def measure(self, request: MeasureRequest, /) -> None:
        self.asked.append(request)

    def _measured(self) -> Measure | None:
        """Every frame counts."""
        if not self.asked or self.asked[-1].mode == "off":
            return None
        return Measure(self.asked[-1].mode, "measuring", len(self.frames), 99)

    def reset(self) -> None:
        self.resets += 1


class Shop:
    """Everything around the sessions, with a clock that the test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.pool: WorkerPool[Engine] = WorkerPool(2, Engine, hang_deadline_s=0.4)
        self.painters: list[Painter] = []
        self.looks: dict[str, Look] = {}
        self.loading = threading.Event()
        self.loading.set()

    def visit(self, bare: Look | None = None, **settings: Any) -> Visit:
        services = Services(
            settings=Settings(**settings),
            pool=self.pool,
            make_pipeline=self._painter,
            resolve=self._resolve,
            bare_look=bare or Look(),
            hint_texts={"no_face": "No face."},
        )
        return Visit(self, Session(services, lambda: self.now_s))

    def _painter(self) -> Painter:
        self.painters.append(Painter())
        return self.painters[-1]

    def _resolve(self, items: Sequence[LookItem], beside: Sequence[Sequence[LookItem]]) -> Look:
        self.loading.wait(5)
        if not items:
            return Look()
        if items[0].sku not in self.looks:
            raise UnknownProduct(f"The catalogue has no {items[0].sku}.")
        filled = tuple(replace(item, shade=item.shade or "first") for item in items)
        return replace(self.looks[items[0].sku], items=filled, beside=tuple(map(tuple, beside)))


class Visit:
    """A session, and the shopper's side of it."""

    def __init__(self, shop: Shop, session: Session) -> None:
        self.shop = shop
        self.session = session
        self.sent: list[Reply | ServerMessage] = []
        self.code: int | None = None
        self.reading = asyncio.Event()
        self.reading.set()
        self._news = asyncio.Event()
        self._pump = asyncio.create_task(self._read())

    async def _read(self) -> None:
        self.code = await self.session.outbox.pump(self._take, self.session.sent)
        self._news.set()

    async def _take(self, message: bytes | str) -> None:
        await self.reading.wait()
        self.sent.append(parse_reply(message) if isinstance(message, bytes) else parse_server(message))
        self._news.set()

    def agree(self) -> Visit:
        self.session.open()
        self.session.text(Consent(CONSENT_VERSION).serialize())
        return self

    def frame(
        self, sequence: int, data: bytes = JPEG, t_ms: float | None = None, still: bool = False
    ) -> None:
        t_ms = float(sequence + 1) * 33 if t_ms is None else t_ms
        self.session.binary(FrameMessage(sequence, t_ms, data, still).serialize())

    def all(self, kind: type[M]) -> list[M]:
        return [message for message in self.sent if isinstance(message, kind)]

    async def wait(self, kind: type[M], count: int = 1) -> list[M]:
        """The messages of a kind, once there are ``count``."""
        while len(self.all(kind)) < count:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 5)
        return self.all(kind)

    async def closed(self) -> int | None:
        await asyncio.wait_for(asyncio.shield(self._pump), 5)
        return self.code

    async def settle(self) -> None:
        """Let everything that is on its way arrive."""
        await asyncio.sleep(0.05)

    async def end(self) -> None:
        self.session.close()
        self._pump.cancel()
        await asyncio.gather(self._pump, return_exceptions=True)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    await shop.pool.start()
    yield shop
    shop.loading.set()
    assert shop.pool.close()


async def test_the_greeting_tells_the_limits(shop: Shop) -> None:
    visit = shop.visit(reply="whole", frames_per_second_max=30)
    visit.session.open()
    (hello,) = await visit.wait(Hello)
    assert (hello.protocol, hello.consent_version, hello.reply) == (1, CONSENT_VERSION, "whole")
    assert (hello.max_in_flight, hello.max_width, hello.max_height) == (2, 1280, 1280)
    assert (hello.max_bytes, hello.max_fps) == (512 * 1024, 30)
    assert hello.hint_texts == {"no_face": "No face."}
    await visit.end()


async def test_a_frame_before_consent_is_refused_and_never_worked_on(shop: Shop) -> None:
    visit = shop.visit()
    visit.session.open()
    visit.frame(5)
    (failure,) = await visit.wait(Failure)
    (dropped,) = await visit.wait(Dropped)
    assert (failure.code, failure.sequence, dropped.sequence) == ("consent_missing", 5, 5)
    assert visit.session.refused == 1
    assert shop.painters == []
    await visit.end()


@pytest.mark.parametrize("version", [CONSENT_VERSION - 1, CONSENT_VERSION + 1])
async def test_consent_to_another_text_is_no_consent(shop: Shop, version: int) -> None:
    visit = shop.visit()
    visit.session.text(Consent(version).serialize())
    visit.frame(0)
    failures = await visit.wait(Failure, 2)
    assert [failure.code for failure in failures] == ["consent_missing"] * 2
    assert visit.all(Ready) == []
    await visit.end()


async def test_after_consent_a_bare_face_is_answered_unchanged(shop: Shop) -> None:
    visit = shop.visit().agree()
    await visit.wait(Ready)
    shop.now_s += 0.5
    visit.frame(7, t_ms=231.5)
    (reply,) = await visit.wait(Reply)
    assert (reply.kind, reply.sequence, reply.t_ms) == (ReplyKind.UNCHANGED, 7, 231.5)
    assert (reply.frame_width, reply.frame_height, reply.jpeg) == (128, 96, b"")
    await visit.end()


async def test_server_us_counts_from_receipt_and_includes_waiting(shop: Shop) -> None:
    def later() -> None:
        shop.now_s += 0.25

    visit = shop.visit(Look(step=later)).agree()
    visit.frame(0)
    (reply,) = await visit.wait(Reply)
    assert reply.server_us == 250_000
    await visit.end()


async def test_looks_side_by_side_are_resolved_and_told_together(shop: Shop) -> None:
    shop.looks["glasses"] = Look(Rect(40, 30, 60, 50), grey=255)
    visit = shop.visit().agree()
    beside = ((), (LookItem("glasses", "gold"),))
    visit.session.text(LookRequest(4, (LookItem("glasses"),), beside).serialize())
    (answer,) = await visit.wait(LookAnswer)
    assert (answer.id, answer.beside) == (4, beside)
    await visit.end()


async def test_a_change_is_answered_by_its_rectangle_on_the_block_grid(shop: Shop) -> None:
    shop.looks["glasses"] = Look(Rect(40, 30, 60, 50), grey=255)
    visit = shop.visit().agree()
    visit.session.text(LookRequest(3, (LookItem("glasses"),)).serialize())
    (answer,) = await visit.wait(LookAnswer)
    assert (answer.id, answer.items) == (3, (LookItem("glasses", "first"),))
    visit.frame(0)
    (reply,) = await visit.wait(Reply)
    assert (reply.kind, reply.rect) == (ReplyKind.RECTANGLE, Rect(32, 16, 80, 64))
    part = jpeg.decode(reply.jpeg)
    assert part.shape == (48, 48, 3)
    assert part[20, 20].tolist() == pytest.approx([255] * 3, abs=3)
    assert part[2, 2].tolist() == pytest.approx([120] * 3, abs=3)
    await visit.end()


async def test_whole_frames_on_request_and_rectangles_again(shop: Shop) -> None:
    visit = shop.visit(Look(Rect(40, 30, 60, 50))).agree()
    visit.session.text(ReplyRequest("whole").serialize())
    visit.frame(0)
    await visit.wait(Reply, 1)
    visit.session.text(ReplyRequest("rectangle").serialize())
    visit.frame(1)
    whole, part = await visit.wait(Reply, 2)
    assert (whole.kind, whole.rect) == (ReplyKind.WHOLE, Rect(0, 0, 128, 96))
    assert part.kind is ReplyKind.RECTANGLE
    await visit.end()


async def test_whole_mode_sends_the_bare_face_as_a_picture(shop: Shop) -> None:
    visit = shop.visit(reply="whole").agree()
    visit.frame(0)
    (reply,) = await visit.wait(Reply)
    assert reply.kind is ReplyKind.WHOLE
    assert jpeg.decode(reply.jpeg).shape == (96, 128, 3)
    await visit.end()


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        pytest.param(Rect(40, 40, 41, 41), Rect(32, 32, 64, 64), id="one_pixel"),
        pytest.param(Rect(40, 40, 56, 56), Rect(32, 32, 64, 64), id="margin_to_the_grid"),
        pytest.param(Rect(39, 40, 56, 57), Rect(16, 32, 64, 80), id="one_pixel_past_the_grid"),
        pytest.param(Rect(0, 0, 5, 5), Rect(0, 0, 16, 16), id="corner"),
        pytest.param(Rect(630, 470, 640, 480), Rect(608, 448, 640, 480), id="far_corner"),
        pytest.param(Rect(0, 0, 640, 480), None, id="all"),
        pytest.param(Rect(8, 8, 632, 328), None, id="seventy_percent"),
        pytest.param(Rect(8, 8, 632, 312), Rect(0, 0, 640, 320), id="less_than_seventy_percent"),
    ],
)
def test_the_rectangle_that_is_sent(dirty: Rect, expected: Rect | None) -> None:
    assert answer_rect(dirty, 640, 480) == expected


@given(
    x=st.integers(0, 1279),
    y=st.integers(0, 1279),
    width=st.integers(1, 1280),
    height=st.integers(1, 1280),
    frame=st.tuples(st.integers(32, 1280), st.integers(32, 1280)),
)
def test_the_rectangle_holds_the_change_and_lies_in_the_frame(
    x: int, y: int, width: int, height: int, frame: tuple[int, int]
) -> None:
    dirty = Rect(x, y, x + width, y + height).clip(*frame)
    if dirty.empty:
        return
    rect = answer_rect(dirty, *frame)
    if rect is not None:
        assert rect.clip(*frame) == rect
        assert rect.union(dirty) == rect
        assert rect.x0 % 16 == rect.y0 % 16 == 0


async def test_an_unknown_product_is_told_and_the_old_look_stays(shop: Shop) -> None:
    visit = shop.visit(Look(Rect(40, 30, 60, 50))).agree()
    visit.session.text(LookRequest(9, (LookItem("nothing"),)).serialize())
    (failure,) = await visit.wait(Failure)
    assert (failure.code, failure.id, failure.sequence) == ("unknown_product", 9, None)
    visit.frame(0)
    (reply,) = await visit.wait(Reply)
    assert reply.kind is ReplyKind.RECTANGLE
    await visit.end()


async def test_frames_flow_with_the_old_look_while_the_new_one_loads(shop: Shop) -> None:
    shop.looks["new"] = Look(Rect(40, 30, 60, 50))
    visit = shop.visit().agree()
    shop.loading.clear()
    visit.session.text(LookRequest(1, (LookItem("new"),)).serialize())
    for sequence in range(3):
        visit.frame(sequence)
        await visit.wait(Reply, sequence + 1)
    assert {reply.kind for reply in visit.all(Reply)} == {ReplyKind.UNCHANGED}
    shop.loading.set()
    await visit.wait(LookAnswer)
    visit.frame(3)
    assert (await visit.wait(Reply, 4))[3].kind is ReplyKind.RECTANGLE
    await visit.end()


async def test_while_one_look_loads_only_the_newest_wish_is_kept(shop: Shop) -> None:
    shop.looks = {str(number): Look(grey=number) for number in range(1, 9)}
    visit = shop.visit().agree()
    shop.loading.clear()
    for number in range(1, 9):
        visit.session.text(LookRequest(number, (LookItem(str(number)),)).serialize())
        await asyncio.sleep(0.01)
    shop.loading.set()
    answers = await visit.wait(LookAnswer, 2)
    await visit.settle()
    assert [answer.id for answer in visit.all(LookAnswer)] == [1, 8]
    assert len(answers) == 2
    await visit.end()


async def test_of_a_hundred_frames_at_once_the_newest_wins(shop: Shop) -> None:
    gate, begun = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        gate.wait(5)

    visit = shop.visit(Look(step=wait)).agree()
    visit.frame(0)
    await asyncio.to_thread(begun.wait, 5)
    for sequence in range(1, 100):
        visit.frame(sequence)
    gate.set()
    replies = await visit.wait(Reply, 2)
    assert [reply.sequence for reply in replies] == [0, 99]
    assert [message.sequence for message in await visit.wait(Dropped, 98)] == list(range(1, 99))
    await visit.settle()
    assert len(visit.all(Reply)) == 2
    assert visit.all(Failure) == []
    await visit.end()


async def test_frames_over_the_budget_are_dropped_and_told_once_a_second(shop: Shop) -> None:
    visit = shop.visit(frames_per_second_max=10).agree()
    for sequence in range(40):
        visit.frame(sequence)
    failures = await visit.wait(Failure)
    await visit.settle()
    assert [failure.code for failure in failures] == ["over_budget"]
    assert len(visit.all(Failure)) == 1
    assert len(visit.all(Dropped)) + len(visit.all(Reply)) == 40
    assert {message.sequence for message in visit.all(Dropped)} >= set(range(20, 40))
    shop.now_s += 1
    visit.frame(40)
    await visit.settle()
    assert visit.all(Reply)[-1].sequence == 40
    await visit.end()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"not a picture", "not_a_jpeg", id="text"),
        pytest.param(JPEG[:-2], "not_a_jpeg", id="truncated"),
        pytest.param(jpeg.encode(PICTURE[:1, :1], 90), "picture_too_small", id="1x1"),
        pytest.param(jpeg.encode(np.zeros((32, 1281, 3), np.uint8), 50), "picture_too_large", id="1281_wide"),
    ],
)
async def test_a_bad_picture_costs_one_frame(shop: Shop, data: bytes, code: str) -> None:
    visit = shop.visit().agree()
    visit.frame(0, data)
    (failure,) = await visit.wait(Failure)
    (dropped,) = await visit.wait(Dropped)
    assert (failure.code, failure.sequence, dropped.sequence) == (code, 0, 0)
    visit.frame(1)
    assert (await visit.wait(Reply))[0].sequence == 1
    await visit.end()


async def test_a_wrong_version_byte_is_told_by_its_own_code(shop: Shop) -> None:
    visit = shop.visit().agree()
    visit.session.binary(b"\x02" + FrameMessage(0, 0.0, JPEG).serialize()[1:])
    (failure,) = await visit.wait(Failure)
    assert failure.code == "wrong_version"
    await visit.end()


async def test_sixteen_bad_messages_close_the_session(shop: Shop) -> None:
    visit = shop.visit().agree()
    for _ in range(15):
        visit.session.text("no json")
    await visit.wait(Failure, 15)
    assert visit.code is None
    visit.session.binary(b"short")
    assert await visit.closed() == 1008
    assert len(visit.all(Failure)) == 16
    await visit.end()


async def test_bad_messages_are_forgiven_in_time(shop: Shop) -> None:
    visit = shop.visit().agree()
    for _ in range(40):
        visit.session.text("no json")
        shop.now_s += 10
    await visit.wait(Failure, 40)
    assert visit.code is None
    await visit.end()


async def test_frames_without_consent_close_the_session_in_the_end(shop: Shop) -> None:
    visit = shop.visit()
    for sequence in range(16):
        visit.frame(sequence)
    assert await visit.closed() == 1008
    await visit.end()


async def test_the_models_own_failures_are_not_held_against_the_shopper(shop: Shop) -> None:
    def fail() -> None:
        raise PerceptionFailed("The model failed.")

    visit = shop.visit(Look(step=fail)).agree()
    for sequence in range(20):
        visit.frame(sequence)
        await visit.wait(Dropped, sequence + 1)
    assert {failure.code for failure in visit.all(Failure)} == {"perception_failed"}
    assert visit.code is None
    await visit.end()


@pytest.mark.parametrize("harm", ["crash", "hang"])
async def test_after_a_crash_or_a_hang_the_shopper_goes_on_with_new_tracking(shop: Shop, harm: str) -> None:
    gate, shaken = threading.Event(), [True]

    def shake() -> None:
        if shaken and shaken.pop():
            if harm == "crash":
                raise ValueError("inside the model")
            gate.wait(5)

    visit = shop.visit(Look(step=shake)).agree()
    visit.frame(0)
    (failure,) = await visit.wait(Failure)
    assert (failure.code, failure.sequence) == ("perception_failed", 0)
    visit.frame(1)
    (reply,) = await visit.wait(Reply)
    assert reply.sequence == 1
    assert [len(painter.frames) for painter in shop.painters] == [1, 1]
    gate.set()
    await visit.end()


async def test_a_photo_is_tracked_on_its_own(shop: Shop) -> None:
    visit = shop.visit().agree()
    visit.frame(0)
    await visit.wait(Reply, 1)
    visit.frame(1, t_ms=5.0, still=True)
    await visit.wait(Reply, 2)
    visit.frame(2)
    await visit.wait(Reply, 3)
    assert [[frame.sequence for frame in painter.frames] for painter in shop.painters] == [[0, 2], [1]]
    assert shop.painters[0].resets == 0
    await visit.end()


async def test_a_clock_that_steps_back_begins_a_new_scene(shop: Shop) -> None:
    visit = shop.visit().agree()
    for sequence, t_ms in enumerate((100.0, 133.0, 133.0, 20.0, 53.0)):
        visit.frame(sequence, t_ms=t_ms)
        await visit.wait(Reply, sequence + 1)
    assert shop.painters[0].resets == 2
    await visit.end()


async def test_a_time_that_is_no_number_is_refused(shop: Shop) -> None:
    visit = shop.visit().agree()
    visit.frame(4, t_ms=math.nan)
    (failure,) = await visit.wait(Failure)
    assert (failure.code, failure.sequence) == ("protocol", 4)
    await visit.end()


async def test_which_shade_is_the_wearers_own_is_told(shop: Shop) -> None:
    shop.looks = {"base": Look(shades=(("base", "honey-warm"),)), "bare": Look()}
    visit = shop.visit().agree()
    for number, sku in enumerate(("base", "bare"), start=1):
        visit.session.text(LookRequest(number, (LookItem(sku),)).serialize())
        await visit.wait(LookAnswer, number)
        visit.frame(number)
        await visit.wait(Reply, number)
        await visit.wait(Status, number)
        shop.now_s += 1
    assert visit.all(Status) == [Status((), 1, 0, (("base", "honey-warm"),)), Status((), 1, 0)]
    await visit.end()


async def test_the_status_is_told_when_it_changes_and_four_times_a_second_at_most(shop: Shop) -> None:
    shop.looks = {"far": Look(hints=("too_far",)), "dark": Look(hints=("too_dark",))}
    visit = shop.visit().agree()
    for sequence in range(5):
        visit.frame(sequence)
        await visit.wait(Reply, sequence + 1)
    assert await visit.wait(Status) == [Status((), 1, 0)]
    shop.now_s += 1
    for number, sku in enumerate(("far", "dark"), start=1):
        visit.session.text(LookRequest(number, (LookItem(sku),)).serialize())
        await visit.wait(LookAnswer, number)
        visit.frame(4 + number)
        await visit.wait(Reply, 5 + number)
    await visit.settle()
    assert visit.all(Status)[1:] == [Status(("too_far",), 0, 0)]
    shop.now_s += 0.25
    visit.session.tick()
    await visit.settle()
    assert visit.all(Status)[2:] == [Status(("too_dark",), 0, 0)]
    await visit.end()


async def test_a_shopper_who_does_not_read_gets_no_further_frames_worked_on(shop: Shop) -> None:
    visit = shop.visit().agree()
    await visit.wait(Ready)
    visit.reading.clear()
    for sequence in range(50):
        visit.frame(sequence)
        await asyncio.sleep(0.002)
    assert len(shop.painters[0].frames) <= 4
    assert visit.session.outbox.pictures <= 3
    shop.now_s += 3
    assert visit.session.outbox.stuck_s(shop.now_s) == 3
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(visit.session.outbox.room(), 0.01)
    visit.reading.set()
    await visit.settle()
    assert visit.all(Reply)[-1].sequence == 49
    assert visit.session.outbox.stuck_s(shop.now_s) == 0
    await visit.session.outbox.room()
    await visit.end()


async def test_a_silent_shopper_is_sent_away(shop: Shop) -> None:
    visit = shop.visit(idle_timeout_s=10).agree()
    shop.now_s += 10
    visit.session.tick()
    await visit.settle()
    assert visit.code is None
    shop.now_s += 0.1
    visit.session.tick()
    assert await visit.closed() == 1001
    assert visit.all(Bye) == [Bye("idle")]
    await visit.end()


async def test_a_shopper_who_leaves_is_closed_normally(shop: Shop) -> None:
    visit = shop.visit().agree()
    visit.session.text(Leave().serialize())
    assert await visit.closed() == 1000
    await visit.end()


async def test_a_server_that_stops_says_so(shop: Shop) -> None:
    visit = shop.visit().agree()
    visit.session.leave("draining")
    assert await visit.closed() == 1001
    assert visit.sent[-1] == Bye("draining")
    await visit.end()


async def test_two_shoppers_share_nothing(shop: Shop) -> None:
    shop.looks = {"black": Look(Rect(40, 30, 60, 50), grey=0), "white": Look(Rect(40, 30, 60, 50), grey=255)}
    visits = [shop.visit().agree(), shop.visit().agree()]
    for visit, sku in zip(visits, shop.looks, strict=True):
        visit.session.text(LookRequest(1, (LookItem(sku),)).serialize())
        await visit.wait(LookAnswer)
    for sequence in range(10):
        visits[0].frame(sequence)
        visits[1].frame(100 + sequence)
        for visit in visits:
            await visit.wait(Reply, sequence + 1)
    for visit, first, grey in zip(visits, (0, 100), (0, 255), strict=True):
        replies = visit.all(Reply)
        assert [reply.sequence for reply in replies] == list(range(first, first + 10))
        for reply in replies:
            assert jpeg.decode(reply.jpeg)[20, 20].tolist() == pytest.approx([grey] * 3, abs=6)
    assert [{frame.sequence for frame in painter.frames} for painter in shop.painters] == [
        set(range(10)),
        set(range(100, 110)),
    ]
    for visit in visits:
        await visit.end()


async def test_a_closed_session_keeps_no_picture(shop: Shop) -> None:
    visit = shop.visit(Look(Rect(40, 30, 60, 50))).agree()
    for sequence in range(3):
        visit.frame(sequence)
    await visit.settle()
    visit.reading.clear()
    for sequence in range(3, 9):
        visit.frame(sequence)
        await asyncio.sleep(0.005)
    pictures = [weakref.ref(frame.bgr) for painter in shop.painters for frame in painter.frames]
    painters = [weakref.ref(painter) for painter in shop.painters]
    assert pictures
    shop.painters.clear()
    session = visit.session
    await visit.end()
    session.close()
    gc.collect()
    assert [ref() for ref in pictures] == [None] * len(pictures)
    assert [ref() for ref in painters] == [None]


MEASURE = MeasureRequest("iris")


async def test_sizes_are_told_while_they_are_asked_for_and_never_otherwise(shop: Shop) -> None:
    visit = shop.visit().agree()
    visit.frame(0)
    await visit.wait(Reply)
    visit.session.text(MEASURE.serialize())
    visit.frame(1)
    (told,) = await visit.wait(Measure)
    assert (told.mode, told.state, told.done) == ("iris", "measuring", 2)
    visit.session.text(MeasureRequest("off").serialize())
    shop.now_s += 1
    for sequence in (2, 3):
        visit.frame(sequence)
        await visit.wait(Reply, sequence + 1)
        shop.now_s += 1
        visit.session.tick()
    await visit.settle()
    assert len(visit.all(Measure)) == 1
    assert [request.mode for request in shop.painters[0].asked] == ["iris", "off"]
    await visit.end()


async def test_sizes_are_told_four_times_a_second_at_most_and_the_newest_in_the_end(shop: Shop) -> None:
    visit = shop.visit().agree()
    visit.session.text(MEASURE.serialize())
    for sequence in range(8):
        visit.frame(sequence)
        await visit.wait(Reply, sequence + 1)
        shop.now_s += 0.0625
    await visit.settle()
    assert [told.done for told in visit.all(Measure)] == [1, 5]
    shop.now_s += 0.25
    visit.session.tick()
    assert [told.done for told in await visit.wait(Measure, 3)] == [1, 5, 8]
    await visit.end()


async def test_what_a_frame_on_its_way_found_is_not_told_after_measuring_ended(shop: Shop) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        go_on.wait(5)

    visit = shop.visit(Look(step=wait)).agree()
    visit.session.text(MEASURE.serialize())
    visit.frame(0)
    await asyncio.to_thread(begun.wait, 5)
    visit.session.text(MeasureRequest("off").serialize())
    go_on.set()
    await visit.wait(Reply)
    shop.now_s += 1
    visit.session.tick()
    await visit.settle()
    assert visit.all(Measure) == []
    await visit.end()


async def test_beginning_again_is_not_lost_between_two_frames(shop: Shop) -> None:
    visit = shop.visit().agree()
    visit.session.text(MeasureRequest("iris", again=True).serialize())
    visit.session.text(MeasureRequest("card").serialize())
    visit.frame(0)
    await visit.wait(Reply)
    visit.session.text(MeasureRequest("iris").serialize())
    visit.frame(1)
    await visit.wait(Reply, 2)
    assert shop.painters[0].asked == [MeasureRequest("card", again=True), MeasureRequest("iris")]
    await visit.end()


async def test_a_photo_is_not_measured_and_says_so(shop: Shop) -> None:
    visit = shop.visit().agree()
    visit.session.text(MEASURE.serialize())
    visit.frame(0, still=True)
    (told,) = await visit.wait(Measure)
    assert (told.state, told.sizes) == ("still_photo", None)
    await visit.end()


async def test_a_new_pipeline_is_asked_again(shop: Shop) -> None:
    def crash() -> None:
        raise RuntimeError

    shop.looks["bad"] = Look(step=crash)
    visit = shop.visit().agree()
    visit.session.text(MEASURE.serialize())
    visit.session.text(LookRequest(1, (LookItem("bad"),)).serialize())
    await visit.wait(LookAnswer)
    visit.frame(0)
    await visit.wait(Dropped)
    visit.session.text(LookRequest(2, ()).serialize())
    await visit.wait(LookAnswer, 2)
    visit.frame(1)
    await visit.wait(Reply)
    assert [painter.asked for painter in shop.painters] == [[MEASURE], [MEASURE]]
    await visit.end()
