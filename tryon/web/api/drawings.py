"""Pictures of a frame as it would be with an adjustment: drawn now, kept nowhere, seen by whoever may change it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field

from tryon.catalogue.adjusting import adjusted, printed_sizes
from tryon.catalogue.adjustment import AS_FOUND, Adjustment, PointName
from tryon.catalogue.frame_places import anatomy, found_points
from tryon.catalogue.frame_views import Drawn, ViewName, frame_views
from tryon.catalogue.items import load_product
from tryon.catalogue.refinish import coats, lens_seen
from tryon.errors import BadAsset, StoreInvalid
from tryon.overlays.eyewear import Eyewear
from tryon.store.assets import record_blob
from tryon.store.blobs import keep_bytes
from tryon.store.definition import MODEL_FILE, Draft, plain
from tryon.store.folder import laid_out
from tryon.store.products import get_with_files
from tryon.store.store import Tenant
from tryon.web.api.calls import Answer, Call
from tryon.web.api.models import Asked, Told

Wanted: TypeAlias = ViewName | Literal["worn"]
Degrees = Annotated[float, Field(ge=-180.0, le=180.0, allow_inf_nan=False)]


class DrawingIn(Asked):
    """``views``: pictures of the sides, one turned by ``yaw_deg``, and the frame on a person (worn)."""

    adjustment: Adjustment = AS_FOUND
    views: Annotated[tuple[Wanted, ...], Field(min_length=1, max_length=5)] = (
        "front", "side", "top", "turned", "worn",
    )  # fmt: skip
    yaw_deg: Degrees = 30.0


class CameraOut(Told):
    """A pinhole: ``camera_from_product``, rows of a 4×4 matrix in mm, x to the right, y down, z away; then pixels."""

    camera_from_product: tuple[tuple[float, float, float, float], ...]
    focal_px: float
    cx_px: float
    cy_px: float


class PictureOut(Told):
    """``jpeg`` in base64; ``camera`` null where the frame is worn."""

    view: Wanted
    jpeg: str
    width_px: int
    height_px: int
    camera: CameraOut | None


class SizeOut(Told):
    """As printed in a temple, in mm: as the frame was found, and as it is with the adjustment."""

    found_mm: float
    now_mm: float


class CoatOut(Told):
    """A material as it was found, and what share of the frame it covers."""

    name: str
    color: str
    metallic: float
    roughness: float
    share: float


class LensOut(Told):
    """The lenses as they were found: the hue, and how much of the light passes."""

    color: str
    transmission_percent: float


class DrawingOut(Told):
    """``points_mm``: where each point is before it is moved, in product space, on the frame with its new sizes."""

    pictures: tuple[PictureOut, ...]
    points_mm: dict[PointName, tuple[float, float, float]]
    sizes: dict[str, SizeOut]
    materials: tuple[CoatOut, ...]
    lens: LensOut | None


def draw_product(call: Call) -> Answer:
    """Draw a frame as an adjustment would have it; nothing is saved."""
    item, files = call.read(lambda tenant: get_with_files(tenant, call.path["sku"]))
    if item.kind != "eyewear":
        raise StoreInvalid("Frames are drawn here, and this is none.", field="sku")
    if MODEL_FILE not in files:
        raise StoreInvalid("There is no model to draw yet; send a file for this product first.", field="sku")
    asked: DrawingIn = call.body
    path = call.store.blobs.path(call.token.merchant_id, files[MODEL_FILE])
    declared: Mapping[str, float] = item.definition.get("dimensions_mm", {})
    easel = call.office.easel()
    with easel.turn():
        found = easel.found(path, files[MODEL_FILE], declared)
        try:
            mesh = adjusted(found, asked.adjustment, declared)
        except BadAsset as error:
            raise _named(error) from error
        sides: tuple[ViewName, ...] = tuple(view for view in asked.views if view != "worn")
        pictures = [
            _picture(view, drawn) for view, drawn in frame_views(mesh, found, sides, asked.yaw_deg).items()
        ]
        if "worn" in asked.views:
            jpeg = easel.worn(Eyewear.from_mesh(mesh, asked.adjustment, whole=True))
            if jpeg is not None:
                pictures.append(_worn(jpeg))
        seen = lens_seen(found)
        return Answer(
            DrawingOut(
                pictures=tuple(pictures),
                points_mm=found_points(mesh.positions_mm, anatomy(mesh)),
                sizes={
                    name: SizeOut(found_mm=own, now_mm=now)
                    for name, (own, now) in printed_sizes(found, mesh, declared, asked.adjustment).items()
                },
                materials=tuple(
                    CoatOut(
                        name=coat.name,
                        color=coat.color,
                        metallic=coat.metallic,
                        roughness=coat.roughness,
                        share=coat.share,
                    )
                    for coat in coats(found)
                ),
                lens=None if seen is None else LensOut(color=seen[0], transmission_percent=seen[1]),
            )
        )


def redrawn(call: Call, draft: Draft) -> dict[str, tuple[str, int]]:
    """A product's pictures anew, put among the blobs (name to SHA-256 and size), where its adjustment is to be another
    than it was; none where there is nothing to draw. Raises StoreInvalid where the frame cannot be made so."""
    item, files = call.read(lambda tenant: get_with_files(tenant, call.path["sku"]))
    definition = plain(draft.definition)
    same = definition.get("adjustment") == item.definition.get("adjustment")
    if same or item.kind != "eyewear" or MODEL_FILE not in files or call.version not in (None, item.version):
        return {}
    merchant_id, blobs = call.token.merchant_id, call.store.blobs
    document = {"definition": definition, "files": {MODEL_FILE: files[MODEL_FILE]}}
    with laid_out(blobs, merchant_id, document) as folder:
        try:
            pictures = call.office.easel().pictures(load_product(folder))
        except BadAsset as error:
            raise _named(error) from error
    return {name: keep_bytes(blobs, merchant_id, data) for name, data in pictures.items()}


def record(call: Call, tenant: Tenant, files: Mapping[str, tuple[str, int]]) -> None:
    """Rows for what ``redrawn`` put among the blobs."""
    for sha256, size in files.values():
        record_blob(call.store.database, call.store.blobs, tenant, sha256, size)


def _named(error: BadAsset) -> StoreInvalid:
    field = str(error.details.get("field") or "")
    return StoreInvalid(error.sentence, field=f"adjustment.{field}" if field else "adjustment")


def _picture(view: ViewName, drawn: Drawn) -> PictureOut:
    rows = np.round(drawn.camera_from_product, 6).tolist()
    camera = CameraOut(
        camera_from_product=tuple(tuple(row) for row in rows),
        focal_px=drawn.view.focal_px,
        cx_px=drawn.view.cx_px,
        cy_px=drawn.view.cy_px,
    )
    return PictureOut(
        view=view,
        jpeg=base64.b64encode(drawn.jpeg).decode(),
        width_px=drawn.width_px,
        height_px=drawn.height_px,
        camera=camera,
    )


def _worn(jpeg: bytes) -> PictureOut:
    from tryon.web.api.easel import SITTER_PX

    return PictureOut(
        view="worn",
        jpeg=base64.b64encode(jpeg).decode(),
        width_px=SITTER_PX,
        height_px=SITTER_PX,
        camera=None,
    )
