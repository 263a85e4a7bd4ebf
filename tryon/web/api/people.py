"""Products on people's still pictures over the API: sample people, and model pictures that merchants add."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field, StringConstraints

from tryon import jpeg
from tryon.errors import BadAsset, BadLook, StoreInvalid
from tryon.frame import U8
from tryon.ingest.photo_read import read_picture
from tryon.render.gltf_limits import IMAGE_MAX_BYTES
from tryon.replay.sitters import SITTERS
from tryon.store import assets, model_pictures, products
from tryon.store.assets import current_hashes
from tryon.store.blobs import Blobs, disk_faults_named, keep_bytes
from tryon.store.definition import Draft, check_same, plain
from tryon.store.editions import get_edition
from tryon.store.erase import remove_blob
from tryon.store.folder import laid_out, shelf_name
from tryon.store.model_pictures import ModelPicture, Picture, Release
from tryon.store.store import Tenant
from tryon.web.api.calls import Answer, Call
from tryon.web.api.models import Asked, Choice, Name, Told
from tryon.web.fitting import Dress, Person

# A face is found in it, and shown large.
SIDE_PX_MIN: Final = 240
QUALITY: Final = 90
_SAMPLES: Final = {sitter.id: sitter for sitter in SITTERS}


class ReleaseIn(Asked):
    """What the person in the picture agreed to. ``expires_on`` is the last day, UTC; without one it has no end."""

    name: Name
    signed_on: date
    terms: Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)] = ""
    expires_on: date | None = None
    granted: Annotated[
        Literal[True], Field(description="The person agreed that their picture is used in this way.")
    ]


class ModelIn(Asked):
    """A PNG or JPEG that was uploaded, and its release. The upload itself is deleted."""

    upload: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    release: ReleaseIn


class ReleaseOut(Told):
    """As it was given."""

    name: str
    signed_on: date
    terms: str
    expires_on: date | None


class ModelOut(Told):
    """``until_ms``: from then on the picture is not used, and deleted soon; null: as long as it is not deleted."""

    id: str
    release: ReleaseOut
    until_ms: int | None
    width_px: int
    height_px: int
    created_ms: int
    href: str


class ModelsOut(Told):
    """``room`` is how many more there may be."""

    items: tuple[ModelOut, ...]
    room: int


class PersonOut(Told):
    """``made``: our own code changed the portrait. ``href`` draws the product on this person."""

    person: str
    words: str
    kind: Literal["portrait", "made", "model"]
    href: str


class PeopleOut(Told):
    """In the order in which they are shown."""

    items: tuple[PersonOut, ...]


class UnsavedQuery(Asked):
    """``shade`` is one of its shades or lenses, the first without it."""

    shade: Choice | None = None


class WornQuery(UnsavedQuery):
    """The draft, or what shoppers see; or, by ``edition``, what they saw."""

    what: Literal["draft", "live"] = "draft"
    edition: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is drawn on whom."""

    person: Person
    dress: Dress


def list_models(call: Call) -> Answer:
    """List the model pictures whose release holds."""
    found = call.read(model_pictures.list_pictures)
    return Answer(
        ModelsOut(items=tuple(map(told, found)), room=max(0, model_pictures.PICTURES_MAX - len(found)))
    )


def add_model(call: Call) -> Answer:
    """Add a picture of a person, with their release; it is made anew from its pixels, and shown to nobody else."""
    given = call.body.release
    release = Release(given.name, given.signed_on, given.terms, given.expires_on)

    def look(tenant: Tenant) -> assets.Upload:
        model_pictures.check_room(tenant)
        model_pictures.check_release(release, tenant.now_ms)
        return assets.get_upload(tenant, call.body.upload)

    upload = call.read(look)
    if upload.bytes > IMAGE_MAX_BYTES:
        raise StoreInvalid(
            f"The picture has {upload.bytes} bytes; it may have {IMAGE_MAX_BYTES >> 20} MB.", field="upload"
        )
    merchant_id = call.token.merchant_id
    with disk_faults_named():
        data = call.store.blobs.path(merchant_id, upload.sha256).read_bytes()
    made, width, height = rebuilt(data)
    sha256, size = keep_bytes(call.store.blobs, merchant_id, made)

    def work(tenant: Tenant) -> Answer:
        assets.record_blob(call.store.database, call.store.blobs, tenant, sha256, size)
        picture = model_pictures.add_picture(tenant, Picture(sha256, width, height), release, upload)
        return Answer(told(picture), 201, headers={"Location": f"/v1/models/{picture.id}"})

    answer = call.write(work)
    remove_blob(call.store, merchant_id, upload.sha256)
    return answer


def get_model(call: Call) -> Answer:
    """Read what is known of a model picture."""
    return Answer(told(call.read(partial(_picture, call))))


