"""The GLB reader: what it reads, and the sentence for every file that lies."""

from __future__ import annotations

import copy
import json
import os
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tryon.errors import AssetTooLarge, AssetUnsupported, BadAsset
from tryon.frame import F64
from tryon.render import gltf_limits as limits
from tryon.render.gltf import load_glb, read_glb, size_advice
from tryon.render.gltf_json import json_depth
from tryon.render.mesh import Mesh

MEDIA = Path(os.environ.get("TRYON_MEDIA", Path(__file__).resolve().parents[2] / "shared" / "media"))
SUNGLASSES = MEDIA / "glb" / "SunglassesKhronos.glb"
# A reader that needs longer for a hostile file than this blocks an upload.
BOUNDED_S = 2.0


def glb(document: dict[str, Any] | bytes, binary: bytes = b"") -> bytes:
    """A GLB container around any JSON and any bytes."""
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


CORNERS = np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0], [0.1, 0.1, 0]], "<f4")
INDICES = np.array([0, 1, 2, 2, 1, 3], "<u2")


class Square:
    """A file with a 100 mm square of two triangles that face +z; tests bend its document."""

    def __init__(self) -> None:
        self.binary = b""
        self.document: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0, "name": "square"}],
            "meshes": [{"primitives": [{"attributes": {}}]}],
            "accessors": [],
            "bufferViews": [],
            "buffers": [{}],
        }
        self.primitive["attributes"]["POSITION"] = self.add(CORNERS)
        self.primitive["indices"] = self.add(INDICES)

    @property
    def primitive(self) -> dict[str, Any]:
        primitive: dict[str, Any] = self.document["meshes"][0]["primitives"][0]
        return primitive

    def view(self, data: bytes) -> int:
        self.binary += bytes(-len(self.binary) % 4)
        self.document["bufferViews"].append(
            {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data)}
        )
        self.binary += data
        self.document["buffers"][0]["byteLength"] = len(self.binary)
        return len(self.document["bufferViews"]) - 1

    def add(self, values: np.ndarray[Any, Any], **more: Any) -> int:
        """An accessor for the values."""
        component = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
        columns = 1 if values.ndim == 1 else values.shape[1]
        self.document["accessors"].append(
            {
                "bufferView": self.view(np.ascontiguousarray(values).tobytes()),
                "componentType": component[values.dtype.str[1:]],
                "count": len(values),
                "type": {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}[columns],
                **more,
            }
        )
        return len(self.document["accessors"]) - 1

    def material(self, **entry: Any) -> None:
        self.document["materials"] = [entry]
        self.primitive["material"] = 0

    def picture(self, data: bytes) -> None:
        """Show the bytes of a picture as base colour."""
        self.document["images"] = [{"bufferView": self.view(data), "mimeType": "image/png"}]
        self.document["textures"] = [{"source": 0}]
        self.material(pbrMetallicRoughness={"baseColorTexture": {"index": 0}})

    def glb(self) -> bytes:
        return glb(self.document, self.binary)

    def load(self) -> Mesh:
        return load_glb(self.glb())


def facing(mesh: Mesh) -> F64:
    """The triangles' own unit normals by their winding."""
    a, b, c = (mesh.positions_mm[mesh.triangles[:, k]].astype(float) for k in range(3))
    cross = np.cross(b - a, c - a)
    unit: F64 = cross / np.linalg.norm(cross, axis=1, keepdims=True)
    return unit


def png(rgba: np.ndarray[Any, Any]) -> bytes:
    done, data = cv2.imencode(".png", rgba)
    assert done
    return data.tobytes()


# --- what is read ---


def test_metres_become_millimetres_and_missing_normals_are_computed() -> None:
    mesh = Square().load()
    assert mesh.size_mm.tolist() == pytest.approx([100, 100, 0])
    assert mesh.normals.tolist() == [[0, 0, 1]] * 4
    assert [part.name for part in mesh.parts] == ["square"]
    assert mesh.materials[0].metallic == 1.0  # glTF's default material


