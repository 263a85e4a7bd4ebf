"""``tryon bench``: runs once through everything, tells what its page says, and computes what it says it computes.

No test here looks at how long anything took: a busy machine is no fault of the code.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from tryon import jpeg
from tryon.bench import figures as bench_figures
from tryon.bench.bars import BARS, judge
from tryon.bench.clients import Load, drive
from tryon.bench.courses import LOOK_STEPS, Floor, Steps, Worn
from tryon.bench.figures import QUICK, run
from tryon.bench.report import report
from tryon.bench.scene import Scene, moving_portrait
from tryon.bench.server import Server
from tryon.bench.turns import in_turn
from tryon.cli import app
from tryon.config import Settings
from tryon.errors import ConfigError, PerceptionFailed
from tryon.looks import BARE
from tryon.perception.stock import StockFaceMesh
from tryon.pipeline import Engine
from tryon.wire.control import LookItem

KEY = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
# Path of a key, as a pattern, to the path in the page's words.
WORDS = (
    (r"^overlays\.[^.]+", "overlays.<look>"),
    (r"^stream\.\d+\.(whole|two_in_flight)", "stream.<clients>"),
    (r"^stream\.\d+", "stream.<clients>"),
    (r"^bars\.[^.]+", "bars.<figure>"),
    (r"^environment\.(libraries|settings)\..+", r"environment.\1.<name>"),
)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return moving_portrait(85, 12)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory, kernels: Path) -> tuple[dict[str, Any], list[str]]:
    """The quick benchmark's figures, and what it said meanwhile."""
    said: list[str] = []
    cache = tmp_path_factory.mktemp("cache")
    for name in ("kernels", "kept"):
        (cache / name).symlink_to(kernels.parent / name)
    return run(Settings(threads=2, cache_dir=cache), said.append, QUICK), said


