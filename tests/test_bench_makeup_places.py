"""The figures of where makeup goes."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.bench.makeup_places import (
    LIPSTICK,
    Instant,
    Studio,
    blink,
    edges,
    flicker,
    mouth,
    still,
    talking,
    turning,
    turns,
)
from tryon.config import Settings
from tryon.looks import BARE
from tryon.pipeline import Engine


@pytest.fixture(scope="module")
def studio(engine: Engine) -> Studio:
    return Studio(Settings(threads=1), engine)


def test_scripts_move_what_they_say() -> None:
    assert len({instant.parted for instant in talking(0.5)}) > 5
    assert len({instant.move.yaw_deg for instant in turning(0.5)}) > 5
    assert set(still(0.2)) == {Instant()}


def test_a_bare_face_is_not_changed_and_a_lipstick_is_on_the_head(studio: Studio) -> None:
    bare, made = (next(studio.shoot([Instant()], look)) for look in (BARE, LIPSTICK))
    assert not bare.changed.any()
    assert made.changed.any()
    assert not (made.changed & ~studio.silhouette(made.pose)).any()
    assert np.array_equal(bare.bgr, made.bgr)


def test_a_still_border_is_steady_and_noise_makes_colours_flicker(studio: Studio) -> None:
    found = edges(studio, still(0.3), 0.0)
    assert found["jitter_px"] < 0.1
    assert found["places"] > 20
    assert found["off_px"] < 3.0
    assert set(flicker(studio, 0.2)) == {"lips", "cheek"}


def test_shares_are_shares(studio: Studio) -> None:
    assert mouth(studio, (0.1,), (0.0,))["0.1"]["lips"] > 0.9
    open_eyes = blink(studio, (0.0,))["0"]
    assert open_eyes["lid_edge"] > 0.9
    straight = turns(studio, (0.0,))["0"]
    assert straight["near_lips"] > 0.9
    assert straight["outside_rectangle"] == 0
