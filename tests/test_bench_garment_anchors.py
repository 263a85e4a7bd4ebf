"""Where a garment is drawn: told as it is drawn, and held against the landmarks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.bench import garment_anchors
from tryon.bench.garment_anchors import (
    GROUPS,
    SKU,
    Watched,
    drawn_px,
    garment,
    main,
    still_frames,
    stillness,
    truth,
)
from tryon.config import Settings
from tryon.errors import PerceptionFailed
from tryon.frame import F64, U8, Frame, Rect
from tryon.looks import Look, LookBook
from tryon.overlays.base import Scene
from tryon.overlays.drape import drape
from tryon.overlays.garment import Garment
from tryon.overlays.garment_parts import parts_of
from tryon.pipeline import Engine, Pipeline

SETTINGS = Settings(threads=1)
SETTLE = 6


class Shifted(Watched):
    """Tells its anchors ten pixels beside where they are; with ``trembles`` on every other frame only."""

    trembles = False
    number = 0

    def draw(self, scene: Scene) -> Rect | None:
        rect = super().draw(scene)
        self.number += 1
        if self.places_px is not None and (self.number % 2 or not self.trembles):
            self.places_px = self.places_px + np.array([10.0, 0.0])
        return rect


@pytest.fixture(scope="module")
def tee() -> Garment:
    return garment()


def gliding(bgr: U8, count: int = 14, step_px: float = 2.0) -> Iterator[Frame]:
    """The picture, moving to the right."""
    for number in range(count):
        shift = np.array([[1.0, 0.0, step_px * number], [0.0, 1.0, 0.0]])
        moved = cv2.warpAffine(bgr, shift, bgr.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        yield Frame(np.asarray(moved, np.uint8), number * 33.0)


def test_a_mark_on_the_garment_is_seen_where_it_is_told(
    book: LookBook, engine: Engine, astronaut: U8
) -> None:
    source = next(product.garment for product in book.products() if product.sku == SKU)
    assert source is not None
    picture = np.asarray(cv2.imread(str(source.picture), cv2.IMREAD_UNCHANGED), np.uint8)
    x, y = source.points["neck_front"]
    # In the middle of the chest, below all hair.
    mark = np.array([[x + 20.0, y + 80.0]])
    picture[..., :3] = 40
    cv2.circle(picture, (int(mark[0, 0]), int(mark[0, 1])), 10, (255.0, 0.0, 255.0, 255.0), -1)
    marked, cut = Garment(parts_of(picture, source.points), source.cut), source.cut
    # Parts have more room above the collar than the picture.
    mark += marked.parts.points["neck_front"] - (x, y)
    told: list[F64] = []

    class Teller(Watched):
        def draw(self, scene: Scene) -> Rect | None:
            (wearer,) = scene.wearers.values()
            told.append(
                drawn_px(marked.parts, drape(marked.parts, cut, wearer.figure, (0, 0)).torso, mark)[0]
            )
            return super().draw(scene)

    pipeline = Pipeline(SETTINGS)
    for number in range(4):
        rendered = pipeline.process(Frame(astronaut, 150.0 * number), Look((Teller(marked),)), engine)
    blue, green, red = np.moveaxis(rendered.bgr.astype(int), -1, 0)
    changed = np.abs(rendered.bgr.astype(int) - astronaut).max(axis=-1) > 40
    rows, columns = np.nonzero((blue - green > 60) & (red - green > 60) & changed)
    assert len(rows) > 30
    assert np.hypot(*(told[-1] - (columns.mean() + 0.5, rows.mean() + 0.5))) < 1.5


def test_a_garment_beside_its_landmarks_is_measured_beside_them(
    engine: Engine, astronaut: U8, tee: Garment
) -> None:
    true = truth(gliding(astronaut), Watched(tee), SETTINGS, engine, SETTLE)
    assert set(true) == {f"{name}_percent" for name in GROUPS}
    assert true["neckline_percent"] < 3
    assert true["shoulders_percent"] < 3
    beside = truth(gliding(astronaut), Shifted(tee), SETTINGS, engine, SETTLE)
    # Ten pixels of the portrait's some 170.
    assert 3.5 < beside["neckline_percent"] < 9


def test_what_trembles_is_measured_trembling(engine: Engine, astronaut: U8, tee: Garment) -> None:
    frames = list(still_frames(astronaut, 0.0, 4.0))[:14]
    assert not np.array_equal(frames[0].bgr, frames[1].bgr)
    still = stillness(frames, Watched(tee), SETTINGS, engine, SETTLE)
    assert still["jitter_px"] < 0.5
    trembling = Shifted(tee)
    trembling.trembles = True
    found = stillness(frames, trembling, SETTINGS, engine, SETTLE)
    assert found["jitter_px"] == pytest.approx(5.0, abs=0.3)
    assert found["step_px"] == pytest.approx(10.0, abs=0.6)
    assert found["hem_jitter_px"] == pytest.approx(5.0, abs=1.0)


def test_nobody_is_no_figure(engine: Engine, tee: Garment) -> None:
    grey = [Frame(np.full((240, 320, 3), 128, np.uint8), 33.0 * number) for number in range(3)]
    with pytest.raises(PerceptionFailed, match="Nobody wears the garment"):
        truth(grey, Watched(tee), SETTINGS, engine, 0)
    with pytest.raises(PerceptionFailed, match="Nobody wears the garment"):
        stillness(grey, Watched(tee), SETTINGS, engine, 0)


def test_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(garment_anchors, "measure", lambda *_: {"calm": {"hem_percent": 1.0}})
    main([])
    assert json.loads(capsys.readouterr().out) == {"calm": {"hem_percent": 1.0}}
    with pytest.raises(SystemExit):
        main([str(tmp_path / "absent.mp4")])
    assert "There is no clip" in capsys.readouterr().err
