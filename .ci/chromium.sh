#!/bin/sh
# Makes sure that a Chromium runs for the browser tests: one on PATH, else (root on Debian) the distribution's own.
set -eu
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    "$name" --version >/dev/null 2>&1 && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "tryon: installing Debian's chromium for the browser tests"
    log=$(mktemp)
    if { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; } \
        >"$log" 2>&1 && chromium --version >/dev/null 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
fi
echo "tryon: the browser tests need a Chromium and none runs here; install chromium or google-chrome and try again." >&2
exit 1
