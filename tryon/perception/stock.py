"""MediaPipe's face mesh and pose as they come: what a mirror without ideas of its own would run.

The benchmark's floors are measured on them, and the tracker's stillness is compared with the mesh's. The mirror itself
uses ``face_model`` and ``body_model``.
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


class StockPose:
    """One body with the mask of its person, tracked from frame to frame. Use from one thread; ``close`` may be called
    twice."""

    def __init__(self) -> None:
        self._pose: Any = mediapipe.solutions.pose.Pose(
            static_image_mode=False, model_complexity=1, enable_segmentation=True
        )

    def find(self, bgr: U8) -> F32 | None:
        """The (33, 4) points x, y, z in parts of the picture, and visibility; None where it sees nobody."""
        found = self._pose.process(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))
        if found.pose_landmarks is None:
            return None
        return np.array(
            [(point.x, point.y, point.z, point.visibility) for point in found.pose_landmarks.landmark],
            np.float32,
        )

    def close(self) -> None:
        if self._pose is not None:
            pose, self._pose = self._pose, None
            pose.close()


def to_points(face: Any, width_px: int, height_px: int) -> F32:
    """A landmark message as (478, 3) pixels; MediaPipe gives depth on the scale of x."""
    points = np.array([(point.x, point.y, point.z) for point in face.landmark], np.float32)
    return points * np.array([width_px, height_px, width_px], np.float32)
