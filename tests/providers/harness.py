"""What the conformance suite needs to know of each provider: its peer, its settings, and how to say a message."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from myosotis.channels.base import Content, EmailContent, Outgoing, Provider, PushContent, SmsContent, Subscription
from myosotis.channels.providers.webpush.vapid import application_server_key, new_key, read_key
from myosotis.channels.registry import open_provider
from myosotis.domain.outcomes import Deferred, Unclear
from myosotis.domain.values import utc
from tests.providers.certificates import certificate
from tests.providers.mail_peer import SmtpPeer
from tests.providers.peers import Behaviour, Peer, PushPeer, SmsapiPeer

NOW = utc(2027, 3, 29, 8)
TEXT = "Zażółć gęślą jaźń: środa 9:30, dr Łucja Źdźbło-Święcicka, ul. Żurawia 3. {}"
PATIENT = {"timeout": "60", "connect_timeout": "60", "per_second": "20000"}
"""So long that a busy machine makes no test fail."""


def wall() -> datetime:
    return datetime(2026, 6, 1, 12, tzinfo=UTC)


@dataclass(kw_only=True)
class Harness:
    """One provider at its peer."""

    name: str
    peer: Any
    """The peer: its own class is known where a test is about one provider."""
    settings: dict[str, str]
    bad_login: dict[str, str]
    """What to change so that the peer refuses the login; empty where a provider has no account."""
    content: Callable[[str, str], Content]
    address: str = ""
    subscription: Subscription | None = None
    hung_up_midway: type[Deferred] | type[Unclear]
    """What a connection that breaks before the message was taken looks like to the provider."""
    secrets: list[str] = field(default_factory=list)
    """What must stand in no detail and no log."""

    def open(self, **changes: str) -> Provider:
        return open_provider(self.name, {**self.settings, **changes}, wall=wall)

    def impatient(self, behaviour: Behaviour) -> dict[str, str]:
        """Settings under which a peer that behaves so costs a moment only, and one that answers is waited for."""
        match behaviour:
            case Behaviour.TAKES_AND_IS_SILENT:
                return {"data_timeout" if self.name == "smtp" else "timeout": "0.3"}
            case Behaviour.IS_SILENT:
                return {"timeout": "0.3"}
            case _:
                return {}

    def outgoing(self, text: str = TEXT, key: str = "", **changes: Any) -> Outgoing:
        key = key or uuid4().hex
        values: dict[str, Any] = {
            "message_id": 1,
            "key": key,
            "address": self.address,
            "name": "Józef Kowalski",
            "subscription": self.subscription,
            "sender": "Przychodnia",
            "sender_email": "gabinet@clinic.pl",
            "content": self.content(text, key),
            "expires_at": NOW + timedelta(hours=5),
            "now": NOW,
        }
        return Outgoing(**{**values, **changes})


@asynccontextmanager
async def smtp(folder: Path) -> AsyncIterator[Harness]:
    file, context = certificate(folder)
    peer = SmtpPeer(context)
    await peer.start()
    settings = {
        **PATIENT,
        "host": "127.0.0.1",
        "port": str(peer.port),
        "username": peer.user,
        "password": peer.password,
        "ca_file": str(file),
        "data_timeout": "50",
    }

    def content(text: str, _key: str) -> Content:
        return EmailContent(subject="Wizyta: środa", text_pieces=(text,), html_pieces=(f"<p>{text}</p>",))

    try:
        yield Harness(
            name="smtp",
            peer=peer,
            settings=settings,
            bad_login={"password": "wrong"},
            content=content,
            address="jan.kowalski@poczta.pl",
            hung_up_midway=Deferred,
            secrets=[peer.password, "jan.kowalski", "Kowalski"],
        )
    finally:
        await peer.stop()


@asynccontextmanager
async def smsapi(_folder: Path) -> AsyncIterator[Harness]:
    peer = SmsapiPeer()
    await peer.start()
    settings = {**PATIENT, "base_url": peer.url, "token": peer.token}
    try:
        yield Harness(
            name="smsapi",
            peer=peer,
            settings=settings,
            bad_login={"token": "wrong"},
            content=lambda text, _key: SmsContent(text=text),
            address="+48500500500",
            hung_up_midway=Unclear,
            secrets=[peer.token, "500500500"],
        )
    finally:
        await peer.stop()


@asynccontextmanager
async def webpush(_folder: Path) -> AsyncIterator[Harness]:
    key = new_key()
    peer = PushPeer(application_server_key(read_key(key)))
    await peer.start()
    settings = {**PATIENT, "vapid_private_key": key, "subject": "mailto:it@clinic.pl", "allow_loopback": "yes"}
    subscription = Subscription(
        id=7,
        endpoint=f"{peer.url}/push/s3cret-subscription",
        p256dh=urlsafe_b64encode(peer.p256dh).decode().rstrip("="),
        auth=urlsafe_b64encode(peer.auth).decode().rstrip("="),
    )
    try:
        yield Harness(
            name="webpush",
            peer=peer,
            settings=settings,
            bad_login={},
            content=lambda text, topic: PushContent(payload=text.encode(), topic=topic),
            subscription=subscription,
            hung_up_midway=Unclear,
            secrets=[key, "s3cret-subscription", subscription.auth, subscription.p256dh],
        )
    finally:
        await peer.stop()


HARNESSES = {"smtp": smtp, "smsapi": smsapi, "webpush": webpush}
__all__ = ["HARNESSES", "NOW", "TEXT", "Harness", "Peer", "wall"]
