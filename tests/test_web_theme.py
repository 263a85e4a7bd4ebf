"""Themes: whatever two colours a merchant picks, words stay readable, and nothing of theirs is CSS."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.store.storefront import Theme
from tryon.web.theme import MARK_CONTRAST, TEXT_CONTRAST, contrast, scheme, stylesheet

colors = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def rules(css: str) -> dict[str, str]:
    return dict(re.findall(r"([\w-]+): ([^;]+);", css))


def test_no_theme_is_no_stylesheet() -> None:
    assert stylesheet(Theme()) == ""
    assert scheme(Theme()) == "light dark"


def test_contrast_is_wcags() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@given(colors, colors)
def test_words_are_readable_on_any_two_colours(accent: str, background: str) -> None:
    found = rules(stylesheet(Theme(accent=accent, background=background)))
    assert found["--paper"] == background
    assert found["--accent"] == accent
    assert contrast(found["--ink"], background) >= TEXT_CONTRAST
    assert contrast(found["--ink-soft"], background) >= TEXT_CONTRAST
    assert contrast(found["--ink-soft"], found["--surface"]) >= TEXT_CONTRAST
    assert contrast(found["--on-accent"], accent) >= TEXT_CONTRAST
    assert contrast(found["--on-accent"], found["--accent-hover"]) >= TEXT_CONTRAST
    assert contrast(found["--mark"], found["--surface"]) >= MARK_CONTRAST
    assert contrast(found["--tile-mark"], "#ffffff") >= MARK_CONTRAST


@given(colors)
def test_an_accent_alone_is_readable_by_day_and_by_night(accent: str) -> None:
    day, night = stylesheet(Theme(accent=accent)).split("@media (prefers-color-scheme: dark)")
    assert rules(day)["--accent"] == accent
    assert contrast(rules(night)["--accent"], "#1d1d1b") >= TEXT_CONTRAST
    assert contrast(rules(night)["--on-accent"], rules(night)["--accent"]) >= TEXT_CONTRAST
    assert "--paper" not in day + night


@pytest.mark.parametrize(("background", "expected"), [("#faf8f5", "light"), ("#101820", "dark")])
def test_a_background_decides_between_light_and_dark(background: str, expected: str) -> None:
    assert scheme(Theme(background=background)) == expected
    assert rules(stylesheet(Theme(background=background)))["color-scheme"] == expected


def test_corners_and_fonts() -> None:
    found = rules(stylesheet(Theme(radius_px=4, font="serif")))
    assert (found["--radius-l"], found["--radius-m"], found["--radius-button"]) == ("4px", "2.56px", "4px")
    assert found["--font"].endswith("serif")
    assert rules(stylesheet(Theme(radius_px=20)))["--radius-button"] == "999px"


def test_every_rule_is_one_that_the_page_knows(root: object) -> None:
    from pathlib import Path

    css = (Path(str(root)) / "static" / "mirror.css").read_text("utf-8")
    theme = Theme(accent="#7a3b12", background="#101820", font="mono", radius_px=0)
    for name in rules(stylesheet(theme)):
        assert name == "color-scheme" or f"{name}:" in css, name
