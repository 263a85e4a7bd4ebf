"""The rules of the house: who may import whom, how long a module is, which library lives where."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tryon"
MODULES = sorted(PACKAGE.rglob("*.py"))
LINES_MAX = 350

# From the lowest rank to the highest. A module imports from lower ranks, and inside its own
# package; the values of the lowest rank may build on one another.
RANKS: tuple[frozenset[str], ...] = (
    frozenset(
        {
            "tryon",
            "errors",
            "config",
            "frame",
            "kept",
            "compiled",
            "preload",
            "jpeg",
            "native_stderr",
            "resources",
            "tomlfile",
        }
    ),
    frozenset({"wire", "perception"}),
    frozenset({"geometry"}),
    frozenset({"render"}),
    frozenset({"catalogue"}),
    frozenset({"store"}),
    frozenset({"ingest"}),
    frozenset({"overlays"}),
    frozenset({"holding", "looks", "sizing", "toning"}),
    frozenset({"attendance"}),
    frozenset({"warmup"}),
    frozenset({"pipeline"}),
    frozenset({"workers", "replay"}),
    frozenset({"session", "qa"}),
    frozenset({"web"}),
    frozenset({"bench"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)

# One heavy library, one home: a folder, or a module.
HOMES = {
    "mediapipe": ("perception",),
    "aiohttp": ("web",),
    "jinja2": ("web", "qa.report_page"),
    "av": ("replay.clip",),
    "numba": ("compiled",),
    "pyarrow": ("replay.parquet",),
    "typer": ("cli",),
    "rich": ("cli",),
    "uvloop": ("web",),
    "dask": ("qa.cluster",),
    "distributed": ("qa.cluster",),
    "tomli": ("tomlfile",),
    "pyfqmr": ("render.simplify",),
    "sqlalchemy": ("store",),
    "alembic": ("store",),
    "argon2": ("store.passwords",),
    "pyotp": ("store.second_factor",),
    "segno": ("web.studio",),
    "minio": ("store.s3",),
    "urllib3": ("store.s3",),
}

LIBRARIES = {"cv2", "numpy", "pydantic", "pydantic_settings", "typing_extensions", *HOMES}


def name_of(path: Path) -> str:
    """``tryon/wire/pacing.py`` is ``wire.pacing``; the package's own ``__init__`` is ``tryon``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "tryon"


def imports(source: str, module: str, *, is_package: bool) -> Iterator[str]:
    """Every module that the source imports, by its full name; inside functions and for type checkers too."""
    here = ["tryon", *module.split(".")] if module != "tryon" else ["tryon"]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + is_package] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            # `from tryon import looks` names a module, `from tryon.looks import Look` a value in one.
            yield from (f"{stem}.{alias.name}" for alias in node.names) if stem == "tryon" else (stem,)


def imports_of(path: Path) -> list[str]:
    found = imports(path.read_text("utf-8"), name_of(path), is_package=path.name == "__init__.py")
    return sorted(set(found))


def rank(top: str) -> int:
    for number, names in enumerate(RANKS):
        if top in names:
            return number
    raise AssertionError(f"tryon/{top} has no rank: give it one in {Path(__file__).name}")


def breaks(module: str, imported: str) -> bool:
    """Does this import go up, or sideways into another package?"""
    inner = imported.split(".")
    target = inner[1] if len(inner) > 1 and not inner[1].startswith("__") else "tryon"
    own = module.split(".", maxsplit=1)[0]
    if target == own or rank(target) == rank(own) == 0:
        return False
    return rank(target) >= rank(own)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_lower_ranks(path: Path) -> None:
    wrong = [
        found for found in imports_of(path) if found.split(".")[0] == "tryon" and breaks(name_of(path), found)
    ]
    assert not wrong, f"{name_of(path)} imports {wrong}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_heavy_library_has_one_home(path: Path) -> None:
    module = name_of(path)
    for found in imports_of(path):
        library = found.split(".")[0]
        if library == "tryon" or library in sys.stdlib_module_names:
            continue
        assert library in LIBRARIES, f"{module} imports {library}, which the run environment need not have"
        homes = HOMES.get(library)
        if homes:
            assert any(module == home or module.startswith(f"{home}.") for home in homes), (
                f"{module} imports {library}, which lives in {' and '.join(homes)}"
            )


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_one_noun_of_moderate_length(path: Path) -> None:
    assert path.stem not in {"utils", "util", "core", "helpers", "common", "misc"}
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LINES_MAX, f"{name_of(path)} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), f"{name_of(path)} has no docstring"


@pytest.mark.parametrize(
    ("module", "imported", "wrong"),
    [
        ("config", "tryon.errors", False),
        ("render.raster", "tryon.render.mesh", False),
        ("render.raster", "tryon.geometry.camera", False),
        ("geometry.pose", "tryon.render.mesh", True),
        ("wire.messages", "tryon.perception.face", True),
        ("errors", "tryon.web.app", True),
        ("render.mesh", "tryon.catalogue.items", True),
        ("cli", "tryon.__version__", False),
        ("errors", "tryon.__version__", False),
    ],
)
def test_the_rule_itself(module: str, imported: str, wrong: bool) -> None:
    assert breaks(module, imported) is wrong


@pytest.mark.parametrize(
    ("source", "module", "is_package", "expected"),
    [
        ("import av", "replay.clip", False, ["av"]),
        ("def f():\n    from tryon.web.app import serve", "wire.pacing", False, ["tryon.web.app"]),
        ("from . import clip", "replay.runner", False, ["tryon.replay"]),
        ("from ..web import app", "replay.runner", False, ["tryon.web"]),
        ("from .clip import ClipReader", "replay", True, ["tryon.replay.clip"]),
        ("from tryon import looks", "pipeline", False, ["tryon.looks"]),
    ],
)
def test_the_reader_of_imports(source: str, module: str, is_package: bool, expected: list[str]) -> None:
    assert list(imports(source, module, is_package=is_package)) == expected
