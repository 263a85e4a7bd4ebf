"""How workers are started, and the one that is started ahead of its time."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tryon.config import Settings
from tryon.web import process
from tryon.web import spawn as module
from tryon.web.spawn import Spare, Started, command, spawn, without_authorities

WAITING = "import os, sys; os.read(int(sys.argv[1]), 1); sys.exit(7)"


def test_a_worker_finds_what_this_process_finds_and_nothing_of_the_folder_it_starts_in(
    tmp_path: Path,
) -> None:
    (tmp_path / "tryon").mkdir()
    (tmp_path / "tryon" / "__init__.py").write_text("raise SystemExit(99)")
    python, flag, _code, descriptor, path = command(7)
    assert descriptor == "7"
    shown = "import sys, json; sys.path[:] = json.loads(sys.argv[2]); import tryon; print(tryon.__file__)"
    done = subprocess.run(
        [python, flag, shown, descriptor, path], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert str(tmp_path) not in done.stdout


def test_ctrl_c_still_reaches_this_process_after_a_start() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    started = spawn(lambda _: (sys.executable, "-S", "-c", ""))
    assert signal.pthread_sigmask(signal.SIG_BLOCK, set()) == before
    assert signal.SIGINT not in before
    started.process.wait(20)
    started.channel.close()


def test_no_authorities_are_read_meanwhile_and_the_environment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/mine.pem")
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    before = dict(os.environ)
    with without_authorities():
        assert ssl.create_default_context().get_ca_certs() == []
        assert os.environ["SSL_CERT_FILE"] == os.environ["SSL_CERT_DIR"] == os.devnull
    assert dict(os.environ) == before


def test_a_worker_imports_without_collecting_garbage() -> None:
    code = (
        "import gc, sys, types; from tryon.web import spawn; worker = types.ModuleType('tryon.web.worker'); "
        "worker.main = lambda number: print(number, gc.isenabled()); sys.modules['tryon.web.worker'] = worker; "
        "spawn.work(5)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "5 False\n"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Started]]:
    """What is started on a machine of two cores from now on: processes that wait for a line and end with it."""
    found: list[Started] = []

    def start() -> Started:
        found.append(spawn(lambda number: (sys.executable, "-S", "-c", WAITING, str(number))))
        return found[-1]

    monkeypatch.setattr(module, "spawn", start)
    monkeypatch.setattr(module, "_cores", lambda: (0, 1))
    yield found
    for each in found:
        each.process.kill()
        each.process.wait()
        each.channel.close()


def test_a_spare_is_taken_once(started: list[Started]) -> None:
    spare = Spare()
    assert spare.take() is None
    spare.start()
    spare.start()
    assert spare.take() is started[0]
    assert spare.take() is None
    assert len(started) == 1
    spare.drop()
    assert started[0].process.poll() is None


def test_a_spare_that_nobody_took_is_ended(started: list[Started]) -> None:
    spare = Spare()
    spare.start()
    spare.drop()
    spare.drop()
    assert started[0].process.poll() == -signal.SIGKILL
    assert spare.take() is None


def test_one_that_has_ended_is_not_handed_out(started: list[Started]) -> None:
    spare = Spare()
    spare.start()
    started[0].process.kill()
    started[0].process.wait(20)
    assert spare.take() is None


def test_one_core_has_no_spare(started: list[Started], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_cores", lambda: (3,))
    spare = Spare()
    spare.start()
    assert spare.take() is None
    assert not started


def test_a_spare_that_cannot_be_started_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_cores", lambda: (0, 1))
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    spare = Spare()
    spare.start()
    assert spare.take() is None


def test_a_worker_of_the_usual_command_is_the_spare(
    started: list[Started], monkeypatch: pytest.MonkeyPatch
) -> None:
    spare = Spare()
    monkeypatch.setattr(process, "SPARE", spare)
    spare.start()
    other = process.WorkerProcess(Settings(processes=1), lambda _: (sys.executable, "-S", "-c", ""))
    first = process.WorkerProcess(Settings(processes=1))
    assert first.pid == started[0].process.pid
    assert other.pid != first.pid
    # It waited for its settings, and ends with them.
    assert started[0].process.wait(20) == 7
    while not other.ended():
        time.sleep(0.01)
    other.channel.close()


def test_a_command_that_is_wrong_leaves_no_worker_behind() -> None:
    wrong = subprocess.Popen(
        [sys.executable, "-m", "tryon", "serve", "--port", "a"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    _, said = wrong.communicate(timeout=120)
    assert wrong.returncode == 2
    assert "--port" in said
    # Nobody is left in its group.
    with pytest.raises(ProcessLookupError):
        os.killpg(wrong.pid, 0)
