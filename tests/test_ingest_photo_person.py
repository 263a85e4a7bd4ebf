"""Somebody who wears the frame is told from a frame."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.photo_frames import photo, size
from tryon.errors import BadAsset
from tryon.ingest.eyewear_photo import read_frame
from tryon.ingest.photo_person import is_worn
from tryon.resources import portrait


def test_a_face_is_somebody_and_a_frame_is_not() -> None:
    frame = cv2.imdecode(np.frombuffer(photo("honey-panto").jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert not is_worn(np.asarray(frame, np.uint8))
    done, data = cv2.imencode(".jpg", np.asarray(cv2.imread(str(portrait())), np.uint8))
    assert done
    with pytest.raises(BadAsset, match="Somebody wears"):
        read_frame(data.tobytes(), size("honey-panto"))
