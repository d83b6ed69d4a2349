"""Checking an account ends, whatever answers there."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from myosotis.channels import registry
from myosotis.channels.registry import Finding, check_account
from myosotis.domain.values import utc


@asynccontextmanager
async def server(banner: bytes) -> AsyncIterator[str]:
    """Something that says `banner`, a byte at a time and for ever, and understands nothing."""

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while banner:
                writer.write(banner)
                await writer.drain()
                await asyncio.sleep(0.01)  # drop by drop: each byte would begin a new wait for an answer
            await _reader.read()
        except OSError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with listening:
        yield str(listening.sockets[0].getsockname()[1])


@pytest.mark.parametrize("banner", [b"", b"2"], ids=["silent", "drop by drop"])
async def test_a_check_never_takes_longer_than_it_may(banner: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CHECK_SECONDS", 0.3)
    begun = time.monotonic()
    async with server(banner) as port:
        check = await check_account(
            "smtp", {"host": "127.0.0.1", "port": port, "security": "none"}, wall=lambda: utc(2027, 1, 1)
        )
        assert time.monotonic() - begun < 5
    assert (check.ok, check.finding) == (False, Finding.UNREACHABLE)
