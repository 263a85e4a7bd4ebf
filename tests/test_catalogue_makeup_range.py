"""The makeup that comes with Tryon."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.catalogue.items import ProductFile
from tryon.catalogue.makeup import RULES, TONES_MAX
from tryon.catalogue.makeup_range import makeup
from tryon.catalogue.paint_textures import SIZE_PX, textures
from tryon.render.colour import de00, ita_deg, lab_from_hex
from tryon.replay.tone import TONES


def test_there_is_something_of_every_type_and_all_of_it_is_valid() -> None:
    files = {sku: ProductFile.model_validate(content) for sku, content in makeup().items()}
    assert {file.type for file in files.values()} == set(RULES)
    assert all(sku == file.sku for sku, file in files.items())
    assert all(len(file.shades) >= 3 for file in files.values())


def test_foundation_goes_from_light_to_dark_in_three_undertones() -> None:
    shades = makeup()["second-skin-foundation"]["shades"]
    assert len(shades) >= 20
    angles = [ita_deg(lab_from_hex(shade["color"])) for shade in shades]
    assert max(angles) > 55
    assert min(angles) < -45
    warm, cool = (
        np.array([lab_from_hex(shade["color"]) for shade in shades if shade["id"].endswith(tone)])
        for tone in ("warm", "cool")
    )
    assert (warm[:, 2] > cool[:, 2] + 3).all()


def test_every_skin_has_a_foundation_near_its_own_colour() -> None:
    shades = np.stack(
        [lab_from_hex(shade["color"]) for shade in makeup()["second-skin-foundation"]["shades"]]
    )
    for own in TONES.values():
        assert float(de00(shades, np.broadcast_to(np.array(own), shades.shape)).min()) < 3.0


def test_palettes_have_four_tones() -> None:
    assert all(len(shade["tones"]) == TONES_MAX for shade in makeup()["four-seasons-palette"]["shades"])


@pytest.mark.parametrize("name", ["butterfly.png", "tiger.png", "stardust.png"])
def test_textures_are_symmetric_and_leave_the_eyes_free(name: str) -> None:
    bgra = cv2.imdecode(np.frombuffer(textures()[name], np.uint8), cv2.IMREAD_UNCHANGED)
    assert bgra is not None
    assert bgra.shape == (SIZE_PX, SIZE_PX, 4)
    alpha = bgra[..., 3].astype(int)
    assert 0.005 < (alpha > 128).mean() < 0.5
    assert np.abs(alpha - alpha[:, ::-1]).mean() < 2
    assert alpha[int(0.40 * SIZE_PX), int(0.354 * SIZE_PX)] == 0
    assert {f"{shade['texture']}" for shade in makeup()["festival-face-paint"]["shades"]} == set(textures())
