"""How faithful, clean and steady makeup is: ``python -m tryon.bench.makeup_figures`` measures and tells.

Colours are measured on the portrait in scikit-image's wheel, re-toned and re-lit; places on a head made of it, whose
lips, lids and pose are known in every frame. ``--out`` also writes everything as JSON. What it takes is told in
``docs/makeup.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2

from tryon.bench import makeup_colours as colours
from tryon.bench import makeup_places as places
from tryon.config import Settings
from tryon.pipeline import Engine
from tryon.replay.tone import TONES

# Shades and tones in other light: each takes as many frames as the lamps. None so light that a lamp makes it clip.
CONSTANT_SHADES: Final = ("nude", "brown", "red", "plum")
CONSTANT_TONES: Final = ("light", "tan", "dark")


@dataclass(frozen=True, slots=True)
class Effort:
    """What is measured."""

    tones: tuple[str, ...] = tuple(TONES)
    shades: tuple[str, ...] = tuple(colours.SHADES)
    constant_shades: tuple[str, ...] = CONSTANT_SHADES
    constant_tones: tuple[str, ...] = CONSTANT_TONES
    lamps: tuple[str, ...] = tuple(colours.LAMPS)
    exposures: tuple[float, ...] = colours.EXPOSURES
    seconds: float = 2.5
    parted: tuple[float, ...] = (0.0, 0.03, 0.06, 0.10, 0.15, 0.20, 0.30, 0.40)
    parted_yaws: tuple[float, ...] = (-20.0, 0.0, 20.0)
    shut: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    yaws: tuple[float, ...] = (-45.0, -30.0, -15.0, 0.0, 15.0, 30.0, 45.0)


FULL: Final = Effort()
# For tests: every path once.
QUICK: Final = Effort(
    tones=("tan",),
    shades=("red",),
    constant_shades=("red",),
    constant_tones=("tan",),
    lamps=tuple(colours.LAMPS)[:1],
    exposures=(0.7,),
    seconds=0.2,
    parted=(0.1,),
    parted_yaws=(0.0,),
    shut=(0.0,),
    yaws=(0.0, 30.0),
)


def measure(settings: Settings, engine: Engine, effort: Effort, say: Callable[[str], None]) -> dict[str, Any]:
    """Everything, by name."""
    say("shades")
    sitters = colours.Sitters(settings, engine)
    found: dict[str, Any] = {
        "shades_de00": colours.shades(sitters, effort.tones, effort.shades),
        "constancy_de00": colours.constancy(
            sitters, effort.constant_tones, effort.constant_shades, effort.lamps
        ),
        "foundation": colours.foundations(sitters, effort.tones),
        "skin_tone": colours.readings(sitters, effort.tones, effort.exposures),
    }
    say("edges")
    studio = places.Studio(settings, engine)
    clips = {
        "still": (places.still(effort.seconds), places.NOISE),
        "talking": (places.talking(effort.seconds), places.NOISE / 2),
        "turning": (places.turning(effort.seconds), places.NOISE / 2),
    }
    found["edges"] = {name: places.edges(studio, script, noise) for name, (script, noise) in clips.items()}
    found["flicker"] = places.flicker(studio, effort.seconds)
    say("mouths, eyes and turns")
    found["mouth"] = places.mouth(studio, effort.parted, effort.parted_yaws)
    found["mouth"]["opening"] = places.opened(studio, places.opening(effort.seconds), places.NOISE / 2)
    found["blink"] = places.blink(studio, effort.shut)
    found["turns"] = places.turns(studio, effort.yaws)
    return found


TITLES: Final = {
    "shades_de00": "median ΔE00 of the lips' core to a matte shade that covers, by skin tone",
    "constancy_de00": "ΔE00 of a shade in a lamp's light, that light divided out, to it in white light; worst shade",
    "foundation": "foundation: its own skin's colour, shades that cover, and detail kept",
    "skin_tone": "skin's tone without paper: errors, and how many standard deviations of its doubt they are",
    "edges": "the lips' border, in pixels",
    "flicker": "deviation over time, made up over bare, on a still face with noise",
    "mouth": "parts of teeth and mouth, and of the lips, that lipstick colours, by mouth widths that lips part",
    "blink": "parts of the eye that shadow and liner colour, and of the lid's edge, by how far the eyes are shut",
    "turns": "by yaw in degrees",
}


def table(found: Mapping[str, Any]) -> str:
    """The figures for people."""
    lines = []
    for name, figures in found.items():
        lines += ["", TITLES[name]]
        rows = figures if isinstance(next(iter(figures.values())), Mapping) else {"": figures}
        columns = list(next(iter(rows.values())))
        lines.append(f"{'':24}" + "".join(f"{column:>20}" for column in columns))
        lines += [
            f"{row:24}" + "".join(f"{value:20.3f}" for value in values.values())
            for row, values in rows.items()
        ]
    return "\n".join(lines[1:]) + "\n"


def _say(line: str) -> None:
    sys.stderr.write(f"{line} …\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: tables, and with ``--out`` also JSON."""
    parser = argparse.ArgumentParser(prog="python -m tryon.bench.makeup_figures", description=main.__doc__)
    parser.add_argument("--out", type=Path, help="a file for the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="one of each only, to see that it works")
    chosen = parser.parse_args(arguments)
    settings = Settings(threads=1)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    engine = Engine(settings)
    try:
        found = measure(settings, engine, QUICK if chosen.quick else FULL, _say)
    finally:
        engine.close()
        cv2.setNumThreads(threads)
    if chosen.out is not None:
        chosen.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    sys.stdout.write(table(found))


if __name__ == "__main__":
    main()
