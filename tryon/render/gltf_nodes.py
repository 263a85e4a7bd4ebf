"""The node tree of a GLB file, flattened: which mesh stands where.

The walk is a loop over a list, not recursion, so a chain of nodes costs no stack; a node that is reached
twice (a cycle, or two parents) is refused.

Source: Khronos, glTF 2.0 specification, section 3.5 (scenes, nodes and transformations).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tryon.errors import AssetUnsupported, BadAsset
from tryon.frame import F64
from tryon.render import gltf_limits as limits
from tryon.render.gltf_json import JsonObject, indices, name_of, numbers, objects, optional_index

# Far beyond any unit conversion; keeps products of matrices finite.
MATRIX_ENTRY_MAX = 1e9
_IDENTITY = tuple(float(value) for value in np.eye(4).reshape(-1))


@dataclass(frozen=True)
class Placed:
    """A mesh's index, its node's name ("" if none) and the node's world transform in metres."""

    mesh: int
    name: str
    world: F64


def placed_meshes(document: JsonObject, mesh_count: int, notes: list[str]) -> list[Placed]:
    """The meshes that the file's scene shows, in the order of the tree."""
    nodes = objects(document, "nodes", limits.NODES_MAX)
    placed: list[Placed] = []
    seen: set[int] = set()
    waiting = [(root, np.eye(4)) for root in reversed(_roots(document, nodes))]
    while waiting:
        index, parent = waiting.pop()
        place = f"nodes[{index}]"
        if index in seen:
            raise BadAsset(f"{place} is reached twice: it has two parents or lies in a cycle.")
        seen.add(index)
        node = nodes[index]
        world = parent @ _local(node, place)
        if not (np.abs(world) <= MATRIX_ENTRY_MAX).all():
            raise BadAsset(f"{place}'s transform is out of range.")
        mesh = optional_index(node, "mesh", place, mesh_count)
        if mesh is not None:
            if "skin" in node:
                raise AssetUnsupported(f"{place} has a skin; apply the armature and export without it.")
            if abs(np.linalg.det(world[:3, :3])) < np.finfo(np.float64).tiny:
                notes.append(f"{place} is scaled to nothing; it is left out.")
            else:
                placed.append(Placed(mesh, name_of(node, ""), world))
        children = indices(node, "children", place, len(nodes))
        waiting += [(child, world) for child in reversed(children)]
    return placed


def _roots(document: JsonObject, nodes: list[JsonObject]) -> list[int]:
    scenes = objects(document, "scenes", limits.NODES_MAX)
    if scenes:
        scene = optional_index(document, "scene", "scene", len(scenes)) or 0
        return indices(scenes[scene], "nodes", f"scenes[{scene}]", len(nodes))
    children: set[int] = set()
    for index, node in enumerate(nodes):
        children.update(indices(node, "children", f"nodes[{index}]", len(nodes)))
    roots = [index for index in range(len(nodes)) if index not in children]
    if nodes and not roots:
        raise BadAsset("nodes: every node is another's child; they form a cycle.")
    return roots


def _local(node: JsonObject, place: str) -> F64:
    """The node's matrix, or translation · rotation · scale."""
    if "matrix" in node:
        columns = numbers(node, "matrix", place, default=_IDENTITY)
        matrix = np.array(columns, np.float64).reshape(4, 4).T
        if not np.allclose(matrix[3], (0.0, 0.0, 0.0, 1.0), atol=1e-6):
            raise BadAsset(f"{place}.matrix is not affine: its last row is not 0 0 0 1.")
        matrix[3] = (0.0, 0.0, 0.0, 1.0)
    else:
        move = numbers(node, "translation", place, default=(0.0,) * 3)
        scale = numbers(node, "scale", place, default=(1.0,) * 3)
        quaternion = numbers(node, "rotation", place, default=(0.0, 0.0, 0.0, 1.0), low=-2.0, high=2.0)
        matrix = np.eye(4)
        matrix[:3, :3] = _rotation(quaternion, place) * np.array(scale)
        matrix[:3, 3] = move
    if not (np.abs(matrix) <= MATRIX_ENTRY_MAX).all():
        raise BadAsset(f"{place}'s transform is out of range.")
    return matrix


def _rotation(quaternion: tuple[float, ...], place: str) -> F64:
    """The rotation matrix of (x, y, z, w)."""
    length = float(np.linalg.norm(quaternion))
    if length < 1e-6:
        raise BadAsset(f"{place}.rotation is zero; a unit quaternion is due.")
    x, y, z, w = (value / length for value in quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
