"""How often somebody may ask: a bucket for each, of those who asked lately."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from tryon.wire.pacing import TokenBucket

_BUCKETS_MAX: Final = 4096


class Limiter:
    """A bucket for each token, or address, that asked lately. ``clock`` is monotonic, in seconds."""

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s, self._burst, self._clock = per_s, burst, clock
        self._buckets: OrderedDict[str, TokenBucket] = OrderedDict()

    def admits(self, who: str) -> bool:
        """Count one request of ``who``; whether it is one too many."""
        now_s = self._clock()
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = self._buckets[who] = TokenBucket(self._per_s, self._burst, now_s)
            if len(self._buckets) > _BUCKETS_MAX:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(who)
        return bucket.take(1.0, now_s)
