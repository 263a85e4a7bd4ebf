#!/bin/sh
# Lint and every test, on all cores:  .ci/test.sh [pytest's arguments]
# Wants the environment that `.ci/setup.sh test` makes.
set -eu
cd "$(dirname "$0")/.."
python=.venv-test/bin/python

# mypy keeps one core busy for about as long as the first compilation of the kernels, and what comes next, another.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
make --no-print-directory lint >"$log" 2>&1 &
lint=$!
"$python" -c "
from tryon import native_stderr
native_stderr.silence()
from tryon.config import Settings
from tryon.pipeline import Engine
Engine(Settings()).warm_up(lambda step, share: None)" || { kill "$lint" 2>/dev/null; exit 1; }

# Several processes share the cores; more threads of each would only wait for one another, and burn a core by waiting.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 OPENCV_FOR_THREADS_NUM=1

# 5: none of these tests was among those asked for.
failed=0
tests() { "$python" -m pytest "$@" || [ $? = 5 ] || failed=1; }

# Which tests are in which share, and how they are spread, stands in tests/conftest.py.
tests --share alone "$@"
wait "$lint" || { cat "$log"; exit 1; }
cat "$log"
# More processes than four gain little, and each takes a gigabyte.
tests --share together -n logical --maxprocesses 4 --dist loadscope --no-loadscope-reorder "$@"
exit "$failed"
