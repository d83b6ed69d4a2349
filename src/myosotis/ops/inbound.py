"""Mail that comes back: bounces become receipts of the messages they speak of, replies reach the inbox."""

import asyncio
import signal

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import Envelope, Session

from myosotis.ops.ports import split

LARGEST = 10 * 1024 * 1024


def listen(bind: str) -> int:
    """Take mail by LMTP until told to stop."""
    asyncio.run(_listen(*split(bind)))
    return 0


async def _listen(host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(lambda: LMTP(Intake(), data_size_limit=LARGEST), host, port)
    async with server:
        await stop.wait()


class Intake:
    """Takes whatever is handed over; `aiosmtpd` calls the `handle_` method by name."""

    async def handle_DATA(self, _server: LMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        return "250 2.0.0 OK"


def take_one(recipient: str) -> int:
    return 0
