"""A run's verdicts as JUnit XML, which CI systems show as tests: one suite a group of takes, one case a gate.

Valid against the schema of Ant's JUnit task and that of Jenkins' xUnit plugin. The host is never told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

from tryon.qa.results import RunResult, Verdict
from tryon.qa.verdicts import state_of

# What XML 1.0 cannot carry, escaped or not: control characters, lone surrogates, U+FFFE and U+FFFF.
_UNSPEAKABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STATES: Final = {"held": "", "failed": "failure", "no figure": "skipped"}
_TAKES_SUITE: Final = "takes"


@dataclass(frozen=True, slots=True)
class _Case:
    """``state`` is what it becomes inside the test case: nothing, ``failure``, ``error`` or ``skipped``."""

    name: str
    state: str
    sentence: str


def junit(run: RunResult, when: datetime) -> bytes:
    """The whole file. ``when`` is the run's time, told to the second and without its zone, as the schema wants it."""
    suites = {_TAKES_SUITE: _takes(run)}
    for verdict in run.verdicts:
        suites.setdefault(verdict.stratum, []).append(_case(verdict))
    root = ET.Element("testsuites")
    for number, (name, cases) in enumerate(suites.items()):
        # Once is enough: a run may have thousands of groups.
        root.append(_suite(number, name, cases, {} if number else run.environment, when))
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _takes(run: RunResult) -> list[_Case]:
    """Whether each take ran to its end; clips that never began are cases of their own."""
    ran = [
        _Case(take.key, "error" if take.error else "", take.error or "ran to its end") for take in run.takes
    ]
    return [*ran, *(_Case(f"clip {number}", "error", told) for number, told in enumerate(run.problems, 1))]


def _case(verdict: Verdict) -> _Case:
    return _Case(verdict.gate, _STATES[state_of(verdict)], verdict.sentence)


def _suite(
    number: int, name: str, cases: list[_Case], environment: dict[str, str], when: datetime
) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        id=str(number),
        name=_clean(name),
        package="tryon.qa",
        timestamp=when.strftime("%Y-%m-%dT%H:%M:%S"),
        hostname="localhost",
        tests=str(len(cases)),
        failures=_count(cases, "failure"),
        errors=_count(cases, "error"),
        skipped=_count(cases, "skipped"),
        time="0",
    )
    properties = ET.SubElement(suite, "properties")
    for key, value in environment.items():
        ET.SubElement(properties, "property", name=_clean(key), value=_clean(value))
    for case in cases:
        # A dot would have the name taken for a class in a package.
        shown = ET.SubElement(
            suite, "testcase", name=_clean(case.name), classname=_clean(name).replace(".", "_"), time="0"
        )
        if case.state:
            ET.SubElement(shown, case.state, _why(case)).text = _clean(case.sentence)
    ET.SubElement(suite, "system-out").text = _clean("\n".join(_lines(cases)))
    ET.SubElement(suite, "system-err").text = ""
    return suite


def _why(case: _Case) -> dict[str, str]:
    return {"type": case.state, "message": _clean(case.sentence)}


def _lines(cases: Iterable[_Case]) -> Iterable[str]:
    return (f"{case.name}: {case.sentence}" for case in cases)


def _count(cases: Iterable[_Case], state: str) -> str:
    return str(sum(case.state == state for case in cases))


def _clean(text: str) -> str:
    return _UNSPEAKABLE.sub("�", text)
