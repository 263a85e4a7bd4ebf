"""The palm detector and the hand's landmark network on a region of our choosing: 21 points a hand.

Both remember nothing between calls. Crops of landmarks are cut as they were in training: turned so that the fingers
point up, from the palm's box or from the last frame's points (Zhang et al., "MediaPipe Hands", 2020).
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from tryon.errors import PerceptionFailed
from tryon.frame import F32, U8
from tryon.perception.body_model import cut
from tryon.perception.face_model import MODEL_FOLDER, ON_CALLER, Graph, Region
from tryon.perception.runtime import packet_getter

POINT_COUNT: Final = 21
WRIST: Final = 0
# Knuckles of the index, middle and ring finger.
KNUCKLES: Final = (5, 9, 13)
# Wrist, thumb and the fingers' lower joints: fingertips that bend do not move the crop.
PALM: Final = np.array([0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18], np.intp)
CROP_PX: Final = 224  # input side of hand_landmark_lite.tflite
DETECTOR_PX: Final = 192  # input side of palm_detection_lite.tflite
SCORE_MIN: Final = 0.5
# Crops over boxes, and how far they lie towards the fingertips, in parts of the box.
FROM_PALM: Final = (2.6, 0.5)
FROM_POINTS: Final = (2.0, 0.1)

_OUTPUTS: Final = ("points", "presence")


def _landmark_graph() -> str:
    ranges = " ".join(f"ranges {{ begin: {i} end: {i + 1} }}" for i in range(2))
    return f"""
    input_stream: "image"
    {ON_CALLER}
    node {{
      calculator: "TensorConverterCalculator"
      input_stream: "IMAGE:image" output_stream: "TENSORS:crop"
      options {{ [mediapipe.TensorConverterCalculatorOptions.ext] {{ zero_center: false }} }}
    }}
    node {{
      calculator: "InferenceCalculator"
      input_stream: "TENSORS:crop" output_stream: "TENSORS:tensors"
      options {{ [mediapipe.InferenceCalculatorOptions.ext] {{
        model_path: "{MODEL_FOLDER}/hand_landmark/hand_landmark_lite.tflite"
        delegate {{ xnnpack {{ num_threads: 1 }} }} }} }}
    }}
    node {{
      calculator: "SplitTensorVectorCalculator" input_stream: "tensors"
      output_stream: "tensor_0" output_stream: "tensor_1"
      options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{ {ranges} }} }}
    }}
    node {{
      calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:tensor_0" output_stream: "FLOATS:points"
    }}
    node {{
      calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:tensor_1" output_stream: "FLOATS:presence"
    }}
    """


def _palm_graph() -> str:
    return f"""
    input_stream: "image"
    {ON_CALLER}
    node {{
      calculator: "ConstantSidePacketCalculator" output_side_packet: "PACKET:complexity"
      options {{ [mediapipe.ConstantSidePacketCalculatorOptions.ext] {{ packet {{ int_value: 0 }} }} }}
    }}
    node {{
      calculator: "PalmDetectionCpu" input_side_packet: "MODEL_COMPLEXITY:complexity"
      input_stream: "IMAGE:image" output_stream: "DETECTIONS:detections"
    }}
    """


class HandModel:
    """The two networks. Use from one thread at a time; ``close`` may be called twice."""

    def __init__(self) -> None:
        self._landmarks = Graph(_landmark_graph(), _OUTPUTS)
        self._palms = Graph(_palm_graph(), ("detections",))
        self._rgb: U8 = np.empty((CROP_PX, CROP_PX, 3), np.uint8)

    def close(self) -> None:
        """Release the networks."""
        self._landmarks.close()
        self._palms.close()

    def points(self, bgr: U8, region: Region) -> tuple[F32, float]:
        """The (21, 2) points in pixels of the picture and the probability that the region holds a hand. Raises
        PerceptionFailed."""
        packets = self._landmarks.run(cut(bgr, region, self._rgb))
        if any(name not in packets for name in _OUTPUTS):
            raise PerceptionFailed("The hand model failed on this frame; the next one may work.")
        rows = np.array(packet_getter.get_float_list(packets["points"]), np.float32).reshape(POINT_COUNT, 3)
        affine = region.picture_from_crop(CROP_PX)
        points = np.asarray(rows[:, :2] @ affine[:, :2].T + affine[:, 2], np.float32)
        return points, float(packet_getter.get_float_list(packets["presence"])[0])

    def detect(self, bgr: U8, region: Region) -> tuple[Region, ...]:
        """Crops for the hands whose palms are found in an upright ``region``, best first. Raises PerceptionFailed."""
        rgb: U8 = np.empty((DETECTOR_PX, DETECTOR_PX, 3), np.uint8)
        packets = self._palms.run(cut(bgr, region, rgb))
        protos = packet_getter.get_proto_list(packets["detections"]) if "detections" in packets else []
        sure = sorted(
            (p for p in protos if p.score[0] >= SCORE_MIN), key=lambda proto: -float(proto.score[0])
        )
        return tuple(_of_palm(proto, region) for proto in sure)


def _of_palm(proto: Any, region: Region) -> Region:
    box = proto.location_data.relative_bounding_box
    wrist, _, middle = proto.location_data.relative_keypoints[:3]
    left, top = region.x - region.side / 2, region.y - region.side / 2
    roll = _roll(middle.x - wrist.x, middle.y - wrist.y)
    side = max(box.width, box.height) * region.side
    x = left + (box.xmin + box.width / 2) * region.side
    y = top + (box.ymin + box.height / 2) * region.side
    return _crop(x, y, side, roll, FROM_PALM)


def region_of(points_px: F32) -> Region:
    """The crop that a hand with these points (21, 2) wants."""
    first, second, third = (points_px[knuckle] for knuckle in KNUCKLES)
    dx, dy = ((first + third) / 2 + second) / 2 - points_px[WRIST]
    roll = _roll(float(dx), float(dy))
    cosine, sine = math.cos(roll), math.sin(roll)
    palm = points_px[PALM]
    u, v = palm[:, 0] * cosine + palm[:, 1] * sine, palm[:, 1] * cosine - palm[:, 0] * sine
    across, along = float(u.min() + u.max()) / 2, float(v.min() + v.max()) / 2
    side = float(max(np.ptp(u), np.ptp(v)))
    return _crop(across * cosine - along * sine, across * sine + along * cosine, side, roll, FROM_POINTS)


def _crop(x: float, y: float, side: float, roll: float, how: tuple[float, float]) -> Region:
    """The box, moved towards the fingertips and enlarged."""
    scale, up = how
    return Region(x + up * side * math.sin(roll), y - up * side * math.cos(roll), scale * side, roll)


def _roll(dx: float, dy: float) -> float:
    """Clockwise turn of a hand whose fingers point along (dx, dy), y down; 0 for up."""
    return math.atan2(dx, -dy)
