"""``tryon catalogue`` and ``tryon merchant``: in and out, and what is told to people."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.shop_zips import lipstick, packed
from tryon.cli import app
from tryon.config import Settings
from tryon.store import jobs
from tryon.store.archive import MANIFEST, bring_in, export
from tryon.store.backup import back_up, restore
from tryon.store.house import HOUSE, open_catalogue
from tryon.store.merchants import add_merchant, find_merchant, token_of
from tryon.store.products import Wanted, page
from tryon.store.store import Store

CSV = (
    "sku,name,type,finish,coverage,color,shade_name,tags,price,currency\n"
    "velvet,Velvet,lipstick,satin,80%,#b3121d,Classic Red,Vegan|new,12.90,EUR\n"
    'velvet,,,,,4c1535,"Deep, dark Plum",,,\n'
    "velvet,Other,lipstick,satin,0.8,#000000,X,,,\n"
    "velvet,,,,,red,X,,,\n"
    "velvet,,,,,#111111\n"
    ",,lipstick,satin,1,#000,X,,,\n"
    "hat,Hat,hat,satin,1,#000,X,,,\n"
    'gloss,"Gloss, ""shiny""",lipstick,gloss,0.4,#abc,,,1500,JPY\n'
)

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command, with a store and a catalogue folder of its own."""
    import shutil

    for sku in ("meridian-gunmetal", "velvet-lipstick"):
        shutil.copytree(root / "assets" / "catalogue" / sku, tmp_path / "folder" / sku)
    monkeypatch.setenv("TRYON_STORE_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("TRYON_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("TRYON_CATALOGUE_DIR", str(tmp_path / "folder"))
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words])


def listed(run: Run, *words: str) -> list[dict[str, Any]]:
    ran = run("catalogue", "list", "--format", "json", *words)
    assert ran.exit_code == 0, ran.output
    found: list[dict[str, Any]] = json.loads(ran.stdout)
    return found


def test_the_list_in_every_form(run: Run) -> None:
    assert [row["sku"] for row in listed(run)] == ["meridian-gunmetal", "velvet-lipstick"]
    assert [row["sku"] for row in listed(run, "--kind", "makeup", "--search", "classic")] == [
        "velvet-lipstick"
    ]
    rows = list(csv.DictReader(io.StringIO(run("catalogue", "list", "--format", "csv").stdout)))
    assert rows[0]["state"] == "live"
    assert "velvet-lipstick" in run("catalogue", "list").stdout
    wrong = run("catalogue", "list", "--merchant", "nobody")
    assert (wrong.exit_code, "there are: house" in wrong.output) == (2, True)


def test_a_merchant_and_its_token(run: Run, tmp_path: Path) -> None:
    assert run("merchant", "add", "acme", "--name", "Acme").exit_code == 0
    assert run("merchant", "add", "acme").exit_code == 2
    assert [row["slug"] for row in json.loads(run("merchant", "list", "--format", "json").stdout)] == [
        "acme",
        "house",
    ]
    text = run("merchant", "token", "acme", "--scope", "read").stdout.strip()
    store = Store.open(Settings(store_dir=tmp_path / "store"))
    token = token_of(store, text)
    store.close()
    assert token is not None
    assert token.scopes == ("read",)
    assert "no scope" in run("merchant", "token", "acme", "--scope", "all").output


def test_a_csv_lands_row_by_row(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "lips.csv"
    file.write_text("\ufeff" + CSV, "utf-8")
    ran = run("catalogue", "ingest", file, "--publish", "--format", "json")
    assert ran.exit_code == 1, "some rows were refused"
    told = json.loads(ran.stdout)
    outcomes = {row["line"]: (row["outcome"], row["reason"]) for row in told["rows"]}
    assert [line for line, (outcome, _) in outcomes.items() if outcome == "landed"] == [2, 3, 9]
    for line, said in (
        (4, "line 2 said 'Velvet'"),
        (5, "no colour"),
        (6, "6 cells"),
        (7, "sku: it is empty"),
        (8, "type"),
    ):
        assert said in outcomes[line][1], outcomes[line]
    found = {row["sku"]: row for row in listed(run)}
    assert (found["velvet"]["variants"], found["velvet"]["tags"], found["velvet"]["state"]) == (
        2,
        ["vegan", "new"],
        "live",
    )
    store = Store.open(Settings(store_dir=tmp_path / "store"))
    with store.read(find_merchant(store, HOUSE).id) as tenant:
        prices = {item.sku: item.price_minor for item in page(tenant, Wanted(kind="makeup"), 9)}
    store.close()
    assert prices == {"gloss": 1500, "velvet": 1290, "velvet-lipstick": None}
    text = run("catalogue", "ingest", file).stdout
    assert "line 5: " in text
    assert "8 rows of" not in text
    assert "2 products are done" in text


def test_a_job_that_somebody_else_leaves_is_taken_over(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At first another server has it; then that is gone."""
    waiting, asked = jobs.waiting, []

    def gone_at_the_third_look(store: Store) -> bool:
        asked.append(1)
        return len(asked) > 2 and waiting(store)

    monkeypatch.setattr(jobs, "waiting", gone_at_the_third_look)
    file = tmp_path / "lips.csv"
    file.write_text(CSV, "utf-8")
    assert "2 products are done" in run("catalogue", "ingest", file).stdout
    assert len(asked) >= 3


