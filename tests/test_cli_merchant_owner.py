"""``tryon merchant owner``: a link that lets an owner in."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tryon.cli import app
from tryon.config import Settings
from tryon.store.accounts import add_user
from tryon.store.house import open_catalogue
from tryon.store.links import link_of
from tryon.store.merchants import find_merchant

runner = CliRunner()


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("TRYON_STORE_DIR", str(tmp_path / "store"))
    monkeypatch.setenv("TRYON_CATALOGUE_DIR", str(tmp_path / "none"))
    return tmp_path


def test_a_link_for_a_new_owner_and_for_one_who_forgot() -> None:
    done = runner.invoke(app, ["merchant", "owner"])
    assert done.exit_code == 0, done.output
    address, secret = done.output.strip().rsplit("/", 1)
    assert address == "http://localhost:8080/studio/join"
    store = open_catalogue(Settings())
    assert link_of(store, secret).role == "owner"
    missing = runner.invoke(app, ["merchant", "owner", "house", "--email", "ann@shop.example"])
    assert missing.exit_code != 0
    with store.write(find_merchant(store, "house").id) as tenant:
        add_user(tenant, "ann@shop.example", "owner", "hash")
    done = runner.invoke(
        app, ["merchant", "owner", "--email", "ann@shop.example", "--url", "https://mirror.example/"]
    )
    assert done.output.startswith("https://mirror.example/studio/join/")
    link = link_of(store, done.output.strip().rsplit("/", 1)[1])
    assert (link.purpose, link.email) == ("reset", "ann@shop.example")
    store.close()
