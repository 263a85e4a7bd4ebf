"""The manifests are of one piece: they parse, name one another, and their commands and flags exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import dask
import pytest
import typer.main
import yaml
from distributed.cli.dask_scheduler import main as scheduler_command
from distributed.cli.dask_worker import main as worker_command

from tryon.cli import app
from tryon.qa.cluster import parse_place
from tryon.tomlfile import parse_toml

KINDS = {"PersistentVolumeClaim", "Deployment", "Service", "NetworkPolicy", "Job"}


@pytest.fixture(scope="module")
def manifests(root: Path) -> dict[tuple[str, str], dict[str, Any]]:
    found = list(yaml.safe_load_all((root / "docs" / "kubernetes.yaml").read_text("utf-8")))
    assert all(manifest["apiVersion"] and manifest["spec"] for manifest in found)
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in found}


def pod(manifest: dict[str, Any]) -> dict[str, Any]:
    template: dict[str, Any] = manifest["spec"]["template"]
    return template


def argv(manifest: dict[str, Any]) -> list[str]:
    (container,) = pod(manifest)["spec"]["containers"]
    words = [*container["command"], *container.get("args", [])]
    assert all(isinstance(word, str) for word in words), "YAML reads a bare 8786 as a number"
    return words


def test_every_part_is_there(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert {kind for kind, _ in manifests} == KINDS


def test_commands_and_flags_exist(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Dask's and our own parsers take the words."""
    scheduler = argv(manifests["Deployment", "tryon-scheduler"])
    assert scheduler[:2] == ["dask", "scheduler"]
    assert scheduler_command.make_context("scheduler", scheduler[2:]).params["port"] == "8786"
    worker = argv(manifests["Deployment", "tryon-worker"])
    assert worker[:2] == ["dask", "worker"]
    context = worker_command.make_context("worker", worker[2:])
    assert (context.params["nthreads"], context.params["nanny"]) == (1, False)
    replay = argv(manifests["Job", "tryon-replay"])
    assert replay[:2] == ["tryon", "replay"]
    command = typer.main.get_command(app).commands["replay"]  # type: ignore[attr-defined]
    params = command.make_context("replay", replay[2:]).params
    assert parse_place(params["cluster"]).address == params["cluster"] == context.params["scheduler"]


def test_variables_are_settings_of_dask(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    (container,) = pod(manifests["Deployment", "tryon-scheduler"])["spec"]["containers"]
    for variable in container["env"]:
        key = variable["name"].removeprefix("DASK_").replace("__", ".").lower()
        known = dask.config.get(key)
        assert isinstance(known, int | float), variable["name"]
        float(variable["value"])


def test_parts_name_one_another(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    labels = {}
    for (kind, name), manifest in manifests.items():
        if kind in {"Deployment", "Job"}:
            labels[name] = pod(manifest)["metadata"]["labels"]["app"]
            for volume in pod(manifest)["spec"].get("volumes", []):
                assert ("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]) in manifests
                (container,) = pod(manifest)["spec"]["containers"]
                assert [mount["name"] for mount in container["volumeMounts"]] == [volume["name"]]
        if kind == "Deployment":
            assert manifest["spec"]["selector"]["matchLabels"] == pod(manifest)["metadata"]["labels"]
    service = manifests["Service", "tryon-scheduler"]["spec"]
    assert service["selector"]["app"] == labels["tryon-scheduler"]
    assert ("Service", "tryon-scheduler") in manifests
    policy = manifests["NetworkPolicy", "tryon-dask"]["spec"]
    allowed = policy["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"]
    assert set(allowed) == set(labels.values())


def test_one_image_for_all(manifests: dict[tuple[str, str], dict[str, Any]]) -> None:
    images = {
        container["image"]
        for (kind, _), manifest in manifests.items()
        if kind in {"Deployment", "Job"}
        for container in pod(manifest)["spec"]["containers"]
    }
    assert len(images) == 1


def test_the_extra_that_the_page_names_exists(root: Path) -> None:
    project = parse_toml(root / "pyproject.toml", 100_000)["project"]
    named = set(re.findall(r"\[(\w+)\]'", (root / "docs" / "cluster.md").read_text("utf-8")))
    assert named == {"cluster"} <= set(project["optional-dependencies"])
