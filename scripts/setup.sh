#!/bin/sh
# Makes the environment in .venv, inside the checkout and nowhere else; does nothing where it is up to date.
# Called by make. PYTHON=/path/to/python3.12 chooses the interpreter.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd -P)

# --- up to date? ------------------------------------------------------------------------------------------------------
wanted=$({ printf '%s\n' "$root" "${PYTHON-}"; cat pyproject.toml requirements.lock scripts/requirements-uv.lock scripts/setup.sh; } | cksum)
if [ -f .venv/.stamp ] && [ "$(cat .venv/.stamp)" = "$wanted" ] && .venv/bin/python -c '' 2>/dev/null; then
  exit 0
fi

# --- a Python that can make environments ------------------------------------------------------------------------------
# Candidates are run, not just looked up: a shim may exist and fail, and Debian ships Python without venv.
supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
version='import sys; print("%d.%d" % sys.version_info[:2])'
python='' seen='' novenv=''
if [ -n "${PYTHON-}" ]; then set -- "$PYTHON"; else set -- python3 python3.13 python3.12 python3.11; fi
for candidate; do
  found=$("$candidate" -c "$version" 2>/dev/null) || continue
  seen="$seen $candidate ($found)"
  "$candidate" -c "$supported" 2>/dev/null || continue
  if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
    python=$("$candidate" -c 'import sys; print(sys.executable)')
    break
  fi
  novenv=${novenv:-$found}
done
if [ -z "$python" ]; then
  exec >&2
  if [ -n "$novenv" ]; then
    echo "Python $novenv is here, but its venv module is missing. Install it, then run make again:"
    echo "  Debian, Ubuntu:  sudo apt-get install python$novenv-venv"
    echo "  macOS:           brew install python@$novenv"
  else
    if [ -n "$seen" ]; then echo "evalkit needs Python 3.11, 3.12 or 3.13; found only:$seen."
    elif [ -n "${PYTHON-}" ]; then echo "evalkit needs Python 3.11, 3.12 or 3.13; PYTHON=$PYTHON does not run."
    else echo "evalkit needs Python 3.11, 3.12 or 3.13; no python3 was found."; fi
    echo "Install one, then run make again:"
    echo "  Debian 12:            sudo apt-get install python3 python3-venv"
    echo "  Debian 13, Ubuntu 24: sudo apt-get install python3 python3-venv"
    echo "  Ubuntu 22:            sudo apt-get install python3.11 python3.11-venv"
    echo "  macOS:                brew install python@3.13"
    echo "Where it is installed under another name:  make PYTHON=/path/to/python3.12 ..."
  fi
  exit 1
fi

if [ "$(uname -sm)" = "Darwin x86_64" ]; then
  echo "numba is no longer published for Macs with Intel processors. With conda there may still be one:" >&2
  echo "  conda env create -f environment.yml && conda activate evalkit && pip install --no-deps --editable ." >&2
  exit 1
fi

# --- uv, pinned by hash -----------------------------------------------------------------------------------------------
export UV_CACHE_DIR="$root/.cache/uv" UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1
export PIP_CACHE_DIR="$root/.cache/pip" PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_USER=0
started=$(date +%s)
pinned=$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' scripts/requirements-uv.lock)
case "$(.venv-uv/bin/python -m uv --version 2>/dev/null)" in
"uv $pinned" | "uv $pinned "*) ;;
*)
  echo "Setting up in $root with $("$python" --version) (once; about a minute)"
  rm -rf .venv-uv
  "$python" -m venv .venv-uv
  .venv-uv/bin/python -m pip install --quiet --require-hashes -r scripts/requirements-uv.lock
  ;;
esac
# uv does not read pip's configuration: where a machine sets an index of its own for pip, uv is given the same
if [ -z "${UV_DEFAULT_INDEX-}${UV_INDEX_URL-}${UV_CONFIG_FILE-}" ]; then
  index=${PIP_INDEX_URL:-$(.venv-uv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
  if [ -n "$index" ]; then export UV_DEFAULT_INDEX="$index"; fi
fi

# --- the environment: everything by hash, then evalkit itself, editable -----------------------------------------------
rm -f .venv/.stamp
uv=.venv-uv/bin/uv
# an environment knows its folder by heart: a checkout that was moved gets a new one
if [ "$(.venv/bin/python -c "$version" 2>/dev/null)" != "$("$python" -c "$version")" ] || [ "$(cat .venv/.root 2>/dev/null)" != "$root" ]; then
  "$uv" venv --quiet --clear --python "$python" .venv
  printf '%s\n' "$root" > .venv/.root
fi
"$uv" pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
printf '%s\n' "$wanted" > .venv/.stamp
echo "Environment ready in .venv after $(($(date +%s) - started)) s"
