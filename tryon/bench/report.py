"""The figures as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tryon.bench.courses import FLOOR_STEPS, LOOK_STEPS

_ABSENT: Final = "n/a"


@dataclass(frozen=True, slots=True)
class Section:
    """One table; every row has as many cells as there are columns. ``note`` says how to read it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def report(figures: Mapping[str, Any]) -> list[Section]:
    """The tables, the verdict last."""
    return [
        _where(figures),
        _floor(figures["floor"]),
        _overlays(figures["overlays"]),
        _steps(figures["overlays"]),
        _large(figures["large"]),
        _garment(figures["garment"]),
        _cases("Where a garment is drawn", figures["anchors"]),
        _stream(figures["stream"]),
        _stream_cost(figures["stream"]),
        _server(figures),
        _replay(figures["replay"]),
        _cases("Tracking", figures["tracking"]),
        _cases("Temples behind a turned head", figures["behind"]),
        _sizes(figures["sizes"]),
        _bars(figures["bars"]),
    ]


def _where(figures: Mapping[str, Any]) -> Section:
    environment = figures["environment"]
    width, height = environment["frame_px"]
    rows = [
        ("processor", f"{environment['cpu']}, {environment['cores']} cores, {environment['system']}"),
        ("other programs", f"{_of(environment, 'others_cores')} cores"),
        ("tryon, Python", f"{environment['tryon']}, {environment['python']}"),
        ("libraries", ", ".join(f"{name} {version}" for name, version in environment["libraries"].items())),
        ("frames", f"{width}×{height}, {environment['frame_bytes'] / 1e3:.0f} KB"),
    ]
    return Section("Where", ("", ""), rows)


def _floor(floor: Mapping[str, Any]) -> Section:
    columns = ("", "ms", "min", "95 %", *FLOOR_STEPS)
    row = ("floor", *_cells(floor, "ms", "ms_min", "ms_p95"), *_cells(floor["steps"], *FLOOR_STEPS))
    return Section("The floor: stock face mesh between decoder and encoder, ms a frame", columns, [row])


def _overlays(overlays: Mapping[str, Any]) -> Section:
    columns = ("look", "× floor", "quartiles", "CPU ×", "rectangle ×", "ms", "min", "triangles")
    rows = [
        (
            name,
            *_cells(worn, "ratio"),
            "-".join(f"{value:.2f}" for value in worn["ratio_quartiles"]),
            *_cells(worn, "cpu_ratio", "ratio_rectangle", "ms", "ms_min"),
            str(worn["triangles"] or ""),
        )
        for name, worn in overlays.items()
    ]
    note = "Whole frame in, whole frame out; 'rectangle' answers with the changed part alone."
    return Section("Looks against the floor", columns, rows, note)


def _steps(overlays: Mapping[str, Any]) -> Section:
    columns = ("look", *LOOK_STEPS, "encode rectangle")
    rows = [
        (name, *_cells(worn["steps"], *LOOK_STEPS), *_cells(worn, "encode_rectangle_ms"))
        for name, worn in overlays.items()
    ]
    return Section("Their steps, ms a frame", columns, rows)


def _large(large: Mapping[str, Any]) -> Section:
    columns = ("1280×720", "× floor", "CPU ×", "ms", "min", *LOOK_STEPS)
    floor = large["floor"]
    rows = [
        ("floor", "", "", *_cells(floor, "ms", "ms_min"), *[""] * len(LOOK_STEPS)),
        *(
            (
                name,
                *_cells(large[name], "ratio", "cpu_ratio", "ms", "ms_min"),
                *_cells(large[name]["steps"], *LOOK_STEPS),
            )
            for name in ("eyewear", "full_look")
        ),
    ]
    return Section("The same with large frames, ms a frame", columns, rows)


