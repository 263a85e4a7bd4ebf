"""One frame through the house, on the real portrait with the real products."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.catalogue.items import BOTTOMS
from tryon.config import Settings
from tryon.errors import PerceptionFailed
from tryon.frame import U8, Frame, Rect
from tryon.looks import BARE, Look, LookBook, LookItem
from tryon.perception import aside
from tryon.perception.body_model import FoundBody
from tryon.perception.calm import Calm
from tryon.perception.company import Company
from tryon.perception.face_model import Region
from tryon.pipeline import HINTS, Engine, Pipeline, Rendered

GLASSES, LIPSTICK = LookItem("harbour-black"), LookItem("velvet-lipstick", "classic-red")

# Counts compiled variants of every kernel before and after real frames; a process of its own, so that no other test
# has compiled anything. It prints what the frames had to compile.
COMPILED_AFTER_WARM_UP = """
import json, sys
import cv2, numpy as np
from tests.standing_figures import figure, picture as drawn_person
from tests.test_overlays_lower import dressed as dressed_on_legs, lower
from tryon.catalogue.items import BOTTOMS
from tryon.config import Settings
from tryon.frame import Frame
from tryon.looks import LookBook, LookItem
from tryon.pipeline import Engine, Pipeline
from tryon.resources import portrait

def variants():
    return {
        f"{value.py_func.__module__}.{value.__name__}": [str(signature) for signature in value.signatures]
        for name, module in list(sys.modules.items()) if name.startswith("tryon.")
        for value in vars(module).values() if hasattr(value, "signatures")
    }

settings = Settings(threads=1, max_faces=1)
engine = Engine(settings)
engine.warm_up(lambda what, share: None)
before, dressed = variants(), set()
book = LookBook()
bgr = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
for width, height in ((640, 480), (333, 251)):
    for size in (0.6, 1.0, 1.6):
        scale = size * height / 512
        picture = np.full((height, width, 3), 90, np.uint8)
        scaled = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:height, :width]
        picture[: scaled.shape[0], : scaled.shape[1]] = scaled
        # A kernel has one variant for arrays that may be written and another for those that may not.
        picture.flags.writeable = size == 1.0
        pipeline = Pipeline(settings)
        frames = 0.0
        for product in book.products():
            for shade in product.shades[:1] or (None,):
                look = book.resolve((LookItem(product.sku, shade and shade.id, 0.5),))
                rendered = pipeline.process(Frame(picture, frames * 33.0), look, engine)
                frames += 1
                if rendered.dirty is not None:
                    dressed.add(f"{product.sku} at {width}x{height}")
# The portrait's legs are out of the picture; a drawn person's are not.
for product in book.products():
    if product.slot == BOTTOMS:
        _, rect = dressed_on_legs(lower(book, product.sku), engine, figure(), drawn_person(figure()))
        if rect is not None:
            dressed.add(product.sku)
