"""Records as a Parquet table, one row a frame, for whoever reads them with pandas, DuckDB or Spark.

The only import of pyarrow (the extra ``parquet``). The take's head and end, as JSON, are in the file's key-value
metadata under ``tryon.take`` and ``tryon.end``. What is a mapping in JSON (anchors, pixels, regions) is a map here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tryon.errors import ConfigError
from tryon.replay.records import FrameRecord, Line, TakeRecord, as_json, to_line

try:
    import pyarrow as pa
    from pyarrow import parquet as pq
except ImportError as missing:
    raise ConfigError(
        "Parquet needs pyarrow, which is not installed: pip install 'tryon[parquet]', or write .jsonl records.",
        setting="parquet",
    ) from missing

# Rows that wait in memory: a frame with a face takes 4 KB.
ROWS_A_GROUP: Final = 1000

_POINT: Final = pa.list_(pa.float64())
_POSE: Final = pa.struct(
    [
        ("yaw_deg", pa.float64()),
        ("pitch_deg", pa.float64()),
        ("roll_deg", pa.float64()),
        ("t_mm", _POINT),
        ("residual_px", pa.float64()),
    ]
)
_ANCHOR: Final = pa.struct([("px", _POINT), ("raw_px", _POINT), ("mm", _POINT)])
_FACE: Final = pa.struct(
    [
        ("track", pa.int64()),
        ("confidence", pa.float64()),
        ("frames_tracked", pa.int64()),
        ("pose", _POSE),
        ("raw_pose", _POSE),
        ("scale", pa.float64()),
        ("scale_sigma", pa.float64()),
        ("px_per_mm", pa.float64()),
        ("interpupillary_px", pa.float64()),
        ("anchors", pa.map_(pa.string(), _ANCHOR)),
    ]
)
_REGION: Final = pa.struct([("lab_before", _POINT), ("lab_after", _POINT)])
SCHEMA: Final = pa.schema(
    [
        ("index", pa.int64()),
        ("t_ms", pa.float64()),
        ("width_px", pa.int64()),
        ("height_px", pa.int64()),
        ("faces", pa.list_(_FACE)),
        ("hints", pa.list_(pa.string())),
        ("light_white", _POINT),
        ("light_skin", pa.float64()),
        ("dirty", pa.list_(pa.int64())),
        ("regions", pa.map_(pa.string(), _REGION)),
        ("pixels", pa.map_(pa.string(), pa.float64())),
        ("picture", pa.string()),
        ("dropped", pa.bool_()),
        ("failed", pa.bool_()),
    ]
)


class ParquetSink:
    """One take into one table."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._writer = pq.ParquetWriter(self._file, SCHEMA, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def put(self, record: Line) -> None:
        """Append a record. A second take is refused: a table is about one."""
        if isinstance(record, FrameRecord):
            self._rows.append(_row(record))
            if len(self._rows) == ROWS_A_GROUP:
                self._flush()
            return
        key = "tryon.take" if isinstance(record, TakeRecord) else "tryon.end"
        self._writer.add_key_value_metadata({key: to_line(record).decode("utf-8").strip()})

    def close(self) -> None:
        """Write what waits, and the table's foot."""
        try:
            self._flush()
            self._writer.close()
        finally:
            self._rows.clear()
            self._file.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, SCHEMA))
            self._rows.clear()


def _row(record: FrameRecord) -> dict[str, Any]:
    row = as_json(record)
    del row["kind"]
    for face in row["faces"]:
        face["anchors"] = list(face["anchors"].items())
    for name in ("regions", "pixels"):
        row[name] = list(row[name].items())
    return row
