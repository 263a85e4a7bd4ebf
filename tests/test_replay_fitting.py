"""Products on the sample people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tryon import jpeg
from tryon.config import Settings
from tryon.errors import BadAsset, BadFrame, BadLook
from tryon.frame import U8, Frame
from tryon.looks import BARE, Look, LookBook, LookItem
from tryon.pipeline import Engine, Pipeline
from tryon.render.colour import ita_deg
from tryon.replay.fitting import Fitter
from tryon.replay.sitting import SIDE_PX, WHOLE_PX, face_of, width_px
from tryon.replay.tone import cheeks_lab

SETTINGS = Settings(threads=1)


@pytest.fixture(scope="module")
def fitter(engine: Engine) -> Fitter:
    made = Fitter(SETTINGS)
    with pytest.raises(LookupError):
        made.sample("portrait", "face")
    made.find_portrait(engine)
    return made


def drawn(fitter: Fitter, name: str, look: Look, engine: Engine) -> U8:
    sitting = fitter.sample(name, fitter.framing(look))
    for _ in range(sitting.frames(look)):
        sitting.frame(look, engine)
    return jpeg.decode(sitting.picture(look))


def test_skins_are_darker_one_after_the_other(fitter: Fitter, engine: Engine) -> None:
    tones = []
    for name in ("portrait", "tan", "brown", "dark"):
        bgr = drawn(fitter, name, BARE, engine)
        assert bgr.shape == (SIDE_PX, SIDE_PX, 3)
        tones.append(ita_deg(cheeks_lab(bgr, face_of(SETTINGS, bgr, engine))))
    assert tones == sorted(tones, reverse=True)
    assert tones[0] > 28
    assert tones[-1] < -20


def test_the_mirror_takes_a_narrower_head_for_a_smaller_and_a_wider_one_for_a_larger(
    fitter: Fitter, engine: Engine
) -> None:
    widths_mm = []
    for name in ("narrow", "portrait", "wide"):
        bgr = drawn(fitter, name, BARE, engine)
        pipeline = Pipeline(SETTINGS)
        for number in range(3):
            (head,) = pipeline.process(Frame(bgr, 50.0 * number), BARE, engine).heads
        distance_mm = float(head.pose.translation_mm[2])
        widths_mm.append(width_px(head.points_px) * distance_mm / head.camera.focal_px)
    # By as much a product of the same millimetres is larger or smaller beside the face.
    assert widths_mm[0] / widths_mm[1] < 0.97
    assert widths_mm[2] / widths_mm[1] > 1.05


def test_a_garment_shows_the_whole_person(fitter: Fitter, book: LookBook) -> None:
    shirt, lipstick = (book.resolve((LookItem(sku),)) for sku in ("oxford-shirt", "velvet-lipstick"))
    assert (fitter.framing(shirt), fitter.framing(lipstick)) == ("whole", "face")
    assert fitter.sample("wide", "whole")._bgr.shape[1] == WHOLE_PX


def test_a_look_is_made_of_a_folder_with_one_product(fitter: Fitter, root: Path, tmp_path: Path) -> None:
    (tmp_path / "velvet-lipstick").symlink_to(root / "assets" / "catalogue" / "velvet-lipstick")
    assert fitter.look(tmp_path, "velvet-lipstick", None).items[0].shade is not None
    with pytest.raises(BadLook, match="has no shade"):
        fitter.look(tmp_path, "velvet-lipstick", "none-such")
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "product.json").write_text('{"sku": "bare", "kind": "eyewear", "name": "Bare"}')
    with pytest.raises(BadAsset):
        fitter.look(tmp_path, "bare", None)


def test_somebodys_own_picture(fitter: Fitter, engine: Engine, astronaut: U8) -> None:
    sitting = fitter.model(astronaut, "face", engine)
    sitting.frame(BARE, engine)
    assert jpeg.decode(sitting.picture(BARE)).shape == (SIDE_PX, SIDE_PX, 3)
    with pytest.raises(BadFrame, match="No face was found"):
        fitter.model(np.zeros((300, 300, 3), np.uint8), "face", engine)
