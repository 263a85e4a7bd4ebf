"""A face's smooth luminance, which tells how its skin is lit: a small grid over the face, of skin alone."""

from __future__ import annotations

from tryon.compiled import inlined, kernel
from tryon.frame import F32, U8


@inlined
def smooth_step(value: float, low: float, high: float) -> float:
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


@kernel
def smooth_skin(
    bgr: U8,
    x0: int,
    y0: int,
    width: int,
    height: int,
    planes: F32,
    block: int,
    skin: float,
    cell: int,
    grid: F32,
    to_linear: F32,
) -> None:
    """Mean luminance of skin about each cell of ``cell`` pixels into ``grid`` (rows, columns, 2), whose second plane is
    scratch. What is much darker or brighter than ``skin``, the face's own luminance, has no say. ``planes`` tell blocks
    of so many pixels a side, of which a cell has a whole number."""
    rows, columns = grid.shape[0], grid.shape[1]
    middle, skip = block // 2, 2 if block == 1 else 1
    for r in range(rows):
        for c in range(columns):
            total, weight = 0.0, 0.0
            for py in range(r * cell // block, (min((r + 1) * cell, height) - middle - 1) // block + 1, skip):
                for px in range(
                    c * cell // block, (min((c + 1) * cell, width) - middle - 1) // block + 1, skip
                ):
                    if planes[0, py, px] < 0.0:
                        continue
                    y, x = py * block + middle, px * block + middle
                    luminance = (
                        0.0722 * to_linear[bgr[y0 + y, x0 + x, 0]]
                        + 0.7152 * to_linear[bgr[y0 + y, x0 + x, 1]]
                        + 0.2126 * to_linear[bgr[y0 + y, x0 + x, 2]]
                    )
                    relative = luminance / skin
                    w = smooth_step(relative, 0.16, 0.5) * (1.0 - 0.9 * smooth_step(relative, 1.8, 2.8))
                    total += w * luminance
                    weight += w
            grid[r, c, 0] = total
            grid[r, c, 1] = weight
    # Three passes of a small binomial, of totals and weights alike: holes fill from their neighbours.
    for _ in range(3):
        for r in range(rows):
            before0, before1 = grid[r, 0, 0], grid[r, 0, 1]
            for c in range(columns):
                n = min(c + 1, columns - 1)
                own0, own1 = grid[r, c, 0], grid[r, c, 1]
                grid[r, c, 0] = 0.25 * before0 + 0.5 * own0 + 0.25 * grid[r, n, 0]
                grid[r, c, 1] = 0.25 * before1 + 0.5 * own1 + 0.25 * grid[r, n, 1]
                before0, before1 = own0, own1
        for c in range(columns):
            before0, before1 = grid[0, c, 0], grid[0, c, 1]
            for r in range(rows):
                n = min(r + 1, rows - 1)
                own0, own1 = grid[r, c, 0], grid[r, c, 1]
                grid[r, c, 0] = 0.25 * before0 + 0.5 * own0 + 0.25 * grid[n, c, 0]
                grid[r, c, 1] = 0.25 * before1 + 0.5 * own1 + 0.25 * grid[n, c, 1]
                before0, before1 = own0, own1
    prior = 0.08 * (cell // (block * skip)) ** 2
    for r in range(rows):
        for c in range(columns):
            grid[r, c, 0] = (grid[r, c, 0] + prior * skin) / (grid[r, c, 1] + prior)
