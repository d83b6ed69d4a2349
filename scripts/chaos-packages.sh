#!/usr/bin/env bash
# What `make chaos` needs of the system: PostgreSQL, Patroni and etcd, PgBouncer, libfaketime.
# Installed where we may, else said in one line; the scenarios that lack something say so and are skipped.
set -euo pipefail
cd "$(dirname "$0")"

find_missing() {
    lacking=()
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || lacking+=(postgresql)
    command -v patroni >/dev/null || lacking+=(patroni)
    command -v etcd >/dev/null || lacking+=(etcd-server)
    command -v pgbouncer >/dev/null || lacking+=(pgbouncer)
    compgen -G '/usr/lib/*/faketime/libfaketime.so.1' >/dev/null || lacking+=(faketime)
}

find_missing
[ ${#lacking[@]} = 0 ] && exit 0
./apt-install.sh "${lacking[*]} for chaos" "${lacking[@]}" || true
find_missing
[ ${#lacking[@]} = 0 ] || echo "Missing and not installable from here (needs root and apt): ${lacking[*]}. What needs it is skipped."
