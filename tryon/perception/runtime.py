"""The part of mediapipe that Tryon runs: its compiled calculators, without what ``import mediapipe`` brings along.

The package's own ``__init__`` imports the drawing helpers (and with them matplotlib) and the Tasks API; that is half a
second and more on every start, for nothing. The modules below are complete without it, so they are imported beneath two
empty parent modules, which are taken away again: whoever imports mediapipe later gets the real one.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

_PARENTS: Final = ("mediapipe", "mediapipe.python")
_COMPILED: Final = "mediapipe.python._framework_bindings"


def _import_bindings() -> tuple[Path, dict[str, Any]]:
    names = ("_framework_bindings", "packet_creator", "packet_getter")
    spec = importlib.util.find_spec("mediapipe")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("mediapipe is not installed; run 'make setup'.")
    root = Path(spec.submodule_search_locations[0])
    placed = [name for name in _PARENTS if name not in sys.modules]
    for name in placed:
        empty = ModuleType(name)
        empty.__path__ = [str(root.parent.joinpath(*name.split(".")))]
        sys.modules[name] = empty
    try:
        # Detectors' and the body's results are messages of these types; importing them registers them.
        for message in ("detection_pb2", "landmark_pb2"):
            importlib.import_module(f"mediapipe.framework.formats.{message}")
        found = {name: importlib.import_module(f"mediapipe.python.{name}") for name in names}
        for name in ("calculator_graph", "resource_util", "image_frame"):
            found[name] = importlib.import_module(f"mediapipe.python._framework_bindings.{name}")
    finally:
        if placed:
            # All but the compiled part, which can be loaded only once, is forgotten; a full import starts afresh.
            # Other threads import meanwhile: a list is made in one go.
            for name in list(sys.modules):
                if name.split(".")[0] == "mediapipe" and not name.startswith(_COMPILED):
                    sys.modules.pop(name, None)
    return root, found


_ROOT, _modules = _import_bindings()

packet_creator: Final[Any] = _modules["packet_creator"]
packet_getter: Final[Any] = _modules["packet_getter"]
CalculatorGraph: Final[Any] = _modules["calculator_graph"].CalculatorGraph
SRGB: Final[Any] = _modules["image_frame"].ImageFormat.SRGB

# Graphs name their models relative to the folder that holds the package.
_modules["resource_util"].set_resource_dir(str(_ROOT.parent))
