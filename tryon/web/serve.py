"""``tryon serve``: listen, warm up, serve, and leave in good order; in one process or in several."""

from __future__ import annotations

import asyncio
import errno
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from tryon.config import Settings
from tryon.errors import ConfigError
from tryon.store.first_run import is_first_run
from tryon.web import loop as event_loop
from tryon.web.loopback import check_settings
from tryon.web.spawn import SPARE

if TYPE_CHECKING:
    from tryon.web.mirror import Mirror

_BACKLOG: Final = 128
_PROGRESS_S: Final = 0.1
_ANY_ADDRESS: Final = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound

Announce = Callable[[str], None]
Report = Callable[[str, float], None]


def serve(settings: Settings, announce: Announce | None = None, report: Report | None = None) -> None:
    """Serve until SIGTERM or SIGINT, which ends the process.

    Raises ConfigError (address, QA open to others), or what stopped the start.

    ``announce`` gets whole lines for people; ``report`` gets the warm-up's step and fraction, and without it
    the steps are announced as lines.
    """
    check_settings(settings)
    if not settings.studio_key:
        # Every process has to know it.
        settings = settings.model_copy(update={"studio_key": secrets.token_urlsafe(32)})
    say = announce or _print
    try:
        listener = _listen(settings.host, settings.port)
    except OSError as error:
        raise ConfigError(_why(error, settings), setting="port") from error
    opened = partial(_opened, _address(settings.host, listener), say, settings)
    main = _alone if settings.processes == 1 else _with_workers
    if settings.processes == 1:
        SPARE.drop()
    with listener:
        event_loop.run(main(settings, listener, opened, report or _as_lines(say)))


def _opened(address: str, say: Announce, settings: Settings) -> None:
    say(f"The mirror is open at {address}")
    if is_first_run(settings):
        say(f"Make the studio's first account at {address}studio/join/{settings.studio_key}")
    else:
        say(f"The studio is open at {address}studio")
    if settings.qa:
        say(f"QA is open at {address}qa, on this machine only.")
    say("Stop it with Ctrl+C.")


async def _with_workers(
    settings: Settings, listener: socket.socket, opened: Callable[[], None], report: Report
) -> None:
    from tryon.web.supervisor import Supervisor

    await Supervisor(settings, listener).run(opened, report)


async def _alone(
    settings: Settings, listener: socket.socket, opened: Callable[[], None], report: Report
) -> None:
    """This process does it all."""
    # The first of several processes does without these.
    from aiohttp import web

    from tryon.web.app import create_app, make_runner
    from tryon.web.keys import MIRROR

    app = create_app(settings)
    runner = make_runner(app, settings)
    await runner.setup()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(name, stop.set)
    mirror = app[MIRROR]
    stopped = loop.create_task(_wait(stop))
    try:
        await web.SockSite(runner, listener, backlog=_BACKLOG).start()
        if await _warm_up(mirror, stopped, report):
            opened()
            # Whoever has no camera should not wait for it either.
            mirror.prepare_sample()
        await stopped
    finally:
        stopped.cancel()
        await runner.cleanup()


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()


async def _warm_up(mirror: Mirror, stopped: asyncio.Task[None], report: Report) -> bool:
    """Report until the workers are warm; False if a signal came first. Raises what prevents the start."""
    started = asyncio.create_task(mirror.started())
    told = None
    while not started.done() and not stopped.done():
        progress = mirror.pool.progress
        if progress != told:
            told = progress
            report(progress.step, progress.fraction)
        await asyncio.wait((started, stopped), timeout=_PROGRESS_S, return_when=asyncio.FIRST_COMPLETED)
    if not started.done():
        started.cancel()
        return False
    await started
    report("ready", 1.0)
    return True


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    listener.setblocking(False)
    return listener


def _why(error: OSError, settings: Settings) -> str:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} is taken by another program; choose another one with --port."
    if error.errno == errno.EACCES:
        return f"This user may not listen on {where}; choose a port above 1023 with --port."
    return f"Cannot listen on {where} ({error.strerror}); check --host and --port."


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    if host in _ANY_ADDRESS:
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _as_lines(say: Announce) -> Report:
    """Each step once, as a line."""
    told: set[str] = set()

    def report(step: str, fraction: float) -> None:
        if step not in told:
            told.add(step)
            say(f"Warming up: {step} ({fraction:.0%})")

    return report
