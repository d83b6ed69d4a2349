"""Whose rows are in reach of what runs now: nobody's, of one practice, of a few, or looked up across all of them.

Where one database role does everything it changes nothing. Where the web has a role of its own, each of its statements
carries the scope, and PostgreSQL shows and takes the rows of these practices only (docs/database.md).
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Final

from myosotis.value_class import value_class


class Why(StrEnum):
    """Why somebody looks across practices: each time to learn whose the thing at hand is, and no more."""

    SIGN_IN = "sign_in"
    """Where the person who signed in works."""
    API_KEY = "api_key"
    """Whose key a program shows."""
    LINK = "link"
    """Whose message a token leads to."""
    FORM = "form"
    """Whose time a form of the portal holds."""
    PROFILE = "profile"
    """Which doctor has a public address, and whether one is free."""
    PHONE = "phone"
    """Whose patients are on an installation of the app."""
    REPORT = "report"
    """Whose message a provider or a mail that came back speaks of."""
    REPLY = "reply"
    """To whom somebody wrote at a number that practices share."""
    LETTERS = "letters"
    """Which practices wrote to somebody of the staff."""
    FIRST_START = "first_start"
    """Which practices there are before anybody works here, and a new one."""


@value_class(kw_only=False)
class Scope:
    """The practices whose rows are in reach; or why all are looked at."""

    practices: tuple[int, ...] = ()
    why: Why | None = None


NOTHING: Final = Scope()
_present: ContextVar[Scope] = ContextVar("scope", default=NOTHING)


def present() -> Scope:
    """What is in reach now."""
    return _present.get()


@contextmanager
def of_practice(practice_id: int) -> Iterator[None]:
    """Reach the rows of this practice alone."""
    with _within(Scope((practice_id,))):
        yield


@contextmanager
def of_practices(practice_ids: Iterable[int]) -> Iterator[None]:
    """Reach the rows of these: the people on one phone may be patients of several practices, as staff may work in several."""
    with _within(Scope(tuple(sorted(set(practice_ids))))):
        yield


@contextmanager
def across(why: Why) -> Iterator[None]:
    """Look across all practices, at the few columns that say whose something is; nothing can be written."""
    with _within(Scope(why=why)):
        yield


@contextmanager
def _within(scope: Scope) -> Iterator[None]:
    before = _present.set(scope)
    try:
        yield
    finally:
        _present.reset(before)
