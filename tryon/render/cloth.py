"""Cloth to pixels: textured triangles over one another, then into the picture with its light.

A garment's outline is the alpha of its texture, not the border of its mesh, so edges are as soft as the texture's own
and need no supersampling; the texture level is chosen so that a texel is about a pixel. Triangles are drawn in order,
later ones over earlier ones.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.compiled import inlined, kernel, lanes, single, unsigned, whole
from tryon.frame import F32, U8
from tryon.render.mesh import I32
from tryon.render.transfer import code

# Channels of a texture: blue, green, red, alpha, and where cloth may be drawn out over what is worn beneath.
CHANNELS = 5
LEVELS = 4

U64 = NDArray[np.uint64]

_0, _1, _CODE, _CODES = single(0), single(1), single(1 / 255), single(1 / 65025)
_NEARLY, _LEAST, _WHOLE, _NEXT = single(254), single(0.004), single(0.998), unsigned(1)
# A texel's channels are mixed all at once: a byte each, every other one spread to sixteen bits, which hold a sum of
# bytes by weights that add up to 256.
_BYTES = 8
_SPREAD, _LANE, _NONE = lanes(0x00FF00FF00FF00FF), lanes(0xFFFF), lanes(0)
_8, _16, _24, _32 = lanes(8), lanes(16), lanes(24), lanes(32)
_256, _HALF, _WEIGHT = unsigned(256), unsigned(128), single(1 / 256)


def packed(texture: U8) -> U64:
    """A texture (h, w, CHANNELS) as ``lay`` takes it: a texel's channels are bytes of one number, (h, w)."""
    wide: U8 = np.zeros((*texture.shape[:2], _BYTES), np.uint8)
    wide[..., :CHANNELS] = texture
    # The first channel is the lowest byte, whatever the machine's own order.
    return np.asarray(wide.view("<u8")[..., 0], np.uint64)


