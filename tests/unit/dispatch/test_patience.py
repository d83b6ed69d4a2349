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
