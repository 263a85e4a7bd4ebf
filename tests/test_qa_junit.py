"""JUnit XML as CI systems read it: one suite a group of takes, one case a gate, whatever names contain."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timezone
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from tryon.qa.junit import junit
from tryon.qa.results import RunResult, TakeResult, Verdict

WHEN = datetime(2026, 11, 23, 10, 30, 5, 123, tzinfo=timezone.utc)
HELD = Verdict("still", "jitter.corner_px", "all", 0.1, None, 0.35, True, "0.1 px is at most 0.35 px.")
FAILED = Verdict("still", "jitter.corner_px", "tag:dim", 0.62, 0.35, 0.45, False, "0.62 px in tag:dim.")
ABSENT = Verdict("prompt", "lag.ms", "tag:dim", None, None, None, True, "no figure in tag:dim.")
RUN = RunResult(
    (
        TakeResult("walk.mp4 × a", "walk.mp4", "a", 60),
        TakeResult("b × a", "b", "a", 3, error="It broke off."),
    ),
    {"tryon": "0.1.0", "cpu": "A & B <C>"},
    (HELD, FAILED, ABSENT),
    problems=("no.mp4 is not a video.",),
)


def parsed(run: RunResult) -> ET.Element:
    return ET.fromstring(junit(run, WHEN))  # noqa: S314 - our own


def check_schema(root: ET.Element) -> None:
    """What the schemas of Ant's JUnit task and of Jenkins' xUnit plugin both ask for."""
    assert (root.tag, root.attrib) == ("testsuites", {})
    for number, suite in enumerate(root):
        assert suite.tag == "testsuite"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
        assert (suite.attrib["id"], suite.attrib["hostname"]) == (str(number), "localhost")
        assert suite.attrib["name"]
        tags = [child.tag for child in suite]
        cases = suite.findall("testcase")
        assert tags == ["properties", *["testcase"] * len(cases), "system-out", "system-err"]
        for name, inside in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.attrib[name]) == len(suite.findall(f"testcase/{inside}"))
        assert int(suite.attrib["tests"]) == len(cases)
        for case in cases:
            assert set(case.attrib) == {"name", "classname", "time"}
            assert len(case) <= 1
            assert all(set(inside.attrib) == {"type", "message"} for inside in case)


def test_each_group_is_a_suite_and_each_gate_a_case() -> None:
    root = parsed(RUN)
    check_schema(root)
    assert [(suite.attrib["name"], suite.attrib["tests"]) for suite in root] == [
        ("takes", "3"), ("all", "1"), ("tag:dim", "2"),
    ]  # fmt: skip
    takes, whole, dim = root
    assert [error.text for error in takes.iter("error")] == ["It broke off.", "no.mp4 is not a video."]
    assert len(whole[1]) == 0
    failure = dim.find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"type": "failure", "message": FAILED.sentence}
    assert dim.find("testcase/skipped") is not None
    told = {one.attrib["name"]: one.attrib["value"] for one in root.iter("property")}
    assert told == RUN.environment
    assert "still: 0.62 px in tag:dim." in (dim.findtext("system-out") or "")


def test_the_same_run_gives_the_same_bytes() -> None:
    assert junit(RUN, WHEN) == junit(RUN, WHEN)
    assert junit(RUN, WHEN).startswith(b"<?xml version=")


def test_control_characters_are_replaced() -> None:
    nasty = "a\x00b\x1b[31m\x0b\ufffe\ud800 ]]> <script>&\"' \U0001f453"
    verdict = replace(FAILED, sentence=nasty, gate=nasty, stratum=f"take:{nasty}")
    root = parsed(replace(RUN, verdicts=(verdict,), environment={"cpu": nasty}))
    check_schema(root)
    text = root.findtext("testsuite[2]/testcase/failure")
    assert text == "a�b�[31m��� ]]> <script>&\"' \U0001f453"


@given(st.text(), st.text(), st.text(min_size=1))
def test_any_text_gives_well_formed_xml(gate: str, sentence: str, stratum: str) -> None:
    check_schema(
        parsed(
            replace(RUN, verdicts=(replace(FAILED, gate=gate, sentence=sentence, stratum=f"tag:{stratum}"),))
        )
    )
