"""Eyewear made from measures: a spec in, a mesh in product space out.

``python -m tryon.catalogue.parametric --out assets/catalogue`` writes the products that come with Tryon.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tryon.catalogue.frame_front import acetate_front, metal_front
from tryon.catalogue.frame_lens import lens
from tryon.catalogue.frame_solids import Solid, to_mesh
from tryon.catalogue.frame_spec import FrameSpec
from tryon.catalogue.frame_temples import acetate_temple, metal_temple, nose_pads
from tryon.render.mesh import Mesh

# About 100 000 triangles, for measuring.
DETAIL_MAX = 4.0


def build_frame(spec: FrameSpec, detail: float = 1.0) -> Mesh:
    """The frame: parts front, lens_left, lens_right, temple_left, temple_right and nose_pads.

    Left is the wearer's. ``detail`` (0.5..4) multiplies the counts along every curve, so the number of
    triangles, about 10 000 at 1, grows with its square.
    """
    if not 0.5 <= detail <= DETAIL_MAX:
        raise ValueError(f"detail is 0.5 to {DETAIL_MAX:g}, not {detail}")
    metal = spec.build == "metal"
    front = [_tilted(spec, solid) for solid in (metal_front if metal else acetate_front)(spec, detail)]
    left_lens = _tilted(spec, lens(spec, detail))
    left_temple = (metal_temple if metal else acetate_temple)(spec, detail)
    return to_mesh(
        (
            ("front", front),
            ("lens_left", [left_lens]),
            ("lens_right", [left_lens.mirrored()]),
            ("temple_left", left_temple),
            ("temple_right", [solid.mirrored() for solid in left_temple]),
            ("nose_pads", nose_pads(spec, detail)),
        )
    )


def _tilted(spec: FrameSpec, solid: Solid) -> Solid:
    return solid.moved(spec.tilt, np.zeros(3))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line: write the house range."""
    from tryon.catalogue.house_range import write_range  # it builds on this module

    parser = argparse.ArgumentParser(prog="python -m tryon.catalogue.parametric", description=main.__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the catalogue folder to write into")
    write_range(parser.parse_args(arguments).out)


if __name__ == "__main__":
    main()
