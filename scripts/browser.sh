#!/usr/bin/env bash
# Installs the Chromium that the tests in tests/ui drive, where that is allowed.
set -euo pipefail

[ -x /usr/bin/chromium ] && exit 0
remedy="The tests in a browser are skipped: /usr/bin/chromium is missing"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "$remedy; install it (on Debian: sudo apt-get install chromium)." >&2
  exit 0
fi
echo "· installing Chromium for the tests in a browser"
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium </dev/null; }; then
  echo "$remedy, and apt-get could not install it." >&2
fi
