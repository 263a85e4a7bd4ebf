"""The figures of photos tell what was measured."""

from __future__ import annotations

import pytest

from tests.photo_frames import SHOT, photo, reading, specs
from tryon.ingest import photo_figures
from tryon.ingest.photo_figures import Figure, main, overlaps


def test_overlaps_are_those_of_the_photo() -> None:
    assert min(overlaps(reading("honey-panto"), photo("honey-panto"))) > 0.93


@pytest.mark.parametrize(
    ("figure", "good"),
    [
        (Figure("a", "b", (0.95, 0.91), 0.009, 1.0), True),
        (Figure("a", "b", (0.95, 0.89), 0.009, 1.0), False),
        (Figure("a", "b", (0.95, 0.95), -0.011, 1.0), False),
        (Figure("a", "b", refused="No frame."), False),
    ],
)
def test_what_counts_as_good(figure: Figure, good: bool) -> None:
    assert figure.good is good


def test_the_command_tells_each_photo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = {name: specs()[name] for name in ("honey-panto",)}
    monkeypatch.setattr(photo_figures, "photo_range", lambda: frames)
    monkeypatch.setattr(photo_figures, "SHOTS", {"studio": SHOT})
    main(["--shot", "studio"])
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("honey-panto")
    assert " of 1 with overlaps" in told[1]
