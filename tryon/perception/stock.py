"""MediaPipe's face mesh as it comes: what a mirror without ideas of its own would run.

The benchmark's floor is measured on it, and the tracker's stillness is compared with it. The mirror itself uses
``face_model``.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import cv2
import mediapipe
import numpy as np
from typing_extensions import Self

from tryon.frame import F32, U8


class StockFaceMesh:
    """One face with irises, tracked from frame to frame. Use from one thread; ``close`` may be called twice."""

    def __init__(self) -> None:
        self._mesh: Any = mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=False, max_num_faces=1, refine_landmarks=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def find(self, bgr: U8) -> Any:
        """The first face's landmarks as MediaPipe's own message; None where it sees no face."""
        found = self._mesh.process(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)).multi_face_landmarks
        return found[0] if found else None

    def process(self, bgr: U8) -> F32 | None:
        """The (478, 3) points in pixels, depth on the same scale; None where it sees no face."""
        face = self.find(bgr)
        return None if face is None else to_points(face, bgr.shape[1], bgr.shape[0])

    def close(self) -> None:
        if self._mesh is not None:
            mesh, self._mesh = self._mesh, None
            mesh.close()


def to_points(face: Any, width_px: int, height_px: int) -> F32:
    """A landmark message as (478, 3) pixels; MediaPipe gives depth on the scale of x."""
    points = np.array([(point.x, point.y, point.z) for point in face.landmark], np.float32)
    return points * np.array([width_px, height_px, width_px], np.float32)
