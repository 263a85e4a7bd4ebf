"""The fitting room: whose turn it is, what is kept, what is forgotten, what is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tryon.errors import BadFrame, ServerBusy, StoreInvalid
from tryon.frame import U8
from tryon.web import fitting
from tryon.web.fitting import Dress, FittingRoom, Person
from tryon.web.middle import Framing
from tryon.web.mirror import State
from tryon.workers import WorkerPool


class _Engine:
    def warm_up(self, _progress: Any) -> None: ...
    def close(self) -> None: ...


@dataclass
class _Sitting:
    fitter: _Fitter
    name: str

    def frames(self, _look: Any) -> int:
        return 3

    def frame(self, look: Any, engine: Any) -> None:
        assert isinstance(engine, _Engine)
        self.fitter.did.append(f"frame {self.name}")
        if look == "faceless":
            raise BadFrame("No face was found.")
        if look == "broken":
            raise ZeroDivisionError

    def picture(self, look: Any) -> bytes:
        return f"{look} on {self.name}".encode()


@dataclass
class _Fitter:
    did: list[str] = field(default_factory=list)

    def look(self, folder: Path, sku: str, shade: str | None) -> Any:
        self.did.append(f"look {folder} {shade}")
        return sku

    def framing(self, look: Any) -> Framing:
        return "whole" if look == "shirt" else "face"

    def find_portrait(self, engine: Any) -> None:
        assert isinstance(engine, _Engine)
        self.did.append("portrait")

    def sample(self, name: str, framing: Framing) -> Any:
        self.did.append(f"sample {name} {framing}")
        return _Sitting(self, name)

    def model(self, bgr: U8, framing: Framing, engine: Any) -> Any:
        assert isinstance(engine, _Engine)
        self.did.append(f"model {bgr.shape[0]} {framing}")
        return _Sitting(self, "model")


@dataclass
class Room:
    room: FittingRoom
    fitter: _Fitter
    mirror: SimpleNamespace
    clock: list[float]


@pytest.fixture
def opened() -> Callable[[], Any]:
    @asynccontextmanager
    async def open_room() -> AsyncIterator[Room]:
        pool: WorkerPool[Any] = WorkerPool(1, _Engine)
        await pool.start()
        mirror = SimpleNamespace(pool=pool, state=State("ready"))
        fitter, clock = _Fitter(), [0.0]
        room = FittingRoom(mirror, lambda: fitter, lambda: clock[0])  # type: ignore[arg-type]
        yield Room(room, fitter, mirror, clock)
        room.close()
        room.close()
        pool.close()

    return open_room


def dress(sku: str = "glasses", key: str = "1", shade: str | None = None) -> Dress:
    return Dress(key, sku, shade, lambda load: load(Path("folder")))


ANN, BOB = Person("portrait", "portrait"), Person("acme 1", read=lambda: np.zeros((7, 7, 3), np.uint8))


async def test_faces_are_found_once_and_products_loaded_once(opened: Callable[[], Any]) -> None:
    async with opened() as made:
        assert await made.room.draw(ANN, dress()) == b"glasses on portrait"
        assert made.fitter.did == ["look folder None", "portrait", "sample portrait face"] + 3 * [
            "frame portrait"
        ]
        made.fitter.did.clear()
        assert await made.room.draw(BOB, dress()) == b"glasses on model"
        assert await made.room.draw(ANN, dress(shade="red")) == b"glasses on portrait"
        assert [did for did in made.fitter.did if "frame" not in did] == ["model 7 face", "look folder red"]
        made.fitter.did.clear()
        # A draft that was saved anew is another dress; a shirt needs another picture of the same person.
        await made.room.draw(ANN, dress(key="2"))
        await made.room.draw(ANN, dress("shirt", key="3"))
        assert [did for did in made.fitter.did if "frame" not in did] == [
            "look folder None",
            "look folder None",
            "sample portrait whole",
        ]


async def test_drawings_take_turns(opened: Callable[[], Any]) -> None:
    async with opened() as made:
        await asyncio.gather(*(made.room.draw(person, dress()) for person in (ANN, BOB, ANN)))
        frames = [did for did in made.fitter.did if did.startswith("frame")]
        assert frames == 3 * ["frame portrait"] + 3 * ["frame model"] + 3 * ["frame portrait"]


async def test_whoever_is_deleted_is_forgotten_at_once_and_the_rest_after_a_while(
    opened: Callable[[], Any],
) -> None:
    async with opened() as made:
        await made.room.draw(ANN, dress())
        await made.room.draw(BOB, dress())
        made.room.forget(["acme 1"])
        assert [key for key, _ in made.room._sittings] == ["portrait"]
        made.clock[0] = fitting.IDLE_S - 1
        await made.room.draw(BOB, dress(key="2"))
        made.clock[0] = fitting.IDLE_S + 1
        made.room._tidy()
        assert [key for key, _ in made.room._sittings] == ["acme 1"]
        assert list(made.room._looks) == ["2 None"]
        made.clock[0] *= 2
        made.room._tidy()
        assert (len(made.room._sittings), len(made.room._looks)) == (0, 0)


async def test_what_is_used_goes_on_and_what_is_not_goes_in_time(opened: Callable[[], Any]) -> None:
    async with opened() as made:
        await made.room.draw(BOB, dress())
        made.clock[0] = fitting.IDLE_S - 0.05
        await made.room.draw(ANN, dress())
        # The first one's time is nearly over, whatever was drawn since.
        made.clock[0] = fitting.IDLE_S
        await asyncio.sleep(0.15)
        assert [key for key, _ in made.room._sittings] == ["portrait"]


async def test_no_more_is_kept_than_there_is_room_for(
    opened: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SITTINGS_MAX", 2)
    monkeypatch.setattr(fitting, "LOOKS_MAX", 1)
    async with opened() as made:
        for number in range(4):
            await made.room.draw(Person(f"{number}", read=BOB.read), dress(key=f"{number}"))
        assert [key for key, _ in made.room._sittings] == ["2", "3"]
        assert list(made.room._looks) == ["3 None"]


async def test_what_goes_wrong_is_told_and_costs_one_picture(opened: Callable[[], Any]) -> None:
    async with opened() as made:
        with pytest.raises(StoreInvalid, match="No face was found") as told:
            await made.room.draw(ANN, dress("faceless"))
        assert told.value.details["field"] == "person"
        assert len(made.room._sittings) == 0
        with pytest.raises(Exception, match="could not be worked on"):
            await made.room.draw(ANN, dress("broken", key="2"))
        # The engine is built anew meanwhile.
        assert await asyncio.wait_for(made.room.draw(ANN, dress(key="3")), 10) == b"glasses on portrait"


async def test_it_is_closed_while_the_mirror_warms_up_or_too_many_wait(
    opened: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened() as made:
        made.mirror.state = State("warming", sentence="The mirror is warming up.")
        with pytest.raises(ServerBusy, match="warming up"):
            await made.room.draw(ANN, dress())
        # Every place before the mirror is taken: there is a turn for this all the same.
        made.mirror.state = State("busy", sentence="Every place is taken.")
        assert await made.room.draw(ANN, dress())
        monkeypatch.setattr(fitting, "WAITING_MAX", 1)
        outcomes = await asyncio.gather(
            *(made.room.draw(ANN, dress()) for _ in range(3)), return_exceptions=True
        )
        assert [isinstance(outcome, ServerBusy) for outcome in outcomes] == [False, True, True]
        closed = FittingRoom(made.mirror, None)
        with pytest.raises(ServerBusy):
            await closed.draw(ANN, dress())


async def test_one_who_waits_when_the_server_stops_is_told(opened: Callable[[], Any]) -> None:
    async with opened() as made:
        await made.room.draw(ANN, dress())
        made.room._lane.hold()
        waiting = asyncio.create_task(made.room.draw(ANN, dress()))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        made.room.close()
        with pytest.raises(ServerBusy, match="about to stop"):
            await waiting
