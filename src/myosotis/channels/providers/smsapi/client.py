"""SMSAPI.pl over HTTP: `POST /sms.do` with `idx` and `check_idx`, so that a message repeated by us is refused by them."""

import re
from datetime import datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlencode

from pydantic_core import from_json
from yarl import URL

from myosotis.channels.base import Check, Finding, Outgoing, SmsContent
from myosotis.channels.http import SERVER_ERROR, failed, retry_after
from myosotis.channels.providers.smsapi.config import SMSAPI, Config
from myosotis.channels.providers.smsapi.errors import NO_CREDIT, NUMBER_BUSY_SECONDS, Meaning, meaning
from myosotis.channels.wire import Answer, Wire, WireError
from myosotis.domain.outcomes import Accepted, Deferred, Outcome, Refused, Trouble, Unclear
from myosotis.domain.words import Reason

SHORTEST_VALIDITY = timedelta(hours=1)
LONGEST_VALIDITY = timedelta(hours=12)
MARGIN = timedelta(minutes=6)
"""The provider keeps the validity to five minutes or so, and refuses one outside its bounds; so we stay inside them."""
PLAIN = re.compile(r"[ A-Za-z0-9_.~,:/()!?*'-]*")
"""Signs that mean nothing in a form; only the space is written otherwise."""
MEANINGFUL = re.compile(r"[^ A-Za-z0-9_.~,:/()!?*'-]+")
FORM = "application/x-www-form-urlencoded"
ACCOUNT_TROUBLE = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN})
BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class SmsapiProvider:
    """One account."""

    name = SMSAPI.name
    channel = SMSAPI.channel
    abilities = SMSAPI.abilities

    def __init__(self, config: Config) -> None:
        self._config = config
        self._base = URL(config.base_url)
        self._constant = urlencode(
            {"format": "json", "encoding": "utf-8", "details": "1", "check_idx": "1"}
            | ({"notify_url": config.notify_url} if config.notify_url else {})
            | ({"test": "1"} if config.test else {})
        )
        self._wire: Wire | None = None
        self._post = b""
        self._closed = False

    def _opened(self) -> Wire:
        if self._wire is None:
            self._wire = Wire(
                self._base,
                connect_timeout=self._config.connect_timeout,
                timeout=self._config.timeout,
                connections=self._config.in_flight,
                headers={"Authorization": f"Bearer {self._config.token}"},
            )
            self._post = self._wire.post_head(self._base.raw_path.rstrip("/") + "/sms.do", FORM)
        return self._wire

    async def send(self, outgoing: Outgoing) -> Outcome:
        if not isinstance(outgoing.content, SmsContent):
            return Refused(reason=Reason.CANNOT_RENDER, detail="not an SMS")
        if self._closed:
            return Deferred(detail="the account was closed")
        wire = self._opened()
        try:
            answer = await wire.post(self._post, self._form(outgoing, outgoing.content), outgoing.good_until)
        except WireError as error:
            return failed(error)
        return outcome(answer)

    def _form(self, outgoing: Outgoing, content: SmsContent) -> bytes:
        """The form's fields. Quoting each constant anew would cost more than all the rest of the hand-over's own work."""
        sender = outgoing.sender or self._config.sender
        return (
            f"to={_quoted(outgoing.address.removeprefix('+'))}"
            f"&message={_quoted(content.text)}"
            f"&idx={_quoted(outgoing.key)}"
            f"&expiration_date={valid_until(outgoing.expires_at, outgoing.now).timestamp():.0f}"
            f"{'&from=' + _quoted(sender) if sender else ''}&{self._constant}"
        ).encode("ascii")

    async def check(self) -> Check:
        """Ask for the profile: it shows that the token works and how many points are left."""
        try:
            answer = await self._opened().get(self._base.raw_path.rstrip("/") + "/profile")
        except WireError as error:
            return Check(ok=False, finding=Finding.UNREACHABLE, detail=failed(error).detail)
        return _found(answer.status, _json(answer.body))

    async def close(self) -> None:
        self._closed = True
        if self._wire is not None:
            await self._wire.close()


