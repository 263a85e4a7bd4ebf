"""The report's modules as one script, so that the file needs no other: each module becomes a function of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tryon.errors import ConfigError

_IMPORT: Final = re.compile(r"^import \{([^}]*)\} from '(\.[^']+)';\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_LEFT: Final = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def bundled(entry: Path) -> str:
    """``entry`` and all that it imports, in an order in which nothing is used before it is there.

    Understands named imports at the top of a line and exported functions, classes and constants: what the report's
    modules use. Raises ConfigError for anything else.
    """
    parts: list[str] = []
    names: dict[Path, str] = {}
    _add(entry.resolve(), names, parts, ())
    script = "'use strict';\n" + "".join(parts)
    if "</script" in script.lower() or "<!--" in script:
        raise ConfigError(f"{entry.name} or what it imports would end its own script element.")
    return script


def _add(path: Path, names: dict[Path, str], parts: list[str], above: tuple[Path, ...]) -> str:
    if path in names:
        return names[path]
    if path in above:
        raise ConfigError(f"{path.name} imports itself by way of {above[-1].name}.")
    try:
        source = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"This installation of tryon lacks {path.name}; install it again.") from error

    def imported(found: re.Match[str]) -> str:
        module = _add((path.parent / found[2]).resolve(), names, parts, (*above, path))
        return f"const {{{found[1].replace(' as ', ': ')}}} = {module};\n"

    body = _IMPORT.sub(imported, source)
    exported = _EXPORT.findall(body)
    body = _EXPORT.sub("", body)
    if left := _LEFT.search(body):
        raise ConfigError(f"{path.name} cannot be put into one script because of this line: {left[0]}")
    name = f"module{len(names)}"
    names[path] = name
    parts.append(f"const {name} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();\n")
    return name