def leaves(figures: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in figures.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield path + key, value


def in_words(path: str) -> str:
    for pattern, words in WORDS:
        path = re.sub(pattern, words, path)
    return path


@pytest.mark.slow
class TestQuick:
    """One run, looked at from all sides."""

    def test_the_page_tells_every_key_and_no_other(
        self, measured: tuple[dict[str, Any], list[str]], root: Path
    ) -> None:
        page = (root / "docs" / "bench.md").read_text("utf-8")
        told = KEY.findall(page)
        assert len(told) == len(set(told))
        assert {in_words(path) for path, _ in leaves(measured[0])} == set(told)

    def test_the_page_tells_what_the_placeholders_stand_for(
        self, measured: tuple[dict[str, Any], list[str]], root: Path
    ) -> None:
        page = (root / "docs" / "bench.md").read_text("utf-8")
        assert all(f"`{look}`" in page for look in measured[0]["overlays"])
        assert set(measured[0]["stream"]) == {"1", "2", "4", "8"}
        assert {bar.path for bar in BARS} == set(measured[0]["bars"])

    def test_figures_are_json(self, measured: tuple[dict[str, Any], list[str]]) -> None:
        assert json.loads(json.dumps(measured[0], allow_nan=False)) == measured[0]

    def test_every_time_is_positive(self, measured: tuple[dict[str, Any], list[str]]) -> None:
        for path, value in leaves(measured[0]):
            if re.search(r"(ms|ratio|fps|bytes_\w+|start_s)(_\w+)?$", path) and isinstance(value, float):
                assert math.isfinite(value), path
                assert value > 0 or "lag" in path, path

    def test_looks_were_drawn(self, measured: tuple[dict[str, Any], list[str]]) -> None:
        worn = measured[0]["overlays"]
        assert 9_000 <= worn["eyewear"]["triangles"] <= 12_000
        assert 85_000 <= worn["eyewear_100k"]["triangles"] <= 110_000
        assert worn["bare"]["bytes_rectangle"] == 32
        for name in ("eyewear", "lipstick", "eyewear+lipstick"):
            assert 1_000 < worn[name]["bytes_rectangle"] < worn[name]["bytes_whole"]
        for look in worn.values():
            assert look["ms_min"] <= look["ms"] <= look["ms_p95"]
            assert list(look["steps"]) == list(LOOK_STEPS)

    def test_every_client_was_answered(self, measured: tuple[dict[str, Any], list[str]]) -> None:
        for clients, level in measured[0]["stream"].items():
            for load in (level, level["whole"]):
                assert load["dropped"] == 0
                assert 0 < load["fairness"] <= 1
                assert load["fps_min"] * int(clients) <= load["fps"] * 1.001
                assert load["rtt_ms_min"] <= load["rtt_ms_p50"] <= load["rtt_ms_p95"]
                assert load["server_ms_p50"] < load["rtt_ms_p50"]
            assert level["bytes_per_frame"] < level["whole"]["bytes_per_frame"]
        assert measured[0]["stream"]["1"]["fps_over_one"] == 1
        assert measured[0]["stream"]["1"]["two_in_flight"]["fps"] > 0

    def test_memory_is_told_where_the_system_tells_it(
        self, measured: tuple[dict[str, Any], list[str]]
    ) -> None:
        if Path("/proc/self/status").is_file():
            assert 100 < measured[0]["memory_mb_idle"] <= measured[0]["memory_mb_peak"]
            assert measured[0]["memory_mb_per_session"] < 50
        else:
            assert measured[0]["memory_mb_peak"] is None

    def test_the_still_head_is_still(self, measured: tuple[dict[str, Any], list[str]]) -> None:
        tracking = measured[0]["tracking"]
        assert tracking["still_identical"]["step_px"] < 0.01
        assert tracking["still_noise4"]["jitter_px"] < 0.35
        assert abs(tracking["yaw60"]["lag_frames"]) <= 1

    def test_pupils_are_measured_as_well_as_is_told(self, measured: tuple[dict[str, Any], list[str]]) -> None:
        sizes = measured[0]["sizes"]
        assert sizes["card_found_percent"] == 100
        assert sizes["card_pd_error_mm_max"] < 1
        assert sizes["chin_found_percent"] == sizes["chin_inside_percent"] == 100
        assert sizes["chin_pd_error_mm_max"] < 2
        assert sizes["iris_pd_error_mm"] < 4
        assert sizes["iris_inside_percent"] >= 80
        assert sizes["painted_seen_percent"] == 100
        assert sizes["painted_pd_error_mm_max"] < 0.15
        assert sizes["painted_pd_error_mm"] < sizes["painted_pd_error_mm_landmarks"] / 2

    def test_what_it_says_meanwhile(self, measured: tuple[dict[str, Any], list[str]]) -> None:
        assert any("measuring the stream" in line for line in measured[1])

    def test_other_programs_are_told_from_ours(self, measured: tuple[dict[str, Any], list[str]]) -> None:
        environment = measured[0]["environment"]
        if Path("/proc/stat").is_file():
            assert 0 <= environment["others_cores"] < environment["cores"]
        else:
            assert environment["others_cores"] is None

    def test_nothing_names_the_machine(self, measured: tuple[dict[str, Any], list[str]]) -> None:
        text = json.dumps(measured[0])
        assert str(Path.home()) not in text
        assert os.uname().nodename not in text

    def test_the_tables_are_whole(self, measured: tuple[dict[str, Any], list[str]]) -> None:
        sections = report(measured[0])
        assert [section.title for section in sections][-1] == "Bars"
        for section in sections:
            assert all(len(row) == len(section.columns) for row in section.rows), section.title
        assert len(sections[-1].rows) == len(BARS)

    def test_the_command(
        self,
        measured: tuple[dict[str, Any], list[str]],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(bench_figures, "run", lambda *_: measured[0])
        alone = CliRunner().invoke(app, ["bench", "--quick", "--json", "-"])
        assert (alone.exit_code, json.loads(alone.stdout)) == (0, measured[0])
        both = CliRunner().invoke(app, ["bench", "--json", str(tmp_path / "out.json")])
        assert both.exit_code == 0
        assert json.loads((tmp_path / "out.json").read_text("utf-8")) == measured[0]
        assert "eyewear_100k" in both.stdout
        assert "Bars" in both.stdout


def test_the_frames_differ_and_the_face_is_200_px_wide(scene: Scene) -> None:
    assert len(set(scene.jpegs)) == 12
    assert scene.at(12) is scene.at(0)
    with StockFaceMesh() as mesh:
        for picture in scene.jpegs:
            bgr = jpeg.decode(picture)
            assert bgr.shape == (480, 640, 3)
            points = mesh.process(bgr)
            assert points is not None
            assert 170 < np.ptp(points[:468, 0]) < 230


def test_the_stock_mesh_sees_no_face_in_grey_and_closes_twice() -> None:
    mesh = StockFaceMesh()
    assert mesh.process(np.full((240, 320, 3), 128, np.uint8)) is None
    mesh.close()
    mesh.close()


def test_a_frame_without_a_face_measures_nothing() -> None:
    grey = jpeg.encode(np.full((480, 640, 3), 128, np.uint8), 85)
    floor, engine = Floor(85), Engine(Settings())
    try:
        with pytest.raises(PerceptionFailed, match="stock face mesh lost"):
            floor.frame(0, grey)
        with pytest.raises(PerceptionFailed, match="mirror lost"):
            Worn("bare", BARE, "whole", Settings(), engine).frame(0, grey)
    finally:
        floor.close()
        engine.close()


class _Scripted:
    """A course that takes what the script says."""

    def __init__(self, name: str, script: list[float]) -> None:
        self.name = name
        self.script = script
        self.numbers: list[int] = []

    def frame(self, number: int, picture: bytes) -> Steps:
        assert picture == b"%d" % (number % 4)
        self.numbers.append(number)
        return self.script[len(self.numbers) % len(self.script)], 0.0


def test_ratios_are_against_the_neighbouring_floors() -> None:
    pictures = Scene(tuple(b"%d" % number for number in range(4)), 85)
    floor, double = _Scripted("floor", [2.0]), _Scripted("double", [4.0])
    times = in_turn(floor, [double], pictures, rounds=3, block=2)
    assert times["double"].ratios == [2, 2, 2]
    assert times["double"].frames_ms == [4.0] * 6
    assert times["floor"].frames_ms == [2.0] * 12
    # The warm-up's two frames, then each round's block.
    assert double.numbers == [0, 1, 2, 3, 4, 5, 6, 7]
    assert times["double"].step_medians(["first", "second"]) == {"first": 4.0, "second": 0.0}


def test_a_floor_that_changes_is_halved_between_its_neighbours() -> None:
    pictures = Scene((b"0", b"1", b"2", b"3"), 85)
    floor, course = _Scripted("floor", [1.0, 3.0]), _Scripted("course", [4.0])
    times = in_turn(floor, [course], pictures, rounds=1, block=1)
    assert times["course"].ratios == [2.0]


def test_a_quick_frame_among_slow_ones_does_not_count() -> None:
    pictures = Scene((b"0", b"1", b"2", b"3"), 85)
    course = _Scripted("course", [90.0, 4.0, 4.0])
    times = in_turn(_Scripted("floor", [2.0]), [course], pictures, rounds=2, block=3)
    assert times["course"].ratios == [2, 2]


def test_bars_judge_on_the_bar_itself() -> None:
    figures: dict[str, Any] = {}
    for bar in BARS:
        *folders, last = bar.path.split("/")
        inner = figures
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[last] = bar.limit
    assert all(bar["met"] for bar in judge(figures).values())
    figures["stream"]["8"]["fairness"] = 0.69
    figures["warm_start_s"] = 3.01
    missed = [path for path, bar in judge(figures).items() if not bar["met"]]
    assert missed == ["stream/8/fairness", "warm_start_s"]


def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRYON_REPLY", "sideways")
    server = Server(Settings.model_construct(**dict(Settings(reply="whole", cache_dir=tmp_path))), 4)
    with pytest.raises(ConfigError, match=r"did not start: .*TRYON_REPLY"), server:
        pytest.fail("it started")
    server.close()


@pytest.mark.slow
async def test_a_look_that_the_server_lacks_is_told(scene: Scene, fresh_cache: Path) -> None:
    with (
        Server(Settings(threads=1, processes=1, cache_dir=fresh_cache), 4) as server,
        pytest.raises(ConfigError, match="refused the look"),
    ):
        await drive(server, scene, [LookItem("no-such-product")], Load(1, "whole"), 0.1)


def test_threads_of_opencv_are_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Scene:
        assert cv2.getNumThreads() == 1
        raise ConfigError("No portrait.")

    monkeypatch.setattr(bench_figures, "moving_portrait", fail)
    before = cv2.getNumThreads()
    with pytest.raises(ConfigError, match="No portrait"):
        run(Settings(), lambda _: None, QUICK)
    assert cv2.getNumThreads() == before
