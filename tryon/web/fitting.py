"""The fitting room: products drawn on people's still pictures, in the mirror's own workers.

One drawing at a time in a process, and each of its frames waits for its turn among the shoppers', who see no more of it
than of one more shopper. What was found of a face stays in memory for two minutes after its last use, or until its
picture is deleted; drawn pictures are not kept.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from tryon.errors import BadFrame, ServerBusy, StoreInvalid
from tryon.frame import U8
from tryon.web.middle import FitterLike, Framing, SittingLike
from tryon.web.mirror import BUSY_RETRY_S, WARMING_RETRY_S, Mirror
from tryon.workers import Failed, Lane

# What a worker's engine is given to, and whoever waits for what comes of it.
Work: TypeAlias = Callable[[Any], Any]
Job: TypeAlias = tuple[Work, "asyncio.Future[Any]"]
Shelf: TypeAlias = "OrderedDict[Any, tuple[float, Any]]"

# More who wait are told to come again: a person takes a good half second.
WAITING_MAX: Final = 24
# A sitting takes some 3 MB: the sample people and a merchant's own in one framing, and as many again.
SITTINGS_MAX: Final = 36
LOOKS_MAX: Final = 6
IDLE_S: Final = 120.0
_STOPPING: Final = Failed(ServerBusy("The server is about to stop.", retry_after_s=WARMING_RETRY_S))


@dataclass(frozen=True, slots=True)
class Person:
    """A sample person by ``name``, or, with ``read``, somebody's own picture; ``key`` tells them from all others."""

    key: str
    name: str = ""
    read: Callable[[], U8] | None = None


@dataclass(frozen=True, slots=True)
class Dress:
    """A product: ``key`` changes with all that it is; ``lay_out`` makes a folder that has the product's folder in it,
    and hands it to whoever loads it, in a thread."""

    key: str
    sku: str
    shade: str | None
    lay_out: Callable[[Callable[[Path], Any]], Any]


class FittingRoom:
    """Every method is called on the event loop. ``clock`` is monotonic, in seconds."""

    def __init__(
        self,
        mirror: Mirror,
        make_fitter: Callable[[], FitterLike] | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._mirror, self._make_fitter, self._clock = mirror, make_fitter, clock
        self._fitter: FitterLike | None = None
        self._lane: Lane[Any, Job, Any] | None = None
        self._job: Job | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._found_portrait = False
        self._sittings: Shelf = OrderedDict()
        self._looks: Shelf = OrderedDict()
        self._tidying: asyncio.TimerHandle | None = None

    async def draw(self, person: Person, dress: Dress) -> bytes:
        """The person in the product, as JPEG.

        Raises StoreInvalid in words for people, ServerBusy, and what reading the picture or the product raises.
        """
        state = self._mirror.state
        make = self._make_fitter
        if make is None or state.reason in {"warming", "draining", "failed"}:
            sentence = state.sentence or "There is no mirror here to draw it in."
            raise ServerBusy(sentence, retry_after_s=WARMING_RETRY_S)
        if self._waiting >= WAITING_MAX:
            raise ServerBusy(
                "Many pictures are being drawn; try again in a moment.", retry_after_s=BUSY_RETRY_S
            )
        self._waiting += 1
        try:
            async with self._turn:
                if self._fitter is None:
                    self._fitter = await asyncio.to_thread(make)
                return await self._draw(self._fitter, person, dress)
        except BadFrame as error:
            raise StoreInvalid(error.sentence, field="person") from error
        finally:
            self._waiting -= 1
            self._tidy()

    def forget(self, keys: Iterable[str]) -> None:
        """Of these people nothing stays here."""
        gone = set(keys)
        for kept in [kept for kept in self._sittings if kept[0] in gone]:
            del self._sittings[kept]

    def close(self) -> None:
        """Idempotent."""
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None
        if self._lane is not None:
            self._lane.close()
        if self._job is not None:
            _deliver(self._job, _STOPPING)
        self._sittings.clear()
        self._looks.clear()

    async def _draw(self, fitter: FitterLike, person: Person, dress: Dress) -> bytes:
        look = await self._look(fitter, dress)
        framing = fitter.framing(look)
        kept = person.key, framing
        sitting = await self._sitting(fitter, person, framing)
        try:
            for _ in range(sitting.frames(look)):
                await self._work(partial(sitting.frame, look))
            drawn: bytes = await self._work(lambda _engine: sitting.picture(look))
        except BaseException:
            # It may be in any state.
            self._sittings.pop(kept, None)
            raise
        return drawn

    async def _look(self, fitter: FitterLike, dress: Dress) -> Any:
        key = f"{dress.key} {dress.shade}"
        if key not in self._looks:
            # As a product is loaded for a shopper: one at a time, beside the workers.
            look = await self._mirror.pool.load(
                dress.lay_out, lambda folder: fitter.look(folder, dress.sku, dress.shade)
            )
            self._looks[key] = (self._clock(), look)
        return self._touch(self._looks, key, LOOKS_MAX)

    async def _sitting(self, fitter: FitterLike, person: Person, framing: Framing) -> SittingLike:
        key = person.key, framing
        if key not in self._sittings:
            if person.read is not None:
                bgr = await asyncio.to_thread(person.read)
                sitting = await self._work(lambda engine: fitter.model(bgr, framing, engine))
            else:
                if not self._found_portrait:
                    await self._work(fitter.find_portrait)
                    self._found_portrait = True
                sitting = await asyncio.to_thread(fitter.sample, person.name, framing)
            self._sittings[key] = (self._clock(), sitting)
        found: SittingLike = self._touch(self._sittings, key, SITTINGS_MAX)
        return found

    async def _work(self, work: Work) -> Any:
        """Run it in one of the mirror's workers, when it is its turn."""
        if self._lane is None:
            self._lane = self._mirror.pool.lane(_do, _deliver)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._job = work, future
        # One whose asker has gone may still wait there.
        self._lane.offer(self._job)
        outcome = await future
        if isinstance(outcome, Failed):
            if outcome.broken:
                self._lane.release()
            raise outcome.error
        return outcome

    def _touch(self, shelf: Shelf, key: Any, most: int) -> Any:
        """What is there, used just now."""
        value = shelf[key][1]
        shelf[key] = (self._clock(), value)
        shelf.move_to_end(key)
        while len(shelf) > most:
            shelf.popitem(last=False)
        return value

    def _tidy(self) -> None:
        """Forget what has not been used for a while, and come again for the rest."""
        until_s = self._clock() - IDLE_S
        for shelf in (self._sittings, self._looks):
            for key in [key for key, (used_s, _) in shelf.items() if used_s <= until_s]:
                del shelf[key]
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None
        kept_s = [used_s for shelf in (self._sittings, self._looks) for used_s, _ in shelf.values()]
        if kept_s:
            wait_s = min(kept_s) + IDLE_S - self._clock()
            self._tidying = asyncio.get_running_loop().call_later(wait_s, self._tidy)


def _do(engine: Any, job: Job) -> Any:
    return job[0](engine)


def _deliver(job: Job, outcome: Any) -> None:
    # Whoever asked may have gone.
    if not job[1].done():
        job[1].set_result(outcome)