engine.close()
new = {
    name: sorted(set(found) - set(before.get(name, ()))) for name, found in variants().items()
    if set(found) - set(before.get(name, ()))
}
print(json.dumps({"new": new, "dressed": sorted(dressed), "kernels": len(before)}))
"""


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline(Settings(threads=1, max_faces=1))


@pytest.fixture(scope="module")
def dressed(book: LookBook) -> Look:
    return book.resolve((LIPSTICK, GLASSES))


def settled(pipeline: Pipeline, bgr: U8, look: Look, engine: Engine, frames: int = 3) -> Rendered:
    for number in range(frames):
        rendered = pipeline.process(Frame(bgr, number * 33.0), look, engine)
    return rendered


def wall(code: int) -> U8:
    return np.full((240, 320, 3), code, np.uint8)


def test_after_the_warm_up_no_frame_compiles_anything() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMPILED_AFTER_WARM_UP],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["kernels"] > 8
    products = LookBook().products()
    below = [product.sku for product in products if product.slot == BOTTOMS]
    assert set(below) < set(told["dressed"])
    assert len(told["dressed"]) == 2 * (len(products) - len(below)) + len(below)
    assert told["new"] == {}


def test_the_warm_up_tells_how_far_it_is(engine: Engine) -> None:
    told: list[tuple[str, float]] = []
    engine.warm_up(lambda what, share: told.append((what, share)))
    shares = [share for _, share in told]
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
    assert all(what for what, _ in told)


def test_an_engine_may_be_closed_twice() -> None:
    engine = Engine(Settings(threads=1))
    engine.close()
    engine.close()


def test_a_dressed_frame(pipeline: Pipeline, astronaut: U8, dressed: Look, engine: Engine) -> None:
    before = astronaut.copy()
    rendered = settled(pipeline, astronaut, dressed, engine)
    assert np.array_equal(astronaut, before), "the frame that came in is never written"
    assert rendered.bgr.shape == astronaut.shape
    assert rendered.hints == ()
    assert rendered.faces == len(rendered.heads) == 1
    assert set(rendered.timings_ms) == {"perceive", "geometry", "front", "makeup", "eyewear"}
    assert all(ms >= 0 for ms in rendered.timings_ms.values())
    rect = rendered.dirty
    assert rect is not None
    assert rect == rect.clip(512, 512)
    changed = (rendered.bgr != astronaut).any(axis=2)
    assert changed.sum() > 1000
    changed[rect.y0 : rect.y1, rect.x0 : rect.x1] = False
    assert not changed.any(), "outside the rectangle every bit is the frame's"


def test_a_spent_frame_is_dressed_in_place_and_looks_the_same(
    astronaut: U8, dressed: Look, engine: Engine
) -> None:
    kept = Pipeline(Settings()).process(Frame(astronaut.copy(), 0.0), dressed, engine)
    pixels = astronaut.copy()
    spent = Pipeline(Settings()).process(Frame(pixels, 0.0, spent=True), dressed, engine)
    assert spent.bgr is pixels
    assert np.array_equal(spent.bgr, kept.bgr)
    assert spent.dirty == kept.dirty


def test_the_same_frames_give_the_same_bytes(astronaut: U8, dressed: Look, engine: Engine) -> None:
    once, again = (settled(Pipeline(Settings(max_faces=1)), astronaut, dressed, engine).bgr for _ in range(2))
    assert np.array_equal(once, again)


def test_a_bare_look_gives_back_the_frame_itself(pipeline: Pipeline, astronaut: U8, engine: Engine) -> None:
    rendered = settled(pipeline, astronaut, BARE, engine)
    assert rendered.bgr is astronaut
    assert rendered.dirty is None
    assert rendered.faces == 1


@pytest.mark.parametrize("size", [(240, 320), (1, 1), (16, 16), (1, 320)])
def test_without_a_face_the_frame_comes_back_itself(
    pipeline: Pipeline, dressed: Look, engine: Engine, size: tuple[int, int]
) -> None:
    bgr: U8 = np.full((*size, 3), 100, np.uint8)
    rendered = pipeline.process(Frame(bgr, 0.0), dressed, engine)
    assert rendered.bgr is bgr
    assert (rendered.dirty, rendered.faces, rendered.heads, rendered.light) == (None, 0, (), None)
    assert rendered.hints == ("no_face",)


def test_two_wearers_are_both_dressed(astronaut: U8, dressed: Look, engine: Engine) -> None:
    both = np.ascontiguousarray(np.hstack([astronaut[:, 60:400], astronaut[:, 60:400]]))
    rendered = settled(Pipeline(Settings(max_faces=2)), both, dressed, engine)
    changed = (rendered.bgr != both).any(axis=2)
    assert rendered.faces == 2
    assert 0.8 < changed[:, :340].sum() / changed[:, 340:].sum() < 1.25


def test_each_wearer_wears_the_shade_in_the_light_on_their_own_face(
    astronaut: U8, book: LookBook, engine: Engine
) -> None:
    """Faces beside a lamp wore the first one's daylight, and a face in the shade glowed."""
    lipstick = book.resolve((LookItem("powder-matte-lip", "signal"),))
    left = astronaut[:, 60:400]
    lamp = np.array([0.55, 0.85, 1.15]) * 0.8  # blue, green, red, in codes
    right = np.asarray(np.rint(left * lamp).clip(0, 255), np.uint8)
    both = np.ascontiguousarray(np.hstack([left, right]))
    rendered = settled(Pipeline(Settings(max_faces=2)), both, lipstick, engine)
    worn = {}
    for head in rendered.heads:
        x, y = head.points_px[[13, 14, 17, 0], :2].mean(axis=0).astype(int)
        assert (rendered.bgr[y + 6, x] != both[y + 6, x]).any()
        worn[x > 340] = rendered.bgr[y + 4 : y + 9, x - 4 : x + 5].reshape(-1, 3).mean(axis=0)
    blue, _, red = worn[True] / worn[False]
    assert blue / red < 0.6


