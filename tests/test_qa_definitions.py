"""Every measure is defined once, explained on its page in the same words, and of use to gates and reports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tryon.qa.definitions import DEFINITIONS, definition
from tryon.qa.gates import default_gates, load_gates
from tryon.qa.results import Definition

BETTER = {"lower": "lower", "higher": "higher", "neither": "–"}
ROW = re.compile(
    r"^\| `([a-z]+\.[a-z0-9_.<>]+)` \| (.+?) \| (.+?) \| (.+?) \| (.+) \| (mean|rms|worst) \|$", re.MULTILINE
)


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "measures.md").read_text("utf-8")


def row(told: Definition) -> tuple[str, ...]:
    source = f" *{told.source}.*" if told.source else ""
    return (told.id, told.title, told.unit, BETTER[told.better], told.formula + source, told.pool)


def test_the_page_says_what_the_code_says(page: str) -> None:
    told = [found.groups() for found in ROW.finditer(page)]
    assert sorted(told) == sorted(row(known) for known in DEFINITIONS.values())


@pytest.mark.parametrize("told", DEFINITIONS.values(), ids=DEFINITIONS)
def test_a_definition_is_whole(told: Definition) -> None:
    assert re.fullmatch(r"[a-z]+\.(<step>\.)?[a-z0-9_]+", told.id)
    assert told.title
    assert told.unit
    assert told.formula.endswith(".")


def test_steps_have_definitions_of_their_own() -> None:
    found = definition("latency.perceive.p95_ms")
    assert (found.id, found.unit, found.pool) == ("latency.perceive.p95_ms", "ms", "worst")
    assert "perceive" in found.title
    assert definition("lag.ms") is DEFINITIONS["lag.ms"]


@pytest.mark.parametrize(
    "name", ["latency.<step>.p50_ms", "latency.p50_ms", "latency.perceive.p10_ms", "speed", "", "lag.s"]
)
def test_what_is_no_measure_has_no_definition(name: str) -> None:
    with pytest.raises(KeyError):
        definition(name)


def test_the_default_gates_allow_what_the_page_says(page: str) -> None:
    gates = {gate.measure: gate for gate in load_gates(default_gates()).gate}
    table = page[page.index("## What the default gates can tell") :]
    rows = re.findall(r"^\| `([a-z_.0-9]+)` \| (\S+) \|.*\| (\S+) \|$", table, re.MULTILINE)
    assert len(rows) > 20
    for measure, clean, told in rows:
        allowed = gates[measure].slack(float(clean.replace("−", "-")))
        assert float(told) == pytest.approx(allowed, rel=0.02), measure
