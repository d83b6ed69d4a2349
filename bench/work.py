"""The work that all share: a text message to each of so many numbers, by one POST, its outcome kept in PostgreSQL."""

import json
import os
import uuid
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

DATABASE: Final = os.environ.get("BENCH_DATABASE", "")
GATEWAY: Final = os.environ.get("BENCH_GATEWAY", "")
BROKER: Final = os.environ.get("BENCH_BROKER", "")
IN_FLIGHT: Final = int(os.environ.get("BENCH_IN_FLIGHT", "128"))

TEXT: Final = "Przypomnienie: wizyta w srode 10.03 o 10:00, ul. Lipowa 7, Krakow. https://example.org/0123456789abcdefg"
HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer benchmark"}
OUTCOME: Final = "INSERT INTO outcome (id, provider_id) VALUES (%s, %s)"

Item = tuple[int, str, str]
"""Number, the key by which the gateway knows a repetition, and the phone."""


def items(count: int) -> Iterator[Item]:
    """What is to be sent."""
    return ((number, uuid.uuid4().hex, f"48600{number:06d}") for number in range(count))


def form(idx: str, phone: str) -> bytes:
    """The body of the POST."""
    fields = {"to": phone, "message": TEXT, "idx": idx, "check_idx": "1", "format": "json"}
    return urlencode(fields).encode()


def provider_id(answer: bytes) -> str:
    """What the gateway calls the message. Raises if it did not take it."""
    said: str = json.loads(answer)["list"][0]["id"]
    return said
