#!/usr/bin/env bash
# What the browser tests need and pip cannot bring: Chromium. Installed where we may, else said in one line.
set -euo pipefail

have_chromium() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

install_chromium() {
    local sudo=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || return 1
        sudo=(sudo -n)
    fi
    echo "Installing Chromium for the browser tests (once)"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium fonts-dejavu-core >/dev/null
}

have_chromium && exit 0
install_chromium </dev/null || true
have_chromium && exit 0
echo "Chromium is missing and cannot be installed from here: the browser tests will be skipped (in CI this fails)."
