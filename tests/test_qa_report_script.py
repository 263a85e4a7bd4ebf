"""Modules as one script: each keeps its own names, and what the bundler does not understand is refused."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tryon.errors import ConfigError
from tryon.qa.report_script import bundled


def written(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source)
    return folder / "main.js"


def test_modules_keep_their_own_names(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js here")
    entry = written(
        tmp_path,
        main="import { twice as double } from './twice.js';\nimport { BASE } from './base.js';\n"
        "const own = 1;\nconsole.log(double(BASE) + own);\n",
        twice="import { BASE } from './base.js';\nconst own = BASE - 18;\n"
        "/** Twice. */\nexport function twice(value) {\n  return own * value;\n}\n",
        base="const own = 10;\nexport const BASE = own * 2;\nexport class Unused {}\n",
    )
    done = subprocess.run(
        [node, "--input-type=module"], input=bundled(entry), capture_output=True, text=True, check=True
    )
    assert done.stdout == "41\n"


def test_the_reports_own_script_is_whole(root: Path) -> None:
    script = bundled(root / "static" / "report" / "report.js")
    for path in (root / "static" / "report").glob("*.js"):
        assert path.read_text("utf-8").splitlines()[0] in script, f"{path.name} is not used"
    assert "\nimport " not in script
    assert "\nexport " not in script


@pytest.mark.parametrize(
    ("modules", "sentence"),
    [
        ({"main": "export default 1;\n"}, "because of this line: export default 1;"),
        ({"main": "import all from './x.js';\n"}, "because of this line: import all"),
        ({"main": "import { a } from './gone.js';\n"}, "lacks gone.js"),
        (
            {"main": "import { a } from './a.js';\n", "a": "import { b } from './main.js';\n"},
            "imports itself",
        ),
        ({"main": "const a = '</script>';\n"}, "would end its own script element"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, modules: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        bundled(written(tmp_path, **modules))
