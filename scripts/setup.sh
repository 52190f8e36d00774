#!/usr/bin/env bash
# Brings .venv to what pyproject.toml and labextension/ ask for; where that is done, does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n· %s\n' "$*"; }
stop() { printf '%s\n' "$*" >&2; exit 1; }
is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
    if command -v "$name" >/dev/null && is_new_enough "$name"; then
      echo "$name"
      return
    fi
  done
}

# Names the content of files and folders, so that touching a file without a change costs nothing.
digest() {
  .venv/bin/python - "$PWD" "$@" <<'PYTHON'
import hashlib, pathlib, sys
total = hashlib.sha256(sys.argv[1].encode())
for name in sys.argv[2:]:
    path = pathlib.Path(name)
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            total.update(str(file).encode() + b"\0" + file.read_bytes())
print(total.hexdigest())
PYTHON
}

is_done() { [ -f ".venv/$1.done" ] && [ "$(cat ".venv/$1.done")" = "$2" ]; }

make_environment() {
  if [ -x .venv/bin/python ] && is_new_enough .venv/bin/python; then return; fi
  local python
  python=$(find_python)
  [ -n "$python" ] || stop "Python 3.11 or newer is needed and was not found: install it from" \
    "https://www.python.org/downloads, or say where it is with PYTHON=/path/to/python."
  "$python" -c 'import ensurepip, venv' 2>/dev/null || stop "The Python module venv is missing:" \
    "install it (on Debian and Ubuntu: apt-get install python3-venv), then run make again."
  say "making .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
}

require_node() {
  local wanted="Node 20.19 or newer builds the JupyterLab extension"
  command -v node >/dev/null || stop "$wanted and was not found: install it from" \
    "https://nodejs.org, then run make again."
  node -e 'const [a, b] = process.versions.node.split(".").map(Number);
    process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    stop "$wanted, and $(node --version) was found: install a newer one from" \
      "https://nodejs.org, then run make again."
}

install_packages() {
  local wanted
  wanted=$(digest pyproject.toml labextension/package.json)
  if is_done packages "$wanted"; then return; fi
  say "installing the packages (some minutes the first time)"
  mkdir -p mn_notebook/labextension mn_notebook/static
  # The front end is built below, where its progress can be seen.
  SKIP_JUPYTER_BUILDER=1 .venv/bin/python -m pip install --disable-pip-version-check --no-input \
    -e '.[local,frames,sql,test,check]' | grep --line-buffered -vE '^Requirement already|^  ' ||
    stop "The packages could not be installed; the lines above say why." \
      "Where that is mended, run make again: what has arrived is kept."
  echo "$wanted" > .venv/packages.done
}

build_front_end() {
  local wanted
  wanted=$(cd labextension && ls -d src style tests package.json yarn.lock tsconfig.json |
    sed 's|^|labextension/|')
  # shellcheck disable=SC2086  # a list of names without spaces
  wanted=$(digest $wanted)
  if [ -f mn_notebook/static/widget.js ] && [ -f mn_notebook/labextension/static/style.js ] &&
    is_done front-end "$wanted"; then return; fi
  require_node
  say "building the JupyterLab extension"
  PATH="$PWD/.venv/bin:$PATH"
  (cd labextension && jlpm install --immutable && jlpm build:prod) ||
    stop "The JupyterLab extension could not be built; the lines above say why."
  echo "$wanted" > .venv/front-end.done
}

# An editable installation leaves the built extension where JupyterLab does not look.
link_front_end() {
  local folder=.venv/share/jupyter/labextensions
  if [ -L "$folder/mn-notebook" ]; then return; fi
  mkdir -p "$folder"
  rm -rf "$folder/mn-notebook"
  ln -s ../../../../mn_notebook/labextension "$folder/mn-notebook"
}

make_environment
[ -f .venv/front-end.done ] || require_node
install_packages
build_front_end
link_front_end
