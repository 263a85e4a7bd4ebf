"""Where the files that are not Python lie: ``static``, ``templates`` and ``assets``.

In a checkout (and an editable install) they stand beside the package; in a wheel they are inside it,
under ``tryon/_data``.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Literal

from tryon.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent

Folder = Literal["static", "templates", "assets"]


def folder(name: Folder, package: Path = _PACKAGE) -> Path:
    """The folder of that name that belongs to ``package``. Raises ConfigError if there is none."""
    packed = package / "_data" / name
    beside = package.parent / name
    for place in (packed, beside):
        if place.is_dir():
            return place
    raise ConfigError(
        f"This installation of tryon lacks its {name!r} folder; install it again from a complete wheel.",
        folder=name,
    )


def portrait() -> Path:
    """The astronaut portrait (Eileen Collins, NASA, public domain), a 512×512 PNG in scikit-image's wheel.

    scikit-image is only located, never imported. Raises ConfigError if it is not installed.
    """
    spec = importlib.util.find_spec("skimage")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(place) / "data" / "astronaut.png"
        if path.is_file():
            return path
    raise ConfigError(
        "The sample portrait is missing: install scikit-image (its wheel carries the picture) with "
        "'pip install --no-deps scikit-image'."
    )
