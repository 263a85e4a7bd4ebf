"""How numba compiles our kernels: once, for all of them.

``nogil``: worker threads run side by side. ``cache``: the second start compiles nothing. ``fastmath`` and numpy's error
model: a division by zero gives infinity instead of a branch and an exception, which halves the time of per-pixel code;
kernels guard their own denominators. Results are the same from run to run on one machine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile ``function`` for the machine when it is first called; its types stay those that it declares."""
    compiled: Any = njit(cache=True, nogil=True, fastmath=True, error_model="numpy")(function)
    return cast("Callable[P, R]", compiled)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """As ``kernel``, for what kernels call per pixel: copied into the caller.

    A call between kernels counts references to each array argument, atomically, twice; per pixel that costs more than
    the work.
    """
    compiled: Any = njit(nogil=True, fastmath=True, error_model="numpy", inline="always")(function)
    return cast("Callable[P, R]", compiled)
