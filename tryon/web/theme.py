"""A merchant's colours, font and corners as a stylesheet that goes on top of the mirror's own.

The merchant names two colours. The others follow from these so that words stay readable: contrast as WCAG 2.2 defines
it (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio), 4.5 for text and 3 for marks.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from tryon.store.storefront import Theme

Rgb: TypeAlias = tuple[float, float, float]

TEXT_CONTRAST: Final = 4.5
MARK_CONTRAST: Final = 3.0
_WHITE: Final = (255.0, 255.0, 255.0)
_BLACK: Final = (0.0, 0.0, 0.0)
_INK: Final = "#1b1b19"
_PAPER_INK: Final = "#f1f0ec"
# The surfaces of static/mirror.css, light and dark, on which marks have to show.
_SURFACE: Final = "#ffffff"
_DARK_SURFACE: Final = "#1d1d1b"
_STEPS: Final = 20
# Below it buttons take the corner; above it they stay pills.
_PILL_FROM_PX: Final = 16
_FONTS: Final = {
    "serif": '"Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", Georgia, serif',
    "humanist": 'Seravek, "Gill Sans Nova", Ubuntu, Calibri, "DejaVu Sans", sans-serif',
    "rounded": 'ui-rounded, "Hiragino Maru Gothic ProN", Quicksand, Comfortaa, "Arial Rounded MT Bold", sans-serif',
    "mono": 'ui-monospace, "Cascadia Code", "Source Code Pro", Menlo, Consolas, monospace',
}


def stylesheet(theme: Theme) -> str:
    """CSS; empty where the theme changes nothing."""
    if theme == Theme():
        return ""
    rules = dict(_corners(theme))
    if theme.font in _FONTS:
        rules["--font"] = _FONTS[theme.font]
    if theme.background:
        return _root(rules | _ground(theme.background) | _accent(theme.accent, _surface(theme.background)))
    css = _root(rules | _accent(theme.accent, _SURFACE))
    if theme.accent:
        lighter = _moved(theme.accent, _WHITE, _DARK_SURFACE, TEXT_CONTRAST)
        dark = _root(_accent(lighter, _DARK_SURFACE))
        css += f"@media (prefers-color-scheme: dark) {{\n{dark}}}\n"
    return css


def scheme(theme: Theme) -> str:
    """As ``color-scheme`` has it: a background of the merchant's own is light or dark for everyone."""
    if not theme.background:
        return "light dark"
    return "dark" if _is_dark(theme.background) else "light"


def contrast(one: str, other: str) -> float:
    """1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _corners(theme: Theme) -> dict[str, str]:
    radius = theme.radius_px
    return {
        "--radius-l": f"{radius}px",
        "--radius-m": f"{radius * 0.64:.4g}px",
        "--radius-s": f"{radius * 0.36:.4g}px",
        "--radius-button": "999px" if radius >= _PILL_FROM_PX else f"{radius}px",
    }


def _accent(accent: str, ground: str) -> dict[str, str]:
    if not accent:
        return {}
    on_white, on_black = contrast(accent, "#ffffff"), contrast(accent, "#000000")
    on_accent, away = (
        ("#ffffff", _WHITE) if on_white >= TEXT_CONTRAST or on_white > on_black else ("#000000", _BLACK)
    )
    mark = _moved(accent, _opposite(ground), ground, MARK_CONTRAST)
    return {
        "--accent": accent,
        # Further from the words on it, so that they stay readable.
        "--accent-hover": _hex(_mixed(_rgb(accent), _BLACK if away == _WHITE else _WHITE, 0.14)),
        "--on-accent": on_accent,
        "--mark": mark,
        "--focus": mark,
        "--tile-mark": _moved(accent, _BLACK, "#ffffff", MARK_CONTRAST),
    }


def _ground(background: str) -> dict[str, str]:
    ink = _ink(background)
    paper = _rgb(background)
    surface = _surface(background)
    soft = _moved(_hex(_mixed(_rgb(ink), paper, 0.34)), _rgb(ink), background, TEXT_CONTRAST)

    def toward(share: float) -> str:
        return _hex(_mixed(paper, _rgb(ink), share))

    return {
        "color-scheme": "dark" if _is_dark(background) else "light",
        "--paper": background,
        "--surface": surface,
        "--sunken": toward(0.07),
        "--raised": toward(0.16) if _is_dark(background) else surface,
        "--ink": ink,
        "--ink-soft": soft,
        "--line": toward(0.14),
        "--line-strong": _moved(toward(0.4), _rgb(ink), background, MARK_CONTRAST),
        "--glass": toward(0.09),
    }


def _surface(background: str) -> str:
    """Where words stand on cards: away from the ink, so that they are no less readable there."""
    if _is_dark(background):
        return _hex(_mixed(_rgb(background), _BLACK, 0.12))
    return _hex(_mixed(_rgb(background), _WHITE, 0.6))


def _ink(background: str) -> str:
    """The page's own, or black or white where these are not strong enough."""
    soft, hard = (_PAPER_INK, "#ffffff") if _is_dark(background) else (_INK, "#000000")
    return soft if contrast(background, soft) >= TEXT_CONTRAST else hard


def _is_dark(background: str) -> bool:
    return contrast(background, "#ffffff") > contrast(background, "#000000")


def _opposite(ground: str) -> Rgb:
    return _WHITE if _is_dark(ground) else _BLACK


def _moved(color: str, target: Rgb, ground: str, wanted: float) -> str:
    """``color``, taken toward ``target`` as far as it needs to stand out from ``ground``."""
    start = _rgb(color)
    for step in range(_STEPS + 1):
        moved = _hex(_mixed(start, target, step / _STEPS))
        if contrast(moved, ground) >= wanted:
            return moved
    return _hex(target)


def _root(rules: dict[str, str]) -> str:
    body = "".join(f"  {name}: {value};\n" for name, value in rules.items())
    return f":root {{\n{body}}}\n" if body else ""


def _rgb(color: str) -> Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in rgb)


def _mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(color: str) -> float:
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in _rgb(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
