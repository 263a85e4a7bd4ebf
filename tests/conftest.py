"""Fixtures that several test files share, and what the marks mean."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.frame import U8
from tryon.resources import portrait

ROOT = Path(__file__).resolve().parent.parent


def shared_media() -> Path | None:
    """The folder of recordings that are too big, or not ours, to be in the repository; None without it."""
    place = Path(os.environ.get("TRYON_MEDIA", ROOT.parent / "shared" / "media"))
    return place if place.is_dir() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if shared_media() is None:
        skip = pytest.mark.skip(reason="no recordings here: set TRYON_MEDIA to their folder")
        for item in items:
            if item.get_closest_marker("media"):
                item.add_marker(skip)


@pytest.fixture(scope="session")
def media_dir() -> Path:
    place = shared_media()
    if place is None:
        pytest.skip("no recordings here: set TRYON_MEDIA to their folder")
    return place


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def astronaut() -> U8:
    """The portrait in scikit-image's wheel: 512×512 BGR, read-only, one frontal face 100 px wide."""
    bgr = cv2.imdecode(np.fromfile(portrait(), np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    assert bgr.dtype == np.uint8
    bgr.flags.writeable = False
    return bgr  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def _default_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test sees the defaults, whatever the developer's shell sets."""
    for name in os.environ:
        if name.startswith("TRYON_") and name != "TRYON_MEDIA":
            monkeypatch.delenv(name)
