"""What a corrective lens does to the face behind it: seen smaller through a minus lens, larger through a plus one.

A thin lens of power P (dioptres) bends a ray that meets it at height h (mm from its optical centre) by h · P / 1000
(Prentice's rule). The bent ray is followed, in steps, to where it meets the wearer's face, whose depth the occluder
knows; the picture is read there. So the face's edge steps inwards behind a minus lens, as opticians and cameras see it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tryon.compiled import kernel
from tryon.frame import F32, U8
from tryon.render.mesh import I32

# A ray that has met no face so far behind the lens sees whatever the camera saw there; the room's own depth is unknown.
REACH_MM = 60.0
STEP_MM = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Correction:
    """Corrective lenses: their power in dioptres and their optical centres (k, 3) in product space."""

    power_d: float
    centres_mm: F32


@kernel
def refract(
    bgr: U8,
    behind: U8,
    x0: int,
    y0: int,
    samples: int,
    inverse_z: F32,
    lens_numbers: I32,
    lens_share: U8,
    opaque_share: U8,
    hidden: F32,
    centres: F32,
    view: tuple[float, float, float],
    power_d: float,
    opacity: float,
) -> None:
    """Move the picture behind the lenses of the rectangle at (x0, y0).

    ``behind`` is the whole picture before any of the product was drawn, for a rim is no part of what its lens bends;
    what ``bgr`` has darkened since, the shadow, stays. Temples behind the lens (``opaque_share``) stay where they are.
    ``inverse_z`` is that of each sample, and ``lens_numbers`` tell where that is a lens'; ``hidden`` 1/z of the face on
    a grid over the rectangle; ``centres`` (k, 3) the optical centres in camera space, millimetres.
    """
    focal, cx, cy = view
    height, width = lens_share.shape
    fine = hidden.shape[0] // height
    frame_height, frame_width = behind.shape[0], behind.shape[1]
    bend = power_d / 1000.0
    for py in range(height):
        for px in range(width):
            share = lens_share[py, px]
            weight = (share / 255.0) * opacity
            if weight == 0.0 or opaque_share[py, px] > 0:
                continue
            row, column = py * samples + samples // 2, px * samples + samples // 2
            inverse = inverse_z[row, column]
            if lens_numbers[row, column] < 0 or inverse <= 0.0:
                continue
            z = 1.0 / inverse
            sx, sy = (x0 + px + 0.5 - cx) / focal, (y0 + py + 0.5 - cy) / focal
            best, hx, hy = 1e12, 0.0, 0.0
            for k in range(centres.shape[0]):
                dx, dy = sx * z - centres[k, 0], sy * z - centres[k, 1]
                if dx * dx + dy * dy < best:
                    best, hx, hy = dx * dx + dy * dy, dx, dy
            # Past the lens the ray's slope is less by the lens' bend.
            ux, uy = sx - hx * bend, sy - hy * bend
            u, v = float(px) + 0.5, float(py) + 0.5
            steps = int(REACH_MM / STEP_MM)
            for step in range(1, steps + 1):
                further = step * STEP_MM
                depth = z + further
                u = (sx * z + ux * further) / depth * focal + cx - x0
                v = (sy * z + uy * further) / depth * focal + cy - y0
                ix, iy = int(u * fine), int(v * fine)
                if ix < 0 or iy < 0 or ix >= hidden.shape[1] or iy >= hidden.shape[0]:
                    break
                if hidden[iy, ix] * depth >= 1.0:
                    break
            fx = min(max(u + x0 - 0.5, 0.0), frame_width - 1.001)
            fy = min(max(v + y0 - 0.5, 0.0), frame_height - 1.001)
            left, top = int(fx), int(fy)
            fx, fy = fx - left, fy - top
            for k in range(3):
                upper = behind[top, left, k] * (1.0 - fx) + behind[top, left + 1, k] * fx
                lower = behind[top + 1, left, k] * (1.0 - fx) + behind[top + 1, left + 1, k] * fx
                seen = upper + (lower - upper) * fy
                here = float(bgr[y0 + py, x0 + px, k])
                shaded = min((here + 1.0) / (behind[y0 + py, x0 + px, k] + 1.0), 1.0)
                bgr[y0 + py, x0 + px, k] = int(here + (seen * shaded - here) * weight + 0.5)
