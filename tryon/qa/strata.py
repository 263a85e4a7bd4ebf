"""The groups of takes that gates are held against, and how the figures of several takes become one.

An average over all takes can hide that one group does badly. So a run is looked at as a whole, by each tag that its
clips carry (skin tone, light, yaw, glasses, beard, motion), and take by take.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from tryon.qa.results import Definition, TakeResult

Level: TypeAlias = Literal["all", "tag", "take"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)


@dataclass(frozen=True, slots=True)
class Stratum:
    """A group of takes. ``name`` is ``all``, ``tag:dim`` or ``take:walk.mp4 × aviator-gold``."""

    level: Level
    name: str
    takes: tuple[TakeResult, ...]

    @property
    def place(self) -> str:
        """Where it is, for a sentence: "over 12 takes", "in tag:dim", "in walk.mp4 × aviator-gold"."""
        if self.level == "all":
            return f"over {len(self.takes)} takes" if len(self.takes) != 1 else "over the one take"
        return f"in {self.name.removeprefix('take:')}"


def strata_of(takes: Iterable[TakeResult]) -> tuple[Stratum, ...]:
    """All takes, then each tag in alphabetical order, then each take in the run's order.

    Takes that broke off are in none: what was measured until then is not what the others are measured on.
    """
    whole = tuple(take for take in takes if take.error is None and take.frames > 0)
    tags = sorted({tag for take in whole for tag in take.tags})
    return (
        Stratum("all", "all", whole),
        *(Stratum("tag", f"tag:{tag}", tuple(take for take in whole if tag in take.tags)) for tag in tags),
        *(Stratum("take", f"take:{take.key}", (take,)) for take in whole),
    )


def pool(takes: Sequence[TakeResult], definition: Definition) -> float | None:
    """One figure for all of them, as ``definition.pool`` says; None where none of them has the figure.

    A mean weighs each take by its frames; the worst is that of the worst take. Takes without the figure do not count.
    The result never leaves the range of the takes' own figures, whatever the rounding.
    """
    having = [take for take in takes if definition.id in take.figures]
    values = [take.figures[definition.id] for take in having]
    if not values:
        return None
    if not all(map(math.isfinite, values)):
        return math.nan
    if definition.pool == "worst":
        return _worst(values, definition)
    weights = [take.frames for take in having]
    if definition.pool == "rms":
        pooled = math.sqrt(_mean([value * value for value in values], weights))
    else:
        pooled = _mean(values, weights)
    return min(max(pooled, min(values)), max(values))


def _mean(values: Sequence[float], weights: Sequence[int]) -> float:
    return math.fsum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def _worst(values: Sequence[float], definition: Definition) -> float:
    if definition.better == "higher":
        return min(values)
    if definition.better == "lower":
        return max(values)
    return max(values, key=abs)
