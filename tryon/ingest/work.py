"""One ingest in its process: what it is given, and what it tells whoever watches it.

Everything is told as one JSON line each: progress, notes for the report, products with their files, refused rows, and
the end. An ingest function gets a ``Work`` and knows nothing of processes, databases and blobs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from tryon.catalogue.items import Kind
from tryon.errors import StoreInvalid
from tryon.store.definition import Draft, draft_of, listing, plain

# found: what is there. fixed: what was changed. advice: what its owner may do better.
Note: TypeAlias = Literal["found", "fixed", "advice"]
NOTES_MAX: Final = 200
Say: TypeAlias = Callable[[Mapping[str, Any]], None]


@dataclass
class Work:
    """``order`` as in ``tryon.ingest.orders``; ``inputs`` are files by name, to be read only; ``current`` is the draft
    that the product has now; ``folder`` is empty and the work's own; the first ``done`` products of a bulk order are
    done with. ``say`` takes one value of JSON."""

    order: Mapping[str, Any]
    inputs: Mapping[str, Path]
    folder: Path
    say: Say
    current: Mapping[str, Any] | None = None
    done: int = 0
    _notes: int = field(default=0, repr=False)

    def draft(self, kind: Kind) -> Draft:
        """What was ordered, or what the product says already. Raises StoreInvalid where that is of another kind."""
        raw = self.order.get("product") or self.current
        if raw is None:
            raise StoreInvalid("There is no such product any more.", field="sku")
        draft = draft_of(raw)
        if draft.definition.kind != kind or draft.definition.sku != self.order["sku"]:
            what = {"garment": "a garment"}.get(kind, kind)
            raise StoreInvalid(
                f"{self.order['sku']!r} is to be {what} of that sku; the product says otherwise.", field="sku"
            )
        return draft

    def begin(self, number: int, sku: str, lines: Sequence[int]) -> None:
        """Of an order that is made unit by unit: this one begins, and its time; all before it are done with."""
        self.say({"begin": number, "sku": sku[:64], "lines": list(lines)})

    def progress(self, step: str, fraction: float) -> None:
        """What is being done now, and how much of all is done already, 0..1."""
        self.say({"step": step, "fraction": round(fraction, 4)})

    def note(self, kind: Note, sentence: str) -> None:
        """A line of the report."""
        self._notes += 1
        if self._notes <= NOTES_MAX:
            self.say({"note": [kind, sentence[:1000]]})

    def product(self, draft: Draft, files: Mapping[str, Path], lines: Sequence[int] = ()) -> None:
        """A whole product with its files, which lie in ``folder``; ``lines`` are the rows that it came from."""
        told = {"definition": plain(draft.definition), **listing(draft)}
        names = {name: str(path.relative_to(self.folder)) for name, path in files.items()}
        self.say({"product": told, "files": names, "lines": list(lines)})

    def refused_row(self, line: int, sku: str, reason: str) -> None:
        """A row that does not land, and why."""
        self.say({"row": [line, sku[:64], reason[:1000]]})


def lines_to(write: Callable[[bytes], object]) -> Say:
    """A ``say`` that writes a line for each value."""

    def say(value: Mapping[str, Any]) -> None:
        write(json.dumps(value, separators=(",", ":")).encode() + b"\n")

    return say
