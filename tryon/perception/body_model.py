"""The body network on a region of our choosing: 33 points and the person's mask.

``mp.solutions.pose`` takes its next crop from the last landmarks, warps the mask to the whole picture and mixes it with
the one before, all behind our back. Here BlazePose (full) runs on a crop that we cut, in a graph that ends at its own
outputs, on the thread that calls. No detector is needed: ``body`` starts from a face.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from tryon.errors import PerceptionFailed
from tryon.frame import F32, U8
from tryon.perception import body_landmarks as at
from tryon.perception.calm import Calm
from tryon.perception.company import Company
from tryon.perception.face_model import MODEL_FOLDER, Region
from tryon.perception.runtime import SRGB, CalculatorGraph, packet_creator, packet_getter

CROP_PX: Final = 256  # input side of pose_landmark_full.tflite
# Beyond this reduction bilinear sampling skips pixels, and sensor noise turns into jitter: average first.
AVERAGE_BEYOND: Final = 2.0

_OUTPUTS: Final = ("points", "presence", "mask")


def _graph() -> str:
    tensors = " ".join(f'output_stream: "tensor_{i}"' for i in range(5))
    ranges = " ".join(f"ranges {{ begin: {i} end: {i + 1} }}" for i in range(5))
    return f"""
    input_stream: "image"
    executor {{ type: "ApplicationThreadExecutor" }}
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
        model_path: "{MODEL_FOLDER}/pose_landmark/pose_landmark_full.tflite"
        delegate {{ xnnpack {{ num_threads: 1 }} }} }} }}
    }}
    node {{
      calculator: "SplitTensorVectorCalculator" input_stream: "tensors" {tensors}
      options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{ {ranges} }} }}
    }}
    node {{
      calculator: "TensorsToLandmarksCalculator"
      input_stream: "TENSORS:tensor_0" output_stream: "NORM_LANDMARKS:coarse"
      options {{ [mediapipe.TensorsToLandmarksCalculatorOptions.ext] {{
        num_landmarks: {at.NETWORK_COUNT} input_image_width: {CROP_PX} input_image_height: {CROP_PX}
        visibility_activation: SIGMOID presence_activation: SIGMOID }} }}
    }}
    node {{
      calculator: "RefineLandmarksFromHeatmapCalculator"
      input_stream: "NORM_LANDMARKS:coarse" input_stream: "TENSORS:tensor_3"
      output_stream: "NORM_LANDMARKS:points"
      options {{ [mediapipe.RefineLandmarksFromHeatmapCalculatorOptions.ext] {{ kernel_size: 7 }} }}
    }}
    node {{
      calculator: "TensorsToFloatsCalculator"
      input_stream: "TENSORS:tensor_1" output_stream: "FLOATS:presence"
    }}
    node {{
      calculator: "TensorsToSegmentationCalculator"
      input_stream: "TENSORS:tensor_2" output_stream: "MASK:mask"
      options {{ [mediapipe.TensorsToSegmentationCalculatorOptions.ext] {{ activation: SIGMOID }} }}
    }}
    """


@dataclass(frozen=True, slots=True, eq=False)
class FoundBody:
    """What the network tells of one region.

    ``points_px`` (39, 3): x and y in pixels of the picture, z on the same scale growing away from the camera, zero at
    the hips. ``visibility`` (39,) 0..1. ``mask`` (256, 256), uint8: how surely each pixel of the crop is this person.
    """

    points_px: F32
    visibility: F32
    presence: float
    mask: U8


class BodyModel:
    """The network. Use from one thread at a time; ``close`` may be called twice. It remembers nothing between calls."""

    def __init__(self) -> None:
        self._packets: dict[str, Any] = {}
        self._timestamp = 0
        self._graph: Any = None
        self._rgb: U8 = np.empty((CROP_PX, CROP_PX, 3), np.uint8)
        self._start()

    def _start(self) -> None:
        self._graph = CalculatorGraph(graph_config=_graph())
        for name in _OUTPUTS:
            self._graph.observe_output_stream(name, self._packets.__setitem__, False)
        self._graph.start_run()

    def close(self) -> None:
        """Release the network."""
        if self._graph is not None:
            graph, self._graph = self._graph, None
            # A graph that failed says so once more; whoever ran it knows.
            with contextlib.suppress(RuntimeError, ValueError):
                graph.close()

    def find(
        self, bgr: U8, region: Region, calm: Calm | None = None, company: Company | None = None
    ) -> FoundBody:
        """The body in ``region``; ``calm`` remembers the last looks at it, ``company`` are others whose bodies it is
        not. Raises PerceptionFailed."""
        rgb = cut(bgr, region, self._rgb)
        if calm is not None:
            calm(rgb, region)
        if company is not None:
            company.hide(rgb, region)
        packets = self._run(rgb)
        if any(name not in packets for name in _OUTPUTS):
            raise PerceptionFailed("The body model failed on this frame; the next one may work.")
        marks = packet_getter.get_proto(packets["points"]).landmark
        rows = np.array([(mark.x, mark.y, mark.z, mark.visibility) for mark in marks], np.float32)
        presence = float(packet_getter.get_float_list(packets["presence"])[0])
        view = packet_getter.get_image(packets["mask"]).numpy_view()
        mask = np.asarray(cv2.convertScaleAbs(view.reshape(CROP_PX, CROP_PX), alpha=255.0), np.uint8)
        affine = region.picture_from_crop(CROP_PX)
        points = rows[:, :3] * np.float32(CROP_PX)
        points[:, 2] *= region.side / CROP_PX
        points[:, :2] = points[:, :2] @ affine[:, :2].T + affine[:, 2]
        return FoundBody(points, rows[:, 3], presence, mask)

    def _run(self, rgb: U8) -> dict[str, Any]:
        if self._graph is None:
            self._start()
        self._packets.clear()
        self._timestamp += 1
        try:
            packet = packet_creator.create_image_frame(rgb, image_format=SRGB)
            self._graph.add_packet_to_input_stream("image", packet.at(self._timestamp))
            self._graph.wait_until_idle()
        except (RuntimeError, ValueError) as error:
            # A graph that failed once refuses every further picture.
            self.close()
            raise PerceptionFailed("The body model failed on this frame; the next one may work.") from error
        return self._packets


def cut(bgr: U8, region: Region, out: U8) -> U8:
    """Fill ``out`` (side, side, 3) with the region's picture in RGB."""
    side = out.shape[0]
    affine = region.picture_from_crop(side)
    reduction = region.side / side
    if reduction > AVERAGE_BEYOND:
        factor = int(reduction)
        height, width = bgr.shape[0] // factor, bgr.shape[1] // factor
        if height and width:
            bgr = np.asarray(
                cv2.resize(
                    bgr[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA
                ),
                np.uint8,
            )
            affine /= np.float32(factor)
    # Continuous coordinates to warpAffine's, where integers are pixel centres.
    affine[:, 2] += affine[:, :2] @ np.array([0.5, 0.5], np.float32) - 0.5
    crop = cv2.warpAffine(
        bgr,
        affine,
        (side, side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
    )
    cv2.cvtColor(crop, cv2.COLOR_BGR2RGB, dst=out)
    return out


def region_of(points_px: F32) -> Region:
    """The region that a body with these points (39, 3) wants: as the network was trained, centred on the hips."""
    x, y = (float(number) for number in points_px[at.CENTRE, :2])
    dx, dy = (float(number) for number in points_px[at.REACH, :2] - points_px[at.CENTRE, :2])
    return Region(x, y, 2 * math.hypot(dx, dy) * REGION_PER_BODY, math.atan2(dx, -dy))


# How much larger than the body the crop was in training.
REGION_PER_BODY: Final = 1.25
