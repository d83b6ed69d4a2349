"""A hand-over that takes too long is ended, and nothing else is."""

import asyncio

import pytest

from myosotis.dispatch.patience import Patience


async def never() -> str:
    await asyncio.Event().wait()
    return "never"


async def soon() -> str:
    await asyncio.sleep(0)
    return "soon"


async def test_what_never_answers_is_ended_and_what_answers_is_not() -> None:
    patience = Patience(0.02)

    async def several() -> list[str]:
        said = []
        for _ in range(3):
            said.append(await patience.wait(soon()))
            with pytest.raises(TimeoutError):
                await patience.wait(never())
        return said

    assert list(await asyncio.gather(several(), several())) == [["soon"] * 3] * 2


async def test_who_is_cancelled_is_cancelled() -> None:
    patience = Patience(60)
    task = asyncio.create_task(patience.wait(never()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_who_is_cancelled_while_being_ended_is_cancelled() -> None:
    patience = Patience(0.02)

    async def ended() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            task.cancel()
            raise
        return "never"

    task = asyncio.create_task(patience.wait(ended()))
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_answers_although_ended_can_be_ended_again() -> None:
    patience = Patience(0.02)

    async def stubborn() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "after all"
        return "never"

    assert await patience.wait(stubborn()) == "after all"
    with pytest.raises(TimeoutError):
        await patience.wait(never())
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_what_answers_at_the_moment_of_its_end_is_ended_once() -> None:
    """The answer is there and the task about to hear of it when its time is over: it counts as none, and the task goes on."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()
    loop.call_soon(answer.set_result, "just now")
    with pytest.raises(TimeoutError):
        await Patience(0).wait(answer)
    assert answer.done()
    assert not answer.cancelled()
    assert await Patience(60).wait(soon()) == "soon"
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
