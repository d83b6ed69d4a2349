#!/usr/bin/env bash
# Installs packages of the system where we may: as root, or by a sudo that asks for no password. Fails elsewhere, in silence.
# `apt-install.sh "what for" package ...`
set -euo pipefail

what=$1
shift
sudo=()
command -v apt-get >/dev/null || exit 1
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || exit 1
    sudo=(sudo -n)
fi
echo "Installing $what (once)"
# RUNLEVEL: no server of the system's own is started; whoever needs one starts theirs.
exec </dev/null
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@" >/dev/null
