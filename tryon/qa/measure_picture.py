"""What the probes saw in the pictures, as figures: leaks, edges, colours, and what hides products."""

from __future__ import annotations

import numpy as np

from tryon.frame import F64
from tryon.qa.measure_motion import Curves
from tryon.qa.results import Figures
from tryon.qa.series import Series
from tryon.render.colour import de00

_SKIN = ("cheeks", "forehead")


def picture(series: Series) -> tuple[Figures, Curves]:
    """``leak. edge. colour. occlusion.``; empty for a take that was recorded without probes."""
    figures: Figures = {}
    curves: Curves = {}
    if series.has("pixels.leak.px"):
        curves["leak.px"] = series.column("pixels.leak.px")
        figures["leak.px"] = float(np.nanmean(curves["leak.px"]))
        figures["leak.outside_dirty_px"] = float(np.nansum(series.column("pixels.leak.outside_dirty_px")))
    _edges(series, figures, curves)
    _colours(series, figures, curves)
    _hidden(series, figures)
    return {name: value for name, value in figures.items() if np.isfinite(value)}, curves


def _edges(series: Series, figures: Figures, curves: Curves) -> None:
    changes, added = (
        [series.column(name) for name in sorted(series.names("pixels.edge.")) if name.endswith(end)]
        for end in ("_change", "_added")
    )
    if not changes:
        return
    change, contrast = np.nansum(changes, axis=0), np.nansum(added, axis=0)
    told = contrast > 0
    curves["edge.flicker"] = np.where(told, 100 * change / np.where(told, contrast, 1.0), np.nan)
    figures["edge.flicker"] = 100 * float(change[told].sum() / contrast[told].sum())


def _colours(series: Series, figures: Figures, curves: Curves) -> None:
    if series.has("pixels.colour.shade_de00"):
        curves["colour.shade_de00"] = series.column("pixels.colour.shade_de00")
        figures["colour.shade_de00"] = float(np.nanmean(curves["colour.shade_de00"]))
        before, after = _lab(series, "before", "lips"), _lab(series, "after", "lips")
        for name in ("lighter", "redder", "yellower"):
            figures[f"colour.{name}"] = float(np.nanmean(series.column(f"pixels.colour.{name}")))
        # Where the lips would have gone from the last frame's colour had only the light changed.
        steps = de00(after[1:], after[:-1] + np.diff(before, axis=0))
        if np.isfinite(steps).any():
            figures["colour.flicker_de00"] = float(np.nanmean(steps))
    skin = [de00(_lab(series, "before", name), _lab(series, "after", name)) for name in _SKIN]
    told = np.isfinite(skin)
    if told.any():
        figures["colour.skin_de00"] = float(np.where(told, skin, 0.0).sum() / told.sum())


def _hidden(series: Series, figures: Figures) -> None:
    for wrong, where, name in (("over", "inside", "false"), ("missing", "outside", "missing")):
        area = float(np.nansum(series.column(f"pixels.occlusion.{where}_px")))
        if area > 0:
            count = float(np.nansum(series.column(f"pixels.occlusion.{wrong}_px")))
            figures[f"occlusion.{name}_percent"] = 100 * count / area


def _lab(series: Series, when: str, region: str) -> F64:
    return series.stacked([f"{when}.{region}.{axis}" for axis in "lab"])
