"""The same on SQLite, as a small practice has it: sending, and the desk's work."""

from collections.abc import Iterator

from django.db import connection

from myosotis import clock
from myosotis.ops.benchmark import desk, due, race, sms
from myosotis.ops.benchmark.figures import Figure
from myosotis.ops.benchmark.ground import Ground
from myosotis.store.models import Message


def measure(ground: Ground) -> Iterator[Figure]:
    messages = ground.options.few // 4
    due.make(messages, clock.wall())
    connection.close()
    with ground.server("gateway") as gateway, ground.dispatchers(1, sms.account(gateway.port)) as programs:
        whose = {"dispatcher": [program.pid for program in programs], "server": [gateway.pid]}
        found = race.run(gateway.tally, messages, _all_sent, programs=programs, whose=whose)
    yield found.figure("one dispatcher", ours=True)
    yield from desk.measure(ground)


def _all_sent() -> bool:
    return not Message.objects.filter(status="planned").exists()
