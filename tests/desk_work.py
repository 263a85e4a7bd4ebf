"""Stands in for the replaying process of QA where a test is about who watches it: does what ``script.json`` says.

``wait_s``: how long it works; ``progress``; ``outcome``; ``ignore``: it tells nothing; ``grow_mb``: memory it takes;
``write_mb``: what it writes to the disk.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path


def end_with_parent() -> None:
    import os

    sys.stdin.buffer.read()
    os._exit(1)


def main() -> None:
    told = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=end_with_parent, daemon=True).start()
    home = Path(told["settings"]["qa_dir"])
    script = json.loads((home / "script.json").read_text("utf-8"))
    (folder,) = home.glob(f"clips/*/runs/{told['run']}")
    with (home / "worked").open("a", encoding="utf-8") as log:
        log.write(f"{told['run']}\n")
    if "progress" in script:
        (folder / "progress.json").write_text(json.dumps(script["progress"]), "utf-8")
    held = bytearray(b"x" * (script.get("grow_mb", 0) << 20))
    if script.get("write_mb"):
        (folder / "out").mkdir(exist_ok=True)
        (folder / "out" / "big").write_bytes(bytes(script["write_mb"] << 20))
    time.sleep(script.get("wait_s", 0))
    if "outcome" in script:
        (folder / "outcome.json").write_text(json.dumps(script["outcome"]), "utf-8")
        (folder / "report.html").write_text(script.get("report", ""), "utf-8")
        (folder / "junit.xml").write_text("<testsuites/>", "utf-8")
        if "run" in script:
            (folder / "out").mkdir(exist_ok=True)
            (folder / "out" / "run.json").write_text(json.dumps(script["run"]), "utf-8")
            (folder / "out" / "take.jsonl").write_text("{}\n", "utf-8")
    del held


if __name__ == "__main__":
    main()