@pytest.mark.parametrize("dtype", ["<u1", "<u2", "<u4"])
def test_indices_of_every_width(dtype: str) -> None:
    square = Square()
    square.primitive["indices"] = square.add(INDICES.astype(dtype))
    assert square.load().triangles.tolist() == [[0, 1, 2], [2, 1, 3]]


@pytest.mark.parametrize(
    ("mode", "order", "triangles"),
    [
        (4, [0, 1, 2, 2, 1, 3], [[0, 1, 2], [2, 1, 3]]),
        (5, [0, 1, 2, 3], [[0, 1, 2], [2, 1, 3]]),
        (6, [0, 1, 3, 2], [[1, 3, 0], [3, 2, 0]]),
    ],
)
def test_lists_strips_and_fans_keep_their_winding(
    mode: int, order: list[int], triangles: list[list[int]]
) -> None:
    square = Square()
    square.primitive["mode"] = mode
    square.primitive["indices"] = square.add(np.array(order, "<u2"))
    mesh = square.load()
    assert mesh.triangles.tolist() == triangles
    assert facing(mesh).tolist() == [[0, 0, 1]] * 2


def test_without_indices_the_vertices_stand_in_order() -> None:
    square = Square()
    del square.primitive["indices"]
    square.primitive["attributes"]["POSITION"] = square.add(CORNERS[:3])
    assert square.load().triangles.tolist() == [[0, 1, 2]]


def test_quantised_attributes_are_scaled() -> None:
    square = Square()
    square.document["extensionsRequired"] = ["KHR_mesh_quantization"]
    positions = np.array([[0, 0, 0], [32767, 0, 0], [0, 32767, 0], [32767, 32767, 0]], "<i2")
    square.primitive["attributes"]["POSITION"] = square.add(positions, normalized=True)
    square.primitive["attributes"]["NORMAL"] = square.add(np.array([[0, 0, 127]] * 4, "<i1"), normalized=True)
    square.primitive["attributes"]["COLOR_0"] = square.add(
        np.array([[255, 0, 51]] * 4, "<u1"), normalized=True
    )
    square.document["nodes"][0]["scale"] = [0.1, 0.1, 0.1]
    mesh = square.load()
    assert mesh.size_mm.tolist() == pytest.approx([100, 100, 0])
    assert mesh.normals.tolist() == [[0, 0, 1]] * 4
    assert mesh.colors is not None
    assert mesh.colors[0].tolist() == pytest.approx([1, 0, 0.2, 1])


def test_node_transforms_are_applied_down_the_tree() -> None:
    square = Square()
    half = float(np.sqrt(0.5))
    square.document["nodes"] = [
        {"children": [1], "translation": [1, 2, 3]},
        # A quarter turn about z: x becomes y.
        {"mesh": 0, "rotation": [0, 0, half, half], "scale": [2, 1, 1]},
    ]
    low, high = square.load().bounds_mm
    assert low.tolist() == pytest.approx([900, 2000, 3000], abs=0.01)
    assert high.tolist() == pytest.approx([1000, 2200, 3000], abs=0.01)


