"""The pace of a session: newest frame wins, few in flight, and budgets. Time is always an argument."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from tryon.errors import OverBudget

T = TypeVar("T")

MAX_IN_FLIGHT: Final = 2
# A page that was stalled may send what it gathered; two seconds' worth pass at once.
BURST_S: Final = 2.0
# A frame of 1280 x 1280 takes 6 ms to decode; 60 a second of them would hold a core by a third.
DECODE_MS_PER_S: Final = 400.0
# A slider sends a look with each step of the pointer, at most one for each refresh of the screen.
MESSAGES_PER_S: Final = 100.0
STATUS_INTERVAL_S: Final = 0.25


class NewestSlot(Generic[T]):
    """Room for one waiting value; a newer one takes its place."""

    __slots__ = ("_value",)

    def __init__(self) -> None:
        self._value: T | None = None

    @property
    def full(self) -> bool:
        return self._value is not None

    def put(self, value: T) -> T | None:
        """Keep ``value``; what was waiting is returned, and lost."""
        replaced, self._value = self._value, value
        return replaced

    def take(self) -> T | None:
        """The waiting value, which waits no more."""
        value, self._value = self._value, None
        return value


class TokenBucket:
    """``rate_per_s`` tokens flow in, up to ``burst``; the bucket begins full."""

    __slots__ = ("_at_s", "_burst", "_rate_per_s", "_tokens")

    def __init__(self, rate_per_s: float, burst: float, now_s: float) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._tokens = burst
        self._at_s = now_s

    def level(self, now_s: float) -> float:
        """Tokens at ``now_s``; a clock that steps back adds none."""
        self._tokens = min(self._burst, self._tokens + max(0.0, now_s - self._at_s) * self._rate_per_s)
        self._at_s = max(self._at_s, now_s)
        return self._tokens

    def take(self, amount: float, now_s: float) -> bool:
        """Take ``amount`` if it is there."""
        if self.level(now_s) < amount:
            return False
        self._tokens -= amount
        return True

    def spend(self, amount: float, now_s: float) -> None:
        """Take what was already used, into debt if need be (bounded by one burst)."""
        self._tokens = max(self.level(now_s) - amount, -self._burst)


class Budget:
    """What one session may cost: frames, bytes and decoding a second."""

    __slots__ = ("_bytes", "_decode_ms", "_frames", "_messages")

    def __init__(self, frames_per_s: float, bytes_per_s: float, now_s: float) -> None:
        self._frames = TokenBucket(frames_per_s, frames_per_s * BURST_S, now_s)
        self._bytes = TokenBucket(bytes_per_s, bytes_per_s * BURST_S, now_s)
        self._decode_ms = TokenBucket(DECODE_MS_PER_S, DECODE_MS_PER_S * BURST_S, now_s)
        self._messages = TokenBucket(MESSAGES_PER_S, MESSAGES_PER_S * BURST_S, now_s)

    def admit_frame(self, size_bytes: int, now_s: float) -> None:
        """Raises OverBudget; the sentence names the budget."""
        if not self._frames.take(1, now_s):
            raise OverBudget("Too many frames a second; wait for each answer before the next frame.")
        if not self._bytes.take(size_bytes, now_s):
            raise OverBudget("Too many bytes a second; send smaller or fewer frames.")
        if self._decode_ms.level(now_s) <= 0:
            raise OverBudget("The frames take too long to decode; send smaller ones.")

    def admit_text(self, size_bytes: int, now_s: float) -> None:
        """Raises OverBudget."""
        if not self._messages.take(1, now_s) or not self._bytes.take(size_bytes, now_s):
            raise OverBudget("Too many control messages a second; send fewer.")

    def charge_decode(self, spent_ms: float, now_s: float) -> None:
        """Count decoding that has been done."""
        self._decode_ms.spend(spent_ms, now_s)


@dataclass(slots=True)
class Window:
    """The sender's side of flow control: which frames are still unanswered."""

    limit: int = MAX_IN_FLIGHT
    _flying: set[int] = field(default_factory=set)

    @property
    def open(self) -> bool:
        return len(self._flying) < self.limit

    @property
    def flying(self) -> int:
        return len(self._flying)

    def sent(self, sequence: int) -> None:
        self._flying.add(sequence)

    def answered(self, sequence: int) -> bool:
        """False when that frame was not in flight."""
        if sequence not in self._flying:
            return False
        self._flying.remove(sequence)
        return True


class Paced(Generic[T]):
    """A value that is told when it changes, and at most once an interval; the newest one is never lost."""

    __slots__ = ("_interval_s", "_last_s", "_told", "_value")

    def __init__(self, interval_s: float = STATUS_INTERVAL_S) -> None:
        self._interval_s = interval_s
        self._value: T | None = None
        self._told: T | None = None
        self._last_s = float("-inf")

    def set(self, value: T) -> None:
        self._value = value

    def due(self, now_s: float) -> T | None:
        """The value to tell now, or None."""
        if self._value == self._told or now_s - self._last_s < self._interval_s:
            return None
        self._told, self._last_s = self._value, now_s
        return self._value
