"""What is particular to SMSAPI and web push at their peers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from myosotis.channels.base import Finding, Provider, PushContent
from myosotis.channels.http import retry_after
from myosotis.channels.providers.webpush.client import MOST_HOSTS, WebpushProvider
from myosotis.channels.providers.webpush.encryption import LONGEST
from myosotis.domain.outcomes import Accepted, Deferred, Refused, Trouble, Unclear
from myosotis.domain.words import Reason
from tests.providers.harness import NOW, Harness
from tests.providers.peers import Behaviour


@pytest.fixture
async def texter(sms: Harness) -> AsyncIterator[Provider]:
    opened = sms.open(sender="Przychodnia", notify_url="https://wizyta.clinic.pl/api/receipts/smsapi/s3cret")
    yield opened
    await opened.close()


@pytest.fixture
async def pusher(push: Harness) -> AsyncIterator[Provider]:
    opened = push.open()
    yield opened
    await opened.close()


async def test_the_gateway_gets_every_field_it_needs(sms: Harness, texter: Provider) -> None:
    outgoing = sms.outgoing(sender="")
    await texter.send(outgoing)
    fields = sms.peer.taken[0].raw
    assert fields.pop("message") == outgoing.content.text  # type: ignore[union-attr]  # it is an SMS
    assert fields == {
        "to": "48500500500",
        "from": "Przychodnia",
        "idx": outgoing.key,
        "check_idx": "1",
        "format": "json",
        "encoding": "utf-8",
        "details": "1",
        "expiration_date": str(int((NOW + timedelta(hours=5)).timestamp())),
        "notify_url": "https://wizyta.clinic.pl/api/receipts/smsapi/s3cret",
    }


async def test_the_practice_s_sender_goes_before_the_account_s(sms: Harness, texter: Provider) -> None:
    await texter.send(sms.outgoing(sender="Dr Nowak"))
    assert sms.peer.taken[0].raw["from"] == "Dr Nowak"


async def test_signs_that_forms_are_made_of_arrive_as_they_are(sms: Harness, texter: Provider) -> None:
    text = "a=b&c+d%20e;f? \n€ 🌼"
    await texter.send(sms.outgoing(text))
    assert sms.peer.taken[0].text == text


async def test_an_answer_that_comes_in_pieces_is_read_whole(sms: Harness, texter: Provider) -> None:
    sms.peer.pieces = True
    sending = asyncio.create_task(texter.send(sms.outgoing()))
    while not sms.peer.taken:  # noqa: ASYNC110 - the peer's own list is what is waited for
        await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(sms.peer.second_half.set)
    assert await sending == Accepted(provider_id="ID1", parts=2, price="0.33")


async def test_an_answer_that_never_ends_is_given_up(sms: Harness) -> None:
    sms.peer.pieces = True
    provider = sms.open(timeout="0.3")
    assert isinstance(await provider.send(sms.outgoing()), Unclear)
    sms.peer.second_half.set()
    await provider.close()


async def test_an_account_without_points_says_so(sms: Harness, texter: Provider) -> None:
    sms.peer.points = 0
    check = await texter.check()
    assert (check.ok, check.finding, check.credit) == (False, Finding.NO_CREDIT, "0")
    sms.peer.points, sms.peer.error = 3.5, 103
    assert (await texter.check()).credit == "3.5"
    assert await texter.send(sms.outgoing()) == Deferred(detail="SMSAPI 103", trouble=Trouble.ACCOUNT)


async def test_a_number_that_got_too_many_waits_alone(sms: Harness, texter: Provider) -> None:
    sms.peer.error = 52
    assert await texter.send(sms.outgoing()) == Deferred(detail="SMSAPI 52", retry_after=60.0, trouble=Trouble.MESSAGE)


async def test_an_address_that_is_no_gateway(sms: Harness) -> None:
    provider = sms.open(base_url=sms.peer.url + "/elsewhere")
    assert (await provider.check()).finding is Finding.ANSWER_NOT_UNDERSTOOD
    assert await provider.send(sms.outgoing()) == Refused(detail="HTTP 404")
    await provider.close()


@pytest.mark.parametrize(
    ("left", "ttl"),
    [(timedelta(hours=5), 18000), (timedelta(0), 0), (-timedelta(hours=1), 0), (timedelta(days=90), 28 * 86400)],
)
async def test_the_push_service_is_told_how_long_to_keep_it(
    push: Harness, pusher: Provider, left: timedelta, ttl: int
) -> None:
    await pusher.send(push.outgoing(expires_at=NOW + left))
    headers = push.peer.taken[0].raw
    assert headers["TTL"] == str(ttl)
    assert headers["Urgency"] == "normal"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_dead(push: Harness, pusher: Provider, status: int) -> None:
    push.peer.status = status
    assert await pusher.send(push.outgoing()) == Refused(
        reason=Reason.ADDRESS_REFUSED, detail=f"HTTP {status}", address_dead=True
    )


async def test_a_service_that_does_not_know_our_key_keeps_the_subscription(push: Harness) -> None:
    from myosotis.channels.providers.webpush.vapid import new_key

    provider = push.open(vapid_private_key=new_key())
    assert await provider.send(push.outgoing()) == Refused(detail="HTTP 403")
    await provider.close()


async def test_a_service_that_drips_its_answer_holds_no_place_for_long(push: Harness) -> None:
    push.peer.drips = True
    provider = push.open(connect_timeout="1", timeout="0.3")  # the drops come faster than that
    assert isinstance(await provider.send(push.outgoing()), Unclear)
    await provider.close()


async def test_a_redirect_is_not_followed(push: Harness, pusher: Provider) -> None:
    push.peer.status = 307
    assert await pusher.send(push.outgoing()) == Refused(detail="HTTP 307")


@pytest.mark.parametrize(
    "endpoint", ["http://10.0.0.5/x", "https://127.0.0.1.nip.invalid:22/x", "https://169.254.169.254/x", "x", ""]
)
async def test_an_endpoint_inside_our_network_is_never_called(push: Harness, pusher: Provider, endpoint: str) -> None:
    assert push.subscription is not None
    outcome = await pusher.send(push.outgoing(subscription=replace(push.subscription, endpoint=endpoint)))
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.address_dead) == (Reason.ADDRESS_REFUSED, True)
    assert push.peer.connections.made == 0


async def test_a_name_that_leads_into_our_network_is_never_called(
    push: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert push.subscription is not None

    async def looked_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", looked_up)
    provider = push.open(allow_loopback="no")
    subscription = replace(push.subscription, endpoint="https://push.example/x")
    assert await provider.send(push.outgoing(subscription=subscription)) == Refused(
        reason=Reason.ADDRESS_REFUSED, detail="endpoint not public", address_dead=True
    )
    await provider.close()


async def test_a_name_is_looked_up_once_for_all_who_call_it_and_anew_after_a_failure(
    push: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert push.subscription is not None
    loop, asked = asyncio.get_running_loop(), list[str]()
    known: list[tuple[object, ...]] = [
        (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", push.peer.port))
    ]
    answers: list[list[tuple[object, ...]] | OSError] = [socket.gaierror(), known]

    async def look_up(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    monkeypatch.setattr(loop, "getaddrinfo", look_up)
    provider = push.open()
    there = replace(push.subscription, endpoint=push.subscription.endpoint.replace("127.0.0.1", "localhost"))
    assert isinstance(await provider.send(push.outgoing(subscription=there)), Deferred)
    outgoing = [push.outgoing(subscription=there) for _ in range(5)]
    assert {type(said) for said in await asyncio.gather(*map(provider.send, outgoing))} == {Accepted}
    assert asked == ["localhost", "localhost"]
    await provider.close()


async def test_invented_services_do_not_keep_connections(push: Harness, pusher: Provider) -> None:
    assert push.subscription is not None
    for number in range(2, MOST_HOSTS + 10):
        endpoint = push.subscription.endpoint.replace("127.0.0.1", f"127.0.0.{number}")
        outcome = await pusher.send(push.outgoing(subscription=replace(push.subscription, endpoint=endpoint)))
        assert isinstance(outcome, Deferred)  # nobody listens there
    assert isinstance(pusher, WebpushProvider)
    assert len(pusher._wires) == MOST_HOSTS


@pytest.mark.parametrize(("p256dh", "auth"), [("AAAA", ""), ("", "AAAA"), ("ż", "")])
async def test_a_subscription_with_bad_keys_is_dead(push: Harness, pusher: Provider, p256dh: str, auth: str) -> None:
    good = push.subscription
    assert good is not None
    subscription = replace(good, p256dh=p256dh or good.p256dh, auth=auth or good.auth)
    outcome = await pusher.send(push.outgoing(subscription=subscription))
    assert isinstance(outcome, Refused)
    assert outcome.address_dead


@pytest.mark.parametrize(
    "content",
    [
        PushContent(payload=b"x" * (LONGEST + 1), topic="t"),
        PushContent(payload=b"x", topic="a topic"),
        PushContent(payload=b"x", topic="t" * 33),
        PushContent(payload=b"x", topic="t", urgency="now\r\nX: y"),
    ],
)
async def test_a_push_that_cannot_be_said_is_not_the_subscription_s_fault(
    push: Harness, pusher: Provider, content: PushContent
) -> None:
    outcome = await pusher.send(push.outgoing(content=content))
    assert isinstance(outcome, Refused)
    assert (outcome.reason, outcome.address_dead) == (Reason.CANNOT_RENDER, False)


async def test_the_longest_push_arrives(push: Harness, pusher: Provider) -> None:
    assert isinstance(await pusher.send(push.outgoing("x" * LONGEST)), Accepted)
    assert push.peer.taken[0].text == "x" * LONGEST


async def test_one_push_service_in_trouble_is_not_the_trouble_of_all(push: Harness, pusher: Provider) -> None:
    push.peer.behaviour = Behaviour.BUSY
    outcome = await pusher.send(push.outgoing())
    assert isinstance(outcome, Deferred)
    assert outcome.trouble is Trouble.MESSAGE


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "Mon, 29 Mar 2027 08:01:30 GMT", "Date": "Mon, 29 Mar 2027 08:00:00 GMT"}, 90.0),
        ({"Retry-After": "Mon, 29 Mar 2027 07:00:00 GMT", "Date": "Mon, 29 Mar 2027 08:00:00 GMT"}, 0.0),
        ({"Retry-After": "Mon, 29 Mar 2027 08:01:30 GMT"}, None),
    ],
)
def test_how_long_a_peer_asks_us_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
