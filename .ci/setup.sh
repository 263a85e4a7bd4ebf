#!/bin/sh
# Makes an environment from a lock file:  .ci/setup.sh run  ->  .venv       what the server needs, nothing else
#                                         .ci/setup.sh test ->  .venv-test  the same and what checks it
# or brings both lock files up to date:   .ci/setup.sh lock
# A second call finds the stamp and returns at once. Wants a POSIX shell, and either uv or any Python 3.8+ with pip.
set -eu
cd "$(dirname "$0")/.."

say() { printf 'tryon: %s\n' "$*"; }
stop() { printf 'tryon: %s\n' "$*" >&2; exit 1; }

case "${1:-}" in
    # Compiled now, as pip does by itself: the first start, and every start where the environment or the user forbids
    # writing, is two seconds quicker. Tests keep the bytecode of what they import as they go.
    run) env=.venv lock=requirements.lock compile=--compile-bytecode ;;
    test) env=.venv-test lock=requirements-test.lock compile='' ;;
    lock) env='' lock='' compile='' ;;
    *) stop "usage: .ci/setup.sh run|test|lock" ;;
esac

# Prints the real path of a Python between two versions, or fails. Names on PATH may be shims that do not run, so each
# is tried, and asked for the modules that thin system builds leave out.
python_between() {
    for name in python3.12 python3.11 python3.10 python3 python3.13 python3.14 python3.9 python3.8; do
        "$name" -c "
import sys, ctypes, ssl, zlib
if not $1 <= sys.version_info[:2] <= $2 or sys.maxsize < 2**32: raise SystemExit(1)
print(sys.executable)" 2>/dev/null && return 0
    done
    return 1
}

# Sets $uv: the one on PATH, the one fetched before, or one fetched now into build/uv. It installs the 400 MB several
# times faster than pip, makes environments where Debian's python3-venv is missing, and can fetch a Python.
find_uv() {
    for uv in uv "$HOME/.local/bin/uv" build/uv/bin/uv; do
        "$uv" --version >/dev/null 2>&1 && return 0
    done
    any=$(python_between "(3, 8)" "(3, 99)") ||
        stop "found neither uv nor a Python 3.8 or newer that runs; install one (Debian: apt-get install python3" \
            "python3-pip; others: see docs.astral.sh/uv) and try again."
    say "fetching the installer uv with $any"
    rm -rf build/uv
    if "$any" -m venv build/uv >/dev/null 2>&1; then
        installed=$(build/uv/bin/python -m pip install -q --disable-pip-version-check uv 2>&1) && uv=build/uv/bin/uv && return 0
    elif "$any" -m pip --version >/dev/null 2>&1; then
        rm -rf build/uv
        installed=$("$any" -m pip install -q --disable-pip-version-check --target build/uv uv 2>&1) && uv=build/uv/bin/uv && return 0
    else
        rm -rf build/uv
        stop "$any has neither venv nor pip; install one (Debian: apt-get install python3-venv) or uv, and try again."
    fi
    printf '%s\n' "$installed" | tail -n 3 >&2
    stop "could not fetch uv (pip's own words are above); check the network, or install uv yourself, and try again."
}

# Installs into $env with uv, or, where only pip's own configuration knows the way (a mirror, a certificate), with pip.
install() {
    VIRTUAL_ENV="$(pwd)/$env" "$uv" pip install -q $compile "$@" && return 0
    for with_pip in build/uv/bin/python "$python"; do
        "$with_pip" -m pip --version >/dev/null 2>&1 || continue
        say "uv could not; trying pip"
        "$with_pip" -m pip --python "$env/bin/python" install -q --disable-pip-version-check "$@" && return 0
    done
    return 1
}

if [ "$1" = lock ]; then
    find_uv
    # Newest versions, by name, version and hash alone: nothing of where they were fetched from is written down.
    compile() {
        "$uv" pip compile -q --universal --python-version 3.10 --generate-hashes --upgrade --no-emit-index-url \
            --no-header --no-annotate pyproject.toml --extra build "$@"
    }
    say "resolving requirements.lock"
    compile -o requirements.lock
    say "resolving requirements-test.lock"
    compile -o requirements-test.lock --extra test --extra cluster --extra postgres --extra s3 -c requirements.lock
    exit 0
fi

# The place counts as well: a checkout that was moved or copied has an environment that points elsewhere.
stamp="$(cat "$lock" pyproject.toml .ci/setup.sh | cksum) $(pwd)"
if [ "$(cat "$env/stamp" 2>/dev/null)" = "$stamp" ] && "$env/bin/python" -c '' 2>/dev/null; then
    exit 0
fi

case "$(uname -s) $(uname -m)" in
    "Linux x86_64" | "Darwin arm64") ;;
    *) stop "mediapipe 0.10.21 exists for Linux on x86_64 and macOS on arm64, not for $(uname -s) on $(uname -m);" \
        "run Tryon on such a machine or in a container for linux/amd64." ;;
esac
free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
[ "${free_mb:-9999}" -ge 1500 ] || stop "only $free_mb MB are free here and about 1500 are needed; free some space."

started=$(date +%s)
find_uv

done_with() {
    printf '%s\n' "$stamp" >"$env/stamp"
    say "$env is ready: $(du -sm "$env" | cut -f1) MB in $(($(date +%s) - started)) s"
    exit 0
}

# What an earlier lock made here only lacks what has changed since.
if [ "$(cut -d ' ' -f 3- "$env/stamp" 2>/dev/null)" = "$(pwd)" ] &&
    "$env/bin/python" -c "import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))" 2>/dev/null; then
    say "bringing $env up to date with $lock"
    rm -f "$env/stamp"
    python="$env/bin/python"
    VIRTUAL_ENV="$(pwd)/$env" "$uv" pip sync -q $compile --require-hashes "$lock" &&
        install --no-deps --no-build-isolation -e . && done_with
    say "that failed; making it anew"
fi
if python=$(python_between "(3, 10)" "(3, 12)"); then
    say "using $("$python" -V) at $python"
else
    python=3.12
    say "no Python 3.10, 3.11 or 3.12 here; uv fetches 3.12"
fi
rm -rf "$env"
"$uv" venv -q --no-project --python "$python" "$env" ||
    stop "could not make $env (uv's own words are above); Tryon needs a Python 3.10, 3.11 or 3.12: install one (Debian:" \
        "apt-get install python3; macOS: brew install python@3.12) and try again."
say "installing the packages of $lock into $env (about 350 MB to fetch the first time)"
install --no-deps --require-hashes -r "$lock" ||
    stop "the packages of $lock could not be installed (the installer's own words are above); check the network" \
        "and try again."
install --no-deps --no-build-isolation -e . ||
    stop "tryon itself could not be installed into $env (the installer's own words are above)."
done_with
