"""Which encoding a text file is in: decided by strict rules over the whole file, never by likelihood.

A byte order mark decides. Then UTF-8, if every byte fits. Then Windows-1250, as Polish Excel writes, or ISO 8859-2,
if its ą, ś, ź stand inside words where Windows-1250 has signs. Anything else is refused: a name with wrong letters
would go out in a thousand messages before somebody notices.
"""

import codecs
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import BinaryIO

from myosotis.intake.problems import Code, refuse_file

CHUNK = 1 << 16


class Encoding(StrEnum):
    """Named as Python's codecs are."""

    UTF_8 = "utf-8"
    UTF_8_MARKED = "utf-8-sig"
    UTF_16 = "utf-16"
    WINDOWS_1250 = "cp1250"
    ISO_8859_2 = "iso8859-2"

    @property
    def known_as(self) -> str:
        """The name that people know, for reports."""
        return TITLES[self]


TITLES = {
    Encoding.UTF_8: "UTF-8",
    Encoding.UTF_8_MARKED: "UTF-8",
    Encoding.UTF_16: "UTF-16",
    Encoding.WINDOWS_1250: "Windows-1250",
    Encoding.ISO_8859_2: "ISO 8859-2",
}

MARKS = (
    (codecs.BOM_UTF8, Encoding.UTF_8_MARKED),
    (codecs.BOM_UTF16_LE, Encoding.UTF_16),
    (codecs.BOM_UTF16_BE, Encoding.UTF_16),
)
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF")
UNDEFINED_1250 = frozenset(b"\x81\x83\x88\x90\x98")
CONTROLS_8859 = frozenset(range(0x80, 0xA0))
ONLY_1250 = frozenset(b"\x8c\x8f\x9c\x9f\xa5\xb9")
"""Ś Ź ś ź Ą ą of Windows-1250; ISO 8859-2 has control characters and rare letters there."""
PLACED_8859 = re.compile(rb"[A-Za-z][\xa1\xa6\xac\xb1\xb6]|[\xa1\xa6\xac\xb1\xb6][A-Za-z]|[a-z]\xbc")
"""Ą Ś Ź ą ś ź of ISO 8859-2 at a letter; Windows-1250 has signs there (and a capital that no word has inside)."""
SIGN_IN_WORD = re.compile(rb"[A-Za-z][\x86\x87\xa2\xa4\xa6\xa7\xa9\xab\xac\xae\xb0\xb1\xb2\xb6\xbb][A-Za-z]")
"""Signs of Windows-1250 where a word must have a letter: the file is in some other encoding, such as DOS Latin 2."""


def detect(stream: BinaryIO) -> Encoding:
    """The encoding of a seekable file, left at its beginning; FileRefusedError where none of ours fits."""
    stream.seek(0)
    first = stream.read(8)
    if not first:
        raise refuse_file(Code.EMPTY_FILE)
    if first.startswith(WORKBOOKS):
        raise refuse_file(Code.WORKBOOK, allowed=("CSV UTF-8",))
    found = _decide(stream, _marked(first))
    stream.seek(0)
    return found


def _marked(first: bytes) -> Encoding | None:
    return next((encoding for mark, encoding in MARKS if first.startswith(mark)), None)


def _decide(stream: BinaryIO, marked: Encoding | None) -> Encoding:
    if _decodes(stream, marked or Encoding.UTF_8):
        return marked or Encoding.UTF_8
    if marked is None:
        return _legacy(stream)
    raise refuse_file(Code.UNKNOWN_ENCODING, allowed=("UTF-8", "Windows-1250"))


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        yield chunk


def _decodes(stream: BinaryIO, encoding: Encoding) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        return not any("\0" in decoder.decode(chunk) for chunk in _chunks(stream)) and not decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False


def _legacy(stream: BinaryIO) -> Encoding:
    seen: set[int] = set()
    placed_8859 = sign_in_word = False
    before = b""
    for chunk in _chunks(stream):
        seen.update(chunk)
        # The last two bytes go along, so that a word cut by the chunk is still seen whole.
        window = before + chunk
        placed_8859 = placed_8859 or PLACED_8859.search(window) is not None
        sign_in_word = sign_in_word or SIGN_IN_WORD.search(window) is not None
        before = window[-2:]
    if placed_8859 and not seen & (CONTROLS_8859 | ONLY_1250) and 0 not in seen:
        return Encoding.ISO_8859_2
    if placed_8859 or sign_in_word or 0 in seen or seen & UNDEFINED_1250:
        raise refuse_file(Code.UNKNOWN_ENCODING, allowed=("UTF-8", "Windows-1250"))
    return Encoding.WINDOWS_1250
