"""The providers of a simulation: they take messages in this process, keep what they took, and fail by the weather.

Their abilities are those of the real ones whose place they take. The protocols of these are proven elsewhere, against
peers on loopback; here a message costs no connection, and what a provider does takes no time but virtual time.
"""

import asyncio
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from sys import intern
from typing import Final

from myosotis.channels import registry
from myosotis.channels.base import (
    Check,
    Finding,
    Outgoing,
    Provider,
    PushContent,
    Settings,
    SmsContent,
)
from myosotis.channels.config import IN_FLIGHT_FIELD, RATE_FIELD, ProviderType, Wall
from myosotis.channels.providers.smsapi.config import SMSAPI
from myosotis.channels.providers.smtp.config import SMTP
from myosotis.channels.providers.webpush.config import WEBPUSH
from myosotis.content.gsm import encoding_of, length_of, parts_of
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Unclear
from myosotis.domain.words import Channel, Reason
from myosotis.flows.receipt_arrived import Report
from myosotis.sandbox.peers.faults import Fault
from myosotis.sandbox.simulator.evidence import Received
from myosotis.sandbox.simulator.weather import Weather
from myosotis.value_class import value_class

REAL: Final = {Channel.SMS: SMSAPI, Channel.EMAIL: SMTP, Channel.PUSH: WEBPUSH}
FASTEST: Final = {RATE_FIELD.name: "20000", IN_FLIGHT_FIELD.name: "1000", "connections": "1000"}
MOST_TURNS: Final = 7
"""A slow provider answers after up to so many turns of the loop, so that answers overtake each other."""
LATE: Final = timedelta(hours=6)
TWICE: Final = timedelta(minutes=3)
CLOCK: Final = re.compile(r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])")


@value_class
class Reported:
    """What a provider will say of a message later."""

    at: datetime
    key: str
    report: Report
    parts: int | None = None


class Post:
    """All three providers: what they took, and what they will say of it."""

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self.received: list[Received] = []
        self._reports: list[Reported] = []
        self._fresh = 0
        self._taken: set[str] = set()
        self._bounced: set[str] = set()
        """Keys."""

    def fresh(self) -> list[Received]:
        """What came to patients since this was asked last: a message that bounces comes to nobody."""
        new, self._fresh = self.received[self._fresh :], len(self.received)
        return [one for one in new if one.key not in self._bounced]

    def reports(self) -> list[Reported]:
        """What will be reported, each once."""
        said, self._reports = self._reports, []
        return said

    def answer(self, channel: Channel, outgoing: Outgoing) -> Outcome:
        """What the provider of a channel says to a message, at the message's own `now`."""
        faults = self.weather.at(channel, outgoing.now)
        if Fault.ERROR in faults:
            return Deferred(detail="away")
        if Fault.REFUSES in faults:
            return Refused(reason=Reason.ADDRESS_REFUSED, address_dead=True)
        parts = self._take(channel, outgoing, faults)
        if Fault.SILENT in faults:
            return Unclear(detail="no answer")
        return Accepted(provider_id=outgoing.key, parts=parts)

    def _take(self, channel: Channel, outgoing: Outgoing, faults: frozenset[Fault]) -> int | None:
        """What has a known key is refused as a repeat, and so taken once; mail servers know of no repeats."""
        content = outgoing.content
        address = outgoing.address if outgoing.subscription is None else outgoing.subscription.endpoint
        known = f"{outgoing.key} {address}"
        parts = _parts(content.text) if isinstance(content, SmsContent) else None
        if known in self._taken and channel is not Channel.EMAIL:
            return parts
        self._taken.add(known)
        self.received.append(
            Received(
                channel=channel,
                message_id=outgoing.message_id,
                key=outgoing.key,
                address=address,
                at=outgoing.now,
                times=() if isinstance(content, PushContent) else times_in(content.text),
            )
        )
        self._reports += _reports(channel, outgoing, faults, parts)
        if Fault.BOUNCES in faults and channel is not Channel.PUSH:
            self._bounced.add(outgoing.key)
        return parts


def _parts(text: str) -> int:
    encoding = encoding_of(text)
    return parts_of(text, encoding, length_of(text, encoding))


def times_in(text: str) -> tuple[str, ...]:
    """The times of day that stand in a text."""
    found = {intern(f"{int(hour)}:{minute}") for hour, minute in CLOCK.findall(text)}
    return tuple(sorted(found))


def _reports(channel: Channel, outgoing: Outgoing, faults: frozenset[Fault], parts: int | None) -> list[Reported]:
    """An SMS is reported delivered or not, an e-mail only if it bounces; late, twice and out of order by the faults."""
    failed = Fault.BOUNCES in faults
    if channel is Channel.PUSH or (channel is Channel.EMAIL and not failed) or Fault.NO_REPORTS in faults:
        return []
    spread = hashlib.sha256(outgoing.key.encode()).digest()[0]
    wait = timedelta(seconds=3 + spread % 12)
    if Fault.REPORTS_REVERSED in faults:
        wait = timedelta(seconds=200 - wait.total_seconds() * 10)
    if Fault.REPORTS_LATE in faults:
        wait += LATE
    report = (Report.ADDRESS_DEAD if channel is Channel.EMAIL else Report.FAILED) if failed else Report.DELIVERED
    one = Reported(at=outgoing.now + wait, key=outgoing.key, report=report, parts=parts)
    return [one, replace(one, at=one.at + TWICE)] if Fault.REPORTS_TWICE in faults else [one]


class Gateway:
    """One provider as the dispatcher opens it."""

    def __init__(self, kind: ProviderType, post: Post) -> None:
        self.name, self.channel, self.abilities = kind.name, kind.channel, kind.abilities
        self._post = post

    async def send(self, outgoing: Outgoing) -> Outcome:
        if Fault.SLOW in self._post.weather.at(self.channel, outgoing.now):
            for _ in range(int(outgoing.key[:4], 16) % MOST_TURNS):
                await asyncio.sleep(0)
        return self._post.answer(self.channel, outgoing)

    async def check(self) -> Check:
        return Check(ok=True, detail="", finding=Finding.WORKS)

    async def close(self) -> None:
        """Nothing was opened."""


@contextmanager
def opened(post: Post) -> Iterator[None]:
    """Within, every account of the installation opens onto `post`."""
    with registry.instead([_kind(real, post) for real in REAL.values()]):
        yield


def _kind(real: ProviderType, post: Post) -> ProviderType:
    """In the place of a real one, and as fast as we are."""
    fields = tuple(replace(field, default=FASTEST.get(field.name, field.default)) for field in real.fields)

    def open_(_settings: Settings, _wall: Wall) -> Provider:
        return Gateway(real, post)

    return replace(real, fields=fields, open=open_)
