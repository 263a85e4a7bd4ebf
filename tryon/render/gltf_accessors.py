"""Accessors of a GLB file as arrays, each checked against its buffer before a byte is read.

Source: Khronos, glTF 2.0 specification, sections 3.6 (buffers, accessors) and 3.11 (normalised integers);
KHR_mesh_quantization for the integer attributes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tryon.errors import AssetUnsupported, BadAsset
from tryon.frame import F32
from tryon.render import gltf_limits as limits
from tryon.render.gltf_json import JsonObject, integer, objects

_DTYPES: dict[int, np.dtype[np.generic]] = {
    5120: np.dtype("<i1"),
    5121: np.dtype("<u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_INDEX_TYPES = (5121, 5123, 5125)
_FLOAT = 5126
_COMPONENTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_STRIDE_MAX_BYTES = 252


@dataclass(frozen=True)
class _Layout:
    """Where an accessor's elements lie in the binary chunk; the bytes are known to be there."""

    place: str
    component_type: int
    components: int
    count: int
    offset: int
    stride: int
    normalized: bool


class Accessors:
    """Every accessor of a file. Construction checks the buffers; a read checks the accessor."""

    def __init__(self, document: JsonObject, binary: memoryview) -> None:
        self._entries = objects(document, "accessors", limits.ACCESSORS_MAX)
        self._views = objects(document, "bufferViews", limits.BUFFER_VIEWS_MAX)
        self._binary = binary
        self._buffer_bytes = self._check_buffers(document)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def view_count(self) -> int:
        return len(self._views)

    def count(self, index: int) -> int:
        """The number of elements that the accessor declares (nothing is read)."""
        return integer(self._entries[index], "count", f"accessors[{index}]")

    def floats(self, index: int, components: tuple[int, ...], what: str) -> F32:
        """An attribute, shape (count, components), normalised integers as -1..1 or 0..1; all finite."""
        layout = self._layout(index)
        if layout.components not in components or layout.component_type == 5125:
            raise BadAsset(f"{layout.place} has the wrong type for {what}.")
        raw = self._elements(layout)
        if layout.component_type == _FLOAT:
            values: F32 = raw.astype(np.float32)
            if not np.isfinite(values).all():
                raise BadAsset(f"{layout.place} ({what}) holds a number that is not finite.")
            return values
        values = raw.astype(np.float32)
        if layout.normalized:
            values /= np.float32(np.iinfo(raw.dtype).max)  # type: ignore[type-var]
            np.maximum(values, np.float32(-1.0), out=values)
        return values

    def indices(self, index: int, vertex_count: int) -> NDArray[np.int64]:
        """Vertex indices, each below ``vertex_count``."""
        layout = self._layout(index)
        if layout.components != 1 or layout.component_type not in _INDEX_TYPES:
            raise BadAsset(f"{layout.place} has the wrong type for indices.")
        values = self._elements(layout)[:, 0].astype(np.int64)
        if len(values) and int(values.max()) >= vertex_count:
            raise BadAsset(
                f"{layout.place} names vertex {int(values.max())}, but there are only {vertex_count}."
            )
        return values

    def view_bytes(self, index: int) -> memoryview:
        """The bytes of a buffer view (an image, say)."""
        offset, length = self._view_range(index)
        return self._binary[offset : offset + length]

    def _check_buffers(self, document: JsonObject) -> int:
        buffers = objects(document, "buffers", 16)
        for index, buffer in enumerate(buffers):
            if "uri" in buffer:
                raise AssetUnsupported(
                    f"buffers[{index}] has a uri; export one .glb file with everything inside."
                )
        if len(buffers) > 1:
            raise AssetUnsupported(f"The file has {len(buffers)} buffers; a .glb of one is needed.")
        if not buffers:
            return 0
        length = integer(buffers[0], "byteLength", "buffers[0]")
        if length > len(self._binary):
            raise BadAsset(
                f"buffers[0] declares {length} bytes, but the file's binary chunk has {len(self._binary)}."
            )
        return length

    def _view_range(self, index: int) -> tuple[int, int]:
        place = f"bufferViews[{index}]"
        view = self._views[index]
        integer(view, "buffer", place, below=1)
        offset = integer(view, "byteOffset", place, default=0)
        length = integer(view, "byteLength", place)
        if offset + length > self._buffer_bytes:
            raise BadAsset(f"{place} ends at byte {offset + length} of {self._buffer_bytes}.")
        return offset, length

    def _layout(self, index: int) -> _Layout:
        place = f"accessors[{index}]"
        entry = self._entries[index]
        if "sparse" in entry:
            raise AssetUnsupported(f"{place} is sparse; export without sparse accessors.")
        if "bufferView" not in entry:
            raise AssetUnsupported(f"{place} has no data of its own; export without compression.")
        component_type = integer(entry, "componentType", place)
        kind = entry.get("type")
        if component_type not in _DTYPES or not isinstance(kind, str) or kind not in _COMPONENTS:
            raise BadAsset(f"{place} has an unknown componentType or type.")
        view_index = integer(entry, "bufferView", place, below=len(self._views))
        view_offset, view_length = self._view_range(view_index)
        size = _DTYPES[component_type].itemsize * _COMPONENTS[kind]
        stride = integer(self._views[view_index], "byteStride", f"bufferViews[{view_index}]", default=size)
        if stride < size or stride > max(size, _STRIDE_MAX_BYTES):
            raise BadAsset(f"bufferViews[{view_index}].byteStride is {stride}; {place} needs {size}.")
        offset = integer(entry, "byteOffset", place, default=0)
        count = self.count(index)
        end = offset + stride * (count - 1) + size if count else offset
        if end > view_length:
            raise BadAsset(f"{place} needs {end} bytes, but bufferViews[{view_index}] has {view_length}.")
        return _Layout(
            place=place,
            component_type=component_type,
            components=_COMPONENTS[kind],
            count=count,
            offset=view_offset + offset,
            stride=stride,
            normalized=entry.get("normalized") is True,
        )

    def _elements(self, layout: _Layout) -> NDArray[np.generic]:
        dtype = _DTYPES[layout.component_type]
        if layout.count == 0:
            return np.zeros((0, layout.components), dtype)
        return np.ndarray(
            (layout.count, layout.components),
            dtype,
            buffer=self._binary,
            offset=layout.offset,
            strides=(layout.stride, dtype.itemsize),
        )
