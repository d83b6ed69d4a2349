"""Each test of the suite runs over every provider at its own peer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.providers.harness import HARNESSES, Harness, smsapi, smtp, webpush


@pytest.fixture(params=list(HARNESSES))
async def harness(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Harness]:
    async with HARNESSES[request.param](tmp_path) as one:
        yield one


@pytest.fixture(params=[True, False], ids=["ahead", "one by one"])
async def mail(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Harness]:
    """A server that takes commands ahead of its answers, and one that does not."""
    async with smtp(tmp_path) as one:
        one.peer.pipelining = request.param
        yield one


@pytest.fixture
async def sms(tmp_path: Path) -> AsyncIterator[Harness]:
    async with smsapi(tmp_path) as one:
        yield one


@pytest.fixture
async def push(tmp_path: Path) -> AsyncIterator[Harness]:
    async with webpush(tmp_path) as one:
        yield one
