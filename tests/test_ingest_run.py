"""Ingests in processes of their own: what lands, what is refused, and what a kill at any moment leaves."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.shop_zips import lipstick, packed
from tryon.config import Settings
from tryon.errors import StoreFull
from tryon.ingest.keeper import Keeper
from tryon.ingest.kinds import KINDS
from tryon.ingest.orders import ORDER
from tryon.ingest.run import BATCH, run_job
from tryon.store import products
from tryon.store.assets import Upload, add_upload, current_files, get_upload, record_blob
from tryon.store.blobs import FolderBlobs, copy_in, digest_of
from tryon.store.definition import draft_of
from tryon.store.folder import check_whole
from tryon.store.jobs import Job, cancel, get_job, list_rows, submit, take_next
from tryon.store.merchants import Merchant, add_merchant
from tryon.store.store import Store
from tryon.store.sweep import sweep
from tryon.store.tables import blobs as blob_rows

ROUNDS = int(os.environ.get("INGEST_ROUNDS", "10"))
IN_ZIP = 20
HEADER = "sku,name,type,finish,coverage,color,shade_name\n"
SHADES = {
    "kind": "makeup-shades",
    "sku": "velvet",
    "definition": {"name": "Velvet", "type": "lipstick", "finish": "gloss", "coverage": 0.7},
    "shades": [{"color": "#B31"}, {"color": "7a1f2b", "name": "Würze No. 5"}],
    "publish": True,
}


def csv_of(count: int) -> str:
    return HEADER + "".join(
        f"lip-{number},Lip {number},lipstick,satin,0.8,#{number * 997 % 0xFFFFFF:06x},Tone\n"
        for number in range(count)
    )


def uploaded(store: Store, merchant: Merchant, content: bytes, name: str = "x") -> Upload:
    scratch = store.blobs.scratch()
    scratch.write_bytes(content)
    sha256, size = digest_of(scratch)
    store.blobs.put(merchant.id, scratch, sha256)
    with store.write(merchant.id) as tenant:
        record_blob(store.database, store.blobs, tenant, sha256, size)
        return add_upload(tenant, name, sha256, size)


def ordered(store: Store, merchant: Merchant, order: dict[str, Any], content: bytes | None = None) -> Job:
    upload = None if content is None else uploaded(store, merchant, content).id
    with store.write(merchant.id) as tenant:
        return submit(tenant, order["kind"], order, upload)


def ended(store: Store, settings: Settings, job: Job, **more: Any) -> Job:
    taken = take_next(store, "w", only=job.id)
    assert taken is not None
    run_job(store, settings, taken, "w", **more)
    with store.read(job.merchant_id) as tenant:
        return get_job(tenant, job.id)


def scripted(source: str) -> Callable[[], Sequence[str]]:
    return lambda: (sys.executable, "-c", source)


def test_every_order_has_its_kind() -> None:
    kinds = {
        schema["properties"]["kind"]["const"]
        for schema in ORDER.json_schema()["$defs"].values()
        if "kind" in schema.get("properties", {}) and "publish" in schema["properties"]
    }
    assert kinds == set(KINDS)
    assert all(callable(kind.make()) for kind in KINDS.values())


def test_shades_become_a_live_product(store: Store, store_settings: Settings, acme: Merchant) -> None:
    job = ended(store, store_settings, ordered(store, acme, SHADES))
    assert (job.state, job.report["sentence"]) == ("done", "It is ready.")
    assert job.report["found"] == ["2 shades of lipstick."]
    assert "The colour #B31 is written #bb3311." in job.report["fixed"]
    with store.read(acme.id) as tenant:
        item = products.get(tenant, "velvet")
        files = {asset.name: asset.sha256 for asset in current_files(tenant, item.id)}
    assert item.state == "live"
    assert [shade["id"] for shade in item.definition["shades"]] == ["bb3311", "wurze-no-5"]
    assert item.live is not None
    assert item.live["files"] == files
    check_whole(store.blobs, acme.id, item.live)
    again = ended(store, store_settings, ordered(store, acme, SHADES))
    with store.read(acme.id) as tenant:
        assert again.state == "done"
        assert products.get(tenant, "velvet").version == item.version, "the same again changes nothing"


def test_rows_land_and_bad_ones_are_told(store: Store, store_settings: Settings, acme: Merchant) -> None:
    with store.write(acme.id) as tenant:
        frame = {"sku": "lip-2", "kind": "eyewear", "name": "A frame"}
        products.create(tenant, draft_of({"definition": frame}))
    lines = csv_of(BATCH + 5).splitlines()
    lines[5] = "lip-4,Lip 4,lipstick,satin,0.8,no-colour,Tone"
    order = {"kind": "makeup-csv", "publish": True}
    job = ended(store, store_settings, ordered(store, acme, order, "\n".join(lines).encode()))
    assert job.state == "done"
    with store.read(acme.id) as tenant:
        rows = list_rows(tenant, job.id, 1000)
        live = products.page(tenant, products.Wanted(live=True), 200)
    assert len(rows) == BATCH + 5
    assert [(row.line, row.sku) for row in rows if row.outcome == "refused"] == [(4, "lip-2"), (6, "lip-4")]
    assert "keeps its sku and its kind" in rows[2].reason
    assert "no-colour" in rows[4].reason
    assert len(live) == BATCH + 3
    assert (job.report["refused_rows"], job.fraction) == (2, 1.0)


@pytest.mark.parametrize(
    ("source", "state", "said"),
    [
        ("import time; time.sleep(60)", "failed", "longer than"),
        ("import os; os.kill(os.getpid(), 9)", "failed", "SIGKILL"),
        ("raise SystemExit(3)", "failed", "status 3"),
        ('print(\'{"end": "refused", "sentence": "No.", "code": "x", "field": null}\')', "refused", "No."),
        ("print('x' * 3_000_000, end='')", "failed", "too much at once"),
        (
            'print(\'{"product": {"definition": {"sku": "a"}}, "files": {"a.png": "../../x"}, "lines": []}\')',
            "refused",
            "not its own",
        ),
    ],
)
def test_a_process_that_goes_wrong_costs_its_job(tmp_path: Path, source: str, state: str, said: str) -> None:
    settings = Settings(store_dir=tmp_path, ingest_seconds=1.5)
    store = Store.open(settings)
    acme = add_merchant(store, "acme")
    job = ended(store, settings, ordered(store, acme, SHADES), make_command=scripted(source))
    assert job.state == state
    assert said in job.report["sentence"]
    assert list((tmp_path / "blobs" / "incoming").iterdir()) == []
    with store.read(acme.id) as tenant:
        assert products.page(tenant, products.Wanted(), 10) == ()
    store.close()


def test_a_second_upload_reaches_the_process(store: Store, store_settings: Settings, acme: Merchant) -> None:
    side = uploaded(store, acme, b"side").id
    order = {"kind": "eyewear-photo", "sku": "mine", "size": "52-18-140", "side": side}
    source = (
        "import json, pathlib, sys; told = json.loads(sys.stdin.readline())['inputs']\n"
        "read = ' '.join(f'{name} {pathlib.Path(path).read_text()}' for name, path in sorted(told.items()))\n"
        "print(json.dumps({'note': ['found', read]})); print(json.dumps({'end': 'done'}))"
    )
    job = ended(store, store_settings, ordered(store, acme, order, b"front"), make_command=scripted(source))
    assert job.report["found"] == ["side side source front"]


def test_memory_has_an_end(tmp_path: Path) -> None:
    settings = Settings(store_dir=tmp_path, ingest_memory_mb=512)
    store = Store.open(settings)
    source = (
        "import sys; from tryon.ingest import child, kinds, work\n"
        "def hog(_work): bytearray(1 << 30)\n"
        "kinds.KINDS['makeup-shades'] = type('K', (kinds.Kind,), {'make': lambda self: hog})('')\n"
        "child.main()"
    )
    job = ended(
        store, settings, ordered(store, add_merchant(store, "acme"), SHADES), make_command=scripted(source)
    )
    assert (job.state, job.report["code"]) == ("refused", "too_large")
    store.close()


def test_cancelling_and_stopping(tmp_path: Path) -> None:
    settings = Settings(store_dir=tmp_path)
    store = Store.open(settings)
    acme = add_merchant(store, "acme")
    forever = scripted("import time; time.sleep(60)")
    job = ordered(store, acme, SHADES)

    def cancel_soon() -> None:
        running = False
        while not running:
            with store.read(acme.id) as tenant:
                running = get_job(tenant, job.id).state == "running"
        with store.write(acme.id) as tenant:
            cancel(tenant, job.id)

    thread = threading.Thread(target=cancel_soon)
    thread.start()
    assert ended(store, settings, job, make_command=forever).state == "cancelled"
    thread.join()
    stop = threading.Event()
    stop.set()
    other = ended(store, settings, ordered(store, acme, SHADES), make_command=forever, stop=stop)
    assert (other.state, other.attempts) == ("queued", 0), "the next process takes it"
    store.close()


def test_the_keeper_works_the_queue_off(tmp_path: Path) -> None:
    settings = Settings(
        store_dir=tmp_path / "store", cache_dir=tmp_path / "cache", catalogue_dir=_empty(tmp_path)
    )
    keeper = Keeper(settings, poll_s=0.05)
    keeper.start()
    time.sleep(0.2)
    assert not settings.store_dir.exists(), "there is no store yet, and nobody asked for one"
    store = Store.open(settings)
    acme = add_merchant(store, "acme")
    jobs = [ordered(store, acme, {**SHADES, "sku": f"lip-{number}"}) for number in range(2)]
    until_s = time.monotonic() + 60
    states: list[str] = []
    while states != ["done", "done"]:
        assert time.monotonic() < until_s, states
        time.sleep(0.1)
        with store.read(acme.id) as tenant:
            states = [get_job(tenant, job.id).state for job in jobs]
    keeper.close()
    keeper.close()
    store.close()


def _empty(tmp_path: Path) -> Path:
    (tmp_path / "none").mkdir(exist_ok=True)
    return tmp_path / "none"


# Killed at any moment.


class Rounds:
    """Processes that work jobs off, one after another."""

    def __init__(self, settings: Settings) -> None:
        script = Path(__file__).with_name("ingest_rounds.py")
        self._zygote = subprocess.Popen(
            [sys.executable, str(script), settings.model_dump_json()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._read() == "ready"

    def _read(self) -> str:
        assert self._zygote.stdout is not None
        return self._zygote.stdout.readline().strip()

    def begin(self) -> int:
        assert self._zygote.stdin is not None
        self._zygote.stdin.write("\n")
        self._zygote.stdin.flush()
        return int(self._read())

    def close(self) -> None:
        self._zygote.kill()
        self._zygote.communicate()


@pytest.fixture
def rounds(store: Store, store_settings: Settings) -> Iterator[Rounds]:
    made = Rounds(store_settings)
    yield made
    made.close()


def test_a_kill_at_any_moment_loses_nothing_and_leaves_no_half(
    store: Store, store_settings: Settings, acme: Merchant, rounds: Rounds
) -> None:
    random_ = random.Random(7)
    kept = [uploaded(store, acme, f"acknowledged {number}".encode()) for number in range(5)]
    jobs = [ordered(store, acme, {"kind": "makeup-csv", "publish": True}, csv_of(2 * BATCH + 20).encode())]
    jobs += [ordered(store, acme, {**SHADES, "sku": f"velvet-{number}"}) for number in range(3)]
    archive = packed({}, *(lipstick(f"zipped-{number}") for number in range(IN_ZIP)))
    jobs.append(ordered(store, acme, {"kind": "products-zip", "publish": True}, archive))
    for _ in range(ROUNDS):
        pid = rounds.begin()
        time.sleep(random_.uniform(0.0, 1.2))
        os.kill(pid, signal.SIGKILL)
        _check(store, acme, kept)
    last = rounds.begin()
    until_s = time.monotonic() + 120
    states: set[str] = set()
    while states != {"done"}:
        assert time.monotonic() < until_s, states
        time.sleep(0.1)
        with store.read(acme.id) as tenant:
            states = {get_job(tenant, job.id).state for job in jobs}
    os.kill(last, signal.SIGKILL)
    _check(store, acme, kept)
    with store.read(acme.id) as tenant:
        found = products.page(tenant, products.Wanted(live=True), 200)
        rows = list_rows(tenant, jobs[0].id, 1000)
        zipped = list_rows(tenant, jobs[-1].id, 1000)
    assert len(found) == 2 * BATCH + 20 + 3 + IN_ZIP
    assert all(item.version <= 2 for item in found), "nothing landed twice"
    assert {row.outcome for row in rows} == {"landed"}
    assert len(rows) == 2 * BATCH + 20
    assert [(row.line, row.outcome) for row in zipped] == [(2 + number, "landed") for number in range(IN_ZIP)]
    sweep(store, orphan_s=-1)
    _no_orphans(store)
    _check(store, acme, kept)
    for item in found[:: len(found) // 4]:
        assert item.live is not None
        check_whole(store.blobs, acme.id, item.live)


def _check(store: Store, acme: Merchant, kept: list[Upload]) -> None:
    """Every acknowledged upload is there, and whatever is live has all its files."""
    with store.read(acme.id) as tenant:
        for upload in kept:
            assert store.blobs.has(acme.id, get_upload(tenant, upload.id).sha256)
        for _, _, live in products.all_live(tenant):
            assert live["files"]
            assert all(store.blobs.has(acme.id, sha256) for sha256 in live["files"].values())


def _no_orphans(store: Store) -> None:
    with store.database.read() as connection:
        known = {
            tuple(row) for row in connection.execute(select(blob_rows.c.merchant_id, blob_rows.c.sha256))
        }
    assert {(one.merchant_id, one.sha256) for one in store.blobs.every()} == known
    assert isinstance(store.blobs, FolderBlobs)
    assert list((store.blobs.folder / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"PK\x03\x04 a zip", "no GLB"), (b"glTF" + bytes(60), ""), (bytes(16 << 20), "may have")],
    ids=["another format", "nonsense", "too large"],
)
def test_a_hostile_file_is_refused_in_its_process(tmp_path: Path, content: bytes, said: str) -> None:
    settings = Settings(store_dir=tmp_path)
    store = Store.open(settings)
    order = {
        "kind": "eyewear-glb",
        "sku": "bomb",
        "product": {"definition": {"sku": "bomb", "kind": "eyewear", "name": "Bomb"}},
    }
    job = ended(store, settings, ordered(store, add_merchant(store, "acme"), order, content))
    assert job.state == "refused"
    assert said in job.report["sentence"]
    store.close()


# Unit by unit.

_SHOP = (
    "import json, os, sys, time; told = json.loads(sys.stdin.readline())\n"
    "def say(**value): print(json.dumps(value), flush=True)\n"
    "def product(sku):\n"
    "    shade = {'id': 'red', 'name': 'Red', 'color': '#b3121d'}\n"
    "    more = {'type': 'lipstick', 'finish': 'satin', 'coverage': 0.8, 'shades': [shade]}\n"
    "    return {'definition': {'sku': sku, 'kind': 'makeup', 'name': sku, **more}}\n"
    "for number in range(told['done'], 5):\n"
    "    sku = f'lip-{number}'\n"
    "    say(begin=number, sku=sku, lines=[number + 2])\n"
    "    %s\n"
    "    say(product=product(sku), files={}, lines=[number + 2])\n"
    "say(end='done')\n"
)


def shop(store: Store, acme: Merchant) -> Job:
    return ordered(store, acme, {"kind": "products-zip", "publish": True}, b"PK")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("number == 1 and os.kill(os.getpid(), 9)", "SIGKILL"),
        ("number == 1 and time.sleep(60)", "longer than"),
    ],
)
def test_a_product_that_breaks_its_process_costs_its_row(
    store: Store, store_settings: Settings, acme: Merchant, fault: str, said: str
) -> None:
    settings = store_settings.model_copy(update={"ingest_seconds": 2.0})
    steps: list[str] = []
    job = ended(
        store,
        settings,
        shop(store, acme),
        make_command=scripted(_SHOP % fault),
        told=lambda step, _fraction: steps.append(step),
    )
    assert (job.state, job.done) == ("done", 5)
    assert job.report["sentence"] == "4 products are done, 1 rows were refused."
    with store.read(acme.id) as tenant:
        rows = list_rows(tenant, job.id, 10)
        live = products.page(tenant, products.Wanted(live=True), 10)
    assert [row.outcome for row in rows] == ["landed", "refused", "landed", "landed", "landed"]
    assert said in rows[1].reason
    assert len(live) == 4


def test_an_archive_of_such_products_ends(
    store: Store, store_settings: Settings, acme: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tryon.ingest.run.BROKEN_MAX", 1)
    job = ended(
        store, store_settings, shop(store, acme), make_command=scripted(_SHOP % "os.kill(os.getpid(), 9)")
    )
    assert job.state == "failed"
    assert "SIGKILL" in job.report["sentence"]
    assert job.report["refused_rows"] == 1


def test_each_product_has_the_whole_time(tmp_path: Path) -> None:
    settings = Settings(store_dir=tmp_path, ingest_seconds=1.5)
    store = Store.open(settings)
    job = ended(
        store,
        settings,
        shop(store, add_merchant(store, "acme")),
        make_command=scripted(_SHOP % "time.sleep(0.5)"),
    )
    assert (job.state, job.report["products"]) == ("done", 5)
    store.close()


def test_compiling_does_not_count(tmp_path: Path) -> None:
    settings = Settings(store_dir=tmp_path, ingest_seconds=1.0)
    store = Store.open(settings)
    source = (
        "import json, time\n"
        "def say(**value): print(json.dumps(value), flush=True)\n"
        "say(preparing=True, step='preparing', fraction=0.0); time.sleep(1.5)\n"
        "say(ready=True, step='starting', fraction=0.0); say(end='done')"
    )
    job = ended(
        store, settings, ordered(store, add_merchant(store, "acme"), SHADES), make_command=scripted(source)
    )
    assert job.state == "done"
    store.close()


def test_a_long_job_gives_way_and_goes_on(store: Store, store_settings: Settings, acme: Merchant) -> None:
    long = shop(store, acme)
    short = ordered(store, acme, SHADES)
    taken = take_next(store, "w")
    assert taken is not None
    assert taken.id == long.id
    command = scripted(_SHOP % "number < 3 and time.sleep(0.3)")
    assert run_job(store, store_settings, taken, "w", make_command=command, turn_s=0.2) is None
    after = take_next(store, "w")
    assert after is not None
    assert after.id == short.id, "whoever waited comes first"
    run_job(store, store_settings, after, "w", turn_s=0.2)
    again = take_next(store, "w")
    assert again is not None
    assert (again.id, again.attempts) == (long.id, 1)
    assert 0 < again.done < 5
    assert run_job(store, store_settings, again, "w", make_command=command, turn_s=0.2) == "done"
    with store.read(acme.id) as tenant:
        rows = list_rows(tenant, long.id, 10)
        job = get_job(tenant, long.id)
    assert [row.line for row in rows] == [2, 3, 4, 5, 6]
    assert job.report["products"] == 5


def test_a_full_disk_ends_a_long_job_and_keeps_what_landed(
    store: Store, store_settings: Settings, acme: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = packed({}, *(lipstick(f"lip-{number}") for number in range(4)))
    monkeypatch.setattr("tryon.ingest.run.BATCH", 2)
    # Batches land by their number alone, however busy the machine is.
    monkeypatch.setattr("tryon.ingest.run._LAND_S", 3600.0)
    copied: list[Path] = []

    def until_full(blobs: Any, merchant_id: str, path: Path) -> tuple[str, int]:
        copied.append(path)
        if len(copied) > 2:
            raise StoreFull("The disk is full; nothing that was kept is lost. Free some space and try again.")
        return copy_in(blobs, merchant_id, path)

    order = {"kind": "products-zip", "publish": True}
    with monkeypatch.context() as patch:
        patch.setattr("tryon.ingest.landing.copy_in", until_full)
        job = ended(store, store_settings, ordered(store, acme, order, content))
    assert (job.state, job.report["code"]) == ("failed", "storage_full")
    with store.read(acme.id) as tenant:
        assert [item.sku for item in products.page(tenant, products.Wanted(live=True), 9)] == [
            "lip-0",
            "lip-1",
        ]
    again = ended(store, store_settings, ordered(store, acme, order, content))
    assert (again.state, again.report["products"]) == ("done", 4)
    with store.read(acme.id) as tenant:
        assert [item.version for item in products.page(tenant, products.Wanted(), 9)] == [2, 2, 2, 2]
