#!/usr/bin/env bash
# Installs AgentDojo into .dojo, an environment of its own; where that is done, does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

wanted=agentdojo==0.1.35
if [ -f .dojo/packages.done ] && [ "$(cat .dojo/packages.done)" = "$wanted" ]; then exit 0; fi
[ -x .venv/bin/python ] || { echo "run make setup first" >&2; exit 1; }
printf '\n· installing AgentDojo into .dojo (some 300 MB, a minute or two, once)\n'
.venv/bin/python -m venv --clear .dojo
.dojo/bin/python -m pip install --disable-pip-version-check --no-input --quiet "$wanted" || {
  echo "AgentDojo could not be installed; the lines above say why. Then run make dojo again." >&2
  exit 1
}
echo "$wanted" > .dojo/packages.done