def test_a_mirroring_node_keeps_the_outside_outside() -> None:
    square = Square()
    square.primitive["attributes"]["NORMAL"] = square.add(np.array([[0, 0, 1]] * 4, "<f4"))
    square.document["nodes"][0]["matrix"] = [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    mesh = square.load()
    assert facing(mesh).tolist() == [[0, 0, 1]] * 2
    assert mesh.normals.tolist() == [[0, 0, 1]] * 4


def test_one_mesh_in_two_nodes_becomes_two_parts() -> None:
    square = Square()
    square.document["nodes"] = [{"mesh": 0, "name": "a"}, {"mesh": 0, "name": "b"}]
    square.document["scenes"][0]["nodes"] = [0, 1]
    mesh = square.load()
    assert [(part.name, part.triangle_count) for part in mesh.parts] == [("a", 2), ("b", 2)]


def test_degenerate_triangles_are_dropped() -> None:
    square = Square()
    square.primitive["indices"] = square.add(np.array([0, 1, 2, 1, 1, 3], "<u2"))
    assert square.load().triangles.tolist() == [[0, 1, 2]]


def test_a_texture_and_its_transform_are_read() -> None:
    square = Square()
    picture = np.zeros((2, 3, 4), np.uint8)
    picture[..., 2], picture[..., 3] = 200, 255  # red, in OpenCV's order
    square.picture(png(picture))
    square.document["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"]["extensions"] = {
        "KHR_texture_transform": {"offset": [0.5, 0], "scale": [2, 1], "rotation": float(np.pi / 2)}
    }
    square.primitive["attributes"]["TEXCOORD_0"] = square.add(
        np.array([[0, 0], [1, 0], [0, 1], [1, 1]], "<f4")
    )
    mesh = square.load()
    texture = mesh.materials[0].base_texture
    assert texture is not None
    assert texture.srgb
    assert texture.rgba.shape == (2, 3, 4)
    assert texture.rgba[0, 0].tolist() == [200, 0, 0, 255]
    # Scaled, then turned a quarter counter-clockwise on a page whose v runs down, then moved.
    a, b, c, d, e, f = texture.mapping.affine
    moved = mesh.uvs @ np.array([[a, d], [b, e]]) + np.array([c, f])
    assert moved == pytest.approx(np.array([[0.5, 0], [0.5, -2], [1.5, 0], [1.5, -2]]), abs=1e-6)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", [".png", ".jpg"])
def test_pictures_of_every_kind_become_rgba(channels: int, kind: str) -> None:
    picture = np.full((64, 64, channels), 100, np.uint8)
    done, data = cv2.imencode(kind, picture)
    assert done
    square = Square()
    square.picture(data.tobytes())
    texture = square.load().materials[0].base_texture
    assert texture is not None
    assert texture.rgba[5, 5, :3].tolist() == pytest.approx([100] * 3, abs=2)


def test_large_pictures_are_scaled_down() -> None:
    square = Square()
    square.picture(png(np.zeros((4096, 512), np.uint8)))
    texture = square.load().materials[0].base_texture
    assert texture is not None
    assert texture.rgba.shape == (1024, 128, 4)


def test_material_extensions_are_read() -> None:
    square = Square()
    square.material(
        name="lens",
        pbrMetallicRoughness={"baseColorFactor": [0.5, 1, 1, 1], "metallicFactor": 0, "roughnessFactor": 0.1},
        emissiveFactor=[1, 0, 0],
        doubleSided=True,
        extensions={
            "KHR_materials_transmission": {"transmissionFactor": 0.9},
            "KHR_materials_volume": {
                "thicknessFactor": 0.002,
                "attenuationDistance": 0.001,
                "attenuationColor": [1, 0.5, 1],
            },
            "KHR_materials_ior": {"ior": 1.6},
            "KHR_materials_clearcoat": {"clearcoatFactor": 0.7, "clearcoatRoughnessFactor": 0.2},
            "KHR_materials_specular": {"specularFactor": 0.4},
            "KHR_materials_emissive_strength": {"emissiveStrength": 3},
            "KHR_materials_iridescence": {"iridescenceFactor": 1},
        },
    )
    (material,) = square.load().materials
    assert material.transparent
    assert material.tint == pytest.approx((0.5, 0.25, 1.0))
    assert (material.transmission, material.ior, material.roughness) == (0.9, 1.6, 0.1)
    assert (material.clearcoat, material.clearcoat_roughness, material.specular) == (0.7, 0.2, 0.4)
    assert material.emissive == pytest.approx((3.0, 0.0, 0.0))
    assert material.double_sided


@pytest.mark.parametrize(
    ("alpha", "vertex_alpha", "transparent"), [(1.0, None, False), (0.5, None, True), (1.0, 0.5, True)]
)
def test_blending_is_kept_only_where_something_shows_through(
    alpha: float, vertex_alpha: float | None, transparent: bool
) -> None:
    square = Square()
    square.material(alphaMode="BLEND", pbrMetallicRoughness={"baseColorFactor": [1, 1, 1, alpha]})
    if vertex_alpha is not None:
        colors = np.array([[1, 1, 1, vertex_alpha]] * 4, "<f4")
        square.primitive["attributes"]["COLOR_0"] = square.add(colors)
    assert square.load().materials[0].transparent is transparent


def test_what_is_left_out_is_noted() -> None:
    square = Square()
    square.document["extensionsUsed"] = ["VENDOR_sparkle"]
    square.document["animations"] = [{}]
    square.document["meshes"][0]["primitives"].append({"mode": 1, "attributes": {}})
    square.primitive["targets"] = [{}]
    square.material(extensions={"KHR_materials_volume": {"thicknessTexture": {"index": 0}}})
    notes = " ".join(read_glb(square.glb()).notes)
    for word in ("VENDOR_sparkle", "animations", "points or lines", "morph targets", "thicknessTexture"):
        assert word in notes


@pytest.mark.parametrize(
    ("factor", "says"),
    [
        (1.4, None),
        (0.5, "mm wide"),
        (1400, "millimetres"),
        (140, "centimetres"),
        (55, "inches"),
        (9, "mm wide"),
    ],
)
def test_a_wrong_unit_is_named(factor: float, says: str | None) -> None:
    square = Square()
    square.document["nodes"][0]["scale"] = [factor] * 3
    advice = size_advice(square.load())
    assert (says is None) == (advice is None)
    assert (says or "") in (advice or "")


@pytest.mark.media
@pytest.mark.skipif(not SUNGLASSES.exists(), reason="needs the shared recordings")
def test_a_real_model_is_read() -> None:
    mesh = load_glb(SUNGLASSES.read_bytes())
    assert size_advice(mesh) is None
    assert len(mesh.triangles) == 13396
    transparent = {material.name for material in mesh.materials if material.transparent}
    assert transparent == {"nose_pads", "lens_interior", "lens_exterior"}
    lens = mesh.triangles[mesh.part("LensesExterior").first_triangle]
    assert mesh.positions_mm[lens][:, 2].min() > -40
    # The frame opens towards +z, the temples run back.
    assert mesh.bounds_mm[0][2] < -120
    assert mesh.bounds_mm[1][2] < 20


# --- what is refused ---


def bent(**change: Any) -> bytes:
    """The square with top-level entries replaced."""
    square = Square()
    square.document.update(change)
    return square.glb()


def with_accessor(index: int, **change: Any) -> bytes:
    square = Square()
    square.document["accessors"][index].update(change)
    return square.glb()


def with_view(**change: Any) -> bytes:
    square = Square()
    square.document["bufferViews"][0].update(change)
    return square.glb()


def with_primitive(**change: Any) -> bytes:
    square = Square()
    square.primitive.update(change)
    return square.glb()


def with_node(**change: Any) -> bytes:
    square = Square()
    square.document["nodes"][0].update(change)
    return square.glb()


def with_material(**entry: Any) -> bytes:
    square = Square()
    square.material(**entry)
    return square.glb()


def with_picture(data: bytes) -> bytes:
    square = Square()
    square.picture(data)
    return square.glb()


def with_positions(values: Any) -> bytes:
    square = Square()
    square.primitive["attributes"]["POSITION"] = square.add(np.array(values, "<f4"))
    return square.glb()


def with_attribute(name: str, values: np.ndarray[Any, Any]) -> bytes:
    square = Square()
    square.primitive["attributes"][name] = square.add(values)
    return square.glb()


def png_header(width: int, height: int) -> bytes:
    """A PNG that declares a size and has almost nothing inside."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = b""
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")):
        chunks += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return b"\x89PNG\r\n\x1a\n" + chunks


def chain(count: int) -> bytes:
    nodes: list[dict[str, Any]] = [{"children": [index + 1]} for index in range(count - 1)]
    return bent(nodes=[*nodes, {"mesh": 0}])


WHOLE = Square().glb()
DRACO = {"KHR_draco_mesh_compression": {"bufferView": 0}}

BAD = {
    "empty": (b"", "begin with 'glTF'"),
    "no glTF": (b"PK\3\4" + WHOLE[4:], "begin with 'glTF'"),
    "cut": (WHOLE[:-40], "cut off"),
    "trailing bytes": (WHOLE + b"MZ", "followed by other data"),
    "lying chunk length": (WHOLE[:12] + struct.pack("<I", 2**31) + WHOLE[16:], "only"),
    "first chunk is not JSON": (WHOLE[:16] + b"BIN\0" + WHOLE[20:], "not JSON"),
    "no JSON": (glb(b"{"), "cannot be read"),
    "no UTF-8": (glb(b'{"a": "\xff"}'), "cannot be read"),
    "NaN in JSON": (glb(b'{"a": NaN}'), "NaN"),
    "JSON list": (glb(b"[]"), "not an object"),
    "huge number": (glb(b'{"asset": {"version": "2.0"}, "scene": ' + b"9" * 5000 + b"}"), "cannot be read"),
    "huge offset": (with_view(byteOffset=10**4200), "too large"),
    "list for object": (bent(nodes=[1]), "nodes is not a list of objects"),
    "no triangles": (bent(nodes=[], scenes=[]), "shows no triangles"),
    "node index": (bent(scenes=[{"nodes": [7]}]), r"scenes\[0\].nodes.* is 7"),
    "negative index": (with_node(mesh=-1), r"nodes\[0\].mesh"),
    "index is no number": (with_node(mesh="0"), r"nodes\[0\].mesh"),
    "boolean index": (with_node(mesh=False), r"nodes\[0\].mesh"),
    "cycle": (bent(nodes=[{"mesh": 0, "children": [0]}]), "reached twice"),
    "two parents": (
        bent(nodes=[{"children": [1, 2]}, {"children": [2]}, {"mesh": 0}]),
        "reached twice",
    ),
    "cycle without scene": (bent(nodes=[{"children": [1]}, {"children": [0]}], scenes=[]), "form a cycle"),
    "matrix is short": (with_node(matrix=[1] * 15), "16 numbers"),
    "matrix is not affine": (with_node(matrix=[1] * 16), "not affine"),
    "huge matrix": (with_node(scale=[1e300, 1, 1]), "out of range"),
    "zero rotation": (with_node(rotation=[0, 0, 0, 0]), "unit quaternion"),
    "huge translation": (with_node(translation=[1e8, 0, 0]), "km"),
    "no POSITION": (with_primitive(attributes={}), "no POSITION"),
    "unknown mode": (with_primitive(mode=7), "mode is 7"),
    "index count": (with_primitive(mode=4, indices=0), "wrong type for indices"),
    "material index": (with_primitive(material=3), "material is 3"),
    "not a multiple of 3": (with_accessor(1, count=5), "multiple of 3"),
    "index beyond vertices": (with_accessor(0, count=3), "names vertex 3"),
    "wrong type": (with_accessor(0, type="VEC2"), r"accessors\[0\] has the wrong type"),
    "unknown type": (with_accessor(0, type="MAT9"), r"accessors\[0\] has an unknown"),
    "type is a list": (with_accessor(0, type=["VEC3"]), r"accessors\[0\] has an unknown"),
    "unknown component": (with_accessor(0, componentType=1), r"accessors\[0\] has an unknown"),
    "accessor beyond view": (with_accessor(0, count=5), r"accessors\[0\] needs 60 bytes"),
    "accessor offset": (with_accessor(0, byteOffset=4), r"accessors\[0\] needs 52 bytes"),
    "view beyond buffer": (with_view(byteLength=10**9), r"bufferViews\[0\] ends"),
    "view offset": (with_view(byteOffset=2**52), r"bufferViews\[0\] ends"),
    "stride": (with_view(byteStride=4), "byteStride is 4"),
    "buffer longer than chunk": (bent(buffers=[{"byteLength": 10**9}]), r"buffers\[0\] declares"),
    "NaN position": (with_positions([[np.nan] * 3] * 4), "not finite"),
    "infinite position": (with_positions([[np.inf] * 3] * 4), "not finite"),
    "NaN normal": (with_attribute("NORMAL", np.full((4, 3), np.nan, "<f4")), "NORMAL.*not finite"),
    "normals for other vertices": (with_attribute("NORMAL", np.ones((3, 3), "<f4")), "3 elements for 4"),
    "uvs for other vertices": (with_attribute("TEXCOORD_0", np.ones((3, 2), "<f4")), "3 elements for 4"),
    "colours for other vertices": (with_attribute("COLOR_0", np.ones((3, 4), "<f4")), "3 elements for 4"),
    "extensions no list": (bent(extensionsRequired="KHR_x"), "extensionsRequired"),
    "bad factor": (with_material(pbrMetallicRoughness={"metallicFactor": 2}), "metallicFactor is out"),
    "bad colour": (with_material(emissiveFactor=[1, 1]), "list of 3 numbers"),
    "colour of words": (with_material(emissiveFactor=[1, 1, "1"]), "emissiveFactor is not a number"),
    "bad alpha mode": (with_material(alphaMode="GLASS"), "alphaMode"),
    "bad ior": (with_material(extensions={"KHR_materials_ior": {"ior": 0.5}}), "ior is 0.5"),
    "broken PNG": (with_picture(png_header(64, 64)), "cannot be decoded"),
    "cut PNG": (with_picture(png(np.zeros((64, 64), np.uint8))[:60]), "cut off"),
    "PNG without header": (with_picture(b"\x89PNG\r\n\x1a\n" + bytes(40)), "without a header"),
    "PNG of no size": (with_picture(png_header(0, 64)), "no pixels"),
    "cut JPEG": (with_picture(b"\xff\xd8\xff\xe0"), "JPEG"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_broken_file_is_refused_in_words(case: str) -> None:
    data, says = BAD[case]
    with pytest.raises(BadAsset, match=says):
        load_glb(data)


UNSUPPORTED = {
    "version 1": (WHOLE[:4] + struct.pack("<I", 1) + WHOLE[8:], "version 1"),
    "asset version": (bent(asset={"version": "1.0"}), "asset.version"),
    "buffer uri": (bent(buffers=[{"byteLength": 1, "uri": "http://example.org/x.bin"}]), "has a uri"),
    "image uri": (bent(images=[{"uri": "data:image/png;base64,AAAA"}]), "has a uri"),
    "two buffers": (bent(buffers=[{"byteLength": 1}] * 2), "2 buffers"),
    "unknown extension": (bent(extensionsRequired=["VENDOR_x"]), "VENDOR_x; export again without it"),
    "draco": (bent(extensionsRequired=["KHR_draco_mesh_compression"]), "Draco compression switched off"),
    "meshopt": (bent(extensionsRequired=["EXT_meshopt_compression"]), "without meshopt"),
    "draco unannounced": (with_primitive(extensions=DRACO), "Draco compression switched off"),
    "sparse": (with_accessor(0, sparse={"count": 1}), r"accessors\[0\] is sparse"),
    "skin": (with_node(skin=0), r"nodes\[0\] has a skin"),
    "picture of another kind": (with_picture(b"RIFF" + bytes(60)), "neither PNG nor JPEG"),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_an_unsupported_file_is_refused_with_the_way_out(case: str) -> None:
    data, says = UNSUPPORTED[case]
    with pytest.raises(AssetUnsupported, match=says):
        load_glb(data)


def many_vertices(count: int) -> bytes:
    """Few real vertices, shown by many nodes."""
    square = Square()
    points = np.zeros((1000, 3), "<f4")
    points[:3] = CORNERS[:3]
    square.primitive["attributes"]["POSITION"] = square.add(points)
    square.document["nodes"] = [{"mesh": 0}] * count
    square.document["scenes"][0]["nodes"] = list(range(count))
    return square.glb()


def many_triangles(count: int) -> bytes:
    square = Square()
    square.primitive["indices"] = square.add(np.zeros(3 * 402, "<u1"))
    square.document["meshes"][0]["primitives"] = [square.primitive] * count
    return square.glb()


LARGE = {
    "JSON 100 000 deep": (glb(b"[" * 100_000), "nests deeper"),
    "JSON objects 100 000 deep": (glb(b'{"a":' * 100_000), "nests deeper"),
    "JSON of 1 MB and a byte": (glb(b" " * (limits.JSON_MAX_BYTES + 1)), "JSON has"),
    "file of 15 MB and a byte": (bytes(limits.FILE_MAX_BYTES + 1), "15728641 bytes"),
    "chain of 20 000 nodes": (chain(20_000), "20000 nodes"),
    "501 nodes": (chain(limits.NODES_MAX + 1), "501 nodes"),
    "accessor of 2 billion vertices": (with_accessor(0, count=2_000_000_000), "more than 200000 vertices"),
    "indices for 2 billion": (with_accessor(1, count=2_000_000_000), "more than 400000 triangles"),
    "201 000 vertices by copies": (many_vertices(201), "more than 200000 vertices"),
    "401 598 triangles by copies": (many_triangles(999), "more than 400000 triangles"),
    "1001 primitives": (many_triangles(1001), "1001 primitives"),
    "texture of 60000²": (with_picture(png_header(60000, 60000)), r"images\[0\] is 60000 × 60000"),
    "texture one pixel too wide": (with_picture(png_header(4097, 1)), "4097 × 1"),
    "picture of 10 MB and a byte": (
        with_picture(b"\x89PNG\r\n\x1a\n" + bytes(limits.IMAGE_MAX_BYTES - 7)),
        "10485761 bytes",
    ),
}


@pytest.mark.parametrize("case", LARGE)
def test_a_file_beyond_a_limit_is_refused_at_once(case: str) -> None:
    data, says = LARGE[case]
    start = time.process_time()
    with pytest.raises(AssetTooLarge, match=says):
        load_glb(data)
    assert time.process_time() - start < BOUNDED_S


def test_what_reaches_a_limit_is_read() -> None:
    assert load_glb(chain(limits.NODES_MAX)).size_mm[0] == pytest.approx(100)
    with pytest.raises(BadAsset, match="cut off"):
        load_glb(with_picture(png_header(4096, 4096)[:50]))


def test_pictures_together_have_a_limit_too() -> None:
    square = Square()
    square.document["images"] = [{"bufferView": square.view(png_header(4096, 4096))}] * 3
    with pytest.raises(AssetTooLarge, match="pixels together"):
        square.load()


def test_depth_counts_brackets_outside_strings_only() -> None:
    assert json_depth(b'{"a": [1, {"b": "[[[[\\"[["}]}') == 3
    assert json_depth(b'"' + b'\\"' * 400_000) == 0
    assert json_depth(b"[" * 10**6) == limits.JSON_MAX_DEPTH + 1


# --- any bytes ---


def loads_or_says_why(data: bytes) -> None:
    """Any error but BadAsset goes through and fails the test."""
    try:
        mesh = load_glb(data)
    except BadAsset:
        return
    assert np.isfinite(mesh.positions_mm).all()


@given(data=st.binary(max_size=400))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    with pytest.raises(BadAsset):
        load_glb(b"glTF" + data)


SEED = Square()
SEED.picture(png(np.full((4, 4, 4), 128, np.uint8)))
SEED.primitive["attributes"]["TEXCOORD_0"] = SEED.add(CORNERS[:, :2])
SEED.primitive["attributes"]["NORMAL"] = SEED.add(np.array([[0, 0, 1]] * 4, "<f4"))
SEED_GLB = SEED.glb()


@given(at=st.integers(0, len(SEED_GLB) - 1), value=st.binary(min_size=1, max_size=8))
@settings(max_examples=300, deadline=2000)
def test_overwritten_bytes_give_a_mesh_or_a_sentence(at: int, value: bytes) -> None:
    data = (SEED_GLB[:at] + value + SEED_GLB[at + len(value) :])[: len(SEED_GLB)]
    loads_or_says_why(data)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every entry of a JSON value."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, entry in value.items():
            found += places(entry, (*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            found += places(entry, (*path, index))
    return found


JSON_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.lists(st.integers(-2, 9), max_size=4),
    st.dictionaries(st.sampled_from(["index", "uri", "scale", "POSITION"]), st.integers(-1, 9), max_size=2),
)


@given(path=st.sampled_from(places(SEED.document)), value=JSON_VALUES)
@settings(max_examples=400, deadline=2000)
def test_any_entry_replaced_gives_a_mesh_or_a_sentence(path: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(SEED.document)
    parent: Any = document
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    loads_or_says_why(glb(document, SEED.binary))
