"""The live stream over real sockets: a server process of its own, and shoppers in a closed loop in this one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from tryon.bench.clients import Load, Run, drive
from tryon.bench.courses import Floor
from tryon.bench.scene import Scene
from tryon.bench.server import Server
from tryon.bench.turns import run_block
from tryon.config import Settings
from tryon.errors import PerceptionFailed
from tryon.wire.control import LookItem, ReplyMode

CLIENTS: Final = (1, 2, 4, 8)
TWO_IN_FLIGHT: Final = "two_in_flight"
# Frames of the floor between two loads.
_FLOOR_BLOCK: Final = 16
# The glasses are drawn from the first tracked frame on; a frame here and there may be without.
_WORN_MIN: Final = 0.9


@dataclass(slots=True)
class _Seen:
    """All rounds of one load."""

    runs: list[Run] = field(default_factory=list)
    over_floor: list[float] = field(default_factory=list)

    @property
    def fps(self) -> list[float]:
        """Frames a second of all shoppers together, by round."""
        return [sum(tally.fps for tally in run.tallies) for run in self.runs]


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """As in docs/bench.md; None where the system does not tell a process's memory."""

    by_clients: dict[str, dict[str, Any]]
    memory_mb_per_session: float | None
    memory_mb_peak: float | None
    memory_mb_idle: float | None


def measure(
    server: Server,
    settings: Settings,
    scene: Scene,
    items: Sequence[LookItem],
    *,
    rounds: int,
    seconds: float,
    done: Callable[[int], None] = lambda _: None,
) -> StreamFigures:
    """Every load in turn, ``rounds`` times, each for ``seconds``, with the floor in between."""
    loads = _loads(settings.reply)
    seen = {key: _Seen() for key in loads}

    def run(load: Load) -> Run:
        ran = asyncio.run(drive(server, scene, items, load, seconds))
        worn = sum(tally.pictures for tally in ran.tallies)
        if worn < _WORN_MIN * ran.frames:
            raise PerceptionFailed("The server to be measured lost the face of the benchmark's frames.")
        return ran

    # One shopper comes and goes first: the product, buffers and code that all sessions share are there then.
    run(loads[1, ""])
    idle = server.memory_mb()
    full = run(loads[CLIENTS[-1], ""]).memory_mb
    floor = Floor(settings.jpeg_quality)
    try:
        run_block(floor, scene, 0, _FLOOR_BLOCK)
        before = run_block(floor, scene, 0, _FLOOR_BLOCK)
        for number in range(1, rounds + 1):
            for key, load in loads.items():
                ran = run(load)
                after = run_block(floor, scene, number * _FLOOR_BLOCK, _FLOOR_BLOCK)
                seen[key].runs.append(ran)
                seen[key].over_floor.append(2 * float(np.median(ran.rtt_ms)) / (before.ms + after.ms))
                before = after
            done(number)
    finally:
        floor.close()
    now = server.memory_mb()
    return StreamFigures(
        _by_clients(seen),
        None if idle is None or full is None else (full[0] - idle[0]) / CLIENTS[-1],
        None if now is None else now[1],
        None if idle is None else idle[0],
    )


def _loads(usual: ReplyMode) -> dict[tuple[int, str], Load]:
    """By number of shoppers and key: "" is the server's usual way to answer."""
    other: ReplyMode = "rectangle" if usual == "whole" else "whole"
    loads = {}
    for clients in CLIENTS:
        loads[clients, ""] = Load(clients, usual)
        loads[clients, other] = Load(clients, other)
    loads[1, TWO_IN_FLIGHT] = Load(1, usual, in_flight=2)
    return loads


def _by_clients(seen: dict[tuple[int, str], _Seen]) -> dict[str, dict[str, Any]]:
    figures: dict[str, dict[str, Any]] = {str(clients): {} for clients in CLIENTS}
    for (clients, key), load_seen in seen.items():
        told = _figures(load_seen)
        # Round by round: both loads of a pair ran within seconds of one another.
        ones = seen[1, "" if key == TWO_IN_FLIGHT else key].fps
        told["fps_over_one"] = float(np.median(np.divide(load_seen.fps, ones)))
        figures[str(clients)] |= {key: told} if key else told
    return figures


def _figures(seen: _Seen) -> dict[str, Any]:
    tallies = [tally for run in seen.runs for tally in run.tallies]
    rtt = np.concatenate([tally.rtt_ms for tally in tallies])
    slowest = [min(tally.fps for tally in run.tallies) for run in seen.runs]
    mean = [sum(tally.fps for tally in run.tallies) / len(run.tallies) for run in seen.runs]
    frames = sum(run.frames for run in seen.runs)
    server_cpu = [run.server_cpu_s for run in seen.runs if run.server_cpu_s is not None]
    return {
        "fps": float(np.median(seen.fps)),
        "fps_min": float(np.median(slowest)),
        "fairness": float(np.median(np.divide(slowest, mean))),
        "rtt_ms_p50": float(np.percentile(rtt, 50)),
        "rtt_ms_p95": float(np.percentile(rtt, 95)),
        "rtt_ms_min": float(rtt.min()),
        "rtt_over_floor": float(np.median(seen.over_floor)),
        "rtt_over_floor_quartiles": [float(value) for value in np.percentile(seen.over_floor, (25, 75))],
        "server_ms_p50": float(np.median(np.concatenate([tally.server_ms for tally in tallies]))),
        "server_cpu_ms": 1e3 * sum(server_cpu) / frames if len(server_cpu) == len(seen.runs) else None,
        "client_cpu_ms": 1e3 * sum(run.own_cpu_s for run in seen.runs) / frames,
        "bytes_per_frame": float(np.concatenate([tally.reply_bytes for tally in tallies]).mean()),
        "dropped": sum(tally.dropped for tally in tallies),
    }
