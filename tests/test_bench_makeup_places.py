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
    opened,
    opening,
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
    assert max(instant.parted for instant in opening(1.0)) > 0.39
    assert len({instant.move.yaw_deg for instant in turning(0.5)}) > 5
    assert set(still(0.2)) == {Instant()}


def test_a_bare_face_is_not_changed_and_a_lipstick_is_on_the_head(studio: Studio) -> None:
    bare, made = (next(studio.shoot([Instant()], look)) for look in (BARE, LIPSTICK))
    assert not bare.changed.any()
    assert made.changed.any()
    assert not (made.changed & ~studio.silhouette(made.pose)).any()
    assert np.array_equal(bare.bgr, made.bgr)


def test_a_still_border_is_steady_and_where_the_lips_end(studio: Studio) -> None:
    found = edges(studio, still(0.3), 0.0)
    assert found["jitter_px"] < 0.08
    assert found["places"] > 40
    assert 0.5 < found["off_px"] < 2.0


def test_makeup_adds_no_flicker(studio: Studio) -> None:
    """Over five noises of a sensor, because one alone makes anything from half to twice as much of them."""
    found = flicker(studio, 0.2)
    assert 0.4 < found["lips"] < 1.1
    assert 0.4 < found["cheek"] < 1.05


def test_a_mouth_that_opens_wide_stays_bare_within(studio: Studio) -> None:
    found = opened(studio, opening(0.8), 0.0)
    assert found["mouth"] < 0.005
    assert found["lips"] > 0.93


def test_shares_are_shares(studio: Studio) -> None:
    parted = mouth(studio, (0.1,), (0.0,))["0.1"]
    assert parted["lips"] > 0.95
    assert parted["mouth"] < 0.01
    eyes = blink(studio, (0.0, 0.5))
    assert eyes["0"]["lid_edge"] > 0.95
    assert eyes["0"]["eye"] < 0.2
    assert eyes["0.5"]["eye"] < 0.08
    turned = turns(studio, (0.0, -30.0))
    assert turned["-30"]["beyond_head_px"] < 100
    straight = turned["0"]
    assert straight["near_lips"] > 0.93
    assert straight["beyond_lips"] < 0.22
    assert straight["beyond_head_px"] < 60
    assert straight["outside_rectangle"] == 0
