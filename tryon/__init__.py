"""Tryon: a self-hosted, browser-based AR virtual try-on server."""

import os

# OpenCV reads this once, while it is loaded, and any module of ours may be the one that loads it.
# 4096 x 4096: the largest picture of a product. Pictures of shoppers have their own, smaller limits.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(4096 * 4096))

__version__ = "0.1.0"
