"""Cloth to pixels: textured triangles over one another, then into the picture with its light.

A garment's outline is the alpha of its texture, not the border of its mesh, so edges are as soft as the texture's own
and need no supersampling; the texture level is chosen so that a texel is about a pixel. Triangles are drawn in order,
later ones over earlier ones.
"""

from __future__ import annotations

import numpy as np

from tryon.compiled import kernel
from tryon.frame import F32, U8
from tryon.render.mesh import I32
from tryon.render.transfer import code

# Channels of a texture: blue, green, red, alpha, and where cloth may be drawn out over what is worn beneath.
CHANNELS = 5


@kernel
def lay(
    sheet: F32,
    x0: int,
    y0: int,
    vertices: F32,
    triangles: I32,
    texture: U8,
    hidden: U8,
    worn: U8,
) -> None:
    """Draw a mesh over ``sheet`` (h, w, 4), premultiplied codes 0..1 of blue, green, red and alpha, at pixel (x0, y0).

    ``vertices`` (n, 5): x and y in pixels of the picture, u and v in texels, and a factor on the light. ``hidden``
    (h, w) is how much of this mesh something hides, 0..255; ``worn`` how surely a pixel is cloth that it has to cover.
    """
    height, width = sheet.shape[0], sheet.shape[1]
    th, tw = texture.shape[0], texture.shape[1]
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = vertices[i, 0] - x0, vertices[i, 1] - y0
        bx, by = vertices[j, 0] - x0, vertices[j, 1] - y0
        cx, cy = vertices[k, 0] - x0, vertices[k, 1] - y0
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if abs(area) < 1e-3:
            continue
        top = max(int(np.ceil(min(ay, by, cy) - 0.5)), 0)
        bottom = min(int(np.ceil(max(ay, by, cy) - 0.5)), height)
        inverse = 1.0 / area
        ub, uc = vertices[j, 2] - vertices[i, 2], vertices[k, 2] - vertices[i, 2]
        vb, vc = vertices[j, 3] - vertices[i, 3], vertices[k, 3] - vertices[i, 3]
        lb, lc = vertices[j, 4] - vertices[i, 4], vertices[k, 4] - vertices[i, 4]
        du = (ub * (cy - ay) - uc * (by - ay)) * inverse
        dv = (vb * (cy - ay) - vc * (by - ay)) * inverse
        dl = (lb * (cy - ay) - lc * (by - ay)) * inverse
        for y in range(top, bottom):
            py = y + 0.5
            # Where the row crosses each edge, worked out alike for both triangles that share it: a pixel belongs to
            # one of them.
            low, high = 1e9, -1e9
            for edge in range(3):
                if edge == 0:
                    x1, y1, x2, y2 = ax, ay, bx, by
                elif edge == 1:
                    x1, y1, x2, y2 = bx, by, cx, cy
                else:
                    x1, y1, x2, y2 = cx, cy, ax, ay
                if y1 > y2:
                    x1, y1, x2, y2 = x2, y2, x1, y1
                if y1 <= py < y2:
                    crossing = x1 + (py - y1) * (x2 - x1) / (y2 - y1)
                    low, high = min(low, crossing), max(high, crossing)
            first = max(int(np.ceil(low - 0.5)), 0)
            # What lies between the corners changes by the same step from pixel to pixel.
            wb = ((first + 0.5 - ax) * (cy - ay) - (cx - ax) * (py - ay)) * inverse
            wc = ((bx - ax) * (py - ay) - (first + 0.5 - ax) * (by - ay)) * inverse
            u0 = vertices[i, 2] + wb * ub + wc * uc - 0.5
            v0 = vertices[i, 3] + wb * vb + wc * vc - 0.5
            light0 = vertices[i, 4] + wb * lb + wc * lc
            for x in range(first, min(int(np.ceil(high - 0.5)), width)):
                hide = hidden[y, x]
                if hide == 255:
                    continue
                step = np.float32(x - first)
                u, v = u0 + step * du, v0 + step * dv
                if u < 0.0 or v < 0.0 or u >= tw - 1 or v >= th - 1:
                    continue
                iu, iv = int(u), int(v)
                fu, fv = u - iu, v - iv
                w00, w10, w01, w11 = (1 - fu) * (1 - fv), fu * (1 - fv), (1 - fu) * fv, fu * fv
                alpha = (
                    w00 * texture[iv, iu, 3] + w10 * texture[iv, iu + 1, 3]
                    + w01 * texture[iv + 1, iu, 3] + w11 * texture[iv + 1, iu + 1, 3]
                )  # fmt: skip
                below = 0.0
                if alpha < 254.0 and worn[y, x] > 0:
                    reach = (
                        w00 * texture[iv, iu, 4] + w10 * texture[iv, iu + 1, 4]
                        + w01 * texture[iv + 1, iu, 4] + w11 * texture[iv + 1, iu + 1, 4]
                    ) * worn[y, x] / 255.0  # fmt: skip
                    # Below cloth that is there, never over it: that of another part has another light.
                    below = reach * (255.0 - hide) / 65025.0
                if alpha < 1.0 and below * (1.0 - sheet[y, x, 3]) < 0.004:
                    continue
                alpha *= (255.0 - hide) / 65025.0
                light = light0 + step * dl
                keep = 1.0 - alpha
                if below > 0.0:
                    alpha += below * (1.0 - (sheet[y, x, 3] * keep + alpha))
                for channel in range(3):
                    value = (
                        w00 * texture[iv, iu, channel] + w10 * texture[iv, iu + 1, channel]
                        + w01 * texture[iv + 1, iu, channel] + w11 * texture[iv + 1, iu + 1, channel]
                    )  # fmt: skip
                    sheet[y, x, channel] = sheet[y, x, channel] * keep + value * light * alpha / 255.0
                sheet[y, x, 3] = sheet[y, x, 3] * keep + alpha


