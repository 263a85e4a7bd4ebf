#!/bin/sh
# Lint and every test, on all cores:  .ci/test.sh [pytest's arguments]
# Wants the environment that `.ci/setup.sh test` makes.
set -eu
cd "$(dirname "$0")/.."
python=.venv-test/bin/python

# The first compilation of the kernels keeps one core busy for as long as mypy does another.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
make --no-print-directory lint >"$log" 2>&1 &
lint=$!
"$python" -c "
from tryon.config import Settings
from tryon.pipeline import Engine
Engine(Settings()).warm_up(lambda step, share: None)" || { kill "$lint" 2>/dev/null; exit 1; }
wait "$lint" || { cat "$log"; exit 1; }
cat "$log"

# How tests are shared out stands in tests/conftest.py. More processes than four gain little and take a gigabyte each.
"$python" -m pytest -n logical --maxprocesses 4 --dist loadgroup --no-loadscope-reorder "$@"
