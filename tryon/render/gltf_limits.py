"""What a product's GLB file may have. Everything beyond is refused before memory is spent on it.

The Khronos validator lets a 2-billion-vertex accessor and a 100 000-node chain pass, so the reader keeps
its own limits. They leave eyewear ten times the room that good models need.
"""

from __future__ import annotations

FILE_MAX_BYTES = 15 * 1024 * 1024
JSON_MAX_BYTES = 1024 * 1024
# The deepest path in a real file is about 10: materials → extensions → … → texture transform → offset.
JSON_MAX_DEPTH = 32
NODES_MAX = 500
MESHES_MAX = 500
PRIMITIVES_MAX = 1000
ACCESSORS_MAX = 4000
BUFFER_VIEWS_MAX = 4000
MATERIALS_MAX = 128
TEXTURES_MAX = 64
IMAGES_MAX = 32
# Counted for every node that shows a mesh, so that 500 nodes of one large mesh do not pass.
VERTICES_MAX = 200_000
TRIANGLES_MAX = 400_000
IMAGE_MAX_BYTES = 10 * 1024 * 1024
IMAGE_MAX_SIDE_PX = 4096
# All pictures of a file together: two of the largest, 128 MB once decoded.
IMAGES_MAX_PIXELS = 2 * IMAGE_MAX_SIDE_PX * IMAGE_MAX_SIDE_PX
# A worn product covers a few hundred pixels; larger pictures are scaled down once, on loading.
TEXTURE_KEPT_SIDE_PX = 1024
# The encoders in use write 1 to 10 scans; thousands are built to burn CPU.
JPEG_SCANS_MAX = 12
# A product mistaken for metres while drawn in millimetres is still read, so that it can be named: 140 m.
COORDINATE_MAX_MM = 1e7
# Beyond this a float32 no longer tells one texel of a picture from the next.
UV_MAX = 8192.0
# Names are shown to people and written to records.
NAME_MAX_CHARACTERS = 64

EXTENSIONS_READ = frozenset(
    {
        "KHR_materials_transmission",
        "KHR_materials_volume",
        "KHR_materials_ior",
        "KHR_materials_clearcoat",
        "KHR_materials_specular",
        "KHR_materials_iridescence",
        "KHR_materials_emissive_strength",
        "KHR_materials_unlit",
        "KHR_texture_transform",
        "KHR_mesh_quantization",
    }
)
# What the person who exported the file should do instead.
EXTENSION_ADVICE = {
    "KHR_draco_mesh_compression": "export again with Draco compression switched off",
    "EXT_meshopt_compression": "export again without meshopt compression (gltfpack: leave out -c and -cc)",
    "KHR_meshopt_compression": "export again without meshopt compression (gltfpack: leave out -c and -cc)",
    "KHR_texture_basisu": "export again with PNG or JPEG textures instead of KTX2",
    "EXT_texture_webp": "export again with PNG or JPEG textures instead of WebP",
    "EXT_texture_avif": "export again with PNG or JPEG textures instead of AVIF",
    "KHR_materials_pbrSpecularGlossiness": "convert the materials to metallic-roughness",
    "EXT_mesh_gpu_instancing": "export the copies as ordinary nodes",
}
