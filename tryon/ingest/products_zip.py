"""Many products from one ZIP: a table, and the files that its rows name.

One product after another is made, each as from a single file; one that fails costs its own rows only.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, Final

from tryon.catalogue.items import THUMBNAIL_FILE
from tryon.catalogue.textures import FILE_MAX_BYTES as TEXTURE_MAX_BYTES
from tryon.catalogue.textures import check_texture
from tryon.errors import StoreInvalid, TryOnError
from tryon.ingest.bundle import Bundle
from tryon.ingest.bundle_rows import Unit, draft_of_row, units_of
from tryon.ingest.kinds import KINDS
from tryon.ingest.makeup import draw
from tryon.ingest.makeup_rows import product_of
from tryon.ingest.swatches import png
from tryon.ingest.work import Work
from tryon.render.gltf_images import decode_picture
from tryon.render.gltf_limits import FILE_MAX_BYTES, IMAGE_MAX_BYTES
from tryon.store.definition import Draft, draft_of, listing, plain

_UNREAD_TOLD: Final = 8
_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png"})


def products_zip(work: Work) -> None:
    """``ProductsZip``. Raises StoreInvalid and StoreTooLarge where the archive as a whole cannot be used."""
    work.progress("reading the table", 0.0)
    with Bundle(work.inputs["source"]) as bundle:
        units = units_of(bundle.table(), work.refused_row)
        rows = sum(len(unit.lines) for unit in units)
        work.note("found", f"{rows} rows of {len(units)} products, {len(bundle.unread)} files.")
        _tell_unread(work, bundle, units)
        for number, unit in enumerate(units):
            # What was done with before a crash is done with.
            if number >= work.done:
                work.begin(number, unit.sku, unit.lines)
                _Part(work, bundle, unit, number, len(units)).make()


def _tell_unread(work: Work, bundle: Bundle, units: list[Unit]) -> None:
    """Files that no row names are mostly a slip in the table."""
    for unit in units:
        rows = [row for _, row in unit.group.rows] or [unit.row]
        for name in ("file", "side", "texture"):
            for told in {row[name] for row in rows if row.get(name)}:
                # What is not there is told where the product is made.
                with suppress(StoreInvalid):
                    bundle.find(told, name)
    unread = bundle.unread
    if unread:
        names = ", ".join(unread[:_UNREAD_TOLD]) + (" …" if len(unread) > _UNREAD_TOLD else "")
        work.note("advice", f"No row names {len(unread)} of the archive's files: {names}"[:1000])


class _Part:
    """The making of one unit, as a work within the work."""

    def __init__(self, work: Work, bundle: Bundle, unit: Unit, number: int, count: int) -> None:
        self._work, self._bundle, self._unit = work, bundle, unit
        self._number, self._count = number, count
        # Not under its sku, which may be anything as long as nobody has looked at it.
        self._folder = work.folder / f"unit-{number}"
        self._told = False

    def make(self) -> None:
        """It is told as a product or its rows as refused, whatever happens."""
        unit = self._unit
        self._folder.mkdir()
        try:
            if unit.kind == "makeup":
                self._makeup()
            else:
                self._from_file()
        except TryOnError as error:
            self._refuse(error.sentence)
        except MemoryError:
            self._refuse("The file needs more memory than an ingest may have (TRYON_INGEST_MEMORY_MB).")
        except Exception as error:  # noqa: BLE001 - one product's fault is told, and the next one is made
            self._refuse(
                f"The ingest failed ({type(error).__name__}); the file may be broken in a way that is new to it."
            )
        finally:
            for path in self._folder.glob("*.part") if self._told else ():
                path.unlink()
            if not self._told:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _refuse(self, sentence: str) -> None:
        for line in self._unit.lines:
            self._work.refused_row(line, self._unit.sku, sentence)

    def _from_file(self) -> None:
        unit, told = self._unit, self._unit.row["file"]
        draft = draft_of_row(unit)
        suffix = PurePosixPath(told).suffix.lower()
        order: dict[str, Any] = {
            "sku": unit.sku,
            "product": {"definition": plain(draft.definition), **listing(draft)},
        }
        if suffix == ".glb" and unit.kind == "eyewear":
            for name in ("size", "side"):
                if unit.row.get(name):
                    raise StoreInvalid(
                        f"{name}: it goes with a photo, and {told[:120]!r} is none.", field=name
                    )
            self._run("eyewear-glb", order, {"source": self._taken("file", FILE_MAX_BYTES)})
            return
        if suffix not in _PICTURES:
            takes = "a .glb or a photo (.jpg, .png)" if unit.kind == "eyewear" else "a photo (.jpg, .png)"
            raise StoreInvalid(f"file: {told[:120]!r} is not {takes}.", field="file")
        inputs = {"source": self._taken("file", IMAGE_MAX_BYTES)}
        if unit.kind == "garment":
            self._run("garment-photo", order, inputs)
            return
        if not unit.row.get("size"):
            raise StoreInvalid(
                "size: it is empty; a photo needs the numbers printed inside a temple, such as 52-18-140.",
                field="size",
            )
        if unit.row.get("side"):
            inputs["side"] = self._taken("side", IMAGE_MAX_BYTES)
        self._run("eyewear-photo", {**order, "size": unit.row["size"]}, inputs)

    def _taken(self, column: str, limit: int) -> Path:
        """The file that the row names, in the unit's folder under a name of ours."""
        name = self._bundle.find(self._unit.row[column], column)
        path = self._folder / f"{column}.part"
        path.write_bytes(self._bundle.read(name, limit))
        return path

    def _run(self, name: str, order: Mapping[str, Any], inputs: Mapping[str, Path]) -> None:
        kind = KINDS[name]
        if kind.draws:
            from tryon.ingest.prepare import get_ready

            get_ready(self._work.say)
        place = self._folder / "made"
        place.mkdir()
        # What makes frames and garments brings heavy libraries, which a table of makeup does not need.
        kind.make()(Work(order=order, inputs=inputs, folder=place, say=self._hear))

    def _hear(self, value: Mapping[str, Any]) -> None:
        """What a part of the work says, as the whole work says it."""
        if "product" in value:
            base = (self._folder / "made").relative_to(self._work.folder)
            files = {name: str(base / path) for name, path in value["files"].items()}
            self._work.say({**value, "files": files, "lines": self._unit.lines})
            self._told = True
        elif "note" in value:
            kind, sentence = value["note"]
            # What was found in each of a thousand files is no news.
            if kind != "found":
                self._work.note(kind, f"{self._unit.sku}: {sentence}")
        elif "step" in value:
            step = f"{self._number + 1} of {self._count}, {self._unit.sku}: {value['step']}"
            self._work.progress(step, (self._number + value["fraction"]) / self._count)

    def _makeup(self) -> None:
        unit, work = self._unit, self._work
        work.progress(f"{self._number + 1} of {self._count}, {unit.sku}", self._number / self._count)
        made = product_of(unit.sku, unit.group, work.refused_row)
        if made is None:
            return
        draft, lines = made
        draft, files = self._textured(draft)
        files[THUMBNAIL_FILE] = draw(draft, self._folder)
        work.product(draft, files, lines)
        self._told = True

    def _textured(self, draft: Draft) -> tuple[Draft, dict[str, Path]]:
        """Face paint's pictures, which the table names as they lie in the archive, drawn anew."""
        files: dict[str, Path] = {}
        definition = plain(draft.definition)
        for shade in definition["shades"]:
            if "texture" not in shade:
                continue
            if shade["texture"] == THUMBNAIL_FILE:
                raise StoreInvalid(
                    f"texture: {THUMBNAIL_FILE} is the product's own picture; name the face paint's otherwise.",
                    field="texture",
                )
            name = self._bundle.find(shade["texture"], "texture")
            path = self._folder / shade["texture"]
            data = self._bundle.read(name, TEXTURE_MAX_BYTES)
            path.write_bytes(data)
            check_texture(path, name)
            rgba = decode_picture(data, name)
            path.write_bytes(png(rgba[..., [2, 1, 0, 3]]))
            files[shade["texture"]] = path
        return draft_of({"definition": definition, **listing(draft)}), files
