"""Whether somebody wears what a photo shows, so that a refusal can say so. The face is looked for and forgotten."""

from __future__ import annotations

from typing import Final

from tryon.frame import U8
from tryon.perception.face_model import FaceModel

# A frame on white paper looks a little like a face to the detector, a person does so for sure.
_SURE: Final = 0.75
# Smaller faces are on a poster behind.
_WIDE: Final = 0.08
SENTENCE: Final = (
    "Somebody wears the frame in the photo; photograph it alone, from the front, on a plain background."
)


def is_worn(bgr: U8) -> bool:
    """Whether there is a face in the picture."""
    model = FaceModel()
    try:
        found = model.detect(bgr)
    finally:
        model.close()
    return any(face.score > _SURE and face.width > _WIDE * bgr.shape[1] for face in found)
