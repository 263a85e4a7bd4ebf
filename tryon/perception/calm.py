"""A crop without its sensor's noise, as far as the last looks at the same place tell it from what moves.

A network that stands between two answers is tipped from one to the other by noise that nobody sees: a still shoulder
jumped by a fiftieth of the shoulders' width and back. A pixel that has hardly changed is taken for unchanged and moves
by a part of its change only; one that changed by more than noise does is taken as it is.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.compiled import quick
from tryon.frame import U8
from tryon.perception.face_model import Region

# Of 256: what a pixel takes over of a change, at least, and with the square of its codes; of 12 codes all. Crops are
# reduced pictures, whose noise is a few codes.
LEAST: Final = 64
MORE: Final = 1.34


class Calm:
    """The crop of one place, from look to look."""

    def __init__(self) -> None:
        self._before: U8 | None = None
        self._region: Region | None = None

    def copy(self) -> Calm:
        """Another that remembers the same."""
        other = Calm()
        other._before = None if self._before is None else self._before.copy()
        other._region = self._region
        return other

    def __call__(self, crop: U8, region: Region) -> None:
        """Take the noise out of the crop (n, n, 3) of that region, in place; one of another place begins anew."""
        if self._before is None or self._before.shape != crop.shape:
            self._before = crop.copy()
        elif region != self._region:
            np.copyto(self._before, crop)
            self._region = region
            return
        self._region = region
        _calm(crop.reshape(-1), self._before.reshape(-1), LEAST, round(256 * MORE))


@quick
def _calm(crop: U8, before: U8, least: int, more_256: int) -> None:
    # Whole numbers of 32 bits: eight at a time.
    for i in range(crop.shape[0]):
        was = np.int32(before[i])
        change = np.int32(crop[i]) - was
        more = (change * change * np.int32(more_256)) >> np.int32(8)
        share = min(np.int32(least) + more, np.int32(256))
        now = np.uint8(was + ((change * share + np.int32(128)) >> np.int32(8)))
        crop[i] = now
        before[i] = now
