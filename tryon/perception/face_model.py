"""The landmark network on a region of our choosing, and the face detector.

``mp.solutions.face_mesh`` derives each crop from the last landmarks, and that feedback oscillates even on identical
frames. Here the attention model runs on a crop that we cut, in a graph that ends at the raw tensors: no region
feedback, no protobuf of 478 messages, and the presence score comes along. One model serves any number of faces and
sessions, because it remembers nothing between calls.
"""

from __future__ import annotations

import contextlib
import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import cv2
import numpy as np

from tryon.compiled import quick
from tryon.errors import PerceptionFailed
from tryon.frame import F32, F64, U8
from tryon.perception import landmarks as at
from tryon.perception.runtime import SRGB, CalculatorGraph, packet_creator, packet_getter

CROP_PX: Final = 192  # input side of face_landmark_with_attention.tflite
DETECTOR_PX: Final = 192  # input side of the larger detector, face_detection_full_range_sparse.tflite
# Beyond this reduction bilinear sampling skips pixels, and sensor noise turns into jitter: average first.
AVERAGE_BEYOND: Final = 2.0
DETECTION_SCORE: Final = 0.5
MODEL_FOLDER: Final = "mediapipe/modules"

_OUTPUTS: Final = ("mesh", "lips", "right_eye", "left_eye", "right_iris", "left_iris", "presence")
# All of them in one packet: seven conversions to Python would cost more than the copying.
_ALL: Final = "everything"
_FLOATS: Final = 468 * 3 + (80 + 71 + 71 + 5 + 5) * 2 + 1
# Where the refined points go, in the order of the tensors.
_REFINED: Final = np.concatenate(
    [at.REFINED_LIPS, at.REFINED_RIGHT_EYE, at.REFINED_LEFT_EYE, np.arange(468, 478)]
)


@dataclass(frozen=True, slots=True)
class Region:
    """A square of the picture: centre and side in pixels, roll in radians (clockwise as seen)."""

    x: float
    y: float
    side: float
    roll: float

    def picture_from_crop(self, crop_px: int = CROP_PX) -> F32:
        """The 2×3 affine map from crop coordinates (0 … crop_px) to pixels of the picture."""
        scale = self.side / crop_px
        cosine, sine = math.cos(self.roll) * scale, math.sin(self.roll) * scale
        half = crop_px / 2
        return np.array(
            [
                [cosine, -sine, self.x - cosine * half + sine * half],
                [sine, cosine, self.y - sine * half - cosine * half],
            ],
            np.float32,
        )


# Takes the noise out of a crop of that region, in place.
Calming: TypeAlias = Callable[[U8, Region], None]


@dataclass(frozen=True, slots=True)
class Detection:
    """A face found by the detector: its box's centre and size in pixels, the roll of its eyes, and a score."""

    x: float
    y: float
    width: float
    height: float
    roll: float
    score: float


# Calculators run on the thread that waits for them: no hand-over, and no thread more than there are workers.
ON_CALLER: Final = 'executor { type: "ApplicationThreadExecutor" }'


def _landmark_graph() -> str:
    ranges = " ".join(f"ranges {{ begin: {i} end: {i + 1} }}" for i in range(len(_OUTPUTS)))
    splits = " ".join(f'output_stream: "tensor_{name}"' for name in _OUTPUTS)
    floats = "\n".join(
        f'node {{ calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:tensor_{name}" '
        f'output_stream: "FLOATS:{name}" }}'
        for name in _OUTPUTS
    )
    joined = " ".join(f'input_stream: "{name}"' for name in _OUTPUTS)
    return f"""
    input_stream: "image"
    {ON_CALLER}
    node {{
      calculator: "TensorConverterCalculator"
      input_stream: "IMAGE:image" output_stream: "TENSORS:crop"
      options {{ [mediapipe.TensorConverterCalculatorOptions.ext] {{ zero_center: false }} }}
    }}
    node {{
      calculator: "TfLiteCustomOpResolverCalculator" output_side_packet: "OP_RESOLVER:resolver"
      options {{ [mediapipe.TfLiteCustomOpResolverCalculatorOptions.ext] {{ use_gpu: false }} }}
    }}
    node {{
      calculator: "InferenceCalculator" input_side_packet: "OP_RESOLVER:resolver"
      input_stream: "TENSORS:crop" output_stream: "TENSORS:tensors"
      options {{ [mediapipe.InferenceCalculatorOptions.ext] {{
        model_path: "{MODEL_FOLDER}/face_landmark/face_landmark_with_attention.tflite"
        delegate {{ xnnpack {{ num_threads: 1 }} }} }} }}
    }}
    node {{
      calculator: "SplitTensorVectorCalculator" input_stream: "tensors" {splits}
      options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{ {ranges} }} }}
    }}
    {floats}
    node {{ calculator: "ConcatenateFloatVectorCalculator" {joined} output_stream: "{_ALL}" }}
    """


