"""What is known of a surface at one pixel: places in the array of numbers that the kernels hand on."""

from __future__ import annotations

from typing import Final

NORMAL: Final = 0  # three; a mean over the pixel, so its length tells how much it varies
BASE_RGBA: Final = 3  # linear, with opacity
METALLIC: Final = 7
ROUGHNESS: Final = 8
DYE: Final = 9  # three that multiply a lens' tint
COVERAGE: Final = 12  # 0..1
MATERIAL: Final = 13
SPREAD: Final = 14  # how much the normal varies over the pixel: variance of each of its directions
INVERSE_Z: Final = 15  # 1 / mm
TANGENT: Final = 16  # three, and the bitangent's sign
SECOND_UV: Final = 20  # two
OCCLUSION: Final = 22  # the part of the room's light that arrives
GLOW_RGB: Final = 23
TRANSMISSION: Final = 26
COAT: Final = 27
COAT_ROUGHNESS: Final = 28
F0_RGB: Final = 29  # reflected straight on
FILM_SHARE: Final = 32
FILM_THICKNESS: Final = 33  # 0..1 between the film's thinnest and thickest
COUNT: Final = 34