def test_a_pipeline_may_move_between_engines(astronaut: U8, dressed: Look, engine: Engine) -> None:
    settings = Settings(threads=1, max_faces=1)
    other = Engine(settings)
    moving, staying = Pipeline(settings), Pipeline(settings)
    for number in range(4):
        frame = Frame(astronaut, number * 33.0)
        one = moving.process(frame, dressed, (engine, other)[number % 2])
        two = staying.process(frame, dressed, engine)
        assert np.array_equal(one.bgr, two.bgr)
    other.close()


def test_reset_starts_anew(pipeline: Pipeline, astronaut: U8, dressed: Look, engine: Engine) -> None:
    first = pipeline.process(Frame(astronaut, 0.0), dressed, engine)
    settled(pipeline, astronaut, dressed, engine)
    pipeline.reset()
    # Of the same time: grain, which is drawn by it, is the same too.
    again = pipeline.process(Frame(astronaut, 0.0), dressed, engine)
    assert again.heads[0].track != first.heads[0].track
    assert np.array_equal(again.bgr, first.bgr)


def test_a_failing_model_costs_one_frame(
    pipeline: Pipeline, astronaut: U8, dressed: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine(Settings(threads=1))
    settled(pipeline, astronaut, dressed, engine)
    with monkeypatch.context() as patch:
        # The real graph gets a picture that it refuses.
        patch.setattr(engine.model, "_cut", lambda bgr, region: np.zeros((7, 7, 3), np.uint8))
        with pytest.raises(PerceptionFailed):
            pipeline.process(Frame(astronaut, 100.0), dressed, engine)
    assert pipeline.process(Frame(astronaut, 133.0), dressed, engine).faces == 1
    engine.close()


@pytest.mark.parametrize("fails", [False, True])
def test_a_garments_frame_ends_when_all_that_was_begun_for_it_has(
    astronaut: U8, book: LookBook, engine: Engine, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    # However full the machine is.
    monkeypatch.setattr(aside, "OWN_CORE", 0.0)
    pipeline, look = Pipeline(Settings()), book.resolve([LookItem("linden-tee")])
    found: list[str] = []
    running: list[str] = []

    def find(bgr: U8, region: Region, calm: Calm | None = None, company: Company | None = None) -> FoundBody:
        running.append(threading.current_thread().name)
        body = real(bgr, region, calm, company)
        found.append(threading.current_thread().name)
        return body

    real = engine.body.find
    monkeypatch.setattr(engine.body, "find", find)
    # So far apart that the body never rests.
    for number in range(3):
        pipeline.process(Frame(astronaut, 400.0 * number), look, engine)
    assert found.count("tryon-aside") >= 1
    before = len(running)
    if fails:
        # The real graph gets a picture that it refuses.
        monkeypatch.setattr(engine.model, "_cut", lambda bgr, region: np.zeros((7, 7, 3), np.uint8))
        with pytest.raises(PerceptionFailed):
            pipeline.process(Frame(astronaut, 1200.0), look, engine)
    else:
        # Nobody there: nobody asks for a body.
        assert pipeline.process(Frame(np.zeros_like(astronaut), 1200.0), look, engine).faces == 0
    assert len(running) == before + 1
    assert found == running


def scaled(bgr: U8, scale: float, size: tuple[int, int] = (640, 480), at_px: tuple[int, int] = (0, 0)) -> U8:
    """The portrait ``scale`` times as large, its upper left corner at ``at_px`` of a grey picture."""
    matrix = np.array([[scale, 0, at_px[0]], [0, scale, at_px[1]]], np.float64)
    flags = cv2.INTER_AREA
    return np.asarray(cv2.warpAffine(bgr, matrix, size, flags=flags, borderValue=(90, 90, 90)), np.uint8)


def exposed(bgr: U8, gain: float, offset: float) -> U8:
    return np.asarray(np.rint((bgr * gain + offset).clip(0, 255)), np.uint8)


@pytest.mark.parametrize(
    ("hint", "gain", "offset", "scale", "at_px"),
    [
        (None, 1.0, 0, 1.0, (80, 60)),
        ("too_dark", 0.2, 0, 1.0, (80, 60)),
        ("too_bright", 0.25, 195, 1.0, (80, 60)),
        ("too_far", 1.0, 0, 0.4, (200, 150)),
        ("too_close", 1.0, 0, 4.0, (-580, -260)),
        ("too_close", 1.0, 0, 5.2, (-850, -430)),  # it leaves the picture as well; moving back mends both
        ("at_the_edge", 1.0, 0, 1.0, (-190, 60)),
        ("at_the_edge", 1.0, 0, 1.0, (80, -80)),
    ],
)
def test_hints_about_the_picture(
    pipeline: Pipeline,
    astronaut: U8,
    engine: Engine,
    hint: str | None,
    gain: float,
    offset: float,
    scale: float,
    at_px: tuple[int, int],
) -> None:
    rendered = settled(pipeline, exposed(scaled(astronaut, scale, at_px=at_px), gain, offset), BARE, engine)
    assert rendered.faces == 1
    assert rendered.hints == (() if hint is None else (hint,))


@pytest.mark.parametrize(
    ("code", "hint"), [(0, "too_dark"), (11, "too_dark"), (13, "no_face"), (255, "no_face")]
)
def test_hints_without_a_face(pipeline: Pipeline, engine: Engine, code: int, hint: str) -> None:
    assert pipeline.process(Frame(wall(code), 0.0), BARE, engine).hints == (hint,)


@pytest.mark.parametrize(("yaw", "turned"), [(0, False), (55, False), (65, True), (-65, True)])
def test_the_hint_about_turning_follows_the_pose(
    pipeline: Pipeline, astronaut: U8, engine: Engine, yaw: float, turned: bool
) -> None:
    from tryon.perception.smoothing import rotation_matrix
    from tryon.pipeline import _hints

    rendered = settled(pipeline, astronaut, BARE, engine)
    head = rendered.heads[0]
    facing = replace(
        head.pose, rotation=np.diag([1.0, -1.0, -1.0]) @ rotation_matrix(np.array([0, np.radians(yaw), 0]))
    )
    hints = _hints(Frame(astronaut, 0.0), (replace(head, pose=facing),), rendered.light)
    assert ("turned_away" in hints) is turned


@pytest.mark.parametrize("confidence", [0.9, 0.999])
def test_who_wears_nothing_because_their_face_is_hardly_seen_is_told(
    astronaut: U8, dressed: Look, engine: Engine, monkeypatch: pytest.MonkeyPatch, confidence: float
) -> None:
    real = engine.model.landmarks
    monkeypatch.setattr(engine.model, "landmarks", lambda *told: (real(*told)[0], confidence))
    photo = Pipeline(Settings()).process(Frame(astronaut, 0.0), dressed, engine)
    assert photo.faces == 1
    assert (photo.dirty is None) is ("turned_away" in photo.hints) is (confidence < 0.95)
    # A bare face misses nothing.
    assert Pipeline(Settings()).process(Frame(astronaut, 0.0), BARE, engine).hints == ()


def test_every_hint_has_a_sentence() -> None:
    for name, sentence in HINTS.items():
        assert name.replace("_", "").isalpha()
        assert sentence.endswith(".")


def test_the_dirty_rectangle_of_one_product_is_inside_that_of_two(
    astronaut: U8, book: LookBook, dressed: Look, engine: Engine
) -> None:
    both = settled(Pipeline(Settings(max_faces=1)), astronaut, dressed, engine).dirty
    assert both is not None
    for item in (GLASSES, LIPSTICK):
        one = settled(Pipeline(Settings(max_faces=1)), astronaut, book.resolve((item,)), engine).dirty
        assert isinstance(one, Rect)
        assert one.union(both) == both