def _garment(garment: Mapping[str, Any]) -> Section:
    columns = ("T-shirt", "× floor", "CPU ×", "mean ms", "floor, ms", *LOOK_STEPS)
    rows = [
        (
            name,
            *_cells(worn, "ratio", "cpu_ratio", "mean_ms"),
            _of(worn["floor"], "ms"),
            *_cells(worn["steps"], *LOOK_STEPS),
        )
        for name, worn in garment.items()
    ]
    note = "The floor is the stock pose with its mask; 'draw' has the body's network, if calm on every other frame."
    return Section("A garment against the floor of bodies", columns, rows, note)


def _stream(stream: Mapping[str, Any]) -> Section:
    columns = ("clients", "reply", "frames/s", "slowest", "× one", "p50 ms", "95 %", "× floor", "KB")
    rows = [
        (
            *named,
            f"{load['fps']:.0f}",
            f"{load['fps_min']:.1f}",
            *_cells(load, "fps_over_one"),
            f"{load['rtt_ms_p50']:.1f}",
            f"{load['rtt_ms_p95']:.1f}",
            *_cells(load, "rtt_over_floor"),
            f"{load['bytes_per_frame'] / 1e3:.1f}",
        )
        for *named, load in _loads(stream)
    ]
    return Section("Live stream, glasses, closed loop over loopback", columns, rows)


def _stream_cost(stream: Mapping[str, Any]) -> Section:
    columns = ("clients", "reply", "server", "server's CPU", "clients' CPU", "dropped")
    rows = [
        (*named, *_cells(load, "server_ms_p50", "server_cpu_ms", "client_cpu_ms"), str(load["dropped"]))
        for *named, load in _loads(stream)
    ]
    return Section("Its cost, ms a frame; 'server' is from receipt to reply", columns, rows)


def _loads(stream: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Clients, way to answer, figures."""
    for clients, level in stream.items():
        yield clients, "as served", level
        for key, load in level.items():
            if isinstance(load, Mapping):
                yield "", key.replace("_", " "), load


def _server(figures: Mapping[str, Any]) -> Section:
    rows = [
        ("memory a session, MB", _of(figures, "memory_mb_per_session")),
        ("memory before them, MB", _of(figures, "memory_mb_idle")),
        ("memory at its peak, MB", _of(figures, "memory_mb_peak")),
        ("warm start, s", _of(figures, "warm_start_s")),
    ]
    return Section("The server process", ("", ""), rows)


def _replay(replay: Mapping[str, float]) -> Section:
    kinds = (
        ("records alone", ""),
        ("with measures of pixels", "_with_pixels"),
        ("with video", "_with_video"),
    )
    rows = [(words, f"{replay[f'fps{key}']:.0f}", f"{replay[f'ratio{key}']:.2f}") for words, key in kinds]
    columns = ("glasses, one clip after another", "frames/s", "× live")
    return Section(
        "Replay", columns, rows, "'live': 1 ÷ the whole frame of the live server, measured beside it."
    )


def _cases(title: str, cases: Mapping[str, Mapping[str, float]]) -> Section:
    columns = ("case", "figure", "")
    rows = [
        (case if number == 0 else "", key, f"{value:.3f}")
        for case, measured in cases.items()
        for number, (key, value) in enumerate(measured.items())
    ]
    return Section(title, columns, rows)


def _sizes(sizes: Mapping[str, float]) -> Section:
    rows = [(key, f"{value:.2f}") for key, value in sizes.items()]
    return Section("Distance of the pupils, on heads of known size", ("figure", ""), rows)


def _bars(bars: Mapping[str, Mapping[str, Any]]) -> Section:
    words = {"at_most": "≤", "at_least": "≥"}
    rows = [
        (
            bar["what"],
            f"{bar['value']:.2f}",
            f"{words[bar['side']]} {bar['limit']:g}",
            "met" if bar["met"] else "MISSED",
        )
        for bar in bars.values()
    ]
    return Section("Bars", ("", "measured", "bar", ""), rows)


def _of(figures: Mapping[str, Any], key: str) -> str:
    value = figures[key]
    return _ABSENT if value is None else f"{value:.2f}"


def _cells(figures: Mapping[str, Any], *keys: str) -> tuple[str, ...]:
    return tuple(_of(figures, key) for key in keys)
