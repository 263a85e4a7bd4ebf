"""What is put on garments changes what they are put on, and nothing outside the garment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tryon.catalogue.garment_cut import FLIP, Cut
from tryon.catalogue.garment_details import (
    Design,
    blouse,
    dress,
    hoodie,
    jacket,
    polo,
    shirt,
    sweater,
    tank,
    tee,
)
from tryon.catalogue.garment_fabric import Fabric
from tryon.catalogue.garment_picture import Canvas, Part


@pytest.mark.parametrize("details", [tee, tank, sweater, hoodie, polo, shirt, blouse, jacket, dress])
def test_details_stay_on_the_garment(details: Callable[[Canvas, Design], None]) -> None:
    cut = Cut(hem_cm=(26.0, 72.0))
    design = Design("some", "Some", "t_shirt", "", cut, Fabric("#707880", "poplin"), details)
    every = np.concatenate([cut.body(), cut.sleeve(), cut.sleeve() * FLIP, [[0.0, -5.0]]])
    canvas = Canvas(every.min(axis=0), every.max(axis=0), 1)
    for outline in (cut.sleeve(), cut.sleeve() * FLIP, cut.body()):
        canvas.add(Part(outline, design.fabric, depth=0.0))
    before, covered = canvas.color.copy(), canvas.alpha.copy()
    details(canvas, design)
    assert np.abs(canvas.color - before).max() > 0.05
    # Collars rise above the shoulders; nothing hangs out at the sides or below.
    below = canvas.y_cm > 10.0
    assert (canvas.alpha - covered)[below].sum() < 0.01 * covered.sum()
