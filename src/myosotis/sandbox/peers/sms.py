"""The SMS gateway: SMSAPI's HTTP interface as its clients know it. Errors come in HTTP 200."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote_plus

from myosotis.content.gsm import encoding_of, length_of, parts_of
from myosotis.sandbox.peers.faults import Fault, Peer, faults_of
from myosotis.sandbox.peers.hold import hold, slowed
from myosotis.sandbox.peers.http import Request, Response
from myosotis.sandbox.peers.ledger import Ledger, Received, Report, received
from myosotis.sandbox.peers.reports import due_time, troubled

POINTS_PER_PART: Final = 0.16
MOST_PARTS: Final = 10
SHORTEST_VALIDITY, LONGEST_VALIDITY = timedelta(minutes=55), timedelta(hours=12, minutes=5)
"""1 to 12 h, give or take five minutes."""
MESSAGES: Final = {
    11: "The message is too long or there is no message or parameter: nounicode is set and special characters are used",
    13: "Lack of correct phone numbers",
    53: "Not unique idx parameter, message with the same idx has already been sent",
    54: "Wrong date format",
    101: "Authorization failed",
}
FIRST_REPORT: Final = timedelta(seconds=3)
SPREAD_SECONDS: Final = 12


class SmsRefusedError(Exception):
    """The gateway takes no such message; `code` is SMSAPI's."""

    def __init__(self, code: int) -> None:
        super().__init__(f"SMSAPI {code}")
        self.code = code


class SmsGateway:
    """One account of the gateway."""

    def __init__(
        self, ledger: Ledger, *, token: str, now: Callable[[], datetime], refuses_repeats: bool = True
    ) -> None:
        """`refuses_repeats`: whether it heeds `check_idx`; there are gateways that know no such thing."""
        self._ledger = ledger
        self._refuses_repeats = refuses_repeats
        self._authorization = f"Bearer {token}"
        self._now = now
        self._known = {row.key for row in received(ledger.database, "channel = 'sms'") if row.key}
        self._count = len(self._known)

    async def send(self, request: Request) -> Response:
        """POST /sms.do"""
        fields = form(request.body)
        faults = faults_of(self._ledger.database, Peer.SMS)
        if faults:
            await slowed(faults)
            if Fault.ERROR in faults:
                return Response(503)
        try:
            message = self._checked(request, fields, faults)
        except SmsRefusedError as error:
            return _json({"error": error.code, "message": MESSAGES[error.code], "invalid_numbers": []})
        await self._ledger.add(message, *self._reports(message, fields.get("notify_url", ""), faults))
        if Fault.SILENT in faults:
            await hold()
        return _json(_answer(message))

    def _checked(self, request: Request, fields: dict[str, str], faults: frozenset[Fault]) -> Received:
        """The message as taken. Raises SmsRefusedError."""
        if request.headers.get("authorization") != self._authorization:
            raise SmsRefusedError(101)
        number, text, idx = fields.get("to", ""), fields.get("message", ""), fields.get("idx", "")
        if Fault.REFUSES in faults or not (number.isdecimal() and 9 <= len(number) <= 15):  # noqa: PLR2004 - E.164
            raise SmsRefusedError(13)
        encoding = encoding_of(text)
        parts = parts_of(text, encoding, length_of(text, encoding))
        if not text or parts > MOST_PARTS:
            raise SmsRefusedError(11)
        now = self._now()
        self._check_validity(fields.get("expiration_date", ""), now)
        if self._refuses_repeats and idx and fields.get("check_idx") == "1" and idx in self._known:
            raise SmsRefusedError(53)
        self._known.add(idx)
        self._count += 1
        return Received(
            channel=Peer.SMS,
            provider_id=f"{self._count:024X}",
            key=idx,
            address="+" + number,
            sender=fields.get("from", ""),
            at=now,
            text=text,
            detail={"parts": parts, "encoding": encoding.value},
        )

    def _check_validity(self, until: str, now: datetime) -> None:
        """Raises SmsRefusedError for a validity outside of the provider's bounds, by the virtual clock."""
        if not until:
            return
        if not until.isdecimal():
            raise SmsRefusedError(54)
        left = datetime.fromtimestamp(int(until), UTC) - now
        if not SHORTEST_VALIDITY <= left <= LONGEST_VALIDITY:
            raise SmsRefusedError(54)

    def _reports(self, message: Received, url: str, faults: frozenset[Fault]) -> list[Report]:
        if not url:
            return []
        failed = Fault.BOUNCES in faults
        spread = hashlib.sha256(message.key.encode()).digest()[0] % SPREAD_SECONDS
        due = message.at + FIRST_REPORT + timedelta(seconds=spread)
        report = Report(
            due=due,
            url=url,
            fields={
                "MsgId": message.provider_id,
                "status": "405" if failed else "404",
                "status_name": "UNDELIVERED" if failed else "DELIVERED",
                "idx": message.key,
                "donedate": str(int(due.timestamp())),
                "username": "sandbox",
                "points": _points(message),
                "from": message.sender,
                "to": message.address.removeprefix("+"),
            },
        )
        return list(troubled(due_time(report, faults), faults))

    async def profile(self, request: Request) -> Response:
        """GET /profile: shows that the token works, and what is left."""
        faults = faults_of(self._ledger.database, Peer.SMS)
        await slowed(faults)
        if Fault.ERROR in faults:
            return Response(503)
        if request.headers.get("authorization") != self._authorization:
            return _json({"error": 101, "message": MESSAGES[101]}, status=401)
        return _json({"username": "sandbox", "payment_type": "prepaid", "points": 1000.0})


def form(body: bytes) -> dict[str, str]:
    """The fields of a form; of one that comes twice the last. The library's way costs three times as much."""
    pairs = (field.partition("=") for field in body.decode("utf-8").split("&"))
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


def _points(message: Received) -> str:
    return f"{POINTS_PER_PART * int(message.detail['parts']):.4f}"


def _answer(message: Received) -> dict[str, Any]:
    number = message.address.removeprefix("+")
    return {
        "count": 1,
        "list": [
            {
                "id": message.provider_id,
                "points": float(_points(message)),
                "number": number,
                "date_sent": int(message.at.timestamp()),
                "submitted_number": number,
                "status": "QUEUE",
                "error": None,
                "idx": message.key,
                "parts": message.detail["parts"],
            }
        ],
    }


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(status, json.dumps(value).encode(), "application/json")
