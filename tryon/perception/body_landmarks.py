"""Names for the 33 points of the body.

Indices are those of MediaPipe's BlazePose. "right" and "left" are the *subject's*: the right shoulder stands on the
left of an unmirrored picture.
"""

from __future__ import annotations

from typing import Final

POINT_COUNT: Final = 33
# Two more that the network finds for its own next crop: the middle of the hips, and a point whose distance from it is
# half of what the crop has to hold.
CENTRE: Final = 33
REACH: Final = 34
NETWORK_COUNT: Final = 39

NOSE: Final = 0
LEFT_EAR: Final = 7
RIGHT_EAR: Final = 8
LEFT_SHOULDER: Final = 11
RIGHT_SHOULDER: Final = 12
LEFT_ELBOW: Final = 13
RIGHT_ELBOW: Final = 14
LEFT_WRIST: Final = 15
RIGHT_WRIST: Final = 16
LEFT_PINKY: Final = 17
RIGHT_PINKY: Final = 18
LEFT_INDEX: Final = 19
RIGHT_INDEX: Final = 20
LEFT_THUMB: Final = 21
RIGHT_THUMB: Final = 22
LEFT_HIP: Final = 23
RIGHT_HIP: Final = 24
LEFT_KNEE: Final = 25
RIGHT_KNEE: Final = 26
LEFT_ANKLE: Final = 27
RIGHT_ANKLE: Final = 28
