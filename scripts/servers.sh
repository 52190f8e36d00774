#!/usr/bin/env bash
# Installs into .servers the MCP servers that the tests speak to; nobody here wrote them. Where that is done, does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

stop() { printf '%s\n' "$*" >&2; exit 1; }

# Of the newest protocol, and two whose libraries need an environment of their own.
new=(mcp-server-time==2026.10.19 mcp-server-git==2026.10.19)
old=('mcp<2' mcp-server-sqlite==2025.4.25)
node=(@modelcontextprotocol/server-everything@2026.8.31 @modelcontextprotocol/server-filesystem@2026.8.31)

wanted="$PWD ${new[*]} ${old[*]} ${node[*]}"
if [ -f .servers/done ] && [ "$(cat .servers/done)" = "$wanted" ]; then exit 0; fi

python=$PWD/.venv/bin/python
[ -x "$python" ] || python=$(command -v python3) || stop "Python is missing: run make setup."
echo "· installing the servers that the tests speak to"
rm -rf .servers
mkdir -p .servers/node

environment() {
  local name=$1
  shift
  "$python" -m venv ".servers/$name"
  ".servers/$name/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@" ||
    stop "The servers for the tests could not be installed: ${*}." "Where that is mended, run make test again."
}

environment new "${new[@]}"
environment old "${old[@]}"
(cd .servers/node && npm install --silent --no-audit --no-fund --no-save "${node[@]}") ||
  stop "The servers for the tests could not be installed: ${node[*]}." "Where that is mended, run make test again."
echo "$wanted" > .servers/done
