"""Delivery reports, taken in by the web process while the dispatcher sends: the gateway reports at once and without rest."""

from collections.abc import Iterator
from contextlib import closing
from typing import Final

from myosotis.ops.benchmark import race, sms, web_process
from myosotis.ops.benchmark.figures import PER_SECOND, Figure
from myosotis.ops.benchmark.ground import Ground
from myosotis.ops.benchmark.race import Recorded
from myosotis.ops.ports import free_port

SECRET: Final = "benchmark-receipts"  # noqa: S105 - of an address on loopback
DELIVERED: Final = "SELECT count(*) FROM store_message WHERE status = 'delivered'"


def measure(ground: Ground) -> Iterator[Figure]:
    messages = ground.options.few
    sms.fill(messages)
    url, port = ground.copy("ours"), free_port()
    address = f"http://127.0.0.1:{port}/receipts/smsapi/{SECRET}"
    with (
        ground.server("gateway", "--report-to", address) as gateway,
        closing(Recorded(url, sms.SENT)) as done,
    ):
        account = sms.account(gateway.port, MYOSOTIS_SMS__NOTIFY_URL=address, MYOSOTIS_RECEIPT_SECRET=SECRET)
        with (
            web_process.serving(ground, port, account, url) as web,
            ground.dispatchers(1, account, url) as programs,
        ):
            whose = {"dispatcher": [program.pid for program in programs], "web": [web], **sms.others(done, gateway)}
            found = race.run(gateway.tally, messages, done, programs=programs, whose=whose)
            taken_in = done.count(DELIVERED)
    yield found.figure("one dispatcher, while reports come in", ours=True)
    yield Figure(
        name="delivery reports taken in meanwhile",
        value=taken_in / found.seconds,
        unit=PER_SECOND,
        beside=f"{taken_in:,} while {messages:,} were sent; one web process",
        ours=True,
    )
