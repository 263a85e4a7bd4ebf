"""The container and the JSON of a GLB 2.0 file, with every field checked where it is read.

Nothing here trusts the file: lengths are compared before slicing, nesting before parsing, and each getter
names the place ("accessors[3].count") in the error that it raises.

Source: Khronos, glTF 2.0 specification, section 4 (GLB file format).
"""

from __future__ import annotations

import json
import math
import re
import struct
from typing import Any, NoReturn

from tryon.errors import AssetTooLarge, AssetUnsupported, BadAsset
from tryon.render import gltf_limits as limits

JsonObject = dict[str, Any]

_MAGIC = b"glTF"
_HEADER = struct.Struct("<4sII")
_CHUNK = struct.Struct("<I4s")
# What JSON numbers hold exactly; sums of such numbers can still be printed.
_INTEGER_MAX = 2**53
_JSON_CHUNK = b"JSON"
_BIN_CHUNK = b"BIN\0"
# A string (closed or cut off, so that the search never looks back) or a bracket.
_STRING_OR_BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[][{}]', re.DOTALL)


def read_container(data: bytes) -> tuple[JsonObject, memoryview]:
    """The JSON document and the binary chunk (empty when there is none) of a GLB file."""
    if len(data) > limits.FILE_MAX_BYTES:
        raise AssetTooLarge(f"The file has {len(data)} bytes; it may have {limits.FILE_MAX_BYTES}.")
    if len(data) < _HEADER.size or data[:4] != _MAGIC:
        raise BadAsset("The file is no GLB: it does not begin with 'glTF'. Export as glTF binary (.glb).")
    _, version, length = _HEADER.unpack_from(data)
    if version != 2:
        raise AssetUnsupported(f"The file is GLB version {version}; Tryon reads version 2.")
    if length != len(data):
        kind = "cut off" if length > len(data) else "followed by other data"
        raise BadAsset(f"The file is {kind}: it declares {length} bytes and has {len(data)}.")
    chunks = _chunks(data)
    if not chunks or chunks[0][0] != _JSON_CHUNK:
        raise BadAsset("The file's first chunk is not JSON.")
    binary = chunks[1][1] if len(chunks) > 1 and chunks[1][0] == _BIN_CHUNK else memoryview(b"")
    return _parse(bytes(chunks[0][1])), binary


def _chunks(data: bytes) -> list[tuple[bytes, memoryview]]:
    """The first two chunks; what follows them means nothing to us."""
    view = memoryview(data)
    chunks: list[tuple[bytes, memoryview]] = []
    at = _HEADER.size
    while at < len(data) and len(chunks) < 2:
        if at + _CHUNK.size > len(data):
            raise BadAsset("The file is cut off inside a chunk's header.")
        length, kind = _CHUNK.unpack_from(data, at)
        at += _CHUNK.size
        if at + length > len(data):
            raise BadAsset(
                f"Chunk {len(chunks)} declares {length} bytes, but only {len(data) - at} are left."
            )
        chunks.append((kind, view[at : at + length]))
        at += length
    return chunks


def _parse(text: bytes) -> JsonObject:
    if len(text) > limits.JSON_MAX_BYTES:
        raise AssetTooLarge(f"The JSON has {len(text)} bytes; it may have {limits.JSON_MAX_BYTES}.")
    if json_depth(text) > limits.JSON_MAX_DEPTH:
        raise AssetTooLarge(f"The JSON nests deeper than {limits.JSON_MAX_DEPTH} levels.")
    try:
        document = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except ValueError as error:
        raise BadAsset(f"The JSON cannot be read: {error}.") from error
    if not isinstance(document, dict):
        raise BadAsset("The JSON is not an object.")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def json_depth(text: bytes) -> int:
    """How deep brackets nest outside strings, in one pass; stops one past the limit."""
    depth = deepest = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        byte = text[match.start()]
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > limits.JSON_MAX_DEPTH:
                break
        elif byte in b"]}":
            depth -= 1
    return deepest


def objects(document: JsonObject, key: str, most: int) -> list[JsonObject]:
    """The top-level list ``key`` of objects, [] if absent. Raises AssetTooLarge beyond ``most``."""
    value = document.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise BadAsset(f"{key} is not a list of objects.")
    if len(value) > most:
        raise AssetTooLarge(f"The file has {len(value)} {key}; it may have {most}.")
    return value


def child(parent: JsonObject, key: str, place: str) -> JsonObject:
    """The object ``key``, {} if absent."""
    value = parent.get(key, {})
    if not isinstance(value, dict):
        raise BadAsset(f"{place}.{key} is not an object.")
    return value


def integer(
    parent: JsonObject, key: str, place: str, *, below: int | None = None, default: int | None = None
) -> int:
    """The whole number ``key``: at least 0 and, for an index, below the count of what it points into."""
    value = parent.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise BadAsset(f"{place}.{key} is not a whole number from 0.")
    if value > _INTEGER_MAX:
        raise BadAsset(f"{place}.{key} is too large.")
    if below is not None and value >= below:
        raise BadAsset(f"{place}.{key} is {value}, but the file has only {below}.")
    return value


def optional_index(parent: JsonObject, key: str, place: str, below: int) -> int | None:
    """The index ``key``, or None where it is absent."""
    return integer(parent, key, place, below=below) if key in parent else None


def indices(parent: JsonObject, key: str, place: str, below: int) -> list[int]:
    """The list of indices ``key``, [] if absent."""
    value = parent.get(key, [])
    if not isinstance(value, list):
        raise BadAsset(f"{place}.{key} is not a list.")
    return [integer({"index": entry}, "index", f"{place}.{key}", below=below) for entry in value]


def number(
    parent: JsonObject,
    key: str,
    place: str,
    *,
    default: float,
    low: float = -math.inf,
    high: float = math.inf,
) -> float:
    """The finite number ``key`` within [low, high]."""
    return _finite(parent.get(key, default), f"{place}.{key}", low, high)


def numbers(
    parent: JsonObject,
    key: str,
    place: str,
    *,
    default: tuple[float, ...],
    low: float = -math.inf,
    high: float = math.inf,
) -> tuple[float, ...]:
    """The list of finite numbers ``key``, as long as its default."""
    value = parent.get(key, default)
    if not isinstance(value, (list, tuple)) or len(value) != len(default):
        raise BadAsset(f"{place}.{key} is not a list of {len(default)} numbers.")
    return tuple(_finite(entry, f"{place}.{key}", low, high) for entry in value)


def _finite(value: object, place: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadAsset(f"{place} is not a number.")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result) or not low <= result <= high:
        raise BadAsset(f"{place} is out of range ({low:g} to {high:g}).")
    return result


def name_of(entry: JsonObject, fallback: str) -> str:
    """The entry's name, printable and short, or ``fallback``."""
    value = entry.get("name")
    if not isinstance(value, str):
        return fallback
    printable = "".join(character for character in value if character.isprintable())
    return printable[: limits.NAME_MAX_CHARACTERS].strip() or fallback
