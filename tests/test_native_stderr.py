"""File descriptor 2 belongs to a whole process, so each case has one of its own."""

from __future__ import annotations

import subprocess
import sys


def stderr_of(code: str) -> tuple[int, str]:
    command = [
        sys.executable,
        "-c",
        f"import os, sys, logging\nfrom tryon.native_stderr import silence\n{code}",
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stderr


def test_native_lines_are_dropped_and_python_goes_on() -> None:
    code = "silence(); os.write(2, b'libjpeg: corrupt\\n'); print('sentence', file=sys.stderr)"
    assert stderr_of(code) == (0, "sentence\n")


def test_a_second_call_does_nothing() -> None:
    assert stderr_of("silence(); silence(); print('sentence', file=sys.stderr)") == (0, "sentence\n")


def test_the_log_moves_with_it() -> None:
    assert stderr_of("logging.basicConfig(format='%(message)s'); silence(); logging.error('told')") == (
        0,
        "told\n",
    )


def test_a_traceback_is_still_seen() -> None:
    status, told = stderr_of("silence(); raise RuntimeError('seen')")
    assert status == 1
    assert "RuntimeError: seen" in told


def test_a_crash_says_where_python_was() -> None:
    _, told = stderr_of("import signal; silence(); os.kill(os.getpid(), signal.SIGSEGV)")
    assert "Fatal Python error" in told
