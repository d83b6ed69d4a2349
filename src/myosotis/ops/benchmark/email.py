"""E-mail with text, HTML, the calendar file and a DKIM signature (RSA-2048), over SMTP."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from myosotis import clock
from myosotis.domain.words import Channel, Kind
from myosotis.ops.benchmark import due, race, sms
from myosotis.ops.benchmark.figures import Figure, at_least
from myosotis.ops.benchmark.ground import IN_FLIGHT, Ground
from myosotis.ops.benchmark.race import Recorded

BITS: Final = 2048
CONNECTIONS: Final = 16


def measure(ground: Ground) -> Iterator[Figure]:
    messages = ground.options.few // 2
    due.make(
        messages, clock.wall(), channel=Channel.EMAIL, kind=Kind.DETAILS
    )  # of all kinds it carries a calendar file
    sms.close()
    url = ground.copy("ours")
    with (
        ground.server("mail_server") as server,
        closing(Recorded(url, sms.SENT)) as done,
        ground.dispatchers(1, _account(server.port), url) as programs,
    ):
        whose = {"dispatcher": [program.pid for program in programs], **sms.others(done, server)}
        found = race.run(server.tally, messages, done, programs=programs, whose=whose)
        sms.check(done, messages, server)
    yield found.figure("one dispatcher, e-mail", at_least(1500), ours=True)


def _account(port: int) -> Mapping[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    return {
        "MYOSOTIS_EMAIL__PROVIDER": "smtp",
        "MYOSOTIS_EMAIL__HOST": "127.0.0.1",
        "MYOSOTIS_EMAIL__PORT": str(port),
        "MYOSOTIS_EMAIL__SECURITY": "none",
        "MYOSOTIS_EMAIL__FROM_ADDRESS": "poradnia@example.org",
        "MYOSOTIS_EMAIL__DKIM_DOMAIN": "example.org",
        "MYOSOTIS_EMAIL__DKIM_KEY": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "MYOSOTIS_EMAIL__CONNECTIONS": str(CONNECTIONS),
        "MYOSOTIS_EMAIL__PER_CONNECTION": "100000",
        "MYOSOTIS_EMAIL__PER_SECOND": sms.MOST_A_SECOND,
        "MYOSOTIS_EMAIL__IN_FLIGHT": str(IN_FLIGHT),
    }