# On a face some 90 px wide the full-range detector found 170 frames of 170, the short-range one, made for selfies, 137;
# a face that fills the picture is what the other was made for. So: first the one, and where it is blind, the other.
_DETECTORS: Final = ("FaceDetectionFullRangeCpu", "FaceDetectionShortRangeCpu")


def _detector_graph(calculator: str) -> str:
    return f"""
    input_stream: "image"
    {ON_CALLER}
    node {{
      calculator: "{calculator}"
      input_stream: "IMAGE:image" output_stream: "DETECTIONS:detections"
    }}
    """


class Graph:
    """A running calculator graph: pictures in, the packets of its output streams out, synchronously."""

    def __init__(self, config: str, outputs: tuple[str, ...]) -> None:
        self._config, self._outputs = config, outputs
        self._packets: dict[str, Any] = {}
        self._timestamp = 0
        self._graph: Any = None
        self._start()

    def _start(self) -> None:
        self._graph = CalculatorGraph(graph_config=self._config)
        for name in self._outputs:
            self._graph.observe_output_stream(name, self._packets.__setitem__, False)
        self._graph.start_run()

    def run(self, rgb: U8) -> dict[str, Any]:
        """``rgb`` is copied; the packets are those of this picture."""
        self._packets.clear()
        # The graph's clock is our own counter, so no clock of the world can run backwards in it.
        self._timestamp += 1
        try:
            packet = packet_creator.create_image_frame(rgb, image_format=SRGB)
            self._graph.add_packet_to_input_stream("image", packet.at(self._timestamp))
            self._graph.wait_until_idle()
        except (RuntimeError, ValueError) as error:
            # A graph that failed once refuses every further picture.
            self.close()
            self._start()
            raise PerceptionFailed(
                "The landmark model failed on this frame; the next one may work."
            ) from error
        return self._packets

    def close(self) -> None:
        if self._graph is not None:
            graph, self._graph = self._graph, None
            # A graph that failed says so once more; whoever ran it knows.
            with contextlib.suppress(RuntimeError, ValueError):
                graph.close()


class FaceModel:
    """The two networks. Use from one thread at a time; ``close`` may be called twice."""

    def __init__(self) -> None:
        self._landmarks = Graph(_landmark_graph(), (_ALL,))
        self._detectors = [Graph(_detector_graph(name), ("detections",)) for name in _DETECTORS]
        self._rgb = np.empty((CROP_PX, CROP_PX, 3), np.uint8)

    def close(self) -> None:
        self._landmarks.close()
        for detector in self._detectors:
            detector.close()

    def landmarks(self, bgr: U8, region: Region, calm: Calming | None = None) -> tuple[F32, float]:
        """The (478, 3) points in pixels of the picture and the probability that the region holds a face; ``calm``
        remembers the last looks at it."""
        crop = self._cut(bgr, region)
        if calm is not None:
            calm(crop, region)
        packets = self._landmarks.run(crop)
        points = np.zeros((at.POINT_COUNT, 3), np.float32)
        if _ALL not in packets:
            return points, 0.0
        numbers = np.frombuffer(array("d", packet_getter.get_float_list(packets[_ALL])), np.float64)
        if len(numbers) != _FLOATS:
            raise PerceptionFailed("The landmark model failed on this frame; the next one may work.")
        lids = (at.REFINED_RIGHT_EYE[: at.LID_POINTS], at.REFINED_LEFT_EYE[: at.LID_POINTS])
        _assemble(numbers, _REFINED, *lids, region.picture_from_crop(), region.side / CROP_PX, points)
        return points, 1.0 / (1.0 + math.exp(-min(max(float(numbers[-1]), -30.0), 30.0)))

    def detect(self, bgr: U8) -> tuple[Detection, ...]:
        """Faces in the whole picture, best first."""
        height, width = bgr.shape[:2]
        # The networks see at most 192 px; averaging down here keeps the copy into the graph small.
        scale = min(1.0, 2 * DETECTOR_PX / max(height, width))
        size = (max(round(width * scale), 1), max(round(height * scale), 1))
        small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA) if scale < 1 else bgr
        rgb = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)
        for detector in self._detectors:
            packets = detector.run(rgb)
            protos = packet_getter.get_proto_list(packets["detections"]) if "detections" in packets else []
            found = [_detection(proto, width, height) for proto in protos]
            sure = [detection for detection in found if detection.score >= DETECTION_SCORE]
            if sure:
                return tuple(sorted(sure, key=lambda detection: -detection.score))
        return ()

    def _cut(self, bgr: U8, region: Region) -> U8:
        affine = region.picture_from_crop()
        # Continuous coordinates to warpAffine's, where integers are pixel centres.
        affine[:, 2] += affine[:, :2] @ np.array([0.5, 0.5], np.float32) - 0.5
        reduction = region.side / CROP_PX
        if reduction > AVERAGE_BEYOND:
            bgr, affine = _averaged(bgr, affine, region, int(math.log2(reduction)))
        crop = cv2.warpAffine(
            bgr,
            affine,
            (CROP_PX, CROP_PX),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
        )
        cv2.cvtColor(crop, cv2.COLOR_BGR2RGB, dst=self._rgb)
        return self._rgb