def pyramid(color: U8, alpha: U8, reach: U8) -> tuple[U64, ...]:
    """Textures as ``lay`` takes them, each half as large as the one before. ``color`` (h, w, 3), ``alpha`` (h, w), and
    how far cloth may be drawn ``reach`` (h, w)."""
    texture = np.dstack([color, alpha, np.maximum(reach, alpha)])
    levels: list[U8] = [np.ascontiguousarray(texture)]
    for _ in range(LEVELS - 1):
        above = levels[-1]
        size = (max(above.shape[1] // 2, 2), max(above.shape[0] // 2, 2))
        small = np.dstack(
            [cv2.resize(above[..., k], size, interpolation=cv2.INTER_AREA) for k in range(CHANNELS)]
        )
        levels.append(np.ascontiguousarray(small))
    return tuple(packed(level) for level in levels)


def channels(texture: U64) -> U8:
    """The texture (h, w, CHANNELS) that was packed."""
    wide = np.ascontiguousarray(texture.astype("<u8")).view(np.uint8)
    return wide.reshape(*texture.shape, _BYTES)[..., :CHANNELS]


@inlined
def _slope(ax: float, ay: float, bx: float, by: float) -> tuple[float, float, float, float]:
    """An edge's upper end, how far down it goes, and how far across by each pixel down."""
    if ay > by:
        ax, ay, bx, by = bx, by, ax, ay
    return ax, ay, by, (bx - ax) / max(by - ay, 1e-9)


@kernel
def lay(
    sheet: F32,
    x0: int,
    y0: int,
    vertices: F32,
    triangles: I32,
    texture: U64,
    hidden: U8,
    worn: U8,
) -> None:
    """Draw a mesh over ``sheet`` (h, w, 4), premultiplied codes 0..1 of blue, green, red and alpha, at pixel (x0, y0).

    ``texture`` is ``packed``.
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
        # What lies between the corners changes by the same steps from pixel to pixel, across and down.
        du, dv, dl = (
            (ub * (cy - ay) - uc * (by - ay)) * inverse,
            (vb * (cy - ay) - vc * (by - ay)) * inverse,
            (lb * (cy - ay) - lc * (by - ay)) * inverse,
        )
        eu, ev, el = (
            (uc * (bx - ax) - ub * (cx - ax)) * inverse,
            (vc * (bx - ax) - vb * (cx - ax)) * inverse,
            (lc * (bx - ax) - lb * (cx - ax)) * inverse,
        )
        # Where a row crosses each edge is worked out alike for both triangles that share it, from its upper end: a
        # pixel belongs to one of them.
        x1, y1, z1, s1 = _slope(ax, ay, bx, by)
        x2, y2, z2, s2 = _slope(bx, by, cx, cy)
        x3, y3, z3, s3 = _slope(cx, cy, ax, ay)
        for y in range(top, bottom):
            py = y + 0.5
            low, high = 1e9, -1e9
            if y1 <= py < z1:
                crossing = x1 + (py - y1) * s1
                low, high = crossing, crossing
            if y2 <= py < z2:
                crossing = x2 + (py - y2) * s2
                low, high = min(low, crossing), max(high, crossing)
            if y3 <= py < z3:
                crossing = x3 + (py - y3) * s3
                low, high = min(low, crossing), max(high, crossing)
            first = max(int(np.ceil(low - 0.5)), 0)
            across, down = first + 0.5 - ax, py - ay
            u0 = vertices[i, 2] + across * du + down * eu - 0.5
            v0 = vertices[i, 3] + across * dv + down * ev - 0.5
            light0 = vertices[i, 4] + across * dl + down * el
            # Where it is worked out: single floats, and indices that numba need not look for below zero.
            row, top_left = unsigned(y), single(first)
            u1, v1, light1 = single(u0), single(v0), single(light0)
            for x in range(first, min(int(np.ceil(high - 0.5)), width)):
                column = unsigned(x)
                hide = hidden[row, column]
                if hide == 255:
                    continue
                step = single(x) - top_left
                u, v = u1 + step * single(du), v1 + step * single(dv)
                if u < _0 or v < _0 or u >= single(tw - 1) or v >= single(th - 1):
                    continue
                iu, iv = unsigned(whole(u)), unsigned(whole(v))
                ju, jv = iu + _NEXT, iv + _NEXT
                t00, t10, t01, t11 = texture[iv, iu], texture[iv, ju], texture[jv, iu], texture[jv, ju]
                if (t00 | t10 | t01 | t11) >> _24 == _NONE:
                    # Neither cloth nor where it may be drawn out to.
                    continue
                fu = unsigned(whole((u - single(iu)) * single(256)))
                fv = unsigned(whole((v - single(iv)) * single(256)))
                w11 = (fu * fv + _HALF) >> unsigned(8)
                w10, w01 = fu - w11, fv - w11
                w00 = _256 - fu - w01
                green_alpha = (
                    lanes(w00) * ((t00 >> _8) & _SPREAD) + lanes(w10) * ((t10 >> _8) & _SPREAD)
                    + lanes(w01) * ((t01 >> _8) & _SPREAD) + lanes(w11) * ((t11 >> _8) & _SPREAD)
                )  # fmt: skip
                alpha = single((green_alpha >> _16) & _LANE) * _WEIGHT
                shown = single(255 - hide) * _CODES
                below = _0
                blue_red_reach = (
                    lanes(w00) * (t00 & _SPREAD) + lanes(w10) * (t10 & _SPREAD)
                    + lanes(w01) * (t01 & _SPREAD) + lanes(w11) * (t11 & _SPREAD)
                )  # fmt: skip
                if alpha < _NEARLY and worn[row, column] > 0:
                    reach = (
                        single((blue_red_reach >> _32) & _LANE) * _WEIGHT * single(worn[row, column]) * _CODE
                    )
                    # Below cloth that is there, never over it: that of another part has another light.
                    below = reach * shown
                if alpha < _1 and below * (_1 - sheet[row, column, 3]) < _LEAST:
                    continue
                alpha *= shown
                keep = _1 - alpha
                if below > _0:
                    alpha += below * (_1 - (sheet[row, column, 3] * keep + alpha))
                lit = (light1 + step * single(dl)) * alpha * (_CODE * _WEIGHT)
                blue = single(blue_red_reach & _LANE)
                green = single(green_alpha & _LANE)
                red = single((blue_red_reach >> _16) & _LANE)
                sheet[row, column, 0] = sheet[row, column, 0] * keep + blue * lit
                sheet[row, column, 1] = sheet[row, column, 1] * keep + green * lit
                sheet[row, column, 2] = sheet[row, column, 2] * keep + red * lit
                sheet[row, column, 3] = sheet[row, column, 3] * keep + alpha


@kernel
def wear(
    bgr: U8,
    x0: int,
    y0: int,
    sheet: F32,
    hidden: U8,
    shadow: U8,
    folds: F32,
    white: tuple[float, float, float],
    noise: F32,
    grain: float,
    to_linear: F32,
    to_srgb: U8,
) -> None:
    """Blend ``sheet`` into ``bgr`` in place, in linear light: ``folds`` (h, w) is the light of the worn cloth over its
    mean, ``white`` linear red, green, blue of diffuse white here, ``noise`` (n, n) the camera's grain,
    ``grain`` codes. What is beside the cloth, and not ``hidden``, loses ``shadow`` / 255 (h, w) of its light."""
    height, width = sheet.shape[0], sheet.shape[1]
    size = noise.shape[0]
    codes, half, grains = single(255.0), single(0.5), single(grain)
    whites = single(white[2]), single(white[1]), single(white[0])
    for y in range(height):
        row, line, speckled = unsigned(y), unsigned(y0 + y), unsigned((y0 + y) % size)
        at = x0 % size
        for x in range(width):
            column, over, speck_at = unsigned(x), unsigned(x0 + x), unsigned(at)
            at = at + 1 if at + 1 < size else 0
            alpha, hide = sheet[row, column, 3], hidden[row, column]
            if hide == 255:
                continue
            left = _1 - single(shadow[row, column]) * single(255 - hide) * _CODE * _CODE
            if alpha < _LEAST:
                if left < _1:
                    for channel in range(3):
                        bgr[line, over, channel] = code(to_linear[bgr[line, over, channel]] * left, to_srgb)
                continue
            share = codes / alpha
            cover = min(alpha, _1) * single(255 - hide) * _CODE
            light = folds[row, column]
            speck = grains * cover * noise[speckled, speck_at] + half
            for channel in range(3):
                value = min(max(sheet[row, column, channel] * share, _0), codes)
                lit = to_linear[unsigned(whole(value + half))] * light * whites[channel]
                if cover < _WHOLE:
                    behind = to_linear[bgr[line, over, channel]] * left
                    lit = behind + (lit - behind) * cover
                mixed = single(code(lit, to_srgb)) + speck
                bgr[line, over, channel] = whole(min(max(mixed, _0), codes))


@kernel
def bare(
    bgr: U8, x0: int, y0: int, share: F32, skin: F32, noise: F32, grain: float, to_linear: F32, to_srgb: U8
) -> None:
    """Put skin where a garment is cut away over clothes: ``skin`` (h, w, 3) linear blue, green, red; ``share`` (h, w)
    0..1; ``noise`` and ``grain`` as in ``wear``."""
    height, width = share.shape
    size = noise.shape[0]
    codes, half, grains, little = single(255.0), single(0.5), single(grain), single(0.01)
    for y in range(height):
        row, line, speckled = unsigned(y), unsigned(y0 + y), unsigned((y0 + y) % size)
        for x in range(width):
            column, over = unsigned(x), unsigned(x0 + x)
            part = share[row, column]
            if part < little:
                continue
            speck = grains * part * noise[speckled, unsigned((x0 + x) % size)] + half
            for channel in range(3):
                behind = to_linear[bgr[line, over, channel]]
                mixed = single(code(behind + (skin[row, column, channel] - behind) * part, to_srgb)) + speck
                bgr[line, over, channel] = whole(min(max(mixed, _0), codes))
