"""Materials, colours and tints from photos of frames that have known ones."""

from __future__ import annotations

import numpy as np
import pytest

from tests.photo_frames import reading, specs
from tryon.ingest.photo_look import hex_of


@pytest.mark.parametrize(
    ("name", "patterned"),
    [
        ("honey-panto", False),
        ("nocturne-black-sun", False),
        ("solstice-gold", False),
        ("juniper-tortoise", True),
    ],
)
def test_what_frames_are_made_of(name: str, patterned: bool) -> None:
    look, spec = reading(name).look, specs()[name]
    assert (look.build, look.patterned) == (spec.build, patterned)
    assert (look.frame.metallic > 0.5) == (spec.build == "metal")
    if not patterned:
        assert np.array(look.frame.base_color[:3]) == pytest.approx(
            np.array(spec.frame.base_color[:3]), abs=0.2
        )


def test_what_lenses_pass() -> None:
    clear, dark, fading = (
        reading(name).look for name in ("honey-panto", "nocturne-black-sun", "solstice-gold")
    )
    assert clear.lens.name == "clear lens"
    assert dark.transmission < 0.2
    assert np.array(dark.lens.tint) == pytest.approx(
        np.array(specs()["nocturne-black-sun"].lens.tint), abs=0.09
    )
    assert fading.lens.tint_low is not None
    assert min(fading.lens.tint_low) > 2 * min(fading.lens.tint)


def test_a_pattern_carries_no_wall_beyond_its_edges() -> None:
    told = reading("juniper-tortoise")
    edge = np.asarray(told.shape.mask > 0)
    assert told.look.picture[edge].max() < 0.8
    assert told.look.picture[~edge].max() < 0.8, "the wall was light grey"


def test_colours_are_written_as_people_do() -> None:
    assert hex_of(np.array((1.0, 0.0, 0.2158605))) == "#ff0080"
