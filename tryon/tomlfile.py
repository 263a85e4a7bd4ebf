"""TOML files that people write: read whole, bounded, and refused with a sentence that names the line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tryon.errors import BadRecords, TryOnError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def parse_toml(path: Path, bytes_max: int, error: type[TryOnError] = BadRecords) -> dict[str, Any]:
    """The file's keys and values. Raises ``error`` where it cannot be read, is too large, or is no TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(bytes_max + 1)
    except OSError as cause:
        raise error(f"{path} cannot be read: {(cause.strerror or str(cause)).lower()}.") from cause
    if len(content) > bytes_max:
        raise error(f"{path.name} is larger than {bytes_max // 1024} KB; such a file is none of ours.")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as cause:
        raise error(f"{path.name} is not UTF-8 text.") from cause
    except tomllib.TOMLDecodeError as cause:
        raise error(f"{path.name} is not TOML: {str(cause).rstrip('.')}.") from cause
    except RecursionError as cause:
        raise error(f"{path.name} nests its lists too deeply.") from cause
