#!/usr/bin/env bash
# What the browser tests need and pip cannot bring: Chromium, and the library that Playwright's driver is linked with.
# Installed where we may, else said in one line.
set -euo pipefail

have_chromium() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

have_driver_library() {
    ! command -v ldconfig >/dev/null && [ ! -x /sbin/ldconfig ] && return 0 # no Linux with glibc: nothing to look up
    PATH="$PATH:/sbin" ldconfig -p | grep -q 'libatomic\.so\.1'
}

have_all() {
    have_chromium && have_driver_library
}

install_missing() {
    local sudo=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || return 1
        sudo=(sudo -n)
    fi
    echo "Installing Chromium for the browser tests (once)"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium fonts-dejavu-core libatomic1 >/dev/null
}

have_all && exit 0
install_missing </dev/null || true
have_all && exit 0
echo "Chromium or libatomic is missing and cannot be installed from here: the browser tests will be skipped (in CI this fails)."
