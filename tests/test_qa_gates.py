"""The file of gates: what it may say, and one sentence with the gate's name for everything else."""

from __future__ import annotations

import random
import re
import textwrap
from pathlib import Path

import pytest

from tryon.errors import BadBaseline
from tryon.looks import LookBook
from tryon.qa.definitions import definition
from tryon.qa.gates import Gate, Gates, default_gates, load_gates
from tryon.qa.results import TakeResult

STILL = '[[gate]]\nname = "still"\nmeasure = "jitter.corner_px"\n'
TAKE = TakeResult(
    "a", "a.mp4", "aviator-gold,velvet:rose@0.6", 60, ("dim", "yaw"), kinds=("eyewear", "makeup")
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gates.toml"


def test_everything_that_a_file_may_say(file: Path) -> None:
    file.write_text(
        "schema = 1\nframes_min = 10\ntakes_min = 2\n"
        + STILL
        + "max = 1\nworse_by = 0.1\nworse_by_percent = 20\nrequired = true\n"
        + 'strata = ["tag"]\nlooks = ["aviator-*"]\nkinds = ["eyewear"]\ntags = ["dim"]\n'
        + '[[gate]]\nmeasure = "latency.perceive.p95_ms"\nmax = 20.5\n'
    )
    gates = load_gates(file)
    assert (gates.frames_min, gates.takes_min) == (10, 2)
    latency, still = gates.gate
    assert (latency.name, latency.maximum, latency.compares) == ("latency.perceive.p95_ms", 20.5, False)
    assert latency.strata == ("all", "tag", "take")
    assert (still.strata, still.looks, still.required, still.compares) == (
        ("tag",),
        ("aviator-*",),
        True,
        True,
    )


def test_the_larger_of_both_tolerances_is_allowed() -> None:
    gate = Gate(measure="m", worse_by=0.1, worse_by_percent=20)
    assert gate.slack(0.1) == 0.1
    assert gate.slack(2.0) == pytest.approx(0.4)
    assert gate.slack(-2.0) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("filters", "concerned"),
    [
        ({}, True),
        ({"looks": ("aviator-*",)}, True),
        ({"looks": ("aviator",)}, False),
        ({"looks": ("Aviator-*",)}, False),
        ({"kinds": ("makeup", "hats")}, True),
        ({"kinds": ("hats",)}, False),
        ({"tags": ("yaw",)}, True),
        ({"tags": ("beard",)}, False),
        ({"kinds": ("makeup",), "tags": ("beard",)}, False),
    ],
)
def test_filters(filters: dict[str, tuple[str, ...]], concerned: bool) -> None:
    assert Gate(measure="m", **filters).concerns(TAKE) is concerned  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", r"gates.toml has no gate; write at least one \[\[gate\]\]."),
        ("gate = []", "gates.toml: 'gate' cannot be"),
        ("[[gate]\n", r"gates.toml is not TOML: .*line 1"),
        (
            "frames = 3\n" + STILL + "max = 1",
            "gates.toml: there is no key 'frames'; did you mean 'frames_min'",
        ),
        ("frames_min = 0\n" + STILL + "max = 1", "'frames_min' cannot be 0: input should be greater"),
        ("schema = 2\n" + STILL + "max = 1", "gates.toml is of format 2; this version reads format 1"),
        (STILL + "maxx = 1", "gate 'still': there is no key 'maxx'; did you mean 'max'?"),
        (STILL + "limit = 1", r"gate 'still': there is no key 'limit'\.$"),
        (STILL + "max = '1'", "gate 'still': 'max' cannot be '1': input should be a valid number"),
        (STILL + "max = true", "gate 'still': 'max' cannot be True"),
        (STILL + "max = nan", "gate 'still': 'max' cannot be nan: input should be a finite number"),
        (STILL + "worse_by = -1", "gate 'still': 'worse_by' cannot be -1"),
        (STILL + "required = 1", "gate 'still': 'required' cannot be 1"),
        (
            STILL + "max = 1\nstrata = ['tags']",
            "gate 'still': 'strata.0' cannot be 'tags': input should be 'all'",
        ),
        (STILL + "max = 1\nstrata = []", r"gate 'still': 'strata' cannot be \[\]"),
        (STILL + "max = 1\nlooks = 'aviator'", "gate 'still': 'looks' cannot be 'aviator'"),
        (STILL, "gate 'still': it limits nothing"),
        (STILL + "min = 1", "gate 'still': jitter.corner_px is better the lower it is; limit it with 'max'"),
        ("[[gate]]\nmeasure = 'detect.rate'\nmax = 1", "gate 'detect.rate': .* limit it with 'min'"),
        ("[[gate]]\nmeasure = 'jitter.raw_px'\nmin = 2\nmax = 1", "no figure is at least 2 and at most 1"),
        (
            "[[gate]]\nmeasure = 'jitter.corner'\nmax = 1",
            "no measure 'jitter.corner'; did you mean 'jitter.corner_px'",
        ),
        ("[[gate]]\nmeasure = 'beauty'\nmax = 1", r"gate 'beauty': there is no measure 'beauty'\.$"),
        ("[[gate]]\nmax = 1", "gates.toml, gate 1: the key 'measure' is missing"),
        (STILL + "max = 1\n" + STILL + "max = 2", "gate 'still': another gate has this name"),
        ("gate = [1]", "gates.toml: 'gate.0' cannot be 1"),
        ("gate = 1", "gates.toml: 'gate' cannot be 1"),
    ],
)
def test_what_is_wrong_is_told_by_its_gate(file: Path, content: str, sentence: str) -> None:
    file.write_text(content)
    with pytest.raises(BadBaseline, match=sentence) as caught:
        load_gates(file)
    assert len(caught.value.sentence.splitlines()) == 1
    assert "pydantic" not in caught.value.sentence


def test_a_file_that_is_not_there_or_too_large(file: Path) -> None:
    with pytest.raises(BadBaseline, match="cannot be read: no such file"):
        load_gates(file)
    file.write_bytes(b"#" * (256 * 1024 + 1))
    with pytest.raises(BadBaseline, match="larger than 256 KB"):
        load_gates(file)


def test_the_order_in_the_file_does_not_matter(file: Path) -> None:
    blocks = default_gates().read_text("utf-8").split("[[gate]]")
    first = load_gates(default_gates())
    random.Random(7).shuffle(tail := blocks[1:])
    file.write_text("[[gate]]".join([blocks[0], *tail]), "utf-8")
    assert load_gates(file) == first


def test_the_page_explains_every_key_and_its_example_is_a_file_of_gates(root: Path, file: Path) -> None:
    page = (root / "docs" / "qa.md").read_text("utf-8")
    told = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    models = (Gate.model_fields, Gates.model_fields)
    keys = {info.alias or name for fields in models for name, info in fields.items()}
    assert told == keys - {"gate", "schema"}
    example = re.search(r"^    frames_min = 30\n(?:    .*\n|\n)+", page, re.MULTILINE)
    assert example is not None
    file.write_text(textwrap.dedent(example[0]))
    assert [gate.name for gate in load_gates(file).gate] == ["still-glasses"]


def test_the_gates_that_come_with_tryon_are_about_measures_and_kinds_that_exist(book: LookBook) -> None:
    gates, kinds = load_gates(default_gates()), {product.kind for product in book.products()}
    assert len(gates.gate) > 10
    for gate in gates.gate:
        assert definition(gate.measure).id == gate.measure
        assert set(gate.kinds) <= kinds
    assert any(gate.required for gate in gates.gate), "a run in which nothing was found must not pass"
