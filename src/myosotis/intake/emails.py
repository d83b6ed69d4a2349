"""E-mail addresses: the one check by which every door (files, API, panel) takes or refuses an address."""

import re
from collections.abc import Iterator

from myosotis.intake.problems import Code, ValueRefusedError

EMAIL_EXAMPLES = ("anna.kowalska@example.com",)
ADDRESS = re.compile(
    r"(?=.{3,254}$)(?=.{1,64}@)"
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})"
)
IN_TEXT = re.compile(r"(?<![\w.+-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
"""Bounded on purpose: an unbounded pattern takes quadratic time on a hostile text."""


def parse_email(text: str) -> str:
    """One address in lower case, an international domain in its ASCII form.

    Raises ValueRefusedError (EMAIL_WRONG) where mail cannot go to it, also for a local part outside ASCII, which
    ordinary mail servers do not take.
    """
    written = text.strip().removeprefix("mailto:").lower()
    local, _, domain = written.rpartition("@")
    address = f"{local}@{_ascii(domain)}"
    if not ADDRESS.fullmatch(address):
        raise ValueRefusedError(Code.EMAIL_WRONG, EMAIL_EXAMPLES)
    return address


def find_emails(text: str) -> tuple[str, ...]:
    """The addresses that a free text mentions, each once."""
    return tuple(dict.fromkeys(_found(text)))


def _found(text: str) -> Iterator[str]:
    for match in IN_TEXT.finditer(text):
        try:
            yield parse_email(match.group())
        except ValueRefusedError:
            continue


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueRefusedError(Code.EMAIL_WRONG, EMAIL_EXAMPLES) from error
