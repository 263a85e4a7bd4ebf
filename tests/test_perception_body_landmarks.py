"""The body's points: named once each, the wearer's right beside their left."""

from __future__ import annotations

from tryon.perception import body_landmarks as at


def test_names_are_of_different_points() -> None:
    points = {
        name: value for name, value in vars(at).items() if name.isupper() and not name.endswith("COUNT")
    }
    assert len(set(points.values())) == len(points)
    assert max(points.values()) < at.NETWORK_COUNT
    pairs = [name for name in points if name.startswith("RIGHT_")]
    assert all(points[name] == points[name.replace("RIGHT", "LEFT")] + 1 for name in pairs)
