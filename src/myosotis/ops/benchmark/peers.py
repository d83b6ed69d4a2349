"""The same work by others: claim, one POST to the same gateway, an outcome that PostgreSQL keeps."""

from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from typing import Final

from myosotis.ops.benchmark import broker, race, sms
from myosotis.ops.benchmark.figures import Figure, at_least
from myosotis.ops.benchmark.ground import ROOT, Ground
from myosotis.ops.benchmark.race import Race, Recorded
from myosotis.value_class import value_class

PYTHON: Final = str(ROOT / "var" / "bench" / "venv" / "bin" / "python")
NODE: Final = str(ROOT / "var" / "bench" / "venv" / "bin" / "node")
OUTCOME: Final = """CREATE TABLE outcome (
    id bigint PRIMARY KEY, provider_id text NOT NULL, recorded_at timestamptz DEFAULT clock_timestamp()
)"""
FOUR_TIMES, AHEAD = at_least(4), at_least(1)


@value_class
class Peer:
    """One of the others, as its own guides would set it up for this."""

    name: str
    fill: Sequence[str]
    work: Sequence[str]
    broker: bool = False
    share: float = 1.0
    """Of the messages: who is slow need not send all of them."""


CELERY_WORKER: Final = (
    PYTHON, "-m", "celery", "-A", "bench.celery_peer", "--quiet", "worker", "--pool", "threads", "--concurrency", "32",
    "--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat",
)  # fmt: skip
PYTHON_PEERS: Final = (
    Peer(
        name="Celery on RabbitMQ, 32 threads",
        fill=[PYTHON, "-c", "from bench.celery_peer import main; main()", "fill"],
        work=CELERY_WORKER,
        broker=True,
        share=0.25,
    ),
    Peer(
        name="Procrastinate, 64 coroutines",
        fill=[PYTHON, "-c", "from bench.procrastinate_peer import main; main()", "fill"],
        work=[PYTHON, "-c", "from bench.procrastinate_peer import main; main()", "work"],
        share=0.1,
    ),
)
NODE_PEERS: Final = (
    Peer(
        name="pg-boss, batches of 500 recorded at once",
        fill=[NODE, "bench/pg_boss_peer.mjs", "fill"],
        work=[NODE, "bench/pg_boss_peer.mjs", "work"],
    ),
    Peer(
        name="graphile-worker, 64 at once, recording each",
        fill=[NODE, "bench/graphile_worker_peer.mjs", "fill"],
        work=[NODE, "bench/graphile_worker_peer.mjs", "work"],
        share=0.5,
    ),
)


def measure(ground: Ground) -> Iterator[Figure]:
    messages = ground.options.peer_messages
    sms.fill(messages)
    floor = sms.bare(ground, messages, "aiohttp")
    yield floor.figure("bare loop, aiohttp")
    mine = sms.ours(ground, messages)
    yield mine.figure("Myosotis, one dispatcher, everything on", ours=True)
    for peers, target, whose in ((PYTHON_PEERS, FOUR_TIMES, "Python"), (NODE_PEERS, AHEAD, "Node")):
        found = []
        for peer in peers:
            if peer.broker and not broker.installed():
                print(f"  {peer.name}: left out, RabbitMQ is not installed (apt-get install rabbitmq-server, as root)")
                continue
            found.append(_race(ground, peer))
            yield found[-1].figure(peer.name)
        best = max(found, key=lambda race: race.rate)
        yield sms.ratio(f"Myosotis, times the best {whose} peer", mine, best, target)


def _race(ground: Ground, peer: Peer) -> Race:
    messages = max(round(ground.options.peer_messages * peer.share), 1000)
    url = ground.empty("peer")
    with (
        broker.started(ground.folder) if peer.broker else nullcontext() as amqp,
        ground.server("gateway") as gateway,
        closing(Recorded(url, f"SELECT count(*) = {messages} FROM outcome")) as done,  # noqa: S608 - a number
    ):
        done.tell(OUTCOME)
        environment = sms.surroundings(url, gateway) | {"BENCH_BROKER": amqp.url if amqp else ""}
        sms.run_to_end([*peer.fill, str(messages)], environment)
        done.tell("ANALYZE")
        with ground.running([list(peer.work)], environment) as programs:
            whose = {"worker": [program.pid for program in programs], **sms.others(done, gateway)}
            return race.run(
                gateway.tally, messages, done, programs=programs,
                whose=whose | ({"RabbitMQ": [amqp.pid]} if amqp else {}),
            )  # fmt: skip
