"""Curves through landmarks, told as heights at even places along an axis."""

from __future__ import annotations

from tryon.compiled import quick
from tryon.frame import F32, F64

# Points put between two landmarks.
_FINER = 6


@quick
def heights_along(t: F64, n: F64, start: float, span: float, out: F32) -> None:
    """Heights, from ``start`` on along the axis to ``start + span``, of Catmull and Rom's spline through points (t, n).

    ``t`` grows along the curve; where it does not, the curve is taken to stand still. Before its first point and after
    its last the curve stays at their heights.
    """
    count, steps = t.shape[0], out.shape[0]
    filled = 0
    last_t, last_n = t[0], n[0]
    for i in range(count - 1):
        t1, t2, n1, n2 = t[i], t[i + 1], n[i], n[i + 1]
        t0, n0 = (t[i - 1], n[i - 1]) if i > 0 else (2 * t1 - t2, 2 * n1 - n2)
        t3, n3 = (t[i + 2], n[i + 2]) if i + 2 < count else (2 * t2 - t1, 2 * n2 - n1)
        for k in range(_FINER + (1 if i == count - 2 else 0)):
            u = k / _FINER
            w0 = 0.5 * (-u + 2 * u * u - u * u * u)
            w1 = 0.5 * (2 - 5 * u * u + 3 * u * u * u)
            w2 = 0.5 * (u + 4 * u * u - 3 * u * u * u)
            w3 = 0.5 * (-u * u + u * u * u)
            at_t = w0 * t0 + w1 * t1 + w2 * t2 + w3 * t3
            at_n = w0 * n0 + w1 * n1 + w2 * n2 + w3 * n3
            while filled < steps:
                place = start + span * filled / (steps - 1)
                if place > at_t:
                    break
                share = (place - last_t) / (at_t - last_t) if at_t > last_t + 1e-6 else 1.0
                out[filled] = last_n + min(max(share, 0.0), 1.0) * (at_n - last_n)
                filled += 1
            if at_t >= last_t:
                last_t, last_n = at_t, at_n
    while filled < steps:
        out[filled] = last_n
        filled += 1
