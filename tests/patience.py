"""What tests in a browser share: how long they wait, and how often their camera films."""

from __future__ import annotations

from typing import Final

# How long what a page is to show may take, on a machine that does much else. Whoever waits for something looks again
# and again, so that a long patience costs nothing on a quick machine.
PATIENCE_MS: Final = 120_000
# Enough to see everything move, and a sixth of a usual camera's work for the page, the server and whatever else is
# tested at the same time.
CAMERA_FPS: Final = 5
