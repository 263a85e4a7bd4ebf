"""mediapipe's calculators without mediapipe's imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

ALONE = """
import sys
from tryon.perception.runtime import CalculatorGraph, packet_creator, packet_getter
assert "matplotlib" not in sys.modules, "the drawing helpers came along"
assert not [name for name in sys.modules if name.startswith("mediapipe.tasks")]
print(CalculatorGraph.__name__, packet_creator.create_int(3) is not None, packet_getter.__name__)
"""
THEN_THE_WHOLE = """
import numpy as np
from tryon.perception.face_model import FaceModel
model = FaceModel()
import mediapipe
assert mediapipe.__version__ == "0.10.21"
mesh = mediapipe.solutions.face_mesh.FaceMesh(refine_landmarks=True)
empty = np.zeros((64, 64, 3), np.uint8)
assert mesh.process(empty).multi_face_landmarks is None
assert model.detect(empty) == ()
mesh.close()
model.close()
print("both")
"""
FIRST_THE_WHOLE = (
    "import mediapipe\n" + ALONE.split("assert", maxsplit=1)[0] + "print(CalculatorGraph.__name__)\n"
)


@pytest.mark.parametrize(
    ("script", "says"),
    [(ALONE, "CalculatorGraph True"), (THEN_THE_WHOLE, "both"), (FIRST_THE_WHOLE, "CalculatorGraph")],
    ids=["alone", "then the whole", "first the whole"],
)
def test_it_works_alone_and_beside_the_whole_package(script: str, says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert says in done.stdout
