"""``tryon catalogue ingest``: a file becomes a product, here and now, in a process of its own."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from tryon.cli.catalogue import MerchantOption, catalogue, opened
from tryon.cli.listing import Format, FormatOption, show
from tryon.errors import StoreInvalid, StoreTooLarge

if TYPE_CHECKING:
    from tryon.cli.ingest_progress import IngestProgress
    from tryon.config import Settings
    from tryon.store.assets import Upload
    from tryon.store.jobs import Job
    from tryon.store.store import Store

_ROWS = 100_000
_MB = 1 << 20
_KINDS = {
    ".glb": "eyewear-glb",
    ".jpg": "eyewear-photo",
    ".jpeg": "eyewear-photo",
    ".png": "eyewear-photo",
    ".csv": "makeup-csv",
    ".zip": "products-zip",
}
_BULK = ("makeup-csv", "products-zip")
# How often a job that a server beside is doing is looked at.
_LOOK_S = 0.5


@catalogue.command()
def ingest(
    file: Annotated[
        Path,
        typer.Argument(
            help="A frame's .glb, a photo of a frame's front or of a garment (.jpg, .png), a .csv of makeup, or a .zip "
            "of many products."
        ),
    ],
    kind: Annotated[
        str, typer.Option(help="What to make of it, such as eyewear-photo. [default: by the file's name]")
    ] = "",
    size: Annotated[
        str, typer.Option(help="Of a frame's photo: the numbers printed inside a temple, such as 52-18-140.")
    ] = "",
    side: Annotated[
        Path | None,
        typer.Option(help="Of a frame's photo: another one, of the frame's side, for the temples."),
    ] = None,
    cut: Annotated[
        str, typer.Option(help="Of a garment's photo: what it is, such as t_shirt; makes it a garment.")
    ] = "",
    sku: Annotated[str, typer.Option(help="Of one product: its sku. [default: the file's name]")] = "",
    name: Annotated[str, typer.Option(help="Of one product: its name. [default: the sku]")] = "",
    width: Annotated[
        float | None, typer.Option(help="Of eyewear: the frame's declared total width in mm.")
    ] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Let shoppers see the result at once.")] = False,
    merchant: MerchantOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Make a product of a file, and say what was found, fixed and refused. Status 1 if anything was refused."""
    with opened(merchant) as (store, merchant_id, settings):
        from tryon.cli.ingest_progress import IngestProgress
        from tryon.ingest.orders import order_of
        from tryon.store import jobs

        order = _order(file, kind or ("garment-photo" if cut else ""), size, cut, sku, name, width, publish)
        upload = _upload(store, merchant_id, file, settings)
        if side is not None:
            if order["kind"] != "eyewear-photo":
                raise StoreInvalid("--side goes with a photo of the front.")
            order["side"] = _upload(store, merchant_id, side, settings).id
        checked = order_of({**order, "upload": upload.id})
        with store.write(merchant_id, "cli") as tenant:
            told = checked.model_dump(mode="json", by_alias=True, exclude_unset=True)
            job_id = jobs.submit(tenant, checked.kind, told, upload.id).id
        with IngestProgress() as progress:
            ended = _done(store, settings, merchant_id, job_id, progress)
        with store.read(merchant_id) as tenant:
            rows = jobs.list_rows(tenant, job_id, _ROWS)
    _tell(
        ended,
        [{"line": row.line, "outcome": row.outcome, "sku": row.sku, "reason": row.reason} for row in rows],
        form,
    )
    if ended.state != "done" or any(row.outcome == "refused" for row in rows):
        raise typer.Exit(1)


def _order(
    file: Path, kind: str, size: str, cut: str, sku: str, name: str, width: float | None, publish: bool
) -> dict[str, Any]:
    own_kind = kind or _KINDS.get(file.suffix.lower(), "")
    if not own_kind:
        raise StoreInvalid(
            f"{file.name} is neither a .glb, nor a photo (.jpg, .png), nor a .csv or a .zip; these can be ingested."
        )
    if own_kind in _BULK:
        return {"kind": own_kind, "publish": publish}
    from tryon.catalogue.garment import CutName
    from tryon.ingest.colors import shade_id

    own = sku or shade_id(file.stem)
    if own_kind == "garment-photo":
        if not cut:
            raise StoreInvalid(f"A garment's photo needs --cut, one of {', '.join(get_args(CutName))}.")
        garment = {"sku": own, "kind": "garment", "name": name or own, "cut": cut}
        return {"kind": own_kind, "sku": own, "publish": publish, "product": {"definition": garment}}
    definition: dict[str, Any] = {"sku": own, "kind": "eyewear", "name": name or own}
    if width is not None:
        definition["dimensions_mm"] = {"total_width_mm": width}
    order = {"kind": own_kind, "sku": own, "publish": publish, "product": {"definition": definition}}
    if own_kind == "eyewear-photo":
        if not size:
            raise StoreInvalid(
                "A photo needs --size, the numbers printed inside a temple, such as 52-18-140."
            )
        order["size"] = size
    return order


def _done(store: Store, settings: Settings, merchant_id: str, job_id: str, progress: IngestProgress) -> Job:
    """The job when it has ended: done here, or by a server that runs beside and was quicker. Where that one dies, its
    job is taken over."""
    from tryon.ingest.run import run_job
    from tryon.store import jobs
    from tryon.store.store import new_id

    worker = new_id()
    while True:
        job = jobs.take_next(store, worker, only=job_id) if jobs.waiting(store) else None
        if job is not None:
            run_job(store, settings, job, worker, told=progress.tell)
        with store.read(merchant_id) as tenant:
            job = jobs.get_job(tenant, job_id)
        if job.state in jobs.ENDED:
            return job
        progress.tell(job.step, job.fraction)
        time.sleep(_LOOK_S)


def _upload(store: Store, merchant_id: str, file: Path, settings: Settings) -> Upload:
    from tryon.store.assets import add_upload, record_blob
    from tryon.store.blobs import copy_in

    limit_mb, setting = settings.upload_limit(file.name)

    if not file.is_file():
        raise StoreInvalid(f"{file} does not exist.")
    if file.stat().st_size > limit_mb * _MB:
        raise StoreTooLarge(f"{file.name} has more than {limit_mb} MB ({setting}).")
    sha256, size = copy_in(store.blobs, merchant_id, file)
    with store.write(merchant_id, "cli") as tenant:
        record_blob(store.database, store.blobs, tenant, sha256, size)
        return add_upload(tenant, file.name, sha256, size)


def _tell(job: Job, rows: list[dict[str, Any]], form: Format) -> None:
    report = dict(job.report)
    if form is Format.json:
        typer.echo(
            json.dumps({"state": job.state, "report": report, "rows": rows}, indent=2, ensure_ascii=False)
        )
        return
    refused = [row for row in rows if row["outcome"] == "refused"]
    if form is Format.csv:
        show(rows, ["line", "outcome", "sku", "reason"], form)
        return
    typer.echo(f"{job.state}: {report.get('sentence', '')}")
    for kind in ("found", "fixed", "advice"):
        for sentence in report.get(kind, ()):
            typer.echo(f"{kind}: {sentence}")
    for row in refused:
        typer.echo(f"line {row['line']}: {row['reason']}")
