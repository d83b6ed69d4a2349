"""What is particular to SMTP: encryption, login, the return path, signatures, and which answer means what."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import dkim as verifier
import pytest

from myosotis.channels.base import EmailContent, Finding, Provider
from myosotis.channels.providers.smtp.client import IDLE_SECONDS
from myosotis.channels.providers.smtp.dkim import dns_records, new_key
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble
from myosotis.domain.words import Reason
from tests.providers.certificates import certificate
from tests.providers.harness import Harness
from tests.providers.mail_peer import SmtpPeer
from tests.providers.peers import Behaviour


@pytest.fixture
async def provider(mail: Harness) -> AsyncIterator[Provider]:
    opened = mail.open()
    yield opened
    await opened.close()


# --- encryption and login ----------------------------------------------------------------------------------------------


async def sent_to(peer: SmtpPeer, mail: Harness, **settings: str) -> tuple[Outcome, Finding]:
    """One message and one check at another server than the usual one."""
    await peer.start()
    provider = mail.open(port=str(peer.port), **settings)
    outcome, check = await provider.send(mail.outgoing()), await provider.check()
    await provider.close()
    await peer.stop()
    return outcome, check.finding


async def test_tls_from_the_start(mail: Harness, tmp_path: Path) -> None:
    file, context = certificate(tmp_path)
    outcome, finding = await sent_to(SmtpPeer(context, implicit_tls=True), mail, security="tls", ca_file=str(file))
    assert isinstance(outcome, Accepted)
    assert finding is Finding.WORKS


async def test_nothing_encrypted_on_this_machine_only(mail: Harness) -> None:
    outcome, finding = await sent_to(SmtpPeer(None), mail, security="none", username="", password="")
    assert isinstance(outcome, Accepted)
    assert finding is Finding.WORKS


async def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_message(mail: Harness) -> None:
    provider = mail.open(ca_file="")
    outcome, check = await provider.send(mail.outgoing()), await provider.check()
    assert isinstance(outcome, Deferred)
    assert outcome.trouble is Trouble.ACCOUNT
    assert check.finding is Finding.NOT_TRUSTED
    assert not mail.peer.logins
    assert not mail.peer.taken
    await provider.close()


async def test_a_server_without_encryption_gets_neither_password_nor_message(mail: Harness, tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    peer = SmtpPeer(context, offers_tls=False)  # as somebody on the way would make it look
    outcome, finding = await sent_to(peer, mail)
    assert isinstance(outcome, Deferred)
    assert outcome.trouble is Trouble.ACCOUNT
    assert finding is Finding.NOT_TRUSTED
    assert not peer.logins
    assert not peer.taken


async def test_tls_at_a_port_that_speaks_plainly(mail: Harness, tmp_path: Path) -> None:
    outcome, finding = await sent_to(SmtpPeer(None), mail, security="tls", username="", password="")
    assert isinstance(outcome, Deferred)
    assert finding is Finding.NOT_TRUSTED


# --- what is handed over ------------------------------------------------------------------------------------------------


async def test_bounces_come_back_to_the_sender_or_to_an_address_of_their_own(mail: Harness) -> None:
    outgoing = mail.outgoing()
    for settings, back in (
        ({}, "gabinet@clinic.pl"),
        ({"bounce_domain": "zwroty.clinic.pl"}, f"bounce+{outgoing.key}@zwroty.clinic.pl"),
    ):
        provider = mail.open(**settings)
        assert isinstance(await provider.send(outgoing), Accepted)
        assert mail.peer.taken[-1].raw.mail_from == back
        assert mail.peer.taken[-1].raw.rcpt_tos == ["jan.kowalski@poczta.pl"]
        await provider.close()


async def test_the_signature_holds_where_the_message_arrives(mail: Harness) -> None:
    pem = new_key()
    provider = mail.open(dkim_domain="clinic.pl", dkim_selector="m1", dkim_key=pem)
    content = EmailContent(
        subject="Prośba o opinię",
        text_pieces=(".kropka na początku\n.\n..\nżółw",),
        html_pieces=("<p>.</p>\n.\n",),
        unsubscribe_url="https://wizyta.clinic.pl/u/abcdefghijklmnopq",
    )
    assert isinstance(await provider.send(mail.outgoing(content=content)), Accepted)
    raw = mail.peer.taken[0].raw.original_content
    record = dns_records("clinic.pl", "m1", pem)[1]
    assert verifier.verify(raw, dnsfunc=lambda *_, **__: record.value.encode())
    signature = raw.partition(b"\r\nFrom:")[0].lower()
    assert b"list-unsubscribe:" in signature.replace(b"\r\n", b"").replace(b" ", b"")
    assert b"list-unsubscribe-post" in signature
    await provider.close()


async def test_a_sender_of_another_domain_is_not_signed_for(mail: Harness) -> None:
    provider = mail.open(dkim_domain="other.pl", dkim_key=new_key())
    assert isinstance(await provider.send(mail.outgoing()), Accepted)
    assert b"DKIM-Signature" not in mail.peer.taken[0].raw.original_content
    await provider.close()


async def test_the_sender_of_the_account_stands_in_where_the_practice_has_none(mail: Harness) -> None:
    provider = mail.open(from_address="poczta@myosotis.pl")
    assert isinstance(await provider.send(mail.outgoing(sender_email="")), Accepted)
    assert mail.peer.taken[0].raw.mail_from == "poczta@myosotis.pl"
    await provider.close()


@pytest.mark.parametrize("address", ["", "jan", "jan@poczta.pl>\r\nRCPT TO:<x@y.pl", "józef@poczta.pl", "a b@c.pl"])
async def test_what_is_no_address_never_reaches_the_server(mail: Harness, provider: Provider, address: str) -> None:
    outcome = await provider.send(mail.outgoing(address=address))
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.address_dead) == (Reason.ADDRESS_REFUSED, True)
    assert mail.peer.connections.made == 0


@pytest.mark.parametrize("sender", ["", "clinic", "a@b.pl>\r\nX: y"])
async def test_a_sender_that_is_none_is_not_the_patient_s_fault(mail: Harness, provider: Provider, sender: str) -> None:
    outcome = await provider.send(mail.outgoing(sender_email=sender))
    assert isinstance(outcome, Refused)
    assert not outcome.address_dead


async def test_the_number_under_which_the_server_keeps_it(mail: Harness, provider: Provider) -> None:
    assert await provider.send(mail.outgoing()) == Accepted(provider_id="4Xyz1234")


# --- which answer means what --------------------------------------------------------------------------------------------

MINE, THEIRS, OURS = Trouble.MESSAGE, Trouble.PROVIDER, Trouble.ACCOUNT


@pytest.mark.parametrize(
    ("command", "answer", "expected"),
    [
        ("MAIL", "451 4.3.0 Try later", Deferred(detail="sender: SMTP 451 4.3.0", trouble=THEIRS)),
        ("MAIL", "530 5.7.0 Authentication required", Deferred(detail="sender: SMTP 530 5.7.0", trouble=OURS)),
        ("MAIL", "550 5.7.1 Sender not allowed", Refused(detail="sender: SMTP 550 5.7.1")),
        ("MAIL", "553 5.1.8 Bad sender", Refused(detail="sender: SMTP 553 5.1.8")),
        ("RCPT", "450 4.2.0 Greylisted", Deferred(detail="recipient: SMTP 450 4.2.0", trouble=MINE)),
        ("RCPT", "452 4.2.2 Mailbox full", Deferred(detail="recipient: SMTP 452 4.2.2", trouble=MINE)),
        ("RCPT", "421 4.3.2 Shutting down", Deferred(detail="recipient: SMTP 421 4.3.2", trouble=THEIRS)),
        ("RCPT", "550 5.7.1 Relaying denied", Refused(detail="recipient: SMTP 550 5.7.1")),
        ("RCPT", "552 5.2.2 Mailbox full", Refused(detail="recipient: SMTP 552 5.2.2")),
        ("RCPT", "550 Relay not permitted", Refused(detail="recipient: SMTP 550")),
        (
            "RCPT",
            "550 No such user",
            Refused(detail="recipient: SMTP 550", reason=Reason.ADDRESS_REFUSED, address_dead=True),
        ),
        (
            "RCPT",
            "550 5.2.1 Mailbox disabled",
            Refused(detail="recipient: SMTP 550 5.2.1", reason=Reason.ADDRESS_REFUSED, address_dead=True),
        ),
        ("DATA", "451 4.3.0 Try later", Deferred(detail="data: SMTP 451 4.3.0", trouble=THEIRS)),
        ("DATA", "554 5.5.1 No valid recipients", Refused(detail="data: SMTP 554 5.5.1")),
        ("CONTENT", "451 4.7.1 Greylisted", Deferred(detail="content: SMTP 451 4.7.1", trouble=MINE)),
        ("CONTENT", "554 5.7.1 Spam", Refused(detail="content: SMTP 554 5.7.1")),
        ("CONTENT", "550 Rejected", Refused(detail="content: SMTP 550")),
        (
            "CONTENT",
            "550 5.1.1 Unknown",
            Refused(detail="content: SMTP 550 5.1.1", reason=Reason.ADDRESS_REFUSED, address_dead=True),
        ),
    ],
)
async def test_an_answer_is_judged_by_where_it_came_and_what_it_says(
    mail: Harness, provider: Provider, command: str, answer: str, expected: Outcome
) -> None:
    mail.peer.answers[command] = answer
    assert await provider.send(mail.outgoing()) == expected
    mail.peer.answers.clear()
    assert isinstance(await provider.send(mail.outgoing()), Accepted)
    assert mail.peer.connections.made == (2 if "421" in answer else 1)  # a refusal costs no connection


# --- kept connections ----------------------------------------------------------------------------------------------------


async def test_never_more_connections_than_allowed(mail: Harness) -> None:
    provider = mail.open(connections="3")
    await asyncio.gather(*(provider.send(mail.outgoing()) for _ in range(30)))
    assert mail.peer.connections.most == 3
    assert len(mail.peer.taken) == 30
    await provider.close()


async def test_a_connection_carries_so_many_and_no_more(mail: Harness) -> None:
    provider = mail.open(per_connection="10")
    for _ in range(25):
        assert isinstance(await provider.send(mail.outgoing()), Accepted)
    assert mail.peer.connections.made == 3
    await provider.close()


async def test_a_connection_that_the_server_closed_costs_no_try(mail: Harness, provider: Provider) -> None:
    await provider.send(mail.outgoing())
    for session in mail.peer.sessions:
        session.hang_up()
    assert isinstance(await provider.send(mail.outgoing()), Accepted)
    assert mail.peer.connections.made == 2


async def test_a_server_that_says_goodbye_to_a_kept_connection_costs_no_try(mail: Harness, provider: Provider) -> None:
    await provider.send(mail.outgoing())
    mail.peer.answers["MAIL"] = "421 4.4.2 Idle for too long"
    again = asyncio.create_task(provider.send(mail.outgoing()))
    while mail.peer.commands.count("MAIL") < 2:  # noqa: ASYNC110 - the peer's own list is what is waited for
        await asyncio.sleep(0)
    mail.peer.answers.clear()
    assert isinstance(await again, Accepted)


async def test_an_idle_connection_is_closed_by_us(
    mail: Harness, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    await provider.send(mail.outgoing())
    loop = asyncio.get_running_loop()
    later = loop.time() + IDLE_SECONDS
    with monkeypatch.context() as clock:
        clock.setattr(loop, "time", lambda: later)
        provider._close_idle()  # type: ignore[attr-defined]  # what the loop calls when the time is over
    await mail.peer.connections.all_closed()


async def test_a_greeting_that_sends_us_away_is_tried_again(mail: Harness) -> None:
    async def full(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 5.3.2 mx.peer.example: too many connections\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(full, "127.0.0.1", 0)
    provider = mail.open(port=str(server.sockets[0].getsockname()[1]))
    outcome = await provider.send(mail.outgoing())
    assert outcome == Deferred(detail="connect: SMTP 554 5.3.2", trouble=THEIRS)
    await provider.close()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xfe\r\n", b"220-" + b"x" * 100_000])
async def test_a_server_that_speaks_something_else(mail: Harness, greeting: bytes) -> None:
    async def strange(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(strange, "127.0.0.1", 0)
    provider = mail.open(port=str(server.sockets[0].getsockname()[1]))
    assert isinstance(await provider.send(mail.outgoing()), Deferred)
    assert (await provider.check()).ok is False
    await provider.close()
    server.close()
    await server.wait_closed()


async def test_a_refused_message_lets_the_next_pass_on_the_same_connection(mail: Harness, provider: Provider) -> None:
    mail.peer.behaviour = Behaviour.DEAD_ADDRESS
    await provider.send(mail.outgoing())
    mail.peer.behaviour = Behaviour.ACCEPTS
    await provider.send(mail.outgoing())
    assert mail.peer.connections.made == 1
    assert len(mail.peer.taken) == 1


def test_the_tls_context_checks_who_is_there() -> None:
    from myosotis.channels.providers.smtp.config import Config
    from myosotis.channels.providers.smtp.connection import tls_context

    context = tls_context(Config.read({"host": "smtp.clinic.pl"}))
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
