"""Push to the patients' apps: encrypted for the browser (RFC 8291), signed (RFC 8292), one installation each."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing
from secrets import token_bytes
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from myosotis import clock
from myosotis.channels.providers.webpush.vapid import new_key
from myosotis.domain.words import Channel
from myosotis.ops.benchmark import due, race, sms
from myosotis.ops.benchmark.figures import Figure, at_least
from myosotis.ops.benchmark.ground import IN_FLIGHT, Ground
from myosotis.ops.benchmark.race import Recorded

BROWSERS: Final = 500
"""With keys of their own; every other patient has those of one of them."""


def measure(ground: Ground) -> Iterator[Figure]:
    messages = ground.options.few
    with ground.server("push_service") as service:
        practice = due.make(messages, clock.wall(), channel=Channel.PUSH)
        keys = [_browser() for _ in range(BROWSERS)]
        due.subscribe(practice, f"http://127.0.0.1:{service.port}", keys, clock.wall())
        sms.close()
        url = ground.copy("ours")
        with (
            closing(Recorded(url, sms.SENT)) as done,
            ground.dispatchers(1, _account(), url) as programs,
        ):
            whose = {"dispatcher": [program.pid for program in programs], **sms.others(done, service)}
            found = race.run(service.tally, messages, done, programs=programs, whose=whose)
            sms.check(done, messages, service)
    yield found.figure("one dispatcher, push", at_least(2500), ours=True)


def _browser() -> tuple[str, str]:
    """What a browser tells of its subscription: public key and secret."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    return _text(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)), _text(token_bytes(16))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _account() -> Mapping[str, str]:
    return {
        "MYOSOTIS_PUSH__PROVIDER": "webpush",
        "MYOSOTIS_PUSH__VAPID_PRIVATE_KEY": new_key(),
        "MYOSOTIS_PUSH__SUBJECT": "mailto:poradnia@example.org",
        "MYOSOTIS_PUSH__ALLOW_LOOPBACK": "yes",
        "MYOSOTIS_PUSH__PER_SECOND": sms.MOST_A_SECOND,
        "MYOSOTIS_PUSH__IN_FLIGHT": str(IN_FLIGHT),
    }