def _quoted(text: str) -> str:
    """The text as a form has it. Most hold plain signs alone, which is ten times faster to find out than to quote each."""
    quoted = text if PLAIN.fullmatch(text) else MEANINGFUL.sub(lambda found: _escaped(found[0]), text)
    return quoted.replace(" ", "+")


_escaped = lru_cache(maxsize=1024)(quote_plus)
"""Of few signs together; the same ones come again in every text."""


def valid_until(expires_at: datetime, now: datetime) -> datetime:
    """Until when the provider shall try (UTC): our own expiry, within what it takes."""
    return max(now + SHORTEST_VALIDITY + MARGIN, min(expires_at, now + LONGEST_VALIDITY - MARGIN))


def outcome(answer: Answer) -> Outcome:
    """What an answer says. Errors are read from the body whatever the status is: many come with 200.

    500, 502 and 504 may come from something in front of a gateway that did take the message, so they are unclear;
    repeating is safe here. 503 is the answer of one that takes nothing.
    """
    status, said = answer.status, _json(answer.body)
    code = _number(said.get("error"))
    if code is not None:
        return _refused(code, answer)
    if status == HTTPStatus.OK:
        return _accepted(said, answer)
    if status in BUSY:
        return Deferred(detail=f"HTTP {status}", retry_after=retry_after(answer.headers))
    if status in ACCOUNT_TROUBLE:
        return Deferred(detail=f"HTTP {status}", trouble=Trouble.ACCOUNT)
    if status in SERVER_ERROR:
        return Unclear(detail=f"HTTP {status}")
    return Refused(detail=f"HTTP {status}")


def _accepted(said: dict[str, Any], answer: Answer) -> Outcome:
    messages = said.get("list")
    first = messages[0] if isinstance(messages, list) and messages and isinstance(messages[0], dict) else None
    if first is None:
        return Unclear(detail="HTTP 200, answer not understood")
    code = _number(first.get("error"))
    if code is not None:
        return _refused(code, answer)
    points = first.get("points")
    return Accepted(
        provider_id=str(first.get("id") or ""),
        parts=_number(first.get("parts")),
        price=None if points is None else str(points)[:20],
    )


def _refused(code: int, answer: Answer) -> Outcome:
    detail, wait = f"SMSAPI {code}", retry_after(answer.headers)
    match meaning(code):
        case Meaning.ALREADY_ACCEPTED:
            return Accepted()
        case Meaning.ADDRESS:
            return Refused(reason=Reason.ADDRESS_REFUSED, detail=detail, address_dead=True)
        case Meaning.ACCOUNT:
            return Deferred(detail=detail, trouble=Trouble.ACCOUNT)
        case Meaning.BUSY:
            return Deferred(detail=detail, retry_after=wait)
        case Meaning.CLOCK:
            return Deferred(detail=detail, trouble=Trouble.MESSAGE)
        case Meaning.NUMBER_BUSY:
            return Deferred(detail=detail, retry_after=wait or NUMBER_BUSY_SECONDS, trouble=Trouble.MESSAGE)
        case Meaning.REFUSED:
            return Refused(detail=detail)


def _found(status: int, said: dict[str, Any]) -> Check:
    code = _number(said.get("error"))
    if code is not None or status in ACCOUNT_TROUBLE:
        no_credit = code == NO_CREDIT
        finding = Finding.NO_CREDIT if no_credit else Finding.LOGIN_REFUSED
        return Check(ok=False, finding=finding, detail=f"HTTP {status}, SMSAPI {code or '-'}: check the token")
    points = said.get("points")
    if status != HTTPStatus.OK or points is None:
        return Check(ok=False, finding=Finding.ANSWER_NOT_UNDERSTOOD, detail=f"HTTP {status}: check the API address")
    credit = str(points)[:20]
    if _decimal(credit) <= 0:
        return Check(ok=False, finding=Finding.NO_CREDIT, detail="the account has no points left", credit=credit)
    return Check(ok=True, finding=Finding.WORKS, detail="the token works", credit=credit)


def _decimal(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _json(body: bytes) -> dict[str, Any]:
    try:
        said = from_json(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _number(value: object) -> int | None:
    """Codes come as numbers or as text; null and 0 are none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value or None
    return (int(value) or None) if isinstance(value, str) and value.isdecimal() and value.isascii() else None