@kernel
def wear(
    bgr: U8,
    x0: int,
    y0: int,
    sheet: F32,
    hidden: U8,
    folds: F32,
    white: tuple[float, float, float],
    noise: F32,
    grain: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Blend ``sheet`` into ``bgr`` in place, in linear light: ``folds`` (h, w) is the light of the worn cloth over its
    mean, ``white`` linear red, green, blue of diffuse white here, ``noise`` (n, n) the camera's grain,
    ``grain`` codes."""
    height, width = sheet.shape[0], sheet.shape[1]
    size = noise.shape[0]
    for y in range(height):
        for x in range(width):
            alpha = sheet[y, x, 3]
            if alpha < 0.004 or hidden[y, x] == 255:
                continue
            share = 1.0 / alpha
            cover = min(alpha, 1.0) * (1.0 - hidden[y, x] / 255.0)
            light = folds[y, x]
            speck = grain * cover * noise[(y0 + y) % size, (x0 + x) % size]
            for channel in range(3):
                value = min(max(sheet[y, x, channel] * share, 0.0), 1.0)
                lit = to_linear[int(value * 255.0 + 0.5)] * light * white[2 - channel]
                if cover < 0.998:
                    behind = to_linear[bgr[y0 + y, x0 + x, channel]]
                    lit = behind + (lit - behind) * cover
                mixed = code(lit, to_srgb)
                bgr[y0 + y, x0 + x, channel] = int(min(max(mixed + speck + 0.5, 0.0), 255.0))


@kernel
def bare(
    bgr: U8, x0: int, y0: int, share: F32, skin: F32, noise: F32, grain: float, to_linear: F32, to_srgb: U8
) -> None:
    """Put skin where a garment is cut away over clothes: ``skin`` (h, w, 3) linear blue, green, red; ``share`` (h, w)
    0..1; ``noise`` and ``grain`` as in ``wear``."""
    height, width = share.shape
    size = noise.shape[0]
    for y in range(height):
        for x in range(width):
            part = share[y, x]
            if part < 0.01:
                continue
            speck = grain * part * noise[(y0 + y) % size, (x0 + x) % size]
            for channel in range(3):
                behind = to_linear[bgr[y0 + y, x0 + x, channel]]
                mixed = code(behind + (skin[y, x, channel] - behind) * part, to_srgb)
                bgr[y0 + y, x0 + x, channel] = int(min(max(mixed + speck + 0.5, 0.0), 255.0))
