"""Names for the 478 points of the face mesh.

Indices are those of MediaPipe's Face Mesh with irises: 468 surface points, then five for each iris. "right" and
"left" are the *subject's*: the right eye stands on the left of an unmirrored picture. Contours are ordered.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]

POINT_COUNT: Final = 478
SURFACE_COUNT: Final = 468


def _indices(*points: int) -> Indices:
    array = np.array(points, np.intp)
    array.setflags(write=False)
    return array


RIGHT_EYE_OUTER: Final = 33
RIGHT_EYE_INNER: Final = 133
LEFT_EYE_INNER: Final = 362
LEFT_EYE_OUTER: Final = 263
NASION: Final = 168
NOSE_TIP: Final = 4
CHIN: Final = 152
FOREHEAD_TOP: Final = 10
RIGHT_TRAGUS: Final = 234
LEFT_TRAGUS: Final = 454
RIGHT_MOUTH_CORNER: Final = 61
LEFT_MOUTH_CORNER: Final = 291
RIGHT_IRIS_CENTRE: Final = 468
LEFT_IRIS_CENTRE: Final = 473

RIGHT_IRIS: Final = _indices(469, 470, 471, 472)
LEFT_IRIS: Final = _indices(474, 475, 476, 477)

RIGHT_EYE: Final = _indices(33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE: Final = _indices(263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)

LIPS_OUTER: Final = _indices(
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185
)
LIPS_INNER: Final = _indices(
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191
)

FACE_OVAL: Final = _indices(
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip

# Points that ride on bone or cartilage: forehead, temples, the nose, the rims of the eye sockets and the upper cheeks.
# The jaw, the lips, the brows and the lids move with expression and have no say in the pose; nor has the face's
# outline, which slides over the skin as the head turns.
RIGID: Final = _indices(
    1, 3, 4, 5, 6, 8, 9, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 33, 34, 35, 45, 47, 51, 56, 68, 69, 71, 100, 101,
    104, 108, 110, 111, 112, 113, 114, 116, 117, 118, 119, 120, 121, 122, 124, 126, 128, 130, 131, 133, 134, 139,
    143, 151, 156, 168, 174, 188, 189, 190, 193, 195, 196, 197, 198, 217, 221, 222, 223, 224, 225, 226, 227, 228,
    229, 230, 231, 232, 233, 236, 243, 244, 245, 247, 248, 252, 253, 254, 255, 256, 257, 258, 259, 260, 261, 263,
    264, 265, 275, 277, 281, 286, 298, 299, 301, 329, 330, 333, 337, 339, 340, 341, 342, 343, 345, 346, 347, 348,
    349, 350, 351, 353, 355, 357, 359, 360, 362, 363, 368, 372, 383, 399, 412, 413, 414, 417, 419, 420, 437, 441,
    442, 443, 444, 445, 446, 447, 448, 449, 450, 451, 452, 453, 456, 463, 464, 465, 467,
)  # fmt: skip

# What the attention model refines: its second to fourth outputs in their own order (measured by running the stock
# subgraph and the raw tensors on the same crop and matching the points).
REFINED_LIPS: Final = _indices(
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409,
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415,
    76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408,
    62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407,
)  # fmt: skip
REFINED_RIGHT_EYE: Final = _indices(
    33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110, 24, 23, 22, 26,
    112, 243, 247, 30, 29, 27, 28, 56, 190, 226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222,
    221, 189, 35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245, 156, 70, 63, 105, 66, 107,
    55, 193,
)  # fmt: skip
REFINED_LEFT_EYE: Final = _indices(
    263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255, 339, 254, 253, 252,
    256, 341, 463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444,
    443, 442, 441, 413, 265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349, 350, 357, 465, 383, 300, 293,
    334, 296, 336, 285, 417,
)  # fmt: skip
# The first sixteen of each refined eye are its lid contour; an iris takes their mean depth.
LID_POINTS: Final = 16