@quick
def _assemble(
    numbers: F64,
    refined: at.Indices,
    right_lid: at.Indices,
    left_lid: at.Indices,
    affine: F32,
    scale: float,
    out: F32,
) -> None:
    """The tensors' numbers as points (478, 3) in pixels of the picture: the mesh, its refined places over it, and the
    irises at the mean depth of their lids."""
    for i in range(468):
        for k in range(3):
            out[i, k] = numbers[3 * i + k]
    for i in range(refined.shape[0]):
        out[refined[i], 0] = numbers[1404 + 2 * i]
        out[refined[i], 1] = numbers[1405 + 2 * i]
    right, left = 0.0, 0.0
    for i in range(right_lid.shape[0]):
        right += out[right_lid[i], 2] / right_lid.shape[0]
        left += out[left_lid[i], 2] / left_lid.shape[0]
    for i in range(5):
        out[468 + i, 2] = right
        out[473 + i, 2] = left
    for i in range(out.shape[0]):
        x, y = out[i, 0], out[i, 1]
        out[i, 0] = affine[0, 0] * x + affine[0, 1] * y + affine[0, 2]
        out[i, 1] = affine[1, 0] * x + affine[1, 1] * y + affine[1, 2]
        out[i, 2] *= scale


def _detection(proto: Any, width: int, height: int) -> Detection:
    box = proto.location_data.relative_bounding_box
    right, left = proto.location_data.relative_keypoints[:2]
    return Detection(
        x=(box.xmin + box.width / 2) * width,
        y=(box.ymin + box.height / 2) * height,
        width=box.width * width,
        height=box.height * height,
        roll=math.atan2((left.y - right.y) * height, (left.x - right.x) * width),
        score=float(proto.score[0]),
    )


def _averaged(bgr: U8, affine: F32, region: Region, halvings: int) -> tuple[U8, F32]:
    """The part of the picture around the region, halved so many times, and the map into it.

    Always by halves: OpenCV has vector code for means of two by two pixels, and none for three by three, which took
    1.6 ms of a near face's frame at 1280×720 where halves take 0.2.
    """
    factor = 2**halvings
    # Half of a turned square's own box.
    reach = region.side / 2 * (abs(math.cos(region.roll)) + abs(math.sin(region.roll))) + factor
    x0 = max(int(region.x - reach), 0) // factor * factor
    y0 = max(int(region.y - reach), 0) // factor * factor
    x1 = min(int(region.x + reach) + factor, bgr.shape[1])
    y1 = min(int(region.y + reach) + factor, bgr.shape[0])
    width, height = (x1 - x0) // factor, (y1 - y0) // factor
    if width < 1 or height < 1:
        return bgr, affine
    small = bgr[y0 : y0 + height * factor, x0 : x0 + width * factor]
    for _ in range(halvings):
        size = small.shape[1] // 2, small.shape[0] // 2
        small = np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_AREA), np.uint8)
    moved = affine.copy()
    moved[:, 2] = (affine[:, 2] - np.array([x0, y0], np.float32) + 0.5) / factor - 0.5
    moved[:, :2] /= factor
    return small, moved
