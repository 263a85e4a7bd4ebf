"""Far temples on faces: none is counted where heads hide them, and every pixel where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.bench import behind
from tryon.bench.tracking import portrait_head
from tryon.config import Settings
from tryon.geometry.steady import Head
from tryon.overlays import eyewear
from tryon.pipeline import Engine
from tryon.render.draw import Occluder
from tryon.replay.synth import SyntheticHead


@pytest.fixture(scope="module")
def head(engine: Engine) -> SyntheticHead:
    return portrait_head(engine)


def measured(head: SyntheticHead, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    monkeypatch.setattr(behind, "CASES", {"turned35": (-35.0, 35.0)})
    monkeypatch.setattr(behind, "PITCHES_DEG", (0.0,))
    said: list[str] = []
    told = behind.measure(Settings(), head, engine, said.append)
    assert said
    return told["turned35"]


def test_a_far_temple_stays_behind_the_face_and_a_near_one_does_not(
    head: SyntheticHead, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = measured(head, engine, monkeypatch)
    assert told["far_temple_px"] == 0
    assert told["near_temple_px_min"] > 300


def test_a_temple_through_the_head_is_counted(
    head: SyntheticHead, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = eyewear._occluder

    def nothing(worn: Head) -> Occluder:
        return Occluder(np.zeros_like(whole(worn).points_mm), whole(worn).triangles)

    monkeypatch.setattr(eyewear, "_occluder", nothing)
    assert measured(head, engine, monkeypatch)["far_temple_px"] > 300


def test_a_far_side_that_gives_way_as_the_near_one_does_shows_its_temple(
    head: SyntheticHead, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eyewear, "_far_side", lambda worn: 0.0)
    assert measured(head, engine, monkeypatch)["far_temple_px"] > 5
