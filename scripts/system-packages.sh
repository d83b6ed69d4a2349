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

have_all && exit 0
"$(dirname "$0")/apt-install.sh" "Chromium for the browser tests" chromium fonts-dejavu-core libatomic1 || true
have_all && exit 0
echo "Chromium or libatomic is missing and cannot be installed from here: the browser tests will be skipped (in CI this fails)."
