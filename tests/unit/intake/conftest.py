from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import pytest

from myosotis.intake import FileRefusedError, ValueRefusedError

WARSAW = ZoneInfo("Europe/Warsaw")
DATA = Path(__file__).parents[2] / "data" / "intake"

Write = Callable[..., Path]
Result = TypeVar("Result")


def taken(call: Callable[[], Result]) -> Result | None:
    """What a call gives, or None where it refuses its input with a reason; anything else it raises is a bug."""
    try:
        return call()
    except (FileRefusedError, ValueRefusedError):
        return None


@pytest.fixture
def data() -> Path:
    """Files as Excel, Google Calendar and Outlook write them."""
    return DATA


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a text file with the line ends of Windows."""

    def written(text: str, encoding: str = "utf-8", name: str = "file.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
        return path

    return written
