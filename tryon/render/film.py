"""Thin layers on a surface: what they reflect, by angle and colour.

Thin-film interference after Belcour and Barla ("A Practical Extension to Microfacet Theory for the Modeling of Varying
Iridescence", 2017), reduced to one reflection at each interface and evaluated at three bands of wavelengths rather than
with their fitted spectra; that is the model behind glTF's KHR_materials_iridescence.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tryon.frame import F32, F64
from tryon.render.material import Film, Rgb

ANGLES: Final = 33
THICKNESSES: Final = 9
# Wavelengths in nanometres that stand for red, green and blue, and how they are weighted: a box over each of the
# sensor's bands, wide enough that thick films lose their colours as they do to the eye.
BANDS_NM: Final = ((590.0, 650.0), (510.0, 570.0), (430.0, 490.0))
SAMPLES: Final = 7


def thin_film(
    film_ior: float,
    low_nm: float,
    high_nm: float,
    base_f0: Rgb,
    share: float = 1.0,
    outside_ior: float = 1.0,
) -> Film:
    """A dielectric film of ``low_nm`` … ``high_nm`` on a base that reflects ``base_f0`` at normal incidence."""
    cosine = np.linspace(0.0, 1.0, ANGLES)
    thickness = np.linspace(low_nm, high_nm, THICKNESSES)
    # Very thin films fade into the base, as the glTF specification asks.
    ior = outside_ior + (film_ior - outside_ior) * _smooth(thickness / 30.0)[:, None]
    sine2 = (outside_ior / ior) ** 2 * (1.0 - cosine**2)
    inside = np.sqrt(np.maximum(1.0 - sine2, 0.0))
    r0 = ((ior - outside_ior) / (ior + outside_ior)) ** 2
    first = np.where(sine2 >= 1.0, 1.0, r0 + (1.0 - r0) * (1.0 - cosine) ** 5)
    optical_nm = 2.0 * ior * thickness[:, None] * inside
    channels = []
    for (start, end), f0 in zip(BANDS_NM, base_f0, strict=True):
        # The base's index inside the film; a phase jump of π where light meets something denser.
        base_ior = (1.0 + np.sqrt(min(f0, 0.9999))) / (1.0 - np.sqrt(min(f0, 0.9999)))
        below = ((base_ior - ior) / (base_ior + ior)) ** 2
        second = below + (1.0 - below) * (1.0 - inside) ** 5
        jump = np.where(ior > outside_ior, np.pi, 0.0) + np.where(base_ior > ior, np.pi, 0.0)
        total = np.zeros_like(first)
        for wavelength in np.linspace(start, end, SAMPLES):
            phase = 2.0 * np.pi * optical_nm / wavelength + jump
            total += _airy(first, second, phase)
        channels.append(total / SAMPLES)
    reflectance = np.clip(np.stack(channels, axis=-1), 0.0, 1.0).astype(np.float32)
    return Film(np.ascontiguousarray(reflectance), share, (film_ior, low_nm, high_nm))


def coating(straight_on: Rgb) -> Film:
    """A coating that reflects ``straight_on`` of the light, and all of it at grazing angles (Schlick 1994)."""
    away = (1.0 - np.linspace(0.0, 1.0, ANGLES)[:, None]) ** 5
    least = np.array(straight_on, np.float64)
    return Film(np.ascontiguousarray((least + (1.0 - least) * away)[None], np.float32))


def _airy(first: F64, second: F64, phase: F64) -> F64:
    """The reflectance of two partly reflecting planes (Airy's sum, intensities without polarisation)."""
    a, b = np.sqrt(first), np.sqrt(second)
    cross = 2.0 * a * b * np.cos(phase)
    below = 1.0 + first * second + cross
    # Two perfect mirrors: whatever the phase, all comes back.
    return np.asarray(
        np.where(below > 1e-9, (first + second + cross) / np.maximum(below, 1e-9), 1.0), np.float64
    )


def _smooth(t: F64) -> F64:
    t = np.clip(t, 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t), np.float64)


def flat(film: Film) -> F32:
    """The table as the kernels read it, shape (THICKNESSES, ANGLES, 3)."""
    table = film.reflectance
    if table.shape[0] == THICKNESSES and table.shape[1] == ANGLES:
        return table
    rows = np.linspace(0, table.shape[0] - 1, THICKNESSES).round().astype(int)
    columns = np.linspace(0, table.shape[1] - 1, ANGLES).round().astype(int)
    return np.ascontiguousarray(table[rows][:, columns])