def test_a_shop_lands_from_its_zip(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "shop.zip"
    file.write_bytes(packed({}, lipstick("red"), {"sku": "frame", "file": "gone.glb"}, lipstick("plum")))
    ran = run("catalogue", "ingest", file, "--publish", "--format", "csv")
    assert ran.exit_code == 1, "a row was refused"
    rows = list(csv.DictReader(io.StringIO(ran.stdout)))
    assert [(row["line"], row["outcome"], row["sku"]) for row in rows] == [
        ("2", "landed", "red"),
        ("3", "refused", "frame"),
        ("4", "landed", "plum"),
    ]
    assert "no 'gone.glb'" in rows[1]["reason"]
    before = listed(run)
    assert {"red", "plum"} <= {row["sku"] for row in before if row["state"] == "live"}
    again = run("catalogue", "ingest", file, "--publish")
    assert "done: 2 products are done, 1 rows were refused." in again.stdout
    assert "line 3: file: the archive has no 'gone.glb'." in again.stdout
    assert listed(run) == before, "the same again changes nothing"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.zip", b"PK and so on", "no ZIP"),
        ("x.csv", b"", "empty"),
        ("x.csv", b"sku,wat\n", "'wat'"),
        ("x.csv", b"sku,name\n", "lacks"),
        ("x.csv", b"sku,sku,name,type,finish,coverage,color\n", "twice"),
        ("x.csv", b"\xff\xfe\x00", "UTF-8"),
        ("x.txt", b"x", "neither"),
        ("x.jpg", b"x", "needs --size"),
        ("none.glb", None, "does not exist"),
    ],
)
def test_files_that_cannot_be_ingested(
    run: Run, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    ran = run("catalogue", "ingest", tmp_path / name)
    assert ran.exit_code in {1, 2}
    assert said in ran.output


def test_a_catalogue_goes_out_and_comes_in_elsewhere(run: Run, tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    assert run("catalogue", "export", archive).exit_code == 0
    first = archive.read_bytes()
    run("catalogue", "export", archive)
    assert archive.read_bytes() == first, "the same catalogue makes the same archive"
    run("merchant", "add", "acme")
    ran = run("catalogue", "import", archive, "--merchant", "acme")
    assert (ran.exit_code, "2 products are new" in ran.stdout) == (0, True)
    house, acme = listed(run), listed(run, "--merchant", "acme")
    for one, other in zip(house, acme, strict=True):
        assert {**one, "version": 0} == {**other, "version": 0}
    again = run("catalogue", "import", archive, "--merchant", "acme")
    assert "0 products are new, 2 were there" in again.stdout
    assert listed(run, "--merchant", "acme") == acme, "the same again changes nothing"
    by_folder = run("catalogue", "import", tmp_path / "folder", "--merchant", "acme")
    assert (by_folder.exit_code, "2 were there" in by_folder.stdout) == (0, True)


@pytest.fixture
def exported(tmp_path: Path, store_settings: Settings) -> tuple[Store, str, Path]:
    store = open_catalogue(store_settings)
    archive = tmp_path / "all.zip"
    export(store, find_merchant(store, HOUSE).id, archive)
    return store, add_merchant(store, "acme").id, archive


def bent(archive: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> None:
    """Write the archive anew, with its list and files changed."""
    with zipfile.ZipFile(archive) as old:
        files = {name: old.read(name) for name in old.namelist()}
    told = json.loads(files.pop(MANIFEST))
    change(told, files)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in files.items():
            new.writestr(name, content)
        new.writestr(MANIFEST, json.dumps(told))


def test_what_is_wrong_with_one_product_costs_that_product(exported: tuple[Store, str, Path]) -> None:
    store, acme, archive = exported

    def damage(told: dict[str, Any], files: dict[str, bytes]) -> None:
        files["meridian-gunmetal/model.glb"] = b"glTF something else"
        told["products"] += [
            {**told["products"][1], "definition": {"sku": "../../etc", "kind": "makeup"}},
            {**told["products"][1], "files": {"../x.png": {"sha256": "0" * 64}}},
            {**told["products"][1], "files": {"gone.png": {"sha256": "0" * 64}}},
            {"sku": "empty"},
        ]
        told["looks"] = [{"name": "x", "items": [{"sku": "nothing"}]}, "nonsense"]

    bent(archive, damage)
    found = bring_in(store, acme, archive)
    assert (found.made, found.replaced, len(found.refused)) == (1, 0, 7)
    assert "damaged" in found.refused[0]
    store.close()


def test_bombs_and_strangers_are_refused(exported: tuple[Store, str, Path], tmp_path: Path) -> None:
    store, acme, archive = exported
    bent(archive, lambda _told, files: files.update({"velvet-lipstick/thumbnail.png": bytes(60 << 20)}))
    from tryon.errors import StoreInvalid, StoreTooLarge

    with pytest.raises(StoreTooLarge, match="unpacks to more"):
        bring_in(store, acme, archive)
    stranger = tmp_path / "stranger.zip"
    with zipfile.ZipFile(stranger, "w") as made:
        made.writestr("x", "y")
    for wrong, said in (
        (stranger, "not made by"),
        (Path(__file__), "no archive"),
        (tmp_path / "none", "does not exist"),
    ):
        with pytest.raises(StoreInvalid, match=said):
            bring_in(store, acme, wrong)
    store.close()


def test_a_backup_brings_everything_back(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = listed(run)
    archive = tmp_path / "store.tar"
    assert run("catalogue", "backup", archive).exit_code == 0
    assert "move it away" in run("catalogue", "restore", archive).output
    monkeypatch.setenv("TRYON_STORE_DIR", str(tmp_path / "other"))
    ran = run("catalogue", "restore", archive)
    assert ran.exit_code == 0, ran.output
    assert listed(run) == before
    assert "Removed 0 files" in run("catalogue", "sweep").stdout


def test_a_backup_that_is_damaged_leaves_nothing(tmp_path: Path) -> None:
    from tryon.errors import ConfigError, StoreInvalid

    settings = Settings(store_dir=tmp_path / "one", catalogue_dir=None)
    open_catalogue(settings).close()
    archive = tmp_path / "store.tar"
    back_up(settings, archive)

    def rewritten(change: Callable[[tarfile.TarInfo, bytes], tuple[str, bytes] | None]) -> Path:
        path = tmp_path / "bent.tar"
        with tarfile.open(archive) as old, tarfile.open(path, "w") as new:
            for member in old:
                content = old.extractfile(member)
                assert content is not None
                made = change(member, content.read())
                if made is not None:
                    info = tarfile.TarInfo(made[0])
                    info.size = len(made[1])
                    new.addfile(info, io.BytesIO(made[1]))
        return path

    other = Settings(store_dir=tmp_path / "two")
    cases: list[tuple[Callable[[tarfile.TarInfo, bytes], tuple[str, bytes] | None], str]] = [
        (lambda member, data: (member.name, data[:-1] + b"x" if "/" in member.name else data), "damaged"),
        (lambda member, data: (f"../{member.name}", data), "none of a store's"),
        (lambda member, data: None if "/" in member.name else (member.name, data), "lacks"),
        (lambda member, data: (member.name, data) if "/" in member.name else None, "no database"),
        (lambda member, data: (member.name, data if "/" in member.name else b"nonsense" * 999), "damaged"),
    ]
    for change, said in cases:
        with pytest.raises(StoreInvalid, match=said):
            restore(other, rewritten(change))
        assert list(other.store_dir.iterdir()) == []
    with pytest.raises(StoreInvalid, match="no backup"):
        restore(other, Path(__file__))
    with pytest.raises(ConfigError, match="pg_dump"):
        back_up(Settings(store_dir=tmp_path, database_url="postgresql://x/y"), archive)
    restore(other, archive)
    raw = sqlite3.connect(other.store_dir / "tryon.db")
    assert raw.execute("SELECT count(*) FROM products").fetchone()[0] > 0
    raw.close()