def delete_model(call: Call) -> Answer:
    """Delete a model picture for good: its row, its file, and what the server remembers of the face."""
    model_pictures.erase_picture(call.store, call.token.merchant_id, call.token.prefix, call.path["id"])
    return Answer(status=204)


def find_model(call: Call) -> tuple[Path, str]:
    """The picture's file and name, for whoever streams it. Raises StoreMissing."""
    picture = call.read(partial(_picture, call))
    return call.store.blobs.path(call.token.merchant_id, picture.sha256), "model.jpg"


def list_people(call: Call) -> Answer:
    """List the people on whom a product can be looked at."""
    sku = call.path["sku"]

    def work(tenant: Tenant) -> tuple[ModelPicture, ...]:
        products.get(tenant, sku)
        return model_pictures.list_pictures(tenant)

    models = call.read(work)
    items = [
        PersonOut(
            person=sitter.id,
            words=sitter.words,
            kind="made" if sitter.made else "portrait",
            href=f"/v1/products/{sku}/worn/{sitter.id}",
        )
        for sitter in SITTERS
    ]
    items += [
        PersonOut(
            person=model.id,
            words=f"Model: {model.release.name}",
            kind="model",
            href=f"/v1/products/{sku}/worn/{model.id}",
        )
        for model in models
    ]
    return Answer(PeopleOut(items=tuple(items)))


def find_worn(call: Call) -> Wanted:
    """What is to be drawn, and on whom. Raises StoreMissing, StoreInvalid."""
    sku, name, merchant_id = call.path["sku"], call.path["person"], call.token.merchant_id
    blobs = call.store.blobs

    def work(tenant: Tenant) -> tuple[dict[str, Any], ModelPicture | None]:
        item = products.get(tenant, sku)
        document: dict[str, Any]
        if isinstance(call.body, Draft):
            check_same(call.body, item.sku, item.kind)
            document = {"definition": plain(call.body.definition), "files": current_hashes(tenant, item.id)}
        elif call.query.edition is not None:
            document = dict(get_edition(tenant, item.id, call.query.edition).document)
        elif call.query.what == "live":
            if item.live is None:
                raise StoreInvalid("Shoppers do not see it; look at the draft.", field="what")
            document = dict(item.live)
        else:
            document = {**item.as_draft(), "files": current_hashes(tenant, item.id)}
        return document, None if name in _SAMPLES else model_pictures.get_picture(tenant, name)

    document, model = call.read(work)
    if model is None:
        person = Person(name, name)
    else:
        # The same picture of another merchant is another person.
        person = Person(model_key(merchant_id, model.id), read=partial(_read, blobs, merchant_id, model))

    def lay_out(load: Any) -> Any:
        with laid_out(blobs, merchant_id, document) as folder:
            try:
                return load(folder.parent)
            except BadAsset as error:
                raise StoreInvalid(f"It cannot be shown yet. {error.sentence}", field="files") from error
            except BadLook as error:
                raise StoreInvalid(error.sentence, field="shade") from error

    return Wanted(person, Dress(shelf_name(merchant_id, document), sku, call.query.shade, lay_out))


def model_key(merchant_id: str, picture_id: str) -> str:
    """Under which name the fitting room knows the person."""
    return f"{merchant_id} {picture_id}"


def rebuilt(data: bytes) -> tuple[bytes, int, int]:
    """A JPEG of ours, upright, from the picture's pixels alone; width and height. Raises BadAsset, StoreInvalid."""
    bgr = read_picture(data, "picture").bgr
    height, width = bgr.shape[:2]
    if min(height, width) < SIDE_PX_MIN:
        raise StoreInvalid(
            f"The picture is {width} × {height} pixels; it needs {SIDE_PX_MIN} on each side.", field="upload"
        )
    return jpeg.encode(bgr, QUALITY), width, height


def told(picture: ModelPicture) -> ModelOut:
    """A model picture as the API tells it."""
    release = picture.release
    return ModelOut(
        id=picture.id,
        release=ReleaseOut(
            name=release.name,
            signed_on=release.signed_on,
            terms=release.terms,
            expires_on=release.expires_on,
        ),
        until_ms=picture.until_ms,
        width_px=picture.width_px,
        height_px=picture.height_px,
        created_ms=picture.created_ms,
        href=f"/v1/models/{picture.id}/picture",
    )


def _picture(call: Call, tenant: Tenant) -> ModelPicture:
    return model_pictures.get_picture(tenant, call.path["id"])


def _read(blobs: Blobs, merchant_id: str, model: ModelPicture) -> U8:
    with disk_faults_named():
        data = blobs.path(merchant_id, model.sha256).read_bytes()
    return np.ascontiguousarray(read_picture(data, "picture").bgr)
