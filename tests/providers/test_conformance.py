"""What every provider must do, judged by a peer that speaks the real protocol on loopback."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvloop

from myosotis.channels.base import Ability, Finding, Provider, SmsContent, TooLateError
from myosotis.channels.registry import provider_type, provider_types
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble, Unclear
from tests.providers.harness import HARNESSES, TEXT, Harness
from tests.providers.peers import Behaviour


@pytest.fixture
async def provider(harness: Harness) -> AsyncIterator[Provider]:
    opened = harness.open()
    yield opened
    await opened.close()


def test_no_provider_is_left_out() -> None:
    assert set(HARNESSES) == {kind.name for kind in provider_types()}


def test_every_provider_says_what_a_repeat_does() -> None:
    for kind in provider_types():
        assert len({Ability.REFUSES_REPEATS, Ability.REPEAT_ONCE} & kind.abilities) <= 1


async def test_the_peer_gets_exactly_the_text(harness: Harness, provider: Provider) -> None:
    outgoing = harness.outgoing()
    assert isinstance(await provider.send(outgoing), Accepted)
    (taken,) = harness.peer.taken
    assert (taken.key, taken.text) == (outgoing.key, TEXT)


async def test_an_acceptance_says_what_the_provider_can_say(harness: Harness, provider: Provider) -> None:
    outcome = await provider.send(harness.outgoing())
    assert isinstance(outcome, Accepted)
    assert (outcome.price is not None) is (Ability.PRICE in provider.abilities)
    assert (outcome.parts is not None) is (Ability.PARTS in provider.abilities)


async def test_a_message_that_is_refused_is_over(harness: Harness, provider: Provider) -> None:
    harness.peer.behaviour = Behaviour.REFUSES
    outcome = await provider.send(harness.outgoing())
    assert isinstance(outcome, Refused)
    assert not outcome.address_dead
    assert not harness.peer.taken


async def test_a_dead_address_is_known_as_such(harness: Harness, provider: Provider) -> None:
    harness.peer.behaviour = Behaviour.DEAD_ADDRESS
    outcome = await provider.send(harness.outgoing())
    assert isinstance(outcome, Refused)
    assert outcome.address_dead


async def test_a_busy_peer_is_tried_again_later(harness: Harness, provider: Provider) -> None:
    harness.peer.behaviour = Behaviour.BUSY
    outcome = await provider.send(harness.outgoing())
    assert isinstance(outcome, Deferred)
    assert outcome.trouble is not Trouble.ACCOUNT
    assert outcome.retry_after == (None if harness.name == "smtp" else 7.0)  # SMTP has no word for it
    harness.peer.behaviour = Behaviour.ACCEPTS
    assert isinstance(await provider.send(harness.outgoing()), Accepted)


@pytest.mark.parametrize("behaviour", [Behaviour.TAKES_AND_IS_SILENT, Behaviour.TAKES_AND_HANGS_UP])
async def test_taken_without_an_answer_is_unclear_and_a_repeat_does_no_harm(
    harness: Harness, provider: Provider, behaviour: Behaviour
) -> None:
    harness.peer.behaviour = behaviour
    outgoing = harness.outgoing()
    first = harness.open(**harness.impatient(behaviour))
    assert isinstance(await first.send(outgoing), Unclear)
    await first.close()
    harness.peer.behaviour = Behaviour.ACCEPTS
    assert isinstance(await provider.send(outgoing), Accepted)
    match harness.name:
        case "smsapi":  # refused by its key
            assert len(harness.peer.taken) == 1
        case "webpush":  # replaced by its topic
            assert len(harness.peer.waiting) == 1
        case _:  # mail programs know it by its Message-ID
            one, two = harness.peer.taken
            assert one.raw.original_content == two.raw.original_content


async def test_a_silent_peer_does_not_hold_a_message_for_ever(harness: Harness, provider: Provider) -> None:
    harness.peer.behaviour = Behaviour.IS_SILENT
    impatient = harness.open(**harness.impatient(Behaviour.IS_SILENT))
    outcome = await impatient.send(harness.outgoing())
    await impatient.close()
    assert isinstance(outcome, harness.hung_up_midway)
    harness.peer.behaviour = Behaviour.ACCEPTS
    assert isinstance(await provider.send(harness.outgoing()), Accepted)


async def test_a_connection_that_breaks_midway(harness: Harness, provider: Provider) -> None:
    harness.peer.behaviour = Behaviour.HANGS_UP
    assert isinstance(await provider.send(harness.outgoing()), harness.hung_up_midway)
    harness.peer.behaviour = Behaviour.ACCEPTS
    assert isinstance(await provider.send(harness.outgoing()), Accepted)
    assert len(harness.peer.taken) == 1


async def test_a_refused_connection_is_surely_not_taken(harness: Harness, provider: Provider) -> None:
    await harness.peer.stop()
    outcome = await provider.send(harness.outgoing())
    assert isinstance(outcome, Deferred)
    assert outcome.trouble is not Trouble.ACCOUNT


async def test_fifty_at_once(harness: Harness, provider: Provider) -> None:
    messages = [harness.outgoing(TEXT.format(number)) for number in range(50)]
    outcomes = await asyncio.gather(*(provider.send(outgoing) for outgoing in messages))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert {(taken.key, taken.text) for taken in harness.peer.taken} == {
        (outgoing.key, TEXT.format(number)) for number, outgoing in enumerate(messages)
    }
    assert len(harness.peer.taken) == 50


async def test_connections_are_kept_open(harness: Harness, provider: Provider) -> None:
    for _ in range(10):
        assert isinstance(await provider.send(harness.outgoing()), Accepted)
    assert harness.peer.connections.made == 1


async def test_what_grew_old_while_connecting_is_not_handed_over_and_the_connection_is_kept(
    harness: Harness, provider: Provider
) -> None:
    with pytest.raises(TooLateError):
        await provider.send(harness.outgoing(good_until=time.monotonic() - 1))
    assert not harness.peer.taken

    assert isinstance(await provider.send(harness.outgoing(good_until=time.monotonic() + 60)), Accepted)
    assert harness.peer.connections.made == 1


async def test_a_bad_message_among_good_ones_stops_none(harness: Harness, provider: Provider) -> None:
    good = [harness.outgoing() for _ in range(5)]
    bad = [harness.outgoing(content=SmsContent(text="x") if harness.name != "smsapi" else other()) for _ in range(5)]
    outcomes = await asyncio.gather(*(provider.send(outgoing) for outgoing in [*bad, *good]))
    assert [type(outcome) for outcome in outcomes] == [Refused] * 5 + [Accepted] * 5


def other() -> object:
    """What is no SMS."""
    from myosotis.channels.base import PushContent

    return PushContent(payload=b"{}", topic="t")


async def test_the_check_of_a_good_account_sends_nothing(harness: Harness, provider: Provider) -> None:
    check = await provider.check()
    assert (check.ok, check.finding) == (True, Finding.WORKS)
    assert not harness.peer.taken


async def test_the_check_of_a_bad_login_says_so(harness: Harness) -> None:
    if not harness.bad_login:
        pytest.skip("has no account to log in to")
    provider = harness.open(**harness.bad_login)
    check = await provider.check()
    assert (check.ok, check.finding) == (False, Finding.LOGIN_REFUSED)
    await provider.close()


async def test_a_bad_login_is_the_account_s_trouble_and_no_message_s(harness: Harness) -> None:
    if not harness.bad_login:
        pytest.skip("has no account to log in to")
    provider = harness.open(**harness.bad_login)
    outcome = await provider.send(harness.outgoing())
    assert isinstance(outcome, Deferred)
    assert outcome.trouble is Trouble.ACCOUNT
    await provider.close()


async def test_the_check_of_a_peer_that_is_not_there(harness: Harness, provider: Provider) -> None:
    if not harness.bad_login:
        pytest.skip("has no account to connect to")
    await harness.peer.stop()
    check = await provider.check()
    assert (check.ok, check.finding) == (False, Finding.UNREACHABLE)


@pytest.mark.parametrize("connecting", [True, False], ids=["while connecting", "while waiting"])
async def test_cancelling_passes_and_gives_the_place_back(harness: Harness, connecting: bool) -> None:
    provider = harness.open(**({"connections": "1"} if harness.name == "smtp" else {"in_flight": "1"}))
    harness.peer.behaviour = Behaviour.IS_SILENT
    sending = asyncio.create_task(provider.send(harness.outgoing()))
    await (harness.peer.connections.some if connecting else harness.peer.silent).wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    harness.peer.behaviour = Behaviour.ACCEPTS
    assert isinstance(await provider.send(harness.outgoing()), Accepted)
    await provider.close()


async def test_closing_leaves_nothing_open(harness: Harness) -> None:
    provider = harness.open()
    await asyncio.gather(*(provider.send(harness.outgoing()) for _ in range(10)))
    assert harness.peer.connections.open > 0
    await provider.close()
    await harness.peer.connections.all_closed()
    assert isinstance(await provider.send(harness.outgoing()), Deferred)
    await harness.peer.connections.all_closed()


async def test_closing_what_was_never_used(harness: Harness) -> None:
    await harness.open().close()
    assert harness.peer.connections.made == 0


async def test_neither_details_nor_logs_hold_secrets_addresses_or_texts(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("mail").setLevel(logging.CRITICAL)  # the SMTP peer's own log
    said: list[object] = []
    for behaviour in Behaviour:
        harness.peer.behaviour = behaviour
        for settings in ({}, harness.bad_login):
            provider = harness.open(**settings, **harness.impatient(behaviour))
            said.append(await provider.send(harness.outgoing("Zażółć tajny tekst")))
            said.append(await provider.check())
            await provider.close()
    assert len({type(one) for one in said}) >= 5  # every kind of outcome was met
    everything = repr(said) + caplog.text
    for secret in [*harness.secrets, "tajny tekst", "clinic.pl"]:
        assert secret not in everything


async def test_no_traceback_shows_a_patient_or_a_secret(harness: Harness, provider: Provider) -> None:
    outgoing = harness.outgoing("Zażółć tajny tekst")
    config = provider._config  # type: ignore[attr-defined]  # each of ours keeps its settings there
    for secret in [*harness.secrets, "tajny tekst", "Kowalski"]:
        assert secret not in repr(outgoing) + repr(config)


async def test_the_abilities_are_those_of_its_kind(harness: Harness, provider: Provider) -> None:
    assert provider.abilities == provider_type(harness.name).abilities


@pytest.mark.parametrize("name", list(HARNESSES))
def test_it_does_the_same_on_the_fast_loop(name: str, tmp_path: Path) -> None:
    """Production runs on uvloop, whose errors and transports differ in places."""

    async def scenario() -> list[Outcome]:
        async with HARNESSES[name](tmp_path) as harness:
            outcomes = []
            for behaviour in Behaviour:
                harness.peer.behaviour = behaviour
                provider = harness.open(**harness.impatient(behaviour))
                outcomes.append(await provider.send(harness.outgoing()))
                await provider.close()
            await harness.peer.stop()
            provider = harness.open()
            outcomes.append(await provider.send(harness.outgoing()))
            await provider.close()
            return outcomes

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        outcomes = runner.run(scenario())
    midway = Deferred if name == "smtp" else Unclear
    expected = [Accepted, Refused, Refused, Deferred, Unclear, Unclear, midway, midway, Deferred]
    assert [type(outcome) for outcome in outcomes] == expected
