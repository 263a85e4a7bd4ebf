"""Uploads, jobs and looks over the API."""

from __future__ import annotations

from dataclasses import asdict

from tryon.store import assets, jobs, looks, products
from tryon.store.assets import Upload
from tryon.store.jobs import Job
from tryon.store.looks import SavedLook
from tryon.store.store import Tenant
from tryon.web.api.calls import Answer, Call, ScopeMissing, cursor, parts_of, split
from tryon.web.api.models import (
    JobOut,
    JobsOut,
    LookOut,
    LooksOut,
    RowOut,
    RowsOut,
    UploadOut,
    UploadsOut,
)


def list_uploads(call: Call) -> Answer:
    """List the files that wait to be made something of."""
    after = parts_of(call.query.cursor, str) or ("",)
    rows = call.read(lambda tenant: assets.list_uploads(tenant, call.query.limit + 1, after[0]))
    shown, following = split(rows, call.query.limit, lambda upload: cursor(upload.id))
    return Answer(UploadsOut(items=tuple(upload_told(upload) for upload in shown), next=following))


def get_upload(call: Call) -> Answer:
    """Read what is known of an upload."""
    return Answer(call.read(lambda tenant: upload_told(assets.get_upload(tenant, call.path["id"]))))


def delete_upload(call: Call) -> Answer:
    """Forget an upload; what was made of it stays."""

    def work(tenant: Tenant) -> Answer:
        assets.remove_upload(tenant, call.path["id"])
        return Answer(status=204)

    return call.write(work)


def keep_upload(call: Call, name: str, sha256: str, size: int) -> Answer:
    """Give a file that was put among the blobs its rows."""

    def work(tenant: Tenant) -> Answer:
        assets.record_blob(call.store.database, call.store.blobs, tenant, sha256, size)
        upload = assets.add_upload(tenant, name, sha256, size)
        return Answer(upload_told(upload), 201, headers={"Location": f"/v1/uploads/{upload.id}"})

    return call.write(work)


def submit_job(call: Call) -> Answer:
    """Order something to be made."""
    order = call.body
    upload_id = getattr(order, "upload", None)
    if order.publish and "publish" not in call.token.scopes:
        raise ScopeMissing(
            "This token lacks the scope 'publish', which 'publish': true needs.", scope="publish"
        )

    def work(tenant: Tenant) -> Answer:
        if upload_id is not None:
            assets.get_upload(tenant, upload_id)
        if getattr(order, "side", None) is not None:
            assets.get_upload(tenant, order.side)
        if getattr(order, "product", order) is None:
            products.get(tenant, order.sku)
        told = order.model_dump(mode="json", by_alias=True, exclude_unset=True)
        job = jobs.submit(tenant, order.kind, told, upload_id)
        return Answer(_job(job), 202, headers={"Location": f"/v1/jobs/{job.id}"})

    return call.write(work)


def list_jobs(call: Call) -> Answer:
    """List the jobs, the newest first."""
    before = parts_of(call.query.cursor, int, str)
    rows = call.read(lambda tenant: jobs.list_jobs(tenant, call.query.limit + 1, before, call.query.sku))
    shown, following = split(rows, call.query.limit, lambda job: cursor(job.created_ms, job.id))
    return Answer(JobsOut(items=tuple(_job(job) for job in shown), next=following))


def get_job(call: Call) -> Answer:
    """Read a job: how far it is, and its report."""
    return Answer(call.read(lambda tenant: _job(jobs.get_job(tenant, call.path["id"]))))


def list_rows(call: Call) -> Answer:
    """List what became of a bulk job's rows."""

    def work(tenant: Tenant) -> RowsOut:
        jobs.get_job(tenant, call.path["id"])
        rows = jobs.list_rows(tenant, call.path["id"], call.query.limit, call.query.after)
        return RowsOut(items=tuple(RowOut(**asdict(row)) for row in rows))

    return Answer(call.read(work))


def cancel_job(call: Call) -> Answer:
    """Stop a job; what its rows have landed so far stays."""
    return call.write(lambda tenant: Answer(_job(jobs.cancel(tenant, call.path["id"]))))


def list_looks(call: Call) -> Answer:
    """List the saved looks."""
    after = parts_of(call.query.cursor, str) or ("",)
    rows = call.read(lambda tenant: looks.list_looks(tenant, call.query.limit + 1, after[0]))
    shown, following = split(rows, call.query.limit, lambda look: cursor(look.id))
    return Answer(LooksOut(items=tuple(_look(look) for look in shown), next=following))


def create_look(call: Call) -> Answer:
    """Save a look."""

    def work(tenant: Tenant) -> Answer:
        look = looks.save(tenant, call.body.name, _items(call))
        return Answer(_look(look), 201, str(look.version), {"Location": f"/v1/looks/{look.id}"})

    return call.write(work)


def get_look(call: Call) -> Answer:
    """Read a look."""

    def work(tenant: Tenant) -> Answer:
        look = looks.get_look(tenant, call.path["id"])
        return Answer(_look(look), etag=str(look.version))

    return call.read(work)


def replace_look(call: Call) -> Answer:
    """Put another look in a look's place."""

    def work(tenant: Tenant) -> Answer:
        version = 0 if call.version is None else call.version
        look = looks.replace_look(tenant, call.path["id"], call.body.name, _items(call), version)
        return Answer(_look(look), etag=str(look.version))

    return call.write(work)


def delete_look(call: Call) -> Answer:
    """Delete a look."""

    def work(tenant: Tenant) -> Answer:
        looks.remove_look(tenant, call.path["id"], 0 if call.version is None else call.version)
        return Answer(status=204)

    return call.write(work)


def upload_told(upload: Upload) -> UploadOut:
    """An upload as the API tells it."""
    return UploadOut(**asdict(upload))


def _items(call: Call) -> list[dict[str, object]]:
    return [item.model_dump(mode="json", exclude_none=True) for item in call.body.items]


def _look(look: SavedLook) -> LookOut:
    return LookOut(**asdict(look))


def _job(job: Job) -> JobOut:
    values = asdict(job)
    return JobOut(**{name: values[name] for name in JobOut.model_fields})
