"""What is computed by a process beside ours comes back, whatever becomes of that process."""

import asyncio
import math
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import dkim as verifier
import pytest
import uvloop

from myosotis.channels import aside as module
from myosotis.channels import aside_process
from myosotis.channels.aside import LOT, MUCH, aside, with_aside
from myosotis.channels.base import Subscription
from myosotis.channels.providers.smtp.dkim import dns_records, new_key
from myosotis.domain.outcomes import Accepted, Refused
from tests.providers.harness import Harness

CORES = (0, 1)
"""Of a machine that may have others: where they cannot be had, the process works where it is."""


@pytest.fixture
async def helped() -> AsyncIterator[int]:
    """The process id of one that has been started."""
    async with with_aside(CORES):
        yield await started()


async def started() -> int:
    return await who_computes(lambda pid: pid != os.getpid())


async def who_computes(wanted: Callable[[int], bool]) -> int:
    """The process id of whoever does it, once it is one that is wanted."""
    async with asyncio.timeout(60):
        while True:
            pid = await aside(os.getpid)
            if wanted(pid):
                return pid
            await asyncio.sleep(0)


async def test_few_are_computed_here() -> None:
    async with with_aside(CORES):
        assert {await aside(os.getpid) for _ in range(MUCH - 1)} == {os.getpid()}


@pytest.mark.parametrize("cores", [(), (0,)])
async def test_on_one_core_everything_is_computed_here(cores: tuple[int, ...]) -> None:
    async with with_aside(cores):
        assert {await aside(os.getpid) for _ in range(2 * MUCH)} == {os.getpid()}


async def test_many_are_computed_aside_and_each_gets_its_own_answer(helped: int) -> None:
    assert await aside(os.getpid) == helped
    numbers = range(10 * LOT + 1)
    assert await asyncio.gather(*(aside(math.sqrt, float(n)) for n in numbers)) == [math.sqrt(n) for n in numbers]


async def test_what_is_raised_there_is_raised_here_and_the_others_get_their_answers(helped: int) -> None:
    found = await asyncio.gather(*(aside(math.sqrt, n) for n in (4.0, -1.0, 9.0)), return_exceptions=True)
    assert [type(one) for one in found] == [float, ValueError, float]
    assert await aside(os.getpid) == helped


async def test_an_answer_longer_than_a_pipe_comes_whole(helped: int) -> None:
    assert await aside(bytes, 1_000_000) == bytes(1_000_000)


async def test_who_does_not_wait_any_more_keeps_nobody_else(helped: int) -> None:
    left = [asyncio.ensure_future(aside(math.sqrt, 4.0)) for _ in range(3)]
    await asyncio.sleep(0)
    left[1].cancel()
    found = await asyncio.gather(*left, return_exceptions=True)
    assert [type(one) for one in found] == [float, asyncio.CancelledError, float]


async def test_what_a_process_had_that_died_is_computed_here(helped: int) -> None:
    waiting = [asyncio.ensure_future(aside(math.sqrt, 4.0)) for _ in range(10 * LOT)]
    os.kill(helped, signal.SIGKILL)
    assert await asyncio.gather(*waiting) == [2.0] * len(waiting)
    assert await who_computes(lambda pid: pid != helped) == os.getpid()
    assert {await aside(os.getpid) for _ in range(2 * MUCH)} == {os.getpid()}, "another one is not started at once"


async def test_what_a_process_has_that_stands_still_is_computed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    async with with_aside(CORES):
        os.kill(await started(), signal.SIGSTOP)
        monkeypatch.setattr(module, "LONGEST", 0.05)
        assert await aside(math.sqrt, 4.0) == 2.0


async def test_another_one_is_started_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    async with with_aside(CORES):
        first = await started()
        os.kill(first, signal.SIGKILL)
        await who_computes(lambda pid: pid not in {first, os.getpid()})


async def test_told_to_stop_it_stays_until_we_are_done(helped: int) -> None:
    os.kill(helped, signal.SIGTERM)
    os.kill(helped, signal.SIGINT)
    assert await aside(os.getpid) == helped


async def test_it_ends_with_us_and_whoever_still_waits_gets_an_answer() -> None:
    async with with_aside(CORES):
        pid = await started()
        waiting = [asyncio.ensure_future(aside(math.sqrt, 4.0)) for _ in range(10 * LOT)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == [2.0] * len(waiting)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_it_ends_when_we_are_killed() -> None:
    """Whoever is killed says nothing: its end of the pipe is closed."""
    command = [sys.executable, "-m", aside_process.__name__, "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        out, _ = process.communicate(aside_process.packed([(math.sqrt, (4.0,))]), timeout=60)
    assert aside_process.unpacked(bytearray(out)) == [2.0]
    assert process.returncode == 0


def test_production_runs_on_uvloop() -> None:
    async def work() -> None:
        async with with_aside(CORES):
            pid = await started()
            waiting = [asyncio.ensure_future(aside(math.sqrt, 4.0)) for _ in range(10 * LOT)]
            os.kill(pid, signal.SIGKILL)
            assert await asyncio.gather(*waiting) == [2.0] * len(waiting)
        async with with_aside(CORES):
            pid = await started()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())


async def test_a_mail_is_signed_there(helped: int, mail: Harness) -> None:
    del helped
    pem = new_key()
    provider = mail.open(dkim_domain="clinic.pl", dkim_selector="m1", dkim_key=pem)
    for _ in range(3):
        assert isinstance(await provider.send(mail.outgoing()), Accepted)
    await provider.close()
    record = dns_records("clinic.pl", "m1", pem)[1]
    for taken in mail.peer.taken:
        assert verifier.verify(taken.raw.original_content, dnsfunc=lambda *_, **__: record.value.encode())


async def test_a_push_is_encrypted_there(helped: int, push: Harness) -> None:
    del helped
    provider = push.open()
    assert isinstance(await provider.send(push.outgoing("Środa 9:30")), Accepted)
    assert [taken.text for taken in push.peer.taken] == ["Środa 9:30"]
    bad = replace(push.outgoing().subscription or Subscription(id=1, endpoint="", p256dh="", auth=""), auth="AAAA")
    refused = await provider.send(push.outgoing(subscription=bad))
    assert isinstance(refused, Refused)
    assert refused.address_dead
    await provider.close()
