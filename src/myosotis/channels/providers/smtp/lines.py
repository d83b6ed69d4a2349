"""The body of an e-mail in runs of whole lines: as they are sent, and as DKIM counts them.

What all mails of a kind share comes as the same pieces of text each time, so it is encoded once; only what stands between
(names, times, links) is encoded for each mail. Where two pieces meet inside a line, the encoding breaks it softly.
"""

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

REMEMBERED: Final = 8192
"""Pieces of text. An e-mail has some sixty, of which a handful are its own; the longest are a few kilobytes."""
WIDTH: Final = 76
SOFT_BREAK: Final = b"=\r\n"
ENDS_LATE: Final = re.compile(rb"^([^\r\n]{74,75})(=(?:20|09))(?=\r?$)", re.MULTILINE)
"""A space or tab at a line's very end, for whose three characters `b2a_qp` did not keep room."""


class Lines(NamedTuple):
    """Whole lines, each with its CRLF."""

    sent: bytes
    relaxed: bytes
    """The same as the signature covers them (RFC 6376 3.4.4), but for empty lines at the end of the whole."""
    dotted: bool
    """One of them begins with a dot, which DATA carries doubled (RFC 5321 4.5.2)."""


def lines(sent: bytes) -> Lines:
    """Any octets that end with CRLF, or none."""
    return Lines(sent, relaxed(sent), dotted=sent.startswith(b".") or b"\n." in sent)


def simple(sent: bytes) -> Lines:
    """Lines that have no doubled space, none at their end, no tab and no dot at their beginning."""
    return Lines(sent, sent, dotted=False)


def joined(runs: Iterable[Lines]) -> Lines:
    """One after the other; at least one."""
    sent, relaxed, dotted = zip(*runs, strict=True)
    return Lines(b"".join(sent), b"".join(relaxed), dotted=True in dotted)


def quoted(pieces: Sequence[str]) -> list[Lines]:
    """Text in pieces as quoted-printable (RFC 2045 6.7); it ends with one CRLF."""
    *inner, last = pieces
    return [*map(_quoted, inner), _quoted(last.rstrip("\r\n") + "\n")]


@lru_cache(maxsize=REMEMBERED)
def _quoted(piece: str) -> Lines:
    """A piece that another follows."""
    text = piece.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    encoded = b2a_qp(text.encode("utf-8", "replace"), quotetabs=False, istext=True)
    if "\n" not in text:
        encoded = encoded.replace(b"\n", b"\r\n")  # its soft breaks follow the text's line ends, and there are none
    encoded = ENDS_LATE.sub(rb"\1=\r\n\2", encoded)
    return lines(encoded if not encoded or encoded.endswith(b"\r\n") else _broken(encoded))


def _broken(encoded: bytes) -> bytes:
    """With a soft break at its end, for which the last line has room."""
    last = len(encoded) - (encoded.rfind(b"\n") + 1)
    if last < WIDTH:
        return encoded + SOFT_BREAK
    cut = -3 if encoded[-3:-2] == b"=" else -1
    return encoded[:cut] + SOFT_BREAK + encoded[cut:] + SOFT_BREAK


def based64(data: bytes) -> Lines:
    """Octets as base64 in lines of 76 characters."""
    encoded = b2a_base64(data, newline=False)
    return simple(b"".join([encoded[at : at + WIDTH] + b"\r\n" for at in range(0, len(encoded), WIDTH)]))


def relaxed(sent: bytes) -> bytes:
    """Spaces count as one, at a line's end as none.

    Replacing pairs until there are none takes a tenth of an expression's time.
    """
    if b"\t" in sent:
        sent = sent.replace(b"\t", b" ")
    while b"  " in sent:
        sent = sent.replace(b"  ", b" ")
    return sent.replace(b" \r\n", b"\r\n")
