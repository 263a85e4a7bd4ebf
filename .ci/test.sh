#!/bin/sh
# Lint and every test, on all cores:  .ci/test.sh [pytest's arguments]
# Wants the environment that `.ci/setup.sh test` makes.
set -eu
cd "$(dirname "$0")/.."
python=.venv-test/bin/python

# Tests start some hundred processes, each of which would compile our modules again.
unset PYTHONDONTWRITEBYTECODE

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

wait "$lint" || { cat "$log"; exit 1; }
cat "$log"

# 5: none of these tests was among those asked for.
failed=0
tests() { "$@" || [ $? = 5 ]; }

# Which tests are in which share, and how they are spread, stands in tests/conftest.py. Those that look at clocks run one
# by one, and the others, several at a time, have what these leave of the cores.
tests "$python" -m pytest --share alone "$@" >"$log" 2>&1 &
alone=$!
tests nice -n 10 "$python" -m pytest --share together -n auto --dist loadscope --no-loadscope-reorder "$@" || failed=1
wait "$alone" || failed=1
cat "$log"
# The other tests' outcome stands above this one's.
[ "$failed" = 0 ] || echo "tryon: there are failed tests, named above" >&2
exit "$failed"
