"""The command as a person meets it: what it prints, where, and how it ends."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from tryon import __version__, resources
from tryon.cli import app
from tryon.frame import U8
from tryon.looks import LookBook
from tryon.replay.clip import ClipReader, ClipWriter

COMMANDS = ["serve", "replay", "products", "bench", "qa"]


@pytest.fixture
def clip(tmp_path: Path, astronaut: U8) -> Path:
    with ClipWriter(tmp_path / "in.mp4", 512, 512, 25) as writer:
        for number in range(4):
            writer.write(astronaut, number * 40)
    return tmp_path / "in.mp4"


@pytest.fixture(scope="module")
def sku() -> str:
    """An eyewear product of the catalogue that comes with Tryon."""
    return next(product.sku for product in LookBook(None).products() if product.kind == "eyewear")


def tryon(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_version() -> None:
    assert tryon("--version") == (0, f"tryon {__version__}\n", "")


def test_help_names_every_command() -> None:
    status, out, _ = tryon("--help")
    assert status == 0
    assert all(re.search(rf"^  {name} ", out, re.MULTILINE) for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str) -> None:
    status, out, _ = tryon(name, "--help")
    assert status == 0
    assert f"tryon {name}" in out or "Usage" in out


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from tryon.cli import app\n"
        "try: app(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'mediapipe', 'cv2', 'numba', 'av', 'aiohttp', 'numpy'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"


def test_products_lists_the_catalogue() -> None:
    status, out, err = tryon("products")
    assert (status, err) == (0, "")
    rows = [line.split()[0] for line in out.splitlines()[1:] if line and not line.startswith(" ")]
    assert set(rows) >= {product.sku for product in LookBook(None).products()}


def test_products_are_checked(tmp_path: Path) -> None:
    house = resources.folder("assets") / "catalogue"
    for sku in ("harbour-black", "solstice-gold"):
        shutil.copytree(house / sku, tmp_path / sku)
    status, out, _ = tryon("products", "--check", "--catalogue", tmp_path)
    assert status == 0
    assert out.count(": fine.") == 2
    path = tmp_path / "solstice-gold" / "product.json"
    path.write_text(path.read_text().replace("142.0", "182.0"))
    status, out, _ = tryon("products", "--check", "--catalogue", tmp_path)
    assert status == 1
    assert "solstice-gold: refused. total_width_mm is declared as 182" in out
    assert "harbour-black: fine." in out


def test_products_of_another_folder(tmp_path: Path) -> None:
    status, _, err = tryon("products", "--catalogue", tmp_path / "gone")
    assert status == 2
    assert err.startswith("tryon: ")
    assert len(err.splitlines()) == 1


def test_replay_writes_a_clip_and_tells_what_it_saw(clip: Path, tmp_path: Path, sku: str) -> None:
    out = tmp_path / "out.mp4"
    status, told, err = tryon("replay", clip, "--look", sku, "--out", out)
    assert status == 0, err
    assert f"{out}: frames 4, with a face 4\n" in told
    assert "perceive" in told
    assert "eyewear" in told
    with ClipReader(clip) as before, ClipReader(out) as after:
        pairs = list(zip(before, after, strict=True))
    assert len(pairs) == 4
    assert all(np.abs(a.bgr.astype(int) - b.bgr).max() > 40 for a, b in pairs)


def test_replay_says_that_a_clip_was_cut(clip: Path, tmp_path: Path, astronaut: U8, sku: str) -> None:
    with ClipWriter(clip, 512, 512, 25) as writer:
        for number in range(40):
            writer.write(np.roll(astronaut, 5 * number, axis=1), number * 40)
    content = bytearray(clip.read_bytes())
    start, end = content.index(b"mdat") + 4, content.rindex(b"moov") - 4
    middle = (start + 3 * end) // 4  # the first picture alone is half of it
    content[middle:end] = bytes(end - middle)
    clip.write_bytes(content)
    status, told, err = tryon("replay", clip, "--look", sku, "--out", tmp_path / "out.mp4")
    assert status == 0
    frames = int(re.search(r"frames (\d+), with", told)[1])  # type: ignore[index]
    assert 5 < frames < 40
    assert "tryon: in.mp4 " in err


@pytest.mark.parametrize(
    ("look", "sentence"),
    [
        ("no-such-thing", "no product 'no-such-thing'"),
        ("", "SKU:SHADE@STRENGTH"),
        ("{sku}:no-such-shade", "no shade 'no-such-shade'"),
        ("{sku},{sku}", "one eyewear at a time"),
        ("{sku}@7", "between 0 and 1"),
    ],
)
def test_a_look_that_cannot_be_is_told(
    clip: Path, tmp_path: Path, sku: str, look: str, sentence: str
) -> None:
    out = tmp_path / "out.mp4"
    status, told, err = tryon("replay", clip, "--look", look.format(sku=sku), "--out", out)
    assert (status, told) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("clip_name", "out_name", "sentence"),
    [
        ("gone.mp4", "out.mp4", "There is no clip at"),
        ("text.mp4", "out.mp4", "not a video"),
        ("in.mp4", "out.avi", "ends in .mp4"),
        ("in.mp4", "gone/out.mp4", "cannot be written"),
        ("in.mp4", "in.mp4", "is the clip itself"),
    ],
)
def test_a_clip_that_cannot_be_is_told(
    clip: Path, tmp_path: Path, sku: str, clip_name: str, out_name: str, sentence: str
) -> None:
    (tmp_path / "text.mp4").write_text("no video\n" * 100)
    status, _, err = tryon("replay", tmp_path / clip_name, "--look", sku, "--out", tmp_path / out_name)
    assert status == 2
    assert sentence in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("flag", "value", "variable"),
    [
        ("--port", "65536", "TRYON_PORT"),
        ("--threads", "0", "TRYON_THREADS"),
        ("--max-sessions", "0", "TRYON_MAX_SESSIONS"),
        ("--reply", "half", "TRYON_REPLY"),
        ("--fov", "200", "TRYON_HORIZONTAL_FOV_DEG"),
    ],
)
def test_a_setting_that_cannot_be_is_told(flag: str, value: str, variable: str) -> None:
    status, _, err = tryon("serve", flag, value)
    assert status == 2
    assert variable in err
    assert len(err.splitlines()) == 1


def test_serve_prints_its_address_answers_and_leaves_on_sigterm(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "tryon", "serve", "--port", "0", "--threads", "1"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            addresses = (found[0] for line in server.stdout if (found := re.search(r"http://\S+", line)))
            address = next(addresses, None)
            assert address, "the server ended without an address"
            with urllib.request.urlopen(address, timeout=20) as page:  # noqa: S310 — our own address
                assert page.status == 200
                assert "<html" in page.read().decode("utf-8")
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=20) == 0
        finally:
            server.kill()
