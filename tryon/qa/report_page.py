"""The report's page: a run's results as the template's values, and the one file with all that it needs inside."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import jinja2

from tryon.qa.report_script import bundled
from tryon.qa.report_words import counted, define, measured, outcome, place_of, title_of, told, unit_of
from tryon.qa.results import RunResult, TakeResult, Verdict
from tryon.resources import folder

TEMPLATE: Final = "report.html"
# Where the videos go, which are too large to pass through a template.
VIDEOS_MARK: Final = "<!--videos-->"
# What a reader looks for first, in this order; the other figures stand in a table.
KEY_MEASURES: Final = (
    "detect.rate",
    "jitter.corner_px",
    "lag.ms",
    "slip.px",
    "slip.lips_px",
    "colour.shade_de00",
    "scale.drift_percent",
    "edge.flicker",
    "pose.rotation_error_deg",
    "diff.ssim",
    "latency.total.p95_ms",
    "speed.fps",
    "pose.residual_px",
    "leak.px",
)
CARDS_MAX: Final = 8
COLUMNS_MAX: Final = 5
# More passed checks than these are folded away.
PASSED_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Screen:
    """A video's place in the player. ``id`` is that of its data; None: it is not there, and ``note`` says why."""

    role: str
    caption: str
    id: str | None
    note: str | None = None
    parts: str = "[]"


@dataclass(frozen=True, slots=True)
class Thumb:
    """A worst frame in the gallery. ``frame`` is its place in the take; ``picture`` JPEG bytes where there are any."""

    frame: int
    index: int
    seconds: float
    measure: str
    value: float
    picture: bytes | None


@dataclass(frozen=True, slots=True)
class TakePart:
    """What the report knows of a take beside its result. ``data`` is the timeline as JSON, "" where there is none."""

    result: TakeResult
    frames: int = 0
    data: str = ""
    screens: tuple[Screen, ...] = ()
    thumbs: tuple[Thumb, ...] = ()
    notes: tuple[str, ...] = field(default=())


def render(run: RunResult, parts: Sequence[TakePart], title: str) -> str:
    """The whole page, with ``VIDEOS_MARK`` once where the videos belong."""
    static = folder("static")
    script = bundled(static / "report" / "report.js")
    style = (static / "report" / "report.css").read_text("utf-8")
    icon = (static / "favicon.svg").read_bytes()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder("templates")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(
        title=title,
        policy=policy(script, style),
        script=script,
        style=style,
        icon=data_uri(icon, "image/svg+xml"),
        videos=VIDEOS_MARK,
        outcome=outcome(run),
        state=_run_state(run),
        facts=_facts(run),
        run=run,
        failed=[_verdict(run, at) for at, verdict in enumerate(run.verdicts) if not verdict.passed],
        passed=[
            _verdict(run, at)
            for at, verdict in enumerate(run.verdicts)
            if verdict.passed and measured(verdict)
        ],
        unmeasured=[_verdict(run, at) for at, verdict in enumerate(run.verdicts) if not measured(verdict)],
        passed_shown=PASSED_SHOWN,
        matrix=_matrix(run),
        columns=[{"id": measure, "title": title_of(measure)} for measure in _columns(run)],
        takes=[_take(run, part, number) for number, part in enumerate(parts)],
        opened=next((f"take-{number}" for number, part in enumerate(parts) if part.frames), None),
        measures=_measures(run),
    )


def policy(script: str, style: str) -> str:
    """A content security policy for this file alone: its own script and style by their hashes, no request."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "img-src data: blob:",
            "media-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def as_json(value: Any) -> str:
    """JSON that no HTML parser takes for markup."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def data_uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def in_order(run: RunResult) -> list[TakeResult]:
    """What broke off first, then what failed a check of its own, then the rest in the run's order."""
    rank = {"broken": 0, "failed": 1}
    return sorted(run.takes, key=lambda take: rank.get(_take_state(run, take), 2))


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _run_state(run: RunResult) -> str:
    if not run.passed:
        return "failed"
    return "passed" if run.verdicts else "open"


def _facts(run: RunResult) -> list[str]:
    return [
        counted(len(run.takes), "take"),
        counted(len({take.clip for take in run.takes}), "clip"),
        counted(len({take.look for take in run.takes}), "look"),
        counted(sum(take.frames for take in run.takes), "frame"),
    ]


def _own(run: RunResult, take: TakeResult) -> list[Verdict]:
    return [verdict for verdict in run.verdicts if verdict.stratum == f"take:{take.key}"]


def _take_state(run: RunResult, take: TakeResult) -> str:
    if take.error is not None:
        return "broken"
    own = _own(run, take)
    if any(not verdict.passed for verdict in own):
        return "failed"
    return "passed" if any(map(measured, own)) else "open"


def _verdict(run: RunResult, at: int) -> dict[str, Any]:
    verdict = run.verdicts[at]
    takes = [take.key for take in in_order(run)]
    key = verdict.stratum.removeprefix("take:") if verdict.stratum.startswith("take:") else None
    return {
        "id": f"check-{at}",
        "gate": verdict.gate,
        "title": title_of(verdict.measure),
        "measure": verdict.measure if define(verdict.measure) else None,
        "place": place_of(verdict.stratum),
        "take": f"take-{takes.index(key)}" if key in takes else None,
        "value": told(verdict.value, verdict.measure),
        "baseline": told(verdict.baseline, verdict.measure),
        "limit": told(verdict.limit, verdict.measure),
        "sentence": verdict.sentence,
        "measured": measured(verdict),
    }


