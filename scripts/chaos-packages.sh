#!/usr/bin/env bash
# What `make chaos` needs of the system: PostgreSQL, Patroni and etcd, PgBouncer, libfaketime.
# Installed where we may, else said in one line; the scenarios that lack something say so and are skipped.
set -euo pipefail

missing() {
    local lacking=()
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || lacking+=(postgresql)
    command -v patroni >/dev/null || lacking+=(patroni)
    command -v etcd >/dev/null || lacking+=(etcd-server)
    command -v pgbouncer >/dev/null || lacking+=(pgbouncer)
    compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || lacking+=(faketime)
    echo "${lacking[*]:-}"
}

install_missing() {
    local sudo=()
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || return 1
        sudo=(sudo -n)
    fi
    echo "Installing $1 for chaos (once)"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # No server of the system's own: the runs start theirs.
    # shellcheck disable=SC2086 # a list of names
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $1 >/dev/null
}

lack=$(missing)
[ -z "$lack" ] && exit 0
install_missing "$lack" </dev/null || true
lack=$(missing)
[ -z "$lack" ] || echo "Missing and not installable from here (needs root and apt): $lack. What needs it is skipped."