def _matrix(run: RunResult) -> dict[str, Any] | None:
    """Gates by group, where there are groups: an average over all must not hide one of them."""
    groups = [name for name in dict.fromkeys(v.stratum for v in run.verdicts) if not name.startswith("take:")]
    if len(groups) < 2:
        return None
    rows = []
    for gate in dict.fromkeys(verdict.gate for verdict in run.verdicts):
        mine = [(at, verdict) for at, verdict in enumerate(run.verdicts) if verdict.gate == gate]
        by_group = {verdict.stratum: (at, verdict) for at, verdict in mine}
        own = [verdict for _, verdict in mine if verdict.stratum.startswith("take:")]
        cells = [_cell(*by_group[group]) if group in by_group else None for group in groups]
        told = [verdict for verdict in own if measured(verdict)]
        held = sum(verdict.passed for verdict in told)
        rows.append({"gate": gate, "cells": cells, "held": held, "takes": len(told)})
    return {"groups": [place_of(group) for group in groups], "rows": rows}


def _cell(at: int, verdict: Verdict) -> dict[str, Any] | None:
    if not measured(verdict):
        return None
    return {"id": f"check-{at}", "passed": verdict.passed, "value": told(verdict.value, verdict.measure)}


def _columns(run: RunResult) -> list[str]:
    present = {measure for take in run.takes for measure in take.figures}
    gated = dict.fromkeys(verdict.measure for verdict in run.verdicts if not verdict.passed)
    wanted = dict.fromkeys([*gated, *KEY_MEASURES])
    chosen = [measure for measure in wanted if measure in present][:COLUMNS_MAX]
    return sorted(chosen, key=lambda name: KEY_MEASURES.index(name) if name in KEY_MEASURES else 99)


def _take(run: RunResult, part: TakePart, number: int) -> dict[str, Any]:
    take = part.result
    state = _take_state(run, take)
    own = {verdict.measure: verdict for verdict in _own(run, take)}
    failed = sum(not verdict.passed for verdict in _own(run, take))
    shown = [screen for screen in part.screens if screen.id is not None]
    roles = [screen.role for screen in shown]
    return {
        "id": f"take-{number}",
        "result": take,
        "state": state,
        "words": {
            "broken": "broke off",
            "failed": f"fails {counted(failed, 'check')}",
            "passed": "passes",
            "open": "not gated",
        }[state],
        "tags": [tag.replace("_", " ") for tag in take.tags],
        "notes": [note for note in (take.warning, *part.notes) if note],
        "cells": [told(take.figures.get(measure), measure) for measure in _columns(run)],
        "cards": [_card(take, measure, own.get(measure)) for measure in _cards(take, own)],
        "figures": [_card(take, measure, own.get(measure)) for measure in take.figures],
        "frames": part.frames,
        "data": part.data,
        "screens": part.screens,
        "pairs": _pairs(roles),
        "hover": next(
            (s.id for role in ("video", "before", "baseline") for s in shown if s.role == role), ""
        ),
        "thumbs": [_thumb(thumb) for thumb in part.thumbs],
    }


def _cards(take: TakeResult, own: Mapping[str, Verdict]) -> list[str]:
    failed = [measure for measure, verdict in own.items() if not verdict.passed and measure in take.figures]
    return list(dict.fromkeys([*failed, *(name for name in KEY_MEASURES if name in take.figures)]))[
        :CARDS_MAX
    ]


def _card(take: TakeResult, measure: str, verdict: Verdict | None) -> dict[str, Any]:
    return {
        "title": title_of(measure),
        "measure": measure if define(measure) else None,
        "id": measure,
        "value": told(take.figures[measure], measure),
        "failed": verdict is not None and not verdict.passed,
        "limit": told(verdict.limit, measure) if verdict is not None and verdict.limit is not None else None,
        "baseline": told(verdict.baseline, measure)
        if verdict is not None and verdict.baseline is not None
        else None,
    }


def _pairs(roles: Iterable[str]) -> list[dict[str, str]]:
    """Two videos that can be laid upon one another: value and words of a choice."""
    names = {"before": "Camera", "video": "Dressed", "baseline": "Baseline"}
    there = set(roles)
    wanted = [("baseline", "video"), ("before", "video"), ("before", "baseline")]
    return [
        {"value": f"{under} {upper}", "words": f"{names[under]} and {names[upper].lower()}"}
        for under, upper in wanted
        if {under, upper} <= there
    ]


def _thumb(thumb: Thumb) -> dict[str, Any]:
    return {
        "frame": thumb.frame,
        "title": title_of(thumb.measure),
        "value": told(thumb.value, thumb.measure),
        "place": f"frame {thumb.index} · {thumb.seconds:.2f}\u202fs",
        "picture": data_uri(thumb.picture, "image/jpeg") if thumb.picture else None,
    }


def _measures(run: RunResult) -> list[dict[str, Any]]:
    """What each measure of this run means."""
    used = dict.fromkeys(
        [
            *(verdict.measure for verdict in run.verdicts),
            *(measure for take in run.takes for measure in take.figures),
            *(worst.measure for take in run.takes for worst in take.worst),
        ]
    )
    better = {"lower": "Lower is better.", "higher": "Higher is better.", "neither": ""}
    known = [found for found in map(define, used) if found is not None]
    return [
        {
            "id": found.id,
            "title": found.title,
            "unit": unit_of(found),
            "formula": found.formula,
            "source": found.source,
            "better": better[found.better],
        }
        for found in known
    ]
